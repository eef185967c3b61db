// Package logger writes the log: one JSON object per line, in one file per day
// and folder, and in the file when the call returns.
//
//	logs/2026-11-21.log            the main log
//	logs/2026-11-21.1.log          its continuation, when the first had grown too large
//	logs/export/2026-11-21.log     logger.NewLogger("export")
//
// Any number of processes may write to one folder. They need not know of each
// other, because a file is never renamed or truncated:
//
//   - A line is one write to a file opened for appending, so lines stay whole.
//   - The file of a day with the highest number is the one in use. Who finds it
//     full creates the next number, exclusively; the others meet the same full
//     file with their next line, and follow.
//   - Who has a file open holds a shared lock on it. Housekeeping compresses and
//     deletes only what it can lock for itself alone, so a writer that was slow to
//     follow loses nothing.
//
// Nothing here is flushed to the disk itself: a line survives the death of the
// process, not that of the machine. A line that cannot be written is counted and
// given up; the caller is not told, does not wait and goes on. The one thing that
// makes it wait is a device that does not answer at all.
package logger
