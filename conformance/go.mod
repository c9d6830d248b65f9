module github.com/sioxide/emitter/conformance

go 1.26.0

ignore (
	./clients/node_modules
	./servers
)

require (
	github.com/jackc/pgx/v5 v5.12.0
	github.com/nats-io/nats.go v1.55.0
	github.com/redis/go-redis/v9 v9.23.0
	github.com/redis/rueidis v1.0.79
	github.com/sioxide/emitter v0.1.0
	github.com/sioxide/emitter/driver/kafkadriver v0.0.0-00010101000000-000000000000
	github.com/sioxide/emitter/driver/mongodriver v0.0.0-00010101000000-000000000000
	github.com/sioxide/emitter/driver/natsdriver v0.0.0-00010101000000-000000000000
	github.com/sioxide/emitter/driver/pgxdriver v0.0.0-00010101000000-000000000000
	github.com/sioxide/emitter/driver/redisdriver v0.1.0
	github.com/sioxide/emitter/driver/rueidisdriver v0.0.0-00010101000000-000000000000
	github.com/sioxide/emitter/examples v0.0.0-00010101000000-000000000000
	github.com/sioxide/emitter/relay v0.0.0-00010101000000-000000000000
	github.com/twmb/franz-go v1.22.3
	github.com/twmb/franz-go/pkg/kadm v1.20.0
	github.com/zeebo/xxh3 v1.1.0
	go.mongodb.org/mongo-driver/v2 v2.10.0
	go.uber.org/goleak v1.3.0
	golang.org/x/sys v0.49.0
)

require (
	github.com/beorn7/perks v1.0.1 // indirect
	github.com/cespare/xxhash/v2 v2.3.0 // indirect
	github.com/coder/websocket v1.8.15 // indirect
	github.com/jackc/pgpassfile v1.0.0 // indirect
	github.com/jackc/pgservicefile v0.0.0-20240606120523-5a60cdf6a761 // indirect
	github.com/jackc/puddle/v2 v2.2.3 // indirect
	github.com/klauspost/compress v1.20.3 // indirect
	github.com/klauspost/cpuid/v2 v2.4.0 // indirect
	github.com/munnerz/goautoneg v0.0.0-20191010083416-a7dc8b61c822 // indirect
	github.com/nats-io/nkeys v0.4.16 // indirect
	github.com/nats-io/nuid v1.0.1 // indirect
	github.com/pierrec/lz4/v4 v4.1.33 // indirect
	github.com/prometheus/client_golang v1.25.0 // indirect
	github.com/prometheus/client_model v0.6.3 // indirect
	github.com/prometheus/common v0.72.0 // indirect
	github.com/prometheus/procfs v0.22.0 // indirect
	github.com/twmb/franz-go/pkg/kmsg v1.15.1 // indirect
	github.com/vmihailenco/msgpack/v5 v5.4.1 // indirect
	github.com/vmihailenco/tagparser/v2 v2.0.0 // indirect
	github.com/xdg-go/scram v1.4.0 // indirect
	github.com/xdg-go/stringprep v1.0.4 // indirect
	github.com/youmark/pkcs8 v0.0.0-20240726163527-a2c0da244d78 // indirect
	go.opentelemetry.io/otel v1.47.0 // indirect
	go.opentelemetry.io/otel/metric v1.47.0 // indirect
	go.uber.org/atomic v1.12.0 // indirect
	golang.org/x/crypto v0.58.0 // indirect
	golang.org/x/sync v0.24.0 // indirect
	golang.org/x/text v0.43.0 // indirect
	google.golang.org/protobuf v1.36.12 // indirect
)

replace (
	github.com/sioxide/emitter => ../
	github.com/sioxide/emitter/driver/kafkadriver => ../driver/kafkadriver
	github.com/sioxide/emitter/driver/mongodriver => ../driver/mongodriver
	github.com/sioxide/emitter/driver/natsdriver => ../driver/natsdriver
	github.com/sioxide/emitter/driver/pgxdriver => ../driver/pgxdriver
	github.com/sioxide/emitter/driver/redisdriver => ../driver/redisdriver
	github.com/sioxide/emitter/driver/rueidisdriver => ../driver/rueidisdriver
	github.com/sioxide/emitter/examples => ../examples
	github.com/sioxide/emitter/outbox/jetstreamoutbox => ../outbox/jetstreamoutbox
	github.com/sioxide/emitter/outbox/kafkaoutbox => ../outbox/kafkaoutbox
	github.com/sioxide/emitter/outbox/pgxoutbox => ../outbox/pgxoutbox
	github.com/sioxide/emitter/outbox/redisoutbox => ../outbox/redisoutbox
	github.com/sioxide/emitter/outbox/sqloutbox => ../outbox/sqloutbox
	github.com/sioxide/emitter/relay => ../relay
)
