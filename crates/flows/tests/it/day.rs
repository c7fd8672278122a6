//! The day's work: what is due comes, whatever else is broken, in every branch at its own midnight.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use billing::subscription;
use billing::words::{Mode, RunState, SubscriptionState};
use catalog::write::NewBranch;
use kernel::{Cause, Day, Fault, Scope, Ts, Zone};
use store::testing::both;
use store::{Db, FaultPoint, QueryExt, Tx, args};

use crate::world::{World, at, day};

#[tokio::test]
async fn one_broken_subscription_does_not_stop_the_day() {
    both(&flows::schema(), async |db: Db| {
        let w = World::on(&db).await;
        let (customer, broken) = w.installed(Mode::Prepaid, w.plan, at("2026-11-10", 9, 0)).await;
        w.pay(customer, 194_250, at("2026-11-10", 9, 1)).await;
        let (_, other) = w.installed(Mode::Postpaid, w.plan, at("2026-11-10", 9, 2)).await;
        w.write(at("2026-11-20", 8, 0), async |tx: &mut Tx| {
            let to = Some(day("2026-11-30"));
            subscription::pause(tx, broken, day("2026-11-20"), to).await?;
            subscription::pause(tx, other, day("2026-11-20"), to).await?;
            // What was paid for the first is lost: the paused days can't be credited.
            tx.exec(
                "delete from billing_allocation where invoice_id in (
                   select id from billing_invoice where subscription_id = $1)",
                args![broken],
            )
            .await
        })
        .await;
        let done = flows::tasks::run_day(&db, &at("2026-12-01", 0, 0)).await.unwrap();
        assert_eq!((done.refused, done.pauses, done.invoices), (1, 1, 1));
        let state =
            async |id| subscription::find(&mut db.reader(), &Scope::all(), id).await.unwrap().state;
        assert_eq!(state(broken).await, SubscriptionState::Paused);
        assert_eq!(state(other).await, SubscriptionState::Active);
        let runs = billing::issue::runs(&mut db.reader(), 10).await.unwrap();
        assert!(runs.len() == 1 && runs[0].state == RunState::Done);
    })
    .await;
}

#[tokio::test]
async fn a_run_killed_before_midnight_is_ended_after_it() {
    both(&flows::schema(), async |db: Db| {
        let w = World::on(&db).await;
        for minute in 0..3 {
            w.installed(Mode::Postpaid, w.plan, at("2026-11-10", 9, minute)).await;
        }
        // The process dies when the run is about to be ended.
        let seen = Arc::new(AtomicUsize::new(0));
        db.set_faults(Some(Arc::new(move |point: FaultPoint, cause: &Cause| {
            let ends = point == FaultPoint::BeforeCommit
                && cause.now >= at("2026-12-01", 23, 59)
                && seen.fetch_add(1, Ordering::SeqCst) >= 1;
            ends.then(|| Fault::unavailable("test.kill", "mati", "killed"))
        })));
        assert!(flows::tasks::run_day(&db, &at("2026-12-01", 23, 59)).await.is_err());
        db.set_faults(None);
        let states = async || -> Vec<RunState> {
            let runs = billing::issue::runs(&mut db.reader(), 10).await.unwrap();
            runs.into_iter().map(|run| run.state).collect()
        };
        assert_eq!(states().await, [RunState::Running]);
        let done = flows::tasks::run_day(&db, &at("2026-12-02", 0, 0)).await.unwrap();
        assert_eq!((done.refused, done.invoices), (0, 3));
        assert_eq!(states().await, [RunState::Done]);
        // Nothing is open any more, so nothing is started either.
        for secs in [30, 60, 900] {
            let later = at("2026-12-02", 0, 0).plus_secs(secs);
            assert_eq!(flows::tasks::run_day(&db, &later).await.unwrap().invoices, 0);
        }
        assert_eq!(states().await, [RunState::Done]);
        let dated: Vec<Day> = db
            .reader()
            .values("select distinct issued_on from billing_invoice", args![])
            .await
            .unwrap();
        assert_eq!(dated, [day("2026-12-02")], "an invoice is dated on the day it is issued");
    })
    .await;
}

#[tokio::test]
async fn every_zone_is_billed_at_its_own_midnight() {
    both(&flows::schema(), async |db: Db| {
        let west = World::on(&db).await;
        let east = NewBranch {
            code: "JAP".into(),
            name: "Jayapura".into(),
            zone: Zone::Jayapura,
            address: "Jl. Irian 1".into(),
            lat: -2.5,
            lon: 140.7,
        };
        let branch = west
            .write(at("2026-11-01", 9, 0), async move |tx: &mut Tx| {
                catalog::write::add_branch(tx, &east).await
            })
            .await;
        let east = World { branch, ..west.clone() };
        let mut subs = Vec::new();
        for (w, minute) in [(&west, 0), (&east, 1)] {
            let on = at("2026-11-10", 9, minute);
            let (customer, sub) = w.installed(Mode::Prepaid, w.plan, on).await;
            w.pay(customer, 194_250, on.plus_secs(1)).await;
            subs.push(sub);
        }
        let billed = async |now: Ts| {
            let done = flows::tasks::run_day(&db, &now).await.unwrap();
            assert_eq!(done.refused, 0);
            let mut counts = Vec::new();
            for sub in &subs {
                let count: i64 = db
                    .reader()
                    .value(
                        "select count(*) from billing_invoice where subscription_id = $1",
                        args![sub],
                    )
                    .await
                    .unwrap();
                counts.push(count);
            }
            counts
        };
        // 22.00 in Jakarta is midnight in Jayapura.
        assert_eq!(billed(at("2026-11-30", 21, 59)).await, [1, 1]);
        assert_eq!(billed(at("2026-11-30", 22, 0)).await, [1, 2]);
        assert_eq!(billed(at("2026-11-30", 23, 59)).await, [1, 2]);
        assert_eq!(billed(at("2026-12-01", 0, 0)).await, [2, 2]);
        let runs = billing::issue::runs(&mut db.reader(), 10).await.unwrap();
        assert_eq!(runs.len(), 2, "no empty runs between the two midnights");
    })
    .await;
}
