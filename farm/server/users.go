package server

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"

	"judge/farm"
)

// users reads the file of users: a line each, its public NKey (nk -gen user), and a name for people
// behind it. An empty line and one that begins with # say nothing. Nil is no file.
func (o Options) users() ([]*server.NkeyUser, error) {
	if o.Users == "" {
		return nil, nil
	}
	const hint = "a line is a public NKey, which begins with U, and a name"
	f, err := os.Open(o.Users)
	if err != nil {
		return nil, &farm.Refusal{What: fmt.Sprintf("--users: %v", err), Hint: hint}
	}
	defer f.Close()
	var users []*server.NkeyUser
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		words := strings.Fields(lines.Text())
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		if !nkeys.IsValidPublicUserKey(words[0]) {
			return nil, &farm.Refusal{What: fmt.Sprintf("--users %s:%d: %q is no public key of a user", o.Users, n, words[0]), Hint: hint}
		}
		users = append(users, &server.NkeyUser{Nkey: words[0]})
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read --users %s: %w", o.Users, err)
	}
	if len(users) == 0 {
		return nil, &farm.Refusal{What: fmt.Sprintf("--users %s names nobody", o.Users), Hint: hint}
	}
	return users, nil
}
