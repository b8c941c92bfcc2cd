package redisstore

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/rueidis"
)

// wanted is what a url looks like.
const wanted = "it takes redis://user:password@host:6379/0, rediss:// for TLS, or unix:///run/redis.sock?db=0" //nolint:gosec // an example

// parameters are what may follow the ? in a url.
var parameters = []string{"addr", "db", "master_set", "sentinel_password", "sentinel_username"}

// parseURL reads the option "url". Its errors repeat nothing of it, as a password may be anywhere in one that is wrong.
func parseURL(address string) (o rueidis.ClientOption, err error) {
	if address == "" {
		return o, errors.New(`backend option "url" is missing: ` + wanted)
	}
	u, err := url.Parse(address)
	if err != nil {
		return o, errors.New(`backend option "url" cannot be read: ` + wanted +
			`; more hosts follow as ?addr=host2:6379&addr=host3:6379; in a password, write / ? # % @ and : as %2F %3F %23 %25 %40 and %3A`)
	}
	q, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return o, errors.New(`backend option "url" has parameters that cannot be read: ` + wanted)
	}
	for _, name := range slices.Sorted(maps.Keys(q)) {
		if !slices.Contains(parameters, name) {
			return o, fmt.Errorf(`backend option "url" has a parameter that is unknown: known are %s`, strings.Join(parameters, ", "))
		}
	}
	if err := addresses(&o, u, q["addr"]); err != nil {
		return o, err
	}
	o.Username = u.User.Username()
	o.Password, _ = u.User.Password()
	o.Sentinel.MasterSet = q.Get("master_set")
	o.Sentinel.Username, o.Sentinel.Password = q.Get("sentinel_username"), q.Get("sentinel_password")
	o.SelectDB, err = database(u, q)
	return o, err
}

// addresses sets where and how to connect.
func addresses(o *rueidis.ClientOption, u *url.URL, more []string) error {
	switch u.Scheme {
	case "unix":
		if u.Host != "" || u.Path == "" || len(more) > 0 {
			return errors.New(`backend option "url" is no socket's: it takes unix:///run/redis.sock, with user:password@ before the path where one is needed`)
		}
		o.InitAddress = []string{u.Path}
		o.DialCtxFn = func(ctx context.Context, path string, d *net.Dialer, _ *tls.Config) (net.Conn, error) {
			return d.DialContext(ctx, "unix", path)
		}
		return nil
	case "redis", "valkey":
	case "rediss", "valkeys":
		o.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	default:
		return errors.New(`backend option "url" is not Redis's: ` + wanted)
	}
	if u.Hostname() == "" {
		return errors.New(`backend option "url" has no host: ` + wanted)
	}
	for _, a := range append([]string{u.Host}, more...) {
		a, err := hostPort(a)
		if err != nil {
			return err
		}
		o.InitAddress = append(o.InitAddress, a)
	}
	return nil
}

// hostPort returns the address with a port.
func hostPort(address string) (string, error) {
	u := url.URL{Host: address}
	if strings.ContainsAny(address, "/@?#,") || u.Hostname() == "" {
		return "", errors.New(`backend option "url" has a host that cannot be read: one is written host:6379, more than one redis://host1:6379?addr=host2:6379&addr=host3:6379`)
	}
	port := u.Port()
	if port == "" {
		port = "6379"
	}
	return net.JoinHostPort(u.Hostname(), port), nil
}

// database returns the number after the host, or of the parameter db.
func database(u *url.URL, q url.Values) (int, error) {
	number := q.Get("db")
	if path := strings.Trim(u.Path, "/"); u.Scheme != "unix" && path != "" {
		number = path
	}
	if number == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(number)
	if err != nil || n < 0 {
		return 0, errors.New(`backend option "url" has a database that is no number: ` + wanted)
	}
	return n, nil
}
