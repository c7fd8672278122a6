//! What access depends on: facts, holds, promises, isolation.

use billing::facts::{self, AccessFacts};
use billing::words::{HoldKind, Mode, SubscriptionState};
use billing::{hold, pay, promise, subscription};
use catalog::PolicyPatch;
use kernel::permission::PermissionSet;
use kernel::{Actor, Cause, Event, Permission, Scope, SubscriptionId, Ts, Zone};
use store::Tx;

use crate::world::{World, day, home, rp, story};

async fn facts_of(w: &World, id: SubscriptionId) -> AccessFacts {
    facts::for_access(&mut w.db.reader(), id).await.unwrap()
}

#[tokio::test]
async fn unpaid_postpaid_tells_its_isolation_instant_and_payment_clears_it() {
    story(async |w: &mut World| {
        let sub = w.at("2026-11-10", 14).install(home(), Mode::Postpaid).await;
        w.at("2026-12-01", 0).run().await;
        let f = facts_of(w, sub).await;
        assert_eq!(
            (f.state, f.mode, f.entitled_to),
            (SubscriptionState::Active, Mode::Postpaid, None)
        );
        let unpaid = &f.unpaid[0];
        assert_eq!((unpaid.outstanding, unpaid.total), (rp(194_250), rp(194_250)));
        assert_eq!(unpaid.isolate_at, Some(Ts::local(day("2026-12-21"), 0, 1, Zone::Jakarta)));
        assert_eq!((unpaid.period.from, unpaid.due_on), (day("2026-11-10"), day("2026-12-20")));
        w.at("2026-12-05", 9).pay(sub, 194_250).await;
        assert_eq!(facts_of(w, sub).await.unpaid, []);
    })
    .await;
}

#[tokio::test]
async fn prepaid_is_entitled_by_what_is_paid() {
    story(async |w: &mut World| {
        let sub = w.at("2026-11-10", 14).install(home(), Mode::Prepaid).await;
        assert_eq!(facts_of(w, sub).await.entitled_to, None);
        w.pay(sub, 194_250).await;
        assert_eq!(facts_of(w, sub).await.entitled_to, Some(day("2026-11-30")));
        w.at("2026-12-01", 0).run().await;
        let f = facts_of(w, sub).await;
        assert_eq!((f.entitled_to, f.unpaid.len()), (Some(day("2026-11-30")), 1));
        w.pay(sub, 277_500).await;
        assert_eq!(facts_of(w, sub).await.entitled_to, Some(day("2026-12-31")));
        assert_eq!(f.period_at(day("2026-12-09")).from, day("2026-12-01"));
    })
    .await;
}

#[tokio::test]
async fn partly_paid_counts_as_unpaid_less_the_tolerance() {
    story(async |w: &mut World| {
        let sub = w.at("2026-11-10", 14).install(home(), Mode::Prepaid).await;
        w.pay(sub, 194_000).await;
        let f = facts_of(w, sub).await;
        assert_eq!((f.state, f.unpaid[0].outstanding), (SubscriptionState::Ready, rp(250)));
        w.policy(PolicyPatch { tolerance: Some(rp(500)), ..PolicyPatch::default() }).await;
        assert_eq!(facts_of(w, sub).await.unpaid, []);
        let other = w.at("2026-11-10", 15).install(home(), Mode::Prepaid).await;
        w.pay(other, 194_000).await;
        let f = facts_of(w, other).await;
        assert_eq!((f.state, f.entitled_to), (SubscriptionState::Active, Some(day("2026-11-30"))));
        // Fully paid it is not: no commission follows yet.
        assert!(!w.said.iter().any(|e| matches!(e, Event::InvoicePaid { .. })));
    })
    .await;
}

#[tokio::test]
async fn a_reversal_reopens_with_a_grace_and_paying_again_gives_the_same_days() {
    story(async |w: &mut World| {
        let sub = w.at("2026-11-10", 14).install(home(), Mode::Prepaid).await;
        let receipt = w.pay(sub, 194_250).await;
        w.at("2026-11-12", 10);
        let id = receipt.payment.id;
        w.write(async |tx| pay::reverse(tx, id, "cek kosong").await).await;
        let invoice = w.newest(sub).await;
        let subscription = Some(sub);
        assert!(w.said.contains(&Event::InvoiceReopened { invoice, subscription }));
        let f = facts_of(w, sub).await;
        let grace = Ts::local(day("2026-11-16"), 0, 1, Zone::Jakarta);
        assert_eq!((f.entitled_to, f.reversal_grace_until), (None, Some(grace)));
        assert_eq!(f.unpaid[0].isolate_at, Some(grace));
        w.must_be_sound().await;
        // Again: nothing changes.
        w.write(async |tx| pay::reverse(tx, id, "cek kosong").await).await;
        assert_eq!(w.said, []);
        w.at("2026-11-13", 10).pay(sub, 194_250).await;
        let f = facts_of(w, sub).await;
        assert_eq!((f.entitled_to, f.unpaid.len()), (Some(day("2026-11-30")), 0));
        assert_eq!(f.reversal_grace_until, None);
    })
    .await;
}

#[tokio::test]
async fn isolation_is_kept_as_intervals_and_the_same_holds_change_nothing() {
    story(async |w: &mut World| {
        let sub = w.at("2026-11-10", 14).install(home(), Mode::Postpaid).await;
        w.at("2026-12-21", 0).isolate(sub, Some(&[HoldKind::Unpaid])).await;
        w.at("2026-12-21", 1).isolate(sub, Some(&[HoldKind::Unpaid])).await;
        // Abuse joins and stays after the payment: `unpaid` counts from its own beginning.
        w.at("2026-12-24", 1).isolate(sub, Some(&[HoldKind::Abuse, HoldKind::Unpaid])).await;
        assert_eq!(w.sub(sub).await.state, SubscriptionState::Isolated);
        w.at("2027-01-10", 1).isolate(sub, Some(&[HoldKind::Abuse])).await;
        w.at("2027-01-20", 1).isolate(sub, None).await;
        assert_eq!(w.sub(sub).await.state, SubscriptionState::Active);
        // Days of abuse are billed; days of unpaid in January up to the payment are not.
        w.at("2027-02-01", 0).run().await;
        let spans: Vec<(String, String)> =
            w.invoices(sub).await.into_iter().map(|i| (i.0, i.1)).collect();
        assert_eq!(spans[2], ("2027-01-10".to_owned(), "2027-01-31".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn holds_are_placed_by_whom_they_belong_to() {
    story(async |w: &mut World| {
        let sub = w.at("2026-11-10", 14).install(home(), Mode::Postpaid).await;
        let until = Some(w.now.plus_days(2));
        let noc = Actor {
            permissions: PermissionSet::empty().with(Permission::HoldAbuseWrite),
            ..Actor::system("noc")
        };
        let cause = Cause::new(w.now, noc);
        let place = async |kind: HoldKind| {
            w.db.write(&cause, async |tx: &mut Tx| hold::place(tx, sub, kind, "spam", until).await)
                .await
        };
        assert_eq!(place(HoldKind::Manual).await.unwrap_err().code, "forbidden");
        assert_eq!(place(HoldKind::Unpaid).await.unwrap_err().fields[0].code, "billing.hold_kind");
        place(HoldKind::Abuse).await.unwrap();
        assert_eq!(place(HoldKind::Abuse).await.unwrap_err().code, "billing.hold_there");
        let holds = facts_of(w, sub).await.holds;
        assert_eq!(
            (holds[0].kind, holds[0].why.as_str(), holds[0].until),
            (HoldKind::Abuse, "spam", until)
        );
        // One that has ended makes room for a new one.
        w.at("2026-11-20", 9);
        w.write(async |tx| hold::place(tx, sub, HoldKind::Abuse, "lagi", None).await).await;
        assert_eq!(facts_of(w, sub).await.holds.len(), 1);
        w.write(async |tx| hold::release(tx, sub, HoldKind::Abuse).await).await;
        assert_eq!(w.said, [Event::HoldsChanged { subscription: sub }]);
        assert_eq!(hold::list(&mut w.db.reader(), &Scope::all(), sub).await.unwrap(), []);
        w.write(async |tx| hold::release(tx, sub, HoldKind::Abuse).await).await;
        assert_eq!(w.said, []);
    })
    .await;
}

#[tokio::test]
async fn a_promise_is_limited_and_shown_and_may_be_taken_back() {
    story(async |w: &mut World| {
        let sub = w.at("2026-11-10", 14).install(home(), Mode::Postpaid).await;
        let make = async |w: &mut World, until: &str| {
            let until = day(until);
            w.try_write(async |tx| promise::make(tx, sub, until).await).await
        };
        assert_eq!(make(w, "2026-11-12").await.unwrap_err().code, "billing.nothing_owed");
        w.at("2026-12-01", 0).run().await;
        w.at("2026-12-21", 9);
        let long = make(w, "2026-12-29").await.unwrap_err();
        assert_eq!(long.fields[0].code, "billing.promise_too_long");
        let first = make(w, "2026-12-22").await.unwrap();
        make(w, "2026-12-24").await.unwrap();
        assert_eq!(make(w, "2026-12-25").await.unwrap_err().code, "billing.promise_too_many");
        let until = Ts::local(day("2026-12-25"), 0, 0, Zone::Jakarta);
        assert_eq!(facts_of(w, sub).await.promise_until, Some(until));
        w.at("2026-12-21", 15);
        w.write(async |tx| promise::cancel(tx, sub, first).await).await;
        make(w, "2026-12-25").await.unwrap();
        let all = promise::list(&mut w.db.reader(), &Scope::all(), sub).await.unwrap();
        assert_eq!((all.len(), all[0].until_on), (3, day("2026-12-25")));
        let twice = w.try_write(async |tx| promise::cancel(tx, sub, first).await).await;
        assert_eq!(twice.unwrap_err().code, "billing.promise_not_found");
    })
    .await;
}

#[tokio::test]
async fn a_promise_that_gave_access_for_a_night_counts_also_when_it_is_taken_back() {
    story(async |w: &mut World| {
        let sub = w.at("2026-11-10", 14).install(home(), Mode::Postpaid).await;
        w.at("2026-12-01", 0).run().await;
        let until = day("2026-12-27");
        for (made, cancelled) in [("2026-12-21", "2026-12-22"), ("2026-12-22", "2026-12-23")] {
            w.at(made, 9);
            let id = w.write(async |tx| promise::make(tx, sub, until).await).await;
            w.at(cancelled, 9);
            w.write(async |tx| promise::cancel(tx, sub, id).await).await;
        }
        let third = w.try_write(async |tx| promise::make(tx, sub, until).await).await;
        assert_eq!(third.unwrap_err().code, "billing.promise_too_many");
    })
    .await;
}

#[tokio::test]
async fn facts_of_many_are_those_of_each() {
    story(async |w: &mut World| {
        let mut ids = Vec::new();
        for hour in 0..12 {
            let mode = if hour % 2 == 0 { Mode::Prepaid } else { Mode::Postpaid };
            ids.push(w.at("2026-11-10", hour).install(home(), mode).await);
        }
        w.at("2026-12-01", 0).run().await;
        w.pay(ids[0], 277_500).await;
        let many = facts::for_access_many(&mut w.db.reader(), &ids).await.unwrap();
        assert_eq!(many.len(), ids.len());
        for facts in many {
            assert_eq!(facts, facts_of(w, facts.subscription).await);
        }
        let gone = facts::for_access(&mut w.db.reader(), kernel::Id::nil()).await.unwrap_err();
        assert_eq!(gone.code, "billing.subscription_not_found");
    })
    .await;
}

#[tokio::test]
async fn a_paused_subscription_says_so_and_a_second_pause_is_refused() {
    story(async |w: &mut World| {
        let sub = w.at("2026-11-10", 14).install(home(), Mode::Postpaid).await;
        w.at("2026-11-12", 9);
        let to = Some(day("2026-11-20"));
        w.write(async |tx| subscription::pause(tx, sub, day("2026-11-15"), to).await).await;
        assert!(!facts_of(w, sub).await.paused);
        let twice = w
            .try_write(async |tx| subscription::pause(tx, sub, day("2026-11-18"), None).await)
            .await;
        assert_eq!(twice.unwrap_err().fields[0].code, "billing.pause_days");
        w.at("2026-11-15", 0);
        w.due().await;
        assert!(facts_of(w, sub).await.paused);
        assert_eq!(w.said, [Event::SubscriptionPaused { subscription: sub }]);
        w.at("2026-11-17", 9);
        w.write(async |tx| subscription::resume(tx, sub).await).await;
        let pauses = subscription::pauses(&mut w.db.reader(), &Scope::all(), sub).await.unwrap();
        assert_eq!(pauses[0].to_on, Some(day("2026-11-16")));
        w.at("2026-12-01", 0).run().await;
        // 21 days less the 15th and the 16th.
        assert_eq!(w.invoices(sub).await[0].2, rp(250_000).ratio(19, 30).get());
        let none = w.try_write(async |tx| subscription::resume(tx, sub).await).await;
        assert_eq!(none.unwrap_err().code, "billing.not_paused");
    })
    .await;
}

#[tokio::test]
async fn a_used_month_whose_payment_bounced_stays_a_debt_and_the_next_is_issued() {
    story(async |w: &mut World| {
        let sub = w.at("2026-11-10", 14).install(home(), Mode::Prepaid).await;
        let id = w.pay(sub, 194_250).await.payment.id;
        w.at("2026-11-29", 10);
        w.write(async |tx| pay::reverse(tx, id, "chargeback").await).await;
        let report = w.at("2026-12-01", 0).run().await;
        assert_eq!((report.invoices, report.credit_notes), (1, 0));
        let owed: Vec<i64> = w.invoices(sub).await.iter().map(|i| i.4).collect();
        assert_eq!(owed, [194_250, 277_500]);
        w.isolate(sub, Some(&[HoldKind::Unpaid])).await;
        // The debt is settled first; then December.
        w.at("2026-12-04", 9).pay(sub, 471_750).await;
        assert_eq!(facts_of(w, sub).await.entitled_to, Some(day("2026-12-31")));
    })
    .await;
}

#[tokio::test]
async fn an_isolation_goes_on_over_a_pause_and_ends_with_it() {
    story(async |w: &mut World| {
        let sub = w.at("2026-11-10", 14).install(home(), Mode::Postpaid).await;
        w.at("2026-12-01", 0).run().await;
        w.at("2026-12-21", 0).isolate(sub, Some(&[HoldKind::Unpaid])).await;
        w.at("2026-12-28", 9);
        w.write(async |tx| subscription::pause(tx, sub, day("2026-12-28"), None).await).await;
        w.at("2027-01-01", 0).run().await;
        w.at("2027-01-05", 9).pay(sub, 1_000_000).await;
        w.at("2027-01-11", 9);
        w.write(async |tx| subscription::resume(tx, sub).await).await;
        assert_eq!(w.sub(sub).await.state, SubscriptionState::Isolated);
        w.isolate(sub, None).await;
        w.at("2027-02-01", 0).run().await;
        let spans: Vec<(String, String)> =
            w.invoices(sub).await.into_iter().map(|i| (i.0, i.1)).collect();
        assert_eq!(
            spans[1..],
            [
                ("2026-12-01".to_owned(), "2026-12-27".to_owned()),
                ("2027-01-11".to_owned(), "2027-01-31".to_owned()),
            ]
        );
    })
    .await;
}
