//! The billing run: once, whatever happens.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use billing::words::{ExtraKind, HoldKind, Mode, RunState};
use billing::{extra, issue, reschedule, subscription};
use catalog::PolicyPatch;
use kernel::clock::ManualClock;
use kernel::{Cause, Event, Fault, SubscriptionId, Ts, Zone};
use store::testing::race;
use store::{FaultPoint, QueryExt, Tx, args};

use crate::world::{World, day, fast, home, inclusive, rp, story};

/// Subscriptions in many situations, all due on 1 December 2026.
async fn crowd(w: &mut World) -> Vec<SubscriptionId> {
    let mut all = Vec::new();
    let plans = [home(), fast(), inclusive()];
    for n in 0..12i8 {
        let mode = if n % 2 == 0 { Mode::Prepaid } else { Mode::Postpaid };
        let plan = plans[usize::try_from(n % 3).unwrap()];
        let sub = w.at("2026-11-10", n).install(plan, mode).await;
        if n % 4 == 0 {
            w.pay(sub, 1_000_000).await;
        }
        if n % 5 == 0 {
            let new = extra::NewExtra {
                subscription: sub,
                kind: ExtraKind::Discount,
                name: "Promo".into(),
                amount: rp(0),
                percent_bp: 2_500,
                from: day("2026-11-01"),
                to: None,
                periods: Some(1),
            };
            w.write(async |tx| extra::add(tx, new.clone()).await).await;
        }
        all.push(sub);
    }
    w.at("2026-11-20", 9);
    let paused = all[1];
    w.write(async |tx| subscription::pause(tx, paused, day("2026-11-20"), None).await).await;
    w.isolate(all[3], Some(&[HoldKind::Abuse])).await;
    all
}

#[tokio::test]
async fn a_run_does_what_the_preview_says_and_nothing_the_second_time() {
    story(async |w: &mut World| {
        let all = crowd(w).await;
        let report = w.at("2026-12-01", 0).run().await;
        assert_eq!((report.subscriptions, report.invoices), (12, 12));
        assert_eq!(report.credit_notes, 3);
        let again = w.at("2026-12-01", 1).run().await;
        assert_eq!((again.invoices, again.credit_notes), (0, 0));
        for sub in all {
            let regular: Vec<_> = w.invoices(sub).await;
            let starts: std::collections::BTreeSet<_> = regular.iter().map(|i| &i.0).collect();
            assert_eq!(starts.len(), regular.len());
        }
    })
    .await;
}

#[tokio::test]
async fn a_run_killed_at_any_commit_goes_on_and_ends_the_same() {
    story(async |w: &mut World| {
        let all = crowd(w).await;
        w.at("2026-12-01", 0);
        let on = w.now.day(Zone::Jakarta);
        let expected = issue::preview(&mut w.db.reader(), w.now, on).await.unwrap();
        let cause = w.cause();
        let mut kills = 0;
        let mut ended = None;
        'kills: for point in [FaultPoint::BeforeCommit, FaultPoint::AfterCommit, FaultPoint::Begin]
        {
            for at in [1, 2, 4] {
                let seen = Arc::new(AtomicUsize::new(0));
                w.db.set_faults(Some(Arc::new(move |p: FaultPoint, _: &Cause| {
                    let here = p == point && seen.fetch_add(1, Ordering::SeqCst) == at;
                    here.then(|| Fault::unavailable("test.kill", "mati", "killed"))
                })));
                let killed = issue::run_in_chunks(&w.db, &cause.now, &cause, on, 1).await;
                kills += usize::from(killed.is_err());
                if killed.is_ok() {
                    ended = killed.ok();
                    break 'kills;
                }
            }
        }
        w.db.set_faults(None);
        assert!(kills >= 6, "{kills}");
        let report = match ended {
            Some(report) => report,
            None => issue::run_in_chunks(&w.db, &cause.now, &cause, on, 5).await.unwrap(),
        };
        // The invoices of all the pieces together are what the preview said.
        let issued: i64 =
            w.db.reader()
                .value("select count(*) from billing_invoice where run_id is not null", args![])
                .await
                .unwrap();
        assert_eq!(issued, expected.invoices);
        let runs = issue::runs(&mut w.db.reader(), 20).await.unwrap();
        assert!(runs.len() == 1 && runs[0].state == RunState::Done && report.failed.is_empty());
        assert_eq!((report.hash, report.total), (expected.hash, expected.total));
        for sub in all {
            let list = w.invoices(sub).await;
            assert!(list.iter().filter(|i| i.0 == "2026-12-01").count() <= 1);
        }
    })
    .await;
}

#[tokio::test]
async fn a_run_is_over_when_it_is_over_and_what_it_issues_is_of_its_beginning() {
    story(async |w: &mut World| {
        let sub = w.at("2026-11-10", 9).install(home(), Mode::Postpaid).await;
        w.at("2026-12-01", 0);
        let (cause, on) = (w.cause(), w.now.day(Zone::Jakarta));
        let clock = ManualClock::at(w.now.plus_secs(90));
        let report = issue::run(&w.db, &clock, &cause, on).await.unwrap();
        let mut reader = w.db.reader();
        let run = issue::run_of(&mut reader, report.run).await.unwrap().unwrap();
        assert_eq!((run.started_at, run.finished_at), (w.now, Some(w.now.plus_secs(90))));
        let issued: Ts = reader
            .value("select issued_at from billing_invoice where subscription_id = $1", args![sub])
            .await
            .unwrap();
        assert_eq!(issued, w.now);
        // A clock that was set back ends nothing before it began.
        let back = ManualClock::at(w.now.plus_secs(-90));
        let again = issue::run(&w.db, &back, &cause, on).await.unwrap();
        assert_ne!(again.run, report.run);
        let run = issue::run_of(&mut reader, again.run).await.unwrap().unwrap();
        assert!(run.finished_at >= Some(run.started_at));
    })
    .await;
}

#[tokio::test]
async fn two_that_begin_the_run_of_a_day_at_once_get_one_run() {
    story(async |w: &mut World| {
        let (db, cause, on) = (w.db.clone(), w.cause(), w.now.day(Zone::Jakarta));
        let (a, b) = race(|_| {
            let (db, cause) = (db.clone(), cause.clone());
            async move {
                db.write(&cause, async |tx: &mut Tx| issue::begin(tx, on).await).await.unwrap()
            }
        })
        .await;
        assert_eq!(a, b);
        assert_eq!(issue::runs(&mut db.reader(), 9).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn one_broken_record_stops_nobody_else() {
    story(async |w: &mut World| {
        let mut all = Vec::new();
        for n in 0..5 {
            all.push(w.at("2026-06-01", n).install(home(), Mode::Postpaid).await);
        }
        // A live invoice of June is there already, though the subscription says otherwise.
        w.at("2026-07-01", 0).run().await;
        let broken = all[2];
        w.write(async |tx: &mut Tx| {
            tx.exec(
                "update billing_subscription set billed_to = $2, next_issue_on = $3 where id = $1",
                args![broken, day("2026-05-31"), day("2026-07-01")],
            )
            .await
        })
        .await;
        w.at("2026-08-01", 0);
        let (cause, on) = (w.cause(), w.now.day(Zone::Jakarta));
        let report = issue::run(&w.db, &cause.now, &cause, on).await.unwrap();
        assert_eq!(report.invoices, 4);
        assert_eq!(report.failed.len(), 1);
        assert_eq!(report.failed[0].0, broken);
        assert!(store::is_unique(&report.failed[0].1));
    })
    .await;
}

#[tokio::test]
async fn a_run_never_issues_before_the_branchs_own_day() {
    story(async |w: &mut World| {
        let sub = w.at("2026-06-01", 9).install(home(), Mode::Postpaid).await;
        // 23.00 in Jakarta on the 30th: already July in Papua.
        w.at("2026-06-30", 23);
        let cause = w.cause();
        let report = issue::run(&w.db, &cause.now, &cause, day("2026-07-01")).await.unwrap();
        assert_eq!((report.subscriptions, report.invoices), (1, 0));
        w.at("2026-07-01", 0).run().await;
        assert_eq!(w.invoices(sub).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_chunk_says_one_event_and_paid_by_credit_is_said_besides() {
    story(async |w: &mut World| {
        let sub = w.at("2026-06-01", 9).install(home(), Mode::Prepaid).await;
        w.pay(sub, 277_500 + 277_500).await;
        let mut bell = w.db.subscribe();
        w.at("2026-07-01", 0).run().await;
        let mut said = Vec::new();
        while let Ok(committed) = bell.try_recv() {
            said.extend(committed.events.clone());
        }
        let invoice = w.newest(sub).await;
        assert!(
            matches!(&said[0], Event::InvoicesIssued { invoices, .. } if *invoices == [invoice])
        );
        assert!(said.contains(&Event::EntitlementChanged { subscription: sub }));
        let customer = w.sub(sub).await.customer_id;
        assert!(said.contains(&Event::InvoicePaid { invoice, customer, subscription: Some(sub) }));
    })
    .await;
}

#[tokio::test]
async fn a_changed_policy_moves_the_next_look() {
    story(async |w: &mut World| {
        let sub = w.at("2026-06-01", 9).install(home(), Mode::Postpaid).await;
        let other = w.at("2026-06-02", 9).install(home(), Mode::Prepaid).await;
        let patch = PolicyPatch {
            issue_dom: Some(5),
            prepaid_days_ahead: Some(7),
            ..PolicyPatch::default()
        };
        w.policy(patch).await;
        let cause = w.cause();
        assert_eq!(reschedule::all(&w.db, &cause).await.unwrap(), 2);
        assert_eq!(reschedule::all(&w.db, &cause).await.unwrap(), 0);
        assert_eq!(w.sub(sub).await.next_issue_on, Some(day("2026-07-05")));
        assert_eq!(w.sub(other).await.next_issue_on, Some(day("2026-06-24")));
        w.pay(other, 277_500).await;
        let report = w.at("2026-06-24", 0).run().await;
        assert_eq!(report.invoices, 1);
        assert_eq!(w.invoices(other).await[1].0, "2026-07-01");
    })
    .await;
}
