// Package svc is the named MySQL, Redis and Kafka connections of the
// configuration. Each is opened at its first use, shared by all who ask for it,
// and closed in the reverse order of opening. A service that nobody asks for is
// neither opened nor needed.
//
// "embedded" in the place of an address is a service that runs inside this
// process, through the same clients; see the package embedded.
package svc
