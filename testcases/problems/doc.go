// Package problems holds problem packages of our own, one or more for each
// feature of the formats that judge reads, with submissions in folders that
// are named by the verdict which must come out.
//
// NAME/ is a package, NAME.want beside it says how judge verify must see it:
//
//	flags --all-cases                    of judge verify
//	exit 125                             its exit status; 0 if not given
//	warn bad-groups data/secret          a word or more that it must say on standard error
//	accepted/a.c AC 60 some words        submission, verdict, score (- without), words of the reason
//	wrong_answer/b.c WA - disagrees ...  not as the package expects, which is the point of the package
//	    secret/1 WA some words           a case of it: verdict, words of the reason
//	    = secret/group1 AC 20            a group of it: verdict, score
//
// A name is below submissions/, solutions/ or sol/. broken/NAME are packages with
// which something is wrong; the table in broken_test.go says what must be said of it.
//
// None of it is copied: problems and programs were written for this folder. The
// shapes are those of public packages.
package problems
