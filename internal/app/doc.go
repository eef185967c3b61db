// Package app puts the machine together: one straight line from the configuration
// to the running components, and the same line backwards when it stops. It knows
// no business: the modules come from main.go.
package app
