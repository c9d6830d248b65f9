#!/usr/bin/env bash
# The fault suite of the relay, in its long form: FOR as long, OPS operations through
# each source, SEED to have a run again, SOURCE an expression that picks sources by
# name. make test runs the short form, with the conformance runs.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
. scripts/lib.sh

export SOAK_FOR=${FOR:-10m} SOAK_OPS=${OPS:-100000} SOAK_SEED=${SEED:-} SOAK_SOURCE=${SOURCE:-}
# All sources at a time; it ends by itself within a few minutes of FOR.
go test -count=1 -v -timeout 0 -parallel 4 -run '^TestSoak$' ./conformance
