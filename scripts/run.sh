#!/usr/bin/env bash
# Installs what is missing, builds, and starts the demo with its data in ./data (Ctrl-C ends it).
# Arguments go to `sambung demo`.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
scripts/setup.sh run
scripts/web.sh
# The development build: ready in half the time of a release build, and quick enough to try things out.
say "building the program (the first time takes some minutes)"
cargo build --locked --package server
exec "$TARGET/debug/sambung" demo "$@"
