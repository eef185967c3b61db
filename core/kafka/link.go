package kafka

import "context"

// link is an Admin that is connected when it is used, and anew after an error. Its
// methods may be called concurrently; one use goes on at a time.
type link struct {
	open    Open
	options Options

	turn  chan struct{} // who holds it may use the next two
	admin *Admin        // nil: not connected
	kept  bool          // the connection outlives its use
}

func newLink(open Open, o Options) *link {
	return &link{open: open, options: o, turn: make(chan struct{}, 1)}
}

// use calls f with the connection.
func (l *link) use(ctx context.Context, f func(*Admin) error) error {
	select {
	case l.turn <- struct{}{}:
		defer l.release()
	case <-ctx.Done():
		return ctx.Err()
	}
	if l.admin == nil {
		cluster, err := l.open(ctx)
		if err != nil {
			return err
		}
		if l.admin, err = OpenAdmin(ctx, cluster, l.options.ClientID, l.options.Dial); err != nil {
			return err
		}
	}
	err := f(l.admin)
	if err != nil || !l.kept {
		l.disconnect()
	}
	return err
}

// keep lets the connection stay open until close.
func (l *link) keep() {
	l.turn <- struct{}{}
	defer l.release()
	l.kept = true
}

func (l *link) close() {
	l.turn <- struct{}{}
	defer l.release()
	l.kept = false
	l.disconnect()
}

func (l *link) disconnect() {
	if l.admin != nil {
		l.admin.Close()
		l.admin = nil
	}
}

func (l *link) release() { <-l.turn }
