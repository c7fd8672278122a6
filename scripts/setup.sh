#!/usr/bin/env bash
# Installs what is missing. Can be run again and again; does nothing when all is there.
#   setup.sh run     to build and start the program (default)
#   setup.sh test    and what the tests need: PostgreSQL, FreeRADIUS, MariaDB, Chromium, pdftotext, nextest
#   setup.sh bench   and what the bench needs: FreeRADIUS, MariaDB
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
purpose=${1:-run}
case $purpose in run | test | bench) ;; *) die "usage: setup.sh run|test|bench" ;; esac

RUST_MIN=1.95
NODE_MIN=20.19
NODE_MAJOR=20
NPM_MAJOR=11

# ------------------------------------------------------------------------------- Debian's packages
missing=()
# need COMMAND_OR_FILE PACKAGE
need() {
    case $1 in
    /*) compgen -G "$1" >/dev/null || missing+=("$2") ;;
    *) have "$1" || [ -x "/usr/sbin/$1" ] || missing+=("$2") ;;
    esac
}
node_version() { node --version 2>/dev/null | tr -d v; }
npm_version() { npm --version 2>/dev/null; }
node_is_new() { have node && version_at_least "$(node_version)" "$NODE_MIN"; }
npm_is_new() { have npm && version_at_least "$(npm_version)" "$NPM_MAJOR"; }

need cc gcc
need clang clang
need mold mold
need curl curl
need /etc/ssl/certs/ca-certificates.crt ca-certificates
# Any Node brings up the newer one, see below.
if ! node_is_new || ! npm_is_new; then
    need node nodejs
    need npm npm
fi
if [ "$purpose" = test ]; then
    need "/usr/lib/postgresql/*/bin/initdb" postgresql
    need radclient freeradius-utils
    need freeradius freeradius
    need mariadbd mariadb-server
    need "/usr/lib/freeradius/rlm_sql_mysql.so" freeradius-mysql
    need "/usr/lib/freeradius/rlm_sql_postgresql.so" freeradius-postgresql
    need "/usr/lib/freeradius/rlm_rest.so" freeradius-rest
    need python3 python3
    need chromium chromium
    need pdftotext poppler-utils
fi
if [ "$purpose" = bench ]; then
    need "/usr/lib/postgresql/*/bin/initdb" postgresql
    need freeradius freeradius
    need mariadbd mariadb-server
    need "/usr/lib/freeradius/rlm_sql_mysql.so" freeradius-mysql
    need taskset util-linux
fi

if [ ${#missing[@]} -gt 0 ]; then
    have apt-get || die "this machine has no apt-get. Install what these Debian packages hold: ${missing[*]}"
    if [ "$(id -u)" -ne 0 ] && ! have sudo; then
        die "not root and there is no sudo; as root: apt-get install ${missing[*]}"
    fi
    say "apt-get install ${missing[*]}"
    as_root apt-get update -q >&2
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -q --no-install-recommends "${missing[@]}" >&2
    # The tests and the bench start servers of their own. Those that Debian has just started as services
    # would hold ports 1812, 3306 and 5432 for nothing; services that were there before are left alone.
    if have systemctl && [ -d /run/systemd/system ]; then
        for package in "${missing[@]}"; do
            case $package in
            freeradius) as_root systemctl disable --now freeradius >&2 || true ;;
            mariadb-server) as_root systemctl disable --now mariadb >&2 || true ;;
            postgresql) as_root systemctl disable --now postgresql >&2 || true ;;
            esac
        done
    fi
fi

# -------------------------------------------------------------------------------------------- Rust
have cargo || die "there is no Rust toolchain; install Rust $RUST_MIN or newer (https://rustup.rs)"
rust=$(rustc --version | awk '{print $2}')
version_at_least "$rust" "$RUST_MIN" || die "Rust is $rust, but $RUST_MIN or newer is needed: rustup update stable"
if [ "$purpose" = test ] && ! cargo nextest --version >/dev/null 2>&1; then
    say "cargo install cargo-nextest (once)"
    # Its own target folder: the project's linker flags are not its concern.
    (cd / && CARGO_TARGET_DIR="$TARGET/tools/nextest-build" cargo install --locked cargo-nextest >&2)
    rm -rf "$TARGET/tools/nextest-build"
fi

# -------------------------------------------------------------------------------------------- Node
case $(uname -m) in
x86_64) arch=x64 ;;
aarch64) arch=arm64 ;;
*) arch= ;;
esac
if ! node_is_new; then
    [ -n "$arch" ] || die "Node $(node_version) is too old; install Node $NODE_MIN or newer"
    say "Node $(node_version) is too old; npm brings $NODE_MAJOR into $TOOLS/node"
    mkdir -p "$TOOLS/node-package" "$TOOLS/node"
    (cd "$TOOLS/node-package" && npm install --no-save --no-audit --no-fund \
        --prefix . "node-linux-$arch@$NODE_MAJOR" >&2)
    rm -rf "$TOOLS/node/bin"
    cp -r "$TOOLS/node-package/node_modules/node-linux-$arch/bin" "$TOOLS/node/bin"
    PATH=$TOOLS/node/bin:$PATH
fi
if ! npm_is_new; then
    say "npm $(npm_version) is too old; npm $NPM_MAJOR goes into $TOOLS/npm"
    mkdir -p "$TOOLS/npm" "$TOOLS/node/bin"
    [ -x "$TOOLS/node/bin/node" ] || ln -sf "$(command -v node)" "$TOOLS/node/bin/node"
    (cd "$TOOLS/npm" && npm install --no-save --no-audit --no-fund --prefix . "npm@$NPM_MAJOR" >&2)
    PATH=$TOOLS/node/bin:$TOOLS/npm/node_modules/.bin:$PATH
fi
export PATH

# ------------------------------------------------------------------------------- the web app's parts
if ! node scripts/installed.mjs 2>/dev/null; then
    say "npm ci in web/"
    (cd web && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund >&2)
fi
