package provider

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// environment is what credentials are looked up in besides the provider block.
type environment struct {
	getenv  func(string) string
	homeDir func() (string, error)
}

// credential is a key and the base URL it is for.
type credential struct {
	key     string
	baseURL string
}

// runPod looks the key up in RUNPOD_API_KEY, then in the file that runpodctl
// writes, and the URL in RUNPOD_BASE_URL or RUNPOD_API_BASE_URL. A profile names
// the part of the file to use, and then the variable does not count: whoever names
// an account means that one. A profile that the file lacks is a *noProfileError.
func (e environment) runPod(profile string) (credential, error) {
	c := credential{key: e.getenv("RUNPOD_API_KEY")}
	for _, variable := range urlVariables()["runpod"] {
		c.baseURL = cmp.Or(c.baseURL, e.getenv(variable))
	}
	if profile != "" {
		c.key = ""
	}
	if c.key != "" {
		return c, nil
	}
	home, err := e.homeDir()
	if err != nil {
		if profile != "" {
			return c, &noProfileError{profile: profile, file: "~/.runpod/config.toml"}
		}
		return c, nil
	}
	file := filepath.Join(home, ".runpod", "config.toml")
	content, err := readIfExists(file)
	if err != nil {
		return c, err
	}
	var config map[string]any
	if err := toml.Unmarshal([]byte(content), &config); err != nil {
		// The parser's message may quote the line that holds the key.
		return c, fmt.Errorf("%s is not valid TOML", file)
	}
	c.key = keyOf(config, profile)
	if c.key == "" && profile != "" {
		return c, &noProfileError{profile: profile, file: file, others: profiles(config)}
	}
	return c, nil
}

// defaultProfile is the profile that a file without profiles is.
const defaultProfile = "default"

// keyOf is the key of a profile, "" when there is none. Keys outside of any table
// are those of the default profile.
func keyOf(config map[string]any, profile string) string {
	profile = cmp.Or(profile, defaultProfile)
	table, _ := config[profile].(map[string]any)
	tables := []map[string]any{table}
	if profile == defaultProfile {
		tables = []map[string]any{config, table}
	}
	for _, table := range tables {
		for _, name := range []string{"apikey", "apiKey", "api_key"} {
			if key, ok := table[name].(string); ok && key != "" {
				return key
			}
		}
	}
	return ""
}

// profiles are the names of those that have a key.
func profiles(config map[string]any) []string {
	var names []string
	for _, name := range append(slices.Collect(maps.Keys(config)), defaultProfile) {
		if keyOf(config, name) != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// noProfileError says that the configured profile has no key.
type noProfileError struct {
	profile, file string
	// others are the profiles that do have one.
	others []string
}

func (e *noProfileError) Error() string {
	text := fmt.Sprintf("%s has no profile %q with an API key", e.file, e.profile)
	if len(e.others) > 0 {
		text += "; its profiles are: " + strings.Join(e.others, ", ")
	}
	return text
}

// vastai looks the key up in VAST_API_KEY, then in the files that the vast CLI
// writes, and the URL in VAST_URL.
func (e environment) vastai() (credential, error) {
	c := credential{key: e.getenv("VAST_API_KEY"), baseURL: e.getenv("VAST_URL")}
	if c.key != "" {
		return c, nil
	}
	var files []string
	home, homeErr := e.homeDir()
	if config := e.getenv("XDG_CONFIG_HOME"); config != "" {
		files = append(files, filepath.Join(config, "vastai", "vast_api_key"))
	} else if homeErr == nil {
		files = append(files, filepath.Join(home, ".config", "vastai", "vast_api_key"))
	}
	if homeErr == nil {
		files = append(files, filepath.Join(home, ".vast_api_key"))
	}
	for _, file := range files {
		content, err := readIfExists(file)
		if err != nil {
			return c, err
		}
		if key := strings.TrimSpace(content); key != "" {
			c.key = key
			return c, nil
		}
	}
	return c, nil
}

func readIfExists(file string) (string, error) {
	content, err := os.ReadFile(file) //nolint:gosec // the key files of the vendors' own command lines.
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("the key file cannot be read: %w", err)
	}
	return string(content), nil
}
