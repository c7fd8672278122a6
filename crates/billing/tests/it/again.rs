//! What must not be lost, given away or counted twice: used days, known references, taxes kept back.

use billing::credit::{self, CreditWhat};
use billing::gateway::{Notice, RemotePayment};
use billing::intent::{self, IntentFor};
use billing::ledger::Account::{
    CashDrawer, CustomerCredit, DeferredRevenue, Pph23Receivable, Receivable, Revenue, TaxPayable,
};
use billing::pay::{self, NewPayment};
use billing::subscription::{self, NewSubscription};
use billing::withhold::{self, Withholds};
use billing::words::{
    Calendar, ChangeState, Channel, ExtraKind, HoldKind, Mode, NoticeState, RemoteState,
    SubscriptionState,
};
use billing::{extra, invoice, issue, ledger, notice, plan_change};
use catalog::{PolicyPatch, PrepaidLate, write};
use kernel::{Cause, CustomerId, Day, InvoiceId, PlanId, Scope, SubscriptionId, Ts, Zone};
use store::{QueryExt, args};

use crate::world::{World, day, fast, home, inclusive, rp, story};

const HELD: Option<&[HoldKind]> = Some(&[HoldKind::Unpaid, HoldKind::PeriodOver]);

fn transfer(w: &World, customer: CustomerId, amount: i64, reference: &str) -> NewPayment {
    NewPayment {
        customer,
        channel: Channel::Transfer,
        reference: Some(reference.into()),
        amount: rp(amount),
        named_invoice: None,
        received_at: w.now,
        note: None,
    }
}

/// Prepaid, paid for November, with December's invoice open.
async fn december(w: &mut World, hour: i8) -> (SubscriptionId, InvoiceId) {
    let sub = w.at("2026-11-10", hour).install(home(), Mode::Prepaid).await;
    w.pay(sub, 194_250).await;
    w.at("2026-12-01", 0).run().await;
    (sub, w.newest(sub).await)
}

#[tokio::test]
async fn a_prepaid_month_that_was_used_unpaid_stays_owed_beside_the_next() {
    story(async |w: &mut World| {
        let (online, debt) = december(w, 14).await;
        let (isolated, gone) = december(w, 15).await;
        w.isolate(isolated, HELD).await;
        let report = w.at("2027-01-01", 0).run().await;
        assert_eq!((report.invoices, report.credit_notes), (2, 1));
        let live = async |w: &World, id| {
            invoice::find(&mut w.db.reader(), &Scope::all(), id).await.unwrap().live
        };
        assert!(live(w, debt).await && !live(w, gone).await);
        assert_eq!(w.sub(online).await.unused_in_row, 0);
        assert_eq!(w.sub(isolated).await.unused_in_row, 1);
        // The debt is paid as it is; nothing of it is sold again.
        let owed: i64 = w.invoices(online).await.iter().map(|i| i.4).sum();
        assert_eq!(owed, 555_000);
        w.at("2027-01-03", 9).pay(online, 555_000).await;
        assert_eq!(w.invoices(online).await.iter().map(|i| i.4).sum::<i64>(), 0);
        assert_eq!(w.invoices(online).await.len(), 3);
    })
    .await;
}

#[tokio::test]
async fn a_month_used_under_a_promise_stays_owed_also_when_the_subscription_ends() {
    story(async |w: &mut World| {
        let (sub, debt) = december(w, 14).await;
        w.at("2026-12-08", 0).isolate(sub, HELD).await;
        w.at("2027-01-01", 0).run().await;
        w.at("2027-01-02", 9);
        w.write(async |tx| subscription::terminate(tx, sub, day("2027-01-02")).await).await;
        let owed: Vec<_> = w.rows(sub).await.into_iter().filter(|i| i.live).collect();
        let open: Vec<InvoiceId> =
            owed.iter().filter(|i| i.outstanding().is_positive()).map(|i| i.id).collect();
        assert_eq!(open, [debt]);
    })
    .await;
}

#[tokio::test]
async fn money_that_was_waited_for_is_settled_by_its_own_arrival() {
    story(async |w: &mut World| {
        let sub = w.at("2026-11-10", 9).install(home(), Mode::Prepaid).await;
        let customer = w.sub(sub).await.customer_id;
        let new = transfer(w, customer, 194_250, "TRF-1");
        let waited = w.write(async |tx| pay::wait(tx, new.clone()).await).await;
        let receipt = w.pay_with(new.clone()).await;
        assert_eq!((receipt.payment.id, receipt.repeated), (waited, false));
        assert!(receipt.payment.receipt_number.is_some());
        assert_eq!(w.sub(sub).await.state, SubscriptionState::Active);
        assert!(w.pay_with(new.clone()).await.repeated);
        // After a reversal the reference is spent; the sentence says what to do.
        w.write(async |tx| pay::reverse(tx, waited, "salah transfer").await).await;
        let refused = w.try_write(async |tx| pay::receive(tx, new.clone()).await).await;
        assert_eq!(refused.unwrap_err().code, "billing.reference_reversed");
        let refused = w.try_write(async |tx| pay::wait(tx, new.clone()).await).await;
        assert_eq!(refused.unwrap_err().code, "billing.reference_reversed");
        let fresh = transfer(w, customer, 194_250, "TRF-2");
        assert!(!w.pay_with(fresh).await.repeated);
    })
    .await;
}

#[tokio::test]
async fn a_counted_notice_names_its_payment_and_reversed_money_waits_for_a_person() {
    story(async |w: &mut World| {
        let sub = w.at("2026-11-10", 9).install(home(), Mode::Prepaid).await;
        let what = IntentFor::Invoice(w.newest(sub).await);
        let intent = w.write(async |tx| intent::open(tx, &what, "simulated", 1_800).await).await;
        let remote = RemotePayment {
            intent_reference: intent.reference.clone(),
            payment_reference: "PAY-1".into(),
            amount: rp(194_250),
            state: RemoteState::Settled,
            paid_at: w.now,
        };
        let count = async |w: &mut World, n: u8| {
            let payment = remote.clone();
            let notice = Notice { notice_id: format!("N-{n}"), payment, conclusive: true };
            w.write(async |tx| {
                let id = notice::record(tx, "simulated", &notice, b"{}").await?.id;
                notice::count(tx, id, None).await?;
                notice::find(tx, id).await
            })
            .await
        };
        let first = count(w, 1).await;
        let again = count(w, 2).await;
        assert_eq!((first.state, again.state), (NoticeState::Counted, NoticeState::Counted));
        assert!(first.payment_id.is_some());
        assert_eq!(first.payment_id, again.payment_id);
        let payment = first.payment_id.unwrap();
        w.write(async |tx| pay::reverse(tx, payment, "ditarik bank").await).await;
        let third = count(w, 3).await;
        assert_eq!((third.state, third.payment_id), (NoticeState::Mismatch, None));
        // Asking the gateway brings nothing either; a person who saw the money counts it.
        let asked = [remote.clone()];
        let found = w.write(async |tx| intent::answered(tx, intent.id, &asked).await).await;
        assert_eq!(found, 0);
        let counted = w.write(async |tx| notice::accept(tx, third.id, None).await).await;
        assert_ne!(counted, payment);
        assert_eq!(w.invoices(sub).await[0].4, 0);
        let parked = notice::parked(&mut w.db.reader(), 10).await.unwrap();
        assert_eq!(parked.len(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_notice_settles_the_payment_that_waited_under_its_number() {
    story(async |w: &mut World| {
        let sub = w.at("2026-11-10", 9).install(home(), Mode::Prepaid).await;
        let customer = w.sub(sub).await.customer_id;
        let what = IntentFor::Invoice(w.newest(sub).await);
        let intent = w.write(async |tx| intent::open(tx, &what, "simulated", 1_800).await).await;
        let waiting = NewPayment {
            channel: Channel::Gateway("simulated".into()),
            ..transfer(w, customer, 194_250, "PAY-1")
        };
        let waited = w.write(async |tx| pay::wait(tx, waiting.clone()).await).await;
        let payment = RemotePayment {
            intent_reference: intent.reference.clone(),
            payment_reference: "PAY-1".into(),
            amount: rp(194_250),
            state: RemoteState::Settled,
            paid_at: w.now,
        };
        let notice = Notice { notice_id: "N-1".into(), payment, conclusive: true };
        let row = w
            .write(async |tx| {
                let id = notice::record(tx, "simulated", &notice, b"{}").await?.id;
                notice::count(tx, id, None).await?;
                notice::find(tx, id).await
            })
            .await;
        assert_eq!((row.state, row.payment_id), (NoticeState::Counted, Some(waited)));
        assert_eq!(w.sub(sub).await.state, SubscriptionState::Active);
    })
    .await;
}

#[tokio::test]
async fn one_transfer_net_of_tax_pays_two_invoices() {
    story(async |w: &mut World| {
        let sub = w.at("2026-06-01", 9).install(home(), Mode::Postpaid).await;
        let customer = w.sub(sub).await.customer_id;
        let flags = Withholds { pph23: true, wapu: false };
        w.write(async |tx| withhold::flag(tx, customer, flags).await).await;
        w.at("2026-07-01", 0).run().await;
        w.at("2026-08-01", 0).run().await;
        w.pay(sub, 545_000).await;
        let rows = w.rows(sub).await;
        assert_eq!(rows.len(), 2);
        assert!(rows.iter().all(|i| i.outstanding().is_zero() && i.paid_at.is_some()));
        assert_eq!(
            w.trial().await,
            [
                (CashDrawer, 545_000),
                (Pph23Receivable, 10_000),
                (TaxPayable, -55_000),
                (Revenue, -500_000),
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn a_late_first_invoice_paid_net_of_tax_activates() {
    story(async |w: &mut World| {
        let sub = w.at("2026-11-10", 14).install(home(), Mode::Prepaid).await;
        let customer = w.sub(sub).await.customer_id;
        let flags = Withholds { pph23: true, wapu: false };
        w.write(async |tx| withhold::flag(tx, customer, flags).await).await;
        // On the 25th it costs 55,500; 2 % of 50,000 is kept back.
        w.at("2026-11-25", 11).pay(sub, 54_500).await;
        assert_eq!(w.sub(sub).await.state, SubscriptionState::Active);
        assert_eq!(
            w.trial().await,
            [
                (CashDrawer, 54_500),
                (Pph23Receivable, 1_000),
                (DeferredRevenue, -50_000),
                (TaxPayable, -5_500),
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn up_and_down_are_judged_by_what_the_customer_pays() {
    story(async |w: &mut World| {
        // 270,000 inclusive is less than 250,000 and its PPN.
        let cheaper: PlanId = "00000000-0000-7000-8000-000000000009".parse().unwrap();
        w.at("2026-06-01", 8);
        w.write(async |tx| {
            let catalog = catalog::current(tx).await?;
            let plan = catalog::Plan {
                id: cheaper,
                code: "INCL27".into(),
                ..catalog.plan(inclusive())?.clone()
            };
            write::set_plan(tx, &plan, rp(270_000), day("2026-01-01")).await
        })
        .await;
        let sub = w.at("2026-06-01", 9).install(home(), Mode::Prepaid).await;
        w.pay(sub, 277_500).await;
        w.at("2026-06-16", 9);
        let asked = w
            .write(async |tx| plan_change::request(tx, sub, cheaper, day("2026-06-16")).await)
            .await;
        assert_eq!((asked.state, asked.supplement), (ChangeState::Scheduled, None));
        assert_eq!(asked.from_on, day("2026-07-01"));
        // And back: 250,000 exclusive is dearer than 270,000 inclusive.
        let sub = w.at("2026-06-01", 10).install(cheaper, Mode::Prepaid).await;
        w.pay(sub, 270_000).await;
        w.at("2026-06-16", 10);
        let asked = w
            .write(async |tx| plan_change::request(tx, sub, home(), day("2026-06-16")).await)
            .await;
        assert_eq!(asked.state, ChangeState::WaitingPayment);
        let supplement = w.newest(sub).await;
        let row = invoice::find(&mut w.db.reader(), &Scope::all(), supplement).await.unwrap();
        // Half of 277,500 less half of 270,000.
        assert_eq!(row.total, rp(3_750));
    })
    .await;
}

#[tokio::test]
async fn another_hold_does_not_begin_the_isolation_anew() {
    story(async |w: &mut World| {
        let patch =
            PolicyPatch { prepaid_late: Some(PrepaidLate::FromPayment), ..PolicyPatch::default() };
        w.policy(patch).await;
        let (sub, _) = december(w, 14).await;
        w.isolate(sub, HELD).await;
        let more = [HoldKind::Unpaid, HoldKind::PeriodOver, HoldKind::Abuse];
        w.at("2026-12-10", 9).isolate(sub, Some(&more)).await;
        // From the 22nd: 10 of 31 days.
        w.at("2026-12-22", 9).pay(sub, 89_516).await;
        let paid = w.invoices(sub).await[1].clone();
        assert_eq!((paid.0.as_str(), paid.2, paid.4), ("2026-12-22", 80_645, 0));
    })
    .await;
}

#[tokio::test]
async fn another_hold_does_not_keep_a_late_anniversary_from_moving() {
    story(async |w: &mut World| {
        w.at("2026-11-10", 9);
        let mut new = NewSubscription::of(w.customer(), w.branch, home(), Mode::Prepaid);
        new.calendar = Calendar::Anniversary;
        let sub = w.subscribe_as(new).await;
        w.installed(sub).await;
        w.pay(sub, 277_500).await;
        w.at("2026-12-10", 0).run().await;
        w.isolate(sub, HELD).await;
        let more = [HoldKind::Unpaid, HoldKind::PeriodOver, HoldKind::Manual];
        w.at("2026-12-12", 9).isolate(sub, Some(&more)).await;
        w.at("2026-12-15", 9).pay(sub, 277_500).await;
        assert_eq!(w.sub(sub).await.anchor_dom, 15);
        assert_eq!(w.sub(sub).await.billed_to, Some(day("2027-01-14")));
    })
    .await;
}

#[tokio::test]
async fn a_run_for_a_past_day_is_dated_on_the_day_it_is_run() {
    story(async |w: &mut World| {
        let sub = w.at("2026-06-01", 9).install(home(), Mode::Postpaid).await;
        w.at("2026-07-03", 9);
        let (cause, past) = (w.cause(), day("2026-07-01"));
        let expected = issue::preview(&mut w.db.reader(), w.now, past).await.unwrap();
        let report = issue::run(&w.db, &cause.now, &cause, past).await.unwrap();
        assert_eq!((report.invoices, report.hash), (1, expected.hash));
        let row = &w.rows(sub).await[0];
        assert_eq!(row.issued_on, Some(day("2026-07-03")));
        assert_eq!(row.due_on, day("2026-07-20"));
        let mut q = w.db.reader();
        let since =
            ledger::trial_balance(&mut q, None, Some(day("2026-07-03")), None).await.unwrap();
        assert!(since.iter().any(|b| b.account == Receivable));
    })
    .await;
}

#[tokio::test]
async fn a_plan_change_before_one_in_force_is_refused() {
    story(async |w: &mut World| {
        let sub = w.at("2026-06-01", 9).install(home(), Mode::Postpaid).await;
        w.at("2026-06-20", 9);
        w.write(async |tx| plan_change::request(tx, sub, fast(), day("2026-06-16")).await).await;
        let before = w
            .try_write(async |tx| plan_change::request(tx, sub, home(), day("2026-06-10")).await)
            .await;
        assert_eq!(before.unwrap_err().fields[0].code, "billing.plan_change_order");
        w.write(async |tx| plan_change::request(tx, sub, home(), day("2026-06-18")).await).await;
        w.at("2026-07-01", 0).run().await;
        // 15 and 13 days of 250,000, 2 of 400,000.
        assert_eq!(w.invoices(sub).await[0].2, 125_000 + 26_667 + 108_333);
    })
    .await;
}

#[tokio::test]
async fn lines_that_leave_nothing_are_a_credit_in_full() {
    story(async |w: &mut World| {
        let sub = w.at("2026-11-10", 9).subscribe(home(), Mode::Prepaid).await;
        let new = extra::NewExtra {
            subscription: sub,
            kind: ExtraKind::Discount,
            name: "Promo".into(),
            amount: rp(0),
            percent_bp: 5_000,
            from: day("2026-11-01"),
            to: None,
            periods: Some(2),
        };
        w.write(async |tx| extra::add(tx, new.clone()).await).await;
        w.installed(sub).await;
        w.pay(sub, 97_125).await;
        let view = invoice::view(&mut w.db.reader(), &Scope::all(), w.newest(sub).await).await;
        let view = view.unwrap();
        let all = view.lines.iter().map(|l| (l.id, l.base)).collect();
        let what = CreditWhat::Lines(all);
        let id = view.lines[0].invoice_id;
        w.write(async |tx| credit::issue(tx, id, &what, "salah").await).await;
        let left = extra::list(&mut w.db.reader(), &Scope::all(), sub).await.unwrap();
        assert_eq!(left[0].used, 0, "the discount's period is free again");
        assert_eq!(w.trial().await, [(CashDrawer, 97_125), (CustomerCredit, -97_125)]);
        // A supplement that is credited line by line takes its plan change along.
        let sub = w.at("2026-06-01", 9).install(home(), Mode::Prepaid).await;
        w.pay(sub, 277_500).await;
        w.at("2026-06-16", 9);
        w.write(async |tx| plan_change::request(tx, sub, fast(), day("2026-06-16")).await).await;
        let id = w.newest(sub).await;
        let view = invoice::view(&mut w.db.reader(), &Scope::all(), id).await.unwrap();
        let what = CreditWhat::Lines(view.lines.iter().map(|l| (l.id, l.base)).collect());
        w.write(async |tx| credit::issue(tx, id, &what, "batal").await).await;
        let changes = plan_change::list(&mut w.db.reader(), &Scope::all(), sub).await.unwrap();
        assert_eq!(changes[0].state, ChangeState::Cancelled);
    })
    .await;
}

#[tokio::test]
async fn a_batch_over_two_zones_is_dated_by_each_branch() {
    story(async |w: &mut World| {
        let east = write::NewBranch {
            code: "JAP".into(),
            name: "Jayapura".into(),
            zone: Zone::Jayapura,
            address: "Jl. Irian 1".into(),
            lat: -2.5,
            lon: 140.7,
        };
        let east = w.write(async |tx| write::add_branch(tx, &east).await).await;
        // The west's period ends on the 29th of June, the east's on the 30th; nobody paid.
        for (on, branch, calendar) in [
            ("2026-05-30", w.branch, Calendar::Anniversary),
            ("2026-06-01", east, Calendar::Calendar),
        ] {
            w.at(on, 9);
            let mut new = NewSubscription::of(w.customer(), branch, home(), Mode::Prepaid);
            new.calendar = calendar;
            let sub = w.subscribe_as(new).await;
            w.installed(sub).await;
        }
        // 22.30 in Jakarta on the 30th is 00.30 in Jayapura on the 1st of July.
        w.now = Ts::local(day("2026-06-30"), 22, 30, Zone::Jakarta);
        let cause: Cause = w.cause();
        let report = issue::run(&w.db, &cause.now, &cause, day("2026-07-01")).await.unwrap();
        assert_eq!((report.invoices, report.credit_notes), (2, 2));
        let both = [day("2026-06-30"), day("2026-07-01")];
        let mut q = w.db.reader();
        let notes: Vec<Day> = q
            .values("select issued_on from billing_credit_note order by issued_on", args![])
            .await
            .unwrap();
        assert_eq!(notes, both);
        let entries: Vec<Day> = q
            .values(
                "select on_day from billing_entry where at >= $1 and kind = 'credit' order by on_day",
                args![w.now],
            )
            .await
            .unwrap();
        assert_eq!(entries, both);
        let numbers: Vec<String> = q
            .values("select number from billing_credit_note order by number", args![])
            .await
            .unwrap();
        assert_eq!(numbers, ["NK/2026/06/000001", "NK/2026/07/000001"]);
    })
    .await;
}
