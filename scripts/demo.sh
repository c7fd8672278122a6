# shellcheck shell=bash
# Sourced by scripts that need a demo of their own: free ports, a data folder that is thrown away.
#   start_demo [ARGUMENTS of demo]    sets demo_url, demo_folder, demo_log, demo_auth, demo_acct
#   start_demo_again                  the same demo on its data, at the same addresses
#   kill_demo                         kill -9
#   stop_demo

demo_pid=
start_demo() {
    local web auth
    demo_folder=$(mktemp -d "${TMPDIR:-/tmp}/sambung-demo.XXXXXX")
    demo_log=$demo_folder/demo.log
    web=$(free_port tcp 18080)
    auth=$(free_port udp 18120)
    demo_auth=127.0.0.1:$auth
    demo_acct=127.0.0.1:$(free_port udp $((auth + 1)))
    demo_web=127.0.0.1:$web
    demo_url=http://$demo_web
    start_demo_again "$@"
}
start_demo_again() {
    local program=${SAMBUNG:-$TARGET/debug/sambung}
    SAMBUNG_HTTP__LISTEN=$demo_web \
        SAMBUNG_RADIUS__AUTH_LISTEN=$demo_auth SAMBUNG_RADIUS__ACCT_LISTEN=$demo_acct \
        "$program" --data-dir "$demo_folder/data" demo "$@" >"$demo_log" 2>&1 &
    demo_pid=$!
    # A demo makes its data at the first start; the development build takes its time over that.
    if ! wait_for 180 demo_answers || ! kill -0 "$demo_pid" 2>/dev/null; then
        tail -n 40 "$demo_log" >&2
        die "the demo does not answer at $demo_url"
    fi
    export demo_url demo_folder demo_log demo_auth demo_acct
}
# True also when the demo has ended: nothing to wait for any more.
demo_answers() {
    kill -0 "$demo_pid" 2>/dev/null || return 0
    curl -fsS --max-time 2 "$demo_url/api/v1/health"
}
kill_demo() {
    kill -KILL "$demo_pid"
    wait "$demo_pid" 2>/dev/null || true
    demo_pid=
}
stop_demo() {
    if [ -n "$demo_pid" ]; then stop_process "$demo_pid"; fi
    demo_pid=
    if [ -n "${demo_folder:-}" ]; then rm -rf "$demo_folder"; fi
}
