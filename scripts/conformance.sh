#!/usr/bin/env bash
# The runs against real servers and clients. Arguments go to go test, to run a part:
# -run TestConformance/cells/Redis/fred. The table of the last whole run is kept, as
# Markdown, in conformance.md of the cache folder; scripts/support.sh puts it into the
# README.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
. scripts/lib.sh

begin_results || exit
if [ $# = 0 ]; then
	export CONFORMANCE_TABLE=$cache/conformance.md
	rm -f "$CONFORMANCE_TABLE"
fi
go_test conformance -race -count=1 -timeout 60m "$@" ./conformance/...
