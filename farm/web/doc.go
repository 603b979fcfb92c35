// Package web is a farm over HTTP: an API, and a page for people. judge serve has it beside the NATS server, and
// reaches that within the process.
//
// # Theory of operation
//
//	guard      who asks, from where, and how long it may take          before anything else
//	api        what is asked, as OpenAPI; huma reads and checks it
//	  submit   an archive -> a folder of its own -> a farm.Court       as judge submit does
//	  results  VERDICTS -> a file without a name -> the answer
//	  events   VERDICTS -> the answer, one at a time
//	metrics    VERDICTS from now on, and what the farm says when it is asked
//	page       files that are built in; they know the API alone
//
// Nothing here is kept in memory for a batch, nor for who reads slowly: results go through a file, events are fetched as
// they are read ([farm.Farm.Follow]), and an event's id is its place in VERDICTS, by which whoever was cut off goes on.
//
// What comes in is hostile. An archive has files and folders alone, a manifest names what is in it alone, and all of it
// is bounded: size, number, how many at once, how slowly. What programs wrote goes out as JSON; the page makes text of it,
// never markup, and its policy lets no script run but the page's own.
//
// Who asks has a token, or is on this machine where none are asked for. Then a name that was bent to this machine (DNS
// rebinding) is refused by the Host that it brings, and another site's request by its Origin. Tokens come in a header,
// which no browser sends by itself: there are no cookies. A batch of somebody else's is not there, for all but admins.
package web
