# shellcheck shell=bash
# Sourced by the other scripts: where things are, and the few words they share.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
TARGET=${CARGO_TARGET_DIR:-$ROOT/target}
TOOLS=$TARGET/tools
mkdir -p "$TARGET"

# Node from the package registry, when Debian's is too old, lies here (see setup.sh).
if [ -x "$TOOLS/node/bin/node" ]; then PATH=$TOOLS/node/bin:$TOOLS/npm/node_modules/.bin:$PATH; fi
if [ -d "$HOME/.cargo/bin" ]; then PATH=$PATH:$HOME/.cargo/bin; fi
export PATH

if [ -t 2 ]; then bold=$'\033[1m' red=$'\033[31m' plain=$'\033[0m'; else bold='' red='' plain=''; fi
say() { printf '%s==> %s%s\n' "$bold" "$*" "$plain" >&2; }
die() {
    printf '%serror:%s %s\n' "$red" "$plain" "$*" >&2
    exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }

as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi; }

# version_at_least 1.96.0 1.95 -> true
version_at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n1)" = "$2" ]; }

# Is this port of 127.0.0.1 (or of all addresses) taken?  port_taken tcp|udp PORT
port_taken() {
    local hex
    hex=$(printf '%04X' "$2")
    awk -v hex="$hex" -v protocol="$1" '
        FNR > 1 {
            n = split($2, local, ":")
            if (local[n] == hex && (protocol == "udp" || $4 == "0A")) found = 1
        }
        END { exit !found }' "/proc/net/$1" "/proc/net/${1}6" 2>/dev/null
}

# The first free port at or after PORT.  free_port tcp|udp PORT
free_port() {
    local port=$2
    while port_taken "$1" "$port"; do
        port=$((port + 1))
        [ "$port" -lt 65000 ] || die "no free $1 port from $2 on"
    done
    echo "$port"
}

# wait_for SECONDS COMMAND...: until the command succeeds.
wait_for() {
    local until=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$until" ] || return 1
        sleep 0.2
    done
}

# Ends a process that this script started and waits for it; kills it when it does not listen.
stop_process() {
    local pid=$1 seconds=${2:-15}
    kill -TERM "$pid" 2>/dev/null || return 0
    local until=$((SECONDS + seconds))
    while kill -0 "$pid" 2>/dev/null; do
        if [ "$SECONDS" -ge "$until" ]; then
            kill -KILL "$pid" 2>/dev/null || true
            break
        fi
        sleep 0.1
    done
    wait "$pid" 2>/dev/null || true
}
