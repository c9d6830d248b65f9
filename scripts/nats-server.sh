#!/usr/bin/env bash
# Builds nats-server into the cache folder, named after its version; does nothing when it is there already.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
. scripts/lib.sh

version=$(<driver/drivertest/natstest/version.txt)
target=$cache/bin/nats-server-$version
[ -x "$target" ] && exit 0

mkdir -p "$cache/bin" && build=$(mktemp -d "$cache/bin/build.XXXXXX") || exit
trap 'rm -rf "$build"' EXIT
start=$SECONDS
GOBIN=$build go install "github.com/nats-io/nats-server/v2@$version" || { echo "setup: nats-server $version can't be built"; exit 1; }
mv "$build/nats-server" "$target" || exit
echo "setup: nats-server built in $((SECONDS - start)) s"
