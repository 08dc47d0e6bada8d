package contract

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/pb33f/libopenapi-validator/config"
	validation "github.com/pb33f/libopenapi-validator/errors"
)

// platform is what is known of one document before it is loaded.
type platform struct {
	file, server string
	// strict makes undeclared properties and parameters of a request violations.
	strict     bool
	exceptions []Exception
	load       func() (*document, error)
}

// document is a loaded OpenAPI document.
type document struct {
	server          string
	request, answer validator.Validator
}

func newPlatform(file, server string, strict bool, exceptions []Exception) *platform {
	p := &platform{file: file, server: server, strict: strict, exceptions: exceptions}
	p.load = sync.OnceValues(func() (*document, error) { return p.read(Dir()) })
	return p
}

// Dir is the folder of the OpenAPI documents; empty when there is none.
func Dir() string {
	if dir, ok := os.LookupEnv("GPUMARKET_OPENAPI_DIR"); ok {
		return dir
	}
	root, err := repository()
	if err != nil {
		return ""
	}
	for _, dir := range []string{filepath.Join(root, ".cache", "openapi"), filepath.Join(root, "..", "shared", "api")} {
		if _, err := os.Stat(filepath.Join(dir, runpodFile)); err == nil {
			return dir
		}
	}
	return ""
}

// repository is the root of the module that the test is run in.
func repository() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", fs.ErrNotExist
		}
		dir = parent
	}
}

// read loads the document; nil when the folder is empty or has none.
func (p *platform) read(dir string) (*document, error) {
	if dir == "" {
		return nil, nil //nolint:nilnil // no document is no error
	}
	text, err := os.ReadFile(filepath.Join(dir, p.file)) //nolint:gosec // the folder is the developer's choice
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // no document is no error
	}
	if err != nil {
		return nil, err
	}
	doc, err := libopenapi.NewDocument(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.file, err)
	}
	var strict []config.Option
	if p.strict {
		strict = append(strict, config.WithStrictMode())
	}
	request, errs := validator.NewValidator(doc, strict...)
	if len(errs) > 0 {
		return nil, fmt.Errorf("%s: %w", p.file, errors.Join(errs...))
	}
	answer, errs := validator.NewValidator(doc)
	if len(errs) > 0 {
		return nil, fmt.Errorf("%s: %w", p.file, errors.Join(errs...))
	}
	return &document{server: p.server, request: request, answer: answer}, nil
}

// check returns the violations of the exchange, one line each.
func (d *document) check(x exchange) []string {
	var violations []string
	if !x.refused() {
		r, err := x.request(d.server)
		if err != nil {
			return []string{err.Error()}
		}
		if ok, faults := d.request.ValidateHttpRequestSync(r); !ok {
			violations = append(violations, lines("request", faults)...)
		}
	}
	r, err := x.request(d.server)
	if err != nil {
		return []string{err.Error()}
	}
	if ok, faults := d.answer.ValidateHttpResponse(r, x.response(r)); !ok { //nolint:bodyclose // in memory
		violations = append(violations, lines("reply", faults)...)
	}
	return violations
}

// lines renders the faults of the request or the reply.
func lines(what string, faults []*validation.ValidationError) []string {
	var all []string
	for _, fault := range faults {
		if len(fault.SchemaValidationErrors) == 0 {
			all = append(all, fmt.Sprintf("%s: %s: %s", what, fault.Message, fault.Reason))
		}
		for _, at := range fault.SchemaValidationErrors {
			all = append(all, fmt.Sprintf("%s: %s: %s (%s)", what, fault.Message, at.Reason, at.FieldPath))
		}
	}
	return all
}
