//! Credit notes, corrected invoices, and the second pair of eyes.

use billing::approval::{self, Request};
use billing::credit::{self, CreditWhat};
use billing::invoice::{self, Standing};
use billing::ledger::Account::{CashDrawer, CustomerCredit, Receivable, Revenue, TaxPayable};
use billing::words::{HoldKind, Mode, WithholdingKind};
use billing::{issue, pay, subscription, withhold};
use catalog::PolicyPatch;
use kernel::actor::Who;
use kernel::permission::PermissionSet;
use kernel::{Actor, Cause, Event, Id, InvoiceId, Permission, Scope, SubscriptionId, Zone};
use store::{QueryExt, Tx};

use crate::world::{World, day, home, rp, story};

async fn billed(w: &mut World) -> (SubscriptionId, InvoiceId) {
    let sub = w.at("2026-06-01", 9).install(home(), Mode::Postpaid).await;
    w.at("2026-07-01", 0).run().await;
    let invoice = w.newest(sub).await;
    (sub, invoice)
}

#[tokio::test]
async fn a_whole_credit_of_an_unpaid_invoice_leaves_nothing() {
    story(async |w: &mut World| {
        let (sub, id) = billed(w).await;
        let note =
            w.write(async |tx| credit::issue(tx, id, &CreditWhat::Full, "salah paket").await).await;
        assert_eq!(w.said, [Event::InvoiceCredited { invoice: id, subscription: Some(sub) }]);
        assert_eq!(w.trial().await, []);
        let (note, lines) = credit::find(&mut w.db.reader(), &Scope::all(), note).await.unwrap();
        assert_eq!(note.number, "NK/2026/07/000001");
        assert_eq!((note.base, note.tax, lines.len()), (rp(250_000), rp(27_500), 1));
        let row = invoice::find(&mut w.db.reader(), &Scope::all(), id).await.unwrap();
        assert_eq!(row.standing(w.now.day(Zone::Jakarta)), Standing::Cancelled);
        let twice =
            w.try_write(async |tx| credit::issue(tx, id, &CreditWhat::Full, "x").await).await;
        assert_eq!(twice.unwrap_err().code, "billing.invoice_credited");
    })
    .await;
}

#[tokio::test]
async fn credit_of_a_paid_invoice_becomes_customer_credit() {
    story(async |w: &mut World| {
        let (sub, id) = billed(w).await;
        w.pay(sub, 277_500).await;
        let view = invoice::view(&mut w.db.reader(), &Scope::all(), id).await.unwrap();
        let part = CreditWhat::Lines(vec![(view.lines[0].id, rp(33_333))]);
        w.write(async |tx| credit::issue(tx, id, &part, "gangguan 4 hari").await).await;
        assert_eq!(
            w.trial().await,
            [
                (CashDrawer, 277_500),
                (CustomerCredit, -37_000),
                (TaxPayable, -23_833),
                (Revenue, -216_667),
            ]
        );
        w.must_be_sound().await;
        // The rest of the line, and not a rupiah more; PPN adds up.
        let over = CreditWhat::Lines(vec![(view.lines[0].id, rp(216_668))]);
        let refused = w.try_write(async |tx| credit::issue(tx, id, &over, "x").await).await;
        assert_eq!(refused.unwrap_err().fields[0].code, "billing.credit_too_much");
        let rest = CreditWhat::Lines(vec![(view.lines[0].id, rp(216_667))]);
        w.write(async |tx| credit::issue(tx, id, &rest, "x").await).await;
        assert_eq!(w.trial().await, [(CashDrawer, 277_500), (CustomerCredit, -277_500)]);
    })
    .await;
}

#[tokio::test]
async fn released_money_settles_the_next_open_invoice_at_once() {
    story(async |w: &mut World| {
        let (sub, first) = billed(w).await;
        w.pay(sub, 277_500).await;
        w.at("2026-08-01", 0).run().await;
        w.write(async |tx| credit::issue(tx, first, &CreditWhat::Full, "x").await).await;
        let august = w.newest(sub).await;
        let customer = w.sub(sub).await.customer_id;
        let paid = Event::InvoicePaid { invoice: august, customer, subscription: Some(sub) };
        assert!(w.said.contains(&paid));
        assert_eq!(w.invoices(sub).await[0].4, 0);
    })
    .await;
}

#[tokio::test]
async fn a_whole_credit_undoes_a_withholding_with_its_paper() {
    story(async |w: &mut World| {
        let (sub, id) = billed(w).await;
        let pph23 = WithholdingKind::Pph23;
        w.write(async |tx| withhold::record(tx, id, pph23, rp(5_000), Some("BP-1")).await).await;
        w.pay(sub, 272_500).await;
        w.write(async |tx| credit::issue(tx, id, &CreditWhat::Full, "x").await).await;
        assert_eq!(w.trial().await, [(CashDrawer, 272_500), (CustomerCredit, -272_500)]);
    })
    .await;
}

#[tokio::test]
async fn a_credited_period_is_issued_again_once() {
    story(async |w: &mut World| {
        let (sub, id) = billed(w).await;
        let early = w.try_write(async |tx| issue::again(tx, id).await).await;
        assert_eq!(early.unwrap_err().code, "billing.not_credited");
        w.write(async |tx| credit::issue(tx, id, &CreditWhat::Full, "x").await).await;
        w.at("2026-07-03", 9);
        w.write(async |tx| issue::again(tx, id).await).await;
        let row = w.invoices(sub).await[0].clone();
        assert_eq!(row, ("2026-06-01".into(), "2026-06-30".into(), 250_000, 27_500, 277_500));
        let twice = w.try_write(async |tx| issue::again(tx, id).await).await;
        assert_eq!(twice.unwrap_err().code, "billing.not_credited");
        w.at("2026-08-01", 0).run().await;
        assert_eq!(w.invoices(sub).await.len(), 2);
    })
    .await;
}

/// *Golden*: paused 10–19 December, billed wrongly, credited and issued again.
#[tokio::test]
async fn a_period_issued_again_knows_its_pauses_and_isolations() {
    story(async |w: &mut World| {
        let sub = w.at("2026-11-10", 14).install(home(), Mode::Postpaid).await;
        w.at("2026-12-01", 0).run().await;
        w.at("2026-12-10", 8);
        let to = Some(day("2026-12-19"));
        w.write(async |tx| subscription::pause(tx, sub, day("2026-12-10"), to).await).await;
        w.at("2026-12-20", 0).due().await;
        w.isolate(sub, Some(&[HoldKind::Unpaid])).await;
        w.at("2027-01-01", 0).run().await;
        // January is isolated to the 9th; two months later December and January are issued again.
        w.at("2027-01-10", 9).isolate(sub, None).await;
        w.at("2027-02-01", 0).run().await;
        w.at("2027-03-01", 0).run().await;
        let again = async |w: &mut World, from: &str| {
            let from = day(from);
            let rows = w.rows(sub).await;
            let id = rows.iter().find(|i| i.live && i.period_from == from).unwrap().id;
            w.write(async |tx| credit::issue(tx, id, &CreditWhat::Full, "x").await).await;
            let new = w.write(async |tx| issue::again(tx, id).await).await;
            invoice::find(&mut w.db.reader(), &Scope::all(), new).await.unwrap()
        };
        let december = again(w, "2026-12-01").await;
        assert_eq!((december.base, december.total), (rp(169_355), rp(187_984)));
        let january = again(w, "2027-01-10").await;
        assert_eq!((january.base, january.total), (rp(177_419), rp(196_935)));
    })
    .await;
}

fn person(n: u8, may: &[Permission]) -> Actor {
    let id = format!("00000000-0000-7000-8000-0000000000{n:02x}");
    Actor {
        who: Who::User(id.parse().unwrap()),
        name: format!("user {n}"),
        permissions: may.iter().copied().collect::<PermissionSet>(),
        scope: Scope::all(),
        from: None,
    }
}

#[tokio::test]
async fn nobody_approves_their_own_request_unless_the_isp_says_so() {
    story(async |w: &mut World| {
        let (sub, id) = billed(w).await;
        let may = [Permission::CreditNoteWrite, Permission::CreditNoteApprove];
        let (ani, budi) = (person(1, &may), person(2, &may));
        let request = Request::Credit { invoice: id, lines: None };
        let as_who = |who: &Actor| Cause::new(w.now, who.clone());
        let ask = async |cause: &Cause, w: &World| {
            w.db.write(cause, async |tx: &mut Tx| approval::ask(tx, &request, "salah").await).await
        };
        let (by_ani, by_budi) = (as_who(&ani), as_who(&budi));
        let asked = ask(&by_ani, w).await.unwrap();
        assert_eq!(w.invoices(sub).await[0].4, 277_500);
        let approve = async |cause: &Cause, w: &World| {
            w.db.write(cause, async |tx: &mut Tx| approval::approve(tx, asked).await).await
        };
        assert_eq!(approve(&by_ani, w).await.unwrap_err().code, "billing.approval_own");
        let weak = as_who(&person(3, &[]));
        assert_eq!(approve(&weak, w).await.unwrap_err().code, "forbidden");
        assert_eq!(approval::waiting(&mut w.db.reader(), None, 10).await.unwrap().len(), 1);
        approve(&by_budi, w).await.unwrap();
        assert_eq!(w.invoices(sub).await.len(), 0);
        assert_eq!(approve(&by_budi, w).await.unwrap_err().code, "billing.approval_decided");
        // A single-person ISP.
        w.policy(PolicyPatch { four_eyes: Some(false), ..PolicyPatch::default() }).await;
        let payment = w.pay(sub, 1_000).await.payment.id;
        let alone = person(4, &[Permission::PaymentApprove]);
        let cause = Cause::new(w.now, alone);
        w.db.write(&cause, async |tx: &mut Tx| {
            let asked = approval::ask(tx, &Request::Reversal { payment }, "palsu").await?;
            approval::approve(tx, asked).await
        })
        .await
        .unwrap();
        let gone = pay::find(&mut w.db.reader(), &Scope::all(), payment).await.unwrap();
        assert_eq!(gone.left(), rp(0));
        let rows: i64 =
            w.db.reader()
                .value("select count(*) from store_journal where subject = 'approval'", vec![])
                .await
                .unwrap();
        assert_eq!(rows, 4);
    })
    .await;
}

#[tokio::test]
async fn refunds_and_write_offs_go_through_the_second_person_too() {
    story(async |w: &mut World| {
        let (sub, id) = billed(w).await;
        let customer = w.sub(sub).await.customer_id;
        let requests = [
            Request::WriteOff { invoice: id, amount: rp(277_500) },
            Request::Refund { customer, amount: rp(500), channel: "cash".into() },
        ];
        let other = w.at("2026-07-02", 9).subscribe(home(), Mode::Postpaid).await;
        w.pay(other, 100).await;
        for request in requests {
            let asked = w.write(async |tx| approval::ask(tx, &request, "sepakat").await).await;
            if matches!(request, Request::Refund { .. }) {
                w.pay(sub, 500).await;
            }
            w.write(async |tx| approval::approve(tx, asked).await).await;
        }
        assert!(!w.trial().await.iter().any(|(a, _)| *a == Receivable));
        let blank = Request::Reversal { payment: Id::nil() };
        let refused = w.try_write(async |tx| approval::ask(tx, &blank, " ").await).await;
        assert_eq!(refused.unwrap_err().fields[0].name, "why");
        let refused = w.try_write(async |tx| approval::ask(tx, &blank, "x").await).await;
        assert_eq!(refused.unwrap_err().code, "billing.payment_not_found");
        let asked = w
            .write(async |tx| {
                approval::ask(tx, &Request::WriteOff { invoice: id, amount: rp(1) }, "x").await
            })
            .await;
        w.write(async |tx| approval::reject(tx, asked).await).await;
        assert_eq!(
            approval::waiting(&mut w.db.reader(), Some(w.branch), 10).await.unwrap().len(),
            0
        );
    })
    .await;
}
