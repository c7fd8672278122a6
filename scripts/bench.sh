#!/usr/bin/env bash
# Speed and memory in one run, as ratios against programs from Debian's packages; tables go to bench-out/.
#   bench.sh                  everything
#   bench.sh radius ...       only these parts: inprocess radius accounting business engines live simulate web
# BENCH_SECONDS (5) is the length of a turn, BENCH_ROUNDS (3) the number of turns, BENCH_SUBSCRIPTIONS (100000)
# the size of the provider that the business and the whole program are measured with.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

parts=("$@")
wanted() { [ ${#parts[@]} -eq 0 ] || [[ " ${parts[*]} " == *" $1 "* ]]; }

scripts/setup.sh bench
scripts/web.sh
say "building the release program (this takes some minutes the first time)"
cargo build --release --locked --workspace --bins

work=$TARGET/bench
mkdir -p "$work" bench-out
# Debian lets only root read FreeRADIUS's configuration; its SQL queries and policies are used as they are.
stock=/etc/freeradius/3.0
if [ ! -r "$stock/policy.d/accounting" ]; then
    rm -rf "$work/stock"
    as_root cp -rL "$stock" "$work/stock"
    as_root chown -R "$(id -u)" "$work/stock"
    stock=$work/stock
fi

common=(--work "$work" --out bench-out --freeradius "$stock"
    --seconds "${BENCH_SECONDS:-5}" --rounds "${BENCH_ROUNDS:-3}")
if wanted inprocess; then "$TARGET/release/sambung-bench" inprocess "${common[@]}"; fi
if wanted radius; then "$TARGET/release/sambung-bench" radius "${common[@]}"; fi
if wanted accounting; then "$TARGET/release/sambung-bench" accounting "${common[@]}"; fi
subscriptions=${BENCH_SUBSCRIPTIONS:-100000}
if wanted business || wanted engines || wanted live; then
    # A PostgreSQL of the bench's own, as durable as in production.
    export PG_DURABLE=1 PG_NAME=bench PG_PORT=55329
    trap 'scripts/postgres.sh stop || true' EXIT
    eval "$(scripts/postgres.sh start)"
fi
if wanted business; then
    "$TARGET/release/sambung-bench" business --subscriptions "$subscriptions" \
        --postgres "$SAMBUNG_TEST_PG" --work "$work" --out bench-out
fi
if wanted engines; then
    "$TARGET/release/sambung-bench" engines --postgres "$SAMBUNG_TEST_PG" --freeradius "$stock" \
        --work "$work" --out bench-out
fi
if wanted live; then
    for database in sqlite postgresql; do
        more=()
        if [ "$database" = postgresql ]; then
            psql -q "$SAMBUNG_TEST_PG" -c 'drop schema if exists live cascade; create schema live'
            more=(--postgres "$SAMBUNG_TEST_PG?options=-c%20search_path%3Dlive")
        fi
        "$TARGET/release/sambung-bench" live --subscriptions "$subscriptions" "${more[@]}" \
            --work "$work" --out bench-out
    done
fi
if wanted simulate; then
    from=$(date +%s.%N)
    "$TARGET/release/sambung" simulate --months 12 --subscriptions 300 --seed 1 --faults \
        --json >bench-out/simulate.json
    awk -v from="$from" -v to="$(date +%s.%N)" 'BEGIN {
        printf "# A faulty year of 300 subscriptions\n\n%.1f s (target: under 60 s)\n", to - from
    }' | tee bench-out/simulate.md
fi
if wanted web; then SAMBUNG=$TARGET/release/sambung scripts/bench-web.sh; fi
say "the tables are in bench-out/"
