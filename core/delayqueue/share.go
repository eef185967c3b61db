package delayqueue

import "slices"

// shareRates gives this daemon its part of the rates of its kinds: as much as any
// other daemon that announces the kind.
func (e *Engine) shareRates() {
	for _, k := range e.order {
		if k.limits.Rate > 0 {
			e.hand.limit(k, k.limits.Rate/float64(e.daemonsWith(k.name)))
		}
	}
}

// daemonsWith counts the living daemons that announce the kind, at least this one.
func (e *Engine) daemonsWith(kind string) int {
	n := 0
	for _, d := range e.keeper.Living() {
		if slices.Contains(d.Kinds, kind) {
			n++
		}
	}
	return max(n, 1)
}
