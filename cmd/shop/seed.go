package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
	"unicode"
)

// size is how much to seed.
type size struct{ products, categories int }

func (s size) String() string {
	return fmt.Sprintf("%d products in %d categories", s.products, s.categories)
}

// opened is the day the shop began; all dates of the seed count from it.
var opened = time.Date(2024, time.January, 8, 9, 0, 0, 0, time.UTC)

// seed fills an empty database, in one transaction, and leaves a seeded one
// alone. One that was seeded with another size is an error.
func seed(ctx context.Context, db *database, want size) (fresh bool, err error) {
	var have string
	if err := db.QueryRowContext(ctx, `SELECT value FROM facts WHERE name = 'seed'`).Scan(&have); err == nil {
		if have != want.String() {
			return false, fmt.Errorf("use the database %s: it holds %s, not %s; name another one or drop it", db.where, have, want)
		}
		return false, nil
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return false, fmt.Errorf("seed the database %s: %w", db.where, err)
	}
	defer tx.Rollback()
	for _, statement := range schema {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return false, fmt.Errorf("make the tables of the database %s: %w", db.where, err)
		}
	}
	s := newSeeder(want)
	for _, t := range s.tables() {
		if err := t.insert(ctx, tx); err != nil {
			return false, err
		}
	}
	if err := tx.Commit(); err != nil {
		return false, fmt.Errorf("seed the database %s: %w", db.where, err)
	}
	return true, nil
}

// A table is rows to insert.
type table struct {
	name, columns string
	rows          [][]any
}

// insert writes the rows with few statements, which is what makes seeding fast.
func (t table) insert(ctx context.Context, tx *sql.Tx) error {
	const batch = 100
	for start := 0; start < len(t.rows); start += batch {
		rows := t.rows[start:min(start+batch, len(t.rows))]
		var tuples []string
		var args []any
		for _, row := range rows {
			var marks []string
			for _, value := range row {
				args = append(args, value)
				marks = append(marks, fmt.Sprintf("$%d", len(args)))
			}
			tuples = append(tuples, "("+strings.Join(marks, ", ")+")")
		}
		statement := fmt.Sprintf("INSERT INTO %s (%s) VALUES %s", t.name, t.columns, strings.Join(tuples, ", "))
		if _, err := tx.ExecContext(ctx, statement, args...); err != nil {
			return fmt.Errorf("fill the table %s: %w", t.name, err)
		}
	}
	return nil
}

// A seeder makes up the shop's goods, the same ones each time.
type seeder struct {
	size
	rng     *rand.Rand
	shelves []shelf
	slugs   map[string]bool
	reviews [][]any
}

// A shelf is a category with its kind.
type shelf struct {
	kind
	weight int // how many of the products it gets, relative to the others
}

func newSeeder(s size) *seeder {
	seeder := &seeder{size: s, rng: rand.New(rand.NewPCG(2000, 40)), slugs: map[string]bool{}}
	for i := range s.categories {
		k := kinds[i%len(kinds)]
		if round := i/len(kinds) + 1; round > 1 {
			k.slug, k.name = fmt.Sprintf("%s-%d", k.slug, round), fmt.Sprintf("%s %d", k.name, round)
			k.hue = (k.hue + 47*round) % 360
		}
		// Some categories stay below one page of the shop, some need two or more.
		seeder.shelves = append(seeder.shelves, shelf{k, 3 + i*7%11})
	}
	return seeder
}

func (s *seeder) tables() []table {
	products := table{name: "products", columns: "id, category_id, slug, name, summary, description, material, measures, origin, price, stock, variant, featured, rating_sum, rating_count, words, created_at, updated_at"}
	categories := table{name: "categories", columns: "id, slug, name, department, blurb, drawing, hue, updated_at"}
	guides := table{name: "guides", columns: "id, slug, title, summary, body, category_id, updated_at"}
	for i, shelf := range s.shelves {
		categories.rows = append(categories.rows, []any{i + 1, shelf.slug, shelf.name, shelf.department, shelf.blurb, kinds[i%len(kinds)].slug, shelf.hue, opened.AddDate(0, 0, i).Unix()})
		for n, g := range guideTexts {
			if g.category == shelf.slug {
				guides.rows = append(guides.rows, []any{n + 1, g.slug, g.title, g.summary, g.body, i + 1, opened.AddDate(0, n+1, 0).Unix()})
			}
		}
	}
	for id := 1; id <= s.products; id++ {
		products.rows = append(products.rows, s.product(id))
	}
	users := table{"users", "name, greeting, salt, hash", [][]any{{"demo", "Robin", demoSalt, hashPassword("demo", demoSalt)}}}
	reviews := table{"reviews", "id, product_id, author, rating, body, written_at", s.reviews}
	facts := table{"facts", "name, value", [][]any{{"seed", s.size.String()}}}
	return []table{categories, products, reviews, guides, users, facts}
}

// product makes up one row, and its reviews.
func (s *seeder) product(id int) []any {
	place := id - 1 // the first products go one to each shelf
	if id > len(s.shelves) {
		place = s.weighted()
	}
	shelf := s.shelves[place]
	family, material, noun, origin := s.pick(families), s.pick(shelf.materials), s.pick(shelf.nouns), s.pick(origins)
	name := s.unused(family, material, noun)
	slug := slugOf(name)
	if id <= len(s.shelves) {
		for _, special := range specials {
			if special.kind == shelf.slug {
				name, slug = special.name, special.slug
			}
		}
	}
	s.slugs[slug] = true
	fill := strings.NewReplacer("{name}", name, "{family}", family, "{origin}", origin)
	say, sizes := middles, measures
	if shelf.department == "Pantry" {
		say, sizes = pantryMiddles, pantryMeasures
	}
	middle := s.rng.Perm(len(say))
	summary := fill.Replace(s.pick(summaries))
	description := fill.Replace(s.pick(openings) + " " + say[middle[0]] + "\n\n" + say[middle[1]] + " " + s.pick(closings[shelf.department]))
	price := s.price(shelf.low, shelf.high)
	created := opened.Add(time.Duration(s.rng.IntN(500*24*60)) * time.Minute)
	updated := created.Add(time.Duration(s.rng.IntN(60*24*60)) * time.Minute)
	featured := 0
	if id%max(s.products/16, 1) == 0 {
		featured = 1
	}
	sum, count := s.review(id, created)
	words := strings.ToLower(strings.Join([]string{name, shelf.name, summary, origin}, " "))
	return []any{id, place + 1, slug, name, summary, description, material, s.pick(sizes), origin, price, 3 + s.rng.IntN(60),
		1 + s.rng.IntN(4), featured, sum, count, words, created.Unix(), updated.Unix()}
}

// review writes up to six reviews of a product.
func (s *seeder) review(productID int, since time.Time) (sum, count int) {
	count = s.rng.IntN(7)
	turn := s.rng.IntN(len(reviewers)) // so that nobody says a thing twice
	for range count {
		rating := 5 - min(s.rng.IntN(4), s.rng.IntN(6)) // mostly four and five
		since = since.Add(time.Duration(1+s.rng.IntN(40*24*60)) * time.Minute)
		s.reviews = append(s.reviews, []any{len(s.reviews) + 1, productID, reviewers[turn%len(reviewers)], rating, opinions[rating-1][turn%len(opinions[rating-1])], since.Unix()})
		sum += rating
		turn++
	}
	return sum, count
}

// unused puts a name together that no product has yet.
func (s *seeder) unused(family, material, noun string) string {
	name := strings.Join([]string{family, material, noun}, " ")
	for n := 2; s.slugs[slugOf(name)]; n++ {
		name = fmt.Sprintf("%s %s %s No. %d", family, material, noun, n)
	}
	return name
}

// weighted chooses a shelf; the heavy ones more often.
func (s *seeder) weighted() int {
	total := 0
	for _, shelf := range s.shelves {
		total += shelf.weight
	}
	at := s.rng.IntN(total)
	for i, shelf := range s.shelves {
		if at -= shelf.weight; at < 0 {
			return i
		}
	}
	panic(errors.New("weights do not add up"))
}

func (s *seeder) pick(from []string) string { return from[s.rng.IntN(len(from))] }

// price is in cents, mostly near the lower end of the range.
func (s *seeder) price(low, high int) int {
	span := min(s.rng.IntN(high-low+1), s.rng.IntN(high-low+1))
	return (low+span)*100 + []int{0, 0, 50, 90}[s.rng.IntN(4)]
}

// slugOf is the name in lower case with a hyphen for all but letters and digits.
func slugOf(name string) string {
	words := strings.FieldsFunc(strings.ToLower(strings.ReplaceAll(name, "'", "")), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	return strings.Join(words, "-")
}
