package rent

import (
	"context"
	"slices"
)

// Unmarked is the create of one object that cannot bear a marker, made by one call. A
// lost one is found among the ids that a list taken just before did not have, by
// equal content. T is a row of the platform's list.
type Unmarked[T any] struct {
	// Type, Account and Hash are as in [Creation].
	Type    string
	Account *Account
	Hash    string
	// ID is the platform's id of a row.
	ID func(*T) string
	// List asks the platform for all rows, no older than the call.
	List func(ctx context.Context) ([]T, error)
	// Equal tells whether a row is what the create would make.
	Equal func(*T) bool
	// Make is the creating call.
	Make func(ctx context.Context) (*T, error)
	// Check says in the user's words where to look when the outcome stays unknown.
	Check string
}

// Creation is what [Once] takes.
func (u Unmarked[T]) Creation() Creation[*T] {
	return Creation[*T]{
		Type: u.Type, Account: u.Account, Hash: u.Hash, ID: u.ID,
		Before: func(ctx context.Context) (ids []string, err error) {
			rows, err := u.List(ctx)
			for i := range rows {
				ids = append(ids, u.ID(&rows[i]))
			}
			return ids, err
		},
		Find: func(ctx context.Context, intent Intent) (found []*T, err error) {
			rows, err := u.List(ctx)
			for i := range rows {
				if !slices.Contains(intent.Known, u.ID(&rows[i])) && u.Equal(&rows[i]) {
					found = append(found, &rows[i])
				}
			}
			return found, err
		},
		Rent:  func(ctx context.Context, _ string, send Send[*T]) (*T, error) { return send(ctx, u.Make) },
		Check: func(string) string { return u.Check },
	}
}
