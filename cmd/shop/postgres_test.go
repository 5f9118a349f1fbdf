package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

// cluster is one private PostgreSQL server for all tests, on a Unix socket in
// its own temporary folder, started by the first test that wants it.
var cluster struct {
	once      sync.Once
	dir       string
	server    *exec.Cmd
	skip      string // why there is none
	err       error
	databases int
}

// postgresDatabase makes an empty database and returns its URL.
func postgresDatabase(t *testing.T) string {
	t.Helper()
	cluster.once.Do(startPostgres)
	switch {
	case cluster.skip != "":
		t.Skip(cluster.skip)
	case cluster.err != nil:
		t.Fatal(cluster.err)
	}
	admin, err := sql.Open("pgx", postgresURL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	cluster.databases++
	name := fmt.Sprintf("shop%d", cluster.databases)
	if _, err := admin.ExecContext(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	return postgresURL(name)
}

func postgresURL(database string) string {
	return "postgres://postgres@/" + database + "?host=" + url.QueryEscape(cluster.dir)
}

func startPostgres() {
	initdb, err := exec.LookPath("initdb")
	if err != nil { // Debian keeps it off the path
		found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
		if len(found) == 0 {
			cluster.skip = "needs PostgreSQL: install the package postgresql"
			return
		}
		initdb = found[len(found)-1]
	}
	var attributes *syscall.SysProcAttr
	if cluster.dir, cluster.err = os.MkdirTemp("", "shop-pg-"); cluster.err != nil {
		return
	}
	if os.Getuid() == 0 { // PostgreSQL refuses to run as root
		owner, err := user.Lookup("postgres")
		if err != nil {
			cluster.skip = "needs the user postgres, since PostgreSQL does not run as root: install the package postgresql"
			return
		}
		uid, _ := strconv.Atoi(owner.Uid)
		gid, _ := strconv.Atoi(owner.Gid)
		if cluster.err = os.Chown(cluster.dir, uid, gid); cluster.err != nil {
			return
		}
		attributes = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	}
	data := filepath.Join(cluster.dir, "data")
	create := exec.Command(initdb, "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	create.SysProcAttr, create.Dir = attributes, cluster.dir
	if output, err := create.CombinedOutput(); err != nil {
		cluster.err = fmt.Errorf("initdb: %w\n%s", err, output)
		return
	}
	var talk bytes.Buffer
	server := exec.Command(filepath.Join(filepath.Dir(initdb), "postgres"), "-D", data, "-k", cluster.dir, "-c", "listen_addresses=", "-c", "fsync=off")
	server.SysProcAttr, server.Dir, server.Stderr = attributes, cluster.dir, &talk
	if cluster.err = server.Start(); cluster.err != nil {
		return
	}
	cluster.server = server
	cluster.err = awaitPostgres(15 * time.Second)
}

// awaitPostgres polls until the server answers.
func awaitPostgres(limit time.Duration) error {
	db, err := sql.Open("pgx", postgresURL("postgres"))
	if err != nil {
		return err
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	for {
		if err = db.PingContext(ctx); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for PostgreSQL: %w", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// stopPostgres ends the cluster and removes its files.
func stopPostgres() {
	if cluster.server != nil {
		cluster.server.Process.Signal(syscall.SIGINT) // its fast shutdown
		cluster.server.Wait()
	}
	if cluster.dir != "" {
		os.RemoveAll(cluster.dir)
	}
}
