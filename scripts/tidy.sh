#!/usr/bin/env bash
# go mod tidy in every module; with -check it changes nothing and fails where it
# would. go mod tidy ignores go.work, so in the released modules the siblings, which
# nobody can download before the release, are replaced by their folders meanwhile, in
# a copy of go.mod.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
. scripts/lib.sh
version=$(next_version)
mapfile -t dirs < <(released)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export GOWORK=off

# siblings prints the released modules, as the file $tmp/x.mod may name them, but the
# one in the folder.
siblings() {
	local dir
	for dir in "${dirs[@]}"; do
		[ "$dir" = "$1" ] || echo "$dir" | sed "s#^\.\$##; s#^.#/&#"
	done
}

tidied() {
	local dir=$1 sibling
	cp "$dir/go.mod" "$tmp/x.mod"
	rm -f "$tmp/x.sum"
	[ ! -f "$dir/go.sum" ] || cp "$dir/go.sum" "$tmp/x.sum"
	if [[ " ${unreleased[*]} " = *" $dir "* ]]; then
		(cd "$dir" && go mod tidy -modfile="$tmp/x.mod")
		return
	fi
	while read -r sibling; do go mod edit -replace "$module_path$sibling=$root$sibling" "$tmp/x.mod"; done < <(siblings "$dir")
	(cd "$dir" && go mod tidy -modfile="$tmp/x.mod")
	while read -r sibling; do go mod edit -dropreplace "$module_path$sibling" "$tmp/x.mod"; done < <(siblings "$dir")
	sed -i "s# v0\.0\.0-00010101000000-000000000000# $version#" "$tmp/x.mod"
	go mod edit -fmt "$tmp/x.mod"
}

status=0
for dir in "${dirs[@]}" "${unreleased[@]}"; do
	tidied "$dir"
	touch "$tmp/x.sum"
	for kind in mod sum; do
		[ -f "$dir/go.$kind" ] || [ -s "$tmp/x.$kind" ] || continue
		if [ "${1:-}" = -check ]; then
			diff -u "$dir/go.$kind" "$tmp/x.$kind" || { echo "$dir/go.$kind is not tidy (make tidy)"; status=1; }
		else
			cp "$tmp/x.$kind" "$dir/go.$kind"
		fi
	done
done
exit $status
