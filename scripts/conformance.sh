#!/usr/bin/env bash
# The runs against real servers and clients. The table of the last run is kept, as
# Markdown, in conformance.md of the cache folder; scripts/support.sh puts it into
# the README. Arguments go to go test: -run 'TestConformance/cells/Redis$'.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
. scripts/lib.sh

export CONFORMANCE_TABLE=$cache/conformance.md
begin_results || exit
rm -f "$CONFORMANCE_TABLE"
go_test conformance -race -count=1 -timeout 40m "$@" ./conformance/...
status=$?
if [ -f "$CONFORMANCE_TABLE" ]; then
	echo
	align_table <"$CONFORMANCE_TABLE"
fi
exit $status
