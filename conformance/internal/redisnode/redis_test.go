package redisnode

import (
	"os/exec"
	"testing"
)

func TestClusterTakesEverySlotAndEnds(t *testing.T) {
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
	for _, channel := range []string{"a", "b", "c", "d", "e"} {
		if err := r.Client.SPublish(t.Context(), channel, "x").Err(); err != nil {
			t.Errorf("SPUBLISH %s: %v", channel, err)
		}
	}
}
