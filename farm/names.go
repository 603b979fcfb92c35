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
	streamJobs     = "JOBS"
	streamDead     = "DEAD"
	bucketBlobs    = "BLOBS"
	bucketVerdicts = "VERDICTS"
	bucketBatches  = "BATCHES"
	bucketWorkers  = "WORKERS"
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

// jobSubject is where the jobs of a batch are sent.
func jobSubject(b Batch) string {
	return fmt.Sprintf("jobs.%s.%s.%s", b.Priority, b.Class, b.ID)
}

// classSubjects are those of all jobs of a class with a priority.
func classSubjects(p Priority, class string) string { return fmt.Sprintf("jobs.%s.%s.*", p, class) }

// batchSubjects are those of all jobs of a batch.
func batchSubjects(id string) string { return "jobs.*.*." + id }

// classOf is the digest of the facts that must be the same on every machine, and of the labels that
// it must have. The processor is no such fact: times differ by it, verdicts should not.
func classOf(facts []judge.Fact, labels []string) string {
	h := sha256.New()
	for _, f := range facts {
		if f.What != judge.FactProcessor {
			fmt.Fprintf(h, "%q %q\n", f.What, f.Value)
		}
	}
	for _, l := range labels {
		fmt.Fprintf(h, "label %q\n", l)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// newID names a batch: when it was made, in UTC, and something that no other has.
func newID(now time.Time) string {
	return now.UTC().Format("20060102-150405-") + strings.ToLower(rand.Text()[:8])
}

// validID is what newID makes: an id is part of subjects and keys.
var validID = regexp.MustCompile(`^[0-9]{8}-[0-9]{6}-[a-z0-9]{8}$`)

// Kinds of keys in VERDICTS: BATCH.ITEM.KIND[.NAME], and CLASS.limit.PACKAGE.
const (
	keyCase    = "case"    // NAME is the case's: a verdict
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

func limitKey(class, pkg string) string {
	return class + "." + keyLimit + "." + keyName(pkg)
}

// readKey takes a key of an item apart; the name stays as keyName made it.
func readKey(key string) (item int, kind, name string, ok bool) {
	parts := strings.SplitN(key, ".", 4)
	if len(parts) < 3 {
		return 0, "", "", false
	}
	item, err := strconv.Atoi(parts[1])
	if len(parts) == 4 {
		name = parts[3]
	}
	return item, parts[2], name, err == nil && item >= 0
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
