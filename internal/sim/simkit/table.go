package simkit

import "slices"

// Table holds the objects of one kind in the order in which they were made. T is
// a pointer, so that what is found can be changed. It is not safe for concurrent
// use: the platform's lock is held around it.
type Table[T comparable] struct {
	id   func(T) string
	rows []T
}

// NewTable returns an empty table; id is the key of an object.
func NewTable[T comparable](id func(T) string) *Table[T] { return &Table[T]{id: id} }

// All are the objects, oldest first. The slice is the caller's own, so that
// objects can be removed while it is walked.
func (t *Table[T]) All() []T { return slices.Clone(t.rows) }

// Len is how many objects there are.
func (t *Table[T]) Len() int { return len(t.rows) }

// Get is the object with an id; the zero value, nil, when there is none.
func (t *Table[T]) Get(id string) T {
	return t.Find(func(row T) bool { return t.id(row) == id })
}

// Find is the first object that matches; the zero value, nil, when there is none.
func (t *Table[T]) Find(matches func(T) bool) T {
	if at := slices.IndexFunc(t.rows, matches); at >= 0 {
		return t.rows[at]
	}
	var none T
	return none
}

// Where are the objects that match, oldest first.
func (t *Table[T]) Where(matches func(T) bool) []T {
	return slices.DeleteFunc(t.All(), func(row T) bool { return !matches(row) })
}

// Used tells whether any object matches: whether one of them uses something.
func (t *Table[T]) Used(matches func(T) bool) bool { return slices.ContainsFunc(t.rows, matches) }

// Add appends an object.
func (t *Table[T]) Add(row T) { t.rows = append(t.rows, row) }

// Remove takes an object out; nothing happens when it is not there.
func (t *Table[T]) Remove(row T) {
	t.rows = slices.DeleteFunc(t.rows, func(o T) bool { return o == row })
}

// Clear takes every object out.
func (t *Table[T]) Clear() { t.rows = nil }

// Rows are the objects as they are shown, never nil.
func Rows[T comparable, R any](t *Table[T], show func(T) R) []R {
	rows := make([]R, 0, len(t.rows))
	for _, row := range t.rows {
		rows = append(rows, show(row))
	}
	return rows
}
