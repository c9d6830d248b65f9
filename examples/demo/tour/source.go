package tour

import (
	"embed"
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"slices"
	"strings"
)

// The tour prints its own source, so what it shows is what it ran.
//
//go:embed steps_*.go
var files embed.FS

// sources returns the lines of each step's do, or ask, in file, in order.
func sources(file string) ([][]string, error) {
	text, err := files.ReadFile(file)
	if err != nil {
		return nil, err
	}
	fset := token.NewFileSet()
	tree, err := parser.ParseFile(fset, file, text, 0)
	if err != nil {
		return nil, err
	}
	var out [][]string
	ast.Inspect(tree, func(n ast.Node) bool {
		kv, ok := n.(*ast.KeyValueExpr)
		if !ok {
			return true
		}
		if key := fmt.Sprint(kv.Key); key != "do" && key != "ask" {
			return true
		}
		var lines []string
		for _, stmt := range plain(kv.Value.(*ast.FuncLit).Body.List) {
			lines = append(lines, source(fset, stmt)...)
		}
		out = append(out, lines)
		return false
	})
	return out, nil
}

// plain takes the handling of errors off statements.
func plain(list []ast.Stmt) []ast.Stmt {
	var out []ast.Stmt
	for _, stmt := range list {
		switch s := stmt.(type) {
		case *ast.ReturnStmt:
			if _, name := s.Results[0].(*ast.Ident); !name { // return nil, return err, return answer, nil
				out = append(out, &ast.ExprStmt{X: s.Results[0]})
			}
		case *ast.IfStmt:
			if init, ok := s.Init.(*ast.AssignStmt); ok {
				out = append(out, &ast.ExprStmt{X: init.Rhs[0]})
			}
		case *ast.RangeStmt:
			s.Body.List = plain(s.Body.List)
			out = append(out, s)
		default:
			out = append(out, stmt)
		}
	}
	return out
}

func source(fset *token.FileSet, n ast.Node) []string {
	var b strings.Builder
	cfg := printer.Config{Mode: printer.UseSpaces, Tabwidth: 4}
	_ = cfg.Fprint(&b, fset, n) // a strings.Builder takes every write
	lines := strings.Split(b.String(), "\n")
	// Where error handling was taken out, an empty line is left.
	return slices.DeleteFunc(lines, func(line string) bool { return strings.TrimSpace(line) == "" })
}
