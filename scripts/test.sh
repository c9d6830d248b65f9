#!/usr/bin/env bash
# All tests. Stages go on after a failure; the closing line counts Go tests, and a
# failed stage such as lint as one failure. With CI=true a missing tool and a
# skipped test are failures.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
. scripts/lib.sh
. scripts/checks.sh

# What the tests start carries this mark, by which leftovers are found.
export SIOXIDE_RUN="run-$$"

begin_results || exit
stage setup scripts/setup.sh
stage format check_format
stage vet check_vet
stage lint scripts/lint.sh
stage modules scripts/tidy.sh -check
stage docs check_docs
stage tags check_tags
mapfile -t unit < <(packages conformance)
stage unit go_test unit -race -count=1 "${unit[@]}"
# The race detector allocates by itself, so these tests are not in its builds.
stage allocations go_test allocations -count=1 -run Alloc "${unit[@]}"
stage conformance scripts/conformance.sh
stage bench check_bench
stage leftovers check_leftovers
echo
echo "all stages: $(minutes $SECONDS) min"
finish
