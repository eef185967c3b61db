package svc

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"
)

// probes is how many keys a server is asked for to find out whether it is a part of a
// cluster: so many that one with nearly all slots is found out too.
const probes = 256

// openRedis returns a client of the server at the one address, or of the Redis Cluster
// that this is a part of, or whose servers several addresses are.
func openRedis(ctx context.Context, o *redis.UniversalOptions) (redis.UniversalClient, error) {
	if len(o.Addrs) == 1 {
		client := redis.NewClient(o.Simple())
		part, err := partOfCluster(ctx, client)
		if err == nil && !part {
			return client, nil
		}
		if err := errors.Join(err, client.Close()); err != nil {
			return nil, err
		}
	}
	if o.DB != 0 {
		return nil, fmt.Errorf("it is a Redis Cluster, which has database 0 only: its Db is %d", o.DB)
	}
	client := redis.NewClusterClient(o.Cluster())
	if err := client.Ping(ctx).Err(); err != nil {
		return nil, errors.Join(fmt.Errorf("as a Redis Cluster (several addresses are servers of one): %w", err), client.Close())
	}
	return client, nil
}

// partOfCluster asks a server for keys, and tells whether it sends the client to
// others for some of them. What a server says about itself is no help: one that has all
// slots is best spoken to by the address that is configured, and a proxy before a
// cluster answers for all of it.
func partOfCluster(ctx context.Context, client *redis.Client) (bool, error) {
	if err := client.Ping(ctx).Err(); err != nil {
		return false, err
	}
	asked, _ := client.Pipelined(ctx, func(p redis.Pipeliner) error { // the errors are those of the commands
		for i := range probes {
			p.Exists(ctx, fmt.Sprintf("simplest_script:probe:%d", i))
		}
		return nil
	})
	for _, a := range asked {
		var answer redis.Error
		switch err := a.Err(); {
		case err == nil:
		case redis.HasErrorPrefix(err, "MOVED"), redis.HasErrorPrefix(err, "ASK"):
			return true, nil
		case redis.HasErrorPrefix(err, "CLUSTERDOWN"), !errors.As(err, &answer):
			return false, err
		}
	}
	return false, nil
}
