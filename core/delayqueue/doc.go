// Package delayqueue runs jobs at their time, from the table delay_queue_log.
//
// A job is a row. Push, or any plain INSERT, makes it waiting (1). A claimer
// takes what falls due within the next two seconds for this daemon (2), an agenda
// and one sleeper start each job at its millisecond, executors run the handler,
// and a completer records the outcome:
//
//	         claim                nil error
//	1 waiting ────► 2 running ───────────────► 3 done
//	   ▲  ▲             │ │ └── for good ────► 4 failed
//	   │  └── retry ────┘ │
//	   └── release, rescue┘          6 cancelled, 7 skipped, 5 held: by people
//
// Every statement that changes a claimed row names the owner and the token of
// the claim, so a daemon that was declared dead cannot overwrite what its
// successor wrote. The rules and the interleavings they answer are listed in
// docs/architecture.md.
package delayqueue
