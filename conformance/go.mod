module github.com/sioxide/emitter/conformance

go 1.26.0

ignore (
	./clients/node_modules
	./servers
)

require (
	github.com/redis/go-redis/v9 v9.23.0
	github.com/redis/rueidis v1.0.79
	github.com/sioxide/emitter v0.1.0
	github.com/sioxide/emitter/driver/redisdriver v0.0.0-00010101000000-000000000000
	github.com/sioxide/emitter/driver/rueidisdriver v0.0.0-00010101000000-000000000000
	go.uber.org/goleak v1.3.0
)

require (
	github.com/cespare/xxhash/v2 v2.3.0 // indirect
	go.uber.org/atomic v1.12.0 // indirect
	golang.org/x/sys v0.48.0 // indirect
)

replace (
	github.com/sioxide/emitter => ../
	github.com/sioxide/emitter/driver/redisdriver => ../driver/redisdriver
	github.com/sioxide/emitter/driver/rueidisdriver => ../driver/rueidisdriver
)
