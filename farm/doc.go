// Package farm grades batches on many machines, which meet at a NATS server with
// JetStream. Submitters send jobs, workers judge them, and whoever wants to know reads.
//
// # Theory of operation
//
// What lies at the server, and who writes it:
//
//	JOBS_USER      work queue, jobs.USER.PRIORITY.CLASS.LANE.BATCH               submitters; workers, what goes on
//	BATCHES_USER   what is graded, by which terms, and whether it is cancelled   submitters
//	VERDICTS_USER  key-value, each key written once                              workers; submitters, what they knew
//	BLOBS_USER     object store: files, and lists of files, by their SHA-256     submitters
//	USERS          who has such four, and his weight; what a key may do          the server; submitters, where it has no users
//	WORKERS        who is there; a key is whose the worker is, and its name      workers
//	DEAD           the jobs that were given up, with their last error            workers
//
// A user has streams of his own, since a server can hold rights to a stream, but not to a part of
// one: which job a pull brings, what an acknowledgement is of, or what a question to a stream is
// about, no subject says. A NATS account for each would part them as well, but a worker that serves several
// would need a connection, and a farm, for each. A batch's id begins with its user, so it says where the
// batch lies.
//
// With a file of users the server holds each key to a role (farm/server/rights.go): submitters write no verdict but those
// that their journal knew (a kind of keys of its own), workers no batch and no blob; then it is the server that marks batches
// as done. Users of one account can still have an answer sent to any subject that is none of theirs. So nothing there may be read
// directly, for such an answer is what the asker wrote before, word for word: what is sent elsewhere is then in
// the server's words, and whatever reads a batch, a worker or a user passes over what is none. An answer without a word would be a
// command, though: what may have one, workers ask through a relay in the server, which looks where the answer goes ([Relay]).
//
// A job is one submission, or what is left of it: payloads hold digests and names. The way of it:
//
//	Court      packs the files, sends those that are not there, then the job
//	Worker     takes it, and fetches what its cache lacks
//	   -> judge.Docket.Resume, whose judge.Record is VERDICTS: what is known there is not judged again
//	   -> a verdict for each case, as soon as it is judged; it is written while the next is judged
//	   -> the result, then the acknowledgement
//	Gatherer   watches VERDICTS: cases, and results made of them
//
// Rules, groups and scores are package judge's: the farm has no opinion on them, so a
// result is what it would be on one machine, but for its times.
//
// Nothing rests on a job being delivered once, nor on acknowledgements. VERDICTS is written
// with Create alone, and the server takes no second one: of two workers with one case the first wins, and the second holds its own
// against it. Another verdict or score is written down beside it (differs), and is in the
// result as nondeterministic; the second makes its result of what is there. So whoever
// dies, is believed dead, or comes late leaves one verdict for each case, and one result.
//
// A job ends early after some cases ([Settings.Part]): the rest of the submission is sent as the
// next job. So a long submission gives way to one of higher priority, and what a package
// does not want judged after a failure is never handed out.
//
// A job that fails is tried again, elsewhere if it can be; when it was delivered three times, its
// submission's result is JE with the last error, and the job goes to DEAD.
//
// Workers differ. What results rest on whatever the machine (judge's version, policies, languages,
// root file systems) makes the class of a batch, a digest. A worker looks at each batch, and
// pulls jobs of those classes alone that it comes to itself, from a consumer for each user, class and priority:
// no job goes to a machine that would have to refuse it.
//
// In a cluster each of these lies on several servers, and one of them may go away. What is written its leader answers, but what is
// read any server, which may lag behind: nothing rests on a reading that finds nothing, but for what must be there, and is asked for again.
//
// A rootfs is a fact by its digest. A worker that lacks it fetches it (Roots) before it takes jobs of the batch, into its
// machine's store, and holds it there until the batch is over. What arrived must come to the digest; its name there
// is the digest, so that the machine's own ones stay. Policies and reports have the name that the submitter gave it.
//
// A worker may lie. An auditor has some submissions judged again, chosen when their result is there, in batches of their own
// whose class leaves out who judged them; so nothing is overwritten, and nobody can know before what will be looked at.
//
// A queue that is full refuses new jobs; submitters wait. A submitter who waits for results has so many submissions on
// their way at most ([Court.Jobs]), so batches of one user that are graded at the same time progress side by side.
// Of a batch that nobody waits for all is in the queue at once: what is more than that goes into a lane of its own, and a worker takes a
// user's lanes in turn.
//
// Users share each worker by their weights (shares): of those whose jobs wait with the same priority, who had least of its
// time, divided by his weight, is next. How many batches he has is no matter.
package farm
