#!/usr/bin/env bash
# The quick checks, which need Go and git only, and no network once the modules are
# downloaded. Tests that start other programs skip themselves (-short).
set -uo pipefail
cd "$(dirname "$0")/.." || exit
. scripts/lib.sh
. scripts/checks.sh

unset CI # a skip is no failure here

begin_results || exit
stage format check_format
stage vet check_vet
mapfile -t unit < <(packages conformance)
unit+=(./conformance/cmd/...)
stage unit go_test unit -short "${unit[@]}"
finish
