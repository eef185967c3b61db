// Package rig runs the machine that production runs, with handlers of its own,
// under conditions that a test makes: several processes on one database, which are
// killed, halted and cut off. What every process did is written down by the
// handlers, by those who push, and by a trigger, and Evidence collects it.
//
// A test binary is all processes at once. Its TestMain calls PlayRole, which in a
// process that World started becomes the daemon, or one who pushes, and does not
// return.
package rig
