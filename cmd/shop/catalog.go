package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

const (
	perPage      = 48 // products on one page of a category; divides by 2, 3 and 4 columns
	relatedCount = 6
)

// errNotFound is answered with status 404.
var errNotFound = errors.New("not found")

// A category is one shelf of the shop.
type category struct {
	ID                            int
	Slug, Name, Department, Blurb string
	Drawing                       string // name in drawings
	Hue                           int    // of its pictures, in degrees
	Updated                       int64
	Products                      int // only where counted
}

// URL is the path of the category's first page.
func (c category) URL() string { return "/category/" + url.PathEscape(c.Slug) }

// Banner is the path of its wide picture, 480 or 960 pixels wide.
func (c category) Banner(width int) string {
	return fmt.Sprintf("/images/%s-%d.png", url.PathEscape(c.Slug), width)
}

// A card is what lists show of a product.
type card struct {
	ID                         int
	Slug, Name, Summary        string
	Price                      int // cents
	Variant                    int // of its picture, 1 to 4
	RatingSum, Ratings         int
	Created, Updated           int64
	CategorySlug, CategoryName string
}

// URL is the path of the product's page.
func (c card) URL() string { return "/product/" + url.PathEscape(c.Slug) }

// Picture is the path of its drawing.
func (c card) Picture() string {
	return fmt.Sprintf("/images/%s-%d.svg", url.PathEscape(c.CategorySlug), c.Variant)
}

// Stars is the mean rating, rounded to whole stars; 0 without reviews.
func (c card) Stars() int {
	if c.Ratings == 0 {
		return 0
	}
	return (2*c.RatingSum + c.Ratings) / (2 * c.Ratings)
}

// A product is all of one product.
type product struct {
	card
	CategoryID                              int
	Description, Material, Measures, Origin string
	Hue                                     int
}

// Paragraphs are the parts of the description.
func (p product) Paragraphs() []string { return strings.Split(p.Description, "\n\n") }

// A review is one customer's opinion.
type review struct {
	Author, Body string
	Rating       int
	Written      int64
}

// A guide is one article.
type guide struct {
	Slug, Title, Summary, Body string
	CategorySlug, CategoryName string
	Updated                    int64
}

// Paragraphs are the parts of the article.
func (g guide) Paragraphs() []string { return strings.Split(g.Body, "\n\n") }

// A catalog answers every question about the goods, each from the database.
type catalog struct{ db *database }

const (
	categoryColumns = `SELECT c.id, c.slug, c.name, c.department, c.blurb, c.drawing, c.hue, c.updated_at`
	cardColumns     = `SELECT p.id, p.slug, p.name, p.summary, p.price, p.variant, p.rating_sum, p.rating_count, p.created_at, p.updated_at, c.slug, c.name`
	productColumns  = cardColumns + `, p.category_id, p.description, p.material, p.measures, p.origin, c.hue`
	guideColumns    = `SELECT g.slug, g.title, g.summary, g.body, c.slug, c.name, g.updated_at FROM guides g JOIN categories c ON c.id = g.category_id `
	fromProducts    = ` FROM products p JOIN categories c ON c.id = p.category_id `
)

func (c *category) fields() []any {
	return []any{&c.ID, &c.Slug, &c.Name, &c.Department, &c.Blurb, &c.Drawing, &c.Hue, &c.Updated}
}

func (c *card) fields() []any {
	return []any{&c.ID, &c.Slug, &c.Name, &c.Summary, &c.Price, &c.Variant, &c.RatingSum, &c.Ratings, &c.Created, &c.Updated, &c.CategorySlug, &c.CategoryName}
}

func (p *product) fields() []any {
	return append(p.card.fields(), &p.CategoryID, &p.Description, &p.Material, &p.Measures, &p.Origin, &p.Hue)
}

func (g *guide) fields() []any {
	return []any{&g.Slug, &g.Title, &g.Summary, &g.Body, &g.CategorySlug, &g.CategoryName, &g.Updated}
}

// categories lists all, without counting their products.
func (c catalog) categories(ctx context.Context) ([]category, error) {
	return list(ctx, c.db, categoryColumns+` FROM categories c ORDER BY c.id`, nil, (*category).fields)
}

// counted lists all, with how many products each has.
func (c catalog) counted(ctx context.Context) ([]category, error) {
	const query = categoryColumns + `, (SELECT count(*) FROM products p WHERE p.category_id = c.id) FROM categories c ORDER BY c.id`
	return list(ctx, c.db, query, nil, func(c *category) []any { return append(c.fields(), &c.Products) })
}

func (c catalog) category(ctx context.Context, slug string) (category, error) {
	const query = categoryColumns + `, (SELECT count(*) FROM products p WHERE p.category_id = c.id) FROM categories c WHERE c.slug = $1`
	var found category
	err := c.find(ctx, query, slug, append(found.fields(), &found.Products)...)
	return found, err
}

// shelf lists one page of a category; pages start at 1.
func (c catalog) shelf(ctx context.Context, categoryID, page int) ([]card, error) {
	const query = cardColumns + fromProducts + `WHERE p.category_id = $1 ORDER BY p.id LIMIT $2 OFFSET $3`
	return c.cards(ctx, query, categoryID, perPage, (page-1)*perPage)
}

// shelfUpdated is the newest change of a category or one of its products.
func (c catalog) shelfUpdated(ctx context.Context, cat category) (time.Time, error) {
	var newest int64
	err := c.db.one(ctx, `SELECT max(updated_at) FROM products WHERE category_id = $1`, []any{cat.ID}, &newest)
	return time.Unix(max(newest, cat.Updated), 0), err
}

// updated is the newest change of any product.
func (c catalog) updated(ctx context.Context) (time.Time, error) {
	var newest int64
	err := c.db.one(ctx, `SELECT max(updated_at) FROM products`, nil, &newest)
	return time.Unix(newest, 0), err
}

func (c catalog) product(ctx context.Context, slug string) (product, error) {
	const query = productColumns + fromProducts + `WHERE p.slug = $1`
	var found product
	err := c.find(ctx, query, slug, found.fields()...)
	return found, err
}

func (c catalog) productByID(ctx context.Context, id int) (product, error) {
	const query = productColumns + fromProducts + `WHERE p.id = $1`
	var found product
	err := c.find(ctx, query, id, found.fields()...)
	return found, err
}

// related lists the products of the same category that cost about the same.
func (c catalog) related(ctx context.Context, p product) ([]card, error) {
	const query = cardColumns + fromProducts + `WHERE p.category_id = $1 AND p.id <> $2 ORDER BY abs(p.price - $3), p.id LIMIT $4`
	return c.cards(ctx, query, p.CategoryID, p.ID, p.Price, relatedCount)
}

// neighbours are the products before and after p in its category; nil at an end.
func (c catalog) neighbours(ctx context.Context, p product) (previous, next *card, err error) {
	const before = cardColumns + fromProducts + `WHERE p.category_id = $1 AND p.id < $2 ORDER BY p.id DESC LIMIT 1`
	const after = cardColumns + fromProducts + `WHERE p.category_id = $1 AND p.id > $2 ORDER BY p.id LIMIT 1`
	found := [2]*card{}
	for i, query := range []string{before, after} {
		cards, err := c.cards(ctx, query, p.CategoryID, p.ID)
		if err != nil {
			return nil, nil, err
		}
		if len(cards) > 0 {
			found[i] = &cards[0]
		}
	}
	return found[0], found[1], nil
}

func (c catalog) reviews(ctx context.Context, productID int) ([]review, error) {
	const query = `SELECT author, body, rating, written_at FROM reviews WHERE product_id = $1 ORDER BY id`
	return list(ctx, c.db, query, []any{productID}, func(r *review) []any { return []any{&r.Author, &r.Body, &r.Rating, &r.Written} })
}

func (c catalog) featured(ctx context.Context, n int) ([]card, error) {
	return c.cards(ctx, cardColumns+fromProducts+`WHERE p.featured = 1 ORDER BY p.id LIMIT $1`, n)
}

func (c catalog) newest(ctx context.Context, n int) ([]card, error) {
	return c.cards(ctx, cardColumns+fromProducts+`ORDER BY p.created_at DESC, p.id DESC LIMIT $1`, n)
}

// best lists the most and best reviewed products.
func (c catalog) best(ctx context.Context, n int) ([]card, error) {
	return c.cards(ctx, cardColumns+fromProducts+`ORDER BY p.rating_sum DESC, p.id LIMIT $1`, n)
}

// picks lists products in an order that the number turn decides.
func (c catalog) picks(ctx context.Context, turn int64, n int) ([]card, error) {
	return c.cards(ctx, cardColumns+fromProducts+`ORDER BY (CAST(p.id AS BIGINT) * 7919 + CAST($1 AS BIGINT) * 6101) % 10007, p.id LIMIT $2`, turn, n)
}

// random is another product each time.
func (c catalog) random(ctx context.Context) (card, error) {
	cards, err := c.cards(ctx, cardColumns+fromProducts+`ORDER BY random() LIMIT 1`)
	if err == nil && len(cards) == 0 {
		err = errNotFound
	}
	if err != nil {
		return card{}, err
	}
	return cards[0], nil
}

// search lists the products whose name, category or summary holds every word of text.
func (c catalog) search(ctx context.Context, text string) ([]card, error) {
	words := strings.Fields(strings.ToLower(plain(text)))
	if len(words) == 0 {
		return nil, nil
	}
	words = words[:min(len(words), 6)]
	var where []string
	var args []any
	for i, word := range words {
		where = append(where, fmt.Sprintf(`p.words LIKE $%d ESCAPE '!'`, i+1))
		args = append(args, "%"+strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(word)+"%")
	}
	query := fmt.Sprintf(`%s%sWHERE %s ORDER BY p.rating_sum DESC, p.id LIMIT %d`, cardColumns, fromProducts, strings.Join(where, " AND "), perPage)
	return c.cards(ctx, query, args...)
}

// all lists every product, for the sitemap.
func (c catalog) all(ctx context.Context) ([]card, error) {
	return c.cards(ctx, cardColumns+fromProducts+`ORDER BY p.id`)
}

func (c catalog) guides(ctx context.Context) ([]guide, error) {
	return list(ctx, c.db, guideColumns+`ORDER BY g.id`, nil, (*guide).fields)
}

func (c catalog) guide(ctx context.Context, slug string) (guide, error) {
	var found guide
	err := c.find(ctx, guideColumns+`WHERE g.slug = $1`, slug, found.fields()...)
	return found, err
}

// stock is how many are left, without what lies in carts.
func (c catalog) stock(ctx context.Context, id int) (int, error) {
	const query = `SELECT p.stock - (SELECT coalesce(sum(i.quantity), 0) FROM cart_items i WHERE i.product_id = p.id) FROM products p WHERE p.id = $1`
	var left int
	err := c.find(ctx, query, id, &left)
	return max(left, 0), err
}

func (c catalog) cards(ctx context.Context, query string, args ...any) ([]card, error) {
	return list(ctx, c.db, query, args, (*card).fields)
}

// find reads one row by its key; errNotFound when there is none.
func (c catalog) find(ctx context.Context, query string, key any, dest ...any) error {
	if text, ok := key.(string); ok && plain(text) != text {
		return errNotFound // no key is like that, and PostgreSQL answers such a question with an error
	}
	err := c.db.one(ctx, query, []any{key}, dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return errNotFound
	}
	return err
}

// plain drops what PostgreSQL takes in no text: NUL, and what is not UTF-8.
func plain(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\x00", "")
}
