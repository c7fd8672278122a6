//! The store on both databases.

use kernel::{CustomerId, Event, Id, LeadId, Money, SubscriptionId, Ts};
use store::testing::{both, cause, now, race};
use store::{Db, Lock, Migrations, Query, QueryExt, Tx, args, row};

const TABLE: Migrations = Migrations {
    room: "test",
    steps: &[(
        "001",
        "create table test_thing (id {ID} primary key, name text not null unique, amount bigint not null,
           at {TS}, day {DAY}, extra {JSON}, data {BYTES}, ok boolean not null, lat double precision);",
    )],
};

row! {
    struct Thing { id: LeadId, name: String, amount: Money, at: Option<Ts>, day: Option<kernel::Day>,
        extra: Option<serde_json::Value>, data: Option<Vec<u8>>, ok: bool, lat: Option<f64> }
}

#[tokio::test]
async fn every_type_comes_back_as_it_went_in() {
    both(&[&TABLE], async |db: Db| {
        let at = Ts::from_micros(1_795_312_800_123_456);
        let day = at.day(kernel::Zone::Jakarta);
        let extra = serde_json::json!({"a": [1, "dua"]});
        db.write(&cause(now()), async |tx: &mut Tx| {
            let id: LeadId = tx.new_id();
            tx.exec(
                "insert into test_thing values ($1,$2,$3,$4,$5,$6,$7,$8,$9)",
                args![id, "satu", Money::rupiah(-5), at, day, extra, vec![0u8, 255], true, -6.2],
            )
            .await?;
            let id: LeadId = tx.new_id();
            tx.exec(
                "insert into test_thing values ($1,$2,$3,$4,$5,$6,$7,$8,$9)",
                args![
                    id,
                    "dua".to_owned(),
                    1i64,
                    None::<Ts>,
                    None::<kernel::Day>,
                    None::<serde_json::Value>,
                    None::<Vec<u8>>,
                    false,
                    None::<f64>
                ],
            )
            .await
        })
        .await
        .unwrap();
        let mut q = db.reader();
        let things: Vec<Thing> =
            q.rows("select * from test_thing order by id", args![]).await.unwrap();
        assert_eq!(things[0].name, "satu");
        assert_eq!(things[0].amount, Money::rupiah(-5));
        assert_eq!(things[0].at, Some(at));
        assert_eq!(things[0].day, Some(day));
        assert_eq!(things[0].extra, Some(extra.clone()));
        assert_eq!(things[0].data, Some(vec![0, 255]));
        assert!(things[0].ok && !things[1].ok);
        assert_eq!(things[0].lat, Some(-6.2));
        assert_eq!(things[1].at, None);
        assert!(things[0].id < things[1].id);
        let since: i64 = q
            .value(
                "select count(*) from test_thing where at >= $1 and ($2 is null or name = $2)",
                args![at, None::<String>],
            )
            .await
            .unwrap();
        assert_eq!(since, 1);
    })
    .await;
}

#[tokio::test]
async fn a_refused_transaction_leaves_nothing_and_a_unique_key_is_a_conflict() {
    both(&[&TABLE], async |db: Db| {
        let put = async |tx: &mut Tx| {
            let id: LeadId = tx.new_id();
            tx.exec(
                "insert into test_thing (id, name, amount, ok) values ($1,$2,$3,true)",
                args![id, "satu", 1i64],
            )
            .await
        };
        db.write(&cause(now()), put).await.unwrap();
        let fault = db.write(&cause(now()), put).await.unwrap_err();
        assert!(store::is_unique(&fault), "{fault:?}");
        let count: i64 =
            db.reader().value("select count(*) from test_thing", args![]).await.unwrap();
        assert_eq!(count, 1);
    })
    .await;
}

#[tokio::test]
async fn two_racers_get_two_numbers_without_a_gap() {
    both(&[&TABLE], async |db: Db| {
        let (a, b) = race(|_| {
            let db = db.clone();
            async move {
                db.write(&cause(now()), async |tx: &mut Tx| tx.next_number("C/INV/2026-12").await)
                    .await
                    .unwrap()
            }
        })
        .await;
        assert_eq!([a.min(b), a.max(b)], [1, 2]);
        let first = db
            .write(&cause(now()), async |tx: &mut Tx| tx.next_numbers("C/INV/2026-12", 10).await)
            .await
            .unwrap();
        assert_eq!(first, 3);
    })
    .await;
}

#[tokio::test]
async fn locks_taken_together_keep_each_of_them_from_others() {
    both(&[&TABLE], async |db: Db| {
        let make = async |tx: &mut Tx| {
            let id: LeadId = tx.new_id();
            let sql = "insert into test_thing (id, name, amount, ok) values ($1, 'satu', 0, $2)";
            tx.exec(sql, args![id, true]).await
        };
        db.write(&cause(now()), make).await.unwrap();
        let (first, second) = (Lock::Named("first"), Lock::Named("second"));
        let all = [[first, second], [second, second]];
        race(|n| {
            let (db, locks) = (db.clone(), all[n]);
            async move {
                db.write(&cause(now()), async |tx: &mut Tx| {
                    tx.lock_all(&locks).await?;
                    let seen: i64 = tx.value("select amount from test_thing", args![]).await?;
                    tx.exec("update test_thing set amount = $1", args![seen + 1]).await
                })
                .await
                .unwrap()
            }
        })
        .await;
        let sum: i64 = db.reader().value("select amount from test_thing", args![]).await.unwrap();
        assert_eq!(sum, 2, "each saw what the other had written");
    })
    .await;
}

#[tokio::test]
async fn many_rows_go_in_at_once() {
    both(&[&TABLE], async |db: Db| {
        let changed = db
            .write(&cause(now()), async |tx: &mut Tx| {
                let mut values = Vec::new();
                for n in 0..2_345i64 {
                    let id: LeadId = tx.new_id();
                    values.extend(args![id, format!("n{n}"), n, true]);
                }
                tx.bulk(
                    "insert into test_thing (id, name, amount, ok)",
                    "on conflict do nothing",
                    4,
                    values,
                )
                .await
            })
            .await
            .unwrap();
        assert_eq!(changed, 2_345);
    })
    .await;
}

struct Echo;
impl store::Reactor for Echo {
    fn inside<'a>(
        &'a self,
        tx: &'a mut Tx,
        event: &'a Event,
    ) -> store::BoxFuture<'a, kernel::Result<()>> {
        Box::pin(async move {
            if let Event::PaymentReceived { .. } = event {
                tx.emit(Event::HoldsChanged { subscription: SubscriptionId::nil() });
            }
            Ok(())
        })
    }
    fn together<'a>(
        &'a self,
        _: &'a mut Tx,
        _: &'a [Event],
    ) -> store::BoxFuture<'a, kernel::Result<()>> {
        Box::pin(async { Ok(()) })
    }
    fn after(&self, event: &Event) -> &'static [&'static str] {
        match event {
            Event::PaymentReceived { .. } => &["message", "mirror"],
            _ => &[],
        }
    }
}

#[tokio::test]
async fn a_list_is_one_parameter_whatever_its_length() {
    both(&[&TABLE], async |db: Db| {
        let ids: Vec<LeadId> = db
            .write(&cause(now()), async |tx: &mut Tx| {
                let ids: Vec<LeadId> = (0..3_000).map(|_| tx.new_id()).collect();
                let row = |(n, id): (usize, &LeadId)| args![*id, format!("no {n}"), n as i64, true];
                let rows = ids.iter().enumerate().flat_map(row).collect();
                tx.bulk("insert into test_thing (id, name, amount, ok)", "", 4, rows).await?;
                Ok(ids)
            })
            .await
            .unwrap();
        let mut q = db.reader();
        let count = "select count(*) from test_thing where";
        let by_id = format!("{count} id {{AMONG}}($1) and amount < $2");
        let none: Vec<LeadId> = Vec::new();
        for (some, expected) in [(&ids[..], 3_000), (&ids[..2_999], 2_999), (&none[..], 0)] {
            let found: i64 = q.value(&by_id, args![some, 1_000_000]).await.unwrap();
            assert_eq!(found, expected);
        }
        let names = vec!["no 7", "no 2999", "no 3000", "o'; drop table test_thing"];
        let by_name: i64 =
            q.value(&format!("{count} name {{AMONG}}($1)"), args![names]).await.unwrap();
        let amounts = vec![Money::rupiah(5), Money::rupiah(5), Money::rupiah(-1)];
        let by_amount: i64 =
            q.value(&format!("{count} amount {{AMONG}}($1)"), args![amounts]).await.unwrap();
        assert_eq!((by_name, by_amount), (2, 1));
    })
    .await;
}

#[tokio::test]
async fn an_event_is_reacted_to_inside_and_queued_once_for_each_after_reaction() {
    both(&[&TABLE], async |db: Db| {
        db.set_reactor(std::sync::Arc::new(Echo));
        let mut heard = db.subscribe();
        db.write(&cause(now()), async |tx: &mut Tx| {
            tx.emit(Event::PaymentReceived { payment: Id::nil(), customer: CustomerId::nil() });
            Ok(())
        })
        .await
        .unwrap();
        assert_eq!(heard.recv().await.unwrap().events.len(), 2);
        let claimed = store::outbox::claim(&db, now(), 10, 30).await.unwrap();
        assert_eq!(
            claimed.iter().map(|d| d.reaction.as_str()).collect::<Vec<_>>(),
            ["message", "mirror"]
        );
        assert!(store::outbox::claim(&db, now(), 10, 30).await.unwrap().is_empty(), "leased");
        let again = store::outbox::claim(&db, now().plus_secs(31), 10, 30).await.unwrap();
        assert_eq!(again.len(), 2, "a lease that ran out is claimed again");
        for turn in [true, false] {
            let done = db
                .write(&cause(now()), async |tx: &mut Tx| store::outbox::done(tx, &again[0]).await)
                .await
                .unwrap();
            assert_eq!(done, turn, "an effect happens once");
        }
        store::outbox::failed(&db, &again[1], now(), "tidak ada jaringan").await.unwrap();
        assert_eq!(store::outbox::backlog(&db).await.unwrap().0, 1);
    })
    .await;
}

#[tokio::test]
async fn a_lease_has_one_holder_until_it_runs_out() {
    both(&[], async |db: Db| {
        let take =
            async |who: &str, at: Ts| store::lease::take(&db, at, "sweep", who, 60).await.unwrap();
        assert!(take("a", now()).await);
        assert!(!take("b", now()).await);
        assert!(take("a", now()).await, "renewed");
        assert!(take("b", now().plus_secs(61)).await);
    })
    .await;
}

#[tokio::test]
async fn seeded_ids_repeat_and_the_future_of_a_write_can_be_spawned() {
    let (db, _dir) = store::testing::sqlite(&[]).await;
    let ids = tokio::spawn(async move {
        db.write(&cause(now()), async |tx: &mut Tx| {
            tx.lock(store::Lock::Named("x")).await?;
            let id: LeadId = tx.new_id();
            let n: i64 = tx.value("select 1", args![]).await?;
            assert_eq!(tx.db().dialect(), store::dialect::Dialect::Sqlite);
            Ok((id, n))
        })
        .await
    });
    assert_eq!(ids.await.unwrap().unwrap().1, 1);
}

#[tokio::test]
async fn migrating_twice_changes_nothing_and_a_changed_step_is_refused() {
    both(&[&TABLE], async |db: Db| {
        assert_eq!(store::migrate(&db, now(), &[&TABLE]).await.unwrap(), 0);
        const CHANGED: Migrations = Migrations { room: "test", steps: &[("001", "select 1;")] };
        let fault = store::migrate(&db, now(), &[&CHANGED]).await.unwrap_err();
        assert_eq!(fault.code, "store.migration_changed");
    })
    .await;
}

#[tokio::test]
async fn a_snapshot_sees_the_moment_it_was_opened_at() {
    both(&[&SCRIPTED], async |db: Db| {
        fill(&db).await.unwrap();
        let mut snapshot = db.snapshot().await.unwrap();
        let count = "select count(*) from test_child";
        db.write(&cause(now()), async |tx: &mut Tx| {
            tx.exec("delete from test_child", args![]).await
        })
        .await
        .unwrap();
        let seen: i64 = snapshot.value(count, args![]).await.unwrap();
        let left: i64 = db.reader().value(count, args![]).await.unwrap();
        assert_eq!((seen, left), (3, 0));
    })
    .await;
}

#[tokio::test]
async fn a_read_that_breaks_is_an_error_and_never_an_empty_answer() {
    both(&[&TABLE], async |db: Db| {
        db.set_faults(Some(std::sync::Arc::new(|point, _: &kernel::Cause| {
            let read = point == store::FaultPoint::Read;
            read.then(|| kernel::Fault::unavailable("store.unavailable", "Mati.", "Away."))
        })));
        let all = db.reader().values::<String>("select name from test_thing", args![]).await;
        assert_eq!(all.unwrap_err().code, "store.unavailable");
        db.set_faults(None);
        let all = db.reader().values::<String>("select name from test_thing", args![]).await;
        assert!(all.unwrap().is_empty());
    })
    .await;
}

/// Two tables that refer to each other's rows the wrong way round by name, and one of somebody else.
const SCRIPTED: Migrations = Migrations {
    room: "test",
    steps: &[
        ("001", "create table test_parent (id bigint primary key, note text, data {BYTES}, extra {JSON});"),
        (
            "002",
            "create table test_child (id bigint primary key, parent_id bigint not null references test_parent (id),
               above_id bigint references test_child (id));
             insert into test_parent (id, note) values (99, 'a migration put it there');",
        ),
    ],
};

const LATER: Migrations = Migrations {
    room: "test",
    steps: &[SCRIPTED.steps[0], SCRIPTED.steps[1], ("003", "create table test_new (id bigint);")],
};
const OLDER: Migrations = Migrations { room: "test", steps: &[SCRIPTED.steps[0]] };
const OTHER: Migrations =
    Migrations { room: "test", steps: &[SCRIPTED.steps[0], ("002", "select 1;")] };

const ODD: &str = "satu\tdua\ntiga\\empat\r\\.\n\\.\n\u{1f980}";

async fn fill(db: &Db) -> kernel::Result<u64> {
    db.write(&cause(now()), async |tx: &mut Tx| {
        for (id, note) in [(1i64, Some(ODD)), (2, None), (3, Some(""))] {
            let extra = note.map(|note| serde_json::json!({ "kata": note }));
            let data = note.map(|note| note.as_bytes().to_vec());
            tx.exec(
                "insert into test_parent (id, note, data, extra) values ($1,$2,$3,$4)",
                args![id, note.map(str::to_owned), data, extra],
            )
            .await?;
        }
        tx.exec("insert into test_child values (1, 3, null), (2, 1, 1), (3, 1, 2)", args![]).await
    })
    .await
}

type Seen = Vec<(i64, Option<String>, Option<Vec<u8>>, Option<serde_json::Value>)>;

async fn seen(db: &Db) -> kernel::Result<Seen> {
    let sql = "select id, note, data, extra from test_parent order by id";
    db.reader().rows(sql, args![]).await
}

#[tokio::test]
async fn a_postgresql_database_written_to_a_file_comes_back_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rows.sql");
    let (db, schema) = store::testing::postgres(&[&SCRIPTED]).await;
    fill(&db).await.unwrap();
    db.run_script("create table stranger (id bigint)").await.unwrap();
    let rows = store::script::write(&db, &cause(now()), &[&SCRIPTED], &file).await.unwrap();
    let before = seen(&db).await.unwrap();
    assert_eq!(before.len(), 4);

    // Over what is there: it is moved aside, and the stranger's table stays.
    let aside = format!("{schema}_aside");
    db.run_script("update test_parent set note = 'lain'").await.unwrap();
    assert!(store::script::is_there(&db, &[&SCRIPTED]).await.unwrap());
    let read = store::script::read(&db, &cause(now()), &[&SCRIPTED], &file, &aside).await.unwrap();
    assert_eq!((read, seen(&db).await.unwrap()), (rows, before.clone()));
    let old = format!("select count(*) from {aside}.test_parent where note = 'lain'");
    assert_eq!(db.reader().value::<i64>(&old, args![]).await.unwrap(), 4);
    let stranger = "select count(*) from stranger";
    assert_eq!(db.reader().value::<i64>(stranger, args![]).await.unwrap(), 0);
    // It goes on from there, also with later migrations.
    assert_eq!(store::migrate(&db, now(), &[&LATER]).await.unwrap(), 1);
    // The program of before does not know that one, and leaves the database alone.
    let newer = store::migrate(&db, now(), &[&SCRIPTED]).await.unwrap_err();
    assert_eq!(newer.code, "store.migration_ahead");
    db.run_script(&format!("drop schema {aside} cascade")).await.unwrap();

    // Cut off, or of a newer program: everything stays as it is.
    let whole = std::fs::read(&file).unwrap();
    let cut = folder.path().join("cut.sql");
    for length in [0, 10, whole.len() / 2, whole.len() - 2] {
        std::fs::write(&cut, &whole[..length]).unwrap();
        let refused = store::script::read(&db, &cause(now()), &[&LATER], &cut, &aside).await;
        assert_eq!(refused.unwrap_err().code, "store.script", "{length} bytes");
        assert_eq!(seen(&db).await.unwrap(), before);
    }
    let refused = store::script::read(&db, &cause(now()), &[&OLDER], &file, &aside).await;
    assert_eq!(refused.unwrap_err().code, "store.migration_ahead");
    let refused = store::script::read(&db, &cause(now()), &[&OTHER], &file, &aside).await;
    assert_eq!(refused.unwrap_err().code, "store.migration_changed");
    assert_eq!(seen(&db).await.unwrap(), before);
    store::testing::drop_schema(&db, &schema).await;
}
