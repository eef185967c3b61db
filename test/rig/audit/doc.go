// Package audit decides from records alone whether a delay queue kept its
// promises: what was pushed, what each handler did (journals), how the status of
// each row changed (a trigger), which daemons lived and died, and what the rows say
// at the end. It does no I/O and asks no component for its own opinion.
package audit
