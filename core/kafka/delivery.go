package kafka

import (
	"fmt"

	"github.com/IBM/sarama"
)

// Acks says what a Producer waits for: "all" replicas in sync (−1 in Kafka's own
// words), the "leader" of the partition (1), or "none" (0), which loses messages
// without a word.
type Acks string

// AcksAll is the default.
const (
	AcksAll    Acks = "all"
	AcksLeader Acks = "leader"
	AcksNone   Acks = "none"
)

func (a Acks) required() (sarama.RequiredAcks, error) {
	switch a {
	case AcksAll:
		return sarama.WaitForAll, nil
	case AcksLeader:
		return sarama.WaitForLocal, nil
	case AcksNone:
		return sarama.NoResponse, nil
	}
	return 0, fmt.Errorf("acks are %q, %q or %q, not %q", AcksAll, AcksLeader, AcksNone, a)
}

// Partitioner says to which partition a message goes.
type Partitioner string

// Hash is the default.
const (
	Hash       Partitioner = "hash"        // by the key, FNV-1a; without a key at random
	Random     Partitioner = "random"      // whatever the key
	RoundRobin Partitioner = "round-robin" // one after the other, whatever the key
	Manual     Partitioner = "manual"      // Message.Partition
	CRC32      Partitioner = "crc32"       // by the key, as librdkafka's consistent_random
	Murmur2    Partitioner = "murmur2"     // by the key, as Kafka's own Java client
)

func (p Partitioner) constructor() (sarama.PartitionerConstructor, error) {
	switch p {
	case Hash:
		return sarama.NewHashPartitioner, nil
	case Random:
		return sarama.NewRandomPartitioner, nil
	case RoundRobin:
		return sarama.NewRoundRobinPartitioner, nil
	case Manual:
		return sarama.NewManualPartitioner, nil
	case CRC32:
		return sarama.NewConsistentCRCHashPartitioner, nil
	case Murmur2:
		return sarama.NewMurmur2Partitioner, nil
	}
	return nil, fmt.Errorf("the partitioner is %q, %q, %q, %q, %q or %q, not %q", Hash, Random, RoundRobin, Manual, CRC32, Murmur2, p)
}
