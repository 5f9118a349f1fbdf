package freeze

import (
	"testing"

	"icecap/content"
)

// TestActions is the list of paths where a visit may change something, each
// word with innocent neighbours.
func TestActions(t *testing.T) {
	for _, test := range []struct {
		path string
		want bool
	}{
		{"/logout", true}, {"/Logout/", true}, {"/users/sign_out", true}, {"/auth/log-off", true},
		{"/logout.php", true}, {"/account/signout.aspx", true},
		{"/posts/7/delete", true}, {"/posts/delete/7", true}, {"/posts/delete/7/", true},
		{"/posts/delete/3f2a91c0-77aa-4b1c-9d00-aabbccddeeff", true}, {"/cart/remove/0a1b2c3d", true},
		{"/newsletter/unsubscribe", true}, {"/comments/9/approve", true}, {"/comments/9/reject", true},
		{"/posts/9/destroy", true}, {"/tokens/revoke/1", true}, {"/users/9/deactivate", true},
		{"/", false}, {"/7", false}, {"/login", false}, {"/delete-key", false}, {"/removes", false},
		{"/docs/delete/overview", false}, {"/delete/defaced", false}, {"/blog/how-to-unsubscribe", false},
	} {
		path, err := content.ParsePath(test.path)
		if err != nil {
			t.Fatal(err)
		}
		if v := judgePath(path); (v.Reason == Action) != test.want {
			t.Errorf("%s: %+v, want action: %v", test.path, v, test.want)
		}
	}
}
