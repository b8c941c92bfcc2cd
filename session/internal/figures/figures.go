// Package figures names what a Manager counts, once for all the packages that hand it on.
package figures

import "github.com/proapi-go/proapi/session"

// A Counter is one of the numbers that only grow. Its name has dots, as OpenTelemetry writes it; Prometheus writes
// underscores and "_total".
type Counter struct {
	Name  string
	Unit  string // of what it counts, in OpenTelemetry's form
	Help  string
	Value func(*session.Stats) uint64
}

// Counters are all of session.Stats but the rejected tokens and the times.
var Counters = []Counter{
	{"session.loads", "{record}", "Sessions that the store was asked for and told of, those included that it does not have.", func(s *session.Stats) uint64 { return s.Loads }},
	{"session.commits", "{record}", "Saves that took effect; a new ID takes two of them.", func(s *session.Stats) uint64 { return s.Commits }},
	{"session.deletes", "{session}", "Sessions that the store was told to end.", func(s *session.Stats) uint64 { return s.Deletes }},
	{"session.created", "{session}", "Sessions that were stored for the first time.", func(s *session.Stats) uint64 { return s.Created }},
	{"session.renewals", "{session}", "Sessions that got a new ID.", func(s *session.Stats) uint64 { return s.Renewed }},
	{"session.logins", "{login}", "Users who logged in.", func(s *session.Stats) uint64 { return s.Logins }},
	{"session.logouts", "{logout}", "Sessions that their visitor's request ended.", func(s *session.Stats) uint64 { return s.Logouts }},
	{"session.revocations", "{session}", "Sessions that somebody else ended; everybody's at once count as one.", func(s *session.Stats) uint64 { return s.Revoked }},
	{"session.expired.requests", "{request}", "Requests that came with a session whose lifetime has passed.", func(s *session.Stats) uint64 { return s.Expired }},
	{"session.broken.records", "{record}", "Loaded records that cannot be used.", func(s *session.Stats) uint64 { return s.Broken }},
	{"session.bound", "{session}", "Sessions that were bound to their user's device.", func(s *session.Stats) uint64 { return s.Bound }},
	{"session.unproven.requests", "{request}", "Requests with a good cookie that did not prove to come from the session's device.", func(s *session.Stats) uint64 { return s.Unproven }},
	{"session.excess.logins", "{login}", "Logins refused because the user has as many sessions as are allowed.", func(s *session.Stats) uint64 { return s.Excess }},
	{"session.conflicts", "{save}", "Saves that another request came before.", func(s *session.Stats) uint64 { return s.Conflicts }},
	{"session.replays", "{save}", "Times that a request's changes were made again, on what another one has stored.", func(s *session.Stats) uint64 { return s.Replays }},
	{"session.ended.requests", "{request}", "Requests whose session ended before they could store their changes, answered 409.", func(s *session.Stats) uint64 { return s.Ended }},
	{"session.unavailable.requests", "{request}", "Requests for which the store could not load or save, answered 503.", func(s *session.Stats) uint64 { return s.Unavailable }},
}

// A Time is how long the store took for one operation.
type Time struct {
	Operation string
	Value     func(*session.Stats) *session.Histogram
}

// Times are those of all operations.
var Times = []Time{
	{"load", func(s *session.Stats) *session.Histogram { return &s.LoadTime }},
	{"save", func(s *session.Stats) *session.Histogram { return &s.SaveTime }},
	{"delete", func(s *session.Stats) *session.Histogram { return &s.DeleteTime }},
}

// What else there is: names, units and texts.
var (
	Rejected = Counter{Name: "session.rejected.tokens", Unit: "{token}", Help: "Cookies that were no token of ours, by what was wrong with them."}
	Sweeps   = Counter{Name: "session.sweeps", Unit: "{sweep}", Help: "Sweeps of the store by this process."}
	Swept    = Counter{Name: "session.swept", Unit: "{record}", Help: "Records and tombstones that its sweeps removed."}
	Duration = Counter{Name: "session.store.duration", Unit: "s", Help: "How long a call of the store took. Of a store in memory one call in 64 is timed."}
	Live     = Counter{Name: "session.live", Unit: "{session}", Help: "Sessions in the store."}
	Exact    = Counter{Name: "session.live.exact", Help: "Whether session_live was counted (1) or estimated (0)."}
	Size     = Counter{Name: "session.store.size", Unit: "By", Help: "What the store takes up."}
	Up       = Counter{Name: "session.store.up", Help: "Whether the store said in time how much it holds (1)."}
)
