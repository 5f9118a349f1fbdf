package bench

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// A loop asks in a closed loop over many connections from one thread, by epoll(7)
// and without a goroutine for each: a request costs one write, one read and a share
// in a wait, as with wrk. An HTTP library's client, which is good for every kind
// of load, costs 1.3 times the processor time, and on loopback the server pays
// for that.
type loop struct {
	window context.Context
	begin  time.Time
	end    time.Time

	server   unix.Sockaddr
	family   int
	name     string // of the server, in errors
	requests []request
	timeout  time.Duration

	epoll  int
	conns  []conn
	buffer []byte // for one read at a time
	count  *count
}

// A request is the bytes of one, ready to be sent.
type request struct {
	uri   string
	bytes []byte
}

// A conn is one connection of a loop.
type conn struct {
	fd     int   // -1 while there is none
	index  int32 // of this connection in its loop
	ready  bool
	next   int       // index of the request that is asked, or to be asked
	rest   []byte    // of the request: what the socket did not take at once
	sent   time.Time // when the request was, or when the connection was asked for
	pause  time.Time // no connection before it
	answer answer
}

const (
	readBuffer = 256 << 10
	// glance is how often a loop looks for what is late.
	glance = 10 * time.Millisecond
)

// newLoops prepares the load for one thread to two processors: a thread on each would
// take turns with the server on this machine, and both get less done. It returns nil
// where [worker] must do it: for https, at a fixed rate, for a connection each
// request, and for a server that cannot be reached.
func newLoops(window context.Context, load *Load, t target, begin time.Time) []*loop {
	if t.scheme != "http" || load.Rate > 0 || load.NoKeepAlive {
		return nil
	}
	addr, err := resolve(window, t.addr)
	if err != nil {
		return nil
	}
	end, _ := window.Deadline()
	loops := make([]*loop, min(max(1, runtime.NumCPU()/2), load.Connections))
	for i := range loops {
		epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
		if err != nil {
			for _, l := range loops[:i] {
				unix.Close(l.epoll)
			}
			return nil
		}
		loops[i] = &loop{
			window: window, begin: begin, end: end, name: t.addr, requests: load.requests(t),
			timeout: load.Timeout, epoll: epoll, buffer: make([]byte, readBuffer), count: newCount(load),
		}
		loops[i].server, loops[i].family = socket(addr)
	}
	for i := range load.Connections {
		l := loops[i%len(loops)]
		l.conns = append(l.conns, conn{fd: -1, index: int32(len(l.conns)), next: first(i, *load, t)})
	}
	return loops
}

// resolve finds the address at which the server answers, by a connection to it.
func resolve(ctx context.Context, addr string) (netip.AddrPort, error) {
	var dialer net.Dialer
	probe, err := dialer.DialContext(ctx, "tcp", addr)
	if err != nil {
		return netip.AddrPort{}, err
	}
	defer probe.Close()
	found, err := netip.ParseAddrPort(probe.RemoteAddr().String())
	if found.Addr().Zone() != "" {
		err = fmt.Errorf("resolve %s: its address has a zone", addr)
	}
	return found, err
}

// socket is an address for the kernel. Each loop needs its own: connecting writes to it.
func socket(addr netip.AddrPort) (unix.Sockaddr, int) {
	if addr.Addr().Is4() {
		return &unix.SockaddrInet4{Port: int(addr.Port()), Addr: addr.Addr().As4()}, unix.AF_INET
	}
	return &unix.SockaddrInet6{Port: int(addr.Port()), Addr: addr.Addr().As16()}, unix.AF_INET6
}

// requests are those of the load, in the order of the target.
func (l *Load) requests(t target) []request {
	clean := strings.NewReplacer("\r", " ", "\n", " ")
	var fields strings.Builder
	host := ""
	for name, values := range l.Header {
		for _, value := range values {
			if http.CanonicalHeaderKey(name) == "Host" {
				host = clean.Replace(value)
				continue
			}
			fmt.Fprintf(&fields, "%s: %s\r\n", clean.Replace(name), clean.Replace(value))
		}
	}
	list := make([]request, len(t.uris))
	for i, uri := range t.uris {
		list[i] = request{uri, fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\n", pathOf(uri), cmp.Or(host, t.host), fields.String())}
	}
	return list
}

// runLoops runs them until the window closes, and returns what each counted.
func runLoops(loops []*loop) []*count {
	var group sync.WaitGroup
	counts := make([]*count, len(loops))
	for i, l := range loops {
		counts[i] = l.count
		group.Go(l.run)
	}
	group.Wait()
	return counts
}

func (l *loop) run() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer l.close()
	events := make([]unix.EpollEvent, 256)
	var checked time.Time
	for now := time.Now(); now.Before(l.end) && l.window.Err() == nil; now = time.Now() {
		if now.Sub(checked) >= glance {
			l.check(now)
			checked = now
		}
		n, err := unix.EpollWait(l.epoll, events, int(glance.Milliseconds()))
		if err != nil && err != unix.EINTR {
			l.count.failed(l.requests[0].uri, os.NewSyscallError("epoll_wait", err), 0)
			return
		}
		for _, event := range events[:max(n, 0)] {
			l.serve(&l.conns[event.Fd])
		}
	}
}

func (l *loop) close() {
	for i := range l.conns {
		if fd := l.conns[i].fd; fd >= 0 {
			unix.Close(fd)
		}
	}
	unix.Close(l.epoll)
}

// check opens the connections that are missing, and gives up what is late.
func (l *loop) check(now time.Time) {
	for i := range l.conns {
		switch c := &l.conns[i]; {
		case c.fd < 0 && !now.Before(c.pause):
			l.connect(c, now)
		case c.fd >= 0 && now.Sub(c.sent) >= l.timeout:
			l.fail(c, now, os.ErrDeadlineExceeded) // says timeout
		}
	}
}

// connect begins to open a connection.
func (l *loop) connect(c *conn, now time.Time) {
	c.sent, c.ready, c.rest = now, false, nil
	fd, err := unix.Socket(l.family, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		l.fail(c, now, os.NewSyscallError("socket", err))
		return
	}
	c.fd = fd
	unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1) // where it fails, requests wait for nothing: each is one packet
	if err := unix.Connect(fd, l.server); err != nil && err != unix.EINPROGRESS {
		l.fail(c, now, l.connectError(err))
		return
	}
	event := unix.EpollEvent{Events: unix.EPOLLOUT, Fd: c.index}
	if err := unix.EpollCtl(l.epoll, unix.EPOLL_CTL_ADD, fd, &event); err != nil {
		l.fail(c, now, os.NewSyscallError("epoll_ctl", err))
	}
}

func (l *loop) connectError(err error) error { return fmt.Errorf("connect to %s: %w", l.name, err) }

// serve does what a connection is ready for: to send, or to be read.
func (l *loop) serve(c *conn) {
	switch {
	case c.fd < 0: // given up a moment ago
	case !c.ready:
		l.connected(c)
	case len(c.rest) > 0:
		l.send(c, c.rest)
	default:
		l.read(c)
	}
}

func (l *loop) connected(c *conn) {
	code, err := unix.GetsockoptInt(c.fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err == nil && code != 0 {
		err = unix.Errno(code)
	}
	if err != nil {
		l.fail(c, time.Now(), l.connectError(err))
		return
	}
	c.ready = true
	c.rest = l.requests[c.next].bytes // as if it was not taken: the socket is watched for room
	l.send(c, c.rest)
}

// ask sends the next request, which was due at a moment.
func (l *loop) ask(c *conn, now time.Time) {
	c.sent = now
	c.answer.reset()
	l.send(c, l.requests[c.next].bytes)
}

// send writes a request, or the rest of one. Only while some is left the socket is watched for room.
func (l *loop) send(c *conn, b []byte) {
	waited := len(c.rest) > 0
	n, err := unix.Write(c.fd, b)
	if err != nil && err != unix.EAGAIN && err != unix.EINTR {
		l.fail(c, time.Now(), os.NewSyscallError("write", err))
		return
	}
	c.rest = b[max(n, 0):]
	if waits := len(c.rest) > 0; waits != waited {
		event := unix.EpollEvent{Events: unix.EPOLLIN, Fd: c.index}
		if waits {
			event.Events = unix.EPOLLOUT
		}
		if err := unix.EpollCtl(l.epoll, unix.EPOLL_CTL_MOD, c.fd, &event); err != nil {
			l.fail(c, time.Now(), os.NewSyscallError("epoll_ctl", err))
		}
	}
}

// read takes what has arrived, and asks again once that is a whole answer.
func (l *loop) read(c *conn) {
	n, err := unix.Read(c.fd, l.buffer)
	switch {
	case err == unix.EAGAIN || err == unix.EINTR:
		return
	case err != nil:
		l.fail(c, time.Now(), os.NewSyscallError("read", err))
		return
	case n == 0 && c.answer.part == partToEnd:
		l.done(c)
		return
	case n == 0:
		l.fail(c, time.Now(), io.ErrUnexpectedEOF)
		return
	}
	done, err := c.answer.read(l.buffer[:n])
	if err != nil {
		l.fail(c, time.Now(), err)
	} else if done {
		l.done(c)
	}
}

// done counts an answer and goes on, over the same connection if that lives.
func (l *loop) done(c *conn) {
	now := time.Now()
	if l.counts(now) {
		l.count.answered(l.requests[c.next].uri, c.answer.status, c.answer.body, now.Sub(c.sent))
	}
	c.next = (c.next + 1) % len(l.requests)
	if !c.answer.last {
		l.ask(c, now)
		return
	}
	l.drop(c)
	l.connect(c, now)
}

// fail counts an error in place of an answer. A new connection follows, after a
// pause where this one failed at once.
func (l *loop) fail(c *conn, now time.Time, err error) {
	took := now.Sub(c.sent)
	if l.counts(now) {
		l.count.failed(l.requests[c.next].uri, err, took)
	}
	c.next = (c.next + 1) % len(l.requests)
	l.drop(c)
	if c.pause = now; took < dialPause {
		c.pause = now.Add(dialPause)
	}
}

// drop closes a connection, which takes it out of the epoll set, too.
func (l *loop) drop(c *conn) {
	if c.fd >= 0 {
		unix.Close(c.fd)
	}
	c.fd, c.ready, c.rest = -1, false, nil
	c.answer.reset()
}

// counts reports whether what ends now lies in the measured window.
func (l *loop) counts(now time.Time) bool { return now.After(l.begin) && now.Before(l.end) }
