// Package core holds the contracts between the machine and the business code
// that runs on it: what a handler is given, how it answers, how it is
// registered, and what a long-running part of the daemon looks like.
//
// It imports nothing but the standard library, so that every other package may
// import it.
package core
