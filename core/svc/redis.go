package svc

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
	"go.uber.org/zap"

	"simplest_script/core/conf"
	"simplest_script/core/svc/embedded"
)

// RedisOpener returns a function that returns Redis(ctx, name).
func (s *Services) RedisOpener(name string) func(context.Context) (redis.UniversalClient, error) {
	return func(ctx context.Context) (redis.UniversalClient, error) { return s.Redis(ctx, name) }
}

// Redis returns the Redis connection of that name. The client is shared: do not close it.
func (s *Services) Redis(ctx context.Context, name string) (redis.UniversalClient, error) {
	c, err := named("Redis", s.cfg.Redis, name)
	if err != nil {
		return nil, err
	}
	return use(ctx, s, "Redis "+name, func(ctx context.Context) (redis.UniversalClient, func() error, error) {
		addrs := c.AddrList()
		if c.Addr == conf.Embedded {
			service, err := s.embeddedRedis(ctx)
			if err != nil {
				return nil, nil, err
			}
			addrs = []string{service.Addr}
		}
		redis.SetLogger(quiet{s.log}) // its own would write to standard error what the caller is told
		client, err := openRedis(ctx, &redis.UniversalOptions{
			Addrs:                 addrs,
			Password:              c.Pass.Reveal(),
			DB:                    c.Db,
			DialTimeout:           5 * time.Second,
			ContextTimeoutEnabled: true,
			// A service of one vendor; others answer each new connection with an error.
			MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
		})
		if err != nil {
			return nil, nil, err
		}
		return client, client.Close, nil
	})
}

// RedisEndsHere tells whether the Redis of that name is an embedded one which ends with
// this process, and then keeps nothing.
func (s *Services) RedisEndsHere(ctx context.Context, name string) (bool, error) {
	c, err := named("Redis", s.cfg.Redis, name)
	if err != nil || c.Addr != conf.Embedded {
		return false, err
	}
	service, err := s.embeddedRedis(ctx)
	return err == nil && service.Own, err
}

func (s *Services) embeddedRedis(ctx context.Context) (*embedded.Service, error) {
	return s.embeddedService(ctx, "the embedded Redis", embedded.Redis)
}

// embeddedService starts an embedded service, or finds that of another process.
func (s *Services) embeddedService(ctx context.Context, what string, start func(context.Context, string) (*embedded.Service, error)) (*embedded.Service, error) {
	dir, err := s.embeddedDir()
	if err != nil {
		return nil, err
	}
	return use(ctx, s, what, func(ctx context.Context) (*embedded.Service, func() error, error) {
		service, err := start(ctx, dir)
		if err != nil {
			return nil, nil, err
		}
		s.log.Info("embedded service", zap.String("service", what), zap.String("addr", service.Addr), zap.Bool("own", service.Own))
		return service, service.Close, nil
	})
}

// quiet keeps what the client says about its pool for those who look for it.
type quiet struct{ log *zap.Logger }

// Printf implements the logger that go-redis wants.
func (q quiet) Printf(_ context.Context, format string, v ...any) {
	q.log.Debug("redis client", zap.String("says", fmt.Sprintf(format, v...)))
}
