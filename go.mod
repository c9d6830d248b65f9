module github.com/sioxide/emitter

go 1.26.0
