// Package strict reads YAML, and JSON with comments, into Go values and says
// exactly where each mistake is: file, line and column, what is wrong, and the
// nearest word that would be right. It reports all mistakes at once, takes no
// unknown key and no second meaning of a value, and does not panic on any input.
//
// ParseYAML and ParseJSON make a tree of Nodes, a Decoder puts a tree into a Go
// value, and a Report collects what was found.
package strict
