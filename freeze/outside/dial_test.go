package outside

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestPublicAddresses(t *testing.T) {
	for _, address := range []string{
		"127.0.0.1", "127.8.9.10", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1",
		"192.0.0.192", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254",
		"ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::7f00:1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001::1", "2001:db8::1", "fec0::1",
	} {
		if isPublic(netip.MustParseAddr(address)) {
			t.Errorf("%s counts as public", address)
		}
	}
	for _, address := range []string{"1.1.1.1", "93.184.216.34", "172.32.0.1", "192.169.0.1", "2606:4700::1111", "2a00:1450::200e", "::ffff:1.1.1.1"} {
		if !isPublic(netip.MustParseAddr(address)) {
			t.Errorf("%s counts as private", address)
		}
	}
}

// TestPrivateIsNeverAsked: whatever a link writes for this machine, and wherever
// redirects lead.
func TestPrivateIsNeverAsked(t *testing.T) {
	s := newTown(t, func(w http.ResponseWriter, r *http.Request) {})
	_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
	links := []Link{{URL: "http://169.254.169.254/latest/meta-data/"}, {URL: "http://[fd00:ec2::254]/"}, {URL: "http://10.0.0.1/"}, {URL: "http://user:secret@127.0.0.1:" + port + "/"}}
	for _, host := range []string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "127.1", "2130706433", "0x7f000001", "0.0.0.0"} {
		links = append(links, Link{URL: "http://" + host + ":" + port + "/"})
	}
	c := &Checker{Pause: time.Nanosecond, Known: ReadCache(nil)}
	answers, err := c.Run(context.Background(), links)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range answers {
		if a.State == OK || a.Status != 0 {
			t.Errorf("%+v", a)
		}
	}
	if a, known := c.Known.answers["http://127.0.0.1:"+port+"/"]; known {
		t.Errorf("remembered %+v: it was not asked", a)
	}
	if asked := s.take(); len(asked) > 0 {
		t.Errorf("asked %v", asked)
	}
}

// TestRedirectToPrivate: a public site leads here, by a redirect and by a name that
// its own name server makes lead here.
func TestRedirectToPrivate(t *testing.T) {
	s := newTown(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://"+r.Context().Value(http.LocalAddrContextKey).(net.Addr).String()+"/secret", http.StatusMovedPermanently)
	})
	r := newRun(&Checker{Pause: time.Nanosecond})
	dial := r.transport.DialContext
	r.transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		if address == "public.example:80" { // the one address that stands for the world outside
			return new(net.Dialer).DialContext(ctx, network, s.Listener.Addr().String())
		}
		return dial(ctx, network, strings.Replace(address, "rebound.example", "127.0.0.1", 1))
	}
	_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
	for _, address := range []string{"http://public.example/", "http://rebound.example:" + port + "/"} {
		a := r.answer(context.Background(), Link{URL: address})
		if a.State != Unknown || !strings.HasPrefix(a.Detail, "leads to the private address 127.0.0.1:") || !a.Asked.IsZero() {
			t.Errorf("%s: %+v", address, a)
		}
	}
	if asked := s.take(); len(asked) != 1 || asked[0] != "HEAD /" {
		t.Errorf("asked %v", asked)
	}
}

// TestCertificates: what is wrong with a certificate is named.
func TestCertificates(t *testing.T) {
	day := 24 * time.Hour
	now := time.Now()
	for name, test := range map[string]struct {
		host     string
		from, to time.Time
		trusted  bool
		want     string
	}{
		"good":    {"127.0.0.1", now.Add(-day), now.Add(day), true, ""},
		"expired": {"127.0.0.1", time.Date(2020, 1, 2, 0, 0, 0, 0, time.UTC), time.Date(2021, 3, 4, 0, 0, 0, 0, time.UTC), true, "TLS: the certificate is out of date: valid from 2020-01-02 to 2021-03-04"},
		"name":    {"192.0.2.1", now.Add(-day), now.Add(day), true, "TLS: the certificate is for another name than 127.0.0.1"},
		"unknown": {"127.0.0.1", now.Add(-day), now.Add(day), false, "TLS: the certificate is signed by nobody whom this machine trusts"},
	} {
		certificate, pool := selfSigned(t, test.host, test.from, test.to)
		s := &town{serve: func(w http.ResponseWriter, r *http.Request) {}}
		listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{certificate}})
		if err != nil {
			t.Fatal(err)
		}
		server := &http.Server{Handler: s, ErrorLog: quiet}
		go server.Serve(listener)
		t.Cleanup(func() { server.Close() })
		r := newRun(&Checker{Private: true})
		r.transport.TLSClientConfig = &tls.Config{}
		if test.trusted {
			r.transport.TLSClientConfig.RootCAs = pool
		}
		a := r.answer(context.Background(), Link{URL: "https://" + listener.Addr().String() + "/"})
		if a.Detail != test.want || (test.want == "") != (a.State == OK) {
			t.Errorf("%s: %+v", name, a)
		}
	}
	plain := newTown(t, func(w http.ResponseWriter, r *http.Request) {})
	if a := check(t, &Checker{}, Link{URL: strings.Replace(plain.URL, "http:", "https:", 1) + "/"})[0]; a.State != Broken || a.Detail != "TLS: it does not speak it" {
		t.Errorf("no TLS: %+v", a)
	}
}

func selfSigned(t *testing.T, host string, from, to time.Time) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, NotBefore: from, NotAfter: to,
		IPAddresses: []net.IP{net.ParseIP(host)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}
