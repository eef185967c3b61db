package kafka_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/kafka"
)

func TestEveryMessageComesOnceAndInOrder(t *testing.T) {
	onEach(t, func(t *testing.T, c *cluster) {
		topic := c.topic(t, 3, nil)
		c.fill(t, topic, 3, 1, 1000)
		got := newRecord(t)
		s := c.source(t, options(topic))
		stop := start(t, s, each(got.add))
		got.waitFor(3, 1000)
		stop()
		require.Zero(t, got.repeated())

		// The end of the first has committed everything: the second begins behind it.
		lag, err := s.Lag(t.Context())
		require.NoError(t, err)
		require.Equal(t, core.Lag{Lanes: 3}, lag)
		stop = start(t, c.source(t, options(topic)), each(got.add))
		c.fill(t, topic, 3, 1001, 10)
		got.waitFor(3, 1010)
		stop()
		require.Zero(t, got.repeated())
	})
}

func TestNewestBeginsAtTheEndAndPassesNothingOver(t *testing.T) {
	for _, strategy := range []kafka.Strategy{kafka.Sticky, kafka.CooperativeSticky} {
		t.Run(string(strategy), func(t *testing.T) {
			onEach(t, func(t *testing.T, c *cluster) {
				topic := c.topic(t, 1, nil)
				c.fill(t, topic, 1, 100, 50)
				o := options(topic)
				o.Initial, o.Strategy = kafka.Newest, strategy
				serving := make(chan struct{})
				stop := start(t, c.source(t, o), func(_, _ context.Context, _ core.Lane) { close(serving) })
				<-serving // and does nothing
				c.fill(t, topic, 1, 1, 10)
				lag, err := c.source(t, o).Lag(t.Context())
				require.NoError(t, err)
				require.EqualValues(t, 10, lag.Messages)
				stop()
				c.fill(t, topic, 1, 11, 10)
				got := newRecord(t)
				start(t, c.source(t, o), each(got.add))
				got.waitFor(1, 20)
			})
		})
	}
}

func TestBegunWorkIsFinishedBeforeThePartitionGoes(t *testing.T) {
	onEach(t, func(t *testing.T, c *cluster) {
		topic := c.topic(t, 1, nil)
		c.fill(t, topic, 1, 1, 2)
		begun, taken := make(chan struct{}), make(chan struct{})
		o := options(topic)
		stop := start(t, c.source(t, o), func(intake, work context.Context, l core.Lane) {
			ts, err := l.Fetch(intake, 1)
			require.NoError(t, err)
			close(begun)
			<-intake.Done()
			require.NoError(t, work.Err(), "it may go on")
			close(taken)
			l.Done(ts)
		})
		<-begun
		go stop()
		<-taken
		first(t, c.source(t, o), func(_ core.Lane, task *core.Task) {
			require.Equal(t, "2", string(task.Payload))
		})
	})
}

func TestWorkThatLastsTooLongIsCutOff(t *testing.T) {
	onEach(t, func(t *testing.T, c *cluster) {
		topic := c.topic(t, 2, nil)
		c.fill(t, topic, 2, 1, 1)
		o := options(topic)
		o.Rebalance = 3 * time.Second
		var begun, cut sync.WaitGroup
		begun.Add(2)
		cut.Add(2)
		var slow sync.Map // the lanes on which the first member has been slow
		start(t, c.source(t, o), func(intake, work context.Context, l core.Lane) {
			if _, again := slow.LoadOrStore(l.Name(), true); again {
				return
			}
			_, err := l.Fetch(intake, 1)
			require.NoError(t, err)
			begun.Done()
			<-work.Done()
			require.ErrorIs(t, context.Cause(work), core.ErrLeaseLost)
			cut.Done()
		})
		begun.Wait()
		// One of the two partitions goes to the second member, and with it the message.
		first(t, c.source(t, o), func(_ core.Lane, task *core.Task) {
			require.Equal(t, "1", string(task.Payload))
		})
		cut.Wait()
	})
}

func TestMembersThatComeAndGoLoseNothing(t *testing.T) {
	for _, strategy := range []kafka.Strategy{kafka.Sticky, kafka.CooperativeSticky} {
		t.Run(string(strategy), func(t *testing.T) {
			onEach(t, func(t *testing.T, c *cluster) {
				const partitions = 4
				topic := c.topic(t, partitions, nil)
				o := options(topic)
				o.Strategy = strategy
				got := newRecord(t)
				stopFirst := start(t, c.source(t, o), each(got.add))
				c.fill(t, topic, partitions, 1, 500)
				got.waitFor(partitions, 500)

				joined := make(chan struct{})
				var once sync.Once
				stopSecond := start(t, c.source(t, o), func(intake, work context.Context, l core.Lane) {
					once.Do(func() { close(joined) })
					each(got.add)(intake, work, l)
				})
				c.fill(t, topic, partitions, 501, 500)
				<-joined
				c.fill(t, topic, partitions, 1001, 500)
				got.waitFor(partitions, 1500)
				stopFirst()
				c.fill(t, topic, partitions, 1501, 500)
				got.waitFor(partitions, 2000)
				stopSecond()
				require.Zero(t, got.repeated(), "what was begun is finished and committed before the partition goes")
			})
		})
	}
}

func TestStaticMemberTakesItsPlaceAgain(t *testing.T) {
	onEach(t, func(t *testing.T, c *cluster) {
		topic := c.topic(t, 2, nil)
		o := options(topic)
		o.MemberID = "script1-" + topic
		got := newRecord(t)
		stop := start(t, c.source(t, o), each(got.add))
		c.fill(t, topic, 2, 1, 100)
		got.waitFor(2, 100)
		stop()
		stop = start(t, c.source(t, o), each(got.add))
		c.fill(t, topic, 2, 101, 100)
		got.waitFor(2, 200)
		stop()
		require.Zero(t, got.repeated())
	})
}

func TestWhatIsNotDoneComesAgain(t *testing.T) {
	onEach(t, func(t *testing.T, c *cluster) {
		topic := c.topic(t, 1, nil)
		c.fill(t, topic, 1, 1, 6)
		fetch := func(n int, done ...int) (ids []string, payloads string) {
			served := make(chan struct{})
			stop := start(t, c.source(t, options(topic)), func(intake, _ context.Context, l core.Lane) {
				var all []*core.Task
				for len(all) < n {
					ts, err := l.Fetch(intake, n-len(all))
					if err != nil {
						return
					}
					all = append(all, ts...)
				}
				for _, i := range done {
					l.Done(all[i : i+1])
				}
				for _, task := range all {
					ids = append(ids, task.ID)
					payloads += string(task.Payload)
				}
				close(served)
			})
			<-served
			stop()
			return ids, payloads
		}
		first, payloads := fetch(6, 5, 0, 3, 1) // not 2 and 4
		require.Equal(t, "123456", payloads)
		require.Equal(t, topic+"/0/2", first[2])
		again, payloads := fetch(4, 3, 2, 1, 0)
		require.Equal(t, "3456", payloads)
		require.Equal(t, first[2:], again, "ids are the same at every attempt")
		c.fill(t, topic, 1, 7, 1)
		_, payloads = fetch(1)
		require.Equal(t, "7", payloads)
	})
}

// One lane works on nothing until the others have had all of theirs, though it has
// far more than its queue takes.
func TestSlowLaneStopsNoOther(t *testing.T) {
	onEach(t, func(t *testing.T, c *cluster) {
		const partitions, many = 4, 3000
		topic := c.topic(t, partitions, nil)
		o := options(topic)
		o.FetchBytes, o.ChannelBuffer, o.Window = 16<<10, 16, 100
		got, slow := newRecord(t), make(chan struct{})
		start(t, c.source(t, o), each(func(task *core.Task) {
			if task.Partition == partitions-1 {
				<-slow
			}
			got.add(task)
		}))
		defer func() {
			select {
			case <-slow:
			default:
				close(slow)
			}
		}()
		c.fill(t, topic, partitions, 1, many)
		got.waitFor(partitions-1, many)
		c.fill(t, topic, partitions, many+1, many)
		got.waitFor(partitions-1, 2*many)
		close(slow)
		got.waitFor(partitions, 2*many)
		require.Zero(t, got.repeated())
	})
}

func TestRunRefusesWrongOptions(t *testing.T) {
	s := (&cluster{}).source(t, kafka.Options{Initial: "latest", Strategy: "range", Session: 1, DeadTopic: "x"})
	err := s.Run(t.Context(), t.Context(), nil)
	for _, want := range []string{"topic is missing", "group id is missing", `"latest"`, `"range"`, "heartbeat"} {
		require.ErrorContains(t, err, want)
	}
}

func TestRunWaitsForBrokersAndEndsWithoutThem(t *testing.T) {
	c := fake(t)
	topic := c.topic(t, 1, nil)
	c.fill(t, topic, 1, 1, 10)
	var asked atomic.Int32
	brokers := func(context.Context) (kafka.Cluster, error) {
		switch asked.Add(1) {
		case 1:
			return kafka.Cluster{}, errors.New("not known yet")
		case 2:
			return kafka.Brokers("127.0.0.1:1"), nil // nobody listens there
		}
		return kafka.Brokers(c.brokers...), nil
	}
	got := newRecord(t)
	logs := newLogs()
	start(t, kafka.NewSource(brokers, options(topic), logs.logger), each(got.add))
	got.waitFor(1, 10)
	require.Contains(t, logs.text(), "not known yet")
	require.Contains(t, logs.text(), "service is back")

	away := func(context.Context) (kafka.Cluster, error) {
		asked.Store(-1)
		return kafka.Brokers("127.0.0.1:1"), nil
	}
	stop := start(t, kafka.NewSource(away, options(topic), logs.logger), each(got.add))
	require.Eventually(t, func() bool { return strings.Contains(logs.text(), "127.0.0.1:1") }, patience, 1e6)
	stop()
}

func TestMissingTopicIsSaidAndWaitedFor(t *testing.T) {
	onEach(t, func(t *testing.T, c *cluster) {
		topic := c.topic(t, 1, nil) + "-missing"
		logs, got := newLogs(), newRecord(t)
		start(t, kafka.NewSource(c.open, options(topic), logs.logger), each(got.add))
		logs.waitFor(t, "create the topic, or correct its name")
		require.NoError(t, c.admin.CreateTopic(t.Context(), topic, 1, nil))
		defer func() { require.NoError(t, c.admin.DeleteTopic(context.Background(), topic)) }()
		c.fill(t, topic, 1, 1, 3)
		got.waitFor(1, 3)
		require.Contains(t, logs.text(), fmt.Sprintf("reading topic %q", topic))
	})
}
