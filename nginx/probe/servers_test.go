package probe_test

import (
	"time"

	"icecap/content"
	"icecap/nginx"
)

func shop(root string) nginx.Server {
	return nginx.Server{
		Site: "shop", Hosts: []string{"shop.example.com", "127.0.0.1"}, Root: root,
		App:     nginx.App{Kind: nginx.Proxy}, // its address is set when the app is started
		Cookies: []string{"sessionid", "connect.sid", "wordpress_logged_in_*"},
		Queries: content.Queries{Rules: []content.QueryRule{{Path: "/list", Param: "page", Max: 50}, {Path: "/api/*", Param: "page", Max: 9}}, Ignore: content.DefaultIgnore()},
		Headers: []content.Header{{Name: "X-Frame-Options", Value: "DENY"}, {Name: "Report-To", Value: `{"group":"a;b","max_age":1}`},
			{Name: "X-Robots-Tag", Value: "noindex", Path: "/drafts/*"}, {Name: "Cache-Control", Value: "max-age=60", Path: "/new/**"}},
		Fallback: true, Compression: nginx.Compression{Gzip: true},
	}
}

// deadShop has an app that does not answer.
func deadShop(root string) nginx.Server {
	server := shop(root)
	server.App.Address = "127.0.0.1:1" // which no user's program listens at
	return server
}

// packedShop is for an NGINX that also has the module for brotli.
func packedShop(root string) nginx.Server {
	server := shop(root)
	server.Compression.Brotli = true
	return server
}

// plainShop keeps no copies, and sends nothing compressed.
func plainShop(root string) nginx.Server {
	server := shop(root)
	server.Fallback, server.Compression, server.RetryAfter = false, nginx.Compression{}, 10*time.Minute
	return server
}

func blog(root string) nginx.Server {
	return nginx.Server{
		Site: "blog", Hosts: []string{"blog.example.com"}, Root: root,
		Headers: []content.Header{{Name: "X-Frame-Options", Value: "DENY"}},
	}
}
