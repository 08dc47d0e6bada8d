package kernel

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/rent"
)

// envName is what a shell can export. Platforms take more, but nothing inside the
// container could read it.
var envName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// EnvCheck refuses environments that cannot work, at validate: names that are
// reserved or no names, a name in both env and env_wo, a value that is null. What
// is not known yet is passed over. It is for resources with env, env_wo and
// env_wo_version.
type EnvCheck struct{}

// Description says what is checked.
func (EnvCheck) Description(context.Context) string { return "refuses variables that cannot be set" }

// MarkdownDescription is the same as Description.
func (c EnvCheck) MarkdownDescription(ctx context.Context) string { return c.Description(ctx) }

// ValidateResource checks the environment of a resource.
func (EnvCheck) ValidateResource(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var env, secrets types.Map
	var version types.Int64
	diags := &resp.Diagnostics
	diags.Append(req.Config.GetAttribute(ctx, path.Root("env"), &env)...)
	diags.Append(req.Config.GetAttribute(ctx, path.Root("env_wo"), &secrets)...)
	diags.Append(req.Config.GetAttribute(ctx, path.Root("env_wo_version"), &version)...)
	if !diags.HasError() {
		checkEnv(env, secrets, version, diags)
	}
}

func checkEnv(env, secrets types.Map, version types.Int64, diags *diag.Diagnostics) {
	checkEnvNames(path.Root("env"), env, diags)
	checkEnvNames(path.Root("env_wo"), secrets, diags)
	for _, name := range slices.Sorted(maps.Keys(secrets.Elements())) {
		if _, both := env.Elements()[name]; both {
			diags.AddAttributeError(path.Root("env_wo").AtMapKey(name), "The same variable twice", fmt.Sprintf(
				"%s is in env and in env_wo. Keep it in env_wo if it is a secret, else in env.", name))
		}
	}
	if len(secrets.Elements()) > 0 && version.IsNull() {
		diags.AddAttributeWarning(path.Root("env_wo"), "Changes of env_wo will go unnoticed",
			"Values of env_wo are not stored, so changes cannot be detected. Set env_wo_version, and raise it with every change.")
	}
	if secrets.IsNull() && !version.IsNull() && !version.IsUnknown() {
		diags.AddAttributeWarning(path.Root("env_wo_version"), "env_wo_version without env_wo",
			"It says when env_wo changed, and there is no env_wo.")
	}
}

func checkEnvNames(at path.Path, env types.Map, diags *diag.Diagnostics) {
	for _, name := range slices.Sorted(maps.Keys(env.Elements())) {
		switch {
		case name == rent.MarkerEnv:
			diags.AddAttributeError(at.AtMapKey(name), "Reserved variable",
				rent.MarkerEnv+" carries the marker by which the provider finds what it rented. Choose another name.")
		case !envName.MatchString(name):
			diags.AddAttributeError(at.AtMapKey(name), "Not a variable's name", fmt.Sprintf(
				"%q cannot be the name of an environment variable. Use letters, digits and _ only, and do not begin with a digit.", name))
		case env.Elements()[name].IsNull():
			diags.AddAttributeError(at.AtMapKey(name), "Variable without a value", fmt.Sprintf(
				"%s is null. Leave it out, or set it to \"\".", name))
		}
	}
}

// MergeEnv is the environment to be written over what a platform has now: foreign
// variables stay, those in formerly go, and env, secrets and the marker are set.
// An empty marker leaves the one that is there.
func MergeEnv(current map[string]string, formerly []string, env, secrets map[string]string, marker string) map[string]string {
	merged := maps.Clone(current)
	if merged == nil {
		merged = map[string]string{}
	}
	for _, name := range formerly {
		delete(merged, name)
	}
	maps.Copy(merged, env)
	maps.Copy(merged, secrets)
	if marker != "" {
		merged[rent.MarkerEnv] = marker
	}
	return merged
}

// ReadEnv is what a platform has under the names that the state's env has
// already; null stays null, so that an import adopts the configuration.
func ReadEnv(state types.Map, current map[string]string, diags *diag.Diagnostics) types.Map {
	if state.IsNull() || state.IsUnknown() {
		return types.MapNull(types.StringType)
	}
	known := StringMap(state)
	values := make(map[string]string, len(known))
	for name := range known {
		if value, there := current[name]; there {
			values[name] = value
		}
	}
	return StringMapValue(values, diags)
}

// SecretNamesOf are the sorted names of env_wo; none for null.
func SecretNamesOf(secrets types.Map) []string {
	return slices.Sorted(maps.Keys(secrets.Elements()))
}

// HideSecrets makes a client keep out of errors and logs what a platform has under
// the names of env_wo. Those values are in no configuration any more once they were
// changed there, and a platform may repeat them all the same.
func HideSecrets(client interface{ Hide(secrets ...string) }, names []string, env map[string]string) {
	for _, name := range names {
		client.Hide(env[name])
	}
}
