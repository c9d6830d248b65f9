#!/usr/bin/env bash
# Builds the stand-in for MongoDB into the cache folder, with what it needs (by apt-get where this user may). Each
# state of its sources has a folder of its own there; does nothing when it is there already.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
. scripts/lib.sh

sources=$PWD/driver/drivertest/mongotest/standin
# As package mongotest computes it: all files, one after the other by name.
stamp=$(LC_ALL=C && cat "$sources"/*.java "$sources"/pom.xml | sha256sum | cut -d' ' -f1)
target=$cache/mongo-standin/$stamp

if command -v java >/dev/null && [ -d "$target" ]; then
	exit 0
fi
if ! { command -v javac && command -v mvn; } >/dev/null && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
	apt-get update -q >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends default-jdk-headless maven >/dev/null
fi
for program in javac mvn; do
	command -v $program >/dev/null || { echo "setup: no $program, which the stand-in for MongoDB needs (Debian: default-jdk-headless maven)"; exit 1; }
done

mkdir -p "$cache/mongo-standin" && build=$(mktemp -d "$cache/mongo-standin/build.XXXXXX") || exit
trap 'rm -rf "$build"' EXIT
start=$SECONDS
if ! mvn -q -B -f "$sources/pom.xml" -Dstandin.build="$build" package >"$build/log" 2>&1; then
	echo "setup: the stand-in for MongoDB can't be built"
	tail -n 40 "$build/log"
	exit 1
fi
mv -T "$build" "$target" || [ -d "$target" ] || exit # another one may have been faster
echo "setup: stand-in for MongoDB built in $((SECONDS - start)) s"
