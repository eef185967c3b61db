package conf

import (
	"fmt"
	"io"
)

// Secret is text that must never be printed: every way of formatting it gives
// asterisks. Reveal is the one way to the text.
type Secret string

const masked = "******"

// Reveal returns the text.
func (s Secret) Reveal() string { return string(s) }

// String returns asterisks, or nothing where the secret is empty.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return masked
}

// Format keeps every verb of package fmt from printing the text, also those that
// do not fit a string.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// MarshalText keeps JSON and YAML encoders from printing the text.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
