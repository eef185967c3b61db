package lease_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core/lease"
)

// Anything may happen to anybody at any time: nobody is declared dead who still
// works, but for those who do not run at all; and afterwards everybody lives.
func TestNobodyIsDeclaredDeadWhileItWorks(t *testing.T) {
	const daemons = 4
	for seed := range uint64(12) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				m := &mayhem{world: w, halted: map[string]bool{}, lives: map[string]*lease.Incarnation{}}
				w.table.onVerdict = m.check
				for range daemons {
					d, _ := w.start()
					go m.follow(d)
				}
				var events sync.WaitGroup
				for i, d := range w.all {
					random := rand.New(rand.NewPCG(seed, uint64(i)))
					events.Go(func() { m.torment(d, random) })
				}
				events.Go(func() { m.stall(rand.New(rand.NewPCG(seed, daemons))) })
				events.Wait()

				pass(time.Minute)
				require.Len(t, w.table.living(), daemons)
				for _, d := range w.all {
					require.True(t, works(d.incarnation()))
				}
			})
		})
	}
}

// mayhem knows who works at each moment.
type mayhem struct {
	*world
	mu     sync.Mutex
	halted map[string]bool // by name of the daemon
	lives  map[string]*lease.Incarnation
}

// follow notes each life of a daemon when it begins.
func (m *mayhem) follow(d *daemon) {
	for {
		inc, err := d.Current(m.t.Context())
		if err != nil {
			return
		}
		m.mu.Lock()
		m.lives[inc.ID()] = inc
		m.mu.Unlock()
		select {
		case <-inc.Context().Done():
		case <-d.ended:
			return
		}
	}
}

// check looks at a verdict in the moment in which it takes effect.
func (m *mayhem) check(by string, victim lease.Daemon) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if inc := m.lives[victim.ID]; inc != nil && works(inc) && !m.halted[victim.Host] {
		m.t.Errorf("%s declared %s dead, which works", by, victim.Host)
	}
}

const torments = 60

// torment lets one bad thing after the other happen to a daemon.
func (m *mayhem) torment(d *daemon, random *rand.Rand) {
	for range torments {
		time.Sleep(some(random, 20*time.Second))
		switch random.IntN(4) {
		case 0:
			m.halt(d, some(random, 20*time.Second))
		case 1:
			release := d.line.hang(everything...)
			time.Sleep(some(random, 20*time.Second))
			release()
		case 2:
			release := d.line.hang(everything[random.IntN(len(everything))])
			time.Sleep(some(random, 20*time.Second))
			release()
		case 3:
			d.clock.jump(some(random, 10*time.Second))
		}
	}
}

func (m *mayhem) halt(d *daemon, how time.Duration) {
	mark := func(halted bool) {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.halted[d.line.name] = halted
	}
	mark(true)
	thaw := d.clock.freeze()
	time.Sleep(how)
	thaw()
	time.Sleep(time.Millisecond) // for its guard to wake up
	mark(false)
}

// stall lets the database hang for everybody now and then.
func (m *mayhem) stall(random *rand.Rand) {
	for range torments / 4 {
		time.Sleep(some(random, time.Minute))
		release := m.hang(everything...)
		time.Sleep(some(random, 20*time.Second))
		release()
	}
}

func some(random *rand.Rand, most time.Duration) time.Duration {
	return time.Duration(random.Int64N(int64(most)))
}
