module github.com/sioxide/emitter/driver/rueidisdriver

go 1.26.0

require (
	github.com/redis/rueidis v1.0.79
	github.com/sioxide/emitter v0.1.0
)

require github.com/yuin/gopher-lua v1.1.1 // indirect

require (
	github.com/alicebob/miniredis/v2 v2.40.0
	go.uber.org/goleak v1.3.0 // indirect
	golang.org/x/sys v0.47.0 // indirect
)
