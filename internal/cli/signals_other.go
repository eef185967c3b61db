//go:build !unix

package cli

// ignoreBrokenPipes has nothing to do: elsewhere a broken pipe is an error only.
func ignoreBrokenPipes() {}
