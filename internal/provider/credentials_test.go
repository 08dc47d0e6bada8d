package provider

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
)

// home is an environment with files below a home directory.
func home(t *testing.T, variables, files map[string]string) environment {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return environment{
		getenv:  func(name string) string { return strings.ReplaceAll(variables[name], "$HOME", dir) },
		homeDir: func() (string, error) { return dir, nil },
	}
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	block := func(key, url types.String) *platformModel { return &platformModel{APIKey: key, BaseURL: url} }
	null := types.StringNull()
	tests := []struct {
		name             string
		vastai           bool
		variables, files map[string]string
		block            *platformModel
		profile          string
		key, url         string
		access           kernel.Access
		says             string
		warns            bool
	}{
		{name: "nothing", access: kernel.Missing},
		{name: "block", block: block(types.StringValue("k"), null), key: "k", url: runPodURL, access: kernel.Configured},
		{
			name: "block over variable", block: block(types.StringValue("k"), null),
			variables: map[string]string{"RUNPOD_API_KEY": "v"}, key: "k", url: runPodURL, access: kernel.Configured,
		},
		{
			name: "variables", variables: map[string]string{"RUNPOD_API_KEY": " v\n", "RUNPOD_BASE_URL": "https://r.example"},
			key: "v", url: "https://r.example", access: kernel.Configured,
		},
		{
			name: "url of the block, key of the variable", block: block(null, types.StringValue("http://127.0.0.1:1")),
			variables: map[string]string{"RUNPOD_API_KEY": "v", "RUNPOD_BASE_URL": "https://r.example"},
			key:       "v", url: "http://127.0.0.1:1", access: kernel.Configured,
		},
		{
			name: "runpodctl's file", files: map[string]string{".runpod/config.toml": "apikey = \"f\"\napiurl = \"x\"\n"},
			key: "f", url: runPodURL, access: kernel.Configured,
		},
		{
			name: "the Python package's file", files: map[string]string{".runpod/config.toml": "[default]\napi_key = \"f\"\n"},
			key: "f", url: runPodURL, access: kernel.Configured,
		},
		{
			name: "RunPod's own variable for the URL", variables: map[string]string{"RUNPOD_API_KEY": "v", "RUNPOD_API_BASE_URL": "https://o.example"},
			key: "v", url: "https://o.example", access: kernel.Configured,
		},
		{
			name: "both variables for the URL", key: "v", url: "https://r.example", access: kernel.Configured,
			variables: map[string]string{"RUNPOD_API_KEY": "v", "RUNPOD_API_BASE_URL": "https://o.example", "RUNPOD_BASE_URL": "https://r.example"},
		},
		{
			name: "profile", files: map[string]string{".runpod/config.toml": twoProfiles}, profile: "team",
			key: "t", url: runPodURL, access: kernel.Configured,
		},
		{
			name: "profile over variable", files: map[string]string{".runpod/config.toml": twoProfiles}, profile: "team",
			variables: map[string]string{"RUNPOD_API_KEY": "v"}, key: "t", url: runPodURL, access: kernel.Configured,
		},
		{
			name: "default profile of a plain file", files: map[string]string{".runpod/config.toml": "apikey = \"f\""}, profile: "default",
			key: "f", url: runPodURL, access: kernel.Configured,
		},
		{
			name: "no profile is the default one", files: map[string]string{".runpod/config.toml": twoProfiles},
			key: "d", url: runPodURL, access: kernel.Configured,
		},
		{
			name: "variable over file", files: map[string]string{".runpod/config.toml": "apikey = \"f\""},
			variables: map[string]string{"RUNPOD_API_KEY": "v"}, key: "v", url: runPodURL, access: kernel.Configured,
		},
		{
			name: "broken file", files: map[string]string{".runpod/config.toml": "apikey = secret-canary"},
			access: kernel.Missing, says: "is not valid TOML", warns: true,
		},
		{
			name: "broken file, key in the block", files: map[string]string{".runpod/config.toml": "apikey = secret-canary"},
			block: block(types.StringValue("k"), null), key: "k", url: runPodURL, access: kernel.Configured,
		},
		{name: "unknown key", block: block(types.StringUnknown(), null), access: kernel.Unknown},
		{name: "unknown url", block: block(types.StringValue("k"), types.StringUnknown()), access: kernel.Unknown},
		{
			name: "plain http", block: block(types.StringValue("k"), types.StringValue("http://r.example")),
			access: kernel.Missing, says: "in the clear",
		},
		{
			name: "plain http in the variable", variables: map[string]string{"RUNPOD_API_KEY": "v", "RUNPOD_BASE_URL": "http://r.example"},
			access: kernel.Missing, says: "RUNPOD_BASE_URL",
		},
		{
			name: "vast variable", vastai: true, variables: map[string]string{"VAST_API_KEY": "v", "VAST_URL": "https://v.example"},
			key: "v", url: "https://v.example", access: kernel.Configured,
		},
		{
			name: "vast's old file", vastai: true, files: map[string]string{".vast_api_key": "f\n"},
			key: "f", url: vastaiURL, access: kernel.Configured,
		},
		{
			name: "vast's file before the old one", vastai: true,
			files: map[string]string{".vast_api_key": "old", ".config/vastai/vast_api_key": "new"}, key: "new", url: vastaiURL, access: kernel.Configured,
		},
		{
			name: "vast's file where XDG says", vastai: true, variables: map[string]string{"XDG_CONFIG_HOME": "$HOME/xdg"},
			files: map[string]string{"xdg/vastai/vast_api_key": "x", ".config/vastai/vast_api_key": "c"}, key: "x", url: vastaiURL, access: kernel.Configured,
		},
		{
			name: "empty file", vastai: true, files: map[string]string{".vast_api_key": "\n"}, access: kernel.Missing,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			env := home(t, tt.variables, tt.files)
			lookUp, name, url := func() (credential, error) { return env.runPod(tt.profile) }, "runpod", runPodURL
			if tt.vastai {
				lookUp, name, url = env.vastai, "vastai", vastaiURL
			}
			var diags diag.Diagnostics
			found, err := lookUp()
			got, access := resolve(name, tt.block, found, err, url, &diags)
			if access != tt.access || access == kernel.Configured && (got.key != tt.key || got.baseURL != tt.url) {
				t.Errorf("got %+v, %v; want key %q, url %q, %v", got, access, tt.key, tt.url, tt.access)
			}
			if diags.HasError() != (tt.says != "" && !tt.warns) || tt.says != "" && len(diags) != 1 || len(diags) > 0 && !strings.Contains(diags[0].Detail(), tt.says) {
				t.Errorf("diagnostics %v, want %q", diags, tt.says)
			}
			for _, d := range diags {
				if strings.Contains(d.Summary()+d.Detail(), "canary") {
					t.Errorf("the key is in %v", d)
				}
			}
		})
	}
}

const twoProfiles = "[default]\napi_key = \"d\"\n[team]\napi_key = \"t\"\n"

// TestCredentials_NoSuchProfile: a profile that is asked for by name and is not
// there is an error that lists those that are, and never falls back on another key.
func TestCredentials_NoSuchProfile(t *testing.T) {
	t.Parallel()
	for name, files := range map[string]map[string]string{
		"no file":      nil,
		"no such name": {".runpod/config.toml": twoProfiles},
		"no key in it": {".runpod/config.toml": twoProfiles + "[tema]\napi_url = \"x\"\n"},
	} {
		found, err := home(t, map[string]string{"RUNPOD_API_KEY": "canary"}, files).runPod("tema")
		var missing *noProfileError
		if found.key != "" || !errors.As(err, &missing) || !strings.Contains(err.Error(), `no profile "tema"`) {
			t.Errorf("%s: %+v, %v", name, found, err)
		}
		if files != nil && !strings.HasSuffix(err.Error(), "its profiles are: default, team") {
			t.Errorf("%s: %v does not list the others", name, err)
		}
	}
}

func TestNoHome(t *testing.T) {
	t.Parallel()
	env := environment{
		getenv:  func(string) string { return "" },
		homeDir: func() (string, error) { return "", errors.New("no home") },
	}
	for name, lookUp := range map[string]func() (credential, error){"runpod": func() (credential, error) { return env.runPod("") }, "vastai": env.vastai} {
		if got, err := lookUp(); got.key != "" || err != nil {
			t.Errorf("%s: %+v, %v; want nothing", name, got, err)
		}
	}
}

func TestCheckURL(t *testing.T) {
	t.Parallel()
	for url, says := range map[string]string{
		"https://api.runpod.io":      "",
		"https://api.runpod.io/base": "",
		"http://127.0.0.1:8080":      "",
		"http://[::1]:8080":          "",
		"http://localhost":           "",
		"http://api.runpod.io":       "in the clear",
		"http://127.0.0.1.example":   "in the clear",
		"https://key@api.runpod.io":  "may end up in a log",
		"ftp://api.runpod.io":        "Use https",
		"api.runpod.io":              "looks like",
		"http://%zz":                 "looks like",
	} {
		var diags diag.Diagnostics
		ok := checkURL(path.Root("vastai").AtName("base_url"), url, &diags)
		if ok != (says == "") || diags.HasError() == ok ||
			!ok && (!strings.Contains(diags[0].Detail(), says) || !strings.Contains(diags[0].Detail(), "VAST_URL")) {
			t.Errorf("%s: %v, want %q", url, diags, says)
		}
	}
}
