// Command sioxide talks to clusters of socketioxide servers from a shell.
package main

import (
	"os"

	"github.com/sioxide/emitter/cmd/sioxide/internal/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:])) }
