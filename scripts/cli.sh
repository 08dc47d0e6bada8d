#!/bin/sh
# Prints the path of the CLI to use: $TF_CLI when set, else a terraform or tofu
# on the PATH that is new enough for write-only arguments, else an OpenTofu that
# is built into .cache (once, some minutes).
set -eu
cd "$(dirname "$0")/.."
unset TF_CLI_CONFIG_FILE # tofu says on stdout when the file is not there

minor_needed=11

# usable tells whether the command runs and is at least 1.$minor_needed.
usable() {
	version=$("$1" version 2>/dev/null | sed -n '1s/^[^0-9]*\([0-9]*\)\.\([0-9]*\).*/\1 \2/p') || return 1
	[ -n "$version" ] || return 1
	major=${version% *} minor=${version#* }
	[ "$major" -gt 1 ] || { [ "$major" -eq 1 ] && [ "$minor" -ge "$minor_needed" ]; }
}

if [ -n "${TF_CLI:-}" ]; then
	command -v "$TF_CLI"
	exit
fi
for name in terraform tofu; do
	if command -v "$name" >/dev/null && usable "$name"; then
		command -v "$name"
		exit
	fi
done

tofu=$PWD/.cache/bin/tofu
if ! [ -x "$tofu" ] || [ tools/tofu/go.mod -nt "$tofu" ]; then
	echo 'no terraform or tofu >= 1.11 on the PATH: building OpenTofu into .cache (once, about 3 minutes)' >&2
	(cd tools/tofu && go build -o "$tofu" \
		-ldflags '-s -w -X github.com/opentofu/opentofu/version.dev=no' \
		github.com/opentofu/opentofu/cmd/tofu) >&2
fi
echo "$tofu"
