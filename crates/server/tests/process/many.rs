//! Two processes of every role on one PostgreSQL behave as one.

use std::collections::BTreeSet;

use billing::words::Mode;
use catalog::PolicyPatch;
use serde_json::json;

use crate::client::Client;
use crate::isp::{Isp, MONTH, PASSWORD, USER, at, first_of_month};
use crate::mailbox::{Letter, Mailbox};
use crate::nas::Nas;
use crate::postgres::Schema;
use crate::program::{Start, until};

const LINES: usize = 60;

/// A process of the role with a folder of its own and the key of all.
fn start(isp: &Isp, mailbox: &Mailbox, role: &'static str, n: usize) -> Start {
    let data = isp.data.with_file_name(format!("{role}-{n}"));
    std::fs::create_dir_all(&data).unwrap();
    let key = isp.data.join("secret.key").display().to_string();
    let mut environment = mailbox.environment();
    environment.push(("SAMBUNG_SECRETS__KEY_FILE", key));
    Start { role, data, database: isp.database.clone(), environment }
}

/// Everybody's month is billed, cut down, and told.
async fn the_day_is_done(isp: &Isp) -> bool {
    let isolated = "select count(*) from network_access where desired = 'isolated'";
    let waiting = "select (select count(*) from store_outbox)
        + (select count(*) from notification_message where channel = 'email' and state = 'queued')";
    isp.count(isolated).await == LINES as i64 && isp.count(waiting).await == 0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_processes_of_each_role_behave_as_one() {
    let (schema, mailbox) = (Schema::new().await, Mailbox::open().await);
    let policy = PolicyPatch {
        guard_floor: Some(1_000_000),
        quiet_until_hour: Some(0),
        quiet_from_hour: Some(24),
        ..PolicyPatch::default()
    };
    let isp = Isp::new(Some(schema.url.clone()), policy).await;
    let installed = at(first_of_month(1).plus_days(9), 9, 0);
    let lines = isp.connect(LINES, installed, Mode::Prepaid).await;

    let roles = ["worker", "worker", "web", "web", "radius", "radius"];
    let started = roles.iter().enumerate().map(|(n, role)| start(&isp, &mailbox, role, n).spawn());
    let mut all = Vec::new();
    for program in started.collect::<Vec<_>>() {
        all.push(program.listening().await);
    }
    let webs = [all[2].web.unwrap(), all[3].web.unwrap()];
    let auths = [all[4].auth.unwrap(), all[5].auth.unwrap()];

    // Leases that run out while a task is at work let the other worker in, as a slow machine would.
    until("the day is done", async || {
        isp.leases_run_out().await;
        the_day_is_done(&isp).await.then_some(())
    })
    .await;
    let month = format!(
        "select count(*) from billing_invoice where kind = 'regular' and period_from = '{}'",
        first_of_month(0)
    );
    assert_eq!(isp.count(&month).await, LINES as i64, "one bill each");

    // What one web process did, the other and both RADIUS processes know.
    let mut nas = Nas::new().await;
    let line = &lines[0];
    for auth in auths {
        until("a customer who has not paid is isolated", async || {
            let answer = nas.log_in(auth, &line.username, &line.password).await?;
            answer.is_isolated().then_some(())
        })
        .await;
    }
    let client = Client::log_in(webs[0], USER, PASSWORD).await;
    let me = client.get(webs[1], "/api/v1/me").await.unwrap();
    assert_eq!((me.status, me.body["username"].as_str()), (200, Some(USER)), "{me:?}");
    let body = json!({ "customer_id": line.customer, "channel": "cash", "amount": MONTH });
    let key = [("Idempotency-Key", "kasir-1-0001")];
    let paid = client.post(webs[1], "/api/v1/payments", &key, &body).await.unwrap();
    assert_eq!(paid.status, 201, "{paid:?}");
    let again = client.post(webs[0], "/api/v1/payments", &key, &body).await.unwrap();
    assert_eq!((again.status, &again.body), (201, &paid.body), "the other one has the answer");
    for auth in auths {
        until("who paid has full access", async || {
            nas.log_in(auth, &line.username, &line.password).await?.is_full().then_some(())
        })
        .await;
    }
    let out = client.delete(webs[0], "/api/v1/session").await.unwrap();
    assert_eq!(out.status, 204, "{out:?}");
    assert_eq!(client.get(webs[1], "/api/v1/me").await.unwrap().status, 401);

    until("the receipt is sent", async || {
        let letters = mailbox.letters();
        let is_receipt = |l: &Letter| l.to.starts_with("pelanggan0@");
        (letters.iter().filter(|l| is_receipt(l)).count() >= 2).then_some(())
    })
    .await;
    // A message is counted when it is queued and sent by another process: the last ones may be on their way.
    let sent = "select count(*) from notification_message where channel = 'email'";
    until("every letter is sent", async || {
        (isp.count(sent).await == mailbox.letters().len() as i64).then_some(())
    })
    .await;
    let letters = mailbox.letters();
    let told: BTreeSet<(&str, &str)> =
        letters.iter().map(|l| (l.to.as_str(), l.subject())).collect();
    assert_eq!(told.len(), letters.len(), "a letter came twice");
    assert_eq!(isp.count(sent).await, letters.len() as i64);

    for program in all {
        program.stop().await;
    }
    isp.check().await;
    isp.db.close().await;
    schema.drop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn processes_that_start_at_once_on_an_empty_database_all_come_up() {
    let schema = Schema::new().await;
    let folder = tempfile::tempdir().unwrap();
    let mut started = Vec::new();
    for n in 0..3 {
        let data = folder.path().join(format!("web-{n}"));
        std::fs::create_dir_all(&data).unwrap();
        let database = Some(schema.url.clone());
        let start = Start { role: "web", data, database, environment: Vec::new() };
        started.push(start.spawn());
    }
    for program in started {
        let program = program.listening().await;
        let health = Client::default().get(program.web.unwrap(), "/api/v1/health").await.unwrap();
        assert_eq!(health.status, 200, "{health:?}");
        program.stop().await;
    }
    schema.drop().await;
}
