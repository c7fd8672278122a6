#!/usr/bin/env bash
# Builds the web app into web/dist when a source is newer than the last build.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
built=web/dist/index.html
newer() {
    find web \( -name node_modules -o -name dist -o -name test-results -o -name playwright-report \) \
        -prune -o -type f -newer "$built" -print -quit
}
if [ -f "$built" ] && [ -z "$(newer)" ]; then
    exit 0
fi
say "building the web app"
(cd web && npm run --silent build >&2)
