package devicebound

import (
	"net/http"
	"time"

	"github.com/proapi-go/proapi/session/internal/binding"
)

// A locator names the session to the endpoints where the session's own cookie does not come along. Chromium registers and
// refreshes on behalf of the request that made it necessary: where that is a click on another site, or the last step of a
// login at another site, it withholds cookies that are SameSite=Lax. So the locator's is SameSite=None, and is sent to
// the endpoints alone, where it is worth nothing without a proof, and where no script of another site can send what else
// is needed.
type locator struct {
	name       string
	attributes string
	life       time.Duration // the session's
}

func newLocator(site *binding.Site, path string) locator {
	return locator{
		name:       "__Secure-" + baseName(site) + "-device",
		attributes: "Path=" + path + "; Secure; HttpOnly; SameSite=None",
		life:       site.MaxAge,
	}
}

// of returns what a request has, "" where that is not one.
func (l *locator) of(r *http.Request) string {
	if found := r.CookiesNamed(l.name); len(found) == 1 {
		return found[0].Value
	}
	return ""
}

func (l *locator) set(h http.Header, value string) { addCookie(h, l.name, value, l.life, l.attributes) }

func (l *locator) expire(h http.Header) { addCookie(h, l.name, "", 0, l.attributes) }
