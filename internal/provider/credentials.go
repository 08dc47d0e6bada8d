package provider

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
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
// writes, and the URL in RUNPOD_BASE_URL.
func (e environment) runPod() (credential, error) {
	c := credential{key: e.getenv("RUNPOD_API_KEY"), baseURL: e.getenv("RUNPOD_BASE_URL")}
	if c.key != "" {
		return c, nil
	}
	home, err := e.homeDir()
	if err != nil {
		return c, nil //nolint:nilerr // no home directory means no key file.
	}
	file := filepath.Join(home, ".runpod", "config.toml")
	content, err := readIfExists(file)
	if err != nil || content == "" {
		return c, err
	}
	var config map[string]any
	if err := toml.Unmarshal([]byte(content), &config); err != nil {
		// The parser's message may quote the line that holds the key.
		return c, fmt.Errorf("%s is not valid TOML", file)
	}
	// RunPod's Python package keeps the key in the same file, below [default].
	profile, _ := config["default"].(map[string]any)
	for _, table := range []map[string]any{config, profile} {
		for _, name := range []string{"apikey", "apiKey", "api_key"} {
			if key, ok := table[name].(string); ok && key != "" {
				c.key = key
				return c, nil
			}
		}
	}
	return c, nil
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
