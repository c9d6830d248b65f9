module github.com/sioxide/emitter/outbox/pgxoutbox

go 1.26.0

require (
	github.com/jackc/pgx/v5 v5.12.0
	github.com/sioxide/emitter v0.1.0
)
