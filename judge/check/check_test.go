package check

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"judge/judge/problem"
)

// A row is what an answer accepts and rejects under some flags.
type row struct {
	name, flags, answer string
	ac, wa              []string
}

// rows hold the rules of the default validator, among them what established
// validators accept and should not (sscanf: hex, inf, nan, "100e", what stands
// behind a NUL byte; numbers too large to hold, all the same infinity). Many are
// the cases of BAPCtools' and DOMjudge's own tests.
var rows = []row{
	{"space does not matter", "", "A B", []string{"A B", " A  B \t\n", "A\nB", "A\vB", "A\fB\r\n"},
		[]string{"AB", "A", "", "A B X", "X A B", "A B\n\n\n \n X", "A\x00B", "A\u00a0B", "A\x1cB"}},
	{"empty answer", "", "", []string{"", " ", " \n", "\n", " \t\n\t\n \t"}, []string{`\n`, "a", "0", " 0 ", "\x00", "|", "."}},
	{"space matters", "space_change_sensitive", "A B\n", []string{"A B\n", "a b\n"},
		[]string{"A  B\n", "A\tB\n", "A B", " A B\n", "A B\n\n", "A B \n", "A B\r\n", "A\n", "A B\nC", ""}},
	{"space matters, empty answer", "space_change_sensitive", "", []string{""}, []string{" ", "\n", "\t", "0", "1.1", "\x00"}},
	{"space matters, leading", "space_change_sensitive", " \nA", []string{" \nA"}, []string{"A", "\n A", " \nA ", " A", " \n"}},
	{"case does not matter", "", "A bZ@[`{", []string{"a BZ@[`{", "a bz@[`{"}, []string{"a bz`[`{", "a bz@{`{", "A C"}},
	{"case beyond ASCII matters", "", "É", []string{"É"}, []string{"é"}},
	{"bytes that are no text", "", "\xff\xfe", []string{"\xff\xfe"}, []string{"\xfe\xff", "\xff"}},
	{"case matters", "case_sensitive", "A B", []string{"A B", " A\n B"}, []string{"a b", "A b", "A BB", "B A"}},
	{"NUL is a byte", "", "a", []string{"a"}, []string{"a\x00", "a\x00a", "\x00a", "\x00"}},
	{"NUL in both", "", "a\x00b", []string{"a\x00b", "A\x00B"}, []string{"a\x00c", "a", "a\x00"}},

	{"absolute", "float_absolute_tolerance 1 case_sensitive", "10 11", []string{"10 11", "10.1 11.9", "9 10", "11 12", "1e1 1.1e1", "1E1 1.1E1"},
		[]string{"10 9.99999999", "11.000000001 11", "10", "10 11 12"}},
	{"relative", "float_relative_tolerance 0.5", "10 20", []string{"5 10", "15 30", "10 20"},
		[]string{"4.999 20", "4.99999 10", "15.0001 20", "10 30.00001", "10 asdf", "A B"}},
	{"relative, of the answer", "float_relative_tolerance 0.5", "-10", []string{"-5", "-15"}, []string{"-4.9", "-15.1", "10", "-20"}},
	{"relative to zero", "float_relative_tolerance 0.5", "0", []string{"0", "-0", "0.0"}, []string{"1e-9"}},
	{"either", "float_tolerance 0.5", "1000 0.001", []string{"500 -0.499", "1500 0.501", "999.5 0.0005"},
		[]string{"1000 0.001 X", "X 1000 0.001", "499 -0.499", "500 -0.500", "1501 0.501", "1500 0.5010001", "A B"}},
	{"either, given apart", "float_absolute_tolerance 1 float_relative_tolerance 0.001", "10000 1", []string{"10010 2", "9990 0"}, []string{"10011 1", "10000 2.1"}},
	{"numbers among words", "float_tolerance 0.5", "A 1000", []string{"A 1001", " a 999"}, []string{"a 999a", "A A", "A x1000"}},
	{"a word with a number", "float_tolerance 0.5", "1000A", []string{"1000A", "1000a"}, []string{"1000.0a", "1000", "1000B"}},
	{"a number in a word", "float_tolerance 0.5", "X1000", []string{"x1000"}, []string{"x1000.0", "x1.e43k5j"}},
	{"two numbers are not one", "float_tolerance 0", "-1 -1", []string{"-1 -1"}, []string{"-1-1", "-1 - 1"}},
	{"without a tolerance numbers are text", "", "0", []string{"0"}, []string{"-0", "+0", "0.0", "00", "0e0", "0x0", "0.000000000000000000000000000000000001"}},

	{"spellings of 0", "float_tolerance 0", "0", []string{"0", "+0", "-0", "-0.0", "00", ".0", "0.", "-.0", "+0.", "0e1", "0E-01", ".0e+1", "-00.e1", "0e99999999999999999999"},
		[]string{".", "-", "+", "-.", "..", "++0", "+-0", ".e1", "e1", "0e", "0e+", "0e-", "0e1.0", "0,0", "0.0.0", "0x0", "0X0", "0x0p0", "0f", "0.0abcdefghijklmnop",
			"0\x00", "0e\x00", "\x00", "1e-4000", "1e-20000", "1e-310", "٠"}},
	{"spellings of 100", "float_tolerance 0", "100", []string{"100.", "100.0", "1e2", "1.E+02", ".1e3", "+100", "0100", "1000e-1",
		"0.100000000000000000000000000000000000000000e+00000000000000000000000000000000000000003", "100." + strings.Repeat("0", 200000)},
		[]string{"1e3", "100x", "100e", "100e+", "0x64", "100.0000000001", "1e2e0", "100\x00", "100\x001", "1_00", "100f", "100d", "-100"}},
	{"a number to the closest float64", "float_tolerance 0", "100", []string{"100.00000000000000000000000000000000000000000001"}, []string{"100.0000000000001"}},
	{"an answer that is no number is text", "float_tolerance 1", "0x10", []string{"0x10", "0X10"}, []string{"16", "0x11", "0x0f"}},
	{"hex is no number", "float_tolerance 100", "16", []string{"17"}, []string{"0x10", "0x1p4"}},
	{"inf is text", "float_tolerance 0.5", "inf", []string{"inf", "INF"}, []string{"infinity", "-inf", "+inf", "nan", "0", "1e999"}},
	{"inf, case", "float_tolerance 0.5 case_sensitive", "inf", []string{"inf"}, []string{"INF", "Inf", "-inf"}},
	{"nan is text", "float_tolerance 0.5", "nan", []string{"nan", "NaN"}, []string{"-nan", "nan(1)", "0", "inf"}},
	{"nan is near nothing", "float_tolerance 1e300", "1", []string{"2"}, []string{"nan", "inf", "-inf", "infinity"}},
	{"too large is text", "float_tolerance 0.5", "1e5000", []string{"1e5000", "1E5000"}, []string{"1e5001", "inf", "10e4999", "1e4999"}},
	{"too small is text", "float_tolerance 0.5", "1e-5000", []string{"1e-5000", "1E-5000"}, []string{"0", "1e-5001"}},
	{"denormal is text", "float_tolerance 0.5", "1e-310", []string{"1e-310", "1E-310"}, []string{"0", "1.0e-310", "2e-310"}},
	{"denormal is no number", "float_tolerance 0.5", "0", []string{"2.3e-308", "-2.3e-308"}, []string{"1e-310", "4.9e-324", "2.2e-308", "1e-400", "1e-99999999999999999999"}},
	{"the largest", "float_relative_tolerance 1e-9", "1.7976931348623157e308", []string{"1.797693134862e308"}, []string{"1.8e308", "1.7e308"}},
	{"case of the exponent", "float_tolerance 0 case_sensitive", "1e5", []string{"1E5", "100000"}, []string{"1E6"}},
	{"integers are numbers", "float_tolerance 1e-6", "1000000000", []string{"1000000001", "999999999.5"}, []string{"1000001001"}},

	// Decimal numbers that a float64 does not hold: what is written counts.
	{"on the border", "float_absolute_tolerance 0.1", "1", []string{"1.1", "0.9", "1.10", "11e-1"}, []string{"1.1000000001", "0.8999999999"}},
	{"on the border, relative", "float_relative_tolerance 1e-6", "3", []string{"3.000003", "2.999997"}, []string{"3.00000300001", "2.99999699999"}},
	{"on the border, many digits", "float_absolute_tolerance 1e-20", "0.12345678901234567890", []string{"0.12345678901234567891", "0.12345678901234567889"}, nil},
	{"beyond, by more than rounding", "float_absolute_tolerance 1e-15", "0.123456789012345", []string{"0.123456789012346"}, []string{"0.12345678901234611"}},
	{"large integers", "float_tolerance 0", "9007199254740993", []string{"9007199254740993.0"}, []string{"9007199254740996"}},
}

func flagsOf(t testing.TB, text string) Flags {
	t.Helper()
	f, err := ParseFlags(strings.Fields(text), problem.V2025)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestCheck holds each row, read at once, byte by byte, behind so much text that
// buffers end in the middle of it, and with buffers that hold hardly a token.
func TestCheck(t *testing.T) {
	padding := strings.Repeat("x", bufferSize-3) + " "
	for _, r := range rows {
		f := flagsOf(t, r.flags)
		for i, output := range slices.Concat(r.ac, r.wa) {
			want := i < len(r.ac)
			for way, try := range map[string]func() (Result, error){
				"at once": func() (Result, error) { return Check(strings.NewReader(output), strings.NewReader(r.answer), f) },
				"behind": func() (Result, error) {
					return Check(strings.NewReader(padding+output), strings.NewReader(padding+r.answer), f)
				},
				"byte by byte": func() (Result, error) {
					return checkIn(iotest.OneByteReader(strings.NewReader(output)), iotest.OneByteReader(strings.NewReader(r.answer)), f, 1000)
				},
				"error with data": func() (Result, error) {
					return checkIn(iotest.DataErrReader(strings.NewReader(output)), iotest.DataErrReader(strings.NewReader(r.answer)), f, 16)
				},
				"in pieces":     func() (Result, error) { return checkIn(strings.NewReader(output), strings.NewReader(r.answer), f, 3) },
				"piece by byte": func() (Result, error) { return checkIn(strings.NewReader(output), strings.NewReader(r.answer), f, 1) },
			} {
				got, err := try()
				if err != nil {
					t.Fatalf("%s: %v", r.name, err)
				}
				if got.Accepted != want || (got.Difference == nil) != want {
					t.Errorf("%s (%s, %s): answer %.60q, output %.60q: accepted is %v, want %v (%v)",
						r.name, r.flags, way, r.answer, output, got.Accepted, want, got.Difference)
				}
			}
		}
	}
}

// TestLongWords: tokens longer than the buffers, in every rule that has to do with tokens.
func TestLongWords(t *testing.T) {
	long := strings.Repeat("aB", bufferSize)
	zeros := strings.Repeat("0", 3*bufferSize)
	for _, r := range []row{
		{"text", "", long, []string{long, strings.ToLower(long), long + "\n"},
			[]string{long + "x", long[1:], "x" + long[1:], long[:len(long)-1] + "x", long[:bufferSize] + " " + long[bufferSize:], "a", ""}},
		{"case", "case_sensitive", long, []string{long}, []string{strings.ToLower(long)}},
		{"text, though there is a tolerance", "float_tolerance 1", long, []string{long, strings.ToUpper(long)}, []string{long + "1", "1" + long[1:]}},
		{"many digits", "float_tolerance 1e-9", "0." + zeros, []string{"0", "1e-10", "-0." + zeros, zeros}, []string{"1", "0." + zeros + "x", "0." + zeros + "e", "0." + zeros + "1"}},
		{"a long way around", "float_tolerance 0", "1" + zeros + "e-393216", []string{"1", "1.0", "0." + zeros + "1e393217"}, []string{"2", "1" + zeros + "e-393215", "0." + zeros + "1e393218"}},
		{"a long output", "float_tolerance 1e-9", "1", []string{"1." + zeros, zeros + "1", zeros + "1.000000000" + zeros + "1"}, []string{"1" + zeros, zeros + "1x", zeros}},
		{"behind it", "", long + " 7", []string{long + "\n7"}, []string{long + "\n8", long, long + " 7 9"}},
	} {
		f := flagsOf(t, r.flags)
		for i, output := range slices.Concat(r.ac, r.wa) {
			want := i < len(r.ac)
			got, err := Check(strings.NewReader(output), strings.NewReader(r.answer), f)
			if err != nil || got.Accepted != want {
				t.Errorf("%s: output %d of %d bytes: accepted is %v (%v, %v), want %v", r.name, i, len(output), got.Accepted, got.Difference, err, want)
			}
		}
	}
}

func TestDifference(t *testing.T) {
	for _, test := range []struct {
		flags, output, answer string
		want                  string
	}{
		{"", "1 2\n3 5\n", "1 2\n3 4\n", `line 2, column 3 of the output (line 2, column 3 of the answer), token 4: expected "4", found "5"`},
		{"", "1\n\n2\n 5", "1 2 4", `line 4, column 2 of the output (line 1, column 5 of the answer), token 3: expected "4", found "5"`},
		{"", "1 2", "1 2 3", `line 1, column 4 of the output (line 1, column 5 of the answer), token 3: the output ends, expected "3"`},
		{"", "", "x", `line 1, column 1 of the output (line 1, column 1 of the answer), token 1: the output ends, expected "x"`},
		{"", "1 2\n", "1", `line 1, column 3 of the output (line 1, column 2 of the answer), token 2: the output goes on with "2" where the answer ends`},
		{"space_change_sensitive", "1  2", "1 2", `line 1, column 3 of the output (line 1, column 3 of the answer), token 2: white space differs: expected "2", found " "`},
		{"space_change_sensitive", "1 2", "1 2\n", `line 1, column 4 of the output (line 1, column 4 of the answer), token 3: white space differs: expected "\n", found the end`},
		{"float_absolute_tolerance 0.5 float_relative_tolerance 0.4", "1\n3", "1\n2", `line 2, column 1 of the output (line 2, column 1 of the answer), token 2: expected "2", found "3": they differ by 1, relative to the answer 0.5; allowed is float_absolute_tolerance 0.5 float_relative_tolerance 0.4`},
		{"float_tolerance 0.5", "x", "2", `line 1, column 1 of the output (line 1, column 1 of the answer), token 1: expected the number "2", found "x"`},
		{"", "a\x00", "a", `line 1, column 1 of the output (line 1, column 1 of the answer), token 1: expected "a", found "a\x00"`},
		{"", strings.Repeat("a", 100) + "b" + strings.Repeat("c", 100), strings.Repeat("a", 100) + "d",
			`line 1, column 1 of the output (line 1, column 1 of the answer), token 1: expected "...aaaaaaaaaaaaaaaaaaaad", found "...aaaaaaaaaaaaaaaaaaaabccccccccccccccccccccccccccccccccccccccc..."`},
	} {
		got, err := Check(strings.NewReader(test.output), strings.NewReader(test.answer), flagsOf(t, test.flags))
		if err != nil || got.Difference == nil {
			t.Errorf("%q against %q: no difference (%v)", test.output, test.answer, err)
			continue
		}
		if text := got.Difference.String(); text != test.want {
			t.Errorf("%q against %q:\n got %s\nwant %s", test.output, test.answer, text, test.want)
		}
	}
}

// TestPositionFarBehind: what was passed over quickly is counted.
func TestPositionFarBehind(t *testing.T) {
	line := "some tokens 123 on a line\n"
	same := strings.Repeat(line, 100000)
	got, err := Check(strings.NewReader(same+" X"), strings.NewReader(same+"Y"), Flags{})
	if err != nil || got.Difference == nil {
		t.Fatal(got, err)
	}
	want := Difference{Kind: TokenDiffers, Token: 600001, Expected: "Y", Found: "X",
		Output: Position{Offset: int64(len(same)) + 1, Line: 100001, Column: 2},
		Answer: Position{Offset: int64(len(same)), Line: 100001, Column: 1}}
	if *got.Difference != want {
		t.Errorf("got %+v\nwant %+v", *got.Difference, want)
	}
}

// TestReadErrors: who cannot be read is named, and it is an error, no verdict.
func TestReadErrors(t *testing.T) {
	broken := errors.New("broken disk")
	bad := io.MultiReader(strings.NewReader("1 2"), iotest.ErrReader(broken))
	if got, err := Check(bad, strings.NewReader("1 2 3"), Flags{}); !errors.Is(err, broken) || got.Accepted || err.Error() != "read the output at byte 3: broken disk" {
		t.Errorf("output: %v, %v", got, err)
	}
	bad = io.MultiReader(strings.NewReader("1 2"), iotest.ErrReader(broken))
	if got, err := Check(strings.NewReader("1 2 3"), bad, Flags{}); !errors.Is(err, broken) || got.Accepted {
		t.Errorf("answer: %v, %v", got, err)
	}
	if _, err := Check(stuck{}, strings.NewReader("1"), Flags{}); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("a reader that gives nothing: %v", err)
	}
}

type stuck struct{}

func (stuck) Read([]byte) (int, error) { return 0, nil }

func TestWhiteDiff(t *testing.T) {
	for _, test := range []struct {
		answer string
		ac, wa []string
	}{
		{"1 2\n3\n", []string{"1 2\n3", "1  2 \n 3\t\n\n \n", " 1\t2\r\n3"}, []string{"1 2 3", "1\n2\n3", "1 2\n\n3", "\n1 2\n3", "1 2", "1 2\n3 4", "1 2\n3\n4"}},
		{"a\n\nb", []string{"a\n\nb\n", "a\n \t\nb"}, []string{"a\nb", "A\n\nb", "a\n\n\nb"}},
		{"", []string{"", "\n\n", " "}, []string{"x", "\nx"}},
	} {
		for i, output := range slices.Concat(test.ac, test.wa) {
			got, err := WhiteDiff(strings.NewReader(output), strings.NewReader(test.answer))
			if err != nil || got.Accepted != (i < len(test.ac)) {
				t.Errorf("answer %q, output %q: accepted is %v (%v, %v)", test.answer, output, got.Accepted, got.Difference, err)
			}
		}
	}
}

func TestParseFlags(t *testing.T) {
	for _, test := range []struct {
		flags        string
		format       problem.Format
		want, errors string
	}{
		{"", problem.V2025, "", ""},
		{"case_sensitive space_change_sensitive case_sensitive", problem.V2025, "case_sensitive space_change_sensitive", ""},
		{"float_tolerance 1e-6", problem.V2025, "float_absolute_tolerance 1e-6 float_relative_tolerance 1e-6", ""},
		{"float_relative_tolerance 1E-9 float_absolute_tolerance 0", problem.V2025, "float_absolute_tolerance 0 float_relative_tolerance 1E-9", ""},
		{"float_tolerance 1 float_tolerance 2", problem.Legacy, "float_absolute_tolerance 2 float_relative_tolerance 2", ""},
		{"float_tolerance 1 float_absolute_tolerance 2", problem.Legacy, "float_absolute_tolerance 2 float_relative_tolerance 1", ""},
		{"float_tolerance 1 float_tolerance 1", problem.V2025, "", "the validator's flag float_tolerance is given twice"},
		{"float_absolute_tolerance 1 float_tolerance 1", problem.V2025, "", "the validator's flag float_tolerance is given beside float_absolute_tolerance: float_tolerance stands for both of the others"},
		{"float_tolerance 1 float_relative_tolerance 1", problem.V2025, "", "the validator's flag float_relative_tolerance is given beside float_tolerance: float_tolerance stands for both of the others"},
		{"float_tolerance", problem.Legacy, "", "the validator's flag float_tolerance lacks its tolerance"},
		{"float_tolerance case_sensitive", problem.Legacy, "", `the validator's flag float_tolerance: tolerance "case_sensitive" is not a number such as 1e-6`},
		{"float_tolerance 1e-5x", problem.Legacy, "", `the validator's flag float_tolerance: tolerance "1e-5x" is not a number such as 1e-6`},
		{"float_tolerance 0x1p-5", problem.Legacy, "", `the validator's flag float_tolerance: tolerance "0x1p-5" is not a number such as 1e-6`},
		{"float_tolerance inf", problem.Legacy, "", `the validator's flag float_tolerance: tolerance "inf" is not a number such as 1e-6`},
		{"float_tolerance -1", problem.Legacy, "", `the validator's flag float_tolerance: tolerance "-1" is negative`},
		{"ignore_case", problem.Legacy, "", `the default validator has no flag "ignore_case"; it has case_sensitive, space_change_sensitive, float_tolerance, float_absolute_tolerance, float_relative_tolerance`},
		{"1e-6", problem.Legacy, "", `the default validator has no flag "1e-6"; it has case_sensitive, space_change_sensitive, float_tolerance, float_absolute_tolerance, float_relative_tolerance`},
	} {
		got, err := ParseFlags(strings.Fields(test.flags), test.format)
		if err != nil {
			if err.Error() != test.errors {
				t.Errorf("%s:\n got error %s\nwant %s", test.flags, err, test.errors)
			}
		} else if test.errors != "" || got.String() != test.want {
			t.Errorf("%s: got %s, want %s%s", test.flags, got, test.want, test.errors)
		}
	}
}

// FuzzCheck: an output is right against itself whatever the flags; sensitive
// flags accept no more than others; and how the streams are cut does not matter.
func FuzzCheck(f *testing.F) {
	for _, r := range rows {
		for _, output := range slices.Concat(r.ac, r.wa) {
			f.Add([]byte(output), []byte(r.answer))
		}
	}
	flags := []Flags{flagsOf(f, ""), flagsOf(f, "case_sensitive"), flagsOf(f, "space_change_sensitive case_sensitive"),
		flagsOf(f, "float_tolerance 1e-6"), flagsOf(f, "float_tolerance 1e-6 case_sensitive")}
	f.Fuzz(func(t *testing.T, output, answer []byte) {
		for _, list := range flags {
			if got, err := checkIn(bytes.NewReader(output), bytes.NewReader(output), list, 16); err != nil || !got.Accepted {
				t.Errorf("%q is not the same as itself with %s: %v, %v", output, list, got.Difference, err)
			}
			got, _ := checkIn(bytes.NewReader(output), bytes.NewReader(answer), list, 1000)
			cut, _ := checkIn(iotest.HalfReader(bytes.NewReader(output)), bytes.NewReader(answer), list, 2)
			if got.Accepted != cut.Accepted {
				t.Errorf("%q against %q with %s: %v at once, %v in pieces", output, answer, list, got.Difference, cut.Difference)
			}
			lax := list
			lax.CaseSensitive, lax.SpaceChangeSensitive = false, false
			if more, _ := checkIn(bytes.NewReader(output), bytes.NewReader(answer), lax, 1000); got.Accepted && !more.Accepted {
				t.Errorf("%q against %q: accepted with %q, not with %q", output, answer, list, lax)
			}
		}
	})
}

// checkIn is Check with buffers of another size.
func checkIn(output, answer io.Reader, flags Flags, size int) (Result, error) {
	return check(output, answer, flags, make([]byte, size), make([]byte, size))
}
