// Command size is the smallest program that uses the emitter: its size under the
// build tags shows what a parser weighs.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/sioxide/emitter"
)

func main() {
	d := emitter.PublishFunc(func(_ context.Context, channel string, data []byte) error {
		_, err := fmt.Printf("%s %d bytes\n", channel, len(data))
		return err
	})
	if err := say(context.Background(), d); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
