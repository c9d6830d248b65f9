package mongodriver_test

import (
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/sioxide/emitter/driver/drivertest"
)

// TestContract has clients that do not repeat inserts: TestRetriedInsert does.
func TestContract(t *testing.T) {
	settings := map[string]func(*options.ClientOptions){
		"defaults":                   func(o *options.ClientOptions) { o.SetRetryWrites(false) },
		"a timeout and a small pool": func(o *options.ClientOptions) { o.SetRetryWrites(false).SetTimeout(time.Minute).SetMaxPoolSize(3) },
	}
	for name, set := range settings {
		t.Run(name, func(t *testing.T) {
			drivertest.Run(t, harness(t, set))
		})
	}
}
