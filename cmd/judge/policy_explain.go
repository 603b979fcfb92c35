package main

func policyExplain(args []string) (int, error) { return 0, nil }
