package redisnode

import (
	"os/exec"
	"testing"
)

func TestClusterTakesEverySlotAlsoAfterRestart(t *testing.T) {
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Skip("redis-server is not installed (conformance/setup.sh installs it)")
	}
	r, err := StartCluster(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Stop(); err != nil {
			t.Error(err)
		}
	})
	publish(t, r)
	if err := r.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	publish(t, r)
}

// publish needs the nodes of several slots.
func publish(t *testing.T, r *Redis) {
	t.Helper()
	for _, channel := range []string{"a", "b", "c", "d", "e"} {
		if err := r.Client.SPublish(t.Context(), channel, "x").Err(); err != nil {
			t.Errorf("SPUBLISH %s: %v", channel, err)
		}
	}
}
