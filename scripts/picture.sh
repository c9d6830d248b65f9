#!/usr/bin/env bash
# Makes docs/demo.webp: the demo's page with a fixed scene, in a headless chromium. The
# ids and times in it differ each time.
set -euo pipefail
cd "$(dirname "$0")/.."
CI=true scripts/browser.sh fonts

tmp=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill "$pid"; rm -rf "$tmp"' EXIT
(cd examples && go build -o "$tmp/demo" ./demo)
mkfifo "$tmp/out"
"$tmp/demo" -page >"$tmp/out" &
pid=$!
url=$(sed -n 's/.*page: //p;t found;b;:found q' "$tmp/out")
[ -n "$url" ] || { echo "the demo serves no page"; exit 1; }
node examples/demo/browser/picture.mjs "$url" docs/demo.webp
size=$(wc -c <docs/demo.webp)
[ "$size" -lt $((300 << 10)) ] || { echo "docs/demo.webp has $size bytes, more than 300 KiB"; exit 1; }
echo "docs/demo.webp: $size bytes"
