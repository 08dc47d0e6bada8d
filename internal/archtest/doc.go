// Package archtest holds the tree to the rules of its layout: who may import
// whom, where time and HTTP are used, how long a file and a method may be. It
// only parses, so it is fast, needs no network, and names a breach in code that
// does not compile yet. Each rule is tested on a small tree that breaks it.
//
// golangci-lint checks the import rules as well (depguard); here they hold with
// "go test" alone, and in one place that can be read.
package archtest
