//! `sambung backup` under traffic, `sambung restore`, and what both refuse.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use billing::pay::{NewPayment, receive};
use billing::words::Channel;
use kernel::{CustomerId, Money, Scope, Ts};
use store::{Db, QueryExt, Tx, args};

use crate::cli::{cause, clock, isp, json, move_in, open, printed, said, sambung};

async fn count(db: &Db, table: &str) -> i64 {
    db.reader().value(&format!("select count(*) from {table}"), args![]).await.unwrap()
}

/// Cash at the counter, one payment after another, until it is told to stop.
async fn cashier(db: Db, stop: Arc<AtomicBool>) {
    let customers: Vec<CustomerId> =
        db.reader().values("select id from crm_customer order by number", args![]).await.unwrap();
    for customer in customers.iter().cycle() {
        if stop.load(Ordering::SeqCst) {
            return;
        }
        let payment = NewPayment {
            customer: *customer,
            channel: Channel::Cash,
            reference: None,
            amount: Money::rupiah(1_000),
            named_invoice: None,
            received_at: clock().now(),
            note: None,
        };
        db.write(&cause(), async |tx: &mut Tx| receive(tx, payment.clone()).await.map(drop))
            .await
            .unwrap();
    }
}

/// A router's accounting, group after group.
async fn router(spool: aaa::Spool, stop: Arc<AtomicBool>) {
    while !stop.load(Ordering::SeqCst) {
        let mut group = Vec::new();
        aaa::spool::push(&mut group, kernel::NasId::nil(), clock().now(), &[4, 1, 0, 20]);
        spool.write(&group, clock().now()).await.unwrap();
        tokio::task::yield_now().await;
    }
}

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_backup_taken_under_traffic_is_whole_and_bills_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let (data, copy, new) =
        (dir.path().join("data"), dir.path().join("copy"), dir.path().join("new"));
    let db = isp(&data).await;
    move_in(&data, 40);
    let spool = aaa::Spool::open(&data.join("spool.db"), clock().now()).await.unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let traffic = [
        tokio::spawn(cashier(db.clone(), stop.clone())),
        tokio::spawn(cashier(db.clone(), stop.clone())),
        tokio::spawn(router(spool.clone(), stop.clone())),
    ];
    // The traffic flows before the backup begins, and until after it ended.
    while count(&db, "billing_payment").await < 20 || spool.backlog().await.unwrap().0 < 20 {
        tokio::task::yield_now().await;
    }
    let (paid, spooled) = (count(&db, "billing_payment").await, spool.backlog().await.unwrap().0);
    let arguments = ["backup".to_owned(), text(&copy)];
    let from = data.clone();
    let output =
        tokio::task::spawn_blocking(move || sambung(&from, &[&arguments[0], &arguments[1]]))
            .await
            .unwrap();
    assert!(output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("secret.key is not in it"), "{}", said(&output));
    while count(&db, "billing_payment").await < paid + 20 {
        tokio::task::yield_now().await;
    }
    stop.store(true, Ordering::SeqCst);
    for task in traffic {
        task.await.unwrap();
    }
    let all = count(&db, "billing_payment").await;
    spool.close().await;
    db.close().await;

    std::fs::create_dir(&new).unwrap();
    std::fs::copy(data.join("secret.key"), new.join("secret.key")).unwrap();
    let restored = sambung(&new, &["restore", &text(&copy)]);
    assert!(restored.status.success(), "{}", said(&restored));
    let check = sambung(&new, &["check"]);
    assert!(check.status.success(), "{}{}", printed(&check), said(&check));
    let there = open(&new).await;
    let kept = count(&there, "billing_payment").await;
    assert!((paid..all).contains(&kept), "{paid} <= {kept} < {all}");
    let accounting = aaa::Spool::open(&new.join("spool.db"), clock().now()).await.unwrap();
    assert!(accounting.backlog().await.unwrap().0 >= spooled);
    accounting.close().await;
    passwords_open(&there).await;
    there.close().await;

    let preview = json(&sambung(&new, &["bill", "--preview", "--json"]));
    let restored = json(&sambung(&new, &["bill", "--json"]));
    let original = json(&sambung(&data, &["bill", "--json"]));
    assert_eq!(original["invoices"].as_i64(), Some(40));
    assert_eq!(restored["hash"], original["hash"]);
    assert_eq!(restored["hash"], preview["hash"]);
    assert_eq!(restored["total"], original["total"]);
    for folder in [&new, &data] {
        let check = sambung(folder, &["check"]);
        assert!(check.status.success(), "{}", printed(&check));
    }
}

async fn passwords_open(db: &Db) {
    let account = db
        .reader()
        .value("select subscription_id from network_account where username = 'user7'", args![])
        .await
        .unwrap();
    let found = network::account::credentials(&mut db.reader(), account).await.unwrap();
    assert_eq!(found.unwrap().1.expose(), "sandi7");
    let customers =
        crm::customer::list(&mut db.reader(), &Scope::all(), None, None, 5).await.unwrap();
    assert_eq!(customers.items.len(), 5);
}

#[tokio::test]
async fn a_restore_overwrites_nothing_unasked_and_throws_nothing_away() {
    let dir = tempfile::tempdir().unwrap();
    let (data, copy) = (dir.path().join("data"), dir.path().join("copy"));
    let db = isp(&data).await;
    let spool = aaa::Spool::open(&data.join("spool.db"), Ts::from_secs(0)).await.unwrap();
    spool.close().await;
    db.close().await;
    assert!(sambung(&data, &["backup", &text(&copy), "--with-key"]).status.success());
    let again = sambung(&data, &["backup", &text(&copy)]);
    assert!(said(&again).contains("exists already"), "{}", said(&again));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let rights = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(rights(&copy), 0o700);
        assert_eq!(rights(&copy.join("sambung.db")), 0o600);
        assert_eq!(rights(&copy.join("secret.key")), 0o600);
    }

    let full = sambung(&data, &["restore", &text(&copy)]);
    assert_eq!(full.status.code(), Some(1));
    assert!(said(&full).contains("holds data already; use --force"), "{}", said(&full));
    std::fs::write(data.join("note.txt"), "mine").unwrap();
    let forced = sambung(&data, &["restore", &text(&copy), "--force"]);
    assert!(forced.status.success(), "{}", said(&forced));
    let aside: Vec<_> = std::fs::read_dir(&data)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.file_name().unwrap().to_string_lossy().starts_with("before-restore-"))
        .collect();
    assert_eq!(aside.len(), 1);
    for name in ["note.txt", "sambung.db", "spool.db"] {
        assert!(aside[0].join(name).exists(), "{name}");
    }
    assert!(data.join("sambung.db").exists() && !data.join("note.txt").exists());
    assert!(sambung(&data, &["check"]).status.success());
}

#[tokio::test]
async fn a_backup_without_its_key_or_with_a_flipped_byte_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (data, copy) = (dir.path().join("data"), dir.path().join("copy"));
    isp(&data).await.close().await;
    assert!(sambung(&data, &["backup", &text(&copy)]).status.success());
    let fresh = |name: &str| dir.path().join(name);
    let without = sambung(&fresh("a"), &["restore", &text(&copy)]);
    assert_eq!(without.status.code(), Some(1));
    assert!(said(&without).contains("Put this backup's key at"), "{}", said(&without));
    assert!(!fresh("a").join("sambung.db").exists());
    // Another installation's key.
    isp(&fresh("b")).await.close().await;
    let other = sambung(&fresh("b"), &["restore", &text(&copy), "--force"]);
    assert!(said(&other).contains("is not this backup's key"), "{}", said(&other));
    let anyway = sambung(&fresh("a"), &["restore", &text(&copy), "--without-key"]);
    assert!(anyway.status.success(), "{}", said(&anyway));

    let file = copy.join("sambung.db");
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let damaged = sambung(&fresh("c"), &["restore", &text(&copy), "--without-key"]);
    assert!(said(&damaged).contains("sambung.db in this backup is damaged"), "{}", said(&damaged));
    assert!(!fresh("c").exists());
    std::fs::remove_file(copy.join("backup.json")).unwrap();
    let cut = sambung(&fresh("c"), &["restore", &text(&copy)]);
    assert!(said(&cut).contains("is not a whole backup"), "{}", said(&cut));
    let nothing = sambung(&fresh("d"), &["backup", &text(&fresh("e"))]);
    assert!(said(&nothing).contains("does not exist"), "{}", said(&nothing));
    assert!(!fresh("d").exists() && !fresh("e").exists());
}

#[tokio::test]
async fn beside_postgresql_the_spool_is_copied_alone_when_it_is_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let (data, copy, new) =
        (dir.path().join("data"), dir.path().join("copy"), dir.path().join("new"));
    std::fs::create_dir(&data).unwrap();
    let spool = aaa::Spool::open(&data.join("spool.db"), clock().now()).await.unwrap();
    spool.close().await;
    let pg = ["--database", "postgres://nobody@127.0.0.1:1/none"];
    // A database that can't be reached makes no backup.
    let away = sambung(&data, &["backup", &text(&dir.path().join("none")), pg[0], pg[1]]);
    assert_eq!(away.status.code(), Some(1), "{}", said(&away));
    assert!(!dir.path().join("none").exists() && !dir.path().join("none.partial").exists());
    let only = "--without-database";
    let output = sambung(&data, &["backup", &text(&copy), only, pg[0], pg[1]]);
    assert!(output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("is not in it: copy it now"), "{}", said(&output));
    assert!(copy.join("spool.db").exists() && !copy.join("sambung.sql").exists());
    let lite = sambung(&new, &["restore", &text(&copy)]);
    assert!(said(&lite).contains("different kinds of database"), "{}", said(&lite));
    let restored = sambung(&new, &["restore", &text(&copy), pg[0], pg[1]]);
    assert!(restored.status.success(), "{}", said(&restored));
    assert!(said(&restored).contains("from its own copy"), "{}", said(&restored));
    assert!(new.join("spool.db").exists());
    let whole = sambung(&data, &["backup", &text(&dir.path().join("b")), only]);
    assert_eq!(whole.status.code(), Some(1), "{}", said(&whole));
}
