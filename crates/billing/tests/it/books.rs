//! The books: closing, moving money, reading entries, and a checker that can fail.

use billing::ledger::{self, Account, EntryKind};
use billing::words::Mode;
use billing::{invariants, pay, recognise, withhold};
use kernel::SubscriptionId;
use store::{Tx, args};

use crate::world::{World, day, home, rp, story};

#[tokio::test]
async fn money_is_moved_between_our_own_accounts_only() {
    story(async |w: &mut World| {
        let branch = w.branch;
        let sub = w.at("2026-06-01", 9).install(home(), Mode::Prepaid).await;
        w.pay(sub, 277_500).await;
        let go = async |w: &mut World, from, to, amount: i64| {
            w.try_write(async |tx| ledger::transfer(tx, branch, from, to, rp(amount)).await).await
        };
        go(w, Account::CashDrawer, Account::Bank, 200_000).await.unwrap();
        let balance = w.trial().await;
        assert_eq!(balance[..2], [(Account::CashDrawer, 77_500), (Account::Bank, 200_000)]);
        for (from, to, amount) in [
            (Account::CashDrawer, Account::Bank, 0),
            (Account::CashDrawer, Account::CashDrawer, 1),
            (Account::Receivable, Account::Bank, 1),
        ] {
            let refused = go(w, from, to, amount).await.unwrap_err();
            assert_eq!(refused.fields[0].code, "billing.transfer");
        }
        let mut q = w.db.reader();
        let bank = Some(Account::Bank);
        let moved = ledger::entries(&mut q, Some(branch), None, bank, None, 10).await.unwrap();
        assert_eq!((moved.len(), moved[0].kind), (1, EntryKind::Transfer));
        let all = ledger::entries(&mut w.db.reader(), None, None, None, None, 2).await.unwrap();
        let next = ledger::entries(&mut w.db.reader(), None, None, None, Some(all[1].id), 10)
            .await
            .unwrap();
        assert!(next.iter().all(|e| e.id < all[1].id) && !next.is_empty());
    })
    .await;
}

#[tokio::test]
async fn nothing_is_posted_into_a_closed_month() {
    story(async |w: &mut World| {
        let sub = w.at("2026-06-20", 9).install(home(), Mode::Prepaid).await;
        let early = w.try_write(async |tx| ledger::close_month(tx, day("2026-06-20")).await).await;
        assert_eq!(early.unwrap_err().code, "billing.month_not_over");
        w.at("2026-07-02", 9);
        w.write(async |tx| ledger::close_month(tx, day("2026-06-20")).await).await;
        w.write(async |tx| ledger::close_month(tx, day("2026-06-20")).await).await;
        w.pay(sub, 277_500).await;
        // A clock that is wrong, or an entry dated back.
        w.at("2026-06-30", 9);
        let customer = w.sub(sub).await.customer_id;
        let new = pay::NewPayment {
            customer,
            channel: billing::words::Channel::Cash,
            reference: None,
            amount: rp(1),
            named_invoice: None,
            received_at: w.now,
            note: None,
        };
        let late = w.try_write(async |tx| pay::receive(tx, new.clone()).await).await;
        assert_eq!(late.unwrap_err().code, "billing.month_closed");
        w.at("2026-07-02", 9);
    })
    .await;
}

#[tokio::test]
async fn deferred_income_is_recognised_once_and_by_branch() {
    story(async |w: &mut World| {
        let sub = w.at("2026-06-01", 9).install(home(), Mode::Prepaid).await;
        w.pay(sub, 277_500).await;
        w.at("2026-07-01", 0);
        let cause = w.cause();
        assert_eq!(recognise::due(&w.db, &cause, day("2026-06-30")).await.unwrap(), 0);
        assert_eq!(recognise::due(&w.db, &cause, day("2026-07-01")).await.unwrap(), 1);
        assert_eq!(recognise::due(&w.db, &cause, day("2026-07-01")).await.unwrap(), 0);
        let mut q = w.db.reader();
        let all = ledger::trial_balance(&mut q, Some(w.branch), None, None).await.unwrap();
        let of = |account| all.iter().find(|b| b.account == account).map(|b| b.net());
        assert_eq!(of(Account::Revenue), Some(rp(-250_000)));
        assert_eq!(of(Account::DeferredRevenue), Some(rp(0)));
        let june = (Some(day("2026-06-01")), Some(day("2026-06-30")));
        let before = ledger::trial_balance(&mut w.db.reader(), None, june.0, june.1).await.unwrap();
        assert!(before.iter().all(|b| b.account != Account::Revenue));
    })
    .await;
}

/// A small world in which every record exists that a sabotage may touch.
async fn full(w: &mut World) -> SubscriptionId {
    let sub = w.at("2026-06-01", 9).install(home(), Mode::Postpaid).await;
    w.at("2026-07-01", 0).run().await;
    w.pay(sub, 100_000).await;
    w.at("2026-08-01", 0).run().await;
    let july = w.newest(sub).await;
    let kind = billing::words::WithholdingKind::Pph23;
    w.write(async |tx| withhold::record(tx, july, kind, rp(5_000), None).await).await;
    w.must_be_sound().await;
    sub
}

#[tokio::test]
async fn every_sabotage_is_caught_by_its_invariant() {
    let cases: [(&str, u8, &str, &str); 11] = [
        (
            "update billing_posting set amount = amount + 1 where account = '1201'",
            1,
            "entry_unbalanced",
            "receivable",
        ),
        ("delete from billing_entry where kind = 'payment'", 1, "entry_without_head", ""),
        (
            "update billing_invoice set paid = total + 1 where paid > 0",
            1,
            "outstanding_negative",
            "invoice_paid",
        ),
        ("update billing_invoice_line set base = base + 1", 1, "invoice_lines", ""),
        (
            "update billing_invoice set credited = 1 where paid = 0",
            1,
            "invoice_credited",
            "receivable",
        ),
        ("update billing_withholding set amount = amount + 1", 1, "invoice_withheld", "pph23"),
        ("delete from billing_allocation", 1, "invoice_paid", "payment_allocated"),
        (
            "update billing_invoice set period_from = '2026-06-15' where period_from = '2026-07-01'",
            2,
            "days_billed_twice",
            "",
        ),
        ("update billing_invoice set seq = 7 where series = 'INV/2026-08'", 2, "series_gap", ""),
        (
            "update billing_payment set allocated = amount + 1",
            3,
            "payment_exceeded",
            "payment_allocated",
        ),
        ("update billing_payment set amount = amount + 5", 1, "customer_credit", ""),
    ];
    for (harm, invariant, code, also) in cases {
        harmed(async |w: &mut World| {
            full(w).await;
            w.write(async |tx: &mut Tx| tx.exec(harm, args![]).await.map(drop)).await;
            let broken = invariants::check(&mut w.db.reader()).await.unwrap();
            let codes: Vec<&str> = broken.iter().map(|b| b.code).collect();
            let found = broken.iter().find(|b| b.code == code);
            assert_eq!(found.map(|b| b.invariant), Some(invariant), "{harm}: {codes:?}");
            assert!(also.is_empty() || codes.contains(&also), "{harm}: {codes:?}");
        })
        .await;
    }
}

/// As [`story`], on SQLite only and without the check at the end.
async fn harmed(body: impl AsyncFn(&mut World)) {
    let (db, _dir) = store::testing::sqlite(&[&catalog::MIGRATIONS, &billing::MIGRATIONS]).await;
    let mut world = World::new(db).await;
    body(&mut world).await;
}
