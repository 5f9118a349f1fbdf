package main

import (
	"os"
	"path/filepath"
	"testing"
)

// wordPress is a running WordPress: NGINX, PHP-FPM and MariaDB.
type wordPress struct {
	URL                  string
	root, socket         string // of PHP's files, and of PHP-FPM
	nginx, php, database *process
}

// startWordPress installs Debian's WordPress with 220 posts in a folder of its
// own. Its own address is the public one.
func startWordPress(t testing.TB) wordPress {
	t.Helper()
	const packaged = "/usr/share/wordpress"
	program(t, "wordpress", packaged+"/wp-load.php")
	theme := program(t, "wordpress-theme-twentytwentythree (or what wordpress recommends)", packaged+"/wp-content/themes/twentytwenty[a-z]*")
	php := program(t, "php-cli", "/usr/bin/php")

	var w wordPress
	var socket string
	socket, w.database = startMariaDB(t)
	port := freePort(t)
	w.URL = "http://127.0.0.1:" + port

	root := filepath.Join(serverDir(t), "wordpress")
	// PHP finds wp-config.php beside the file that a link leads to, so links to
	// the packaged files would read the system's configuration.
	mustRun(t, serverCommand(t, filepath.Dir(root), "/bin/cp", "-rL", packaged, root))
	if err := os.Remove(filepath.Join(root, "wp-config.php")); err != nil {
		t.Fatal(err)
	}
	writeServerFile(t, root, "wp-config.php", wordPressConfig(w.URL, socket, filepath.Base(theme)))
	script, err := os.ReadFile("testdata/wordpress/install.php")
	if err != nil {
		t.Fatal(err)
	}
	install := writeServerFile(t, filepath.Dir(root), "install.php", string(script))
	mustRun(t, serverCommand(t, root, php, "-d", "display_errors=stderr", install, root))

	w.root = root
	w.socket, w.php = startPHP(t)
	w.nginx = startPlainNGINX(t, port, wordPressLocations(root, w.socket))
	w.nginx.await(t, answering(w.URL+"/"))
	return w
}

func wordPressConfig(url, socket, theme string) string {
	return `<?php
define('DB_NAME', 'wordpress');
define('DB_USER', 'root');
define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:` + socket + `');
define('DB_CHARSET', 'utf8mb4');
define('WP_HOME', '` + url + `');
define('WP_SITEURL', '` + url + `');
define('WP_DEFAULT_THEME', '` + theme + `');
foreach (['AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE'] as $name) {
    define($name . '_KEY', 'key of the test ' . $name);
    define($name . '_SALT', 'salt of the test ' . $name);
}
// Nothing happens behind a request's back, and nothing is asked of the internet.
define('DISABLE_WP_CRON', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
define('WP_HTTP_BLOCK_EXTERNAL', true);
$table_prefix = 'wp_';
defined('ABSPATH') || define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
`
}

// wordPressLocations is the usual server block of a WordPress.
func wordPressLocations(root, socket string) string {
	// Without HTTP_HOST as the client sent it, WordPress behind a port other
	// than 80 redirects to an address without the port, for ever.
	return `
        root ` + root + `;
        index index.php;
        location / { try_files $uri $uri/ /index.php?$args; }
        location ~ \.php$ {
            try_files $uri =404;
            fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
            fastcgi_param SCRIPT_NAME $fastcgi_script_name;
            fastcgi_param DOCUMENT_ROOT $document_root;
            fastcgi_param DOCUMENT_URI $document_uri;
            fastcgi_param REQUEST_METHOD $request_method;
            fastcgi_param REQUEST_URI $request_uri;
            fastcgi_param QUERY_STRING $query_string;
            fastcgi_param CONTENT_TYPE $content_type;
            fastcgi_param CONTENT_LENGTH $content_length;
            fastcgi_param GATEWAY_INTERFACE CGI/1.1;
            fastcgi_param SERVER_PROTOCOL $server_protocol;
            fastcgi_param SERVER_SOFTWARE nginx;
            fastcgi_param SERVER_NAME $server_name;
            fastcgi_param SERVER_PORT $server_port;
            fastcgi_param REMOTE_ADDR $remote_addr;
            fastcgi_param REMOTE_PORT $remote_port;
            fastcgi_param HTTP_HOST $http_host;
            fastcgi_param HTTP_PROXY "";
            fastcgi_pass unix:` + socket + `;
        }
`
}
