//! The sweep with its guard: who is asked, what an answer does and for how long, and that the preview is
//! what then happens.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::SeqCst;

use billing::pay::NewPayment;
use billing::words::{Channel, Mode};
use catalog::PolicyPatch;
use catalog::write::{PolicyFor, set_policy};
use flows::invariants::check;
use kernel::{CustomerId, Money, Scope, SubscriptionId, Ts};
use network::DesiredKind;
use store::testing::both;
use store::{Db, FaultPoint, QueryExt, Tx, args};

use crate::world::{World, at};

type House = (CustomerId, SubscriptionId);

/// Three prepaid customers who paid November; the guard asks from two isolations on.
async fn street(db: &Db) -> (World, Vec<House>) {
    let w = World::on(db).await;
    w.write(at("2026-11-01", 9, 0), async |tx: &mut Tx| {
        let patch = PolicyPatch { guard_floor: Some(1), ..PolicyPatch::default() };
        set_policy(tx, PolicyFor::Isp, &patch).await
    })
    .await;
    let mut houses = Vec::new();
    for hour in 9..12 {
        let house = w.installed(Mode::Prepaid, w.plan, at("2026-11-10", hour, 0)).await;
        w.pay(house.0, 194_250, at("2026-11-10", hour, 30)).await;
        houses.push(house);
    }
    w.live(at("2026-11-10", 12, 0)).await;
    (w, houses)
}

async fn online(w: &World, houses: &[House]) -> usize {
    let mut count = 0;
    for (_, sub) in houses {
        let access = network::access::of(&mut w.db.reader(), *sub).await.unwrap().unwrap();
        count += usize::from(access.desired.kind() == DesiredKind::Full);
    }
    count
}

async fn questions(w: &World) -> Vec<flows::sweep::Waiting> {
    flows::sweep::waiting(&mut w.db.reader(), None).await.unwrap()
}

async fn answer(w: &World, go_on: bool, now: Ts) {
    let id = questions(w).await[0].id;
    w.write(now, async |tx: &mut Tx| flows::sweep::answer(tx, id, go_on).await).await;
}

async fn broken(w: &World, now: Ts) -> Vec<&'static str> {
    let found = check(&mut w.db.reader(), now).await.unwrap();
    // Nobody drives the outbox here.
    found.into_iter().map(|b| b.invariant).filter(|name| *name != "effect_lost").collect()
}

#[tokio::test]
async fn a_billing_run_on_the_first_isolates_nobody_while_no_money_comes_in() {
    both(&flows::schema(), async |db: Db| {
        let (w, houses) = street(&db).await;
        let late = at("2026-12-01", 0, 10);
        let done = flows::tasks::run_day(&w.db, &late).await.unwrap();
        assert_eq!(done.invoices, 3);
        assert_eq!(online(&w, &houses).await, 3, "the run leaves them to the sweep");
        let swept = flows::sweep::sweep(&w.db, late).await.unwrap();
        assert_eq!((swept.isolated, swept.waiting), (0, 3));
        assert_eq!(online(&w, &houses).await, 3);
        let asked = questions(&w).await;
        assert_eq!(asked.len(), 1);
        assert_eq!((asked[0].reached, asked[0].isolated), (3, 3));
        assert_eq!(asked[0].doubt.as_ref().unwrap()["kind"], "silent");
    })
    .await;
}

#[tokio::test]
async fn with_money_coming_in_the_run_and_the_sweep_isolate_a_handful_at_once() {
    both(&flows::schema(), async |db: Db| {
        let (w, houses) = street(&db).await;
        w.pay(houses[0].0, 277_500, at("2026-11-30", 23, 0)).await;
        w.pay(houses[1].0, 277_500, at("2026-11-30", 23, 0)).await;
        let late = at("2026-12-01", 0, 10);
        w.live(late).await;
        assert_eq!((online(&w, &houses).await, questions(&w).await.len()), (2, 0));
    })
    .await;
}

#[tokio::test]
async fn an_approval_counts_also_after_midnight() {
    both(&flows::schema(), async |db: Db| {
        let (w, houses) = street(&db).await;
        w.live(at("2026-12-01", 0, 10)).await;
        answer(&w, true, at("2026-12-02", 8, 0)).await;
        let swept = flows::sweep::sweep(&w.db, at("2026-12-02", 8, 1)).await.unwrap();
        assert_eq!((swept.isolated, online(&w, &houses).await), (3, 0));
        let (instant, isolated): (Ts, i64) =
            w.db.reader().row("select instant, isolated from flows_sweep", args![]).await.unwrap();
        assert_eq!(
            (instant, isolated),
            (at("2026-12-01", 0, 0), 3),
            "it counts with its own sweep"
        );
        assert!(broken(&w, at("2026-12-02", 9, 0)).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_question_is_asked_once_however_long_nobody_answers() {
    both(&flows::schema(), async |db: Db| {
        let (w, houses) = street(&db).await;
        w.live_until("2026-12-01", "2026-12-05").await;
        let late = w.installed(Mode::Prepaid, w.plan, at("2026-12-05", 9, 0)).await;
        let asked = questions(&w).await;
        assert_eq!((asked.len(), asked[0].isolated), (1, 3));
        assert_eq!(online(&w, &houses).await, 3);
        assert!(broken(&w, at("2026-12-05", 12, 0)).await.is_empty(), "who waits is not late");
        w.pay(late.0, 1_000_000, at("2026-12-05", 10, 0)).await;
        w.live(at("2026-12-05", 10, 1)).await;
        assert_eq!(questions(&w).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_refusal_holds_until_the_next_months_sweep_which_asks_anew() {
    both(&flows::schema(), async |db: Db| {
        let (w, houses) = street(&db).await;
        w.live(at("2026-12-01", 0, 10)).await;
        answer(&w, false, at("2026-12-02", 8, 0)).await;
        for day in ["2026-12-02", "2026-12-03", "2026-12-15", "2026-12-31"] {
            w.live(at(day, 9, 0)).await;
            assert_eq!((online(&w, &houses).await, questions(&w).await.len()), (3, 0), "{day}");
            assert!(broken(&w, at(day, 9, 0)).await.is_empty(), "{day}");
        }
        w.live(at("2027-01-01", 0, 10)).await;
        assert_eq!((online(&w, &houses).await, questions(&w).await.len()), (3, 1));
        answer(&w, true, at("2027-01-01", 7, 0)).await;
        w.live(at("2027-01-01", 7, 1)).await;
        assert_eq!(online(&w, &houses).await, 0);
    })
    .await;
}

#[tokio::test]
async fn after_a_refused_question_the_invariants_still_see_a_late_sweep_and_an_open_debtor() {
    both(&flows::schema(), async |db: Db| {
        let (w, houses) = street(&db).await;
        w.live(at("2026-12-01", 0, 10)).await;
        answer(&w, false, at("2026-12-02", 8, 0)).await;
        w.live(at("2026-12-02", 9, 0)).await;
        let other = w.installed(Mode::Prepaid, w.plan, at("2026-12-02", 9, 0)).await;
        w.pay(other.0, 277_500, at("2026-12-02", 10, 0)).await;
        let (sub, soon) = (other.1, at("2026-12-02", 11, 0));
        w.write(soon, async |tx: &mut Tx| {
            tx.exec(
                "update network_access set recheck_at = $2 where subscription_id = $1",
                args![sub, tx.now()],
            )
            .await
        })
        .await;
        let noon = at("2026-12-02", 15, 0);
        assert_eq!(broken(&w, noon).await, ["sweep_late"], "nobody held this one back");

        answer_is_over(&w, houses[0].1).await;
        let found = broken(&w, noon).await;
        assert!(found.contains(&"open_unpaid"), "{found:?}");
    })
    .await;
}

/// As if the question had never held this subscription.
async fn answer_is_over(w: &World, sub: SubscriptionId) {
    w.write(at("2026-12-02", 11, 0), async |tx: &mut Tx| {
        tx.exec("delete from flows_sweep_held where subscription_id = $1", args![sub]).await
    })
    .await;
}

#[tokio::test]
async fn a_balance_from_old_books_is_no_sign_of_life_of_the_gateways() {
    both(&flows::schema(), async |db: Db| {
        let (w, houses) = street(&db).await;
        let (customer, _) = w.installed(Mode::Postpaid, w.plan, at("2026-11-30", 20, 0)).await;
        w.write(at("2026-11-30", 23, 0), async move |tx: &mut Tx| {
            let new = NewPayment {
                customer,
                channel: Channel::Opening,
                reference: Some("saldo-1".into()),
                amount: Money::rupiah(10_000),
                named_invoice: None,
                received_at: tx.now(),
                note: None,
            };
            billing::pay::receive(tx, new).await.map(drop)
        })
        .await;
        w.live(at("2026-12-01", 0, 10)).await;
        assert_eq!((online(&w, &houses).await, questions(&w).await.len()), (3, 1));
    })
    .await;
}

#[tokio::test]
async fn the_preview_is_what_the_sweep_then_does() {
    both(&flows::schema(), async |db: Db| {
        let (w, houses) = street(&db).await;
        let one = w.installed(Mode::Postpaid, w.plan, at("2026-11-10", 13, 0)).await;
        w.live_until("2026-12-01", "2026-12-20").await;
        answer(&w, true, at("2026-12-20", 8, 0)).await;
        let (now, then) = (at("2026-12-20", 9, 0), at("2026-12-21", 0, 1));
        let preview = async |scope: &Scope, now: Ts| {
            flows::sweep::preview(&mut w.db.reader(), scope, then, now).await.unwrap()
        };
        let seen = preview(&Scope::all(), now).await;
        assert_eq!((seen.lines.len(), seen.isolates, seen.waits), (4, 4, 0));
        let line = seen.lines.iter().find(|l| l.change.subscription == one.1).unwrap();
        assert_eq!(line.customer, one.0);
        assert!(line.change.why.id.contains("belum lunas"), "{:?}", line.change.why);
        let swept = flows::sweep::sweep(&w.db, then).await.unwrap();
        assert_eq!((swept.isolated, &swept.hash), (4, &seen.hash));
        assert!(!swept.hash.is_empty());
        let after = preview(&Scope::all(), then).await;
        assert_eq!((after.lines.len(), after.hash.as_str()), (0, ""));
        assert_eq!(online(&w, &houses).await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_preview_shows_what_the_guard_will_hold_back() {
    both(&flows::schema(), async |db: Db| {
        let (w, _) = street(&db).await;
        let late = at("2026-12-01", 0, 10);
        flows::tasks::run_day(&w.db, &late).await.unwrap();
        let seen =
            flows::sweep::preview(&mut w.db.reader(), &Scope::all(), late, late).await.unwrap();
        assert_eq!((seen.waits, seen.isolates, seen.hash.as_str()), (3, 0, ""));
        assert_eq!(seen.groups[0].doubt.as_ref().unwrap()["kind"], "silent");
        let swept = flows::sweep::sweep(&w.db, late).await.unwrap();
        assert_eq!((swept.waiting, swept.hash), (3, seen.hash));
        let elsewhere = Scope { branch: Some(kernel::BranchId::nil()), ..Scope::all() };
        let seen = flows::sweep::preview(&mut w.db.reader(), &elsewhere, late, late).await.unwrap();
        assert!(seen.lines.is_empty() && seen.groups.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_question_that_is_not_answered_changes_nobodys_access() {
    both(&flows::schema(), async |db: Db| {
        let (w, houses) = street(&db).await;
        w.pay(houses[0].0, 277_500, at("2026-11-30", 23, 0)).await;
        w.pay(houses[1].0, 277_500, at("2026-11-30", 23, 0)).await;
        let late = at("2026-12-01", 0, 10);
        flows::tasks::run_day(&w.db, &late).await.unwrap();
        let before = online(&w, &houses).await;
        let mut asked = 0;
        loop {
            let reads = Arc::new(AtomicUsize::new(0));
            w.db.set_faults(Some(Arc::new(move |point, _: &kernel::Cause| {
                let strikes = point == FaultPoint::Read && reads.fetch_add(1, SeqCst) == asked;
                strikes.then(|| kernel::Fault::unavailable("store.unavailable", "Mati.", "Away."))
            })));
            let swept = flows::sweep::sweep(&w.db, late).await;
            w.db.set_faults(None);
            if swept.is_ok() {
                break;
            }
            assert_eq!(swept.unwrap_err().code, "store.unavailable");
            assert_eq!(online(&w, &houses).await, before, "after {asked} answers");
            asked += 1;
        }
        assert!(asked > 5, "{asked}");
        assert_eq!((before, online(&w, &houses).await), (3, 2));
    })
    .await;
}

#[tokio::test]
async fn the_nightly_pass_writes_down_what_it_found_and_changes_nothing() {
    both(&flows::schema(), async |db: Db| {
        let (w, houses) = street(&db).await;
        let night = at("2026-11-20", 2, 30);
        let clean = flows::sweep::nightly(&w.db, night).await.unwrap();
        assert_eq!((clean.looked_at, clean.wrong), (3, 0));
        let sub = houses[0].1;
        w.write(night, async |tx: &mut Tx| {
            tx.exec(
                "update network_access set desired = 'isolated', profile_id = null
                 where subscription_id = $1",
                args![sub],
            )
            .await
        })
        .await;
        let found = flows::sweep::nightly(&w.db, night.plus_secs(60)).await.unwrap();
        assert_eq!((found.wrong, found.first[0].0), (1, sub));
        assert_eq!(online(&w, &houses).await, 2, "it only looks");
        let status: serde_json::Value =
            w.db.reader()
                .value("select status from store_task where name = 'nightly_check'", args![])
                .await
                .unwrap();
        assert_eq!(status["wrong"], 1);
    })
    .await;
}
