package embedded

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/twmb/franz-go/pkg/kfake"
)

// partitions of a topic that is created by its first use.
const partitions = 4

// Kafka returns the embedded Kafka of the folder, started here if no other process
// has. Topics, messages and committed offsets stay in the folder kafka of dir.
func Kafka(ctx context.Context, dir string) (*Service, error) {
	return share(ctx, dir, "kafka", func() (string, func() error, error) {
		data := filepath.Join(dir, "kafka")
		cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.DataDir(data),
			kfake.AllowAutoTopicCreation(), kfake.DefaultNumPartitions(partitions))
		if err != nil {
			return "", nil, fmt.Errorf("on the data in %s: %w", data, err)
		}
		return cluster.ListenAddrs()[0], func() error { cluster.Close(); return nil }, nil
	})
}
