package bench

import "github.com/proapi-go/proapi/session"

// A Work is what a handler does with its session.
type Work string

// The works. Every one answers with the same two bytes.
const (
	Fill       Work = "fill"        // sets all of Values
	Untouched  Work = "untouched"   // does not use the session, though its cookie is there
	Read       Work = "read"        // reads two values and checks them
	Write      Work = "write"       // sets one value to another number
	Written    Work = "written"     // reads as Read does, and checks that a Write came before
	Modify     Work = "modify"      // adds one to a number, in a way that loses no other request's
	FirstVisit Work = "first-visit" // does not use the session, and there is no cookie
	FirstValue Work = "first-value" // sets one value, and there is no cookie
)

// HasCookie reports whether the work is done for a visitor who has a session.
func (w Work) HasCookie() bool { return w != Fill && w != FirstVisit && w != FirstValue }

// A Library is one way to keep sessions.
type Library struct {
	Name   string
	Medium string // where the values are: "memory", "cookie" or "file"

	// Open returns a site that keeps its sessions in dir, if it keeps files.
	Open func(dir string) (Site, error)
}

// A Site is an application that uses one library, configured as its documentation says. It is safe for concurrent use.
type Site interface {
	// Visitor returns a visitor whose requests have the cookie, as in a Cookie header; "" is none. It returns nil where
	// the library has no such work.
	Visitor(w Work, cookie string) Visitor

	Close() error
}

// A Visitor sends one request again and again. It is for one goroutine.
type Visitor interface {
	// As gives the next requests the cookie of another visitor. The first had one, too.
	As(cookie string)

	// Visit handles a request, from the library's own entry to an answer in memory.
	Visit()

	// Cookie returns the cookie that the last answer set, as a Cookie header has it.
	Cookie() string
}

// Libraries are all that are compared: ours first.
func Libraries() []Library {
	return []Library{
		{"proapi", "memory", openProAPI},
		{"proapi+encrypted", "memory", openProAPIEncrypted},
		{"proapi", "file", openProAPIFile("interval", session.Auto)},
		{"proapi+nosync", "file", openProAPIFile("none", session.Auto)},
		{"proapi+plain", "file", openProAPIFile("none", session.Off)},
		{"proapi+always", "file", openProAPIFile("always", session.Auto)},
		{"scs", "memory", openSCS},
		{"scs+bbolt", "file", openSCSBolt},
		{"gorilla", "cookie", openGorillaCookie},
		{"gorilla", "file", openGorillaFile},
		{"gin-contrib", "memory", openGinMemory},
		{"gin-contrib", "cookie", openGinCookie},
		{"fiber", "memory", openFiber},
	}
}

// Secret signs every library's cookies.
const Secret = "1b32c28cb38c05480eccc1bd60ff97029b57a05c96718b96dad7e9d84894f549" // of the benchmarks alone
