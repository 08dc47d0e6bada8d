#!/bin/sh
# Runs every test, with the race detector where a C compiler allows it. Further
# arguments go to "go test"; the packages are ./... unless PACKAGES says otherwise.
set -eu
cd "$(dirname "$0")/.."
unset TF_CLI_CONFIG_FILE

TF_CLI=$(./scripts/cli.sh)
export TF_CLI
echo "CLI: $("$TF_CLI" version | head -n 1) ($TF_CLI)"

race=-race
if ! go build -race -o /dev/null ./scripts/race 2>/dev/null; then
	race=
	echo 'no working C compiler: without the race detector'
fi
# shellcheck disable=SC2086 # an empty $race and several packages are meant
exec go test $race -timeout 60m "$@" ${PACKAGES:-./...}
