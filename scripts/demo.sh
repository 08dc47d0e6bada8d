#!/bin/sh
# Tells the whole story against the simulated marketplaces: see "make demo". It
# wants bin/ built and TF_CLI named, and leaves nothing behind, however it ends.
set -eu
cd "$(dirname "$0")/.."
root=$PWD
unset TF_CLI_CONFIG_FILE TF_DATA_DIR TF_WORKSPACE TF_CLI_ARGS TF_LOG

tmp=$(mktemp -d)
sim=
# What is rented exists in the simulators alone and ends with them.
finish() {
	code=$?
	trap - EXIT INT TERM HUP
	[ -z "$sim" ] || { kill "$sim" && wait "$sim"; } 2>/dev/null || true
	rm -rf "$tmp"
	exit "$code"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
	bold=$(printf '\033[1m') dim=$(printf '\033[2m') green=$(printf '\033[32m') off=$(printf '\033[0m')
else
	bold='' dim='' green='' off=''
fi
step() { printf '\n%s%s%s\n%s%s%s\n\n' "$bold$green" "$1" "$off" "$dim" "$2" "$off"; }

# table aligns the columns of Markdown tables and passes everything else on. Its
# argument names columns to leave out, so that the table fits a terminal.
table() {
	awk -F '|' -v leave_out="${1:-}" '
		function width(s) { gsub(/[\200-\277]/, "", s); return length(s) }
		function flush(   i, j, line, pad) {
			for (i = 1; i <= rows; i++) {
				line = " "
				for (j = 2; j < fields; j++) {
					if (index(leave_out, "[" title[j] "]")) { continue }
					pad = w[j] - width(cell[i, j])
					if (i == 2) { line = line " " rule(w[j]) " " }
					else if (right[j]) { line = line " " sprintf("%" pad "s", "") cell[i, j] " " }
					else { line = line " " cell[i, j] sprintf("%" pad "s", "") " " }
				}
				sub(/ +$/, "", line); print line
			}
			rows = 0; split("", w); split("", right)
		}
		function rule(n,   s) { s = ""; while (n-- > 0) s = s "-"; return s }
		/^\|/ {
			rows++; fields = NF
			for (j = 2; j < NF; j++) {
				value = $j; gsub(/^ +| +$/, "", value); gsub(/\*\*/, "", value)
				if (rows == 1) { title[j] = value }
				if (rows == 2) { right[j] = value ~ /:$/; value = "" }
				cell[rows, j] = value
				if (width(value) > w[j]) w[j] = width(value)
			}
			next
		}
		{ if (rows) flush(); print }
		END { if (rows) flush() }'
}

# tf runs the CLI in the working copy of a scenario.
tf() {
	scenario=$1
	shift
	(cd "$tmp/$scenario" && TF_CLI_CONFIG_FILE="$tmp/cli.tfrc" TF_IN_AUTOMATION=1 TF_INPUT=0 CHECKPOINT_DISABLE=1 "$TF_CLI" "$@")
}

# show applies a scenario that only reads, and prints one of its outputs without the
# columns that the third argument names.
show() {
	tf "$1" apply -auto-approve -no-color >"$tmp/log" 2>&1 || { cat "$tmp/log"; exit 1; }
	warnings "$tmp/log"
	tf "$1" output -raw "$2" | table "${3:-}"
}

# warnings prints the warnings in what a command printed, but for the one that a
# development build of the provider is used.
warnings() {
	awk '
		/^Warning: / { show = !/development overrides/ }
		/^(Plan:|Apply complete|Destroy complete|Changes to Outputs|Outputs:|─)/ { show = 0 }
		show' "$1"
}

bin/gpusim -boot 3s >"$tmp/ready" 2>"$tmp/gpusim.log" &
sim=$!
tries=0
until [ -s "$tmp/ready" ]; do
	tries=$((tries + 1))
	if [ $tries -gt 100 ] || ! kill -0 "$sim" 2>/dev/null; then
		cat "$tmp/gpusim.log"
		echo 'the simulators did not start'
		exit 1
	fi
	sleep 0.1
done
field() { sed 's/.*"'"$1"'":"\([^"]*\)".*/\1/' "$tmp/ready"; }
RUNPOD_BASE_URL=$(field runpod_url) RUNPOD_API_KEY=$(field api_key)
VAST_URL=$(field vastai_url) VAST_API_KEY=$(field api_key)
export RUNPOD_BASE_URL RUNPOD_API_KEY VAST_URL VAST_API_KEY

cat >"$tmp/cli.tfrc" <<CONFIG
provider_installation {
  dev_overrides { "gpumarket/gpumarket" = "$root/bin" }
  direct {}
}
CONFIG
cp -R examples/scenarios/. "$tmp"

printf '%sTwo simulated marketplaces are open%s (%s): no account, no money.\n' "$bold" "$off" "$("$TF_CLI" version | head -n 1)"

step '1. The market' 'The cheapest RTX 4090 of each marketplace, 40 GB of disk included (examples/scenarios/market).'
show market offers '[USD/month][vCPU][RAM GB][Mbps down/up]'

step '2. The plan' 'A RunPod pod with a network volume and the cheapest reliable offer on Vast.ai (examples/scenarios/quickstart). The cost is known before anything is rented.'
tf quickstart plan -no-color -out=saved >"$tmp/plan.txt" 2>&1 || { cat "$tmp/plan.txt"; exit 1; }
sed -n '/^  # .* will be/p; /estimated_cost/,/}/p; /^Plan:/p' "$tmp/plan.txt" | sed 's/^  /    /'
echo
sed -n '/+ cost /,/EOT/p' "$tmp/plan.txt" | sed -n 's/^ *|/|/p' | table '[Basis]'
warnings "$tmp/plan.txt"

step '3. The budget' 'The same plan with a limit of 0.80 USD per hour: it is refused before anything is rented.'
if tf quickstart plan -no-color -var=max_hourly=0.80 >"$tmp/refused.txt" 2>&1; then
	cat "$tmp/refused.txt"
	echo 'the budget did not refuse the plan'
	exit 1
fi
sed -n '/^Error: /,$p' "$tmp/refused.txt"

step '4. Apply' 'What was reviewed is rented. An offer that is gone by now is passed over for the next one.'
tf quickstart apply -no-color saved >"$tmp/apply.txt" 2>&1 || { cat "$tmp/apply.txt"; exit 1; }
sed -n '/Creation complete/p; /^Apply complete/p' "$tmp/apply.txt"
warnings "$tmp/apply.txt"

step '5. How to reach it' 'The apply waited for these addresses and ports.'
tf quickstart output ssh
tf quickstart output http

step '6. What it costs now' 'Read back from both accounts (examples/scenarios/spend).'
show spend spend '[USD/month]'

step '7. A second plan' 'Nothing has changed, so there is nothing to do.'
tf quickstart plan -no-color -detailed-exitcode >"$tmp/second.txt" 2>&1 || { cat "$tmp/second.txt"; echo 'the second plan is not empty'; exit 1; }
sed -n '/^No changes/p' "$tmp/second.txt"
warnings "$tmp/second.txt"

step '8. The end' 'Destroying ends the bill.'
tf quickstart destroy -no-color -auto-approve >"$tmp/destroy.txt" 2>&1 || { cat "$tmp/destroy.txt"; exit 1; }
sed -n '/Destruction complete/p; /^Destroy complete/p' "$tmp/destroy.txt"
warnings "$tmp/destroy.txt"
show spend spend '[USD/month]'

printf '\nThe same configuration runs on the real marketplaces: set RUNPOD_API_KEY and VAST_API_KEY and leave the URLs alone.\n'
