#!/usr/bin/env bash
# golangci-lint over all modules; the pinned version is installed into the cache.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

version=v2.15.0
linter=$cache/bin/golangci-lint-$version
if [ ! -x "$linter" ]; then
	mkdir -p "$cache/bin"
	GOWORK=off GOBIN=$cache/bin/$version go install "github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$version"
	mv "$cache/bin/$version/golangci-lint" "$linter"
	rmdir "$cache/bin/$version"
fi
mapfile -t modules < <(go list -f '{{.Dir}}/...' -m)
"$linter" run "${modules[@]}"
