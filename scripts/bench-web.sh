#!/usr/bin/env bash
# How long first visits take on a slow phone (slow 4G, a processor four times slower): medians, also in
# bench-out/web.md. BENCH_ROUNDS (5) is how often each page is opened. Needs nothing but an otherwise idle machine.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
. scripts/demo.sh
trap stop_demo EXIT

scripts/setup.sh test
scripts/web.sh
if [ -z "${SAMBUNG:-}" ]; then
    cargo build --release --locked --package server --bins
    SAMBUNG=$TARGET/release/sambung
fi
mkdir -p bench-out
start_demo
export SAMBUNG_URL=$demo_url SAMBUNG_DEMO_LOG=$demo_log CHROMIUM=${CHROMIUM:-/usr/bin/chromium}
node web/bench.mjs | tee bench-out/web.md
