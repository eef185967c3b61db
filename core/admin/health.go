package admin

import (
	"encoding/json"
	"net/http"
	"sync"
)

// State is where the daemon stands between start and end.
type State string

// The states. Only in Ready does the daemon take work.
const (
	Starting State = "starting"
	Ready    State = "ready"
	Draining State = "draining"
)

// Health answers two questions: does the process live (always, while it can
// answer), and does it take work. The zero value is Starting. It is safe for
// concurrent use.
type Health struct {
	mu    sync.Mutex
	state State
	why   string
}

// Set says where the daemon stands, with a reason for people, such as what it is
// waiting for.
func (h *Health) Set(state State, why string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.state, h.why = state, why
}

// State returns where the daemon stands.
func (h *Health) State() (State, string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.state == "" {
		return Starting, h.why
	}
	return h.state, h.why
}

func (h *Health) live(w http.ResponseWriter, _ *http.Request) {
	h.answer(w, http.StatusOK)
}

func (h *Health) ready(w http.ResponseWriter, _ *http.Request) {
	if state, _ := h.State(); state != Ready {
		h.answer(w, http.StatusServiceUnavailable)
		return
	}
	h.answer(w, http.StatusOK)
}

func (h *Health) answer(w http.ResponseWriter, code int) {
	state, why := h.State()
	answer(w, code, struct {
		State State  `json:"state"`
		Why   string `json:"why,omitempty"`
	}{state, why})
}

// answer writes v as JSON.
func answer(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(code)
	// The client may be gone; there is nobody to tell.
	_ = json.NewEncoder(w).Encode(v)
}
