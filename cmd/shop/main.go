package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

// options are the flags.
type options struct {
	addr string
	db   string // SQLite file; "" is one in a temporary folder
	dsn  string // PostgreSQL; wins over db
	size size
	slow time.Duration
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	opts, err := parseFlags(os.Args[1:], os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return
	case err != nil:
		os.Exit(2)
	}
	if err := run(ctx, opts, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// parseFlags prints what is wrong, and the usage, to stderr.
func parseFlags(args []string, stderr io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("shop", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.addr, "addr", "127.0.0.1:8000", "listen on `host:port`; port 0 takes any free one")
	flags.StringVar(&o.db, "db", "", "SQLite `file`, seeded when new (default shop.db in a temporary folder)")
	flags.StringVar(&o.dsn, "dsn", "", "PostgreSQL `url` (postgres://user@host/database), instead of SQLite")
	flags.IntVar(&o.size.products, "products", 2000, "how many products to seed")
	flags.IntVar(&o.size.categories, "categories", 40, "how many categories to seed")
	flags.DurationVar(&o.slow, "slow", 0, "extra time that each page takes, to play a slow app")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	err := o.check(flags.Args())
	if err != nil {
		fmt.Fprintln(stderr, "error:", err)
	}
	return o, err
}

func (o options) check(rest []string) error {
	switch {
	case len(rest) > 0:
		return fmt.Errorf("unexpected argument %q", rest[0])
	case o.db != "" && o.dsn != "":
		return errors.New("--db and --dsn exclude each other")
	case o.size.categories < 1 || o.size.products < o.size.categories:
		return fmt.Errorf("--categories %d, --products %d: at least one category and one product in each are needed", o.size.categories, o.size.products)
	case o.slow < 0:
		return fmt.Errorf("--slow %s: must not be negative", o.slow)
	}
	return nil
}

// run opens and seeds the database and serves until ctx is done.
func run(ctx context.Context, o options, stdout, stderr io.Writer) error {
	log := slog.New(slog.NewTextHandler(stderr, nil))
	if o.db == "" && o.dsn == "" {
		dir, err := os.MkdirTemp("", "shop-")
		if err != nil {
			return fmt.Errorf("make a folder for the database: %w", err)
		}
		defer os.RemoveAll(dir)
		o.db = filepath.Join(dir, "shop.db")
	}
	db, err := openDatabase(ctx, o.db, o.dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	start := time.Now()
	fresh, err := seed(ctx, db, o.size)
	if err != nil {
		return err
	}
	if fresh {
		log.Info("seeded the database", "products", o.size.products, "categories", o.size.categories, "took", time.Since(start).Round(time.Millisecond))
	}
	handler, err := newShop(db, o.slow, log)
	if err != nil {
		return err
	}
	return serve(ctx, o, handler, stdout, log)
}

// serve answers until ctx is done, and then lets running requests end.
func serve(ctx context.Context, o options, handler http.Handler, stdout io.Writer, log *slog.Logger) error {
	listener, err := net.Listen("tcp", o.addr)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", o.addr, err)
	}
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      30*time.Second + o.slow,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	fmt.Fprintf(stdout, "listening on http://%s\n", listener.Addr())
	select {
	case err := <-ended:
		return fmt.Errorf("serve on %s: %w", listener.Addr(), err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		return errors.Join(err, server.Close())
	}
	return nil
}
