#!/usr/bin/env bash
# Gets ready what the tests need beside Go: the modules, a C compiler for the race
# detector, the stand-in for MongoDB, and what conformance/setup.sh gets. What is missing afterwards is a
# failure with CI=true; otherwise the tests that need it are skipped.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
missing=0

go mod download || { echo "setup: the modules can't be downloaded (go mod download)"; missing=1; }

cc=$(go env CC)
if ! command -v "${cc%% *}" >/dev/null; then
	if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
		apt-get update -q >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends gcc libc6-dev >/dev/null
	fi
	command -v "${cc%% *}" >/dev/null || { echo "setup: no C compiler $cc, which go test -race needs (Debian: gcc)"; missing=1; }
fi

scripts/mongo-standin.sh || missing=1
conformance/setup.sh || missing=1
[ "${CI:-}" != true ] || [ $missing = 0 ]
