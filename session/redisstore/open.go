package redisstore

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/redis/rueidis"

	"github.com/proapi-go/proapi/session"
)

// Open opens the backend "redis" from its options:
//
//	url            required; one of
//	               redis://user:password@host:6379/0                         a server, or one of a Cluster
//	               redis://host1:6379?addr=host2:6379&addr=host3:6379        a Cluster, by several of its servers
//	               redis://host1:26379?addr=host2:26379&master_set=main      a primary, by its Sentinels, which may have
//	                                                                         a sentinel_username and sentinel_password
//	               unix:///run/redis.sock?db=0                               a socket
//	               rediss:// is redis:// with TLS; valkey:// and valkeys:// are other names
//	ca_file        PEM file of who may have signed the server's certificate; default the system's
//	cert_file      PEM files of the certificate and key with which we show who we are, for a server that asks
//	key_file
//	prefix         as Options.Prefix
//	timeout        as Options.Timeout; also how long a connection may take to be made, and the server to give a sign of life
//	wait_replicas  as Options.WaitReplicas
//	wait_timeout   as Options.WaitTimeout
//
// All of them but the first may also stand in its query: redis://host:6379/0?prefix=shop:&timeout=1s.
//
// Open connects, within the timeout. Where the server says no (a wrong password, say) or is not the one that its
// certificate should name, that is an error. Where it is not there, Open logs a warning, and the store connects when it
// is used: processes and servers may start in any order. The errors name every wrong option and what would be right, and
// never a password.
func Open(options session.BackendOptions, logger *slog.Logger) (session.Store, error) {
	options, err := options.FromURL("ca_file", "cert_file", "key_file", "prefix", "timeout", "wait_replicas", "wait_timeout")
	if err != nil {
		return nil, err
	}
	r := options.Read("redis")
	address := r.String("url", "")
	files := tlsFiles{ca: r.String("ca_file", ""), cert: r.String("cert_file", ""), key: r.String("key_file", "")}
	o := Options{
		Prefix:       r.String("prefix", ""),
		Timeout:      r.Duration("timeout", 0),
		WaitReplicas: r.Int("wait_replicas", 0),
		WaitTimeout:  r.Duration("wait_timeout", 0),
	}
	wrong := r.Err()
	o, err = o.withDefaults()
	client, urlErr := parseURL(address)
	fileErr := files.apply(&client)
	if err := errors.Join(wrong, err, urlErr, fileErr); err != nil {
		return nil, err
	}
	tune(&client, o.Timeout)
	s := newStore(&link{connect: func() (rueidis.Client, error) { return connect(client) }}, o)
	_, err = call(context.Background(), s, once, func(context.Context, rueidis.Client) (struct{}, error) { return struct{}{}, nil })
	if refused(err) {
		return nil, errors.Join(wrap("open", err), s.Close())
	}
	if err != nil {
		if logger == nil {
			logger = slog.Default()
		}
		logger.Warn("redisstore: the server is not there yet: the store connects when it is used", slog.Any("error", err))
	}
	return s, nil
}

// connect makes a client. Each has options of its own, as the client changes them.
func connect(o rueidis.ClientOption) (rueidis.Client, error) {
	o.InitAddress = append([]string(nil), o.InitAddress...)
	o.TLSConfig = o.TLSConfig.Clone()
	client, err := rueidis.NewClient(o)
	if o.Sentinel.MasterSet != "" && (rueidis.IsRedisNil(err) || says(err, "No such master")) {
		err = errMasterSet
	}
	if err != nil {
		if client != nil {
			client.Close()
		}
		return nil, err
	}
	return client, nil
}

var errMasterSet = errors.New("the Sentinels know no master_set of this name")

// tune makes a client suit a store: a connection that gives no sign of life within the timeout is given up; connections
// are read all the time, so that one that was cut is found out before a save is sent over it; and who is the primary is
// asked from time to time, in case the news was missed.
func tune(o *rueidis.ClientOption, timeout time.Duration) {
	o.ClientName = "proapi"
	o.Dialer.Timeout = timeout
	o.ConnWriteTimeout = timeout
	o.DisableCache = true
	o.AlwaysPipelining = true
	o.DisableRetry = true // see repeat
	o.ClusterOption.ShardsRefreshInterval = 10 * time.Second
	o.Sentinel.TopologyRefreshInterval = 2 * time.Second
	o.Sentinel.Dialer.Timeout = timeout
	o.Sentinel.TLSConfig = o.TLSConfig
}

// refused reports whether an error will stay, however often one connects.
func refused(err error) bool {
	if errors.Is(err, errMasterSet) {
		return true
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return true
	}
	e, ok := errors.AsType[*rueidis.RedisError](err)
	if !ok {
		return false
	}
	for _, passing := range []string{"LOADING", "MASTERDOWN", "CLUSTERDOWN", "BUSY", "TRYAGAIN", "ERR max number of clients"} {
		if strings.HasPrefix(e.Error(), passing) {
			return false
		}
	}
	return true
}

// tlsFiles name the files of keys and certificates.
type tlsFiles struct{ ca, cert, key string }

// apply reads the files.
func (f tlsFiles) apply(o *rueidis.ClientOption) error {
	if f == (tlsFiles{}) {
		return nil
	}
	if o.TLSConfig == nil {
		return errors.New(`backend options "ca_file", "cert_file" and "key_file" are for TLS: the url takes rediss:// before the host`)
	}
	var errs []error
	if f.ca != "" {
		pem, err := os.ReadFile(f.ca)
		o.TLSConfig.RootCAs = x509.NewCertPool()
		if err == nil && !o.TLSConfig.RootCAs.AppendCertsFromPEM(pem) {
			err = errors.New("it holds no certificate in PEM form")
		}
		if err != nil {
			errs = append(errs, fmt.Errorf(`backend option "ca_file": %w`, err))
		}
	}
	if f.cert != "" || f.key != "" {
		pair, err := tls.LoadX509KeyPair(f.cert, f.key)
		if err != nil {
			errs = append(errs, fmt.Errorf(`backend options "cert_file" and "key_file": %w`, err))
		}
		o.TLSConfig.Certificates = []tls.Certificate{pair}
	}
	return errors.Join(errs...)
}
