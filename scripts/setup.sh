#!/usr/bin/env bash
# Gets ready what the tests need beside Go: the modules, a C compiler for the race
# detector, the stand-in for MongoDB, PostgreSQL's programs, PgBouncer, and what
# conformance/setup.sh and scripts/browser.sh get. What is missing afterwards is a
# failure with CI=true; otherwise the tests that need it are skipped.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
missing=0

go mod download || { echo "setup: the modules can't be downloaded (go mod download)"; missing=1; }

cc=$(go env CC)
if ! command -v "${cc%% *}" >/dev/null; then
	if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
		apt-get update -q >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends gcc libc6-dev >/dev/null
	fi
	command -v "${cc%% *}" >/dev/null || { echo "setup: no C compiler $cc, which go test -race needs (Debian: gcc)"; missing=1; }
fi

scripts/mongo-standin.sh || missing=1
# As driver/drivertest/pgtest finds them. The package would make a cluster of databases
# and start it, which nothing here uses.
has_postgres() { command -v postgres >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null; }
if ! has_postgres; then
	if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
		if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
			mkdir -p /etc/postgresql-common && echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
		fi
		apt-get update -q >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends \
			-o Dpkg::Options::=--force-confold postgresql >/dev/null
	fi
	has_postgres || { echo "setup: PostgreSQL is not installed (Debian: postgresql)"; missing=1; }
fi
# The doctor's tests look through a pooler; the one that Debian starts is not used.
if ! command -v pgbouncer >/dev/null; then
	if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
		apt-get update -q >/dev/null && DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -qy --no-install-recommends pgbouncer >/dev/null
	fi
	command -v pgbouncer >/dev/null || { echo "setup: no pgbouncer (Debian: pgbouncer)"; missing=1; }
fi

conformance/setup.sh || missing=1
scripts/browser.sh || missing=1
[ "${CI:-}" != true ] || [ $missing = 0 ]
