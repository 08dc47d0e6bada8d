package contract

import (
	"fmt"
	"os"
	"slices"
	"sync"
)

// platform is what is known of one marketplace's documents before they are loaded.
type platform struct {
	// files are the documents. Where an operation stands in several, an exchange
	// that agrees with one of them is right.
	files []string
	// newer are documents of requests that hold over those of files; they may be missing.
	newer      []string
	exceptions []Exception
	load       func() (*documents, error)
}

// documents are those of one platform.
type documents struct{ published, newer []*document }

// newPlatform is a platform whose documents are read once, from [Dir].
func newPlatform(files, newer []string, exceptions []Exception) *platform {
	p := &platform{files: files, newer: newer, exceptions: exceptions}
	p.load = sync.OnceValues(func() (*documents, error) { return p.read(Dir()) })
	return p
}

// read loads the documents; nil when one of them is missing.
func (p *platform) read(dir string) (*documents, error) {
	if dir == "" {
		return nil, nil //nolint:nilnil // no document is no error
	}
	all := &documents{}
	for _, file := range p.files {
		d, err := readDocument(dir, file)
		if missing(err) {
			return nil, nil //nolint:nilnil // no document is no error
		}
		if err != nil {
			return nil, err
		}
		all.published = append(all.published, d)
	}
	for _, file := range p.newer {
		d, err := readDocument(dir, file)
		if missing(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		all.newer = append(all.newer, d)
	}
	return all, nil
}

// unattended tells whether nobody reads that a check was left out: then it must
// not be left out.
func unattended() bool { return os.Getenv("CI") != "" }

// absent says that documents are missing and how to get them.
func (p *platform) absent() string {
	return fmt.Sprintf("the OpenAPI documents %v are not there, so nothing is held against them; \"make specs\" fetches them, GPUMARKET_OPENAPI_DIR names another folder", p.files)
}

// check returns the violations of the exchange that are no exceptions, one line
// each. The request and the answer are looked at apart.
func (p *platform) check(docs *documents, x exchange) []string {
	var violations []string
	if !x.refused() {
		requests := docs.published
		if newer := having(docs.newer, x); len(newer) > 0 {
			requests = newer
		}
		violations = append(violations, p.fewest(requests, x, (*document).checkRequest)...)
	}
	if len(having(docs.published, x)) == 0 && len(having(docs.newer, x)) > 0 {
		return violations // only the request is documented
	}
	return append(violations, p.fewest(docs.published, x, (*document).checkAnswer)...)
}

// having are the documents that know the operation.
func having(all []*document, x exchange) []*document {
	var those []*document
	for _, d := range all {
		if op, _ := d.find(x.method, x.path); op != nil {
			those = append(those, d)
		}
	}
	return those
}

// fewest is what the document that fits best finds: of those that know the
// operation, else of all.
func (p *platform) fewest(all []*document, x exchange, check func(*document, exchange) []string) []string {
	if those := having(all, x); len(those) > 0 {
		all = those
	}
	var fewest []string
	for i, d := range all {
		found := slices.DeleteFunc(check(d, x), func(violation string) bool { return p.excepted(x, violation) })
		if len(found) == 0 {
			return nil
		}
		if i == 0 || len(found) < len(fewest) {
			fewest = found
		}
	}
	return fewest
}
