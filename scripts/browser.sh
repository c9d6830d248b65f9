#!/usr/bin/env bash
# Gets ready what the demo's page is tested and pictured with: chromium and node (by
# apt-get where this user may) and playwright-core, by npm. What it can't install it
# names; with CI=true that is a failure. With an argument, fonts too, for the picture.
set -u
cd "$(dirname "$0")/../examples/demo/browser" || exit
missing=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# need PROGRAM PACKAGE... installs the packages where the program is missing.
need() {
	local program=$1
	shift
	command -v "$program" >/dev/null && return
	if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
		{ apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"; } >"$log" 2>&1 || tail -n 20 "$log"
	fi
	command -v "$program" >/dev/null && return
	echo "browser: $program is missing (Debian: $1; apt-get needs root)"
	missing=1
	return 1
}

need "${CHROMIUM:-chromium}" chromium
# npm writes this file last.
if need node nodejs && need npm npm && ! [ node_modules/.package-lock.json -nt package-lock.json ]; then
	npm ci --no-progress >"$log" 2>&1 || { tail -n 20 "$log"; echo "browser: npm ci failed in examples/demo/browser"; missing=1; }
fi
if [ $# -gt 0 ]; then
	for font in "Inter:fonts-inter" "JetBrains Mono:fonts-jetbrains-mono"; do
		[ -n "$(fc-list "${font%:*}")" ] || apt-get install -y --no-install-recommends "${font#*:}" >"$log" 2>&1 ||
			{ echo "browser: the font ${font%:*} is missing (Debian: ${font#*:})"; missing=1; }
	done
fi
[ "${CI:-}" != true ] || [ $missing = 0 ]
