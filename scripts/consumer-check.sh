#!/usr/bin/env bash
# Installs every released module as a user would: from a clone with tags, each alone
# into an empty module, without go.work. It takes what is committed. What it finds: a
# stale or missing requirement, a replace in a released module, a package that
# builds only in the workspace.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
version=$(next_version)
mapfile -t dirs < <(released)

tmp=$(mktemp -d)
trap 'chmod -R u+w "$tmp"; rm -rf "$tmp"' EXIT
git clone -q . "$tmp/clone"
for dir in "${dirs[@]}"; do
	! grep -q '^replace' "$dir/go.mod" || { echo "$dir/go.mod has a replace, which a released module must not have"; exit 1; }
	tag=$version
	[ "$dir" = . ] || tag=$dir/$version
	git -C "$tmp/clone" tag "$tag"
done

# Only this repository's path is fetched from the clone; all else comes from what is
# downloaded already, then from where it always comes from.
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="url.$tmp/clone.insteadOf" GIT_CONFIG_VALUE_0="https://$module_path"
GOPROXY="file://$(go env GOMODCACHE)/cache/download,$(go env GOPROXY)"
export GOPROXY GOPRIVATE=$module_path GOMODCACHE=$tmp/modules GOWORK=off GOFLAGS=-modcacherw

# A module alone: a command is installed, and says its version; a library is imported
# and built.
install() {
	local dir=$1 module=$2
	mkdir -p "$dir"
	cd "$dir" || return
	if [ -f "$tmp/clone${module#"$module_path"}/main.go" ]; then
		GOBIN=$tmp/bin go install "$module@$version" && "$tmp/bin/${module##*/}" --version | grep -F "$version"
		return
	fi
	go mod init example.com/user && go get "$module@$version" || return
	printf 'package main\n\nimport _ "%s"\n\nfunc main() {}\n' "$module" >main.go
	go build -o /dev/null .
}

for dir in "${dirs[@]}"; do
	module=$module_path
	[ "$dir" = . ] || module=$module_path/$dir
	if ! (install "$tmp/user/${dir//\//-}" "$module") >"$tmp/log" 2>&1; then
		cat "$tmp/log"
		echo "FAIL  $module@$version"
		exit 1
	fi
	echo "ok    $module@$version"
done
