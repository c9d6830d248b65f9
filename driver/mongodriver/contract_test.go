package mongodriver_test

import (
	"testing"

	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/sioxide/emitter/driver/drivertest"
)

func TestContract(t *testing.T) {
	settings := map[string]func(*options.ClientOptions){
		"without retries": func(o *options.ClientOptions) { o.SetRetryWrites(false) },
	}
	for name, set := range settings {
		t.Run(name, func(t *testing.T) {
			drivertest.Run(t, harness(t, set))
		})
	}
}
