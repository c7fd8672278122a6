#!/usr/bin/env bash
# Every test. Goes on after a failure, so that one run shows all of them; the last line is the sum.
#   test.sh                 everything
#   test.sh rust web ...    only these parts: lint rust web cli browser
# SAMBUNG_TEST_PG names a PostgreSQL to use; without it one is started and thrown away.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

parts=("$@")
wanted() { [ ${#parts[@]} -eq 0 ] || [[ " ${parts[*]} " == *" $1 "* ]]; }

logs=$TARGET/test-logs
rm -rf "$logs"
mkdir -p "$logs"
passed=0
failed=0
report=()

# count NAME PASSED FAILED: a runner that ran nothing has failed.
count() {
    local name=$1 good=$2 bad=$3
    if [ $((good + bad)) -eq 0 ]; then
        bad=1
        echo "$name ran no test" >&2
    fi
    passed=$((passed + good))
    failed=$((failed + bad))
    report+=("$(printf '%-28s %6d passed %6d failed' "$name" "$good" "$bad")")
}

# check NAME COMMAND...: counts only when it fails.
check() {
    local name=$1
    shift
    say "$name"
    "$@" || {
        failed=$((failed + 1))
        report+=("$(printf '%-28s %s' "$name" FAILED)")
    }
}

# run NAME COMMAND...: shows and keeps the output; sets `code`.
run() {
    local name=$1
    shift
    say "$name"
    local from=$SECONDS
    code=0
    { "$@" 2>&1 || code=$?; echo "$code" >"$logs/$name.code"; } | tee "$logs/$name.log"
    code=$(cat "$logs/$name.code")
    say "$name: exit $code after $((SECONDS - from)) s"
}

# plain_count NAME: counts by a closing line "N passed, N failed".
plain_count() {
    local line good=0 bad=0
    line=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$logs/$1.log" | tail -n1) || true
    if [ -n "$line" ]; then read -r good _ bad _ <<<"$line"; fi
    if [ "$code" -ne 0 ] && [ "$bad" -eq 0 ]; then bad=1; fi
    count "$1" "$good" "$bad"
}

rust_tests() {
    run rust cargo nextest run --workspace --locked --no-fail-fast --color never \
        --status-level slow --final-status-level slow --failure-output final
    local line total=0 good=0 bad
    line=$(sed -nE 's/^ *Summary .* ([0-9]+\/)?([0-9]+) tests? run: ([0-9]+) passed.*/\2 \3/p' \
        "$logs/rust.log" | tail -n1)
    if [ -n "$line" ]; then read -r total good <<<"$line"; fi
    bad=$((total - good))
    if [ "$code" -ne 0 ] && [ "$bad" -eq 0 ]; then bad=1; fi
    count rust "$good" "$bad"
}

web_tests() {
    run web node scripts/vitest.mjs
    plain_count web
}

postgres_started=
finish() {
    if [ -n "$postgres_started" ]; then scripts/postgres.sh stop || true; fi
}
trap finish EXIT

scripts/setup.sh test
if wanted rust || wanted cli; then
    if [ -z "${SAMBUNG_TEST_PG:-}" ]; then
        postgres_started=1
        exports=$(scripts/postgres.sh start)
        eval "$exports"
    fi
    export SAMBUNG_TEST_PG
    say "PostgreSQL for the tests: $SAMBUNG_TEST_PG"
fi
check "web build" scripts/web.sh
if wanted lint; then
    check "cargo fmt" cargo fmt --all --check
    check "web types and style" npm --prefix web run --silent check
fi
if wanted rust; then rust_tests; fi
if wanted web; then web_tests; fi
# The Rust tests build the program too, with the features that they ask of shared libraries.
if { wanted cli || wanted browser; } && ! wanted rust; then
    check "the program" cargo build --locked --workspace --bins
fi
if wanted cli; then
    run cli scripts/test-cli.sh
    plain_count cli
fi
if wanted browser; then
    run browser scripts/test-browser.sh
    plain_count browser
fi

# What failed, by name: the end of a long output is what is read first.
for log in "$logs"/*.log; do
    [ -e "$log" ] || continue
    sed -E 's/\x1b\[[0-9;]*m//g' "$log" |
        { grep -E '^ *(✘|×|WRONG|FAIL|TIMEOUT|SIG[A-Z]+) ' || true; } | sort -u | head -n 40
done

echo
printf '%s\n' "${report[@]}"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
