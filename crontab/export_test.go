package crontab

// Wait waits for a process that Launcher.Start started, and says how it ended.
func Wait(p *launched) string { return p.wait() }
