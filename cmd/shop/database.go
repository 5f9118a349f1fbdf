package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"runtime"
	"strings"
	"sync"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "modernc.org/sqlite"             // the driver "sqlite"
)

// schema is written in the SQL that SQLite and PostgreSQL share. Times are
// seconds since 1970, prices cents, because neither has a type of the other's.
var schema = []string{
	`CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL)`,
	`CREATE TABLE categories (id INTEGER PRIMARY KEY, slug TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
		department TEXT NOT NULL, blurb TEXT NOT NULL, drawing TEXT NOT NULL, hue INTEGER NOT NULL, updated_at BIGINT NOT NULL)`,
	`CREATE TABLE products (id INTEGER PRIMARY KEY, category_id INTEGER NOT NULL REFERENCES categories(id),
		slug TEXT NOT NULL UNIQUE, name TEXT NOT NULL, summary TEXT NOT NULL, description TEXT NOT NULL,
		material TEXT NOT NULL, measures TEXT NOT NULL, origin TEXT NOT NULL, price INTEGER NOT NULL, stock INTEGER NOT NULL,
		variant INTEGER NOT NULL, featured INTEGER NOT NULL, rating_sum INTEGER NOT NULL, rating_count INTEGER NOT NULL,
		words TEXT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL)`,
	`CREATE INDEX products_of_category ON products (category_id, id)`,
	`CREATE INDEX products_featured ON products (featured, id)`,
	`CREATE INDEX products_created ON products (created_at, id)`,
	`CREATE INDEX products_updated ON products (updated_at)`,
	`CREATE TABLE reviews (id INTEGER PRIMARY KEY, product_id INTEGER NOT NULL REFERENCES products(id),
		author TEXT NOT NULL, rating INTEGER NOT NULL, body TEXT NOT NULL, written_at BIGINT NOT NULL)`,
	`CREATE INDEX reviews_of_product ON reviews (product_id, id)`,
	`CREATE TABLE guides (id INTEGER PRIMARY KEY, slug TEXT NOT NULL UNIQUE, title TEXT NOT NULL, summary TEXT NOT NULL,
		body TEXT NOT NULL, category_id INTEGER NOT NULL REFERENCES categories(id), updated_at BIGINT NOT NULL)`,
	`CREATE TABLE users (name TEXT PRIMARY KEY, greeting TEXT NOT NULL, salt TEXT NOT NULL, hash TEXT NOT NULL)`,
	`CREATE TABLE sessions (id TEXT PRIMARY KEY, user_name TEXT NOT NULL REFERENCES users(name))`,
	`CREATE TABLE cart_items (session_id TEXT NOT NULL, product_id INTEGER NOT NULL REFERENCES products(id),
		quantity INTEGER NOT NULL, PRIMARY KEY (session_id, product_id))`,
	`CREATE INDEX cart_items_of_product ON cart_items (product_id)`,
}

// A database is an open pool that prepares each query once. Queries number
// their parameters ($1, $2), which both drivers take.
type database struct {
	*sql.DB
	where string // for messages: the file, or the server without its password

	mu         sync.Mutex
	statements map[string]*sql.Stmt
}

// openDatabase opens PostgreSQL when dsn is set, else the SQLite file, which is
// made if it is missing.
func openDatabase(ctx context.Context, file, dsn string) (*database, error) {
	driver, source, where := "sqlite", sqliteSource(file), file
	if dsn != "" {
		u, err := url.Parse(dsn)
		if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
			return nil, errors.New("read --dsn: it must be a postgres:// URL")
		}
		driver, source, where = "pgx", dsn, u.Redacted()
	}
	pool, err := sql.Open(driver, source)
	if err != nil {
		return nil, fmt.Errorf("open the database %s: %w", where, err)
	}
	// A few connections a core: more only wait for one another, and each of
	// SQLite's holds a page cache.
	connections := 4 * runtime.NumCPU()
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	if err := pool.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open the database %s: %w", where, err), pool.Close())
	}
	return &database{DB: pool, where: where, statements: map[string]*sql.Stmt{}}, nil
}

// sqliteSource asks for the write-ahead log, with which readers never wait for
// the writer of a cart, and for writers that queue instead of failing.
func sqliteSource(file string) string {
	pragmas := url.Values{"_pragma": {"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(NORMAL)", "foreign_keys(1)"}, "_txlock": {"immediate"}}
	// "?" and "#" would end the file's name in a URI.
	name := strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(file)
	return "file:" + name + "?" + pragmas.Encode()
}

// prepare returns the statement of a query, made on its first use.
func (d *database) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s := d.statements[query]; s != nil {
		return s, nil
	}
	s, err := d.PrepareContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("prepare %q: %w", query, err)
	}
	d.statements[query] = s
	return s, nil
}

// one reads the first row of a query into dest; [sql.ErrNoRows] when there is none.
func (d *database) one(ctx context.Context, query string, args []any, dest ...any) error {
	s, err := d.prepare(ctx, query)
	if err != nil {
		return err
	}
	return s.QueryRowContext(ctx, args...).Scan(dest...)
}

// list reads all rows of a query; fields says where a row's columns go.
func list[T any](ctx context.Context, d *database, query string, args []any, fields func(*T) []any) ([]T, error) {
	s, err := d.prepare(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(ctx, args...)
	if err != nil {
		return nil, fmt.Errorf("query %q: %w", query, err)
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		var row T
		if err := rows.Scan(fields(&row)...); err != nil {
			return nil, fmt.Errorf("read a row of %q: %w", query, err)
		}
		all = append(all, row)
	}
	return all, rows.Err()
}
