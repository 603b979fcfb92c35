package judge

import (
	"context"
	"sync"

	"judge/judge/problem"
)

// A pending is the cases of one submission, on their way. They are asked for one
// after the other, in order; a few that come next are begun before, so that all
// job tokens are in use. What is begun and then skipped is stopped and forgotten:
// results are the same whatever the number of jobs.
type pending struct {
	ctx   context.Context
	judge func(context.Context, *problem.Case) (CaseResult, error)
	ahead func() int // how many are begun, one at least

	order  []*problem.Case
	next   int // in order: what may be begun
	begun  map[*problem.Case]*begun
	active sync.WaitGroup
}

type begun struct {
	cancel context.CancelFunc
	done   chan struct{}
	result CaseResult
	err    error
}

func newPending(ctx context.Context, cases []*problem.Case, ahead func() int, judge func(context.Context, *problem.Case) (CaseResult, error)) *pending {
	return &pending{ctx: ctx, judge: judge, ahead: ahead, order: cases, begun: map[*problem.Case]*begun{}}
}

func (p *pending) begin(c *problem.Case) *begun {
	if b := p.begun[c]; b != nil {
		return b
	}
	ctx, cancel := context.WithCancel(p.ctx)
	b := &begun{cancel: cancel, done: make(chan struct{})}
	p.begun[c] = b
	p.active.Go(func() {
		defer close(b.done)
		b.result, b.err = p.judge(ctx, c)
	})
	return b
}

// get waits for the result of one case.
func (p *pending) get(c *problem.Case) (CaseResult, error) {
	b := p.begin(c)
	p.fill()
	<-b.done
	b.cancel()
	return b.result, b.err
}

// fill begins cases until enough are not done.
func (p *pending) fill() {
	open, ahead := 0, p.ahead()
	for _, b := range p.begun {
		if !b.isDone() {
			open++
		}
	}
	for ; open < ahead && p.next < len(p.order); p.next++ {
		if c := p.order[p.next]; p.begun[c] == nil {
			p.begin(c)
			open++
		}
	}
}

// skip stops cases that are not wanted. They may be asked for again.
func (p *pending) skip(cases []*problem.Case) {
	unwanted := map[*problem.Case]bool{}
	for _, c := range cases {
		unwanted[c] = true
		if b := p.begun[c]; b != nil && !b.isDone() {
			b.cancel()
			delete(p.begun, c)
		}
	}
	for p.next < len(p.order) && unwanted[p.order[p.next]] {
		p.next++
	}
}

func (b *begun) isDone() bool {
	select {
	case <-b.done:
		return true
	default:
		return false
	}
}

// wait lets what is on its way come to its end.
func (p *pending) wait() { p.active.Wait() }

// finish stops what is still on its way, and waits for it.
func (p *pending) finish() {
	for _, b := range p.begun {
		b.cancel()
	}
	p.active.Wait()
}
