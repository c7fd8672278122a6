//! Twenty thousand rows, and two imports at once.

use std::fmt::Write as _;

use flows::import::{Kind, run};
use store::Db;
use store::testing::{both, cause, now, postgres, race, sqlite};

use super::shop::{PLANS, all_is_well, import, isp, one, sheet};

/// `count` customers; every hundredth is bad in one of four ways.
fn customers(count: usize, bad: bool) -> String {
    let mut text = "id;nama;hp;email;alamat\n".to_owned();
    for n in 1..=count {
        let (name, phone, email) = match n % 400 {
            100 if bad => ("", "81200000000", ""),
            200 if bad => ("Budi", "bukan nomor", ""),
            300 if bad => ("Budi", "81200000000", "bukan e-mail"),
            0 if bad => ("Budi", "", "juga bukan"),
            _ => ("Budi", "", ""),
        };
        let phone = match (bad && n % 100 == 0, phone) {
            (true, phone) => phone.to_owned(),
            (false, _) => format!("812{n:08}"),
        };
        writeln!(text, "P{n};{name};{phone};{email};Jl. Melati {n}").unwrap();
    }
    text
}

fn accounts(count: usize) -> String {
    let mut text = "pelanggan;username;password;mac;paket;mode;masa aktif\n".to_owned();
    for n in 1..=count {
        let mode = if n % 2 == 0 { "prabayar" } else { "pascabayar" };
        let paid = if n % 2 == 0 { "2026-11-30" } else { "" };
        writeln!(
            text,
            "P{n};user{n}@net;sandi{n};4c:5e:{:02x}:{:02x}:{:02x}:01;HOME20;{mode};{paid}",
            n >> 16 & 0xff,
            n >> 8 & 0xff,
            n & 0xff
        )
        .unwrap();
    }
    text
}

/// Every bad row is named with each of its reasons, and nothing of the file is there.
async fn bad_rows_are_all_named(db: &Db, count: usize) {
    let report = import(db, Kind::Customers, &customers(count, true)).await;
    assert_eq!((report.rows, report.refused), (count, count / 100));
    assert_eq!((report.created, report.applied), (count - count / 100, false));
    for n in (100..=count).step_by(100) {
        let row = n + 1;
        let columns: Vec<&str> =
            report.problems.iter().filter(|p| p.row == row).map(|p| p.column.as_str()).collect();
        let expect: &[&str] = match n % 400 {
            100 => &["nama"],
            200 => &["hp"],
            300 => &["email"],
            _ => &["hp", "email"],
        };
        assert_eq!(columns, expect, "row {row}");
    }
    assert_eq!(one::<i64>(db, "select count(*) from crm_customer").await, 0);
}

async fn all_come_in(db: &Db, count: usize) {
    import(db, Kind::Plans, PLANS).await;
    let total = i64::try_from(count).unwrap();
    let report = import(db, Kind::Customers, &customers(count, false)).await;
    assert_eq!((report.created, report.refused), (count, 0));
    let report = import(db, Kind::Accounts, &accounts(count)).await;
    assert_eq!((report.created, report.problems.len()), (count, 0));
    let online =
        "select count(*) from network_access a join network_account n on n.id = a.account_id
        where a.desired = 'full' and n.state = 'live'";
    assert_eq!(one::<i64>(db, online).await, total);
    let days = "select count(*) from billing_entitlement";
    assert_eq!(one::<i64>(db, days).await, total / 2);
    let again = import(db, Kind::Accounts, &accounts(count)).await;
    assert_eq!((again.skipped, again.created), (count, 0));
}

/// Sent again they are known by the old system's ids; what was corrected there is corrected here.
async fn sent_again_they_are_known(db: &Db, count: usize) {
    let again = import(db, Kind::Customers, &customers(count, false)).await;
    assert_eq!((again.skipped, again.changed, again.created), (count, 0, 0));
    let moved = |line: &str| match line.ends_with("00") {
        true => format!("{line} lama\n"),
        false => format!("{line}\n"),
    };
    let corrected: String = customers(count, false).lines().map(moved).collect();
    let again = import(db, Kind::Customers, &corrected).await;
    assert_eq!(
        (again.skipped, again.changed, again.created),
        (count - count / 100, count / 100, 0)
    );
    let all = i64::try_from(count).unwrap();
    assert_eq!(one::<i64>(db, "select count(*) from crm_customer").await, all);
}

#[tokio::test]
async fn of_2_000_rows_20_are_bad_and_each_is_named_and_the_good_file_comes_in_whole() {
    both(&flows::schema(), async |db| {
        isp(&db).await;
        bad_rows_are_all_named(&db, 2_000).await;
        all_come_in(&db, 2_000).await;
        all_is_well(&db, now()).await;
    })
    .await;
}

#[tokio::test]
async fn of_20_000_rows_200_are_bad_and_each_is_named_and_the_good_file_comes_in_whole() {
    let (db, _dir) = sqlite(&flows::schema()).await;
    isp(&db).await;
    bad_rows_are_all_named(&db, 20_000).await;
    all_come_in(&db, 20_000).await;
    sent_again_they_are_known(&db, 20_000).await;
    db.close().await;
}

#[tokio::test]
async fn on_postgresql_of_20_000_rows_200_are_bad_and_the_good_file_comes_in_whole() {
    let (db, schema) = postgres(&flows::schema()).await;
    isp(&db).await;
    bad_rows_are_all_named(&db, 20_000).await;
    all_come_in(&db, 20_000).await;
    sent_again_they_are_known(&db, 20_000).await;
    all_is_well(&db, now()).await;
    store::testing::drop_schema(&db, &schema).await;
}

#[tokio::test]
async fn the_same_file_imported_twice_at_once_comes_in_once() {
    let (db, schema) = postgres(&flows::schema()).await;
    isp(&db).await;
    import(&db, Kind::Plans, PLANS).await;
    import(&db, Kind::Customers, &customers(50, false)).await;
    let (a, b) = race(|_| {
        let db = db.clone();
        async move { run(&db, &cause(now()), Kind::Accounts, &sheet(&accounts(50))).await.unwrap() }
    })
    .await;
    assert_eq!((a.created + b.created, a.skipped + b.skipped), (50, 50));
    assert!(a.applied && b.applied);
    assert_eq!(one::<i64>(&db, "select count(*) from billing_subscription").await, 50);
    all_is_well(&db, now()).await;
    store::testing::drop_schema(&db, &schema).await;
}
