//! The golden table of the domain, case by case, and the trial balance after each.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use billing::ledger;
use billing::ledger::Account::{
    CashDrawer, CustomerCredit, DeferredRevenue, OtherRevenue, Pph23Receivable, PrepaidTax,
    Receivable, Revenue, TaxPayable, WapuReceivable,
};
use billing::subscription::{self, NewSubscription};
use billing::withhold::{self, Withholds};
use billing::words::{Calendar, HoldKind, Mode, SubscriptionState};
use billing::{issue, owed, plan_change};
use catalog::{Plan, TaxMode, write};
use kernel::{Cause, Fault, PlanId};
use store::{FaultPoint, Tx};

use crate::world::{World, day, fast, home, inclusive, rp, story};

fn inv(from: &str, to: &str, base: i64, tax: i64, owed: i64) -> (String, String, i64, i64, i64) {
    (from.into(), to.into(), base, tax, owed)
}

#[tokio::test]
async fn postpaid_active_since_10_november_is_billed_on_1_december_for_21_days() {
    story(async |w: &mut World| {
        let sub = w.at("2026-11-10", 14).install(home(), Mode::Postpaid).await;
        w.at("2026-12-01", 0).run().await;
        assert_eq!(
            w.invoices(sub).await,
            [inv("2026-11-10", "2026-11-30", 175_000, 19_250, 194_250)]
        );
        let invoice = &w.rows(sub).await[0];
        assert_eq!(invoice.due_on, day("2026-12-20"));
        assert_eq!(invoice.isolate_at.unwrap().to_string(), "2026-12-20T17:01:00Z");
        assert_eq!(invoice.number.as_deref(), Some("INV/2026/12/000001"));
        assert_eq!(
            w.trial().await,
            [(Receivable, 194_250), (TaxPayable, -19_250), (Revenue, -175_000),]
        );
    })
    .await;
}

#[tokio::test]
async fn days_isolated_for_unpaid_are_billed_to_the_end_of_december_only() {
    story(async |w: &mut World| {
        let sub = w.at("2026-11-10", 14).install(home(), Mode::Postpaid).await;
        w.at("2026-12-01", 0).run().await;
        w.at("2026-12-21", 0).isolate(sub, Some(&[HoldKind::Unpaid])).await;
        w.at("2027-01-01", 0).run().await;
        let december = inv("2026-12-01", "2026-12-31", 250_000, 27_500, 277_500);
        assert_eq!(w.invoices(sub).await[1], december);
        assert_eq!(
            w.trial().await,
            [(Receivable, 471_750), (TaxPayable, -46_750), (Revenue, -425_000),]
        );
        w.at("2027-01-10", 10).pay(sub, 471_750).await;
        w.isolate(sub, None).await;
        assert_eq!(w.sub(sub).await.state, SubscriptionState::Active);
        w.at("2027-02-01", 0).run().await;
        let january = inv("2027-01-10", "2027-01-31", 177_419, 19_516, 196_935);
        assert_eq!(w.invoices(sub).await[2], january);
        assert_eq!(
            w.trial().await,
            [
                (CashDrawer, 471_750),
                (Receivable, 196_935),
                (TaxPayable, -66_266),
                (Revenue, -602_419),
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn unpaid_all_january_gets_no_invoice_for_january() {
    story(async |w: &mut World| {
        let sub = w.at("2026-11-10", 14).install(home(), Mode::Postpaid).await;
        w.at("2026-12-01", 0).run().await;
        w.at("2026-12-21", 0).isolate(sub, Some(&[HoldKind::Unpaid])).await;
        w.at("2027-01-01", 0).run().await;
        let report = w.at("2027-02-01", 0).run().await;
        assert_eq!((report.subscriptions, report.invoices), (1, 0));
        assert_eq!(w.invoices(sub).await.len(), 2);
        assert_eq!(w.sub(sub).await.billed_to, Some(day("2027-01-31")));
        assert_eq!(
            w.trial().await,
            [(Receivable, 471_750), (TaxPayable, -46_750), (Revenue, -425_000),]
        );
        // Sixty days after the 21st of December its end is proposed, once.
        w.at("2027-02-18", 0).run().await;
        assert_eq!(w.sub(sub).await.termination_proposed_on, None);
        w.at("2027-02-19", 1).run().await;
        assert_eq!(w.sub(sub).await.termination_proposed_on, Some(day("2027-02-19")));
    })
    .await;
}

#[tokio::test]
async fn prepaid_installed_and_paid_on_10_november_is_ready_then_active() {
    story(async |w: &mut World| {
        let sub = w.at("2026-11-10", 14).install(home(), Mode::Prepaid).await;
        assert_eq!(w.sub(sub).await.state, SubscriptionState::Ready);
        assert_eq!(
            w.invoices(sub).await,
            [inv("2026-11-10", "2026-11-30", 175_000, 19_250, 194_250)]
        );
        assert_eq!(
            w.trial().await,
            [(Receivable, 194_250), (DeferredRevenue, -175_000), (TaxPayable, -19_250),]
        );
        w.pay(sub, 194_250).await;
        let now = w.sub(sub).await;
        assert_eq!(
            (now.state, now.activated_on),
            (SubscriptionState::Active, Some(day("2026-11-10")))
        );
        assert_eq!(
            w.trial().await,
            [(CashDrawer, 194_250), (DeferredRevenue, -175_000), (TaxPayable, -19_250),]
        );
    })
    .await;
}

#[tokio::test]
async fn prepaid_december_paid_on_the_5th_is_next_billed_on_1_january() {
    story(async |w: &mut World| {
        let sub = w.at("2026-11-10", 14).install(home(), Mode::Prepaid).await;
        w.pay(sub, 194_250).await;
        w.at("2026-12-01", 0).run().await;
        w.isolate(sub, Some(&[HoldKind::Unpaid, HoldKind::PeriodOver])).await;
        assert_eq!(
            w.invoices(sub).await[1],
            inv("2026-12-01", "2026-12-31", 250_000, 27_500, 277_500)
        );
        let open = &w.rows(sub).await[0];
        assert_eq!(open.isolate_at.unwrap().to_string(), "2026-11-30T17:01:00Z");
        w.at("2026-12-05", 8).pay(sub, 277_500).await;
        w.isolate(sub, None).await;
        let now = w.sub(sub).await;
        assert_eq!(
            (now.state, now.next_issue_on),
            (SubscriptionState::Active, Some(day("2027-01-01")))
        );
        assert_eq!(
            w.trial().await,
            [
                (CashDrawer, 471_750),
                (DeferredRevenue, -250_000),
                (TaxPayable, -46_750),
                (Revenue, -175_000),
            ]
        );
        w.at("2027-01-01", 0).run().await;
        assert_eq!(
            w.invoices(sub).await[2],
            inv("2027-01-01", "2027-01-31", 250_000, 27_500, 277_500)
        );
        assert_eq!(
            w.trial().await,
            [
                (CashDrawer, 471_750),
                (Receivable, 277_500),
                (DeferredRevenue, -250_000),
                (TaxPayable, -74_250),
                (Revenue, -425_000),
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn a_first_invoice_paid_on_the_25th_is_credited_and_issued_from_the_25th() {
    story(async |w: &mut World| {
        let sub = w.at("2026-11-10", 14).install(home(), Mode::Prepaid).await;
        let customer = w.sub(sub).await.customer_id;
        w.at("2026-11-25", 11);
        let owed = owed::of_customer(&mut w.db.reader(), customer, w.now).await.unwrap();
        assert_eq!((owed.total, owed.invoices[0].outstanding), (rp(55_500), rp(194_250)));
        assert_eq!(
            w.trial().await,
            [(Receivable, 194_250), (DeferredRevenue, -175_000), (TaxPayable, -19_250),]
        );
        w.pay(sub, 55_500).await;
        assert_eq!(w.invoices(sub).await, [inv("2026-11-25", "2026-11-30", 50_000, 5_500, 0)]);
        assert_eq!(w.sub(sub).await.state, SubscriptionState::Active);
        let credited = w.rows(sub).await.into_iter().find(|i| !i.live).unwrap();
        assert_eq!((credited.credited, credited.outstanding()), (rp(194_250), rp(0)));
        assert_eq!(
            w.trial().await,
            [(CashDrawer, 55_500), (DeferredRevenue, -50_000), (TaxPayable, -5_500),]
        );
    })
    .await;
}

#[tokio::test]
async fn a_prepaid_upgrade_is_effective_when_its_supplement_is_paid() {
    story(async |w: &mut World| {
        let sub = w.at("2026-06-01", 9).install(home(), Mode::Prepaid).await;
        w.pay(sub, 277_500).await;
        w.at("2026-06-16", 9);
        let asked = w
            .write(async |tx| plan_change::request(tx, sub, fast(), day("2026-06-16")).await)
            .await;
        assert!(asked.supplement.is_some());
        assert_eq!(
            w.invoices(sub).await[1],
            inv("2026-06-16", "2026-06-30", 75_000, 8_250, 83_250)
        );
        assert_eq!(w.sub(sub).await.plan_id, home());
        w.pay(sub, 83_250).await;
        assert_eq!(w.sub(sub).await.plan_id, fast());
        assert_eq!(
            w.trial().await,
            [(CashDrawer, 360_750), (DeferredRevenue, -325_000), (TaxPayable, -35_750),]
        );
        w.at("2026-07-01", 0).run().await;
        assert_eq!(
            w.invoices(sub).await[2],
            inv("2026-07-01", "2026-07-31", 400_000, 44_000, 444_000)
        );
    })
    .await;
}

#[tokio::test]
async fn a_postpaid_plan_change_is_two_lines_of_one_invoice() {
    story(async |w: &mut World| {
        let sub = w.at("2026-06-01", 9).install(home(), Mode::Postpaid).await;
        w.at("2026-06-10", 9);
        w.write(async |tx| plan_change::request(tx, sub, fast(), day("2026-06-16")).await).await;
        assert_eq!(w.sub(sub).await.plan_id, home());
        w.at("2026-06-16", 0);
        assert_eq!(w.due().await, 1);
        assert_eq!(w.sub(sub).await.plan_id, fast());
        w.at("2026-07-01", 0).run().await;
        assert_eq!(
            w.invoices(sub).await,
            [inv("2026-06-01", "2026-06-30", 325_000, 35_750, 360_750)]
        );
        assert_eq!(
            w.trial().await,
            [(Receivable, 360_750), (TaxPayable, -35_750), (Revenue, -325_000),]
        );
    })
    .await;
}

#[tokio::test]
async fn february_is_billed_by_its_28_days() {
    story(async |w: &mut World| {
        let sub = w.at("2027-02-15", 9).install(home(), Mode::Postpaid).await;
        w.at("2027-03-01", 0).run().await;
        assert_eq!(
            w.invoices(sub).await,
            [inv("2027-02-15", "2027-02-28", 125_000, 13_750, 138_750)]
        );
        assert_eq!(
            w.trial().await,
            [(Receivable, 138_750), (TaxPayable, -13_750), (Revenue, -125_000),]
        );
    })
    .await;
}

#[tokio::test]
async fn a_termination_on_10_december_is_billed_for_ten_days_at_once() {
    story(async |w: &mut World| {
        let sub = w.at("2026-11-10", 14).install(home(), Mode::Postpaid).await;
        w.at("2026-12-01", 0).run().await;
        w.at("2026-12-10", 16);
        w.write(async |tx| subscription::terminate(tx, sub, day("2026-12-10")).await).await;
        assert_eq!(
            w.invoices(sub).await[1],
            inv("2026-12-01", "2026-12-10", 80_645, 8_871, 89_516)
        );
        assert_eq!(w.sub(sub).await.state, SubscriptionState::Terminated);
        assert_eq!(
            w.trial().await,
            [(Receivable, 283_766), (TaxPayable, -28_121), (Revenue, -255_645),]
        );
        assert_eq!(w.at("2027-01-01", 0).run().await.invoices, 0);
    })
    .await;
}

#[tokio::test]
async fn paused_days_are_not_billed() {
    story(async |w: &mut World| {
        let sub = w.at("2026-11-10", 14).install(home(), Mode::Postpaid).await;
        w.at("2026-12-01", 0).run().await;
        w.at("2026-12-10", 8);
        let to = Some(day("2026-12-19"));
        w.write(async |tx| subscription::pause(tx, sub, day("2026-12-10"), to).await).await;
        assert_eq!(w.sub(sub).await.state, SubscriptionState::Paused);
        w.at("2026-12-20", 0);
        w.due().await;
        assert_eq!(w.sub(sub).await.state, SubscriptionState::Active);
        w.at("2027-01-01", 0).run().await;
        assert_eq!(
            w.invoices(sub).await[1],
            inv("2026-12-01", "2026-12-31", 169_355, 18_629, 187_984)
        );
        assert_eq!(
            w.trial().await,
            [(Receivable, 382_234), (TaxPayable, -37_879), (Revenue, -344_355),]
        );
    })
    .await;
}

async fn plan(w: &mut World, code: &str, price: i64, tax: TaxMode) -> PlanId {
    w.write(async |tx: &mut Tx| {
        let catalog = catalog::current(tx).await?;
        let plan = Plan {
            id: tx.new_id(),
            code: code.to_owned(),
            name: code.to_owned(),
            tax,
            ..catalog.plan(home())?.clone()
        };
        write::set_plan(tx, &plan, rp(price), day("2026-01-01")).await
    })
    .await
}

#[tokio::test]
async fn a_price_of_333_333_for_7_of_31_days_is_83_549() {
    story(async |w: &mut World| {
        let odd = plan(w, "ODD", 333_333, TaxMode::Exclusive).await;
        let sub = w.at("2026-12-01", 9).install(odd, Mode::Postpaid).await;
        w.at("2026-12-07", 9);
        w.write(async |tx| subscription::terminate(tx, sub, day("2026-12-07")).await).await;
        let expected = [inv("2026-12-01", "2026-12-07", 75_269, 8_280, 83_549)];
        assert_eq!(w.invoices(sub).await, expected);
        assert_eq!(
            w.trial().await,
            [(Receivable, 83_549), (TaxPayable, -8_280), (Revenue, -75_269),]
        );
    })
    .await;
}

#[tokio::test]
async fn a_price_of_277_500_inclusive_is_250_000_and_27_500() {
    story(async |w: &mut World| {
        let sub = w.at("2026-12-01", 11).install(inclusive(), Mode::Postpaid).await;
        w.at("2027-01-01", 0).run().await;
        let expected = [inv("2026-12-01", "2026-12-31", 250_000, 27_500, 277_500)];
        assert_eq!(w.invoices(sub).await, expected);
        assert_eq!(
            w.trial().await,
            [(Receivable, 277_500), (TaxPayable, -27_500), (Revenue, -250_000),]
        );
    })
    .await;
}

#[tokio::test]
async fn a_price_of_150_000_inclusive_for_3_of_31_days_is_14_516() {
    story(async |w: &mut World| {
        let small = plan(w, "SMALL", 150_000, TaxMode::Inclusive).await;
        let sub = w.at("2026-12-01", 10).install(small, Mode::Postpaid).await;
        w.at("2026-12-03", 9);
        w.write(async |tx| subscription::terminate(tx, sub, day("2026-12-03")).await).await;
        let expected = [inv("2026-12-01", "2026-12-03", 13_077, 1_439, 14_516)];
        assert_eq!(w.invoices(sub).await, expected);
        assert_eq!(
            w.trial().await,
            [(Receivable, 14_516), (TaxPayable, -1_439), (Revenue, -13_077),]
        );
    })
    .await;
}

#[tokio::test]
async fn a_base_of_50_023_has_a_ppn_of_5_503() {
    story(async |w: &mut World| {
        w.at("2026-12-03", 9);
        let new = one_off(w, 50_023);
        w.write(async |tx| issue::one_off(tx, new.clone()).await).await;
        assert_eq!(
            w.trial().await,
            [(Receivable, 55_526), (TaxPayable, -5_503), (OtherRevenue, -50_023),]
        );
    })
    .await;
}

pub fn one_off(w: &World, amount: i64) -> issue::NewOneOff {
    issue::NewOneOff {
        customer: w.customer(),
        branch: w.branch,
        partner: None,
        subscription: None,
        kind: issue::OneOffKind::Service,
        key: "WO-1".into(),
        lines: vec![("Tarik kabel".into(), rp(amount))],
        tax: TaxMode::Exclusive,
        due_on: None,
        isolates: false,
        note: None,
        draft: false,
    }
}

/// 277,500 owed by a customer who withholds is paid with `cash`: the trial balance then, and when the papers
/// have arrived.
async fn withheld(
    flags: Withholds,
    cash: i64,
    paid: &[(ledger::Account, i64)],
    proven: &[(ledger::Account, i64)],
) {
    story(async |w: &mut World| {
        let sub = w.at("2026-06-01", 9).install(home(), Mode::Postpaid).await;
        let customer = w.sub(sub).await.customer_id;
        w.write(async |tx| withhold::flag(tx, customer, flags).await).await;
        w.at("2026-07-01", 0).run().await;
        w.at("2026-07-05", 9).pay(sub, cash).await;
        let invoice = &w.rows(sub).await[0];
        assert_eq!((invoice.total, invoice.outstanding()), (rp(277_500), rp(0)));
        assert!(invoice.paid_at.is_some());
        assert_eq!(w.trial().await, paid);
        for paper in withhold::unproven(&mut w.db.reader(), None, 10).await.unwrap() {
            w.write(async |tx| withhold::certify(tx, paper.id, "BP-1").await).await;
        }
        assert_eq!(w.trial().await, proven);
    })
    .await;
}

#[tokio::test]
async fn a_customer_who_withholds_pph_23_pays_272_500() {
    let flags = Withholds { pph23: true, wapu: false };
    let paid = [
        (CashDrawer, 272_500),
        (Pph23Receivable, 5_000),
        (TaxPayable, -27_500),
        (Revenue, -250_000),
    ];
    let proven =
        [(CashDrawer, 272_500), (PrepaidTax, 5_000), (TaxPayable, -27_500), (Revenue, -250_000)];
    withheld(flags, 272_500, &paid, &proven).await;
}

#[tokio::test]
async fn a_wapu_customer_pays_250_000() {
    let flags = Withholds { pph23: false, wapu: true };
    let paid = [
        (CashDrawer, 250_000),
        (WapuReceivable, 27_500),
        (TaxPayable, -27_500),
        (Revenue, -250_000),
    ];
    let proven = [(CashDrawer, 250_000), (Revenue, -250_000)];
    withheld(flags, 250_000, &paid, &proven).await;
}

#[tokio::test]
async fn a_customer_who_withholds_both_pays_245_000() {
    let flags = Withholds { pph23: true, wapu: true };
    let paid = [
        (CashDrawer, 245_000),
        (Pph23Receivable, 5_000),
        (WapuReceivable, 27_500),
        (TaxPayable, -27_500),
        (Revenue, -250_000),
    ];
    let proven = [(CashDrawer, 245_000), (PrepaidTax, 5_000), (Revenue, -250_000)];
    withheld(flags, 245_000, &paid, &proven).await;
}

#[tokio::test]
async fn an_anniversary_on_the_31st_comes_back_after_february() {
    story(async |w: &mut World| {
        w.at("2027-01-31", 9);
        let mut new = NewSubscription::of(w.customer(), w.branch, home(), Mode::Prepaid);
        new.calendar = Calendar::Anniversary;
        let sub = w.subscribe_as(new).await;
        w.installed(sub).await;
        w.pay(sub, 277_500).await;
        for on in ["2027-02-28", "2027-03-31"] {
            assert_eq!(w.at(on, 0).run().await.invoices, 1);
            w.pay(sub, 277_500).await;
        }
        let starts: Vec<String> = w.invoices(sub).await.into_iter().map(|i| i.0).collect();
        assert_eq!(starts, ["2027-01-31", "2027-02-28", "2027-03-31"]);
        assert_eq!(
            w.trial().await,
            [
                (CashDrawer, 832_500),
                (DeferredRevenue, -250_000),
                (TaxPayable, -82_500),
                (Revenue, -500_000),
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn too_much_becomes_customer_credit_and_settles_the_next_invoice() {
    story(async |w: &mut World| {
        let sub = w.at("2026-06-01", 9).install(home(), Mode::Postpaid).await;
        w.at("2026-07-01", 0).run().await;
        let receipt = w.at("2026-07-02", 9).pay(sub, 300_000).await;
        assert_eq!((receipt.credit, receipt.payment.left()), (rp(22_500), rp(22_500)));
        assert_eq!(
            w.trial().await,
            [
                (CashDrawer, 300_000),
                (CustomerCredit, -22_500),
                (TaxPayable, -27_500),
                (Revenue, -250_000),
            ]
        );
        w.at("2026-08-01", 0).run().await;
        assert_eq!(
            w.invoices(sub).await[1],
            inv("2026-07-01", "2026-07-31", 250_000, 27_500, 255_000)
        );
        assert_eq!(
            w.trial().await,
            [
                (CashDrawer, 300_000),
                (Receivable, 255_000),
                (TaxPayable, -55_000),
                (Revenue, -500_000),
            ]
        );
    })
    .await;
}

// The wallet's case is in `crates/flows/tests/it/golden.rs`: the net price is computed there.

#[tokio::test]
async fn a_run_executed_twice_or_killed_half_way_bills_everybody_once() {
    for killed in [false, true] {
        story(async |w: &mut World| {
            let mut subs = Vec::new();
            for hour in 9..12 {
                subs.push(w.at("2026-11-10", hour).install(home(), Mode::Postpaid).await);
            }
            w.at("2026-12-01", 0);
            let (cause, on) = (w.cause(), day("2026-12-01"));
            let expected = issue::preview(&mut w.db.reader(), w.now, on).await.unwrap();
            if killed {
                // Open, the first chunk, then nothing more.
                let commits = Arc::new(AtomicUsize::new(0));
                w.db.set_faults(Some(Arc::new(move |point: FaultPoint, _: &Cause| {
                    let dies = point == FaultPoint::BeforeCommit
                        && commits.fetch_add(1, Ordering::SeqCst) >= 2;
                    dies.then(|| Fault::unavailable("test.kill", "mati", "killed"))
                })));
                assert!(issue::run_in_chunks(&w.db, &cause.now, &cause, on, 1).await.is_err());
                w.db.set_faults(None);
                assert_eq!(
                    w.trial().await,
                    [(Receivable, 194_250), (TaxPayable, -19_250), (Revenue, -175_000),]
                );
            }
            let report = issue::run_in_chunks(&w.db, &cause.now, &cause, on, 1).await.unwrap();
            assert_eq!((report.invoices, report.hash), (3, expected.hash));
            let again = issue::run(&w.db, &cause.now, &cause, on).await.unwrap();
            assert_eq!((again.invoices, again.failed.len()), (0, 0));
            for sub in subs {
                assert_eq!(
                    w.invoices(sub).await,
                    [inv("2026-11-10", "2026-11-30", 175_000, 19_250, 194_250)]
                );
            }
            assert_eq!(
                w.trial().await,
                [(Receivable, 582_750), (TaxPayable, -57_750), (Revenue, -525_000),]
            );
        })
        .await;
    }
}
