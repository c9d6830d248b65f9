#!/usr/bin/env bash
# go mod tidy in every module. It ignores go.work, so in the released modules the
# siblings, which nobody can download before the release, are replaced by their
# folders meanwhile.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
. scripts/lib.sh
version=$(next_version)
export GOWORK=off

for dir in "${unreleased[@]}"; do (cd "$dir" && go mod tidy); done

mapfile -t dirs < <(released)
for dir in "${dirs[@]}"; do
	cp "$dir/go.mod" "$dir/go.mod.before"
	(
		cd "$dir"
		trap 'mv go.mod.before go.mod' ERR
		for sibling in "${dirs[@]}"; do
			[ "$sibling" = "$dir" ] || go mod edit -replace "$module_path/$sibling=$root/$sibling"
		done
		[ "$dir" = . ] || go mod edit -dropreplace "$module_path/." -replace "$module_path=$root"
		go mod tidy
		go mod edit -json | sed -n 's#.*"Path": "\('"$module_path"'.*\)".*#\1#p' | sort -u | xargs -I{} go mod edit -dropreplace {}
		sed -i "s# v0\.0\.0-00010101000000-000000000000# $version#" go.mod
		go mod edit -fmt
		rm go.mod.before
	)
done
