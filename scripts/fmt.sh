#!/usr/bin/env bash
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
cargo fmt --all
(cd web && npm run --silent format)
