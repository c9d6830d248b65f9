module github.com/sioxide/emitter/outbox/sqloutbox

go 1.26.0

require github.com/sioxide/emitter v0.1.0
