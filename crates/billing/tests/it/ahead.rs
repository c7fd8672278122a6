//! Prepaid besides the usual: months ahead, anniversaries paid late, unused invoices, first payments.

use billing::ledger::Account::{CashDrawer, DeferredRevenue, Revenue, TaxPayable};
use billing::subscription::{self, NewSubscription};
use billing::words::{Calendar, HoldKind, Mode, SubscriptionState};
use billing::{facts, issue};
use kernel::{Event, Money};

use crate::world::{World, day, home, rp, story};

#[tokio::test]
async fn three_months_ahead_are_one_invoice_and_income_month_by_month() {
    story(async |w: &mut World| {
        let sub = w.at("2026-11-10", 14).install(home(), Mode::Prepaid).await;
        w.pay(sub, 194_250).await;
        w.at("2026-11-20", 9);
        w.write(async |tx| issue::ahead(tx, sub, 3).await).await;
        let row = w.invoices(sub).await[1].clone();
        assert_eq!(row, ("2026-12-01".into(), "2027-02-28".into(), 750_000, 82_500, 832_500));
        w.pay(sub, 832_500).await;
        let f = facts::for_access(&mut w.db.reader(), sub).await.unwrap();
        assert_eq!(f.entitled_to, Some(day("2027-02-28")));
        assert_eq!(w.at("2026-12-01", 0).run().await.invoices, 0);
        assert_eq!(w.at("2027-01-01", 0).run().await.invoices, 0);
        assert_eq!(
            w.trial().await,
            [
                (CashDrawer, 1_026_750),
                (DeferredRevenue, -500_000),
                (TaxPayable, -101_750),
                (Revenue, -425_000),
            ]
        );
        assert_eq!(w.at("2027-03-01", 0).run().await.invoices, 1);
        assert_eq!(w.invoices(sub).await[2].0, "2027-03-01");
    })
    .await;
}

#[tokio::test]
async fn months_ahead_that_stay_unpaid_make_room_for_the_single_month() {
    story(async |w: &mut World| {
        let sub = w.at("2026-11-10", 14).install(home(), Mode::Prepaid).await;
        w.pay(sub, 194_250).await;
        w.write(async |tx| issue::ahead(tx, sub, 6).await).await;
        let twice = w.try_write(async |tx| issue::ahead(tx, sub, 3).await).await;
        assert_eq!(twice.unwrap_err().code, "billing.invoice_open");
        let report = w.at("2026-12-01", 0).run().await;
        assert_eq!((report.invoices, report.credit_notes), (1, 1));
        let row = w.invoices(sub).await[1].clone();
        assert_eq!(row, ("2026-12-01".into(), "2026-12-31".into(), 250_000, 27_500, 277_500));
    })
    .await;
}

#[tokio::test]
async fn an_anniversary_paid_late_moves_to_the_payment_day() {
    story(async |w: &mut World| {
        w.at("2026-11-10", 9);
        let mut new = NewSubscription::of(w.customer(), w.branch, home(), Mode::Prepaid);
        new.calendar = Calendar::Anniversary;
        let sub = w.subscribe_as(new).await;
        w.installed(sub).await;
        w.pay(sub, 277_500).await;
        w.at("2026-12-10", 0).run().await;
        w.isolate(sub, Some(&[HoldKind::PeriodOver, HoldKind::Unpaid])).await;
        w.at("2026-12-15", 9).pay(sub, 277_500).await;
        let f = facts::for_access(&mut w.db.reader(), sub).await.unwrap();
        assert_eq!((f.entitled_to, f.anchor_dom), (Some(day("2027-01-14")), 15));
        w.isolate(sub, None).await;
        assert_eq!(w.sub(sub).await.next_issue_on, Some(day("2027-01-15")));
        w.at("2027-01-15", 0).run().await;
        assert_eq!(w.invoices(sub).await[2].0, "2027-01-15");
    })
    .await;
}

#[tokio::test]
async fn three_unused_invoices_in_a_row_propose_the_end_once() {
    story(async |w: &mut World| {
        let sub = w.at("2026-10-10", 14).install(home(), Mode::Prepaid).await;
        w.pay(sub, 27_500).await;
        w.at("2026-11-01", 0).run().await;
        // What was paid on the unused one is on the next.
        assert_eq!(
            w.invoices(sub).await,
            [("2026-11-01".into(), "2026-11-30".into(), 250_000, 27_500, 250_000)]
        );
        w.at("2026-12-01", 0).run().await;
        assert_eq!(w.sub(sub).await.termination_proposed_on, None);
        w.at("2027-01-01", 0).run().await;
        assert_eq!(w.sub(sub).await.termination_proposed_on, Some(day("2027-01-01")));
        w.at("2027-02-01", 0).run().await;
        let now = w.sub(sub).await;
        assert_eq!((now.unused_in_row, now.state), (4, SubscriptionState::Ready));
        assert_eq!(w.invoices(sub).await.len(), 1);
        // Paid at last, from the payment day on, and nothing is proposed any more.
        w.at("2027-02-15", 9).pay(sub, 138_750 - 27_500).await;
        let now = w.sub(sub).await;
        assert_eq!((now.unused_in_row, now.termination_proposed_on), (0, None));
        assert_eq!(now.state, SubscriptionState::Active);
    })
    .await;
}

#[tokio::test]
async fn a_payment_that_does_not_cover_the_new_first_invoice_stays_on_the_old_one() {
    story(async |w: &mut World| {
        let sub = w.at("2026-11-10", 14).install(home(), Mode::Prepaid).await;
        w.at("2026-11-25", 9).pay(sub, 30_000).await;
        assert_eq!(w.invoices(sub).await[0].4, 164_250);
        // Together they cover what is left of the month.
        w.at("2026-11-26", 9).pay(sub, 20_000).await;
        let rest = Money::rupiah(250_000).ratio(5, 30).get();
        let tax = rp(rest).ratio(11, 100).get();
        assert_eq!(
            w.invoices(sub).await,
            [("2026-11-26".into(), "2026-11-30".into(), rest, tax, 0)]
        );
        assert_eq!(w.sub(sub).await.state, SubscriptionState::Active);
    })
    .await;
}

#[tokio::test]
async fn credit_from_before_the_installation_activates_at_once() {
    story(async |w: &mut World| {
        let sub = w.at("2026-11-05", 9).subscribe(home(), Mode::Prepaid).await;
        w.pay(sub, 200_000).await;
        w.at("2026-11-10", 9).installed(sub).await;
        assert_eq!(w.sub(sub).await.state, SubscriptionState::Active);
        assert!(w.said.contains(&Event::SubscriptionActivated { subscription: sub }));
        // Doing it again changes nothing.
        w.installed(sub).await;
        assert_eq!(w.said, []);
    })
    .await;
}

#[tokio::test]
async fn the_installation_fee_moves_to_the_invoice_that_takes_its_place() {
    story(async |w: &mut World| {
        w.at("2026-11-10", 9);
        let mut new = NewSubscription::of(w.customer(), w.branch, home(), Mode::Prepaid);
        new.install_fee = Some(rp(150_000));
        let sub = w.subscribe_as(new).await;
        w.installed(sub).await;
        assert_eq!(w.invoices(sub).await[0].2, 325_000);
        w.at("2026-12-01", 0).run().await;
        assert_eq!(w.invoices(sub).await[0].2, 400_000);
        w.at("2026-12-22", 9).pay(sub, 500_000).await;
        let row = w.invoices(sub).await[0].clone();
        assert_eq!(
            (row.0.as_str(), row.2),
            ("2026-12-22", 150_000 + rp(250_000).ratio(10, 31).get())
        );
        w.at("2027-01-01", 0).run().await;
        assert_eq!(w.invoices(sub).await[1].2, 250_000);
    })
    .await;
}

#[tokio::test]
async fn a_prepaid_end_credits_what_is_open_and_keeps_what_was_paid() {
    story(async |w: &mut World| {
        let sub = w.at("2026-11-10", 14).install(home(), Mode::Prepaid).await;
        w.pay(sub, 194_250).await;
        w.at("2026-12-01", 0).run().await;
        w.at("2026-12-03", 9);
        w.write(async |tx| subscription::terminate(tx, sub, day("2026-12-03")).await).await;
        assert_eq!(w.invoices(sub).await.len(), 1);
        assert_eq!(
            w.trial().await,
            [(CashDrawer, 194_250), (TaxPayable, -19_250), (Revenue, -175_000)]
        );
        assert_eq!(w.at("2027-01-01", 0).run().await.subscriptions, 0);
    })
    .await;
}

#[tokio::test]
async fn an_end_in_the_future_comes_when_its_day_is_over() {
    story(async |w: &mut World| {
        let sub = w.at("2026-11-10", 14).install(home(), Mode::Postpaid).await;
        w.at("2026-12-01", 0).run().await;
        w.at("2026-12-02", 9);
        w.write(async |tx| subscription::terminate(tx, sub, day("2026-12-10")).await).await;
        assert_eq!(w.sub(sub).await.state, SubscriptionState::Active);
        w.at("2026-12-10", 20);
        assert_eq!(w.due().await, 0);
        w.at("2026-12-11", 0);
        assert_eq!(w.due().await, 1);
        assert_eq!(w.invoices(sub).await[1].2, 80_645);
        assert_eq!(w.said.last(), Some(&Event::SubscriptionTerminated { subscription: sub }));
    })
    .await;
}

#[tokio::test]
async fn a_cancelled_installation_gives_the_money_back_as_credit() {
    story(async |w: &mut World| {
        let sub = w.at("2026-11-10", 14).install(home(), Mode::Prepaid).await;
        let receipt = w.pay(sub, 50_000).await;
        assert_eq!(receipt.credit, rp(0));
        w.write(async |tx| subscription::cancel(tx, sub).await).await;
        let customer = w.sub(sub).await.customer_id;
        let credit = billing::pay::credit_of(&mut w.db.reader(), customer).await.unwrap();
        assert_eq!((credit, w.invoices(sub).await.len()), (rp(50_000), 0));
        assert_eq!(w.sub(sub).await.state, SubscriptionState::Cancelled);
        let again = w.try_write(async |tx| subscription::installed(tx, sub).await).await;
        assert_eq!(again.unwrap_err().code, "billing.subscription_state");
    })
    .await;
}
