<?php
// Installs WordPress and fills it, through WordPress's own functions and in one
// process: php install.php WORDPRESS-FOLDER. The content is the same each time.

[, $root] = $argv;
define('WP_INSTALLING', true);
$_SERVER += ['HTTP_HOST' => 'localhost', 'REQUEST_METHOD' => 'GET', 'REQUEST_URI' => '/', 'SERVER_PROTOCOL' => 'HTTP/1.1'];

// WordPress lets these two be replaced: nothing here sends mail.
function wp_mail() { return true; }
function wp_new_blog_notification() {}

$config = file_get_contents("$root/wp-config.php");
preg_match("/DB_HOST', 'localhost:([^']+)'/", $config, $socket);
(new mysqli('localhost', 'root', '', '', 0, $socket[1]))->query('CREATE DATABASE wordpress CHARACTER SET utf8mb4');

require "$root/wp-load.php";
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
require_once ABSPATH . 'wp-admin/includes/image.php';

wp_install('Frost & Ember', 'admin', 'admin@example.com', true, '', 'frozen lake');
wp_installing(false);
wp_set_current_user(1);
update_option('permalink_structure', '/%year%/%monthnum%/%postname%/');
update_option('blogdescription', 'Notes from a cold kitchen');
update_option('timezone_string', 'UTC');
update_option('default_pingback_flag', 0);
$wp_rewrite->init();
create_initial_taxonomies(); // once more: they take their URLs from the permalinks
flush_rewrite_rules(false);
wp_delete_post(1, true); // the samples that every installation has
wp_delete_post(2, true);

// A post was never edited after its publication.
add_filter('wp_insert_post_data', function ($data) {
    $data['post_modified'] = $data['post_date'];
    $data['post_modified_gmt'] = $data['post_date'];
    return $data;
});

// must stops at the first error.
function must($result) {
    if (is_wp_error($result) || !$result) {
        fwrite(STDERR, 'install: ' . (is_wp_error($result) ? $result->get_error_message() : 'no result') . "\n");
        debug_print_backtrace();
        exit(1);
    }
    return $result;
}

// words makes a text that depends on nothing but its number.
function words(int $seed, int $count): string {
    $list = explode(' ', 'ice ember stove kettle bread winter salt smoke pine copper candle snow river oven honey barley quiet morning linen thyme');
    $text = [];
    for ($i = 0; $i < $count; $i++) {
        $seed = ($seed * 1103515245 + 12345) & 0x7fffffff;
        $text[] = $list[($seed >> 16) % count($list)];
    }
    return ucfirst(implode(' ', $text));
}

function paragraphs(int $seed, int $count): string {
    $text = '';
    for ($i = 0; $i < $count; $i++) {
        $text .= "<!-- wp:paragraph -->\n<p>" . words($seed * 10 + $i, 40) . ".</p>\n<!-- /wp:paragraph -->\n\n";
    }
    return $text;
}

wp_defer_term_counting(true);
wp_defer_comment_counting(true);

$categories = [];
foreach (['Baking', 'Brewing', 'Curing', 'Drying', 'Foraging', 'Grilling', 'Pickling', 'Roasting', 'Smoking', 'Stewing'] as $name) {
    $categories[] = must(wp_insert_term($name, 'category'))['term_id'];
}
$categories[] = must(wp_insert_term('Rye bread', 'category', ['parent' => $categories[0]]))['term_id'];
$categories[] = must(wp_insert_term('Crème brûlée', 'category', ['parent' => $categories[5]]))['term_id'];
$tags = array_map(fn ($i) => 'tag ' . $i, range(1, 24));

$images = [];
for ($i = 0; $i < 3; $i++) {
    $canvas = imagecreatetruecolor(1200, 800);
    imagefill($canvas, 0, 0, imagecolorallocate($canvas, 40 * $i, 90, 160));
    imagefilledellipse($canvas, 600, 400, 300 + 100 * $i, 500, imagecolorallocate($canvas, 240, 240, 250));
    ob_start();
    imagepng($canvas);
    $upload = wp_upload_bits("lake-$i.png", null, ob_get_clean(), '2023/01');
    must(!$upload['error']);
    $id = must(wp_insert_attachment(['post_title' => "Lake $i", 'post_mime_type' => 'image/png', 'post_date' => '2023-01-01 00:00:00'], $upload['file'], 0, true));
    wp_update_attachment_metadata($id, wp_generate_attachment_metadata($id, $upload['file']));
    $images[] = $id;
}

$posts = [];
for ($i = 1; $i <= 220; $i++) {
    $title = match ($i) {
        7 => 'Žluťoučký kůň & Söhne',
        8 => '氷の蓋',
        default => words($i, 4) . ' ' . $i,
    };
    $body = paragraphs($i, 4);
    if ($i % 20 == 0) {
        $id = $images[$i / 20 % 3];
        $body .= '<!-- wp:image {"id":' . $id . '} --><figure class="wp-block-image">' . wp_get_attachment_image($id, 'large') . '</figure><!-- /wp:image -->';
    }
    $date = gmdate('Y-m-d H:i:s', gmmktime(9, 0, 0, 1, 2, 2023) + $i * 36 * 3600);
    $posts[] = must(wp_insert_post([
        'post_title' => $title, 'post_content' => $body, 'post_status' => 'publish', 'post_author' => 1,
        'post_date' => $date, 'post_date_gmt' => $date, 'comment_status' => 'open',
        'post_category' => [$categories[$i % 12], $categories[($i * 7) % 12]],
        'tags_input' => [$tags[$i % 24], $tags[($i * 5) % 24], $tags[($i * 11) % 24]],
    ], true));
    if ($i % 30 == 0) {
        must(set_post_thumbnail(end($posts), $images[$i / 30 % 3]));
    }
}

$parent = 0;
for ($i = 1; $i <= 12; $i++) {
    $id = must(wp_insert_post([
        'post_title' => 'Page ' . $i, 'post_content' => paragraphs(1000 + $i, 3), 'post_status' => 'publish', 'post_type' => 'page', 'post_author' => 1,
        'post_date' => '2023-01-01 00:00:00', 'post_date_gmt' => '2023-01-01 00:00:00', 'post_parent' => $i % 3 == 0 ? $parent : 0,
    ], true));
    $parent = $i % 3 == 1 ? $id : $parent;
}
must(wp_insert_post(['post_title' => 'Members only', 'post_content' => 'Secret.', 'post_status' => 'publish', 'post_type' => 'page', 'post_password' => 'sesame', 'post_author' => 1, 'post_date' => '2023-01-01 00:00:00'], true));
must(wp_insert_post(['post_title' => 'A draft', 'post_content' => 'Unfinished.', 'post_status' => 'draft', 'post_author' => 1], true));

foreach ($posts as $i => $post) {
    for ($n = 0; $n < $i % 3; $n++) {
        // No two at once: MariaDB would order them now so, now so.
        $date = gmdate('Y-m-d H:i:s', gmmktime(12, 0, 0, 2, 1, 2024) + 60 * $i + $n);
        must(wp_insert_comment([
            'comment_post_ID' => $post, 'comment_author' => "Reader $n", 'comment_author_email' => "reader$n@example.com", 'comment_approved' => 1,
            'comment_content' => words($post * 5 + $n, 20), 'comment_date' => $date, 'comment_date_gmt' => $date,
        ]));
    }
}
wp_defer_comment_counting(false);
wp_defer_term_counting(false);
update_option('blog_public', 1);
echo count($posts), " posts\n";
