package nginx

import (
	"slices"
	"testing"
)

// audits is, for each rule, a configuration that breaks it and one that mends it.
var audits = []struct{ rule, bad, good string }{
	{"ssrf", "location /p/ { proxy_pass http://$arg_host/x; }", "location /p/ { internal; proxy_pass http://$arg_host/x; }"},
	{"ssrf", "location ~ ^/p/(.*)$ { proxy_pass http://$1; }", "location /p/ { proxy_pass http://app/$arg_page; }"},
	{"http_splitting", "return 301 https://a$uri;", "return 301 https://a$request_uri;"},
	{"http_splitting", "location / { add_header X-Path $document_uri; }", "location / { add_header X-Path $request_uri; }"},
	{"http_splitting", "rewrite ^ https://a$uri;", "rewrite ^ /x$uri;"},
	{"origins", `if ($http_origin ~ https://a\.example$) { return 204; }`, `if ($http_origin ~ ^https://a\.example$) { return 204; }`},
	{"origins", `if ($http_origin ~ ^https://a\.example) { return 204; }`, `if ($http_origin = https://a.example) { return 204; }`},
	{"origins", `if ($http_referer ~ ^https://a.example$) { return 204; }`, `if ($http_referer ~ ^https://a\.example/) { return 204; }`},
	{"add_header_redefinition", "server { add_header A b; location / { add_header C d; } }", "server { add_header A b; location / { add_header A b; add_header C d; } }"},
	{"proxy_set_header_redefinition", "server { proxy_set_header A b; location / { proxy_set_header C d; } }", "server { proxy_set_header A b; location / { proxy_pass http://a; } }"},
	{"filesystem_root_exposure", "location / { root /; }", "location / { root /srv; }"},
	{"filesystem_root_exposure", "location /files/ { alias //./; }", "location /files/ { alias /srv/; }"},
	{"weak_ssl_tls", "ssl_protocols TLSv1.1 TLSv1.2;", "ssl_protocols TLSv1.2 TLSv1.3;"},
	{"weak_ssl_tls", "ssl_ciphers HIGH:DES-CBC3-SHA;", "ssl_ciphers HIGH:!aNULL:!MD5:-RC4;"},
	{"weak_ssl_tls", "ssl_ciphers ECDHE+AESGCM:kRSA+3DES;", "ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE+AESGCM;"},
	{"ssl_stapling_letsencrypt", "server { ssl_stapling on; ssl_certificate /etc/letsencrypt/live/a/fullchain.pem; }", "server { ssl_certificate /etc/letsencrypt/live/a/fullchain.pem; }"},
	{"host_spoofing", "proxy_set_header Host $http_host;", "proxy_set_header Host $host;"},
	{"valid_referers", "valid_referers none a.example;", "valid_referers a.example;"},
	{"add_header_multiline", `add_header A "b;\n c";`, `add_header A "b; c";`},
	{"add_header_content_type", "add_header content-type text/plain;", "default_type text/plain;"},
	{"alias_traversal", "location /i { alias /img/; }", "location /i/ { alias /img/; }"},
	{"if_is_evil", "location / { if ($a) { proxy_pass http://a; } }", "location / { if ($a) { return 403; } }"},
	{"allow_without_deny", "location / { allow 10.0.0.0/8; }", "location / { allow 10.0.0.0/8; deny all; }"},
	{"resolver_external", "resolver 127.0.0.1 8.8.8.8 valid=10s;", "resolver 127.0.0.1 [::1]:53 10.0.0.2 valid=10s;"},
	{"version_disclosure", "server_tokens on;", "server_tokens off;"},
	{"default_server_flag", "http { server { listen 80; } server { listen 80; } }", "http { server { listen 80 default_server; } server { listen 80; } }"},
	{"error_log_off", "error_log off;", "error_log /dev/null crit;"},
	{"hash_without_default", "map $a $b { x y; }", "map $a $b { default z; x y; }"},
	{"http2_misdirected_request", "server { listen 443 ssl default_server; server_name _; return 404; }", "server { listen 443 ssl default_server; server_name _; ssl_reject_handshake on; }"},
	{"invalid_regex", "rewrite ^/(a)/(?:b)$ /$2;", "rewrite ^/(a)/(b)$ /$2;"},
	{"low_keepalive_requests", "keepalive_requests 100;", "keepalive_requests 1000;"},
	{"missing_worker_processes", "events { }", "worker_processes auto; events { }"},
	{"mixed_case_variable", "set $userName x;", "set $user_name x;"},
	{"mixed_case_variable", "map $Host $B { default x; }", "map $Host $b { default x; }"},
	{"overlapping_captures", "rewrite ^/((a)b)$ /$2;", "rewrite ^/(?:(a)b)$ /$1;"},
	{"unnamed_groups", "rewrite ^/(a)$ /x?p=$1;", "rewrite ^/(?<p>a)$ /x?p=$p;"},
	{"proxy_buffering_off", "proxy_buffering off;", "proxy_buffering on;"},
	{"proxy_pass_normalized", "location /a/ { proxy_pass http://a/; }", "location /a/ { proxy_pass http://a; }"},
	{"quic_bpf_reuseport", "listen 443 quic;", "listen 443 quic reuseport;"},
	{"regex_redos", "location ~ ^/(a+)+$ { return 200; }", "location ~ ^/(a+)$ { return 200; }"},
	{"regex_redos", `map $uri $a { default x; "~^(?:a*)*$" y; }`, `map $uri $a { default x; "~^(?:a*)*+$" y; }`},
	{"return_bypasses_allow_deny", "location / { deny all; return 200; }", "location / { deny all; root /srv; }"},
	{"ssl_stapling_without_resolver", "server { ssl_stapling on; }", "server { ssl_stapling on; resolver 127.0.0.1; }"},
	{"stale_dns_cache", "location / { proxy_pass http://app.example.com:80; }", "upstream app.example.com { server 127.0.0.1:80; } location / { proxy_pass http://127.0.0.1:80; }"},
	{"status_page_exposed", "location /status { stub_status; }", "location /status { stub_status; allow 127.0.0.1; deny all; }"},
	{"unanchored_regex", `location ~ \.php { return 403; }`, `location ~ \.php$ { return 403; }`},
	{"worker_rlimit_nofile_vs_connections", "worker_processes 1; worker_rlimit_nofile 1024; events { worker_connections 1024; }", "worker_processes 1; worker_rlimit_nofile 2048; events { worker_connections 1024; }"},
}

func TestAudit(t *testing.T) {
	tested := map[string]bool{}
	for _, test := range audits {
		tested[test.rule] = true
		if !slices.Contains(auditOf(t, test.bad), test.rule) {
			t.Errorf("%s is not found in %s", test.rule, test.bad)
		}
		if slices.Contains(auditOf(t, test.good), test.rule) {
			t.Errorf("%s is found in %s", test.rule, test.good)
		}
	}
	for _, rule := range auditRules {
		if !tested[rule.name] {
			t.Errorf("no configuration breaks %s", rule.name)
		}
	}
	for _, rule := range blockRules {
		if !tested[rule.name] {
			t.Errorf("no configuration breaks %s", rule.name)
		}
	}
}

func auditOf(t *testing.T, text string) (rules []string) {
	t.Helper()
	block, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range Audit(block) {
		rules = append(rules, f.Rule)
	}
	return rules
}

// What icecap emits has none of the known mistakes.
func TestAuditOfOwn(t *testing.T) {
	for name, server := range goldens {
		c := config(t, server)
		whole := Block{{Name: "http", Block: append(c.HTTP, Directive{Name: "server", Block: c.Server})}}
		for _, f := range Audit(whole) {
			t.Errorf("%s: %s", name, f)
		}
	}
	host, err := goldenHost.Config()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range Audit(host) {
		t.Errorf("host: %s", f)
	}
}

// Audit takes whatever Parse can read.
func FuzzAudit(f *testing.F) {
	for _, test := range audits {
		f.Add(test.bad)
		f.Add(test.good)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if b, err := Parse(text); err == nil {
			for _, finding := range Audit(b) {
				if finding.Rule == "" || finding.What == "" {
					t.Fatalf("%q: %+v", text, finding)
				}
			}
		}
	})
}
