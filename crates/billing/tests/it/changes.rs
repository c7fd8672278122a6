//! Plan changes, pauses, add-ons and discounts on both modes.

use billing::extra::{self, NewExtra};
use billing::ledger::Account::{CashDrawer, CustomerCredit, DeferredRevenue, TaxPayable};
use billing::words::{ChangeState, ExtraKind, HoldKind, Mode, SubscriptionState};
use billing::{pay, plan_change, subscription};
use kernel::{Event, Scope, SubscriptionId};

use crate::world::{World, day, fast, home, rp, story};

async fn upgrade(w: &mut World, sub: SubscriptionId, from: &str) -> plan_change::Requested {
    let from = day(from);
    w.write(async |tx| plan_change::request(tx, sub, fast(), from).await).await
}

#[tokio::test]
async fn a_downgrade_begins_with_the_next_period() {
    story(async |w: &mut World| {
        let sub = w.at("2026-06-01", 9).install(fast(), Mode::Prepaid).await;
        w.pay(sub, 444_000).await;
        w.at("2026-06-16", 9);
        let asked = w
            .write(async |tx| plan_change::request(tx, sub, home(), day("2026-06-16")).await)
            .await;
        assert_eq!((asked.state, asked.from_on), (ChangeState::Scheduled, day("2026-07-01")));
        assert_eq!((asked.supplement, w.sub(sub).await.plan_id), (None, fast()));
        w.at("2026-07-01", 0).run().await;
        assert_eq!(w.invoices(sub).await[1].2, 250_000);
        w.due().await;
        assert_eq!(w.said, [Event::PlanChanged { subscription: sub }]);
        assert_eq!(w.sub(sub).await.plan_id, home());
    })
    .await;
}

#[tokio::test]
async fn a_supplement_paid_late_starts_on_the_payment_day() {
    story(async |w: &mut World| {
        let sub = w.at("2026-06-01", 9).install(home(), Mode::Prepaid).await;
        w.pay(sub, 277_500).await;
        w.at("2026-06-16", 9);
        upgrade(w, sub, "2026-06-16").await;
        // 10 of 30 days: 50,000 and its PPN.
        w.at("2026-06-21", 9).pay(sub, 55_500).await;
        assert_eq!(
            w.invoices(sub).await[1],
            ("2026-06-21".into(), "2026-06-30".into(), 50_000, 5_500, 0)
        );
        assert_eq!(w.sub(sub).await.plan_id, fast());
        assert_eq!(
            w.trial().await,
            [(CashDrawer, 333_000), (DeferredRevenue, -300_000), (TaxPayable, -33_000),]
        );
    })
    .await;
}

#[tokio::test]
async fn an_unpaid_supplement_is_credited_at_the_periods_end_and_the_change_given_up() {
    story(async |w: &mut World| {
        let sub = w.at("2026-06-01", 9).install(home(), Mode::Prepaid).await;
        w.pay(sub, 277_500).await;
        w.at("2026-06-16", 9);
        upgrade(w, sub, "2026-06-16").await;
        let twice = w
            .try_write(async |tx| plan_change::request(tx, sub, fast(), day("2026-06-20")).await)
            .await;
        assert_eq!(twice.unwrap_err().code, "billing.plan_change_pending");
        let report = w.at("2026-07-01", 0).run().await;
        assert_eq!((report.invoices, report.credit_notes), (1, 1));
        let changes = plan_change::list(&mut w.db.reader(), &Scope::all(), sub).await.unwrap();
        assert_eq!(changes[0].state, ChangeState::Cancelled);
        let now = w.sub(sub).await;
        assert_eq!((now.plan_id, now.unused_in_row), (home(), 0));
        assert_eq!(w.invoices(sub).await[1].2, 250_000);
    })
    .await;
}

#[tokio::test]
async fn a_supplement_is_given_up_by_hand() {
    story(async |w: &mut World| {
        let sub = w.at("2026-06-01", 9).install(home(), Mode::Prepaid).await;
        w.pay(sub, 277_500).await;
        w.at("2026-06-16", 9);
        let asked = upgrade(w, sub, "2026-06-16").await;
        w.write(async |tx| plan_change::cancel(tx, sub, asked.change).await).await;
        assert_eq!(w.invoices(sub).await.len(), 1);
        let again = w.try_write(async |tx| plan_change::cancel(tx, sub, asked.change).await).await;
        assert_eq!(again.unwrap_err().code, "billing.plan_change_not_pending");
    })
    .await;
}

#[tokio::test]
async fn another_plan_before_the_first_payment_issues_the_invoice_anew() {
    story(async |w: &mut World| {
        let sub = w.at("2026-11-10", 9).install(home(), Mode::Prepaid).await;
        w.at("2026-11-12", 9);
        let asked = upgrade(w, sub, "2026-11-12").await;
        assert_eq!(asked.state, ChangeState::Applied);
        let base = rp(400_000).ratio(19, 30).get();
        let row = w.invoices(sub).await[0].clone();
        assert_eq!((row.0.as_str(), row.2), ("2026-11-12", base));
    })
    .await;
}

#[tokio::test]
async fn another_plan_while_a_later_month_is_unpaid_counts_for_the_whole_month() {
    story(async |w: &mut World| {
        let sub = w.at("2026-11-10", 9).install(home(), Mode::Prepaid).await;
        w.pay(sub, 194_250).await;
        w.at("2026-12-01", 0).run().await;
        w.isolate(sub, Some(&[HoldKind::Unpaid])).await;
        w.at("2026-12-04", 9);
        upgrade(w, sub, "2026-12-04").await;
        let row = w.invoices(sub).await[1].clone();
        assert_eq!(row, ("2026-12-01".into(), "2026-12-31".into(), 400_000, 44_000, 444_000));
        w.pay(sub, 444_000).await;
        assert_eq!(w.sub(sub).await.plan_id, fast());
    })
    .await;
}

#[tokio::test]
async fn a_day_that_is_billed_can_not_change_its_plan() {
    story(async |w: &mut World| {
        let sub = w.at("2026-06-01", 9).install(home(), Mode::Postpaid).await;
        w.at("2026-07-01", 0).run().await;
        let ask = async |w: &mut World, plan, from: &str| {
            let from = day(from);
            let done =
                w.try_write(async |tx| plan_change::request(tx, sub, plan, from).await).await;
            done.unwrap_err().fields[0].code
        };
        assert_eq!(ask(w, fast(), "2026-06-30").await, "billing.plan_change_billed");
        assert_eq!(ask(w, home(), "2026-07-05").await, "billing.plan_same");
    })
    .await;
}

#[tokio::test]
async fn paused_days_of_a_paid_prepaid_month_become_credit() {
    story(async |w: &mut World| {
        let sub = w.at("2026-12-01", 9).install(home(), Mode::Prepaid).await;
        w.pay(sub, 277_500).await;
        w.at("2026-12-10", 8);
        let to = Some(day("2026-12-19"));
        w.write(async |tx| subscription::pause(tx, sub, day("2026-12-10"), to).await).await;
        w.at("2026-12-20", 0);
        w.due().await;
        // 10 of 31 days: 80,645 and its PPN of 8,871.
        assert_eq!(
            w.trial().await,
            [
                (CashDrawer, 277_500),
                (CustomerCredit, -89_516),
                (DeferredRevenue, -169_355),
                (TaxPayable, -18_629),
            ]
        );
        w.at("2027-01-01", 0).run().await;
        assert_eq!(w.invoices(sub).await[1].4, 277_500 - 89_516);
    })
    .await;
}

#[tokio::test]
async fn a_pause_over_the_months_end_is_billed_from_the_day_it_ends() {
    story(async |w: &mut World| {
        let sub = w.at("2026-11-10", 9).install(home(), Mode::Prepaid).await;
        w.pay(sub, 194_250).await;
        w.at("2026-11-21", 9);
        w.write(async |tx| subscription::pause(tx, sub, day("2026-11-21"), None).await).await;
        assert_eq!(w.at("2026-12-01", 0).run().await.invoices, 0);
        w.at("2026-12-11", 9);
        w.write(async |tx| subscription::resume(tx, sub).await).await;
        // Credited: the 21st to the 30th, 10 of 21 paid days. Issued: the 11th to the 31st.
        let credit = rp(175_000).ratio(10, 21);
        let paid_back = credit + rp(19_250).ratio(credit.get(), 175_000);
        let base = rp(250_000).ratio(21, 31);
        let total = base + base.ratio(11, 100);
        let row = w.invoices(sub).await[1].clone();
        assert_eq!((row.0.as_str(), row.2), ("2026-12-11", base.get()));
        assert_eq!(row.4, (total - paid_back).get());
        assert_eq!(w.sub(sub).await.state, SubscriptionState::Active);
    })
    .await;
}

#[tokio::test]
async fn a_free_first_month_and_half_price_three_times_are_on_every_path() {
    story(async |w: &mut World| {
        let sub = w.at("2026-11-10", 9).subscribe(home(), Mode::Prepaid).await;
        let new = |name: &str, percent_bp, periods| NewExtra {
            subscription: sub,
            kind: ExtraKind::Discount,
            name: name.into(),
            amount: rp(0),
            percent_bp,
            from: day("2026-11-01"),
            to: None,
            periods: Some(periods),
        };
        let free = new("Gratis bulan pertama", 10_000, 1);
        w.write(async |tx| extra::add(tx, free.clone()).await).await;
        w.installed(sub).await;
        // Nothing to pay: active at once.
        assert_eq!(w.sub(sub).await.state, SubscriptionState::Active);
        assert_eq!(w.invoices(sub).await, [("2026-11-10".into(), "2026-11-30".into(), 0, 0, 0)]);
        let half = new("50 % × 2", 5_000, 2);
        w.write(async |tx| extra::add(tx, half.clone()).await).await;
        w.at("2026-12-01", 0).run().await;
        assert_eq!(w.invoices(sub).await[1].2, 125_000);
        // Unused: the discount is free again for January.
        w.isolate(sub, Some(&[HoldKind::Unpaid, HoldKind::PeriodOver])).await;
        w.at("2027-01-01", 0).run().await;
        assert_eq!(w.invoices(sub).await[1].2, 125_000);
        w.pay(sub, 138_750).await;
        w.isolate(sub, None).await;
        // An upgrade gets the discount of its month too: 15/31 × 150,000 × 50 %.
        w.at("2027-01-17", 9);
        upgrade(w, sub, "2027-01-17").await;
        let supplement = w.invoices(sub).await[2].2;
        assert!((supplement - rp(75_000).ratio(15, 31).get()).abs() <= 1, "{supplement}");
        let rest = w.rows(sub).await[0].outstanding().get();
        w.pay(sub, rest).await;
        w.at("2027-02-01", 0).run().await;
        assert_eq!(w.invoices(sub).await[3].2, 200_000);
        w.pay(sub, 222_000).await;
        w.at("2027-03-01", 0).run().await;
        assert_eq!(w.invoices(sub).await[4].2, 400_000);
        let all = extra::list(&mut w.db.reader(), &Scope::all(), sub).await.unwrap();
        assert!(all.iter().all(|e| Some(e.used) == e.periods), "{all:?}");
    })
    .await;
}

#[tokio::test]
async fn a_fixed_ip_is_billed_for_its_days_until_it_ends() {
    story(async |w: &mut World| {
        let sub = w.at("2026-11-01", 9).install(home(), Mode::Postpaid).await;
        let new = NewExtra {
            subscription: sub,
            kind: ExtraKind::AddOn,
            name: "IP statik".into(),
            amount: rp(60_000),
            percent_bp: 0,
            from: day("2026-11-16"),
            to: None,
            periods: None,
        };
        let id = w.write(async |tx| extra::add(tx, new.clone()).await).await;
        w.at("2026-12-01", 0).run().await;
        assert_eq!(w.invoices(sub).await[0].2, 280_000);
        w.at("2026-12-10", 9);
        w.write(async |tx| extra::end(tx, sub, id).await).await;
        w.write(async |tx| extra::end(tx, sub, id).await).await;
        w.at("2027-01-01", 0).run().await;
        assert_eq!(w.invoices(sub).await[1].2, 250_000 + rp(60_000).ratio(10, 31).get());
        w.at("2027-02-01", 0).run().await;
        assert_eq!(w.invoices(sub).await[2].2, 250_000);
        let bad = NewExtra { amount: rp(0), name: " ".into(), ..new };
        let refused = w.try_write(async |tx| extra::add(tx, bad.clone()).await).await.unwrap_err();
        let fields: Vec<&str> = refused.fields.iter().map(|f| f.name.as_str()).collect();
        assert_eq!(fields, ["name", "amount"]);
    })
    .await;
}

#[tokio::test]
async fn credit_pays_a_supplement_at_once() {
    story(async |w: &mut World| {
        let sub = w.at("2026-06-01", 9).install(home(), Mode::Prepaid).await;
        w.pay(sub, 277_500 + 83_250).await;
        w.at("2026-06-16", 9);
        let asked = upgrade(w, sub, "2026-06-16").await;
        assert_eq!(asked.state, ChangeState::Applied);
        assert_eq!(w.sub(sub).await.plan_id, fast());
        let customer = w.sub(sub).await.customer_id;
        assert_eq!(pay::credit_of(&mut w.db.reader(), customer).await.unwrap(), rp(0));
    })
    .await;
}
