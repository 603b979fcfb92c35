package server

import (
	"github.com/nats-io/nats-server/v2/server"

	"judge/farm"
)

// Rights are of subjects to publish to, for whatever a client asks of JetStream is a message; the name of a stream is a part of
// those, and the streams are one user's, but for USERS and WORKERS, which all may read. What an answer is sent to is the
// asker's own inbox, which nobody else may subscribe to. Sources: JetStream's API in ADR-1 and ADR-31 of NATS, of acknowledgements ADR-15.

// permissions are what a user may do; nil is all.
func permissions(k known, list []known) *server.Permissions {
	if k.role == farm.Admin {
		return nil
	}
	publish := append(watching("KV_USERS"), watching("KV_WORKERS")...)
	publish = append(publish, "$JS.API.INFO")
	if k.role == farm.Submit {
		publish = append(publish, submitting(k.name)...)
	} else {
		publish = append(publish, "$KV.WORKERS."+k.name+".>")
		for _, name := range served(k, list) {
			publish = append(publish, working(name, farm.Relay(k.key))...)
		}
	}
	return &server.Permissions{
		Publish:   &server.SubjectPermission{Allow: publish},
		Subscribe: &server.SubjectPermission{Allow: []string{farm.Inbox(k.key) + ".>"}},
	}
}

// served are the names of those whom a worker serves.
func served(k known, list []known) []string {
	if k.serves != nil {
		return k.serves
	}
	var all []string
	for _, u := range tenants(list) {
		all = append(all, u.Name)
	}
	return all
}

// watching is what it takes to read a stream, and to be told what comes into it.
func watching(stream string) []string {
	return []string{
		"$JS.API.STREAM.INFO." + stream,
		"$JS.API.STREAM.MSG.GET." + stream,
		"$JS.API.CONSUMER.CREATE." + stream,
		"$JS.API.CONSUMER.CREATE." + stream + ".>",
		"$JS.API.CONSUMER.INFO." + stream + ".*",
		"$JS.API.CONSUMER.DELETE." + stream + ".*",
		"$JS.FC." + stream + ".>",
	}
}

// submitting is what a submitter needs: he sends and cancels, and writes no verdict but those that he knew.
func submitting(name string) []string {
	publish := append(watching("KV_BATCHES_"+name), watching("KV_VERDICTS_"+name)...)
	publish = append(publish, watching("OBJ_BLOBS_"+name)...)
	return append(publish,
		"jobs."+name+".>",
		"$JS.API.STREAM.INFO.JOBS_"+name,
		"$JS.API.STREAM.PURGE.JOBS_"+name,
		"$KV.BATCHES_"+name+".>",
		"$KV.VERDICTS_"+name+"."+name+".*.*.known.>",
		"$O.BLOBS_"+name+".>",
		"$JS.API.STREAM.PURGE.OBJ_BLOBS_"+name,
	)
}

// working is what a worker needs for a user: it takes jobs, through its relay, and sends what goes on of them; it writes neither batches nor blobs.
func working(name, relay string) []string {
	publish := append(watching("KV_BATCHES_"+name), watching("KV_VERDICTS_"+name)...)
	publish = append(publish, watching("OBJ_BLOBS_"+name)...)
	return append(publish,
		"jobs."+name+".>",
		"$JS.API.STREAM.INFO.JOBS_"+name,
		relay+".CONSUMER.CREATE.JOBS_"+name+".>",
		relay+".CONSUMER.INFO.JOBS_"+name+".*",
		relay+".CONSUMER.MSG.NEXT.JOBS_"+name+".*",
		relay+".ACK.JOBS_"+name+".>",
		"$KV.VERDICTS_"+name+".>",
		"dead."+name+".>",
	)
}
