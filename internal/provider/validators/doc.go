// Package validators has the validators that the framework's own packages lack.
// They are silent about what is not known yet.
package validators
