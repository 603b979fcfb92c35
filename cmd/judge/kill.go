package main

import (
	"fmt"
	"strconv"
	"strings"

	"judge/cmd/internal/cli"
	"judge/sandbox"
)

func killCommand(args []string) (int, error) {
	const usage = " [-9] ID[@JUDGE]"
	set, rest, done, err := houseArgs("kill", usage, args)
	if err != nil || done {
		return 0, err
	}
	if len(rest) != 1 {
		return 0, &cli.UsageError{What: "judge kill takes the ID of one run", Hint: "judge ps lists them; judge kill" + usage}
	}
	slot, pid, named := strings.Cut(rest[0], "@")
	id, err := strconv.Atoi(slot)
	judge := 0
	if named && err == nil {
		judge, err = strconv.Atoi(pid)
	}
	if err != nil || id < 0 || named && judge <= 0 {
		return 0, &cli.UsageError{What: fmt.Sprintf("judge kill: %q is no ID", rest[0]), Hint: "judge ps lists them"}
	}
	return 0, sandbox.Kill(id, judge, set["-9"])
}
