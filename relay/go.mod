module github.com/sioxide/emitter/relay

go 1.26.0
