//! Pauses of prepaid months that a discount made cheaper.

use billing::ledger::Account::{CashDrawer, CustomerCredit, DeferredRevenue, TaxPayable};
use billing::words::{ExtraKind, Mode, SubscriptionState};
use billing::{extra, plan_change, subscription};
use kernel::SubscriptionId;
use store::{Tx, args};

use crate::world::{World, day, fast, home, rp, story};

/// A discount from the subscription's start on, added before the installation.
async fn discounted(
    w: &mut World,
    on: &str,
    percent_bp: i64,
    amount: i64,
    periods: i64,
) -> SubscriptionId {
    let sub = w.at(on, 9).subscribe(home(), Mode::Prepaid).await;
    let new = extra::NewExtra {
        subscription: sub,
        kind: ExtraKind::Discount,
        name: "Promo".into(),
        amount: rp(amount),
        percent_bp,
        from: day(on),
        to: None,
        periods: Some(periods),
    };
    w.write(async |tx| extra::add(tx, new.clone()).await).await;
    w.installed(sub).await;
    sub
}

/// Paused on both days and between, and over.
async fn paused(w: &mut World, sub: SubscriptionId, from: &str, to: &str) {
    let (from, to) = (day(from), day(to));
    w.write(async |tx| subscription::pause(tx, sub, from, Some(to)).await).await;
    w.at(&to.next().to_string(), 0);
    assert_eq!(w.due().await, 1);
    assert_eq!(w.sub(sub).await.state, SubscriptionState::Active);
}

#[tokio::test]
async fn a_pause_in_a_free_first_month_credits_nothing() {
    story(async |w: &mut World| {
        for (percent, amount) in [(10_000, 0), (0, 250_000)] {
            let sub = discounted(w, "2026-11-10", percent, amount, 1).await;
            assert_eq!(w.sub(sub).await.state, SubscriptionState::Active);
            w.at("2026-11-15", 8);
            paused(w, sub, "2026-11-15", "2026-11-19").await;
            assert_eq!(w.invoices(sub).await.len(), 1);
        }
        assert_eq!(w.trial().await, []);
    })
    .await;
}

#[tokio::test]
async fn a_pause_in_a_month_at_half_price_credits_half_of_its_days() {
    story(async |w: &mut World| {
        let sub = discounted(w, "2026-11-10", 5_000, 0, 1).await;
        w.pay(sub, 97_125).await;
        w.at("2026-11-15", 8);
        paused(w, sub, "2026-11-15", "2026-11-19").await;
        // 5 of 21 days: 41,667 less 20,833 (each line rounded once), and the PPN of both.
        assert_eq!(
            w.trial().await,
            [
                (CashDrawer, 97_125),
                (CustomerCredit, -23_125),
                (DeferredRevenue, -66_666),
                (TaxPayable, -7_334),
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn a_discount_on_both_plans_of_a_month_uses_one_period() {
    story(async |w: &mut World| {
        let sub = discounted(w, "2026-06-01", 5_000, 0, 3).await;
        w.pay(sub, 138_750).await;
        // The change in the middle of July makes two plan lines and two discount lines.
        w.at("2026-06-10", 9);
        w.write(async |tx: &mut Tx| {
            let (id, now) = (tx.new_id::<plan_change::PlanChange>(), tx.now());
            tx.exec(
                "insert into billing_plan_change (id, subscription_id, old_plan, new_plan, from_on,
                   state, asked_at, asked_by) values ($1,$2,$3,$4,$5,'scheduled',$6,'test')",
                args![id, sub, home(), fast(), day("2026-07-16"), now],
            )
            .await
        })
        .await;
        w.at("2026-07-01", 0).run().await;
        let invoice = w.newest(sub).await;
        let used = async |w: &World| {
            extra::list(&mut w.db.reader(), &kernel::Scope::all(), sub).await.unwrap()[0].used
        };
        assert_eq!(used(w).await, 2);
        let what = billing::credit::CreditWhat::Full;
        w.write(async |tx| billing::credit::issue(tx, invoice, &what, "salah").await).await;
        assert_eq!(used(w).await, 1);
        let all = plan_change::list(&mut w.db.reader(), &kernel::Scope::all(), sub).await.unwrap();
        assert_eq!(all.len(), 1);
    })
    .await;
}
