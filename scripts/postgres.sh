#!/usr/bin/env bash
# A PostgreSQL of the tests' own: loopback only, no fsync, thrown away at the end.
#   postgres.sh start    starts it (or finds it running) and prints "export SAMBUNG_TEST_PG=..."
#   postgres.sh stop     stops it and removes its data
#   postgres.sh url      prints the address of a running one
# PG_DURABLE=1 keeps fsync and synchronous_commit on (the bench).  PG_NAME names another cluster.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

name=${PG_NAME:-test}
state=$TARGET/postgres-$name   # two lines: folder, port
PORT_FIRST=${PG_PORT:-54329}

bin() {
    local dir
    dir=$(compgen -G '/usr/lib/postgresql/*/bin/initdb' | sort -V | tail -n1)
    if [ -n "$dir" ]; then dirname "$dir"; else
        have initdb || die "there is no PostgreSQL: scripts/setup.sh test"
        dirname "$(command -v initdb)"
    fi
}
# PostgreSQL refuses to run as root.
as_owner() {
    if [ "$(id -u)" -eq 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}
read_state() { [ -f "$state" ] && { read -r folder && read -r port; } <"$state"; }
running() { read_state && as_owner "$bin/pg_ctl" -D "$folder/data" status >/dev/null 2>&1; }
url() { echo "postgres://postgres@127.0.0.1:$port/postgres"; }

write_config() {
    cat <<CONFIG
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 300
max_locks_per_transaction = 256
shared_buffers = 256MB
max_wal_size = 2GB
checkpoint_timeout = 30min
autovacuum_naptime = 1min
log_min_messages = fatal
log_min_error_statement = fatal
CONFIG
    if [ -z "${PG_DURABLE:-}" ]; then
        printf '%s\n' 'fsync = off' 'synchronous_commit = off' 'full_page_writes = off'
    fi
}

start() {
    if running; then return; fi
    # Not below target/: a home folder that only root may enter would shut user postgres out.
    folder=$(mktemp -d "${TMPDIR:-/tmp}/sambung-pg-$name.XXXXXX")
    if [ "$(id -u)" -eq 0 ]; then chown postgres "$folder"; fi
    (cd "$folder" && as_owner "$bin/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 \
        --locale=C.UTF-8 -N >"$folder.initdb" 2>&1) || {
        cat "$folder.initdb" >&2
        die "initdb failed"
    }
    rm -f "$folder.initdb"
    write_config | as_owner tee -a "$folder/data/postgresql.conf" >/dev/null
    port=$PORT_FIRST
    local try
    for try in $(seq 20); do
        port=$(free_port tcp "$port")
        # Another process may take the port in between; then the next one is tried.
        if (cd "$folder" && as_owner "$bin/pg_ctl" -D "$folder/data" -l "$folder/data/log" -w -t 60 \
            -o "-p $port" start >/dev/null 2>&1 </dev/null); then
            printf '%s\n%s\n' "$folder" "$port" >"$state"
            return
        fi
        port=$((port + try))
    done
    tail -n 20 "$folder/data/log" >&2
    die "PostgreSQL does not start"
}

stop() {
    if running; then
        (cd / && as_owner "$bin/pg_ctl" -D "$folder/data" -m immediate -w stop >/dev/null)
    fi
    if read_state; then rm -rf "$folder"; fi
    rm -f "$state"
}

bin=$(bin)
case ${1:-} in
start)
    start
    echo "export SAMBUNG_TEST_PG=$(url)"
    ;;
stop) stop ;;
url) if running; then url; else exit 1; fi ;;
*) die "usage: postgres.sh start|stop|url" ;;
esac
