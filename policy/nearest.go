package policy

// Nearest is the candidate that a misspelt word most likely stands for, or ""
// if none is near.
func Nearest(word string, candidates []string) string { return nearest(word, candidates) }
