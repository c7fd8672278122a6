//! The bridge's tables, on both databases.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may fall")]

use std::sync::Arc;

use bridge::finding::{self, Found};
use bridge::{
    Choice, Engine, FindingState, Link, Settle, Subject, Verdict, engine, inbox, link, mark, policy,
};
use kernel::{Cause, Ts};
use serde_json::json;
use store::{Db, Secret, Tx, args, testing};
use uuid::Uuid;

const ROOMS: &[&store::Migrations] = &[&bridge::MIGRATIONS];
const RADIUS: Engine = Engine::Freeradius;
const ACCOUNT: Subject = Subject::Account;

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

async fn at<T: Send>(
    db: &Db,
    now: Ts,
    body: impl AsyncFnOnce(&mut Tx) -> kernel::Result<T> + Clone,
) -> T {
    db.write(&testing::cause(now), body).await.unwrap()
}

async fn attach(db: &Db) {
    db.with_ext(Arc::new(store::Sealer::new(1, [7; 32])));
    let secret = Secret::new("kata sandi");
    at(db, testing::now(), async |tx: &mut Tx| {
        engine::attach(tx, RADIUS, &json!({ "address": "127.0.0.1" }), &secret).await
    })
    .await;
}

#[tokio::test]
async fn only_an_attached_engine_is_told_anything() {
    testing::both(ROOMS, async |db| {
        let now = testing::now();
        let marks = [(RADIUS, ACCOUNT, id(1)), (Engine::Erpnext, Subject::Customer, id(2))];
        assert_eq!(at(&db, now, async |tx: &mut Tx| mark::mark_all(tx, &marks).await).await, 0);
        attach(&db).await;
        assert_eq!(at(&db, now, async |tx: &mut Tx| mark::mark_all(tx, &marks).await).await, 1);
        let left = mark::backlog(&mut db.reader(), RADIUS).await.unwrap();
        assert_eq!((left.waiting, left.failing, left.oldest), (1, 0, Some(now)));
        at(&db, now, async |tx: &mut Tx| engine::detach(tx, RADIUS).await).await;
        assert_eq!(mark::backlog(&mut db.reader(), RADIUS).await.unwrap().waiting, 0);
        assert!(engine::settings(&mut db.reader(), RADIUS).await.unwrap().is_none());
        let twice = db
            .write(&testing::cause(now), async |tx: &mut Tx| engine::detach(tx, RADIUS).await)
            .await;
        assert_eq!(twice.unwrap_err().code, "bridge.not_attached");
    })
    .await;
}

#[tokio::test]
async fn a_record_marked_again_while_it_is_told_is_told_once_more() {
    testing::both(ROOMS, async |db| {
        let now = testing::now();
        attach(&db).await;
        let mark = async |n: u128, at_: Ts| {
            at(&db, at_, async |tx: &mut Tx| mark::mark(tx, RADIUS, ACCOUNT, id(n)).await).await;
        };
        let claim = async |at_: Ts| {
            at(&db, at_, async |tx: &mut Tx| mark::claim(tx, RADIUS, 10, 60).await).await
        };
        mark(1, now).await;
        mark(1, now.plus_secs(1)).await;
        let claims = claim(now.plus_secs(2)).await;
        assert_eq!(claims.len(), 1, "two changes, one telling");
        assert_eq!((claims[0].revision, claims[0].attempts), (2, 1));
        assert!(claim(now.plus_secs(3)).await.is_empty(), "leased");
        mark(1, now.plus_secs(4)).await;
        assert!(claim(now.plus_secs(5)).await.is_empty(), "still leased");
        let gone = at(&db, now.plus_secs(6), async |tx: &mut Tx| mark::done(tx, &claims[0]).await);
        assert!(!gone.await);
        let again = claim(now.plus_secs(6)).await;
        assert_eq!((again.len(), again[0].revision), (1, 3));
        // Killed here: the lease runs out, and somebody else takes it.
        let third = claim(now.plus_secs(70)).await;
        assert_eq!(third.len(), 1);
        assert!(at(&db, now, async |tx: &mut Tx| mark::done(tx, &third[0]).await).await);
        assert_eq!(mark::backlog(&mut db.reader(), RADIUS).await.unwrap().waiting, 0);
    })
    .await;
}

#[tokio::test]
async fn what_others_name_is_told_first_and_a_refused_record_waits_alone() {
    testing::both(ROOMS, async |db| {
        let now = testing::now();
        attach(&db).await;
        let marks =
            [(RADIUS, ACCOUNT, id(1)), (RADIUS, Subject::Profile, id(9)), (RADIUS, ACCOUNT, id(2))];
        at(&db, now, async |tx: &mut Tx| mark::mark_all(tx, &marks).await).await;
        let claims = at(&db, now, async |tx: &mut Tx| mark::claim(tx, RADIUS, 10, 60).await).await;
        let order: Vec<_> = claims.iter().map(|c| (c.subject, c.local_id)).collect();
        assert_eq!(order, [(Subject::Profile, id(9)), (ACCOUNT, id(1)), (ACCOUNT, id(2))]);
        let retry = mark::retry_at(now, claims[1].attempts);
        at(&db, now, async |tx: &mut Tx| {
            mark::done(tx, &claims[0]).await?;
            mark::failed(tx, &claims[1], "nama ditolak", retry).await?;
            mark::done(tx, &claims[2]).await
        })
        .await;
        let stuck = mark::stuck(&mut db.reader(), RADIUS, 10).await.unwrap();
        assert_eq!((stuck.len(), stuck[0].last_error.as_str()), (1, "nama ditolak"));
        assert_eq!(retry, now.plus_secs(2));
        let early =
            at(&db, now.plus_secs(1), async |tx: &mut Tx| mark::claim(tx, RADIUS, 10, 60).await);
        assert!(early.await.is_empty());
        let due = at(&db, retry, async |tx: &mut Tx| mark::claim(tx, RADIUS, 10, 60).await).await;
        assert_eq!((due.len(), due[0].attempts), (1, 2));
        assert_eq!(mark::retry_at(now, 40), now.plus_secs(3_600));
    })
    .await;
}

#[tokio::test]
async fn two_workers_never_claim_the_same_mark() {
    let (db, schema) = testing::postgres(ROOMS).await;
    attach(&db).await;
    let all: Vec<_> = (1..=40).map(|n| (RADIUS, ACCOUNT, id(n))).collect();
    at(&db, testing::now(), async |tx: &mut Tx| mark::mark_all(tx, &all).await).await;
    let (a, b) = testing::race(|_| {
        let db = db.clone();
        async move {
            let cause = testing::cause(testing::now());
            db.write(&cause, async |tx: &mut Tx| mark::claim(tx, RADIUS, 30, 60).await)
                .await
                .unwrap()
        }
    })
    .await;
    let mut ids: Vec<_> = a.iter().chain(&b).map(|c| c.local_id).collect();
    let claimed = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), claimed);
    testing::drop_schema(&db, &schema).await;
}

#[tokio::test]
async fn a_link_is_found_from_both_sides_and_replaced_in_place() {
    testing::both(ROOMS, async |db| {
        let now = testing::now();
        let made = |n: u128, name: &str| Link {
            engine: RADIUS,
            subject: ACCOUNT,
            local_id: id(n),
            external_id: name.into(),
            external_version: None,
            fingerprint: link::fingerprint(["a", name]),
            synced_at: now,
        };
        at(&db, now, async |tx: &mut Tx| {
            link::put_many(tx, &[made(1, "budi"), made(2, "siti")]).await?;
            link::put(tx, &made(1, "budi2")).await
        })
        .await;
        let mut q = db.reader();
        let got = link::get(&mut q, RADIUS, ACCOUNT, id(1)).await.unwrap().unwrap();
        assert_eq!((got.external_id.as_str(), got.synced_at), ("budi2", now));
        let back = link::by_external(&mut q, RADIUS, ACCOUNT, "siti").await.unwrap().unwrap();
        assert_eq!(back.local_id, id(2));
        assert!(link::by_external(&mut q, RADIUS, ACCOUNT, "budi").await.unwrap().is_none());
        let shard = link::shard("siti");
        assert_eq!(link::of_shard(&mut q, RADIUS, ACCOUNT, shard).await.unwrap().len(), 1);
        let page = link::page(&mut q, RADIUS, ACCOUNT, Some(id(1)), 10).await.unwrap();
        assert_eq!(page.len(), 1);
        assert_eq!(link::of_record(&mut q, ACCOUNT, id(2)).await.unwrap().len(), 1);
        // Two of ours can't be one of theirs.
        let cause = testing::cause(now);
        let two = db.write(&cause, async |tx: &mut Tx| link::put(tx, &made(3, "siti")).await).await;
        assert!(store::is_unique(&two.unwrap_err()));
        assert!(
            at(&db, now, async |tx: &mut Tx| link::forget(tx, RADIUS, ACCOUNT, id(2)).await).await
        );
        assert!(
            !at(&db, now, async |tx: &mut Tx| link::forget(tx, RADIUS, ACCOUNT, id(2)).await).await
        );
    })
    .await;
}

#[test]
fn a_fingerprint_tells_apart_what_only_its_cuts_tell_apart() {
    assert_ne!(link::fingerprint(["ab", "c"]), link::fingerprint(["a", "bc"]));
    assert_eq!(link::fingerprint(["ab", "c"]), link::fingerprint(vec!["ab", "c"]));
    assert_eq!(link::shard(""), 0xd4, "the first byte of the MD5, as the databases compute it");
}

#[tokio::test]
async fn a_notice_is_stored_once_and_dealt_with_once() {
    testing::both(ROOMS, async |db| {
        let now = testing::now();
        let receive = async |key: &str| {
            at(&db, now, async |tx: &mut Tx| inbox::receive(tx, RADIUS, key, "{}").await).await
        };
        assert!(receive("a").await && receive("b").await && !receive("a").await);
        let claimed =
            at(&db, now, async |tx: &mut Tx| inbox::claim(tx, RADIUS, 10, 60).await).await;
        assert_eq!(claimed.len(), 2);
        let (first, second) = (claimed[0].id, claimed[1].id);
        at(&db, now, async |tx: &mut Tx| {
            assert!(inbox::done(tx, first).await?);
            assert!(!inbox::done(tx, first).await?);
            inbox::failed(tx, second, "nanti", now.plus_secs(5)).await
        })
        .await;
        assert_eq!(inbox::waiting(&mut db.reader(), RADIUS).await.unwrap(), (1, Some(now)));
        let later = now.plus_secs(5);
        let again =
            at(&db, later, async |tx: &mut Tx| inbox::claim(tx, RADIUS, 10, 60).await).await;
        assert_eq!((again.len(), again[0].id, again[0].attempts), (1, second, 2));
        assert!(!receive("a").await, "what was dealt with is still known");
        let old = now.plus_days(91);
        assert_eq!(at(&db, old, async |tx: &mut Tx| inbox::forget_old(tx).await).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_difference_is_one_finding_until_it_is_gone_and_a_dismissed_one_stays_so_until_it_changes()
 {
    testing::both(ROOMS, async |db| {
        let t = |n: i64| testing::now().plus_secs(n);
        let found = |theirs: &str| Found {
            local_id: Some(id(1)),
            external_id: Some("budi".into()),
            field: Some("group".into()),
            ours: Some("20M".into()),
            theirs: Some(theirs.into()),
            ..Found::new(RADIUS, ACCOUNT, Verdict::Differs)
        };
        let report = async |theirs: &str, now: Ts| {
            at(&db, now, async |tx: &mut Tx| finding::report(tx, &found(theirs)).await).await
        };
        let state = async |of| finding::find(&mut db.reader(), of).await.unwrap();
        let one = report("50M", t(0)).await;
        assert_eq!(report("50M", t(60)).await, one);
        let seen = state(one).await;
        assert_eq!((seen.first_seen, seen.last_seen), (t(0), t(60)));
        let cleared = at(&db, t(90), async |tx: &mut Tx| {
            finding::clear_not_seen(tx, RADIUS, ACCOUNT, t(61)).await
        });
        assert_eq!(cleared.await, 1);
        assert_eq!(state(one).await.state, FindingState::Healed);
        report("50M", t(100)).await;
        let again = state(one).await;
        assert_eq!((again.state, again.first_seen), (FindingState::Open, t(100)));
        at(&db, t(110), async |tx: &mut Tx| finding::settle(tx, one, Settle::Dismiss).await).await;
        report("50M", t(120)).await;
        assert_eq!(state(one).await.state, FindingState::Dismissed);
        report("100M", t(130)).await;
        assert_eq!(state(one).await.state, FindingState::Open);
        let settled = async || {
            let cause = Cause::system(t(140), "test");
            db.write(&cause, async |tx: &mut Tx| finding::settle(tx, one, Settle::Heal).await).await
        };
        settled().await.unwrap();
        assert_eq!(settled().await.unwrap_err().code, "bridge.finding_settled");
        let counts = finding::counts(&mut db.reader()).await.unwrap();
        assert_eq!((counts.len(), counts[0].count), (1, 1));
        let all =
            finding::list(&mut db.reader(), &finding::Filter::default(), None, 10).await.unwrap();
        assert_eq!(all.len(), 1);
        let other = finding::Filter { engine: Some(Engine::Erpnext), ..Default::default() };
        assert!(finding::list(&mut db.reader(), &other, None, 10).await.unwrap().is_empty());
        report("10M", t(150)).await;
        let cleared = at(&db, t(160), async |tx: &mut Tx| {
            finding::clear_record(tx, RADIUS, ACCOUNT, Some(id(1)), "budi").await
        });
        assert_eq!(cleared.await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_finding_is_settled_only_by_who_may_settle_its_kind() {
    let (db, _dir) = testing::sqlite(ROOMS).await;
    let found = Found {
        external_id: Some("x".into()),
        ..Found::new(RADIUS, ACCOUNT, Verdict::MissingHere)
    };
    let now = testing::now();
    let one = at(&db, now, async |tx: &mut Tx| finding::report(tx, &found).await).await;
    let mut finance = kernel::Actor::public(None);
    finance.permissions = [kernel::Permission::EngineRead, kernel::Permission::FindingSettleMoney]
        .into_iter()
        .collect();
    let cause = Cause::new(now, finance);
    let refused =
        db.write(&cause, async |tx: &mut Tx| finding::settle(tx, one, Settle::Heal).await).await;
    assert_eq!(refused.unwrap_err().code, "forbidden");
}

#[tokio::test]
async fn the_engines_secret_is_sealed_and_its_breaker_is_kept() {
    testing::both(ROOMS, async |db| {
        attach(&db).await;
        let now = testing::now();
        let settings = engine::settings(&mut db.reader(), RADIUS).await.unwrap().unwrap();
        assert_eq!(settings.secret.expose(), "kata sandi");
        let at_rest: Vec<u8> = store::QueryExt::value(
            &mut db.reader(),
            "select secret_enc from bridge_engine where engine = $1",
            args![RADIUS],
        )
        .await
        .unwrap();
        assert!(!at_rest.windows(4).any(|w| w == b"kata"));
        for n in 1..=3 {
            let breaker =
                at(&db, now, async |tx: &mut Tx| engine::failed(tx, RADIUS, "mati").await);
            assert_eq!(breaker.await.failures, n);
        }
        let kept = engine::breaker(&mut db.reader(), RADIUS).await.unwrap().unwrap();
        assert_eq!(kept.allowed(now, 10), 0);
        let health = engine::health(&mut db.reader()).await.unwrap();
        assert_eq!((health.len(), health[0].reachable), (1, false));
        assert_eq!(health[0].last_error.as_deref(), Some("mati"));
        let shown = format!("{health:?} {settings:?}");
        assert!(!shown.contains("kata sandi"));
        at(&db, now, async |tx: &mut Tx| engine::answered(tx, RADIUS, Some("3.2"), Some(4)).await)
            .await;
        let health = engine::health(&mut db.reader()).await.unwrap();
        assert!(health[0].reachable && health[0].breaker == bridge::breaker::Breaker::default());
        assert_eq!((health[0].version.as_deref(), health[0].lag_ms), (Some("3.2"), Some(4)));
        at(&db, now, async |tx: &mut Tx| engine::set_cursor(tx, RADIUS, "acct", "7").await).await;
        at(&db, now, async |tx: &mut Tx| engine::set_cursor(tx, RADIUS, "acct", "8").await).await;
        let cursor = engine::cursor(&mut db.reader(), RADIUS, "acct").await.unwrap();
        assert_eq!(cursor.as_deref(), Some("8"));
    })
    .await;
}

#[tokio::test]
async fn the_isp_may_decide_otherwise_about_a_field() {
    testing::both(ROOMS, async |db| {
        attach(&db).await;
        let of =
            async |field: &str| policy::of(&mut db.reader(), RADIUS, ACCOUNT, field).await.unwrap();
        let set = async |choice: Option<Choice>| {
            at(&db, testing::now(), async |tx: &mut Tx| {
                policy::set(tx, RADIUS, ACCOUNT, "password", choice).await
            })
            .await;
        };
        assert_eq!((of("password").await, of("group").await), (Choice::Adopt, Choice::Heal));
        assert_eq!(of("whatever").await, Choice::Ask);
        set(Some(Choice::Heal)).await;
        assert_eq!(of("password").await, Choice::Heal);
        set(None).await;
        assert_eq!(of("password").await, Choice::Adopt);
    })
    .await;
}
