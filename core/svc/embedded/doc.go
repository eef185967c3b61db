// Package embedded is the three services that run inside the daemon's own process
// where none is installed: SQLite in a file, an in-process Redis, and an in-process
// Kafka. They serve development, and are refused in release.
//
// Redis and Kafka are shared by the programs of one installation. The first that
// asks for one holds a lock on a file as long as it lives, runs the service, and
// writes the address to data/embedded.json; the others find it there. The lock is
// the only judge of who lives: it goes with its process, however that ends, so an
// address that a killed process left behind is never mistaken for a living one.
//
// Kafka and SQLite keep their data; what Redis holds is gone when its process ends.
package embedded
