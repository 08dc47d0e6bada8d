package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"
)

// service is one of the three APIs.
type service struct {
	flag, address string
	handler       http.Handler
}

// server is a service that has its port.
type server struct {
	service
	listener net.Listener
}

// listen takes the ports of all services, or of none.
func listen(ctx context.Context, services []service) ([]server, error) {
	var servers []server
	for _, s := range services {
		listener, err := new(net.ListenConfig).Listen(ctx, "tcp", s.address)
		if err != nil {
			for _, open := range servers {
				err = errors.Join(err, open.listener.Close())
			}
			return nil, fmt.Errorf("%s: %w", s.flag, err)
		}
		servers = append(servers, server{s, listener})
	}
	return servers, nil
}

// patience is how long requests under way may take once ctx has ended. Delays
// that a fault asked for end at once.
const patience = 2 * time.Second

// serve answers until ctx ends. It calls ready with the addresses, in order, as
// soon as connections are accepted. beside, if not nil, runs until then too.
func serve(ctx context.Context, servers []server, beside func(context.Context), ready func(urls []string) error) error {
	group, ctx := errgroup.WithContext(ctx)
	var urls []string
	for _, s := range servers {
		urls = append(urls, url(s.listener.Addr()))
		web := &http.Server{
			Handler:           s.handler,
			ReadHeaderTimeout: 10 * time.Second,
			BaseContext:       func(net.Listener) context.Context { return ctx },
		}
		group.Go(func() error {
			if err := web.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
				return err
			}
			return nil
		})
		group.Go(func() error {
			<-ctx.Done()
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
			defer cancel()
			if err := web.Shutdown(last); err != nil {
				return web.Close()
			}
			return nil
		})
	}
	if beside != nil {
		group.Go(func() error {
			beside(ctx)
			return nil
		})
	}
	group.Go(func() error { return ready(urls) })
	return group.Wait()
}

// url is how this machine reaches an address that was listened on.
func url(address net.Addr) string {
	host, port, err := net.SplitHostPort(address.String())
	if err != nil {
		return "http://" + address.String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}
