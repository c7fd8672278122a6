#!/usr/bin/env bash
# The release program.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
scripts/setup.sh run
scripts/web.sh
cargo build --release --locked --package server
say "$TARGET/release/sambung"
