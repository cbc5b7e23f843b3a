package latchkey_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"latchkey.example/go"
)

func TestEverythingExportedIsDocumented(t *testing.T) {
	files, names := 0, 0
	described := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		files++
		folder := filepath.Dir(path)
		described[folder] = described[folder] || file.Doc.Text() != ""
		for name, doc := range exported(file) {
			names++
			if strings.TrimSpace(doc) == "" {
				t.Errorf("%s: %s has no comment", path, name)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for folder, has := range described {
		if !has {
			t.Errorf("the package in %s has no comment", folder)
		}
	}
	t.Logf("%d exported names in %d files of %d packages", names, files, len(described))
	if names < 250 || len(described) < 8 {
		t.Error("the packages were not found")
	}
}

// exported is the comment of every exported name of a file: functions, methods, types with their fields, values.
func exported(file *ast.File) map[string]string {
	docs := map[string]string{}
	note := func(name string, doc ...*ast.CommentGroup) {
		if !ast.IsExported(name[strings.LastIndex(name, ".")+1:]) {
			return
		}
		for _, each := range doc {
			docs[name] += each.Text()
		}
	}
	for _, decl := range file.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			note(receiver(decl)+decl.Name.Name, decl.Doc)
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				switch spec := spec.(type) {
				case *ast.ValueSpec:
					for _, name := range spec.Names {
						note(name.Name, decl.Doc, spec.Doc)
					}
				case *ast.TypeSpec:
					// The comment of a group says what its types have in common; each needs its own.
					note(spec.Name.Name, spec.Doc)
					if !decl.Lparen.IsValid() {
						note(spec.Name.Name, decl.Doc)
					}
					noteFields(spec, note)
				}
			}
		}
	}
	return docs
}

func noteFields(spec *ast.TypeSpec, note func(string, ...*ast.CommentGroup)) {
	fields, ok := spec.Type.(*ast.StructType)
	if !ok || !spec.Name.IsExported() {
		return
	}
	for _, field := range fields.Fields.List {
		for _, name := range field.Names {
			note(spec.Name.Name+"."+name.Name, field.Doc)
		}
	}
}

func receiver(decl *ast.FuncDecl) string {
	if decl.Recv == nil {
		return ""
	}
	name := "?"
	ast.Inspect(decl.Recv.List[0].Type, func(node ast.Node) bool {
		if ident, ok := node.(*ast.Ident); ok && name == "?" {
			name = ident.Name
		}
		return true
	})
	return name + "."
}

func TestTheVersionIsThatOfTheUserAgent(t *testing.T) {
	if latchkey.UserAgent != "latchkey-go/"+latchkey.Version || !regexp.MustCompile(`^\d+\.\d+\.\d+$`).MatchString(latchkey.Version) {
		t.Errorf("%s of %s", latchkey.UserAgent, latchkey.Version)
	}
}

func TestTheProgramsOfTheREADMERun(t *testing.T) {
	server := exampleServer()
	defer server.Close()
	programs := regexp.MustCompile("(?s)```go\n(package main\n.*?)```\n\n```text\n(.*?)```").FindAllStringSubmatch(readREADME(t), -1)
	for _, program := range programs {
		output, err := goTool(t, program[1], "run", "LATCHKEY_BASE_URL="+server.URL, "LATCHKEY_API_KEY=k", "OPENROUTER_API_KEY=k")
		if err != nil || output != program[2] {
			t.Errorf("%v\n got %s\nwant %s\n%s", err, output, program[2], program[1])
		}
	}
	t.Logf("%d programs", len(programs))
	if len(programs) != 2 {
		t.Error("the README has other programs than those that were found")
	}
}

// What the fragments of the README take for given.
const given = `ctx context.Context, client *latchkey.Client, key, password string, mux *http.ServeMux, handler http.Handler,
	reports func(latchkey.Verifier) http.Handler, work func(context.Context) (latchkey.USD, error), authorities *x509.CertPool, certificate tls.Certificate`

var importable = []string{
	"context", "crypto/tls", "crypto/x509", "errors", "fmt", "io", "log", "log/slog", "net/http", "net/url", "os", "time",
	"latchkey.example/go", "latchkey.example/go/latchkeyhttp", "latchkey.example/go/latchkeytest",
}

func TestTheFragmentsOfTheREADMECompile(t *testing.T) {
	fragments := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(readREADME(t), -1)
	assigned := regexp.MustCompile(`(?m)^(\w+(?:, \w+)*) :=`)
	var body strings.Builder
	count := 0
	for _, fragment := range fragments {
		if strings.HasPrefix(fragment[1], "package ") {
			continue
		}
		count++
		fmt.Fprintf(&body, "func fragment%d(%s) {\n{\n%s\n", count, given, fragment[1])
		for _, names := range assigned.FindAllStringSubmatch(fragment[1], -1) {
			for _, name := range strings.Split(names[1], ", ") {
				fmt.Fprintf(&body, "_ = %s\n", name)
			}
		}
		body.WriteString("}\n}\n")
	}
	program := "package main\n\nfunc main() {}\n\n" + body.String()
	imports := ""
	for _, path := range importable {
		name := path[strings.LastIndex(path, "/")+1:]
		if path == "latchkey.example/go" {
			name = "latchkey"
		}
		if regexp.MustCompile(`\b` + name + `\.`).MatchString(program) {
			imports += fmt.Sprintf("import %q\n", path)
		}
	}
	program = strings.Replace(program, "package main\n", "package main\n\n"+imports, 1)
	if output, err := goTool(t, program, "build"); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
	t.Logf("%d fragments", count)
	if count < 6 {
		t.Error("the fragments were not found")
	}
}

func readREADME(t *testing.T) string {
	t.Helper()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(readme)
}

// goTool runs or builds a program in a module of its own, as one of somebody who uses this module.
func goTool(t *testing.T, program, verb string, environment ...string) (string, error) {
	t.Helper()
	module, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for name, text := range map[string]string{
		"main.go": program,
		"go.mod":  "module example\n\ngo 1.22\n\nrequire latchkey.example/go v0.0.0\n\nreplace latchkey.example/go => " + module + "\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tool := exec.Command(filepath.Join(runtime.GOROOT(), "bin", "go"), verb, ".")
	tool.Dir = folder
	tool.Env = append(append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=mod", "GOWORK=off"), environment...)
	output, err := tool.CombinedOutput()
	return string(output), err
}
