//! `sambung backup` of a program on PostgreSQL under traffic, and `sambung restore` beside it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use billing::words::Mode;
use catalog::PolicyPatch;
use serde_json::{Value, json};
use store::{Db, Options, QueryExt, args};

use crate::client::Client;
use crate::isp::{Isp, Line, PASSWORD, USER, at, first_of_month};
use crate::nas::Nas;
use crate::postgres::Schema;
use crate::program::{Start, command, until};

const PAYMENTS: &str = "select count(*) from billing_payment";
const LINES: usize = 40;

/// A command of the program on a data folder and a database.
pub(crate) fn sambung(data: &Path, database: &str, arguments: &[&str]) -> Output {
    let mut command = command(data.parent().unwrap());
    command.args(arguments).arg("--data-dir").arg(data).args(["--database", database]);
    command.env("LANG", "en_US.UTF-8").env_remove("LC_ALL");
    command.stdout(std::process::Stdio::piped()).output().unwrap()
}

pub(crate) fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}

fn done(output: Output) -> Output {
    assert!(output.status.success(), "{}", said(&output));
    output
}

pub(crate) fn json_of(output: Output) -> Value {
    serde_json::from_slice(&done(output).stdout).unwrap()
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Cash at the counter until it is told to stop.
async fn cashier(client: Client, web: SocketAddr, line: Line, stop: Arc<AtomicBool>) {
    for n in 0.. {
        if stop.load(Ordering::SeqCst) {
            return;
        }
        let body = json!({ "customer_id": line.customer, "channel": "cash", "amount": 1_000 });
        let key = format!("laci-{}-{n}", line.username);
        let headers = [("Idempotency-Key", key.as_str())];
        let reply = client.post(web, "/api/v1/payments", &headers, &body).await.unwrap();
        assert_eq!(reply.status, 201, "{reply:?}");
    }
}

/// A router's interims until it is told to stop.
async fn router(acct: SocketAddr, line: Line, stop: Arc<AtomicBool>) {
    let mut nas = Nas::new().await;
    for n in 1_u32.. {
        if stop.load(Ordering::SeqCst) {
            return;
        }
        let session = format!("81{}", line.username);
        assert!(nas.interim(acct, &line.username, &session, 60 + n, u64::from(n), 1).await);
    }
}

struct Saved {
    isp: Isp,
    schema: Schema,
    copy: PathBuf,
}

impl Saved {
    async fn new() -> Self {
        let schema = Schema::new().await;
        let policy = PolicyPatch { messages_on: Some(false), ..PolicyPatch::default() };
        let isp = Isp::new(Some(schema.url.clone()), policy).await;
        let copy = isp.data.with_file_name("copy");
        Self { isp, schema, copy }
    }
    async fn end(self) {
        self.isp.db.close().await;
        self.schema.drop().await;
    }
    fn back_up(&self, more: &[&str]) -> Output {
        let arguments = [&["backup", text(&self.copy)][..], more].concat();
        sambung(&self.isp.data, &self.schema.url, &arguments)
    }
    /// A data folder for a restore, with the key in it.
    fn folder(&self, name: &str) -> PathBuf {
        let folder = self.isp.data.with_file_name(name);
        std::fs::create_dir(&folder).unwrap();
        std::fs::copy(self.isp.data.join("secret.key"), folder.join("secret.key")).unwrap();
        folder
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_backup_of_postgresql_under_traffic_is_whole_and_bills_the_same() {
    let (saved, other) = (Saved::new().await, Schema::new().await);
    let isp = &saved.isp;
    // Not billed yet, and no worker runs that would.
    let lines = isp.connect(LINES, at(first_of_month(1).plus_days(9), 9, 0), Mode::Postpaid).await;
    let role = |role: &'static str| Start { role, ..isp.start() };
    let (web, radius) = (role("web").run().await, role("radius").run().await);
    let client = Client::log_in(web.web.unwrap(), USER, PASSWORD).await;
    let stop = Arc::new(AtomicBool::new(false));
    let mut traffic = Vec::new();
    for line in &lines[..4] {
        let (client, line) = (client.clone(), line.clone());
        let cashier = cashier(client, web.web.unwrap(), line.clone(), stop.clone());
        traffic.push(tokio::spawn(cashier));
        traffic.push(tokio::spawn(router(radius.acct.unwrap(), line, stop.clone())));
    }
    until("money comes in", async || (isp.count(PAYMENTS).await >= 20).then_some(())).await;
    let paid = isp.count(PAYMENTS).await;
    let (data, url, copy) = (isp.data.clone(), saved.schema.url.clone(), saved.copy.clone());
    let backup = move || sambung(&data, &url, &["backup", text(&copy)]);
    let output = done(tokio::task::spawn_blocking(backup).await.unwrap());
    assert!(said(&output).contains("secret.key is not in it"), "{}", said(&output));
    until("and goes on", async || (isp.count(PAYMENTS).await >= paid + 20).then_some(())).await;
    stop.store(true, Ordering::SeqCst);
    for task in traffic {
        task.await.unwrap();
    }
    web.stop().await;
    radius.stop().await;
    let all = isp.count(PAYMENTS).await;

    let new = saved.folder("new");
    done(sambung(&new, &other.url, &["restore", text(&saved.copy)]));
    done(sambung(&new, &other.url, &["check"]));
    let there = Db::open(&Options { readers: 1, ..Options::new(other.url.clone()) }).await.unwrap();
    let kept: i64 = there.reader().value(PAYMENTS, args![]).await.unwrap();
    assert!((paid..all).contains(&kept), "{paid} <= {kept} < {all}");
    there.close().await;
    assert!(new.join("spool.db").exists());

    let bill = |data: &Path, url: &str| json_of(sambung(data, url, &["bill", "--json"]));
    let preview = json_of(sambung(&new, &other.url, &["bill", "--preview", "--json"]));
    let (restored, original) = (bill(&new, &other.url), bill(&isp.data, &saved.schema.url));
    assert_eq!(original["invoices"].as_u64(), Some(LINES as u64));
    assert_eq!(restored["hash"], original["hash"]);
    assert_eq!((&restored["hash"], &restored["total"]), (&preview["hash"], &original["total"]));
    done(sambung(&new, &other.url, &["check"]));
    isp.check().await;

    // And the whole program goes on with it.
    let program = Start { data: new, database: Some(other.url.clone()), ..isp.start() };
    let program = program.run().await;
    let client = Client::log_in(program.web.unwrap(), USER, PASSWORD).await;
    let me = client.get(program.web.unwrap(), "/api/v1/me").await.unwrap();
    assert_eq!(me.status, 200, "{me:?}");
    program.stop().await;
    saved.end().await;
    other.drop().await;
}

#[tokio::test]
async fn a_restore_into_postgresql_overwrites_nothing_unasked_and_throws_nothing_away() {
    let (saved, other) = (Saved::new().await, Schema::new().await);
    saved.isp.connect(3, at(first_of_month(1), 9, 0), Mode::Postpaid).await;
    done(saved.back_up(&[]));
    let restore = |data: &Path, more: &[&str]| {
        let arguments = [&["restore", text(&saved.copy)][..], more].concat();
        sambung(data, &other.url, &arguments)
    };
    done(restore(&saved.folder("one"), &[]));
    let refused = restore(&saved.folder("two"), &[]);
    assert!(said(&refused).contains("holds Sambung's tables already"), "{}", said(&refused));

    let there = Db::open(&Options { readers: 1, ..Options::new(other.url.clone()) }).await.unwrap();
    there.run_script("update crm_customer set name = 'lain'").await.unwrap();
    done(restore(&saved.folder("three"), &["--force"]));
    let names = "select count(*) from crm_customer where name = 'lain'";
    assert_eq!(there.reader().value::<i64>(names, args![]).await.unwrap(), 0);
    let aside: Vec<String> = there
        .reader()
        .values(
            "select n.nspname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
             join pg_roles r on r.oid = n.nspowner
             where c.relname = 'crm_customer' and n.nspname like 'before_restore_%'",
            args![],
        )
        .await
        .unwrap();
    let mut found = 0;
    for schema in &aside {
        let old = format!("select count(*) from {schema}.crm_customer where name = 'lain'");
        if there.reader().value::<i64>(&old, args![]).await.unwrap() == 3 {
            there.run_script(&format!("drop schema {schema} cascade")).await.unwrap();
            found += 1;
        }
    }
    assert_eq!(found, 1, "{aside:?}");
    there.close().await;

    // A flipped byte is seen before anything is touched.
    let rows = saved.copy.join("sambung.sql");
    let mut bytes = std::fs::read(&rows).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&rows, bytes).unwrap();
    let damaged = restore(&saved.folder("four"), &["--force"]);
    assert!(said(&damaged).contains("sambung.sql in this backup is damaged"), "{}", said(&damaged));
    done(sambung(&saved.folder("five"), &other.url, &["check"]));
    saved.end().await;
    other.drop().await;
}
