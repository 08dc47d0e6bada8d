package vastaisim

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// launch is what a container is started with.
type launch struct {
	template *template // nil without one
	image    string
	args     []string
	env      map[string]string
	onstart  *string
	runtype  string // in the legacy spelling: "ssh_direc ssh_proxy"
}

// merge puts what a request says over l. Env is merged key by key.
func (l *launch) merge(f *fields) {
	if image := f.string("image"); image != nil && *image != "" {
		l.image = *image
	}
	if onstart := f.string("onstart"); onstart != nil {
		l.onstart = onstart
	}
	for _, key := range []string{"args_str", "args"} {
		if args := f.args(key); args != nil {
			l.args = args
			if f.row["runtype"] == nil && l.template == nil {
				l.runtype = "args"
			}
		}
	}
	if env := f.env("env"); env != nil {
		merged := maps.Clone(l.env)
		if merged == nil {
			merged = map[string]string{}
		}
		maps.Copy(merged, env)
		l.env = merged
	}
}

// canonicalRuntype turns a launch mode into the legacy words the service
// reports it in; the words themselves are accepted too. ok is false when it is
// none.
func canonicalRuntype(mode string) (words string, ok bool) {
	switch mode {
	case "ssh", "ssh_proxy", "args":
		return mode, true
	case "ssh_direct":
		return "ssh_direc ssh_proxy", true
	case "jupyter", "jupyter_proxy":
		return "jupyter_proxy ssh_proxy", true
	case "jupyter_direct":
		return "jupyter_direc ssh_direc ssh_proxy", true
	}
	legacy := []string{"ssh", "ssh_direc", "ssh_proxy", "jupyter", "jupyter_direc", "jupyter_proxy", "args"}
	tokens := strings.Fields(mode)
	for _, token := range tokens {
		if !slices.Contains(legacy, token) {
			return "", false
		}
	}
	return strings.Join(tokens, " "), len(tokens) > 0
}

// has tells whether the launch mode includes a legacy word.
func (l *launch) has(word string) bool { return slices.Contains(strings.Fields(l.runtype), word) }

var portFlag = regexp.MustCompile(`^-p (?:[0-9.]+:)?([0-9]+)(?::([0-9]+))?(?:/(tcp|udp))?$`)

// mapping is a container port that is to be reachable from outside.
type mapping struct {
	port     string // inside
	protocol string
}

// mappings are the ports of the launch mode and of the env's port flags.
func (l *launch) mappings() []mapping {
	var all []mapping
	if l.has("ssh_direc") {
		all = append(all, mapping{"22", "tcp"})
	}
	if l.has("jupyter_direc") {
		all = append(all, mapping{"8080", "tcp"})
	}
	for _, key := range slices.Sorted(maps.Keys(l.env)) {
		found := portFlag.FindStringSubmatch(key)
		if found == nil {
			continue
		}
		m := mapping{found[1], "tcp"}
		if found[2] != "" {
			m.port = found[2]
		}
		if found[3] != "" {
			m.protocol = found[3]
		}
		if !slices.Contains(all, m) {
			all = append(all, m)
		}
	}
	return all
}

var volumeFlag = regexp.MustCompile(`^-v V\.([0-9]+):`)

// volumeIDs are the volumes that the env mounts.
func (l *launch) volumeIDs() []string {
	var ids []string
	for _, key := range slices.Sorted(maps.Keys(l.env)) {
		if found := volumeFlag.FindStringSubmatch(key); found != nil {
			ids = append(ids, found[1])
		}
	}
	return ids
}

// pairs is an environment as instances show it.
func pairs(env map[string]string) [][]string {
	list := [][]string{}
	for _, key := range slices.Sorted(maps.Keys(env)) {
		list = append(list, []string{key, env[key]})
	}
	return list
}

var (
	portValue    = regexp.MustCompile(`^[0-9:tcp/ud]+$`)
	volumeValue  = regexp.MustCompile(`^[A-Za-z0-9:./_]+$`)
	overlayValue = regexp.MustCompile(`^[a-z0-9-]+$`)
)

// parseFlags reads the Docker flags of a template. What it does not know is
// dropped, as the service does.
func parseFlags(flags string) map[string]string {
	env := map[string]string{}
	list := words(flags)
	for i := 0; i+1 < len(list); i++ {
		flag, value := list[i], list[i+1]
		switch {
		case flag == "-e":
			name, text, found := strings.Cut(value, "=")
			if found && name != "" {
				env[name] = text
			}
		case flag == "-h":
			env["-h"] = value
		case flag == "-p" && portValue.MatchString(value),
			flag == "-v" && volumeValue.MatchString(value),
			flag == "-n" && overlayValue.MatchString(value):
			env[flag+" "+value] = "1"
		default:
			continue
		}
		i++
	}
	return env
}

// words splits a text at spaces that are not in quotes.
func words(text string) []string {
	var (
		list    []string
		word    strings.Builder
		quote   rune
		started bool
	)
	end := func() {
		if started {
			list = append(list, word.String())
		}
		word.Reset()
		started = false
	}
	for _, c := range text {
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '"' || c == '\''):
			quote, started = c, true
		case quote == 0 && (c == ' ' || c == '\t' || c == '\n'):
			end()
		default:
			word.WriteRune(c)
			started = true
		}
	}
	end()
	return list
}
