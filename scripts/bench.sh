#!/usr/bin/env bash
# Speed and memory in one run, as ratios against programs from Debian's packages; tables go to bench-out/.
#   bench.sh                  everything
#   bench.sh radius ...       only these parts: inprocess radius accounting
# BENCH_SECONDS (5) is the length of a turn, BENCH_ROUNDS (3) the number of turns.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

parts=("$@")
wanted() { [ ${#parts[@]} -eq 0 ] || [[ " ${parts[*]} " == *" $1 "* ]]; }

scripts/setup.sh bench
scripts/web.sh
say "building the release program (this takes some minutes the first time)"
cargo build --release --locked --package server --package bench

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
say "the tables are in bench-out/"
