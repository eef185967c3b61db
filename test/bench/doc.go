// Package bench measures the whole path of a message, from the service through
// source, dispatcher and workers to a registered handler and back, against the
// least that the same work can cost.
package bench
