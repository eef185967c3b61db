// Package cli is the command line: one file per command. It knows no business;
// the modules come from main.go and may bring commands of their own.
package cli
