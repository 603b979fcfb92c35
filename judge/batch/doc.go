// Package batch grades many submissions to many problems, and can go on where it was
// ended. Where they are judged is a [Court]'s matter: an engine of this machine's, or a farm.
//
// # Theory of operation
//
// A batch is a list of items, each a submission to a problem. The list is read twice, an
// item at a time: to find what is wrong with it before anything starts, and to grade it.
// So a long list costs time, and no memory.
//
//	list -> survey     every item can be graded; how many; a digest of the list
//	     -> shelf      a problem's programs are built when its first item comes
//	     -> Resume     the court's: cases side by side, but for those of the journal
//	     -> journal    a case, as soon as it is judged; a result
//	     -> Done       when its group of records is on the disk
//
// A few more submissions are on their way than programs run at once, so that none of
// the job tokens waits for compilers' caches and for files.
//
// The journal is one file, see [Journal]. The first of its records says what the results
// rest on: the list, policies, root file systems, judge's version. A batch that rests on
// anything else is refused, before it starts. What judge itself failed at (JE) is in no
// journal: who goes on tries it again.
package batch
