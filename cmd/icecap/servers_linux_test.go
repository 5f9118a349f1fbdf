package main

import "syscall"

// dieWithParent ends a server even if the test binary is killed.
func dieWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGKILL }
