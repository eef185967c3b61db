package conf

// Environment is the value of SCRIPT_ENV.
type Environment string

// The environments. Each has a bit in the status of an entry.
const (
	Dev     Environment = "dev"
	Test    Environment = "test"
	Pre     Environment = "pre"
	Release Environment = "release"
)

// Bit returns the bit of e in the status of an entry, or 0 where e is unknown.
func (e Environment) Bit() int {
	switch e {
	case Dev:
		return 1
	case Test:
		return 2
	case Release:
		return 4
	case Pre:
		return 8
	}
	return 0
}

// Environments returns all environments.
func Environments() []Environment { return []Environment{Dev, Test, Pre, Release} }
