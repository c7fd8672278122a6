#!/usr/bin/env bash
# The journey through the whole flow in Debian's Chromium, against a demo of its own.
# Specs: web/e2e/*.spec.ts (they read SAMBUNG_URL). Ends with "N passed, N failed".
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
. scripts/demo.sh
trap stop_demo EXIT

start_demo
export SAMBUNG_URL=$demo_url SAMBUNG_DEMO_LOG=$demo_log CHROMIUM=${CHROMIUM:-/usr/bin/chromium}
code=0
node scripts/playwright.mjs || code=$?
if [ "$code" -ne 0 ]; then
    echo "--- the demo's last lines"
    tail -n 40 "$demo_log"
    echo "---"
fi
tail -n 1 "$TARGET/browser-result"
exit "$code"
