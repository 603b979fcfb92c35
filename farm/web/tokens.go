package web

import (
	"bufio"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"judge/farm"
)

// A Role says what a token lets its holder do. Each may do what those before it may.
type Role string

// The roles.
const (
	Read   Role = "read"   // look at the user's own batches, and at workers
	Submit Role = "submit" // send batches, and cancel the user's own
	Admin  Role = "admin"  // all of it with everybody's
)

var roles = []Role{Read, Submit, Admin}

func (r Role) may(what Role) bool { return slices.Index(roles, r) >= slices.Index(roles, what) }

// A person is who asks.
type person struct {
	User string
	Role Role
}

// sees says whether somebody's batches are this one's to look at.
func (p person) sees(user string) bool { return p.Role == Admin || p.User == user }

// A token is a line of the file: what a secret's digest is, and whose it is. Secrets are random and long, so a plain
// digest tells nothing of them.
type token struct {
	digest [sha256.Size]byte
	person
}

type tokens []token

const (
	tokenPrefix = "sha256:"
	tokenHint   = "a line is sha256:DIGEST, a user and a role (read, submit or admin), as judge-farm token USER ROLE prints it"
)

// NewToken makes a secret for a user, and the line of the file that stands for it. The error is a [*farm.Refusal] where
// user or role cannot be.
func NewToken(user string, role Role) (secret, line string, err error) {
	if err := checkPerson(user, role); err != nil {
		return "", "", &farm.Refusal{What: err.Error(), Hint: tokenHint}
	}
	secret = "judge_" + strings.ToLower(rand.Text()) // 130 bits
	sum := sha256.Sum256([]byte(secret))
	return secret, fmt.Sprintf("%s%s %s %s", tokenPrefix, hex.EncodeToString(sum[:]), user, role), nil
}

func checkPerson(user string, role Role) error {
	if !farm.ValidUser(user) {
		return fmt.Errorf("%q is no user: letters, digits, - and _, 64 at most, a letter or digit first", user)
	}
	if !slices.Contains(roles, role) {
		return fmt.Errorf("%q is no role", role)
	}
	return nil
}

// readTokens reads the file of tokens. The error is a [*farm.Refusal] where it is wrong, or others may write to it.
func readTokens(name string) (tokens, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, &farm.Refusal{What: fmt.Sprintf("--tokens: %v", err), Hint: tokenHint}
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("look at --tokens %s: %w", name, err)
	}
	if mode := info.Mode(); !mode.IsRegular() || mode.Perm()&0o022 != 0 {
		return nil, &farm.Refusal{What: fmt.Sprintf("--tokens %s has the mode %v: others than its owner could let themselves in", name, mode), Hint: "chmod 600 " + name}
	}
	list, err := parseTokens(f)
	if err != nil {
		return nil, &farm.Refusal{What: fmt.Sprintf("--tokens %s:%v", name, err), Hint: tokenHint}
	}
	return list, nil
}

// parseTokens reads lines; an empty one, and one that begins with #, say nothing.
func parseTokens(r io.Reader) (tokens, error) {
	var list tokens
	lines := bufio.NewScanner(r)
	n := 1
	for ; lines.Scan(); n++ {
		words := strings.Fields(lines.Text())
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		if len(words) != 3 {
			return nil, fmt.Errorf("%d: %d words", n, len(words))
		}
		t := token{person: person{User: words[1], Role: Role(words[2])}}
		text, prefixed := strings.CutPrefix(words[0], tokenPrefix)
		digest, err := hex.DecodeString(text)
		if err != nil || !prefixed || len(digest) != len(t.digest) {
			return nil, fmt.Errorf("%d: the first word is no digest", n) // it may be a secret: it is not shown
		}
		copy(t.digest[:], digest)
		if err := checkPerson(t.User, t.Role); err != nil {
			return nil, fmt.Errorf("%d: %w", n, err)
		}
		list = append(list, t)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%d: %w", n, err)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%d: it names nobody", n)
	}
	return list, nil
}

// find is whose a secret is. How long it takes says nothing of which there are.
func (list tokens) find(secret string) (person, bool) {
	sum := sha256.Sum256([]byte(secret))
	var found person
	known := false
	for _, t := range list {
		if subtle.ConstantTimeCompare(sum[:], t.digest[:]) == 1 {
			found, known = t.person, true
		}
	}
	return found, known
}
