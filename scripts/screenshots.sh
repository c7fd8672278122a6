#!/usr/bin/env bash
# Pictures of the demo's pages, 1440 and 390 pixels wide, into screenshots/.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
. scripts/demo.sh
trap stop_demo EXIT

scripts/setup.sh test
scripts/web.sh
cargo build --locked --package server
start_demo
export SAMBUNG_URL=$demo_url SAMBUNG_DEMO_LOG=$demo_log CHROMIUM=${CHROMIUM:-/usr/bin/chromium}
rm -rf screenshots
mkdir -p screenshots
SCREENSHOTS=$PWD/screenshots npm --prefix web run --silent screenshots
say "screenshots/ holds $(find screenshots -name '*.png' | wc -l) pictures"
