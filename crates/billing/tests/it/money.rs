//! Payments: order, repetition, reversal, refund, write-off, withholding.

use billing::invoice::Standing;
use billing::ledger::Account::{
    Bank, CashDrawer, CustomerCredit, OpeningBalance, Pph23Receivable, Receivable, Revenue,
    TaxPayable, WriteOff,
};
use billing::pay::{self, NewPayment};
use billing::subscription::NewSubscription;
use billing::words::{Channel, Mode, PaymentState, WithholdingKind};
use billing::{invoice, issue, refund, withhold, write_off};
use kernel::{CustomerId, Event, InvoiceId, Scope, Zone};

use crate::golden::one_off;
use crate::world::{World, day, fast, home, rp, story};

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

#[tokio::test]
async fn a_named_invoice_is_settled_first_then_its_subscription_then_the_others() {
    story(async |w: &mut World| {
        w.at("2026-05-01", 9);
        let customer = w.customer();
        let mut subs = Vec::new();
        for plan in [home(), fast()] {
            let new = NewSubscription::of(customer, w.branch, plan, Mode::Postpaid);
            let sub = w.subscribe_as(new).await;
            w.installed(sub).await;
            subs.push(sub);
        }
        w.at("2026-06-01", 0).run().await;
        w.at("2026-07-01", 0).run().await;
        let named = w.newest(subs[1]).await;
        let mut new = transfer(w, customer, 444_000 + 444_000 + 100_000, "TRF-1");
        new.named_invoice = Some(named);
        let receipt = w.pay_with(new).await;
        let settled: Vec<i64> = receipt.allocations.iter().map(|a| a.amount.get()).collect();
        assert_eq!(settled.iter().sum::<i64>(), 988_000);
        let owed = async |w: &World, n: usize| -> Vec<i64> {
            w.invoices(subs[n]).await.iter().map(|i| i.4).collect()
        };
        assert_eq!(owed(w, 1).await, [0, 0]);
        assert_eq!(owed(w, 0).await, [177_500, 277_500]);
        // Without a name the oldest is first.
        w.pay_with(transfer(w, customer, 200_000, "TRF-2")).await;
        assert_eq!(owed(w, 0).await, [0, 255_000]);
    })
    .await;
}

#[tokio::test]
async fn the_same_reference_counts_once_and_another_amount_is_refused() {
    story(async |w: &mut World| {
        let sub = w.at("2026-06-01", 9).install(home(), Mode::Postpaid).await;
        let customer = w.sub(sub).await.customer_id;
        w.at("2026-07-01", 0).run().await;
        let new = transfer(w, customer, 277_500, "TRF-1");
        let first = w.pay_with(new.clone()).await;
        assert!(!first.repeated);
        assert_eq!(first.payment.receipt_number.as_deref(), Some("KW/2026/07/000001"));
        let invoice = w.newest(sub).await;
        assert_eq!(
            w.said,
            [
                Event::InvoicePaid { invoice, customer, subscription: Some(sub) },
                Event::PaymentReceived { payment: first.payment.id, customer },
            ]
        );
        let again = w.pay_with(new.clone()).await;
        assert!(again.repeated);
        assert_eq!((again.payment.id, w.said.len()), (first.payment.id, 0));
        let other = NewPayment { amount: rp(1), ..new };
        let refused = w.try_write(async |tx| pay::receive(tx, other.clone()).await).await;
        assert_eq!(refused.unwrap_err().code, "billing.reference_used");
        let stranger = w.at("2026-07-02", 9).install(home(), Mode::Postpaid).await;
        let stolen = transfer(w, w.sub(stranger).await.customer_id, 277_500, "TRF-1");
        let refused = w.try_write(async |tx| pay::receive(tx, stolen.clone()).await).await;
        assert_eq!(refused.unwrap_err().code, "billing.reference_used");
    })
    .await;
}

#[tokio::test]
async fn a_bad_payment_names_its_field() {
    story(async |w: &mut World| {
        let sub = w.at("2026-06-01", 9).install(home(), Mode::Prepaid).await;
        let customer = w.sub(sub).await.customer_id;
        let invoice = w.newest(sub).await;
        let refuse = async |w: &mut World, new: NewPayment| {
            w.try_write(async |tx| pay::receive(tx, new.clone()).await).await.unwrap_err()
        };
        let good = transfer(w, customer, 1_000, "T-1");
        let zero = NewPayment { amount: rp(0), ..good.clone() };
        assert_eq!(refuse(w, zero).await.fields[0].name, "amount");
        let blank = NewPayment { reference: Some(" ".into()), ..good.clone() };
        assert_eq!(refuse(w, blank).await.fields[0].name, "reference");
        let nobody = NewPayment { customer: kernel::Id::nil(), ..good.clone() };
        assert_eq!(refuse(w, nobody).await.code, "billing.customer_unknown");
        let other = w.at("2026-06-01", 10).install(home(), Mode::Prepaid).await;
        let foreign = NewPayment {
            customer: w.sub(other).await.customer_id,
            named_invoice: Some(invoice),
            ..good
        };
        assert_eq!(refuse(w, foreign).await.code, "billing.invoice_not_found");
    })
    .await;
}

#[tokio::test]
async fn a_pending_transfer_counts_when_it_is_seen_in_the_bank() {
    story(async |w: &mut World| {
        let sub = w.at("2026-06-01", 9).install(home(), Mode::Prepaid).await;
        let customer = w.sub(sub).await.customer_id;
        let new = transfer(w, customer, 277_500, "BUKTI-1");
        let id = w.write(async |tx| pay::wait(tx, new.clone()).await).await;
        assert_eq!(w.invoices(sub).await[0].4, 277_500);
        w.at("2026-06-01", 11);
        w.write(async |tx| pay::settle(tx, id).await).await;
        assert_eq!(w.invoices(sub).await[0].4, 0);
        w.write(async |tx| pay::settle(tx, id).await).await;
        assert_eq!(w.trial().await[0], (Bank, 277_500));
        let other = transfer(w, customer, 5_000, "BUKTI-2");
        let id = w.write(async |tx| pay::wait(tx, other.clone()).await).await;
        w.write(async |tx| pay::reverse(tx, id, "tidak ada di rekening").await).await;
        let gone = w.try_write(async |tx| pay::settle(tx, id).await).await;
        assert_eq!(gone.unwrap_err().code, "billing.payment_state");
        let payment = pay::find(&mut w.db.reader(), &Scope::all(), id).await.unwrap();
        assert_eq!(payment.state, PaymentState::Reversed);
    })
    .await;
}

#[tokio::test]
async fn a_reversed_payment_opens_its_invoices_unless_other_money_settles_them() {
    story(async |w: &mut World| {
        let sub = w.at("2026-06-01", 9).install(home(), Mode::Postpaid).await;
        let customer = w.sub(sub).await.customer_id;
        w.at("2026-07-01", 0).run().await;
        let first = w.pay_with(transfer(w, customer, 277_500, "A")).await.payment.id;
        w.pay_with(transfer(w, customer, 100_000, "B")).await;
        w.at("2026-07-03", 9);
        w.write(async |tx| pay::reverse(tx, first, "ditolak bank").await).await;
        assert_eq!(w.invoices(sub).await[0].4, 177_500);
        assert_eq!(
            w.trial().await,
            [(Bank, 100_000), (Receivable, 177_500), (TaxPayable, -27_500), (Revenue, -250_000),]
        );
        // With enough other money nothing is open again.
        w.pay_with(transfer(w, customer, 300_000, "C")).await;
        let c = w.pay_with(transfer(w, customer, 10_000, "D")).await.payment.id;
        w.write(async |tx| pay::reverse(tx, c, "x").await).await;
        let reopened = |e: &Event| matches!(e, Event::InvoiceReopened { .. });
        assert!(!w.said.iter().any(reopened));
        assert_eq!(w.invoices(sub).await[0].4, 0);
    })
    .await;
}

#[tokio::test]
async fn credit_is_paid_out_and_what_was_paid_out_does_not_bounce() {
    story(async |w: &mut World| {
        let sub = w.at("2026-06-01", 9).subscribe(home(), Mode::Postpaid).await;
        let customer = w.sub(sub).await.customer_id;
        let payment = w.pay(sub, 100_000).await.payment.id;
        let pay_out = async |w: &mut World, amount: i64, channel: Channel| {
            w.try_write(async |tx| {
                refund::refund(tx, customer, rp(amount), &channel, "pindah rumah").await
            })
            .await
        };
        let too_much = pay_out(w, 100_001, Channel::Transfer).await.unwrap_err();
        assert_eq!(too_much.fields[0].code, "billing.refund_amount");
        let odd = pay_out(w, 1, Channel::Voucher).await.unwrap_err();
        assert_eq!(odd.fields[0].code, "billing.refund_channel");
        pay_out(w, 60_000, Channel::Transfer).await.unwrap();
        assert_eq!(
            w.trial().await,
            [(CashDrawer, 100_000), (Bank, -60_000), (CustomerCredit, -40_000),]
        );
        let bounced = w.try_write(async |tx| pay::reverse(tx, payment, "x").await).await;
        assert_eq!(bounced.unwrap_err().code, "billing.payment_refunded");
    })
    .await;
}

#[tokio::test]
async fn a_debt_is_written_off_up_to_what_is_owed() {
    story(async |w: &mut World| {
        let sub = w.at("2026-06-01", 9).install(home(), Mode::Postpaid).await;
        w.at("2026-07-01", 0).run().await;
        let invoice = w.newest(sub).await;
        let off = async |w: &mut World, amount: i64| {
            w.try_write(async |tx| write_off::write_off(tx, invoice, rp(amount), "hilang").await)
                .await
        };
        assert_eq!(off(w, 277_501).await.unwrap_err().fields[0].code, "billing.write_off_amount");
        off(w, 200_000).await.unwrap();
        w.pay(sub, 77_500).await;
        assert_eq!(
            w.trial().await,
            [(CashDrawer, 77_500), (TaxPayable, -27_500), (Revenue, -250_000), (WriteOff, 200_000),]
        );
        let row = invoice::find(&mut w.db.reader(), &Scope::all(), invoice).await.unwrap();
        assert_eq!(row.standing(w.now.day(Zone::Jakarta)), Standing::Paid);
    })
    .await;
}

#[tokio::test]
async fn a_withholding_is_never_more_than_computed() {
    story(async |w: &mut World| {
        let sub = w.at("2026-06-01", 9).install(home(), Mode::Postpaid).await;
        w.at("2026-07-01", 0).run().await;
        let id = w.newest(sub).await;
        let record = async |w: &mut World, kind, amount: i64, paper: Option<&str>| {
            w.try_write(async |tx| withhold::record(tx, id, kind, rp(amount), paper).await).await
        };
        let pph23 = WithholdingKind::Pph23;
        let much = record(w, pph23, 5_001, None).await.unwrap_err();
        assert_eq!(much.fields[0].code, "billing.withheld_too_much");
        record(w, pph23, 5_000, None).await.unwrap();
        assert_eq!(record(w, pph23, 1, None).await.unwrap_err().code, "billing.withheld_before");
        record(w, WithholdingKind::Wapu, 27_500, Some("SSP-9")).await.unwrap();
        w.pay(sub, 245_000).await;
        assert_eq!(
            w.trial().await,
            [(CashDrawer, 245_000), (Pph23Receivable, 5_000), (Revenue, -250_000),]
        );
        let view = invoice::view(&mut w.db.reader(), &Scope::all(), id).await.unwrap();
        assert_eq!((view.withholdings.len(), view.allocations.len()), (2, 1));
        assert!(view.invoice.paid_at.is_some());
    })
    .await;
}

#[tokio::test]
async fn a_one_off_isolates_nobody_unless_it_says_so_and_is_billed_once() {
    story(async |w: &mut World| {
        let sub = w.at("2026-06-01", 9).install(home(), Mode::Postpaid).await;
        let customer = w.sub(sub).await.customer_id;
        let plain = issue::NewOneOff {
            customer,
            subscription: Some(sub),
            kind: issue::OneOffKind::Penalty,
            ..one_off(w, 500_000)
        };
        w.write(async |tx| issue::one_off(tx, plain.clone()).await).await;
        let twice = w.try_write(async |tx| issue::one_off(tx, plain.clone()).await).await;
        assert!(store::is_unique(&twice.unwrap_err()));
        let hard = issue::NewOneOff { key: "WO-2".into(), isolates: true, ..plain.clone() };
        w.write(async |tx| issue::one_off(tx, hard.clone()).await).await;
        let f = billing::facts::for_access(&mut w.db.reader(), sub).await.unwrap();
        let marked: Vec<bool> = f.unpaid.iter().map(|u| u.isolate_at.is_some()).collect();
        assert_eq!((marked.len(), marked.iter().filter(|m| **m).count()), (2, 1));
        let nobody = issue::NewOneOff { subscription: None, isolates: true, ..plain.clone() };
        let refused = w.try_write(async |tx| issue::one_off(tx, nobody.clone()).await).await;
        assert_eq!(refused.unwrap_err().fields[0].name, "subscription");
        let empty = issue::NewOneOff { lines: vec![("".into(), rp(-1))], key: "".into(), ..plain };
        let refused = w.try_write(async |tx| issue::one_off(tx, empty.clone()).await).await;
        let names: Vec<String> = refused.unwrap_err().fields.into_iter().map(|f| f.name).collect();
        assert_eq!(names, ["lines[0].name", "lines[0].amount", "key"]);
    })
    .await;
}

#[tokio::test]
async fn a_draft_has_no_number_until_it_is_issued_and_may_be_thrown_away() {
    story(async |w: &mut World| {
        w.at("2026-06-01", 9);
        let new = issue::NewOneOff { draft: true, ..one_off(w, 100_000) };
        let id: InvoiceId = w.write(async |tx| issue::one_off(tx, new.clone()).await).await;
        assert_eq!(w.trial().await, []);
        w.at("2026-06-04", 9);
        w.write(async |tx| issue::publish(tx, id).await).await;
        let row = invoice::find(&mut w.db.reader(), &Scope::all(), id).await.unwrap();
        assert_eq!(row.number.as_deref(), Some("INV/2026/06/000001"));
        assert_eq!((row.issued_on, row.due_on), (Some(day("2026-06-04")), day("2026-06-04")));
        let again = w.try_write(async |tx| issue::publish(tx, id).await).await;
        assert_eq!(again.unwrap_err().code, "billing.not_a_draft");
        let other = issue::NewOneOff { key: "WO-3".into(), ..new };
        let id = w.write(async |tx| issue::one_off(tx, other.clone()).await).await;
        w.write(async |tx| issue::discard(tx, id).await).await;
        let gone = invoice::find(&mut w.db.reader(), &Scope::all(), id).await;
        assert_eq!(gone.unwrap_err().code, "billing.invoice_not_found");
    })
    .await;
}

#[tokio::test]
async fn balances_of_the_books_before_come_without_tax_and_income() {
    story(async |w: &mut World| {
        let sub = w.at("2026-06-01", 9).install(home(), Mode::Postpaid).await;
        let customer = w.sub(sub).await.customer_id;
        let debt = issue::NewOneOff {
            customer,
            kind: issue::OneOffKind::Opening,
            key: "saldo-awal".into(),
            ..one_off(w, 80_000)
        };
        w.write(async |tx| issue::one_off(tx, debt.clone()).await).await;
        assert_eq!(w.trial().await, [(Receivable, 80_000), (OpeningBalance, -80_000)]);
        let credit =
            NewPayment { channel: Channel::Opening, ..transfer(w, customer, 100_000, "saldo-C1") };
        w.pay_with(credit).await;
        assert_eq!(w.trial().await, [(CustomerCredit, -20_000), (OpeningBalance, 20_000)]);
        let silent = pay::last_settled_at(&mut w.db.reader()).await.unwrap();
        assert_eq!(silent, None);
    })
    .await;
}
