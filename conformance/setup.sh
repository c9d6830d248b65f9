#!/usr/bin/env bash
# Gets ready what the conformance run needs: redis-server, node and cargo (by apt-get where this user may), the clients'
# packages and the Rust servers. Does nothing that is done already. What it can't install it names; with CI=true that
# is a failure.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1

cache=${SIOXIDE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/sioxide}
min_rust=1.94 # what the crates of the newest lock file ask for
min_node=18   # of socket.io-client's dependencies
missing=()
updated=

# step NAME COMMAND... runs the command quietly and prints how long it took; its output is shown when it fails.
step() {
	local name=$1 start=$SECONDS log
	shift
	log=$(mktemp)
	if "$@" >"$log" 2>&1; then
		printf 'conformance: %-34s %4d s\n' "$name" $((SECONDS - start))
		rm -f "$log"
		return 0
	fi
	printf 'conformance: %-34s failed after %d s\n' "$name" $((SECONDS - start))
	tail -n 40 "$log"
	rm -f "$log"
	return 1
}

apt_install() {
	[ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
	if [ -z "$updated" ]; then
		step "apt-get update" apt-get update || return 1
		updated=yes
	fi
	step "apt-get install $*" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
}

# need PROGRAM PACKAGE... installs the packages where the program is missing.
need() {
	local program=$1
	shift
	command -v "$program" >/dev/null && return 0
	apt_install "$@" && command -v "$program" >/dev/null && return 0
	missing+=("$program (package $1; apt-get needs root)")
	return 1
}

# at_least HAVE WANT compares versions.
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

clients() {
	need node nodejs && need npm npm || return
	local version
	version=$(node --version)
	if ! at_least "${version#v}" "$min_node"; then
		missing+=("node $min_node or newer (this one is $version)")
		return
	fi
	# npm writes this file last.
	if [ clients/node_modules/.package-lock.json -nt clients/package-lock.json ]; then
		return
	fi
	(cd clients && step "npm ci" npm ci --no-progress) || missing+=("the clients' packages (npm ci in conformance/clients)")
}

servers() {
	need cargo cargo || return
	local version set
	version=$(cargo --version | cut -d ' ' -f 2)
	if ! at_least "$version" "$min_rust"; then
		missing+=("cargo $min_rust or newer (this one is $version): install Rust's own toolchain")
		return
	fi
	# librdkafka is built by a C compiler and make, with zlib.
	need cc gcc libc6-dev && need make make || return
	if ! printf '#include <zlib.h>\n' | cc -E - >/dev/null 2>&1 && ! apt_install zlib1g-dev; then
		missing+=("zlib.h (package zlib1g-dev; apt-get needs root)")
		return
	fi
	export CARGO_TARGET_DIR=$cache/cargo
	mkdir -p "$CARGO_TARGET_DIR"
	for set in current set-0.18 oldest; do
		(cd "servers/$set" && step "cargo build, set $set" cargo build --release --locked) ||
			missing+=("the servers of set $set (cargo build in conformance/servers/$set)")
	done
	(cd servers/current && step "cargo test, names and presence" cargo test --release --locked --lib) ||
		missing+=("the reference drivers' names and presence (cargo test --lib in conformance/servers/current)")
	(cd rustemitter && step "cargo build, the Rust emitter" cargo build --release --locked) ||
		missing+=("the Rust emitter (cargo build in conformance/rustemitter)")
}

need redis-server redis-server
clients
servers

if [ ${#missing[@]} -gt 0 ]; then
	printf 'conformance: missing: %s\n' "${missing[@]}"
	[ "${CI:-}" != true ]
	exit
fi
