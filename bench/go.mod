module github.com/sioxide/emitter/bench

go 1.26.0

require github.com/sioxide/emitter v0.0.0-00010101000000-000000000000

replace github.com/sioxide/emitter => ../
