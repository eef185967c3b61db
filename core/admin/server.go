// Package admin is the daemon's HTTP server: health and metrics for whoever
// watches the process from outside. It sees the machine through small interfaces of its own.
package admin

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"go.uber.org/zap"
)

// stopTimeout is how long requests under way may take when the server stops.
const stopTimeout = 3 * time.Second

// Server serves until it is stopped; it keeps serving while the daemon drains, so
// that a load balancer sees that the daemon is no longer ready.
type Server struct {
	addr string
	log  *zap.Logger
	http *http.Server
	ln   net.Listener
}

// Page is something that the machine shows as JSON.
type Page struct {
	Path string     // such as /queues
	Read func() any // called for each request; what it returns must encode
}

// New returns a server for addr (host:port; port 0 takes any free one).
func New(addr string, health *Health, metrics *Metrics, log *zap.Logger, pages ...Page) *Server {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", health.live)
	mux.HandleFunc("GET /readyz", health.ready)
	mux.Handle("GET /metrics", metrics.handler())
	for _, p := range pages {
		mux.HandleFunc("GET "+p.Path, func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, p.Read()) })
	}
	return &Server{addr: addr, log: log, http: &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       time.Minute,
	}}
}

// Listen takes the address and begins to serve.
func (s *Server) Listen(ctx context.Context) error {
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.addr)
	if err != nil {
		return fmt.Errorf("listening for HTTP on %s (Host and Port of the configuration): %w", s.addr, err)
	}
	s.ln = ln
	go func() {
		if err := s.http.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("http server stopped", zap.Error(err))
		}
	}()
	return nil
}

// Addr returns where the server listens, after Listen.
func (s *Server) Addr() string { return s.ln.Addr().String() }

// Close ends the server; requests under way have three seconds.
func (s *Server) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	return s.http.Shutdown(ctx)
}
