// Package types holds structs that several handlers share.
package types
