//! `kill -9` in the middle of work, and started again: nothing lost, nothing twice. On SQLite and on PostgreSQL.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use billing::words::Mode;
use catalog::PolicyPatch;
use serde_json::json;
use store::args;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::client::Client;
use crate::isp::{Isp, MONTH, PASSWORD, USER, at, first_of_month, now};
use crate::nas::Nas;
use crate::postgres::Schema;
use crate::program::{Patience, Program, until};

const INVOICES: &str = "select count(*) from billing_invoice where kind = 'regular'";

/// Kills the program as soon as `sql` counts `count`, and proves that it was in the middle of it.
async fn kill_at(isp: &Isp, program: Program, sql: &str, count: i64, all: i64) {
    until(sql, async || (isp.count(sql).await >= count).then_some(())).await;
    program.kill();
    let done = isp.count(sql).await;
    assert!(done < all, "it was killed too late: {done} of {all}");
    isp.leases_run_out().await;
}

/// Runs a story on PostgreSQL.
async fn on_postgres(story: impl AsyncFnOnce(Option<String>)) {
    let schema = Schema::new().await;
    story(Some(schema.url.clone())).await;
    schema.drop().await;
}

#[tokio::test]
async fn a_billing_run_killed_twice_bills_everybody_once_and_leaves_no_gap() {
    run_killed(None, 2_100).await;
}

/// There a chunk is a thousand: the second kill falls into the third of four.
#[tokio::test]
async fn on_postgresql_a_billing_run_killed_twice_bills_everybody_once_and_leaves_no_gap() {
    on_postgres(async |url| run_killed(url, 3_600).await).await;
}

async fn run_killed(database: Option<String>, all: i64) {
    let policy = PolicyPatch {
        messages_on: Some(false),
        isolation_on: Some(false),
        ..PolicyPatch::default()
    };
    let isp = Isp::new(database, policy).await;
    isp.connect(
        usize::try_from(all).unwrap(),
        at(first_of_month(1).plus_days(9), 9, 0),
        Mode::Postpaid,
    )
    .await;

    kill_at(&isp, isp.start().run().await, INVOICES, 1, all).await;
    kill_at(&isp, isp.start().run().await, INVOICES, 1_001, all).await;
    assert_eq!(isp.count("select count(*) from billing_run where state = 'running'").await, 1);

    let program = isp.start().run().await;
    let finished = "select count(*) from billing_run where state = 'done'";
    until("the run ends", async || (isp.count(finished).await == 1).then_some(())).await;
    program.stop().await;
    assert_eq!(isp.count(INVOICES).await, all);
    let billed =
        "select count(distinct subscription_id) from billing_invoice where kind = 'regular'";
    assert_eq!(isp.count(billed).await, all);
    for (sql, expected) in [
        ("select min(seq) from billing_invoice", 1),
        ("select max(seq) from billing_invoice", all),
        ("select count(distinct number) from billing_invoice", all),
        ("select count(*) from billing_run", 1),
        ("select invoices from billing_run", all),
    ] {
        assert_eq!(isp.count(sql).await, expected, "{sql}");
    }
    isp.check().await;
    isp.db.close().await;
}

#[tokio::test]
async fn an_approved_sweep_killed_half_way_isolates_everybody_once() {
    sweep_killed(None).await;
}

#[tokio::test]
async fn on_postgresql_an_approved_sweep_killed_half_way_isolates_everybody_once() {
    on_postgres(sweep_killed).await;
}

async fn sweep_killed(database: Option<String>) {
    const ALL: i64 = 1_100;
    let policy = PolicyPatch { messages_on: Some(false), ..PolicyPatch::default() };
    let isp = Isp::new(database, policy).await;
    isp.connect(ALL as usize, at(first_of_month(1).plus_days(9), 9, 0), Mode::Prepaid).await;
    isp.bill_this_month().await;

    // So many at once, and no money for weeks: a person is asked, and says yes.
    let swept = flows::sweep::sweep(&isp.db, now()).await.unwrap();
    assert_eq!((swept.waiting as i64, swept.isolated), (ALL, 0));
    isp.approve_sweep().await;
    let isolated = "select count(*) from network_access where desired = 'isolated'";
    assert_eq!(isp.count(isolated).await, 0);
    kill_at(&isp, isp.start().run().await, isolated, 1, ALL).await;

    let program = isp.start().run().await;
    let enforced = "select count(*) from network_access
                    where desired = 'isolated' and enforced_version = version";
    until("everybody is isolated", async || (isp.count(enforced).await == ALL).then_some(())).await;
    program.stop().await;
    for sql in [
        "select count(*) from billing_isolation",
        "select count(*) from billing_isolation where to_at is null",
        "select count(*) from billing_subscription where state = 'isolated'",
        "select count(*) from network_access_change where effect = true and desired = 'isolated'",
        "select isolated from flows_sweep",
    ] {
        assert_eq!(isp.count(sql).await, ALL, "{sql}");
    }
    isp.check().await;
    isp.db.close().await;
}

/// Pays a customer's month in cash until the program answers; the receipt's payment.
async fn pay(
    client: &Client,
    web: &mut watch::Receiver<SocketAddr>,
    customer: &str,
    n: usize,
) -> String {
    let body = json!({ "customer_id": customer, "channel": "cash", "amount": MONTH });
    let key = format!("kasir-{customer}-{n}");
    let patience = Patience::new("a payment is answered");
    loop {
        let address = *web.borrow_and_update();
        let headers = [("Idempotency-Key", key.as_str())];
        if let Ok(reply) = client.post(address, "/api/v1/payments", &headers, &body).await {
            assert_eq!(reply.status, 201, "{reply:?}");
            return reply.body["payment_id"].as_str().unwrap().to_owned();
        }
        patience.rest().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn payments_repeated_until_answered_count_once_whenever_the_program_is_killed() {
    payments_killed(None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn on_postgresql_payments_repeated_until_answered_count_once_whenever_it_is_killed() {
    on_postgres(payments_killed).await;
}

async fn payments_killed(database: Option<String>) {
    const CASHIERS: usize = 6;
    const EACH: usize = 12;
    const ALL: i64 = (CASHIERS * EACH) as i64;
    const PAYMENTS: &str = "select count(*) from billing_payment";
    let isp = Isp::new(database, PolicyPatch::default()).await;
    let installed = at(first_of_month(1).plus_days(9), 9, 0);
    let lines = isp.connect(CASHIERS, installed, Mode::Postpaid).await;
    isp.bill_this_month().await;

    let mut program = isp.start().run().await;
    let (moved, web) = watch::channel(program.web.unwrap());
    let client = Client::log_in(program.web.unwrap(), USER, PASSWORD).await;
    let mut cashiers = JoinSet::new();
    for line in &lines {
        let (client, mut web, customer) = (client.clone(), web.clone(), line.customer.to_string());
        cashiers.spawn(async move {
            let mut receipts = Vec::new();
            for n in 0..EACH {
                receipts.push(pay(&client, &mut web, &customer, n).await);
            }
            receipts
        });
    }
    for some in [ALL / 5, ALL / 2, ALL * 4 / 5] {
        kill_at(&isp, program, PAYMENTS, some, ALL).await;
        program = isp.start().run().await;
        moved.send(program.web.unwrap()).unwrap();
    }
    let mut receipts: Vec<String> = cashiers.join_all().await.concat();
    program.stop().await;

    receipts.sort_unstable();
    receipts.dedup();
    assert_eq!(receipts.len() as i64, ALL, "each payment has a receipt of its own");
    assert_eq!(isp.count(PAYMENTS).await, ALL);
    let paid = "select cast(sum(amount) as bigint) from billing_payment where state = 'settled'";
    assert_eq!(isp.count(paid).await, ALL * MONTH);
    isp.check().await;
    isp.db.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_answered_interim_survives_a_kill() {
    accounting_killed(None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn on_postgresql_every_answered_interim_survives_a_kill() {
    on_postgres(accounting_killed).await;
}

async fn accounting_killed(database: Option<String>) {
    const ROUTERS: usize = 8;
    const SESSIONS: usize = 10;
    let isp = Isp::new(database, PolicyPatch::default()).await;
    let installed = at(first_of_month(0), 0, 0);
    let lines = Arc::new(isp.connect(ROUTERS * SESSIONS, installed, Mode::Postpaid).await);

    // Each router reports one interim after the other of its sessions, until nobody answers.
    let program = isp.start().run().await;
    let acct = program.acct.unwrap();
    let (answered, heard) = watch::channel(0_usize);
    let mut routers = JoinSet::new();
    for router in 0..ROUTERS {
        let (lines, answered) = (lines.clone(), answered.clone());
        routers.spawn(async move {
            let (mut nas, mut last) = (Nas::new().await, BTreeMap::new());
            for round in 1_u32.. {
                for line in &lines[router * SESSIONS..(router + 1) * SESSIONS] {
                    let octets = (5 << 30) + u64::from(round);
                    let (user, session) = (&line.username, format!("81{}", line.username));
                    if !nas.interim(acct, user, &session, 60 + round, octets, 1).await {
                        return last;
                    }
                    last.insert(line.username.clone(), octets as i64);
                    answered.send_modify(|n| *n += 1);
                }
            }
            last
        });
    }
    let mut heard = heard;
    heard.wait_for(|n| *n >= 4 * ROUTERS * SESSIONS).await.unwrap();
    program.kill();
    let last: BTreeMap<String, i64> = routers.join_all().await.into_iter().flatten().collect();
    assert_eq!(last.len(), ROUTERS * SESSIONS);

    let program = isp.start().run().await;
    // What waited in the spool is applied beside answering.
    isp.all_applied().await;
    for (username, octets) in &last {
        let sql = "select count(*) from network_session where username = $1";
        assert_eq!(isp.count_of(sql, args![username]).await, 1, "{username}");
        // What was sent last may be kept although its answer was lost.
        let sql = "select bytes_out from network_session where username = $1";
        let kept = isp.count_of(sql, args![username]).await;
        assert!((*octets..=octets + 1).contains(&kept), "{username}: {kept}, answered {octets}");
        let sql = "select cast(sum(u.bytes_out) as bigint) from network_usage_day u
                   join network_account a on a.subscription_id = u.subscription_id
                   where a.username = $1";
        assert_eq!(isp.count_of(sql, args![username]).await, kept, "{username}");
    }
    program.stop().await;
    isp.check().await;
    isp.db.close().await;
}
