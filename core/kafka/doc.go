// Package kafka is the one room that knows sarama. It brings messages of a topic
// to the consumers (Source), carries messages to topics (Producer), and reads and
// changes what brokers keep about topics and groups (Admin).
//
// A Source is one member of a consumer group. For each partition that it is given
// it runs one lane:
//
//	broker ──fetch──► claim ──drain──► queue ──Fetch──► handlers
//	                    ▲                │ above its mark      │
//	                    └──Pause/Resume──┘                    Done
//	                                                           ▼
//	committed offset ◄──each second── mark ◄── low watermark of the tracker
//	       │            or a share of the window                ▲
//	       └──────────── gives room in the window ──────────────┘
//
// The claim is always drained, because sarama serves all partitions of a broker
// from one loop: a consumer that lets one of them wait would hold up the others.
// The offset moves only past messages that are done without a gap, so whatever is
// killed, nothing that was not done is passed over. The window counts from what the
// brokers say is committed, so no more than it comes again.
package kafka
