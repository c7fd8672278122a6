//! Vouchers.

use billing::ledger::Account::{
    Bank, CashDrawer, DeferredRevenue, Revenue, TaxPayable, VoucherClearing,
};
use billing::subscription::NewSubscription;
use billing::voucher::{self, NewBatch, Sale};
use billing::words::{Calendar, Channel, Mode, SubscriptionState, VoucherState};
use kernel::{Scope, VoucherBatchId, VoucherId};
use store::Tx;
use store::testing::race;

use crate::world::{World, day, fast, home, rp, story};

async fn make(w: &mut World, days: i64, count: i64) -> (VoucherBatchId, Vec<String>) {
    let new = NewBatch {
        plan: home(),
        branch: w.branch,
        partner: None,
        days,
        count,
        price: rp(111_000),
        expires_on: day("2026-12-31"),
        secret: [9; 32],
    };
    let id = w.write(async |tx| voucher::make_batch(tx, new.clone()).await).await;
    let (_, codes) = voucher::batch(&mut w.db.reader(), &Scope::all(), id).await.unwrap();
    (id, codes.iter().map(voucher::Voucher::printed).collect())
}

#[tokio::test]
async fn a_code_refills_a_subscription_once() {
    story(async |w: &mut World| {
        w.at("2026-11-01", 9);
        let (batch, codes) = make(w, 30, 3).await;
        let sale = Sale {
            sold_to: "Warung Bu Tini".into(),
            channel: Channel::Transfer,
            reference: "VC-1".into(),
            amount: rp(300_000),
        };
        w.write(async |tx| voucher::sell(tx, batch, &sale).await).await;
        w.write(async |tx| voucher::sell(tx, batch, &sale).await).await;
        let other = Sale { reference: "VC-2".into(), ..sale.clone() };
        let twice = w.try_write(async |tx| voucher::sell(tx, batch, &other).await).await;
        assert_eq!(twice.unwrap_err().code, "billing.voucher_batch_sold");

        let sub = w.at("2026-11-10", 9).install(home(), Mode::Prepaid).await;
        let code = codes[0].to_lowercase();
        let got = w.write(async |tx| voucher::redeem(tx, &code, sub).await).await;
        assert_eq!((got.from, got.to), (day("2026-11-10"), day("2026-12-09")));
        let now = w.sub(sub).await;
        assert_eq!(
            (now.state, now.next_issue_on),
            (SubscriptionState::Active, Some(day("2026-12-10")))
        );
        assert_eq!(
            w.invoices(sub).await,
            [("2026-11-10".into(), "2026-12-09".into(), 100_000, 11_000, 0)]
        );
        assert_eq!(
            w.trial().await,
            [
                (Bank, 300_000),
                (DeferredRevenue, -100_000),
                (TaxPayable, -11_000),
                (VoucherClearing, -189_000),
            ]
        );
        // The same code for the same subscription answers the same; for another it is used.
        assert_eq!(w.write(async |tx| voucher::redeem(tx, &code, sub).await).await, got);
        let other = w.at("2026-11-11", 9).install(home(), Mode::Prepaid).await;
        let used = w.try_write(async |tx| voucher::redeem(tx, &code, other).await).await;
        assert_eq!(used.unwrap_err().code, "billing.voucher_used");
        // A second code goes on after the paid days; then the calendar is met again.
        let second = codes[1].clone();
        let got = w.write(async |tx| voucher::redeem(tx, &second, sub).await).await;
        assert_eq!((got.from, got.to), (day("2026-12-10"), day("2027-01-08")));
        w.at("2027-01-09", 0).run().await;
        let row = w.invoices(sub).await[2].clone();
        assert_eq!((row.0.as_str(), row.1.as_str()), ("2027-01-09", "2027-01-31"));
    })
    .await;
}

#[tokio::test]
async fn an_anniversary_starts_again_after_the_vouchers_days() {
    story(async |w: &mut World| {
        w.at("2026-11-10", 9);
        let (_, codes) = make(w, 7, 1).await;
        let mut new = NewSubscription::of(w.customer(), w.branch, home(), Mode::Prepaid);
        new.calendar = Calendar::Anniversary;
        let sub = w.subscribe_as(new).await;
        w.installed(sub).await;
        let code = codes[0].clone();
        w.write(async |tx| voucher::redeem(tx, &code, sub).await).await;
        w.at("2026-11-17", 0).run().await;
        let row = w.invoices(sub).await[1].clone();
        assert_eq!((row.0.as_str(), row.1.as_str(), row.2), ("2026-11-17", "2026-12-16", 250_000));
    })
    .await;
}

async fn ids(w: &World, batch: VoucherBatchId) -> Vec<VoucherId> {
    let (_, all) = voucher::batch(&mut w.db.reader(), &Scope::all(), batch).await.unwrap();
    all.iter().map(|v| v.id).collect()
}

#[tokio::test]
async fn a_guest_starts_the_clock_once_and_the_money_is_income_when_the_pass_is_over() {
    story(async |w: &mut World| {
        w.at("2026-11-01", 9);
        let (batch, _) = make(w, 2, 2).await;
        let id = ids(w, batch).await;
        let login = w.at("2026-11-20", 9).now;
        let pass =
            w.at("2026-11-20", 10).write(async |tx| voucher::start(tx, id[0], login).await).await;
        assert_eq!((pass.plan, pass.started_at, pass.ends_at), (home(), login, login.plus_days(2)));
        let again = w.now;
        assert_eq!(w.write(async |tx| voucher::start(tx, id[0], again).await).await, pass);
        let sold = [(DeferredRevenue, -100_000), (TaxPayable, -11_000), (VoucherClearing, 111_000)];
        let mut trial = w.trial().await;
        trial.sort_unstable();
        let mut expect = sold.to_vec();
        expect.sort_unstable();
        assert_eq!(trial, expect, "posted once");
        // Another node's earlier login becomes known: the clock moves, the money does not.
        let earlier = login.plus_secs(-60);
        let moved = w.write(async |tx| voucher::start(tx, id[0], earlier).await).await;
        assert_eq!(moved.ends_at, earlier.plus_days(2));
        w.at("2026-11-22", 23).due().await;
        assert!(w.trial().await.contains(&(DeferredRevenue, -100_000)), "its last day is not over");
        w.at("2026-11-23", 1).run().await;
        assert!(w.trial().await.contains(&(Revenue, -100_000)), "earned");
        w.must_be_sound().await;
        let voided = w.write(async |tx| voucher::void(tx, batch).await).await;
        assert_eq!(voided, 1);
        let now = w.now;
        let void = w.try_write(async |tx| voucher::start(tx, id[1], now).await).await.unwrap_err();
        assert_eq!((void.code, voucher::is_final(&void)), ("billing.voucher_void", true));
        let (_, all) = voucher::batch(&mut w.db.reader(), &Scope::all(), batch).await.unwrap();
        let states: Vec<VoucherState> = all.iter().map(|v| v.state).collect();
        assert_eq!(states, [VoucherState::Used, VoucherState::Void]);
    })
    .await;
}

#[tokio::test]
async fn a_code_is_a_guests_or_a_subscriptions_never_both_and_too_late_is_too_late() {
    story(async |w: &mut World| {
        w.at("2026-11-01", 9);
        let (batch, codes) = make(w, 30, 3).await;
        let id = ids(w, batch).await;
        let sub = w.install(home(), Mode::Prepaid).await;
        let (guests, refills) = (codes[0].clone(), codes[1].clone());
        let now = w.now;
        w.write(async |tx| voucher::start(tx, id[0], now).await).await;
        let used = w.try_write(async |tx| voucher::redeem(tx, &guests, sub).await).await;
        assert_eq!(used.unwrap_err().code, "billing.voucher_used");
        w.write(async |tx| voucher::redeem(tx, &refills, sub).await).await;
        let used = w.try_write(async |tx| voucher::start(tx, id[1], now).await).await;
        assert_eq!(used.unwrap_err().code, "billing.voucher_used");
        let late = w.at("2027-01-01", 0).now;
        let late = w.try_write(async |tx| voucher::start(tx, id[2], late).await).await;
        assert_eq!(late.unwrap_err().code, "billing.voucher_expired");
        // The login was in time, only its news was late.
        let in_time = w.at("2026-12-31", 23).now;
        let pass =
            w.at("2027-01-03", 9).write(async |tx| voucher::start(tx, id[2], in_time).await).await;
        assert_eq!(pass.started_at, in_time);
    })
    .await;
}

#[tokio::test]
async fn a_wrong_expired_or_foreign_code_is_refused() {
    story(async |w: &mut World| {
        w.at("2026-11-01", 9);
        let (_, codes) = make(w, 30, 1).await;
        let code = codes[0].clone();
        let redeem = async |w: &mut World, code: &str, sub| {
            w.try_write(async |tx| voucher::redeem(tx, code, sub).await).await.unwrap_err().code
        };
        let sub = w.install(home(), Mode::Prepaid).await;
        assert_eq!(redeem(w, "AAAA-BBBB-CCCC", sub).await, "billing.voucher_unknown");
        let other = w.at("2026-11-01", 10).install(fast(), Mode::Prepaid).await;
        assert_eq!(redeem(w, &code, other).await, "billing.voucher_plan");
        let postpaid = w.at("2026-11-01", 11).install(home(), Mode::Postpaid).await;
        assert_eq!(redeem(w, &code, postpaid).await, "billing.not_prepaid");
        w.at("2027-01-01", 9);
        assert_eq!(redeem(w, &code, sub).await, "billing.voucher_expired");
        let bad = NewBatch {
            plan: home(),
            branch: w.branch,
            partner: None,
            days: 0,
            count: 0,
            price: rp(-1),
            expires_on: day("2026-01-01"),
            secret: [1; 32],
        };
        let refused = w.try_write(async |tx| voucher::make_batch(tx, bad.clone()).await).await;
        let names: Vec<String> = refused.unwrap_err().fields.into_iter().map(|f| f.name).collect();
        assert_eq!(names, ["days", "count", "price", "expires_on"]);
    })
    .await;
}

#[tokio::test]
async fn a_code_used_twice_at_once_works_once() {
    story(async |w: &mut World| {
        w.at("2026-11-01", 9);
        let (_, codes) = make(w, 30, 1).await;
        let a = w.install(home(), Mode::Prepaid).await;
        let b = w.at("2026-11-01", 10).install(home(), Mode::Prepaid).await;
        let (cause, code) = (w.cause(), codes[0].clone());
        let (first, second) = race(|n| {
            let (db, cause, code) = (w.db.clone(), cause.clone(), code.clone());
            let sub = if n == 0 { a } else { b };
            async move {
                db.write(&cause, async |tx: &mut Tx| voucher::redeem(tx, &code, sub).await).await
            }
        })
        .await;
        assert_eq!(usize::from(first.is_ok()) + usize::from(second.is_ok()), 1);
        let list = voucher::batches(&mut w.db.reader(), &Scope::all(), None, 10).await.unwrap();
        assert_eq!((list.len(), list[0].count), (1, 1));
        let cash = w.trial().await.iter().any(|(a, _)| *a == CashDrawer);
        assert!(!cash);
    })
    .await;
}

#[tokio::test]
async fn a_voucher_waits_for_the_debt_of_days_that_were_used_under_a_reversed_payment() {
    story(async |w: &mut World| {
        w.at("2026-11-01", 9);
        let (_, codes) = make(w, 30, 1).await;
        let sub = w.at("2026-11-10", 9).install(home(), Mode::Prepaid).await;
        let paid = w.pay(sub, 194_250).await.payment.id;
        w.at("2026-11-14", 9);
        w.write(async |tx| billing::pay::reverse(tx, paid, "ditarik bank").await).await;
        let code = codes[0].clone();
        let early = w.try_write(async |tx| voucher::redeem(tx, &code, sub).await).await;
        assert_eq!(early.unwrap_err().code, "billing.voucher_debt");
        w.pay(sub, 194_250).await;
        let got = w.write(async |tx| voucher::redeem(tx, &code, sub).await).await;
        assert_eq!(got.from, day("2026-12-01"), "after the days that are paid");
    })
    .await;
}
