// Package s3test starts a real S3 server on the loopback, for tests: versitygw, which
// keeps buckets as folders. It is not part of the program.
package s3test

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// ErrMissing says that there is no S3 server on this machine.
var ErrMissing = errors.New("needs versitygw: make bin/versitygw, and bin in PATH")

// A Server is a running server with one empty bucket named "bucket".
type Server struct {
	Address string // of the loopback, with the port
	Dir     string // the bucket's folder: an object is a file in it
	cmd     *exec.Cmd
	out     bytes.Buffer
}

// The credentials of every server.
const (
	Key    = "icecap-test"
	Secret = "icecap-test-secret"
)

// Start starts a server that keeps its files in a folder, and waits until it
// answers. End it with Stop. The error is ErrMissing where none is installed.
func Start(dir string) (*Server, error) {
	program, err := exec.LookPath("versitygw")
	if err != nil {
		return nil, ErrMissing
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &Server{Address: listener.Addr().String(), Dir: filepath.Join(dir, "buckets", "bucket")}
	listener.Close()
	// Beside the objects, because not every file system has extended attributes.
	attributes := filepath.Join(dir, "attributes")
	if err := errors.Join(os.MkdirAll(s.Dir, 0o755), os.Mkdir(attributes, 0o755)); err != nil {
		return nil, err
	}
	s.cmd = exec.Command(program, "--port", s.Address, "--access", Key, "--secret", Secret, "--quiet", "--keep-alive",
		"posix", "--sidecar", attributes, filepath.Dir(s.Dir))
	s.cmd.Stdout, s.cmd.Stderr = &s.out, &s.out
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if conn, err := net.Dial("tcp", s.Address); err == nil {
			conn.Close()
			return s, nil
		}
	}
	s.Stop()
	return nil, fmt.Errorf("start versitygw: no answer at %s\n%s", s.Address, s.out.String())
}

// Stop ends the server.
func (s *Server) Stop() {
	s.cmd.Process.Kill()
	s.cmd.Wait()
}

// Env is the environment of a program that uses the server.
func (s *Server) Env() map[string]string {
	return map[string]string{
		"AWS_ACCESS_KEY_ID": Key, "AWS_SECRET_ACCESS_KEY": Secret,
		"AWS_ENDPOINT_URL": "http://" + s.Address, "AWS_REGION": "us-east-1",
	}
}
