package delayqueue

import (
	"context"
	"database/sql/driver"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"simplest_script/core/lease"
)

// patchy is a store that fails at some of what a lookout asks.
type patchy struct {
	Store
	fails map[string]error
	asked []string
}

func (s *patchy) ask(what string) error {
	s.asked = append(s.asked, what)
	return s.fails[what]
}

// lonely is the keeper of a daemon that knows of no other.
type lonely struct{ keeper }

func (lonely) Living() []lease.Daemon  { return nil }
func (lonely) LivingAt() time.Duration { return 0 }

func (s *patchy) Unknown(context.Context, []string) (map[string]int64, error) {
	return map[string]int64{"gone": 1, "lost": 1}, s.ask("unknown")
}

func (s *patchy) FailUnknown(_ context.Context, kind, _ string, _ int) (int, error) {
	return 0, s.ask("fail " + kind)
}

func (s *patchy) FreeKeys(context.Context, []byte, int) ([]byte, int, error) {
	return nil, 0, s.ask("keys")
}

func (s *patchy) Forecast(_ context.Context, kind string, _ time.Duration, _ int) ([]Load, error) {
	return nil, s.ask("forecast " + kind)
}

func (s *patchy) Ownerless(context.Context, int) (int, error) { return 0, s.ask("ownerless") }

func TestPartsOfTheLookoutAreIndependent(t *testing.T) {
	own := errors.New("not this one")
	all := []string{"unknown", "fail gone", "fail lost", "keys", "forecast a", "forecast b", "ownerless"}
	for name, c := range map[string]struct {
		fails map[string]error
		want  []string
	}{
		"nothing fails":      {nil, all},
		"unknown":            {map[string]error{"unknown": own}, []string{"unknown", "keys", "forecast a", "forecast b", "ownerless"}},
		"a kind of nobody":   {map[string]error{"fail gone": own, "fail lost": own}, all},
		"keys":               {map[string]error{"keys": own}, all},
		"one forecast":       {map[string]error{"forecast a": own}, all},
		"everything":         {map[string]error{"unknown": own, "keys": own, "forecast a": own, "ownerless": own}, []string{"unknown", "keys", "forecast a", "forecast b", "ownerless"}},
		"the database":       {map[string]error{"unknown": driver.ErrBadConn}, []string{"unknown"}},
		"the database later": {map[string]error{"forecast a": driver.ErrBadConn}, all[:5]},
	} {
		t.Run(name, func(t *testing.T) {
			store := &patchy{fails: c.fails}
			local := &bootClock{boot: time.Hour}
			e := &Engine{
				cfg: Config{}.withDefaults(), store: store, keeper: lonely{}, local: local, log: zap.NewNop(),
				clock: &dbClock{local: local, often: local}, order: []*kind{kindWith("a", 1), kindWith("b", 1)},
			}
			e.hand = newHand(nil, nil, 0, e.order)
			e.clock.learn(local.boot.Microseconds(), time.Hour.Microseconds(), time.Hour.Microseconds())
			l := &lookout{Engine: e, unknown: map[string]time.Duration{"gone": time.Hour, "lost": time.Hour}}
			parts := l.parts()
			pause := l.lookAt(t.Context(), parts)
			require.ElementsMatch(t, c.want, store.asked)
			require.Equal(t, len(c.fails) > 0, pause > 0, "a pause after errors")

			store.asked = nil
			local.boot += unknownEvery
			l.lookAt(t.Context(), parts)
			require.NotContains(t, store.asked, "ownerless", "the forecast is made once in a minute, failed or not")
			local.boot += forecastAhead
			store.asked, store.fails = nil, nil
			require.Zero(t, l.lookAt(t.Context(), parts))
			require.Contains(t, store.asked, "ownerless")
		})
	}
}
