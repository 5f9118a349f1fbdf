// Package bucket moves releases through an S3-compatible bucket, and keeps a plain
// site up to date in one. It is the only package that speaks to an object store.
//
// # Releases
//
//	<prefix>/bodies/3f/3f9a1c2b...               the bytes of pages, named by their SHA-256
//	<prefix>/releases/000007-3f9a1c2b/manifest.jsonl
//
// Bodies are named by what they are, so a page that did not change is sent once,
// whatever releases, hosts and URLs have it, and what arrives can be verified. A
// manifest is sent after all bodies that it names: a release that is listed is
// whole. Nothing is ever overwritten with other bytes, and nothing is deleted.
//
// To push sends what the newest release in the bucket does not have, each body
// only if the bucket lacks it. A push that was killed is repeated: what arrived is
// not sent again. A release that is in the bucket already is checked body by body,
// which mends a bucket that lost some.
//
// To pull builds the release on this disk ([release.Store.Copy]): only the bodies
// that its newest release lacks are fetched, each is hashed before it is written,
// and a pull that was killed goes on where it was. The release is not published: that
// is for the host to decide. Every host gets the same manifest, so ID, times and
// entity tags are the same everywhere.
//
// There is no coordination here. Two hosts that freeze apart make two releases of
// one number, which the hash tells apart.
//
// # A plain site
//
// [Bucket.Export] writes every page under its own URL, for a bucket that answers
// visitors itself with the index document index.html: /about is the object about,
// and /about/ is about/index.html, each with its Content-Type, because an object
// needs no suffix. A redirect is a page that leads on. Only what changed is sent:
// the object .icecap-export lists every object of the export and its hash. It is
// written before anything else, with all names old and new, so that an export that
// was killed still knows what is its own. Style sheets, scripts and images go before
// the HTML that names them; what is gone is deleted last. A folder with objects that
// no export made is refused.
//
// Where the store keeps objects as files and folders, as MinIO does, /a cannot stand
// beside /a/b. It is then reported and left out.
//
// # Credentials
//
// Come from the environment, as the tools of AWS have it: AWS_ACCESS_KEY_ID,
// AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION or AWS_DEFAULT_REGION, and
// AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL for another store than that of AWS.
package bucket

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"icecap/content/release"
)

// A Bucket is a folder of a bucket. Its methods are safe for concurrent use.
type Bucket struct {
	client *minio.Client
	name   string
	prefix string // "" or ends with a slash
	moved  struct{ bodies, bytes atomic.Int64 }
}

// Moved is how many bodies went over the network so far, and their bytes. It may be
// called at any time.
func (b *Bucket) Moved() (bodies, bytes int64) { return b.moved.bodies.Load(), b.moved.bytes.Load() }

func (b *Bucket) count(size int64) {
	b.moved.bodies.Add(1)
	b.moved.bytes.Add(size)
}

// workers is how many bodies are under way at the same time: they are small, and
// what they wait for is the network.
const workers = 16

// Open reads an address such as s3://bucket/shop, and the environment. It makes no
// connection. The error is an *[AddressError].
func Open(address string, env func(string) string) (*Bucket, error) {
	rest, ok := strings.CutPrefix(address, "s3://")
	name, prefix, _ := strings.Cut(rest, "/")
	prefix = strings.Trim(prefix, "/")
	if !ok || name == "" || path.Clean("/"+prefix) != "/"+prefix {
		return nil, &AddressError{fmt.Sprintf("%q is no address of a bucket", address), "write it as s3://bucket or s3://bucket/folder"}
	}
	if prefix != "" {
		prefix += "/"
	}
	key, secret := env("AWS_ACCESS_KEY_ID"), env("AWS_SECRET_ACCESS_KEY")
	if key == "" || secret == "" {
		return nil, &AddressError{"there are no credentials", "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment"}
	}
	endpoint := cmp.Or(env("AWS_ENDPOINT_URL_S3"), env("AWS_ENDPOINT_URL"), "https://s3.amazonaws.com")
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || strings.Trim(u.Path, "/") != "" {
		return nil, &AddressError{fmt.Sprintf("AWS_ENDPOINT_URL is %q, which is no http address of a host", endpoint), "write it as https://s3.example.com"}
	}
	client, err := minio.New(u.Host, &minio.Options{
		Creds:      credentials.NewStaticV4(key, secret, env("AWS_SESSION_TOKEN")),
		Secure:     u.Scheme == "https",
		Region:     cmp.Or(env("AWS_REGION"), env("AWS_DEFAULT_REGION")),
		MaxRetries: 5, // some seconds: a host that is gone is said to be
	})
	if err != nil {
		return nil, &AddressError{err.Error(), ""}
	}
	return &Bucket{client: client, name: name, prefix: prefix}, nil
}

// String is the address.
func (b *Bucket) String() string { return "s3://" + path.Join(b.name, b.prefix) }

// An AddressError is an address, or an environment, that cannot be used.
type AddressError struct{ reason, hint string }

func (e *AddressError) Error() string { return "open the bucket: " + e.reason }

// Hint says how to mend it.
func (e *AddressError) Hint() string { return e.hint }

// A StoreError is a refusal of the object store, or its silence.
type StoreError struct {
	Doing string // "send page /about"
	Err   error
}

func (e *StoreError) Error() string { return e.Doing + ": " + e.Err.Error() }
func (e *StoreError) Unwrap() error { return e.Err }

// Hint says how to mend the common causes; it is empty for the others.
func (e *StoreError) Hint() string {
	var network *net.OpError
	switch answer := minio.ToErrorResponse(e.Err); {
	case answer.Code == "NoSuchBucket":
		return "make the bucket first; icecap makes none"
	case answer.StatusCode == http.StatusForbidden, answer.StatusCode == http.StatusUnauthorized:
		return "look at AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and at what they may do in this bucket"
	case answer.Code == "PermanentRedirect" || answer.Code == "AuthorizationHeaderMalformed":
		return "set AWS_REGION to the bucket's region"
	case errors.As(e.Err, &network):
		return "is AWS_ENDPOINT_URL right, and does the store answer there?"
	}
	return ""
}

// failed wraps the store's answer in what was tried. The end of the context is no
// refusal.
func failed(ctx context.Context, err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	doing := fmt.Sprintf(format, args...)
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", doing, context.Cause(ctx))
	}
	return &StoreError{doing, err}
}

// missing reports whether the store's answer is that an object does not exist.
func missing(err error) bool {
	code := minio.ToErrorResponse(err).Code
	return code == "NoSuchKey" || code == "NotFound"
}

// put writes an object.
func (b *Bucket) put(ctx context.Context, name string, body io.Reader, size int64, mediaType string) error {
	_, err := b.client.PutObject(ctx, b.name, b.prefix+name, body, size, minio.PutObjectOptions{ContentType: mediaType})
	return err
}

// get reads an object, of which no more than limit bytes are taken.
func (b *Bucket) get(ctx context.Context, name string, limit int64) ([]byte, error) {
	object, err := b.client.GetObject(ctx, b.name, b.prefix+name, minio.GetObjectOptions{})
	if err != nil {
		return nil, err
	}
	defer object.Close()
	return io.ReadAll(io.LimitReader(object, limit))
}

// stream copies an object.
func (b *Bucket) stream(ctx context.Context, name string, to io.Writer) error {
	object, err := b.client.GetObject(ctx, b.name, b.prefix+name, minio.GetObjectOptions{})
	if err != nil {
		return err
	}
	defer object.Close()
	_, err = io.Copy(to, object)
	return err
}

// Releases lists the IDs of all releases in the bucket, oldest first. What else stands
// among them is not ours.
func (b *Bucket) Releases(ctx context.Context) ([]string, error) {
	var ids []string
	folder := b.prefix + releasesName + "/"
	for object := range b.client.ListObjects(ctx, b.name, minio.ListObjectsOptions{Prefix: folder, Recursive: true}) {
		if object.Err != nil {
			return nil, failed(ctx, object.Err, "list the releases of %s", b)
		}
		id, file, _ := strings.Cut(strings.TrimPrefix(object.Key, folder), "/")
		if file == manifestName && release.IsID(id) {
			ids = append(ids, id)
		}
	}
	// Numbers have six digits at least, and then no zero before them.
	slices.SortFunc(ids, func(a, c string) int {
		return cmp.Or(cmp.Compare(strings.Index(a, "-"), strings.Index(c, "-")), cmp.Compare(a, c))
	})
	return ids, ctx.Err()
}
