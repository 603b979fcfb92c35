package main

import (
	"context"
	"fmt"
	"os"

	"judge/cmd/internal/cli"
	"judge/sandbox/doctor"
)

// Exit statuses of judge doctor, but 0.
const (
	exitUnsafe = 1 // this host cannot judge safely
	exitUnfair = 2 // it can, and cannot measure fairly
)

func doctorCommand(args []string) (int, error) {
	set, rest, done, err := houseArgs("doctor", " [--json]", args)
	if err != nil || done {
		return 0, err
	}
	if len(rest) > 0 {
		return 0, &cli.UsageError{What: fmt.Sprintf("judge doctor takes no argument, got %q", rest), Hint: "judge doctor [--json]"}
	}
	d := doctor.Examine(context.Background())
	if set.has("--json") {
		err = cli.PrintJSON(d)
	} else {
		err = d.Table(os.Stdout)
	}
	return doctorStatus(d), err
}

func doctorStatus(d doctor.Diagnosis) int {
	switch {
	case d.Safe.Answer == doctor.No:
		return exitUnsafe
	case d.Fair.Answer == doctor.No:
		return exitUnfair
	}
	return 0
}
