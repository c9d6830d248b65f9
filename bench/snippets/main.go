// Command snippets compiles the Go in Markdown files: it writes every block marked
// go into a file of its own and runs `go vet` on it. Errors name the line of the
// Markdown file.
//
// A block with a package clause is a program. Any other block is the inside of a
// function, or declarations when one begins a line, and may use what prelude.go.txt
// declares; imports are added as they are used.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

func main() {
	n, err := check(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "snippets:", err)
		os.Exit(1)
	}
	fmt.Printf("%d Go snippets compile\n", n)
}

func check(markdown []string) (int, error) {
	dir, err := os.MkdirTemp("", "snippets")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	n, failed := 0, 0
	for _, name := range markdown {
		text, err := os.ReadFile(name)
		if err != nil {
			return n, err
		}
		for _, b := range blocks(name, string(text)) {
			n++
			if err := vet(filepath.Join(dir, fmt.Sprint(n)), b); err != nil {
				failed++
				fmt.Fprintln(os.Stderr, err)
			}
		}
	}
	if failed > 0 {
		return n, fmt.Errorf("%d of %d do not compile", failed, n)
	}
	return n, nil
}

// vet compiles a block in a folder of its own, with the versions of go.work.
func vet(dir string, b block) error {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	files := map[string]string{"snippet.go": b.source()}
	if !b.program() {
		files["prelude.go"] = prelude
	}
	args := []string{"vet"}
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return err
		}
		args = append(args, path)
	}
	if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s:%d: %w\n%s", b.file, b.line, err, out)
	}
	return nil
}
