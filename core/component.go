package core

import "context"

// Component is a part of the daemon that runs as long as the daemon does.
//
// Constructing one does no I/O. Run connects, with backoff, and returns nil
// when it has come to an end in good order. It has two ends: when intake ends it
// takes no more work, finishes what runs and returns; when work ends it abandons
// what still runs, as fast as it can. work never ends before intake.
//
// Run returns an error only for a fault of the program or its configuration,
// which ends the daemon. An outage of a service is waited out inside.
type Component interface {
	Name() string
	Run(intake, work context.Context) error
}
