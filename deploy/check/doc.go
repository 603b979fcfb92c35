// Package check holds the examples of deployment against the schemas of what reads them. It is a module of its own:
// judge needs none of what it takes.
package check
