module github.com/sioxide/emitter/outbox/redisoutbox

go 1.26.0

require (
	github.com/redis/go-redis/v9 v9.23.0
	github.com/sioxide/emitter v0.1.0
)
