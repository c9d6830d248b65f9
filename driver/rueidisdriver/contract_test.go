package rueidisdriver_test

import (
	"testing"

	"github.com/redis/rueidis"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/drivertest"
	"github.com/sioxide/emitter/driver/drivertest/redistest"
	"github.com/sioxide/emitter/driver/rueidisdriver"
)

func TestContract(t *testing.T) {
	settings := map[string]func(*rueidis.ClientOption){
		"defaults":              func(*rueidis.ClientOption) {},
		"AlwaysPipelining":      func(o *rueidis.ClientOption) { o.AlwaysPipelining = true },
		"DisableAutoPipelining": func(o *rueidis.ClientOption) { o.DisableAutoPipelining = true },
		"AlwaysRESP2":           func(o *rueidis.ClientOption) { o.AlwaysRESP2, o.DisableCache = true, true },
	}
	for name, set := range settings {
		for kind, opts := range map[string][]rueidisdriver.Option{"classic": nil, "sharded": {rueidisdriver.Sharded()}} {
			t.Run(name+"/"+kind, func(t *testing.T) {
				drivertest.Run(t, redistest.Harness(t, kind == "sharded", func(t testing.TB, addr string) emitter.Driver {
					o := rueidis.ClientOption{InitAddress: []string{addr}}
					set(&o)
					client, err := rueidis.NewClient(o)
					if err != nil {
						t.Fatal(err)
					}
					t.Cleanup(client.Close)
					return rueidisdriver.New(client, opts...)
				}))
			})
		}
	}
}
