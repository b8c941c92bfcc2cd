package main

import (
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"time"
)

// A balancer hands each request on to one of the nodes, in turn. It knows nothing of sessions: any node will do.
//
// A request that reached no node goes to the next one. One that was cut off in the middle is answered 502, as nobody knows
// whether it was carried out: who sends it a second time might do something twice.
type balancer struct {
	*http.Server

	addr   string
	places []*place
	next   atomic.Uint64
	to     http.RoundTripper
}

// A place is where a node is, or was.
type place struct {
	addr string
	down atomic.Int64 // until when it is not asked, in nanoseconds; it was not there
}

const rest = time.Second // for a node that was not there

func startBalancer(addr string, nodes []*node) (*balancer, error) {
	b := &balancer{to: &http.Transport{DialContext: (&net.Dialer{Timeout: time.Second}).DialContext, MaxIdleConnsPerHost: 100}}
	for _, n := range nodes {
		b.places = append(b.places, &place{addr: n.addr})
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	b.addr = listener.Addr().String()
	b.Server = &http.Server{ReadHeaderTimeout: 5 * time.Second, Handler: &httputil.ReverseProxy{
		Transport: b,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: "a-node"})
			r.Out.Host = r.In.Host // cookies and the check for other sites' requests depend on what the browser sees
			r.SetXForwarded()
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) {
			http.Error(w, "no node has answered", http.StatusBadGateway)
		},
	}}
	go func() {
		if err := b.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			log.Print(err)
		}
	}()
	return b, nil
}

// RoundTrip sends a request to the first node that can be reached.
func (b *balancer) RoundTrip(r *http.Request) (resp *http.Response, err error) {
	for range b.places {
		p := b.pick()
		attempt := r.Clone(r.Context())
		attempt.URL.Host = p.addr
		if r.Body != nil {
			attempt.Body = io.NopCloser(r.Body) // it is still needed where this attempt fails
		}
		resp, err = b.to.RoundTrip(attempt)
		if cause, ok := errors.AsType[*net.OpError](err); !ok || cause.Op != "dial" {
			return resp, err
		}
		p.down.Store(time.Now().Add(rest).UnixNano())
	}
	return nil, err
}

// pick returns whose turn it is, of those that are not known to be down; where all are, it may be any.
func (b *balancer) pick() (p *place) {
	for range b.places {
		p = b.places[b.next.Add(1)%uint64(len(b.places))]
		if time.Now().UnixNano() >= p.down.Load() {
			break
		}
	}
	return p
}
