#!/usr/bin/env bash
# Each fuzz test of every module, for FUZZTIME (default 30s) each.
set -euo pipefail
cd "$(dirname "$0")/.."
git ls-files -co --exclude-standard '*_test.go' | xargs grep -HoE '^func Fuzz[A-Za-z0-9_]*' | sort -u | while IFS=: read -r file func; do
	dir=$(dirname "$file") name=${func#func }
	echo "== $dir $name"
	(cd "$dir" && go test -run '^$' -fuzz "^$name\$" -fuzztime "${FUZZTIME:-30s}" .)
done
