package server

import (
	"bufio"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"

	"judge/farm"
)

// A known is a line of the file of users.
type known struct {
	key    string // public NKey
	name   string
	role   farm.Role
	weight float64  // 0 is not said
	serves []string // names; nil is all
}

const usersHint = "a line is a public NKey, which begins with U, a name, and submit, work or admin; behind submit weight=3, behind work for=NAME,NAME"

// users reads the file of users: a line each, its public NKey (nk -gen user), a name, and a role. An
// empty line and one that begins with # say nothing. Nil is no file.
func (o Options) users() ([]known, error) {
	if o.Users == "" {
		return nil, nil
	}
	f, err := os.Open(o.Users)
	if err != nil {
		return nil, &farm.Refusal{What: fmt.Sprintf("--users: %v", err), Hint: usersHint}
	}
	defer f.Close()
	var list []known
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		words := strings.Fields(lines.Text())
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		k, err := readKnown(words)
		if err == nil && slices.ContainsFunc(list, func(o known) bool { return o.key == k.key }) {
			err = fmt.Errorf("the key %s is there twice", k.key)
		}
		if err != nil {
			return nil, &farm.Refusal{What: fmt.Sprintf("--users %s:%d: %v", o.Users, n, err), Hint: usersHint}
		}
		list = append(list, k)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read --users %s: %w", o.Users, err)
	}
	if len(list) == 0 {
		return nil, &farm.Refusal{What: fmt.Sprintf("--users %s names nobody", o.Users), Hint: usersHint}
	}
	if err := agree(list); err != nil {
		return nil, &farm.Refusal{What: fmt.Sprintf("--users %s: %v", o.Users, err), Hint: usersHint}
	}
	return list, nil
}

func readKnown(words []string) (k known, err error) {
	if !nkeys.IsValidPublicUserKey(words[0]) {
		return k, fmt.Errorf("%q is no public key of a user", words[0])
	}
	if len(words) < 3 {
		return k, fmt.Errorf("a name and a role are missing behind the key")
	}
	k = known{key: words[0], name: words[1], role: farm.Role(words[2])}
	if !farm.ValidUser(k.name) {
		return k, fmt.Errorf("%q is no name: letters, digits, _ and -, 64 at most", k.name)
	}
	if !slices.Contains([]farm.Role{farm.Submit, farm.Work, farm.Admin}, k.role) {
		return k, fmt.Errorf("%q is no role", words[2])
	}
	for _, word := range words[3:] {
		what, value, _ := strings.Cut(word, "=")
		switch {
		case what == "weight" && k.role != farm.Work:
			k.weight, err = strconv.ParseFloat(value, 64)
			if err != nil || !(k.weight >= 0.001 && k.weight <= 1000) {
				return k, fmt.Errorf("%q: a weight is a number from 0.001 to 1000", word)
			}
		case what == "for" && k.role == farm.Work && value != "":
			k.serves = strings.Split(value, ",")
		default:
			return k, fmt.Errorf("%q means nothing behind %s", word, k.role)
		}
	}
	return k, nil
}

// agree says whether the lines of a file go together.
func agree(list []known) error {
	weights := map[string]float64{}
	for _, k := range list {
		if w, said := weights[k.name]; said && k.weight > 0 && w != k.weight {
			return fmt.Errorf("%s has the weights %v and %v", k.name, w, k.weight)
		}
		if k.weight > 0 {
			weights[k.name] = k.weight
		}
	}
	all := tenants(list)
	for _, k := range list {
		for _, name := range k.serves {
			if !slices.ContainsFunc(all, func(u farm.User) bool { return u.Name == name }) {
				return fmt.Errorf("%s works for %q, who has no line with submit", k.name, name)
			}
		}
	}
	return nil
}

// tenants are those who may have batches.
func tenants(list []known) []farm.User {
	var users []farm.User
	for _, k := range list {
		if k.role == farm.Work {
			continue
		}
		at := slices.IndexFunc(users, func(u farm.User) bool { return u.Name == k.name })
		if at < 0 {
			at = len(users)
			users = append(users, farm.User{Name: k.name, Weight: 1})
		}
		if k.weight > 0 {
			users[at].Weight = k.weight
		}
	}
	return users
}

// logins are the users as the server's library has them.
func logins(list []known) []*server.NkeyUser {
	var users []*server.NkeyUser
	for _, k := range list {
		users = append(users, &server.NkeyUser{Nkey: k.key, Permissions: permissions(k, list)})
	}
	return users
}
