package delayqueue

import (
	"container/heap"
	"slices"
)

// agenda holds jobs until they are due: one list for each millisecond that has any,
// and a heap of those milliseconds. Ten thousand jobs of one full second are one
// entry of the heap, and fall due together.
type agenda struct {
	at     map[int64][]*job // by Unix millisecond
	millis millisHeap       // the keys of at, the first on top
}

func newAgenda() agenda { return agenda{at: map[int64][]*job{}} }

func (a *agenda) add(j *job) {
	list, known := a.at[j.Due]
	if !known {
		heap.Push(&a.millis, j.Due)
	}
	a.at[j.Due] = append(list, j)
}

// first returns when the first job is due.
func (a *agenda) first() (millis int64, some bool) {
	if len(a.millis) == 0 {
		return 0, false
	}
	return a.millis[0], true
}

// pop removes the jobs of the first millisecond.
func (a *agenda) pop() []*job {
	millis := heap.Pop(&a.millis).(int64)
	jobs := a.at[millis]
	delete(a.at, millis)
	return jobs
}

// take removes one job. It returns false where that has fallen due, and is in the
// agenda no more.
func (a *agenda) take(j *job) bool {
	jobs := a.at[j.Due]
	i := slices.Index(jobs, j)
	if i < 0 {
		return false
	}
	a.at[j.Due] = slices.Delete(jobs, i, i+1)
	return true
}

// remove takes out the jobs that are wanted. A millisecond that has none left
// stays until it is over.
func (a *agenda) remove(wanted func(*job) bool) {
	for millis, jobs := range a.at {
		a.at[millis] = slices.DeleteFunc(jobs, wanted)
	}
}

type millisHeap []int64

func (h millisHeap) Len() int           { return len(h) }
func (h millisHeap) Less(i, j int) bool { return h[i] < h[j] }
func (h millisHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *millisHeap) Push(x any)        { *h = append(*h, x.(int64)) }

func (h *millisHeap) Pop() any {
	last := len(*h) - 1
	x := (*h)[last]
	*h = (*h)[:last]
	return x
}
