#!/usr/bin/env bash
# Copies Kafka's jars from Maven into the cache folder, with what that needs (by apt-get where this user may). Each state
# of the pom.xml has a folder of its own there; does nothing when it is there already.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
. scripts/lib.sh

pom=$PWD/driver/drivertest/kafkatest/pom.xml
target=$cache/kafka/$(sha256sum <"$pom" | cut -d' ' -f1) # as package kafkatest computes it

if command -v java >/dev/null && [ -d "$target" ]; then
	exit 0
fi
if ! { command -v java && command -v mvn; } >/dev/null && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
	apt-get update -q >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends default-jdk-headless maven >/dev/null
fi
for program in java mvn; do
	command -v $program >/dev/null || { echo "setup: no $program, which Kafka needs (Debian: default-jdk-headless maven)"; exit 1; }
done

mkdir -p "$cache/kafka" && build=$(mktemp -d "$cache/kafka/build.XXXXXX") && log=$(mktemp) || exit
trap 'rm -rf "$build" "$log"' EXIT
start=$SECONDS
if ! mvn -q -B -f "$pom" -Dkafka.jars="$build" dependency:copy-dependencies >"$log" 2>&1; then
	echo "setup: Kafka's jars can't be had"
	tail -n 40 "$log"
	exit 1
fi
mv -T "$build" "$target" || [ -d "$target" ] || exit # another one may have been faster
echo "setup: Kafka's jars copied in $((SECONDS - start)) s"
