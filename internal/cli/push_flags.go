package cli

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
)

// pushFlags are the flags of push.
type pushFlags struct {
	name        string
	in          time.Duration
	at          string
	maxAttempts int
	timeout     time.Duration
	maxLate     time.Duration
	uniqueKey   string
	uniqueFor   time.Duration
	file        string
	resume      string
	json        bool
	target      messageTarget
}

// define makes the flags known.
func (f *pushFlags) define(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.name, "name", "", "text for people that says what the job is")
	flags.DurationVar(&f.in, "in", 0, "due after this time, such as 10s, 1500ms or 2h30m")
	flags.StringVar(&f.at, "at", "", "due at this time: '2026-11-22 08:00:00' in the configured time zone, RFC 3339, or Unix seconds")
	flags.IntVar(&f.maxAttempts, "max-attempts", 0, "how often it is tried before it has failed (default: as its handler is registered)")
	flags.DurationVar(&f.timeout, "timeout", 0, "how long one attempt may take (default: as its handler is registered)")
	flags.DurationVar(&f.maxLate, "max-late", 0, "skipped where it cannot start within this of its time (default: as its handler is registered)")
	flags.StringVar(&f.uniqueKey, "unique-key", "", "push nothing where an unfinished job of this kind has the key")
	flags.DurationVar(&f.uniqueFor, "unique-for", 0, "keep the unique key for this time after the end of the job")
	flags.StringVar(&f.file, "file", "", "push the jobs of this file of JSON lines; - is standard input")
	flags.StringVar(&f.resume, "resume", "", "keep in this file how far --file is (default: FILE.progress; none for standard input)")
	flags.BoolVar(&f.json, "json", false, "print a JSON object per job, with its id")
	flags.StringVar(&f.target.topic, "topic", "", "send messages to this Kafka topic instead")
	flags.StringVar(&f.target.key, "key", "", "key of the messages for --topic")
	flags.StringVar(&f.target.list, "list", "", "send messages to this Redis list instead")
}

// alone are the flags that say something about one job.
func alone() []string {
	return []string{"name", "in", "at", "max-attempts", "timeout", "max-late", "unique-key", "unique-for"}
}

// check finds what is wrong with the command line.
func (f pushFlags) check(cmd *cobra.Command, words []string) error {
	given := func(name string) bool { return cmd.Flags().Changed(name) }
	if given("topic") || given("list") || given("key") {
		return f.target.check(cmd, words, f.file)
	}
	if given("file") {
		for _, name := range alone() {
			if given(name) {
				return fmt.Errorf("--%s is for one job; in a file each line says it for its own job", name)
			}
		}
		switch {
		case f.file == "":
			return errors.New("--file wants the name of a file, or - for standard input")
		case len(words) > 0:
			return fmt.Errorf("%q and --file exclude each other: in a file each line names its own exec_cmd", words[0])
		}
		return nil
	}
	switch {
	case given("resume"):
		return errors.New("--resume belongs to --file")
	case len(words) == 0:
		return errors.New("push wants EXEC_CMD, or --file FILE")
	case given("in") && given("at"):
		return errors.New("--in and --at exclude each other")
	case f.in < 0:
		return fmt.Errorf("--in wants a time from now on, such as 10s, got %s", f.in)
	}
	return errors.Join(
		whole("--in", f.in, time.Millisecond, "milliseconds"),
		whole("--timeout", f.timeout, time.Millisecond, "milliseconds"),
		whole("--max-late", f.maxLate, time.Millisecond, "milliseconds"),
		whole("--unique-for", f.uniqueFor, time.Second, "seconds"),
	)
}

// whole finds what the column of a duration could not hold.
func whole(flag string, d, unit time.Duration, units string) error {
	if d%unit != 0 {
		return fmt.Errorf("%s wants whole %s, got %s", flag, units, d)
	}
	return nil
}
