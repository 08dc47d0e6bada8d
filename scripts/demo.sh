#!/bin/sh
# Tells the whole story against the simulated marketplaces: see "make demo".
set -eu
cd "$(dirname "$0")/.."
echo 'the demo has no scenario yet' >&2
exit 1
