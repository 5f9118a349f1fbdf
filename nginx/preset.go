package nginx

import (
	"slices"
	"strings"
)

// A Preset names the cookies by which a framework knows a visitor.
type Preset struct {
	Name    string   // as in icecap.toml: "django"
	Cookies []string // patterns as in [Server.Cookies]
	Why     string   // what these cookies hold, and when they are set
}

// presets hold the names that the frameworks' own documentation and source
// give as defaults. Only sessions, log-ins and carts: a cookie that every
// visitor gets (a CSRF token, a language, analytics) would send everybody to
// the app. Sorted by name.
var presets = []Preset{
	{"aspnet", []string{".AspNetCore.Cookies", ".AspNetCore.Identity.*", ".AspNetCore.Session", ".AspNet.ApplicationCookie", ".ASPXAUTH", "ASP.NET_SessionId"},
		"ASP.NET log-in and session; antiforgery cookies are left out, every visitor of a form gets one"},
	{"cakephp", []string{"CAKEPHP", "PHPSESSID", "CookieAuth"},
		"CakePHP session, and the log-in that is remembered"},
	{"codeigniter", []string{"ci_session*"},
		"CodeIgniter session; set on every page where the session library is loaded"},
	{"craft", []string{"CraftSessionId"},
		"Craft CMS session; the log-in is <hash>_identity, a name to add by hand"},
	{"django", []string{"sessionid", "messages"},
		"Django session, and one-time messages kept in a cookie; csrftoken is left out, every visitor of a form gets one"},
	{"drupal", []string{"SESS*", "SSESS*", "NO_CACHE"},
		"Drupal session, plain and over HTTPS; an anonymous visitor has none"},
	{"express", []string{"connect.sid", "express*", "session", "session.sig", "koa.sess", "koa.sess.sig"},
		"express-session, cookie-session and koa-session"},
	{"fastapi", []string{"session", "fastapiusersauth"},
		"Starlette's SessionMiddleware, and FastAPI Users"},
	{"flask", []string{"session", "remember_token"},
		"Flask session (with flash messages), and Flask-Login's remembered log-in"},
	{"joomla", []string{"joomla_user_state", "joomla_remember_me*"},
		"Joomla log-in; the session cookie has a random name and every visitor gets it"},
	{"laravel", []string{"laravel_session", "laravel-session", "remember_web_*"},
		"Laravel session and remembered log-in; every visitor of a page in the web group gets a session, see icecap's report of cookies. APP_NAME changes the name to <name>_session"},
	{"magento", []string{"PHPSESSID", "X-Magento-Vary", "private_content_version", "persistent_shopping_cart"},
		"Magento session, customer segment, and cart"},
	{"nextauth", []string{"next-auth.session-token*", "__Secure-next-auth.session-token*", "authjs.session-token*", "__Secure-authjs.session-token*"},
		"Auth.js (NextAuth) log-in, in its parts if it is long"},
	{"phoenix", []string{"_app_key", "_app_web_user_remember_me"},
		"Phoenix session and the remembered log-in of phx.gen.auth; both names hold the app's own in place of \"app\", so add yours by hand"},
	{"php", []string{"PHPSESSID"},
		"PHP session, from session_start() on"},
	{"prestashop", []string{"PrestaShop-*", "PHPSESSID"},
		"PrestaShop customer and cart; every visitor gets one"},
	{"rack", []string{"rack.session", "remember_user_token", "remember_token"},
		"Rack and Sinatra session; Devise's and Clearance's remembered log-in"},
	{"rails", []string{"_session_id", "session_id", "remember_user_token", "remember_token"},
		"the log-in that Rails 8 generates, Devise's and Clearance's; the session is _<app>_session, a name to add by hand"},
	{"shopware", []string{"session-", "sw-states", "sw-cache-hash"},
		"Shopware 6 session, and its own marks of a log-in, a cart or another currency"},
	{"spring", []string{"JSESSIONID", "SESSION", "remember-me"},
		"Java servlet session, Spring Session, and Spring Security's remembered log-in"},
	{"symfony", []string{"PHPSESSID", "REMEMBERME", "MOCKSESSID"},
		"Symfony session and remembered log-in"},
	{"typo3", []string{"fe_typo_user", "be_typo_user"},
		"TYPO3 log-in of visitors and editors"},
	{"woocommerce", []string{"woocommerce_items_in_cart", "woocommerce_cart_hash", "wp_woocommerce_session_*"},
		"WooCommerce cart; use it together with wordpress"},
	{"wordpress", []string{"wordpress_logged_in_*", "wordpress_sec_*", "wp-postpass_*", "comment_author_*", "wp-settings-*"},
		"WordPress log-in, password-protected pages, and the name that a commenter left; wordpress_test_cookie is left out"},
}

// Presets lists the cookies of frameworks, sorted by name.
func Presets() []Preset { return slices.Clone(presets) }

// ExpandPresets replaces names of presets by their cookies and leaves patterns
// of cookies as they are. What is neither is a *[FieldError].
func ExpandPresets(list []string) ([]string, error) {
	var cookies []string
	for _, item := range list {
		at := slices.IndexFunc(presets, func(p Preset) bool { return p.Name == item })
		switch {
		case at >= 0:
			cookies = append(cookies, presets[at].Cookies...)
		case cookieName.MatchString(item):
			cookies = append(cookies, item)
		default:
			return nil, &FieldError{"Cookies", item, cookieRule}
		}
	}
	slices.Sort(cookies)
	return slices.Compact(cookies), nil
}

// covers reports whether a cookie of that name fits a pattern. Letter case counts.
func covers(pattern, cookie string) bool {
	prefix, open := strings.CutSuffix(pattern, "*")
	return cookie == pattern || open && strings.HasPrefix(cookie, prefix)
}

// Uncovered returns those of the cookies set by the app that no pattern covers,
// sorted. A visitor who carries one of them gets frozen pages all the same,
// which is right for analytics and wrong for a session.
func Uncovered(patterns, cookies []string) []string {
	var bare []string
	for _, cookie := range cookies {
		if !slices.ContainsFunc(patterns, func(p string) bool { return covers(p, cookie) }) {
			bare = append(bare, cookie)
		}
	}
	slices.Sort(bare)
	return slices.Compact(bare)
}

// PresetFor finds a preset that covers a cookie, for a hint; "" if none does.
// A preset with a name in full goes before one with a pattern.
func PresetFor(cookie string) string {
	best := ""
	for _, p := range presets {
		if slices.Contains(p.Cookies, cookie) {
			return p.Name
		}
		if best == "" && slices.ContainsFunc(p.Cookies, func(pattern string) bool { return covers(pattern, cookie) }) {
			best = p.Name
		}
	}
	return best
}
