package kafkasource_test

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/sioxide/emitter/relay/sourcetest"
)

func TestFake(t *testing.T) {
	sourcetest.Run(t, func(t testing.TB) sourcetest.Harness {
		cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(cluster.Close)
		return newPlace(t, cluster.ListenAddrs()[0]).harness()
	})
}
