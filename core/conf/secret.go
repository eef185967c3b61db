package conf

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

// GoString keeps %#v from printing the text.
func (s Secret) GoString() string { return s.String() }

// MarshalText keeps JSON and YAML encoders from printing the text.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
