#!/usr/bin/env bash
# Formatting, clippy without a warning, types and style of the web app.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
scripts/setup.sh run
scripts/web.sh
cargo fmt --all --check
cargo clippy --workspace --all-targets --locked -- -D warnings
(cd web && npm run --silent check)
