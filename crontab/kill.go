package crontab

import "errors"

// What Kill can answer, matched by errors.Is.
var (
	// ErrGone says that there is no such process any more.
	ErrGone = errors.New("its process is not there any more")
	// ErrElsewhere says that the process cannot be reached from here; AskToStop can.
	ErrElsewhere = errors.New("its process cannot be reached from here")
)
