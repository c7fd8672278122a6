#!/usr/bin/env bash
# The program as a person at a terminal meets it: help, quotes, an empty database brought up and checked on
# SQLite and PostgreSQL, the simulator with and without sabotage. Ends with "N passed, N failed".
# SAMBUNG is the program (default: the development build), SAMBUNG_TEST_PG a PostgreSQL.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
. scripts/demo.sh

program=${SAMBUNG:-$TARGET/debug/sambung}
folder=$(mktemp -d "${TMPDIR:-/tmp}/sambung-cli.XXXXXX")
schema=cli_$$_$RANDOM
passed=0
failed=0
cleanup() {
    stop_demo
    rm -rf "$folder"
    if [ -n "${SAMBUNG_TEST_PG:-}" ]; then
        psql -q "$SAMBUNG_TEST_PG" -c "drop schema if exists $schema cascade" >/dev/null 2>&1 || true
    fi
}
trap cleanup EXIT
unset SAMBUNG_CONFIG SAMBUNG_DATA_DIR SAMBUNG_DATABASE
export LC_ALL=C.UTF-8

# fact "what must be true" COMMAND...: passes when the command succeeds.
fact() {
    local sentence=$1
    shift
    if "$@" >"$folder/output" 2>&1; then
        passed=$((passed + 1))
        echo "ok    $sentence"
    else
        failed=$((failed + 1))
        echo "WRONG $sentence"
        tail -n 15 "$folder/output" | sed 's/^/      /'
    fi
}

sambung() { (cd "$folder" && timeout 600 "$program" "$@"); }

# refuses PATTERN ARGUMENTS...: the program says PATTERN and exits with 1 or 2; a crash is no refusal.
refuses() {
    local pattern=$1 code=0 said
    shift
    said=$(sambung "$@" 2>&1) || code=$?
    echo "exit $code: $said"
    { [ "$code" -eq 1 ] || [ "$code" -eq 2 ]; } && grep -Eqi "$pattern" <<<"$said"
}

# ---------------------------------------------------------------------------------------------- help
for command in serve demo migrate check simulate quote bill user import backup restore bench logins; do
    fact "$command explains itself" sambung "$command" --help
done
fact "a command that is not there is refused" refuses 'unrecognized|unknown' nonsense

# -------------------------------------------------------------------------------------------- quotes
# quote PRICE TAX FROM TO BASE TAX TOTAL
quote() {
    local json
    json=$(sambung quote --price "$1" --tax "$2" --from "$3" --to "$4" --json) || return
    echo "$json"
    node -e '
        const [json, base, tax, total] = process.argv.slice(1);
        const got = JSON.parse(json);
        const right = got.base === +base && got.tax === +tax && got.total === +total
            && Array.isArray(got.lines) && got.lines.length > 0;
        process.exit(right ? 0 : 1);' "$json" "$5" "$6" "$7"
}
while read -r price tax from to base ppn total; do
    fact "$price $tax, $from to $to, is $base + $ppn = $total" \
        quote "$price" "$tax" "$from" "$to" "$base" "$ppn" "$total"
done <<'QUOTES'
250000 exclusive 2026-11-10 2026-11-30 175000 19250 194250
250000 exclusive 2026-12-01 2026-12-31 250000 27500 277500
250000 exclusive 2027-01-10 2027-01-31 177419 19516 196935
250000 exclusive 2026-11-25 2026-11-30 50000 5500 55500
250000 exclusive 2027-02-15 2027-02-28 125000 13750 138750
250000 exclusive 2026-12-01 2026-12-10 80645 8871 89516
333333 exclusive 2026-12-01 2026-12-07 75269 8280 83549
277500 inclusive 2026-12-01 2026-12-31 250000 27500 277500
150000 inclusive 2026-12-01 2026-12-03 13077 1439 14516
50023 exclusive 2026-12-01 2026-12-31 50023 5503 55526
250000 none 2026-12-01 2026-12-31 250000 0 250000
QUOTES
fact "a quote for people names the total" bash -c "
    cd '$folder' && '$program' quote --price 250000 --tax exclusive --from 2026-11-10 --to 2026-11-30 |
    grep -q '194[.,]\?250'"
fact "days of two months are no quote" \
    refuses . quote --price 1000 --tax none --from 2026-11-30 --to 2026-12-01
fact "a quote that ends before it begins is refused" \
    refuses . quote --price 1000 --tax none --from 2026-11-30 --to 2026-11-01
fact "a price below zero is refused" \
    refuses . quote --price=-1 --tax none --from 2026-11-01 --to 2026-11-30
fact "a day that does not exist is refused" \
    refuses . quote --price 1000 --tax none --from 2026-11-31 --to 2026-11-31

# -------------------------------------------------------------------------------- an empty database
fact "an empty SQLite database is brought up" sambung --data-dir "$folder/data" migrate
fact "and a second time nothing happens" sambung --data-dir "$folder/data" migrate
fact "check finds nothing in it" sambung --data-dir "$folder/data" check
fact "check without a database is refused" refuses . --database "sqlite:$folder/nowhere/x.db" check
if [ -n "${SAMBUNG_TEST_PG:-}" ]; then
    psql -q "$SAMBUNG_TEST_PG" -c "create schema $schema"
    pg="$SAMBUNG_TEST_PG?options=-c%20search_path%3D$schema"
    fact "an empty PostgreSQL schema is brought up" \
        sambung --data-dir "$folder/pg" --database "$pg" migrate
    fact "check finds nothing in it either" \
        sambung --data-dir "$folder/pg" --database "$pg" check
else
    fact "a PostgreSQL for the tests is there (SAMBUNG_TEST_PG)" false
fi
fact "PostgreSQL that is not there is refused" \
    refuses . --database postgres://nobody@127.0.0.1:1/none check

# ----------------------------------------------------------------------------------------- simulator
simulate() { sambung simulate --months 2 --subscriptions 12 --seed 7 "$@"; }
# field NAME: reads standard input as JSON
field() { node -e 'process.stdout.write(String(JSON.parse(require("fs").readFileSync(0))[process.argv[1]]))' "$1"; }
same_seed_same_hash() {
    local one two other
    one=$(simulate --faults --json | field hash)
    two=$(simulate --faults --json | field hash)
    other=$(sambung simulate --months 2 --subscriptions 12 --seed 8 --faults --json | field hash)
    echo "$one $two $other"
    [ "$one" != undefined ] && [ "$one" = "$two" ] && [ "$one" != "$other" ]
}
fact "two faulty months break nothing" simulate --faults
fact "the same seed gives the same hash, another seed another one" same_seed_same_hash
for harm in double_invoice lost_payment open_unpaid serial_twice unbalanced_entry wallet_negative \
    series_gap effect_twice journal_missing; do
    fact "sabotage $harm is caught" refuses 'the invariant [a-z_]+ is broken' \
        simulate --months 2 --subscriptions 12 --seed 7 --sabotage "$harm"
done

# --------------------------------------------------------------- RADIUS, asked by somebody else's client
# Each role of the demo logs in once; its cookie is kept.
api() {
    local role=$1 method=$2 path=$3 body=${4:-}
    curl -sS --fail-with-body --max-time 60 -X "$method" -b "$folder/$role.jar" -c "$folder/$role.jar" \
        -H "Origin: $demo_url" -H 'Content-Type: application/json' -H 'Accept-Language: en' \
        ${body:+-d "$body"} "$demo_url$path"
}
log_in() {
    local user password
    read -r user password < <(awk -v role="$1" '$1 == role { print $2, $3; exit }' "$demo_log")
    api "$1" POST /api/v1/session "{\"username\":\"$user\",\"password\":\"$password\"}"
}
# pick EXPRESSION: of the JSON on standard input, called `it`.
pick() {
    node -e '
        const it = JSON.parse(require("fs").readFileSync(0));
        const found = eval(process.argv[1]);
        if (found === undefined || found === null) process.exit(1);
        process.stdout.write(String(found));' "$1"
}
# A router of our own, on another loopback address than the demo's.
add_router() {
    local branch answer
    branch=$(api noc GET /api/v1/branches | pick 'it.items[0].id') || return
    answer=$(api noc POST /api/v1/nas "{\"name\":\"RADCLIENT\",\"address\":\"127.0.0.2\",
        \"vendor\":\"mikrotik\",\"coa_port\":null,\"branch_id\":\"$branch\"}") || {
        echo "$answer"
        return 1
    }
    pick it.secret <<<"$answer" >"$folder/radius.secret"
}
# take ACCOUNT-EXPRESSION: sets account, subscription, customer, username, password, mac. The account may
# log in here besides the session that it has at the demo's router.
take() {
    local accounts found
    accounts=$(api noc GET '/api/v1/accounts?limit=200') || return
    found=$(pick "JSON.stringify(it.items.find(a => a.state === 'live' && a.mac && ($1)))" <<<"$accounts") ||
        return
    account=$(pick it.id <<<"$found")
    subscription=$(pick it.subscription_id <<<"$found")
    customer=$(pick it.customer_id <<<"$found")
    mac=$(pick it.mac <<<"$found")
    api noc PUT "/api/v1/accounts/$account/limits" \
        '{"mac_policy":"scan","fixed_ip":null,"sessions_max":2}' >/dev/null || return
    found=$(api noc POST "/api/v1/accounts/$account/reveal" '') || return
    username=$(pick it.username <<<"$found")
    password=$(pick it.password <<<"$found")
}
# ask PASSWORD: what radclient hears; it fails when nobody answers.
ask() {
    radclient -x -t 2 -r 3 -S "$folder/radius.secret" "$demo_auth" auth <<ASK
User-Name = "$username"
User-Password = "$1"
Calling-Station-Id = "$mac"
Packet-Src-IP-Address = 127.0.0.2
Message-Authenticator = 0x00
ASK
}
has_rate_limit() { grep -Eq 'Mikrotik-Rate-Limit = "[0-9]+[kM]?/[0-9]+[kM]?'; }
is_full() {
    local said
    said=$(ask "$password") || true
    echo "$said"
    grep -q 'Received Access-Accept' <<<"$said" && has_rate_limit <<<"$said" &&
        ! grep -q Mikrotik-Address-List <<<"$said"
}
is_isolated() {
    local said
    said=$(ask "$password") || true
    echo "$said"
    grep -q 'Received Access-Accept' <<<"$said" &&
        grep -q 'Mikrotik-Address-List = "isolir"' <<<"$said"
}
is_rejected() {
    local said
    said=$(ask "$1") || true
    echo "$said"
    grep -q 'Received Access-Reject' <<<"$said"
}
# within PREDICATE: true within some seconds of the change; shows what was heard last.
# Isolated because of a bill, not because a prepaid period is over: such a customer may promise to pay.
take_debtor() {
    local found
    found=$(api finance GET '/api/v1/subscriptions?state=isolated&limit=200') || return
    found=$(pick "(it.items.find(s => s.mode === 'postpaid' && s.outstanding > 0)
        || it.items.find(s => s.outstanding > 0)).id" <<<"$found") || return
    take "a.desired === 'isolated' && a.subscription_id === '$found'"
}
within() { wait_for 10 "$1" || "$1"; }
promise() {
    local until answer
    until=$(TZ=Asia/Jakarta date -d '+3 days' +%F)
    answer=$(api finance POST /api/v1/promises \
        "{\"subscription_id\":\"$subscription\",\"until\":\"$until\"}") || { echo "$answer"; return 1; }
    promise=$(pick it.id <<<"$answer")
}
pay_all() {
    local owed
    owed=$(api finance GET "/api/v1/subscriptions/$subscription" | pick it.outstanding) || return
    [ "$owed" -gt 0 ] && curl -sS --fail-with-body -b "$folder/finance.jar" -H "Origin: $demo_url" \
        -H 'Content-Type: application/json' -H "Idempotency-Key: test-cli-$subscription" \
        -d "{\"customer_id\":\"$customer\",\"channel\":\"cash\",\"amount\":$owed}" \
        "$demo_url/api/v1/payments"
}
# A batch of one hotspot voucher of one day: sets code.
print_voucher() {
    local branch plan batch
    branch=$(api noc GET /api/v1/branches | pick 'it.items[0].id') || return
    plan=$(api finance GET /api/v1/plans | pick 'it.items[0].id') || return
    batch=$(curl -sS --fail-with-body -b "$folder/finance.jar" -H "Origin: $demo_url" \
        -H 'Content-Type: application/json' -H "Idempotency-Key: test-cli-voucher-$RANDOM" \
        -d "{\"plan_id\":\"$plan\",\"branch_id\":\"$branch\",\"days\":1,\"count\":1,\"price\":5000,
            \"expires_on\":\"$(date -d '+30 days' +%F)\"}" "$demo_url/api/v1/vouchers" | pick it.id) || return
    voucher_batch=$batch
    code=$(api finance GET "/api/v1/vouchers/$batch/codes" | pick 'it.items[0].code')
}
# guest MAC: what radclient hears when a hotspot asks for the guest with the code, typed in lower case.
guest() {
    local username=${code,,} mac=$1
    ask "${code,,}"
}
guest_is_in() {
    local said
    said=$(guest 02:00:00:00:0A:01) || true
    echo "$said"
    grep -q 'Received Access-Accept' <<<"$said" && has_rate_limit <<<"$said" &&
        grep -q "Session-Timeout = $1\$" <<<"$said"
}
guest_is_new() { guest_is_in 86400; }
# Anything but the whole day: the clock runs.
guest_goes_on() { guest_is_in '8[56][0-9]*' && ! guest_is_in 86400; }
guest_is_refused() {
    local said
    said=$(guest "$1") || true
    echo "$said"
    grep -q 'Received Access-Reject' <<<"$said" && grep -q "Reply-Message = .*$2" <<<"$said"
}
guest_is_shown() {
    api finance GET "/api/v1/vouchers/$voucher_batch/guests" |
        pick "it.items[0].standing === 'running' && it.items[0].ends_at ? 1 : null"
}
promise=
voucher_batch=
export SAMBUNG_RADIUS__LOG_LOGINS=true
start_demo --customers 100
fact "the demo lets NOC and finance in" eval 'log_in noc && log_in finance'
fact "NOC adds a router and gets its secret" add_router
fact "a customer without debts is found" take "a.desired === 'full'"
fact "radclient sees that customer accepted, with the rate limit" is_full
fact "a wrong password is rejected" is_rejected "not-$password"
fact "another device than the customer's is rejected" eval "mac=02:00:00:00:00:01 is_rejected '$password'"
fact "a customer who has not paid is found" take_debtor
fact "radclient sees that customer accepted, but isolated" is_isolated
fact "the customer promises to pay" promise
fact "and radclient sees full access" within is_full
fact "the promise is taken back" \
    eval 'api finance DELETE "/api/v1/subscriptions/$subscription/promises/$promise"'
fact "and radclient sees the customer isolated again" within is_isolated
fact "what is owed is paid at the counter" pay_all
fact "and radclient sees full access again" within is_full
fact "finance prints a hotspot voucher" print_voucher
fact "radclient sees its guest accepted for a day, with the rate limit" within guest_is_new
fact "another device with the same code is refused at once" \
    guest_is_refused 02:00:00:00:0A:02 'perangkat lain'
fact "finance sees until when the guest may stay" within guest_is_shown
fact "a router that is not on record gets no answer" \
    eval '! printf "User-Name = x\nPacket-Src-IP-Address = 127.0.0.9\n" |
        radclient -t 1 -r 1 -S "$folder/radius.secret" "$demo_auth" auth'
# Whatever was answered is there, also when nobody had time to say goodbye.
start_again() {
    kill_demo
    start_demo_again --customers 100
    grep -q "making up" "$demo_log" && return 1
    api finance GET "/api/v1/subscriptions/$subscription" | pick 'it.outstanding === 0 ? 1 : null'
}
fact "killed and started again, the demo goes on with its data: what was paid is paid" start_again
fact "and radclient still sees full access" within is_full
fact "and the guest's clock runs on: no day is given twice" within guest_goes_on
stop_process "$demo_pid"
demo_pid=
# By our own router: with full access, and isolated.
logins_are_kept() {
    local said
    said=$(sambung --data-dir "$demo_folder/data" logins "$username" --json) || return
    tail -n4 <<<"$said"
    grep -q '"isolated":false.*"nas":"RADCLIENT"' <<<"$said" &&
        grep -q '"isolated":true.*"nas":"RADCLIENT"' <<<"$said"
}
fact "which logins were let in is looked up by the account's name" logins_are_kept
fact "an account that nobody has is named" refuses 'no account has it|tidak ada akun' \
    --data-dir "$demo_folder/data" logins hantu
fact "check finds nothing in what the demo left" sambung --data-dir "$demo_folder/data" check
stop_demo

echo
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
