package pgtest_test

import (
	"net"
	"strings"
	"testing"

	"github.com/sioxide/emitter/driver/drivertest/pgtest"
)

func TestServer(t *testing.T) {
	s := pgtest.Start(t, "work_mem = '3MB'")
	if got := s.MustSQL(t, "create table t (a int); insert into t values (1), (2); select a, 'x' from t order by a"); got != "1|x\n2|x" {
		t.Errorf("SQL gives %q", got)
	}
	if got := s.MustSQL(t, "show work_mem"); got != "3MB" {
		t.Errorf("a setting of Launch: %q", got)
	}
	if err := s.Configure("work_mem = '4MB'"); err != nil {
		t.Fatal(err)
	}
	if err := s.Kill(); err != nil {
		t.Fatal(err)
	}
	if c, err := net.Dial("tcp", s.Addr); err == nil {
		c.Close()
		t.Error("a server that was killed takes connections")
	}
	if err := s.Restart(); err != nil {
		t.Fatal(err)
	}
	if got := s.MustSQL(t, "show work_mem"); got != "4MB" {
		t.Errorf("a setting of Configure: %q", got)
	}
	if _, err := s.SQL("select nothing"); err == nil || !strings.Contains(err.Error(), `"nothing" does not exist`) {
		t.Errorf("what PostgreSQL says is in the error: %v", err)
	}
	if !strings.Contains(s.Log(), "database system is ready") {
		t.Errorf("the log: %s", s.Log())
	}
}

func TestLaunchSaysWhyItFails(t *testing.T) {
	pgtest.Need(t)
	_, err := pgtest.Launch("no_such_setting = 1")
	if err == nil || !strings.Contains(err.Error(), "no_such_setting") {
		t.Errorf("%v", err)
	}
}
