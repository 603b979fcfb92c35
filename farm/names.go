package farm

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"judge/judge"
)

// What lies at the server; see the package comment.
const (
	streamJobs     = "JOBS" // and _USER behind it, as at the next three
	bucketBlobs    = "BLOBS"
	bucketVerdicts = "VERDICTS"
	bucketBatches  = "BATCHES"
	bucketUsers    = "USERS"
	bucketWorkers  = "WORKERS"
	streamDead     = "DEAD"
)

// Kinds of keys in USERS: KIND.NAME.
const (
	usersUser = "user" // NAME is a user's token: a User
	usersKey  = "key"  // NAME is a public NKey: a Login
)

// A Priority says which jobs go first.
type Priority string

// The priorities, the highest first.
const (
	High   Priority = "high"
	Normal Priority = "normal"
	Low    Priority = "low"
)

// Priorities lists them in the order in which workers ask for jobs.
func Priorities() []Priority { return []Priority{High, Normal, Low} }

// batchSubjects are those of all jobs of a batch.
func batchSubjects(id string) string {
	user, stamp, _ := strings.Cut(id, ".")
	return fmt.Sprintf("jobs.%s.*.*.*.%s", user, stamp)
}

// batchOf is the batch of a job's subject.
func batchOf(subject string) string {
	parts := strings.Split(subject, ".")
	return parts[min(1, len(parts)-1)] + "." + parts[len(parts)-1]
}

// classOf is the digest of the facts that must be the same on every machine, and of the labels that
// it must have. The processor is no such fact: times differ by it, verdicts should not.
func classOf(facts []judge.Fact, labels []string, wants ...string) string {
	h := sha256.New()
	for _, f := range facts {
		if f.What != judge.FactProcessor {
			fmt.Fprintf(h, "%q %q\n", f.What, f.Value)
		}
	}
	for _, l := range labels {
		fmt.Fprintf(h, "label %q\n", l)
	}
	for _, want := range wants {
		fmt.Fprintf(h, "%s\n", want)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// newID names a batch: whose it is, when it was made, in UTC, and something that no other has, and nobody can guess.
func newID(user string, now time.Time) string {
	return userToken(user) + now.UTC().Format(".20060102-150405-") + strings.ToLower(rand.Text()[:12])
}

// validID is what newID makes: an id is part of subjects and keys.
var validID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,66}\.[0-9]{8}-[0-9]{6}-[a-z0-9]{12}$`)

// plainUser is a name that can be part of subjects, keys, and names of streams.
var plainUser = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)

// ValidUser says whether a file of users may call somebody so.
func ValidUser(name string) bool { return plainUser.MatchString(name) }

// userToken is a user's name as names at the server have it; no two names have the same.
func userToken(name string) string {
	if plainUser.MatchString(name) {
		return name
	}
	if text := base64.RawURLEncoding.EncodeToString([]byte(name)); len(text) <= 60 {
		return "_" + text
	}
	sum := sha256.Sum256([]byte(name))
	return "__" + hex.EncodeToString(sum[:])
}

// userOf is the token of the user whom a batch, or a key of VERDICTS, belongs to.
func userOf(id string) string {
	user, _, _ := strings.Cut(id, ".")
	return user
}

// Kinds of keys in VERDICTS: BATCH.ITEM.KIND[.NAME], and USER.CLASS.limit.PACKAGE.
const (
	keyCase    = "case"    // NAME is the case's: a verdict
	keyKnown   = "known"   // NAME is the case's: a verdict that the submitter knew
	keyDiffers = "differs" // NAME is the case's, or "" for the result: what a second worker came to
	keyResult  = "result"  // a finding
	keyFault   = "fault"   // NAME is the delivery: why it failed
	keyLimit   = "limit"   // a time limit that was measured
)

func verdictKey(batch string, item int, kind, name string) string {
	key := fmt.Sprintf("%s.%d.%s", batch, item, kind)
	if name != "" {
		key += "." + keyName(name)
	}
	return key
}

func limitKey(user, class, pkg string) string {
	return user + "." + class + "." + keyLimit + "." + keyName(pkg)
}

// readKey takes a key of an item apart; the name stays as keyName made it.
func readKey(key string) (item int, kind, name string, ok bool) {
	parts := strings.SplitN(key, ".", 5)
	if len(parts) < 4 {
		return 0, "", "", false
	}
	item, err := strconv.Atoi(parts[2])
	if len(parts) == 5 {
		name = parts[4]
	}
	return item, parts[3], name, err == nil && item >= 0
}

// plainName is what can stand in a key as it is; "." would begin another token.
var plainName = regexp.MustCompile(`^[A-Za-z0-9/_-]{1,128}$`)

// keyName makes a token of a key of any name; no two names have the same. Source for
// what keys may hold: ADR-8 of NATS, [-/_=\.a-zA-Z0-9]+.
func keyName(name string) string {
	if plainName.MatchString(name) && !strings.HasPrefix(name, "/") && !strings.HasSuffix(name, "/") {
		return name
	}
	if text := base64.RawURLEncoding.EncodeToString([]byte(name)); len(text) <= 200 {
		return "=" + text
	}
	sum := sha256.Sum256([]byte(name))
	return "==" + hex.EncodeToString(sum[:])
}
