#!/usr/bin/env bash
# Measures this emitter beside others and the limits, and writes bench/RESULTS.md. What
# it needs it builds first, into the cache folder. QUICK=1 takes two minutes and writes
# no results. CHECK=1 writes none either, and fails when an aim is missed by more than a
# tenth. PART=encoding,sending chooses: encoding, sending, databases, brokers, outboxes,
# latency, delivery, growth.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

flags=()
[ -z "${QUICK:-}" ] || flags+=(-quick)
[ -z "${CHECK:-}" ] || flags+=(-check)
[ -z "${PART:-}" ] || flags+=(-part "$PART")
[ -n "${QUICK:-}${CHECK:-}${PART:-}" ] || flags+=(-results "$PWD/bench/RESULTS.md")

# Encoding needs no servers.
if [ "${PART:-}" != encoding ]; then
	scripts/setup.sh
fi
for program in cargo node npm; do
	command -v $program >/dev/null || { echo "bench: no $program, which a contestant is built with (scripts/setup.sh says how to get it)"; exit 1; }
done

mkdir -p "$cache/bin"
(cd bench && go build -o "$cache/bin/bench" . && go build -o "$cache/bin/bench-contestant" ./contestant)
(cd conformance && go build -o "$cache/bin/bench-delivery" ./cmd/delivery)
(cd bench/rust && CARGO_TARGET_DIR=$cache/cargo cargo build --quiet --release --locked)
# npm writes this file last.
if ! [ bench/js/node_modules/.package-lock.json -nt bench/js/package-lock.json ]; then
	(cd bench/js && npm ci --silent --no-progress)
fi

# What it starts in the folder of conformance/ finds its clients there.
exec "$cache/bin/bench" -go "$cache/bin/bench-contestant" -rust "$cache/cargo/release/bench-rust" -js "$PWD/bench/js/main.mjs" \
	-delivery "$cache/bin/bench-delivery" -conformance "$PWD/conformance" "${flags[@]}" "$@"
