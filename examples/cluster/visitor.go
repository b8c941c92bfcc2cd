package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
)

// A visitor is a browser: what it is told to remember, it sends.
type visitor struct {
	name   string
	client http.Client
}

// seen is what the application answers.
type seen struct {
	Node, User string
	Visits     int
}

// newVisitor returns a visitor who has been nowhere yet. To his browser every node is the same site as the balancer: it
// distinguishes hosts and not ports.
func newVisitor(name string) *visitor {
	jar, _ := cookiejar.New(nil) // never fails
	return &visitor{name: name, client: http.Client{Jar: jar}}
}

// thief returns another browser with the same cookies.
func (v *visitor) thief(at string) *visitor {
	t := newVisitor(v.name)
	if u, err := url.Parse(at); err == nil {
		t.client.Jar.SetCookies(u, v.client.Jar.Cookies(u))
	}
	return t
}

func (v *visitor) get(ctx context.Context, address string) (seen, error) {
	return v.do(ctx, http.MethodGet, address, nil)
}

func (v *visitor) post(ctx context.Context, address string, form url.Values) (seen, error) {
	return v.do(ctx, http.MethodPost, address, form)
}

// do sends a request. Its error says that nobody knows what became of it.
func (v *visitor) do(ctx context.Context, method, address string, form url.Values) (s seen, err error) {
	r, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(form.Encode()))
	if err != nil {
		return s, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := v.client.Do(r)
	if err != nil {
		return s, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		_, _ = io.Copy(io.Discard, resp.Body)
		return s, fmt.Errorf("%s %s: %s", method, address, resp.Status)
	}
	return s, json.NewDecoder(resp.Body).Decode(&s)
}
