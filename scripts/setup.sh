#!/usr/bin/env bash
# Gets ready what the tests need beside Go: the modules, a C compiler for the race
# detector, the stand-in for MongoDB, Kafka and nats-server, PostgreSQL's programs,
# PgBouncer, and what conformance/setup.sh and scripts/browser.sh get. What is missing
# afterwards is a failure with CI=true; otherwise the tests that need it are skipped.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
missing=0
updated=

# has looks for PostgreSQL's programs as driver/drivertest/pgtest does.
has() { command -v "$1" >/dev/null || compgen -G "/usr/lib/postgresql/*/bin/$1" >/dev/null; }

# need PROGRAM PURPOSE PACKAGE... installs the packages, where this user may, when the
# program is missing. A service that they bring is not started.
need() {
	local program=$1 purpose=$2
	shift 2
	has "$program" && return
	if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
		[ -n "$updated" ] || apt-get update -q >/dev/null && updated=yes
		DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -qy --no-install-recommends \
			-o Dpkg::Options::=--force-confold "$@" >/dev/null
	fi
	has "$program" || { echo "setup: no $program, which $purpose needs (Debian: $*)"; missing=1; }
}

go mod download || { echo "setup: the modules can't be downloaded (go mod download)"; missing=1; }

cc=$(go env CC)
need "${cc%% *}" "go test -race" gcc libc6-dev
if ! has postgres && [ "$(id -u)" = 0 ] && [ ! -e /etc/postgresql-common/createcluster.conf ]; then
	# The package would make a cluster of databases that nothing here uses.
	mkdir -p /etc/postgresql-common && echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
fi
need postgres pgxdriver postgresql
need pgbouncer "the doctor" pgbouncer

scripts/mongo-standin.sh || missing=1
scripts/kafka.sh || missing=1
scripts/nats-server.sh || missing=1
conformance/setup.sh || missing=1
scripts/browser.sh || missing=1
[ "${CI:-}" != true ] || [ $missing = 0 ]
