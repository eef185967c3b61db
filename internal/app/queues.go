package app

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"simplest_script/core/consumer"
)

// QueuesPath is where the daemon's HTTP server shows its consumers.
const QueuesPath = "/queues"

// QueueView is a consumer as the page at QueuesPath shows it.
type QueueView struct {
	ExecCmd   string         `json:"exec_cmd"`
	Source    string         `json:"source"` // topic or list
	Group     string         `json:"group_id,omitempty"`
	Workers   int            `json:"workers"`
	InHand    int            `json:"in_hand"` // fetched and not done
	Done      int64          `json:"done"`
	Failed    int64          `json:"failed_attempts"`
	Dead      int64          `json:"dead"`
	Decisions []DecisionView `json:"decisions"` // the newest last
}

// DecisionView is one look of the autoscaler, with what it was decided from.
type DecisionView struct {
	At       time.Time `json:"at"`
	Workers  int       `json:"workers"`
	Desired  int       `json:"desired"`
	Lag      int64     `json:"lag"`
	LagError string    `json:"lag_error,omitempty"`
	Stuck    int64     `json:"stuck"`
	Done     int64     `json:"done"` // since the look before
	Failed   int64     `json:"failed_attempts"`
	Reason   string    `json:"reason"`
}

func queueViews(all []consumer.Status) []QueueView {
	views := make([]QueueView, 0, len(all))
	for _, s := range all {
		v := QueueView{
			ExecCmd: s.Entry.ExecCmd, Source: s.Entry.Topic + s.Entry.Key, Group: s.Entry.GroupID,
			Workers: s.Workers, InHand: s.InHand, Done: s.Done, Failed: s.Failed, Dead: s.Dead,
			Decisions: make([]DecisionView, 0, len(s.Decisions)),
		}
		for _, d := range s.Decisions {
			view := DecisionView{
				At: d.At, Workers: d.Workers, Desired: d.Desired, Lag: d.Lag, Stuck: d.Stuck,
				Done: d.Done, Failed: d.Failed, Reason: d.Reason,
			}
			if d.LagErr != nil {
				view.LagError = d.LagErr.Error()
			}
			v.Decisions = append(v.Decisions, view)
		}
		views = append(views, v)
	}
	return views
}

// Address is where the HTTP server of the partition's daemon on this host listens.
type Address struct {
	PID     int    `json:"pid"`
	Address string `json:"address"`
}

// addressFile tells the commands of the same home where the daemon listens.
func (m *Machine) addressFile() string {
	return filepath.Join(m.Config.Home, "data", "daemon-"+m.Config.Partition+".json")
}

// tellAddress writes the file, and returns what removes it again.
func (m *Machine) tellAddress(address string) (func() error, error) {
	text, err := json.Marshal(Address{os.Getpid(), address})
	if err != nil {
		return nil, err
	}
	file := m.addressFile()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return nil, err
	}
	own := fmt.Sprintf("%s.%d", file, os.Getpid())
	if err := errors.Join(os.WriteFile(own, text, 0o644), os.Rename(own, file)); err != nil {
		return nil, err
	}
	return func() error {
		if now, err := os.ReadFile(file); err != nil || !bytes.Equal(now, text) {
			return nil // another daemon of the partition has written its own
		}
		return os.Remove(file)
	}, nil
}

// DaemonAddress returns where the daemon of this partition listens, as it said
// when it started.
func (m *Machine) DaemonAddress() (Address, error) {
	var a Address
	text, err := os.ReadFile(m.addressFile())
	if err != nil {
		return a, fmt.Errorf("no daemon of partition %s runs from %s, or it has no HTTP server (Port is -1): %w", m.Config.Partition, m.Config.Home, err)
	}
	if err := json.Unmarshal(text, &a); err != nil {
		return a, fmt.Errorf("reading %s: %w", m.addressFile(), err)
	}
	return a, nil
}
