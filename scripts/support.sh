#!/usr/bin/env bash
# Puts what the last conformance run found into the README, between its two marks.
# Refuses a run in which something failed or in which a part was left out.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

table=$cache/conformance.md
[ -f "$table" ] || { echo "there is no $table: run make conformance first"; exit 1; }

# crate SET NAME prints the version that the servers of a set are built with.
crate() { sed -nE "s/^$2 = .*\"=([^\"]+)\".*/\1/p" "conformance/servers/$1/Cargo.toml"; }

postgres_version() {
	local program
	for program in postgres /usr/lib/postgresql/*/bin/postgres; do
		command -v "$program" >/dev/null && "$program" --version | grep -oE '[0-9]+\.[0-9]+' | head -n 1 && return
	done
}

standin_version() {
	sed -nE '/>mongo-java-server</,/<version>/s#.*<version>([0-9.]+)</version>.*#\1#p' driver/drivertest/mongotest/standin/pom.xml
}

kafka_version() { sed -nE '/>kafka_2.13</,/<version>/s#.*<version>([0-9.]+)</version>.*#\1#p' driver/drivertest/kafkatest/pom.xml; }

nats_version() { sed 's/^v//' driver/drivertest/natstest/version.txt; }

# rows SET prints a row for each backend and servers' driver, with what our drivers passed there.
rows() {
	awk -F ' *[|] *' -v set="$1" -v core="$(crate "$1" socketioxide)" -v redis="$(crate "$1" socketioxide-redis)" \
		-v postgres="$(crate "$1" socketioxide-postgres)" -v mongo="$(crate "$1" socketioxide-mongodb)" '
		function adapter(backend) {
			if (backend == "PostgreSQL") return "postgres " postgres
			if (backend == "MongoDB") return "mongodb " mongo
			return "redis " redis
		}
		$5 == set {
			key = $2 " | " $3
			if (!(key in seen)) { seen[key]; order[++n] = key; backend[key] = $2 }
			split($7, of, " of ")
			if (!((key, $6) in total)) drivers[key] = drivers[key] " " $6
			passed[key, $6] += of[1]; total[key, $6] += of[2]
		}
		END { for (i = 1; i <= n; i++) {
			key = order[i]; text = ""
			m = split(drivers[key], names, " ")
			for (j = 1; j <= m; j++)
				text = text (j > 1 ? ", " : "") names[j] " " passed[key, names[j]] " of " total[key, names[j]]
			print "| " core " | " adapter(backend[key]) " | " key " | " text " |"
		} }' "$table"
}

support() {
	local set
	echo "Found by the conformance run of $(date -u -r "$table" +%F) with $(go env GOVERSION), Redis $(redis-server --version | sed -E 's/.* v=([^ ]+).*/\1/'), PostgreSQL $(postgres_version), Kafka $(kafka_version), nats-server $(nats_version) and, in place of MongoDB, mongo-java-server $(standin_version) ([what it can't do](driver/drivertest/mongotest/doc.go)), and with real clients (socket.io-client $(client_version)): cases passed with the common and the msgpack parser."
	echo
	echo '| socketioxide | socketioxide- | backend | servers'"'"' driver | cases passed |'
	echo '| --- | --- | --- | --- | --- |'
	for set in $(awk -F ' *[|] *' 'NR > 2 && $5 != "-" && !seen[$5]++ {print $5}' "$table"); do
		rows "$set"
	done
}

client_version() { sed -nE 's/.*"socket.io-client": "[^0-9]*([0-9.]+)".*/\1/p' conformance/clients/package.json; }

failed=$(awk -F ' *[|] *' 'NR > 2 {split($7, of, " of "); if (of[1] != of[2]) print}' "$table")
[ -z "$failed" ] || { printf 'not everything passed:\n%s\n' "$failed"; exit 1; }

text=$(support)
awk -v text="$text" '
	/<!-- support table/ { print; print ""; print text; print ""; skip = 1; next }
	/<!-- end of the support table/ { skip = 0 }
	!skip' README.md >README.md.new
mv README.md.new README.md
echo "README.md has the table of $table"
