package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"testing"
)

// TestEveryReasonHasAMeaning reads the crawler's constants: a new reason needs
// a sentence for people.
func TestEveryReasonHasAMeaning(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", "..", "freeze", "judge.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, decl := range file.Decls {
		constants, ok := decl.(*ast.GenDecl)
		if !ok || constants.Tok != token.CONST {
			continue
		}
		for _, spec := range constants.Specs {
			value := spec.(*ast.ValueSpec)
			literal, ok := value.Values[0].(*ast.BasicLit)
			if !ok || literal.Kind != token.STRING || !value.Names[0].IsExported() {
				continue
			}
			found++
			reason, err := strconv.Unquote(literal.Value)
			if err != nil {
				t.Fatal(err)
			}
			if meanings[reason] == "" {
				t.Errorf("the reason %q has no sentence in meanings", reason)
			}
		}
	}
	if found < 20 {
		t.Errorf("found %d reasons in judge.go, want at least 20", found)
	}
}
