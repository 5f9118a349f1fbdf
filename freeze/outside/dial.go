package outside

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"syscall"
	"time"
)

// maxHeader bounds the headers of an answer.
const maxHeader = 64 << 10

// newTransport dials public addresses only, unless private ones are allowed.
func newTransport(private bool) *http.Transport {
	dialer := net.Dialer{Timeout: defaultTimeout}
	if !private {
		dialer.ControlContext = func(_ context.Context, _, address string, _ syscall.RawConn) error { return checkAddress(address) }
	}
	return &http.Transport{
		DialContext: dialer.DialContext, ForceAttemptHTTP2: true, TLSHandshakeTimeout: defaultTimeout,
		MaxIdleConns: 32, MaxIdleConnsPerHost: 1, IdleConnTimeout: 30 * time.Second, MaxResponseHeaderBytes: maxHeader,
	}
}

// A privateError is an address that is nobody's business.
type privateError struct{ address string }

func (e *privateError) Error() string {
	return "leads to the private address " + e.address + ", which is not asked"
}

// reserved are the blocks that are not the public Internet's and that netip has no
// word for (IANA's registries of special-purpose addresses, RFC 6890). IPv6 that
// stands for IPv4 is among them: 64:ff9b::/96, 2002::/16, 2001::/32.
var reserved = parsePrefixes("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15",
	"198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4", "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23",
	"2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fec0::/10")

func parsePrefixes(list ...string) []netip.Prefix {
	var prefixes []netip.Prefix
	for _, text := range list {
		prefixes = append(prefixes, netip.MustParsePrefix(text))
	}
	return prefixes
}

// checkAddress refuses what is about to be dialled, host and port in numbers.
func checkAddress(address string) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil || !isPublic(at.Addr()) {
		return &privateError{address}
	}
	return nil
}

func isPublic(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if !a.IsGlobalUnicast() || a.IsPrivate() { // loopback, link-local, multicast and 0.0.0.0 are not global
		return false
	}
	for _, prefix := range reserved {
		if prefix.Contains(a) {
			return false
		}
	}
	return true
}

// judgeError says what a request without an answer means for its link, and whether
// every other request to the same port would meet the same.
func judgeError(err error) (state State, detail string, all bool) {
	var private *privateError
	var dns *net.DNSError
	switch {
	case errors.As(err, &private):
		return Unknown, private.Error(), true
	case errors.As(err, &dns) && dns.IsNotFound:
		return Broken, "there is no host " + dns.Name, true
	case errors.As(err, &dns):
		return Unknown, "the name server gives no answer for " + dns.Name, true
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return Unknown, "cannot be reached from here", true
	case errors.Is(err, syscall.ECONNREFUSED):
		return Broken, "refuses connections", true
	case isTimeout(err):
		return Broken, "no answer in time", false
	}
	if what := certificateFault(err); what != "" {
		return Broken, what, true
	}
	var op *net.OpError
	if errors.As(err, &op) && op.Err != nil {
		return Broken, op.Op + ": " + inner(op.Err).Error(), false // without addresses and ports, which differ from run to run
	}
	return Broken, "no answer of HTTP: " + inner(err).Error(), false
}

func isTimeout(err error) bool {
	var timeout interface{ Timeout() bool }
	return errors.As(err, &timeout) && timeout.Timeout()
}

// certificateFault names what browsers do not accept, or is "".
func certificateFault(err error) string {
	var invalid x509.CertificateInvalidError
	var name x509.HostnameError
	var unknown x509.UnknownAuthorityError
	var plain tls.RecordHeaderError
	var alert tls.AlertError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "TLS: the certificate is out of date: valid from " + invalid.Cert.NotBefore.Format(time.DateOnly) + " to " + invalid.Cert.NotAfter.Format(time.DateOnly)
	case errors.As(err, &invalid):
		return "TLS: the certificate is not valid: " + strings.TrimPrefix(invalid.Error(), "x509: ")
	case errors.As(err, &name):
		return "TLS: the certificate is for another name than " + name.Host
	case errors.As(err, &unknown):
		return "TLS: the certificate is signed by nobody whom this machine trusts"
	case errors.As(err, &plain), errors.Is(err, http.ErrSchemeMismatch):
		return "TLS: it does not speak it"
	case errors.As(err, &alert):
		return fmt.Sprintf("TLS: %v", alert)
	}
	return ""
}

// inner is the error at the bottom.
func inner(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}
