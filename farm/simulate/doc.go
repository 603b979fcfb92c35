// Package simulate says what a farm of so many workers would do, without one: how long
// submissions wait, how many messages the NATS server has to handle, and what is at its end first.
//
// # Theory of operation
//
// It is a discrete-event simulation: an agenda of events (events.go), sorted by time, each of
// which changes the state and plans others. Time is a number; nothing waits, and nothing reads a
// clock. What is random has a source of its own for each purpose, made of one seed: the same Config
// gives the same Result, and another number of workers leaves the submissions as they are.
//
// The parts of the model, and of what they are the likeness:
//
//	loads (load.go, submit.go)   submitters: contests, batches with a window of submissions on their way
//	engine (engine.go)           the NATS server: one queue of messages, each of which occupies it for so long
//	queue (queue.go)             the stream JOBS: a consumer for each priority, first come, first served
//	workers (pull.go, work.go)   the loop of farm.Worker: pull, read verdicts, grade, create, ack
//	losses (pull.go)             workers that die with all they are at, and come back
//
// A job goes this way. It is published; a worker's pull finds it, by priority; the worker reads
// whether there is a result, and, if others were at this submission before, the verdicts on its cases;
// compiles, unless it has done so before; grades case after case, and creates a verdict for each;
// sends the rest as the next job if the submission has more cases than a part, else creates the result; and
// acks. While it is at it, it says so every third of AckWait. A job of which the engine has heard
// nothing for AckWait is delivered anew, before others; who gets it after so many deliveries
// makes it a dead letter. A worker that was only believed dead goes on: its verdicts count if they are
// the first, and its ack is taken, however late.
//
// The engine handles one message at a time, in the order in which they arrive, and all need the same time on
// their way. So it is known when a message is sent when it will have been served, and a message
// costs one event or none. That is a server with one core and one disk: one with more saturates later.
// An engine that is two minutes behind has collapsed (patience): words of progress alone can be more than it
// handles, since those who wait for it send them too.
//
// Where it saturates (Limits) is not searched for: what a submission occupies of workers and of
// the engine, waiting aside, is counted, and the inverse is how many fit. A test holds it
// against a farm that always has more to do.
//
// # What is left out
//
// Files: packages and submissions are fetched once by a worker, and are nobody's bottleneck before they
// fill the network. One submission occupies one job of a worker; on a machine whose other jobs are
// idle its cases would be judged by several at once. Workers are equal, and of one class; submitters are one user: of several each has
// his share of the workers, by weight. The
// queue has no bound. A lost worker's pulls end with it. A job that fails is not tried again by its worker.
// A worker's hands wait for the answer to each verdict and ack, and ask for a job each: a real one writes verdicts while it judges the next
// case, takes the next job before its ack is answered, and asks for as many jobs as it has hands free, so it is a little faster, by less messages.
//
// # What holds it to the truth
//
// Without engine, parts and losses it is what queueing theory has formulas for: the tests hold it against Erlang's C
// (many workers), Pollaczek and Khinchine (service of one length, and the engine's own queue), Cobham
// (priorities) and Little, within its own confidence interval. A real farm is held against it by
// its results: judge-farm simulate --results FILE --load replay --workers 2 --jobs 1 says by when they
// would be there (makespan). Three batches of 60 submissions of 20 cases, graded by two workers on one
// machine, took 19.7, 17.1 and 17.1 s; by their own times the model says 20.3, 17.8 and 17.5 s, and by the
// times of one grading without a farm 15.8 s.
//
// # What was measured
//
// measured.jsonl is what judge verify wrote of all packages in testcases/problems, reduced to its
// times: the script measure makes it. measured.go has what a case and a message cost. They are defaults
// for want of better ones: --results of a contest of one's own, --message-cost.
package simulate
