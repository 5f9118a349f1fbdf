package nginx

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestPresets(t *testing.T) {
	names := map[string]bool{}
	for i, p := range Presets() {
		if names[p.Name] || p.Why == "" || len(p.Cookies) == 0 {
			t.Errorf("preset %+v", p)
		}
		names[p.Name] = true
		if i > 0 && Presets()[i-1].Name > p.Name {
			t.Errorf("preset %s is not in order", p.Name)
		}
		for _, cookie := range p.Cookies {
			if !cookieName.MatchString(cookie) {
				t.Errorf("preset %s: %q is no pattern", p.Name, cookie)
			}
		}
		server := goldens["proxy"]
		server.Cookies = p.Cookies
		config(t, server)
	}
	for _, want := range []string{"django", "rails", "laravel", "flask", "express", "php", "wordpress", "woocommerce", "drupal", "joomla", "symfony",
		"aspnet", "spring", "phoenix", "rack", "nextauth", "magento", "shopware"} {
		if !names[want] {
			t.Errorf("no preset %s", want)
		}
	}
}

// Cookies that every visitor has would send everybody to the app.
func TestPresetsLeaveEverybodysCookies(t *testing.T) {
	for _, p := range Presets() {
		everybody := []string{"_ga", "_ga_X1", "_gid", "_fbp", "_hjSessionUser_1", "_clck", "__utma", "_pk_id.1.1fff", "cookieconsent_status", "CookieConsent",
			"OptanonConsent", "__cf_bm", "cf_clearance", "csrftoken", "XSRF-TOKEN", "_csrf", "csrf_token", "wordpress_test_cookie", "lang", "locale", "theme", "intercom-id-x"}
		if got := Uncovered(p.Cookies, everybody); len(got) != len(everybody) {
			t.Errorf("preset %s covers one of %v", p.Name, everybody)
		}
	}
}

// The names that the frameworks do set.
func TestPresetFor(t *testing.T) {
	for cookie, want := range map[string]string{
		"sessionid": "django", "laravel_session": "laravel", "connect.sid": "express", "PHPSESSID": "cakephp|magento|php|prestashop|symfony",
		"wordpress_logged_in_5c016e8f0f95f039102cbe8366c5c7f3": "wordpress", "wp_woocommerce_session_1f": "woocommerce",
		"SSESS1a2b": "drupal", "JSESSIONID": "spring", "ASP.NET_SessionId": "aspnet", ".AspNetCore.Identity.Application": "aspnet",
		"__Secure-next-auth.session-token.0": "nextauth", "sw-states": "shopware", "_ga": "", "my_own": "",
	} {
		if got := PresetFor(cookie); got != want && !slices.Contains(strings.Split(want, "|"), got) {
			t.Errorf("%s: %q, want %q", cookie, got, want)
		}
	}
}

func TestExpandPresets(t *testing.T) {
	got, err := ExpandPresets([]string{"php", "my_session*", "django", "PHPSESSID"})
	if want := []string{"PHPSESSID", "messages", "my_session*", "sessionid"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%q %v, want %q", got, err, want)
	}
	var field *FieldError
	if _, err := ExpandPresets([]string{"a b"}); !errors.As(err, &field) || field.Value != "a b" {
		t.Errorf("%v, want a *FieldError", err)
	}
}

func TestUncovered(t *testing.T) {
	got := Uncovered([]string{"sessionid", "wp_*"}, []string{"b", "sessionid", "a", "wp_x", "b", "SESSIONID"})
	if want := []string{"SESSIONID", "a", "b"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
