package proapi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// stopping is an App's end, which Shutdown brings and Serve waits for.
type stopping struct {
	once sync.Once
	done chan struct{}
	err  error // once done is closed
}

func (a *App) newServer() *http.Server {
	return &http.Server{
		Handler:           a,
		MaxHeaderBytes:    a.options.MaxHeaderBytes,
		ReadHeaderTimeout: a.options.ReadHeaderTimeout,
		ReadTimeout:       a.options.ReadTimeout,
		WriteTimeout:      a.options.WriteTimeout,
		IdleTimeout:       a.options.IdleTimeout,
		ErrorLog:          slog.NewLogLogger(a.log.Handler(), slog.LevelWarn),
	}
}

// Run serves on a TCP address such as ":8000" or "127.0.0.1:8000" until the process gets SIGINT or SIGTERM, or Shutdown is
// called. Then it takes no more requests, waits up to Options.ShutdownTimeout for those that it has, closes the sessions'
// backend and returns nil; a second signal ends the process at once. An error says that it could not listen, or that
// requests had to be cut off. An App runs once.
func (a *App) Run(addr string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return errors.Join(fmt.Errorf("proapi: %w", err), a.Shutdown(ctx))
	}
	a.log.LogAttrs(ctx, slog.LevelInfo, "proapi: listening", slog.String("address", listener.Addr().String()))
	forget := context.AfterFunc(ctx, func() {
		stop() // the next signal does what signals do
		a.log.LogAttrs(context.WithoutCancel(ctx), slog.LevelInfo, "proapi: stopping")
		_ = a.shutdownInTime() // Serve returns its error
	})
	defer forget()
	return a.Serve(listener)
}

// shutdownInTime is Shutdown with Options.ShutdownTimeout.
func (a *App) shutdownInTime() error {
	ctx := context.Background()
	if a.options.ShutdownTimeout > 0 {
		timed, cancel := context.WithTimeout(ctx, a.options.ShutdownTimeout)
		defer cancel()
		ctx = timed
	}
	return a.Shutdown(ctx)
}

// Serve serves on a listener until Shutdown is called, and returns what Shutdown returns once that is done. Any other
// error of the server shuts the App down, too. A TLS listener whose NextProtos has "h2" serves HTTP/2.
func (a *App) Serve(listener net.Listener) error {
	err := a.server.Serve(listener)
	if !errors.Is(err, http.ErrServerClosed) {
		return errors.Join(fmt.Errorf("proapi: serve: %w", err), a.shutdownInTime())
	}
	<-a.stop.done
	return a.stop.err
}

// Shutdown takes no more requests, waits for those that are being handled, and closes the sessions' backend. When ctx ends
// before they do, their connections are cut and ctx's error is returned. It may be called more than once, and by several
// goroutines: each waits for the first, and gets its error. Hijacked connections are not waited for.
//
// An App that never served is shut down, too, to close its sessions' backend.
func (a *App) Shutdown(ctx context.Context) error {
	a.stop.once.Do(func() {
		defer close(a.stop.done)
		a.stop.err = a.end(ctx)
	})
	return a.stop.err
}

func (a *App) end(ctx context.Context) error {
	err := a.server.Shutdown(ctx)
	if err != nil {
		err = errors.Join(fmt.Errorf("proapi: requests were cut off: %w", err), a.server.Close())
	}
	if a.sessions != nil {
		err = errors.Join(err, a.sessions.Close())
	}
	return err
}
