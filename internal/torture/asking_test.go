package torture_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/proapi-go/proapi/internal/torture/history"
	"github.com/proapi-go/proapi/session"
)

// ask sends a request and returns the token that came with the answer.
func (l *load) ask(tab *tabOf, r *history.Request, token string, form url.Values, process int) (got string) {
	r.Process = process % len(l.fleet.urls)
	u := l.fleet.url(process) + "/" + r.Kind.String() + "?" + form.Encode()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, u, http.NoBody)
	if err != nil {
		panic(err)
	}
	if token != "" {
		req.Header.Set("Cookie", session.DefaultCookieName+"="+token)
	}
	r.Start = time.Since(l.start)
	resp, err := tab.client.Do(req)
	var body []byte
	if err == nil {
		body, err = io.ReadAll(resp.Body)
		_ = resp.Body.Close()
	}
	r.End = time.Since(l.start)
	if err != nil {
		return "" // nobody knows
	}
	judge(r, resp, body)
	for _, c := range resp.Cookies() {
		if c.Name == session.DefaultCookieName && c.MaxAge >= 0 {
			got = c.Value
		}
	}
	return got
}

// judge reads an answer.
func judge(r *history.Request, resp *http.Response, body []byte) {
	switch resp.StatusCode {
	case http.StatusOK:
		r.Verdict = history.Done
		if r.Kind != history.Begin && r.Kind != history.Revoke && r.Kind != history.RevokeAll {
			r.Looked = json.Unmarshal(body, &r.Saw) == nil
		}
	case http.StatusGone:
		r.Verdict = history.Gone
	case http.StatusConflict:
		r.Verdict = history.Ended
	case http.StatusServiceUnavailable:
		if resp.Header.Get(loadedHeader) == "" {
			r.Kind = history.Look // it had no session, and so no effect
		}
	default:
		panic(fmt.Sprintf("%s is answered %s: %s", r.Kind, resp.Status, body))
	}
}

// lookAtAll looks at every session there was, under each of its tokens.
func (l *load) lookAtAll() {
	client := &http.Client{Transport: &http.Transport{}, Timeout: 15 * time.Second}
	defer client.CloseIdleConnections()
	tab := &tabOf{client: client, number: 1_000_000}
	for _, n := range l.every {
		for i, token := range n.tokens {
			r := history.Request{Session: n.number, Client: tab.number, Kind: history.Look, Token: n.numbers[i]}
			l.ask(tab, &r, token, nil, i)
			l.add(r)
		}
	}
}
