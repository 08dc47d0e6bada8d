#!/bin/sh
# Writes the docs into the folder given, relative to the repository's root, and
# checks that they are complete.
set -eu
cd "$(dirname "$0")/.."
out=$1
schema=.cache/schema.json
tool=.cache/bin/tfplugindocs

mkdir -p .cache
go run ./internal/cmd/providerschema >"$schema"
"$tool" generate --provider-name gpumarket --providers-schema "$schema" --rendered-website-dir "$out" >.cache/docs.log 2>&1 || {
	cat .cache/docs.log
	exit 1
}
if [ "$out" = docs ]; then
	"$tool" validate --provider-name gpumarket --providers-schema "$schema"
fi
