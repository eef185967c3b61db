package redislist

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"simplest_script/core"
)

// model is what a ledger should be: a state for each message, and nothing clever.
type model struct {
	tasks   [][]*core.Task // by batch
	done    map[*core.Task]bool
	lost    map[int]bool
	settled map[int]bool // acknowledged, or put back
	late    int
}

func (m *model) left(batch int) (n int) {
	for _, t := range m.tasks[batch] {
		if !m.done[t] {
			n++
		}
	}
	return n
}

func nameOf(batch int) string { return fmt.Sprintf("%06d", batch) }

func number(b *batch) int {
	n, err := strconv.Atoi(b.name)
	if err != nil {
		panic(err)
	}
	return n
}

func TestLedgerKeepsTheBooks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var g ledger
		m := &model{done: map[*core.Task]bool{}, lost: map[int]bool{}, settled: map[int]bool{}}
		some := func(t *rapid.T) int {
			if len(m.tasks) == 0 {
				t.Skip("no batch")
			}
			return rapid.IntRange(0, len(m.tasks)-1).Draw(t, "batch")
		}
		t.Repeat(map[string]func(*rapid.T){
			"fetch": func(t *rapid.T) {
				ts, err := tasks("head", make([]core.Task, rapid.IntRange(1, 6).Draw(t, "messages")), g.next)
				require.NoError(t, err)
				m.tasks = append(m.tasks, append([]*core.Task(nil), ts...))
				g.add(&batch{name: nameOf(len(m.tasks) - 1), tasks: ts})
			},
			"done": func(t *rapid.T) {
				b := some(t)
				var ts []*core.Task
				for _, task := range m.tasks[b] {
					if !rapid.Bool().Draw(t, "this one") {
						continue
					}
					ts = append(ts, task)
					if m.lost[b] && !m.done[task] {
						m.late++
					}
					if !m.settled[b] {
						m.done[task] = true
					}
				}
				g.done(ts)
			},
			"acknowledge": func(t *rapid.T) {
				finished := g.take()
				if rapid.Bool().Draw(t, "in vain") {
					g.takeBack(finished)
					return
				}
				require.Empty(t, g.take(), "they are taken")
				g.confirm(finished)
				for _, b := range finished {
					i := number(b)
					require.False(t, m.settled[i], "twice")
					require.False(t, m.lost[i], "reaped")
					require.Zero(t, m.left(i), "not finished")
					m.settled[i] = true
				}
			},
			"lose": func(t *rapid.T) {
				b := some(t)
				want := m.left(b)
				if m.lost[b] || m.settled[b] {
					want = 0
				}
				require.Equal(t, want, g.lose(nameOf(b)))
				if want > 0 {
					m.lost[b] = true
				}
			},
			"put back": func(t *rapid.T) {
				held := g.held()
				if len(held) == 0 {
					t.Skip("nothing is held")
				}
				b := held[len(held)-1]
				g.forget(b)
				m.settled[number(b)] = true
			},
			"": func(t *rapid.T) {
				waiting := 0
				var held []string
				for i := range m.tasks {
					if !m.lost[i] && !m.settled[i] && m.left(i) > 0 {
						waiting += m.left(i)
						held = append(held, nameOf(i))
					}
				}
				var unsettled []string
				for i := range m.tasks {
					if !m.lost[i] && !m.settled[i] {
						unsettled = append(unsettled, nameOf(i))
					}
				}
				require.ElementsMatch(t, unsettled, namesOf(g.unsettled()))
				require.Equal(t, waiting, g.waiting)
				require.Equal(t, m.late, g.late)
				require.ElementsMatch(t, held, namesOf(g.held()))
				require.IsIncreasing(t, append([]string{""}, namesOf(g.held())...), "oldest first")
			},
		})
	})
}

func TestWhatIsNoMessageIsAnError(t *testing.T) {
	for _, stored := range []string{"", "x", "1 id", "a id payload", "0 id payload", "-1 id payload"} {
		_, err := tasks(returned, []core.Task{{Payload: []byte("1 id payload")}, {Payload: []byte(stored)}}, 0)
		require.ErrorContains(t, err, "message 1 of a batch", stored)
	}
}

func TestAReplyIsReadOrRefused(t *testing.T) {
	f, err := readFetched([]any{[]any{"gone"}, "head", []any{"", "old"}})
	require.NoError(t, err)
	require.Equal(t, []string{"gone"}, f.gone)
	require.Equal(t, "head", f.head)
	require.Len(t, f.messages, 2)
	require.Equal(t, "old", string(f.messages[0].Payload), "the oldest is stored last")
	require.Empty(t, f.messages[1].Payload)
	for _, reply := range [][]any{
		nil, {[]any{}, "head"}, {"gone", "head", []any{}}, {[]any{int64(1)}, "head", []any{}},
		{[]any{}, int64(1), []any{}}, {[]any{}, "head", "m"}, {[]any{}, "head", []any{nil}},
	} {
		_, err := readFetched(reply)
		require.ErrorIs(t, err, errReply, reply)
	}
}

func TestKeysShareASlot(t *testing.T) {
	for key, base := range map[string]string{
		"q": "{q}:", "{tag}q": "{tag}q:", "q{tag}": "q{tag}:", "{q": "{{q}:",
	} {
		k := keysOf(Options{Key: key})
		require.Equal(t, keys{list: key, returned: base + "returned", batches: base + "batches", dead: base + "dead", batch: base + "batch:"}, k)
	}
}

func TestPaceFollowsTheHandlers(t *testing.T) {
	p := newPace()
	require.Equal(t, fewest, p.most(1024))
	require.Equal(t, 10, p.most(10))
	for range 20 {
		p.finished(p.size, quick/2)
	}
	require.Equal(t, 1024, p.most(1024))
	require.Equal(t, mostFetched, p.most(1<<20))
	p.finished(p.size/2, quick/2)
	p.finished(p.size, (quick+slow)/2)
	require.Equal(t, mostFetched, p.most(1<<20))
	p.fetched(10, 10<<20)
	require.Equal(t, 4, p.most(1024), "huge messages come a few at a time")
	p.fetched(1, 1<<30)
	require.Equal(t, 1, p.most(1024))
	p.fetched(10, 10)
	for range 20 {
		p.finished(1, 2*slow)
	}
	require.Equal(t, fewest, p.most(1024))
	require.False(t, p.full(3*fewest, 1024))
	require.True(t, p.full(3*fewest+1, 1024))
	require.False(t, p.full(30, 10))
	require.True(t, p.full(31, 10), "four batches of what the caller wants, however quick the handlers are")
}
