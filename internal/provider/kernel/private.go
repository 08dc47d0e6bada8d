package kernel

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// PrivateReader is the private state of a request.
type PrivateReader interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
}

// PrivateWriter is the private state of a response.
type PrivateWriter interface {
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// Keys of the private state.
const (
	// privateMarker is the marker of the create that made the object.
	privateMarker = "create_id"
	// privateSecretNames are the names, not the values, of the env_wo keys.
	privateSecretNames = "env_wo_names" //nolint:gosec // the name of a key, no secret.
	// PrivateReplaces travels from the first to the second plan call of a
	// replacement: Terraform hands the private data of the first to the second,
	// whose prior state is null.
	PrivateReplaces = "replaces"
)

// Marker is the marker of the create that made the object, or "".
func Marker(ctx context.Context, private PrivateReader, diags *diag.Diagnostics) string {
	return getPrivate[string](ctx, private, privateMarker, diags)
}

// SetMarker keeps the marker in the private state.
func SetMarker(ctx context.Context, private PrivateWriter, marker string, diags *diag.Diagnostics) {
	setPrivate(ctx, private, privateMarker, marker, diags)
}

// SecretNames are the names of the env_wo keys that were sent last.
func SecretNames(ctx context.Context, private PrivateReader, diags *diag.Diagnostics) []string {
	return getPrivate[[]string](ctx, private, privateSecretNames, diags)
}

// SetSecretNames keeps the names of the env_wo keys that were sent.
func SetSecretNames(ctx context.Context, private PrivateWriter, names []string, diags *diag.Diagnostics) {
	if names == nil {
		names = []string{}
	}
	setPrivate(ctx, private, privateSecretNames, names, diags)
}

// Replaces is the id that this create replaces, or "" for a create of its own.
// It is meaningful in a plan whose prior state is null.
func Replaces(ctx context.Context, private PrivateReader, diags *diag.Diagnostics) string {
	return getPrivate[string](ctx, private, PrivateReplaces, diags)
}

// SetReplaces leaves the id for a second plan call that replaces it.
func SetReplaces(ctx context.Context, private PrivateWriter, id string, diags *diag.Diagnostics) {
	setPrivate(ctx, private, PrivateReplaces, id, diags)
}

func getPrivate[T any](ctx context.Context, private PrivateReader, key string, diags *diag.Diagnostics) T {
	var value T
	content, ds := private.GetKey(ctx, key)
	diags.Append(ds...)
	if len(content) == 0 {
		return value
	}
	if err := json.Unmarshal(content, &value); err != nil {
		diags.AddWarning("Unreadable private state", "The key "+key+" could not be read and is ignored: "+err.Error())
	}
	return value
}

func setPrivate(ctx context.Context, private PrivateWriter, key string, value any, diags *diag.Diagnostics) {
	content, err := json.Marshal(value)
	if err != nil {
		diags.AddError("Unable to keep private state", err.Error())
		return
	}
	diags.Append(private.SetKey(ctx, key, content)...)
}

// PrivateText is a text that a resource keeps in its private state under a key of
// its own, or "".
func PrivateText(ctx context.Context, private PrivateReader, key string, diags *diag.Diagnostics) string {
	return getPrivate[string](ctx, private, key, diags)
}

// SetPrivateText keeps a text in the private state. It must not be a secret.
func SetPrivateText(ctx context.Context, private PrivateWriter, key, value string, diags *diag.Diagnostics) {
	setPrivate(ctx, private, key, value, diags)
}

// Keep puts what a resource has to know beyond its attributes into the private
// state, as JSON under a key of its own. It must not hold a secret.
func Keep(ctx context.Context, private PrivateWriter, key string, value any, diags *diag.Diagnostics) {
	setPrivate(ctx, private, key, value, diags)
}

// Kept is what [Keep] put there, the zero value when there is nothing.
func Kept[T any](ctx context.Context, private PrivateReader, key string, diags *diag.Diagnostics) T {
	return getPrivate[T](ctx, private, key, diags)
}
