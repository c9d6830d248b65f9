# Sourced by test.sh and check.sh: the stages that are no tests. Each fails with a
# reason printed.

check_format() {
	local files
	files=$(git ls-files -co --exclude-standard '*.go' | xargs gofmt -l) || return
	[ -z "$files" ] || { printf 'not formatted (gofmt -w):\n%s\n' "$files"; return 1; }
	files=$(git ls-files -co --exclude-standard '*.go' | xargs awk 'FNR == 401 {print "  " FILENAME}')
	[ -z "$files" ] || { printf 'more than 400 lines:\n%s\n' "$files"; return 1; }
}

check_vet() { go vet work; }

# check_docs compiles the Go in the documentation and compares the map of the files
# with the tree.
check_docs() {
	local failed=0
	go run ./bench/snippets README.md docs/*.md || failed=1
	check_map || failed=1
	return $failed
}

# check_map: the first column of docs/architecture.md's tables names every Go file
# but tests, by itself or by a folder above it, and nothing that is not there.
check_map() {
	git ls-files -co --exclude-standard '*.go' '*.sh' | grep -v '_test\.go$' | awk -F '|' '
		FNR == NR {
			n = split($2, parts, "`")
			for (i = 2; i < n; i += 2) if (parts[i] ~ /\.(go|sh)$|\/$/) named[parts[i]] = 0
			next
		}
		{
			path = $0
			while (path != "" && !(path in named)) sub(/[^\/]+\/?$/, "", path)
			if (path != "") named[path]++
			else if ($0 ~ /\.go$/) { print "docs/architecture.md does not name " $0; failed = 1 }
		}
		END {
			for (path in named) if (!named[path]) { print "docs/architecture.md names " path ", which is not there"; failed = 1 }
			exit failed
		}' docs/architecture.md -
}

# check_tags builds, vets and tests the root module under each combination of build
# tags and compares the sizes of a small program.
check_tags() {
	local tags packages failed=0
	for tags in "${tag_sets[@]}"; do
		echo "tags ${tags:-none}:"
		mapfile -t packages < <(go list -tags "$tags" ./...)
		if [ "$tags" = nocommon,nomsgpack ]; then
			# What tests that drivers emit needs something to emit.
			mapfile -t packages < <(printf '%s\n' "${packages[@]}" | grep -v /driver/drivertest)
		fi
		go build -tags "$tags" "${packages[@]}" && go vet -tags "$tags" "${packages[@]}" &&
			go_test "tags:${tags:-none}" -count=1 -tags "$tags" "${packages[@]}" || failed=1
	done
	check_sizes && return $failed
}

# check_sizes shows that a parser left out by its tag is not in the program.
check_sizes() {
	local tags dir size full= failed=0 common msgpack
	dir=$(mktemp -d)
	printf '%-20s %10s %10s  functions of common, msgpack\n' tags bytes saved
	for tags in "${tag_sets[@]}"; do
		go build -tags "$tags" -ldflags=-w -o "$dir/size" ./bench/size || { failed=1; break; }
		size=$(wc -c <"$dir/size")
		full=${full:-$size}
		common=$(parser_functions "$dir/size" 'Common|text[A-Z]')
		msgpack=$(parser_functions "$dir/size" 'Msgpack|pack[A-Z]')
		printf '%-20s %10d %10d  %d, %d\n' "${tags:-none}" "$size" $((full - size)) "$common" "$msgpack"
		check_absent nocommon "$tags" "$common" && check_absent nomsgpack "$tags" "$msgpack" || failed=1
	done
	rm -rf "$dir"
	return $failed
}

# check_absent TAG TAGS N: N functions are in the program, none exactly when TAG is
# among TAGS.
check_absent() {
	case ",$2," in
	*",$1,"*) [ "$3" = 0 ] || { echo "$1: $3 functions of its parser are still in the program"; return 1; } ;;
	*) [ "$3" != 0 ] || { echo "without $1 no function of its parser was found: the names have changed"; return 1; } ;;
	esac
}

# parser_functions counts the methods of parser.Buffer whose names begin so.
parser_functions() { go tool nm "$1" | grep -cE "emitter/parser\.\(\*Buffer\)\.($2)"; }

# check_bench holds the encoding against its aims, for which the Rust and the JavaScript
# emitter must be there.
check_bench() {
	if [ "${CI:-}" != true ] && ! { command -v cargo && command -v npm; } >/dev/null; then
		echo "skipped: no cargo or no npm, which the other emitters need"
		return 0
	fi
	CHECK=1 QUICK=1 PART=encoding scripts/bench.sh
}

# check_leftovers finds processes that the tests have started and not ended, and ends
# them: they carry the mark of this run. Those that are on their way out get 10 s.
check_leftovers() {
	[ -d /proc/self ] || { echo "no /proc here: nothing to look at"; return 0; }
	local deadline=$((SECONDS + 10)) left
	while left=$(leftovers) && [ -n "$left" ]; do
		if [ "$SECONDS" -ge "$deadline" ]; then
			printf 'left running, and ended now:\n%s\n' "$left"
			awk '{print $1}' <<<"$left" | xargs kill
			return 1
		fi
		sleep 0.2
	done
	echo "nothing is left running"
}

leftovers() {
	local environ pid
	for environ in $(grep -lsz "^SIOXIDE_RUN=$SIOXIDE_RUN$" /proc/[0-9]*/environ); do
		pid=${environ#/proc/} pid=${pid%/environ}
		# This script got the mark after it had begun; only its subshells show it.
		[ -r "/proc/$pid/cmdline" ] && [ "$(cut -d ' ' -f 4 "/proc/$pid/stat" 2>/dev/null)" != "$$" ] &&
			[ "$pid" != "$BASHPID" ] && printf '  %s %s\n' "$pid" "$(tr '\0' ' ' <"/proc/$pid/cmdline")"
	done
	return 0
}
