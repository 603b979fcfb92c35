package check

// longWord compares two tokens of which at least one does not fit into its
// buffer, piece by piece. Numbers are numbers at any length, so the end of both
// is waited for as long as the answer's may be one.
func (c *comparer) longWord() (*Difference, error) {
	d := c.difference(TokenDiffers)
	floats := c.flags.floats()
	c.s.reset(true)
	c.a.reset(true)
	same, seen := true, int64(0)
	for {
		s, err := c.output.piece()
		if err != nil {
			return nil, err
		}
		a, err := c.answer.piece()
		if err != nil {
			return nil, err
		}
		if len(s) == 0 && len(a) == 0 {
			break
		}
		if len(s) > 0 && len(a) > 0 {
			n := min(len(s), len(a))
			s, a = s[:n], a[:n]
		}
		if at, equal := c.sameText(s, a); same && !equal {
			same = false
			d.At, d.Found, d.Expected = seen+int64(at), cut(s, at), cut(a, at)
		}
		if floats {
			c.s.feed(s)
			c.a.feed(a)
		}
		if !same && !(floats && c.a.mayBe()) {
			return d, nil
		}
		seen += int64(len(s))
		c.output.advanceWord(len(s))
		c.answer.advanceWord(len(a))
	}
	if same {
		return nil, nil
	}
	return c.longNumbers(d), nil
}

// longNumbers decides about two tokens that differ as text, and were fed to c.s and c.a.
func (c *comparer) longNumbers(d *Difference) *Difference {
	switch {
	case !c.a.end():
		return d
	case !c.s.end():
		d.Kind = NoNumber
		return d
	case !within(&c.s, &c.a, c.flags):
		d.Kind, d.Error = TooFar, c.s.distance(&c.a)
		return d
	}
	return nil
}

// cut is an excerpt of a piece: an empty one is behind a token's end.
func cut(b []byte, at int) string {
	if len(b) == 0 {
		return "..."
	}
	return "..." + excerpt(b, at)
}
