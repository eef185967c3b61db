package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// summary is the part of the object that is checked: a member for each kind of work.
type summary struct {
	Delay struct {
		figures
		LateP99 *float64 `json:"late_p99_ms"`
	}
	Cron         struct{ Done, Failed, Lost int }
	Kafka, Redis struct{ Done int }
}

// figures are what the program and the table both tell of the delay jobs.
type figures struct {
	Pushed, Done, Waiting, Retried, Failed int
}

// read decodes the only object in out.
func read(out io.Reader) (s summary, err error) {
	d := json.NewDecoder(out)
	if err := d.Decode(&s); err != nil {
		return s, fmt.Errorf("standard output is not a JSON object: %w", err)
	}
	if d.Decode(new(any)) != io.EOF {
		return s, errors.New("standard output has more than one JSON object, or text behind it")
	}
	return s, nil
}

// check compares what the program told with what the rows say, and with what a
// demo is to show.
func (s summary) check(rows figures) error {
	told := s.Delay.figures
	switch {
	case told.Done <= 0 || told.Done > told.Pushed:
		return fmt.Errorf("%d delay jobs pushed, %d done", told.Pushed, told.Done)
	case told.Retried < 1 || told.Failed < 1:
		return fmt.Errorf("a retry and a failure are to be seen: %d delay jobs retried, %d failed", told.Retried, told.Failed)
	case told != rows:
		return fmt.Errorf("the object says %+v, the rows of delay_queue_log say %+v", told, rows)
	case s.Delay.LateP99 == nil:
		return errors.New("late_p99_ms is missing")
	case s.Cron.Done <= 0 || s.Cron.Failed+s.Cron.Lost != 0:
		return fmt.Errorf("every run of the demo's cron task is to end well: %d done, %d failed, %d lost", s.Cron.Done, s.Cron.Failed, s.Cron.Lost)
	case s.Kafka.Done <= 0 || s.Redis.Done <= 0:
		return fmt.Errorf("%d messages of Kafka done, %d of Redis", s.Kafka.Done, s.Redis.Done)
	}
	return nil
}
