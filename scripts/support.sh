#!/usr/bin/env bash
# Puts what the last conformance run found into the README, between its two marks.
# Refuses a run in which something failed or in which a part was left out.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

table=$cache/conformance.md
[ -f "$table" ] || { echo "there is no $table: run make conformance first"; exit 1; }

# crate SET NAME prints the version that the servers of a set are built with.
crate() { sed -nE "s/^$2 = .*version = \"=([^\"]+)\".*/\1/p" "conformance/servers/$1/Cargo.toml"; }

support() {
	local set
	echo "Found by the conformance run of $(date -u -r "$table" +%F) with $(go env GOVERSION) and Redis $(redis-server --version | sed -E 's/.* v=([^ ]+).*/\1/'), and with real clients (socket.io-client $(client_version)): cases passed with the common and the msgpack parser."
	echo
	echo '| socketioxide | socketioxide-redis | backend | servers'"'"' driver | redisdriver | rueidisdriver |'
	echo '| --- | --- | --- | --- | --- | --- |'
	for set in $(awk -F ' *[|] *' 'NR > 2 && $2 ~ /^Redis/ && !seen[$5]++ {print $5}' "$table"); do
		awk -F ' *[|] *' -v set="$set" -v core="$(crate "$set" socketioxide)" -v redis="$(crate "$set" socketioxide-redis)" '
			$5 == set {
				key = $2 " | " $3
				if (!(key in seen)) { seen[key]; order[++n] = key }
				split($7, of, " of ")
				passed[key, $6] += of[1]; total[key, $6] += of[2]
			}
			function cell(key, driver) { return passed[key, driver] " of " total[key, driver] }
			END { for (i = 1; i <= n; i++)
				print "| " core " | " redis " | " order[i] " | " cell(order[i], "redisdriver") " | " cell(order[i], "rueidisdriver") " |" }' "$table"
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
