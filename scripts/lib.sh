# Sourced by the other scripts, from the root of the repository.

# What is built once and used again lies outside the checkout.
cache=${SIOXIDE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/sioxide}
export SIOXIDE_CACHE=$cache

module_path=github.com/sioxide/emitter

# The four combinations of build tags; "" is none.
tag_sets=("" nocommon nomsgpack nocommon,nomsgpack)

# packages prints the patterns of all packages of all modules of go.work, but of
# the modules named, such as conformance.
packages() {
	local path dir
	go list -m -f '{{.Path}} {{.Dir}}' | while read -r path dir; do
		case " $* " in *" ${path#"$module_path/"} "*) ;; *) echo "$dir/..." ;; esac
	done
}

# begin_results makes the file to which every stage appends "name passed failed
# skipped". A script started by a stage goes on with the file of its caller.
begin_results() {
	[ -n "${SIOXIDE_RESULTS:-}" ] && return
	SIOXIDE_RESULTS=$(mktemp) || return
	export SIOXIDE_RESULTS
	trap 'rm -f "$SIOXIDE_RESULTS"' EXIT
	go build -o "$cache/bin/tally" ./conformance/cmd/tally
}

# stage runs a function and prints how long it took. One that fails without having
# recorded a failed test is recorded as one failure.
stage() {
	local name=$1 start=$SECONDS before
	shift
	printf '\n== %s\n' "$name"
	before=$(failures)
	if ! "$@" && [ "$(failures)" = "$before" ]; then
		echo "$name 0 1 0" >>"$SIOXIDE_RESULTS"
		echo "FAIL  $name"
	fi
	printf -- '-- %s: %s min\n' "$name" "$(minutes $((SECONDS - start)))"
}

failures() { awk '{n += $3} END {print n + 0}' "$SIOXIDE_RESULTS"; }

minutes() { awk -v s="$1" 'BEGIN {printf "%.1f", s / 60}'; }

# Tests that may be skipped in CI too: an embedded fake of Redis can't be stopped or
# cut off, and the one connection of a driver can't be lost and go on; the same cases
# run on a real Redis, and on pools.
may_skip='^driver/[a-z]+/(TestMiniredis|TestContractOfOneConnection)/'

# These print tables.
show='^conformance/Test[A-Za-z]+$'

# go_test runs `go test` and tallies it. In CI a skipped test is a failed one.
go_test() {
	local name=$1 strict=()
	shift
	[ "${CI:-}" = true ] && strict=(-strict -may-skip "$may_skip")
	go test -json "$@" | "$cache/bin/tally" -stage "$name" -results "$SIOXIDE_RESULTS" -show "$show" -slow "${SLOW:-30s}" "${strict[@]}"
}

# finish prints the closing line and is the run's status.
finish() {
	echo
	awk '{passed += $2; failed += $3} END {
		printf "%d passed, %d failed\n", passed, failed
		exit failed > 0
	}' "$SIOXIDE_RESULTS"
}

# These modules are never released: their go.mod replaces the siblings by folders.
unreleased=(bench conformance examples)

# released prints the folders of the modules that are released, the root first.
released() {
	echo .
	git ls-files '*/go.mod' | xargs -n 1 dirname | grep -vxE "$(IFS='|'; echo "${unreleased[*]}")"
}

# next_version prints the version that the released modules require of each other;
# they carry one version and are released together.
next_version() {
	local versions
	versions=$(released | sed 's#$#/go.mod#' | xargs sed -nE "s#^(require)?[[:space:]]*$module_path[^ ]* (v[^ ]+).*#\2#p" | sort -u)
	case $versions in
	*$'\n'*) printf 'the modules require several versions of each other:\n%s\n' "$versions" >&2; return 1 ;;
	'') echo "no module requires another" >&2; return 1 ;;
	esac
	echo "$versions"
}
