package main

import "syscall"

// dieWithParent ends a child even if the demo is killed.
func dieWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGKILL }
