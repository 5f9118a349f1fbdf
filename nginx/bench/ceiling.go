package bench

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
)

// NearCeiling is the part of the ceiling from which on a result says more about
// the client than about the server.
const NearCeiling = 0.8

// Ceiling measures the client itself: the load, in a closed loop, on a server in
// this program that does nothing but send a fixed answer with a body of so many
// bytes. No real server on this machine can seem faster.
func Ceiling(ctx context.Context, load Load, body int) (Result, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return Result{}, fmt.Errorf("measure the ceiling: %w", err)
	}
	defer listener.Close()
	answer := append([]byte("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: "+strconv.Itoa(body)+"\r\n\r\n"), bytes.Repeat([]byte("x"), body)...)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go answerAlways(conn, answer)
		}
	}()
	load.URLs, load.Weights, load.Rate = []string{"http://" + listener.Addr().String() + "/"}, nil, 0
	load.Header = load.Header.Clone()
	load.Allow = []int{http.StatusOK}
	return Run(ctx, load)
}

// answerAlways sends the answer after each empty line, until the client ends.
func answerAlways(conn net.Conn, answer []byte) {
	defer conn.Close()
	lines := bufio.NewReader(conn)
	for {
		line, err := lines.ReadSlice('\n')
		if err != nil {
			return
		}
		if len(line) > len("\r\n") {
			continue
		}
		if _, err := conn.Write(answer); err != nil {
			return
		}
	}
}
