package main
import ("testing";"time";"os/exec";"os")
func TestZZ(t *testing.T){ s:=time.Now(); startPostgreSQL(t); t.Log(time.Since(s)); s=time.Now(); w:=startWordPress(t); t.Log(time.Since(s)); os.Remove("/tmp/zz-go"); out,_:=exec.Command("bash","-c","echo "+w.URL+" >/tmp/zz-url; for i in $(seq 600); do [ -e /tmp/zz-go ] && break; sleep 1; done").CombinedOutput(); t.Log(string(out)) }
