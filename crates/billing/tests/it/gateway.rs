//! Intents and notices: raw first, counted once.

use billing::gateway::{Checkout, Notice, RemotePayment};
use billing::intent::{self, Intent, IntentFor};
use billing::notice;
use billing::words::{IntentState, Mode, NoticeState, RemoteState, SubscriptionState};
use kernel::{Scope, SubscriptionId};
use store::{QueryExt, Tx};

use crate::world::{World, home, rp, story};

const GATE: &str = "simulated";

fn payment(w: &World, intent: &Intent, n: u8, amount: i64, state: RemoteState) -> RemotePayment {
    RemotePayment {
        intent_reference: intent.reference.clone(),
        payment_reference: format!("PAY-{n}"),
        amount: rp(amount),
        state,
        paid_at: w.now,
    }
}

async fn ring(w: &mut World, n: u8, payment: RemotePayment, conclusive: bool) -> notice::Recorded {
    let notice = Notice { notice_id: format!("N-{n}"), payment, conclusive };
    w.write(async |tx| notice::record(tx, GATE, &notice, b"{\"raw\": true}").await).await
}

async fn count(w: &mut World, id: kernel::NoticeId) -> NoticeState {
    w.write(async |tx| notice::count(tx, id, None).await).await
}

async fn opened(w: &mut World) -> (SubscriptionId, Intent) {
    let sub = w.at("2026-11-10", 9).install(home(), Mode::Prepaid).await;
    let invoice = w.newest(sub).await;
    let what = IntentFor::Invoice(invoice);
    let intent = w.write(async |tx| intent::open(tx, &what, GATE, 1_800).await).await;
    (sub, intent)
}

#[tokio::test]
async fn a_notice_is_stored_raw_and_its_money_counts_once() {
    story(async |w: &mut World| {
        let (sub, intent) = opened(w).await;
        assert_eq!((intent.amount, intent.state), (rp(194_250), IntentState::Open));
        let paid = payment(w, &intent, 1, 194_250, RemoteState::Settled);
        let first = ring(w, 1, paid.clone(), true).await;
        assert!(first.new);
        let again = ring(w, 1, paid.clone(), true).await;
        assert_eq!((again.new, again.id), (false, first.id));
        assert_eq!(notice::stored(&mut w.db.reader(), 10).await.unwrap().len(), 1);
        assert_eq!(count(w, first.id).await, NoticeState::Counted);
        assert_eq!(w.sub(sub).await.state, SubscriptionState::Active);
        // The gateway repeats itself under another number: the money is known by its own.
        let other = ring(w, 2, paid, true).await;
        assert_eq!(count(w, other.id).await, NoticeState::Counted);
        assert_eq!(count(w, other.id).await, NoticeState::Counted);
        let payments: i64 =
            w.db.reader().value("select count(*) from billing_payment", vec![]).await.unwrap();
        assert_eq!(payments, 1);
        let known = intent::by_reference(&mut w.db.reader(), &intent.reference).await.unwrap();
        assert_eq!(known.state, IntentState::Paid);
        let row = notice::find(&mut w.db.reader(), first.id).await.unwrap();
        assert!(row.payment_id.is_some() && row.done_at.is_some());
    })
    .await;
}

#[tokio::test]
async fn a_notice_that_is_only_a_bell_waits_for_the_gateways_word() {
    story(async |w: &mut World| {
        let (sub, intent) = opened(w).await;
        let told = payment(w, &intent, 1, 999_999, RemoteState::Settled);
        let bell = ring(w, 1, told, false).await;
        assert_eq!(count(w, bell.id).await, NoticeState::Stored);
        let asked = payment(w, &intent, 1, 194_250, RemoteState::Settled);
        let state = w.write(async |tx| notice::count(tx, bell.id, Some(&asked)).await).await;
        assert_eq!(state, NoticeState::Counted);
        assert_eq!(w.invoices(sub).await[0].4, 0);
    })
    .await;
}

#[tokio::test]
async fn another_amount_and_unknown_money_wait_for_a_person() {
    story(async |w: &mut World| {
        let (sub, intent) = opened(w).await;
        let short = payment(w, &intent, 1, 100_000, RemoteState::Settled);
        let short = ring(w, 1, short, true).await;
        assert_eq!(count(w, short.id).await, NoticeState::Mismatch);
        let mut foreign = payment(w, &intent, 2, 50_000, RemoteState::Settled);
        foreign.intent_reference = "VA-777".into();
        let foreign = ring(w, 2, foreign, true).await;
        assert_eq!(count(w, foreign.id).await, NoticeState::Unmatched);
        assert_eq!(notice::parked(&mut w.db.reader(), 10).await.unwrap().len(), 2);
        assert_eq!(w.invoices(sub).await[0].4, 194_250);
        let nobody = w.try_write(async |tx| notice::accept(tx, foreign.id, None).await).await;
        assert_eq!(nobody.unwrap_err().fields[0].code, "billing.notice_customer");
        let customer = w.sub(sub).await.customer_id;
        w.write(async |tx| notice::accept(tx, short.id, None).await).await;
        w.write(async |tx| notice::accept(tx, foreign.id, Some(customer)).await).await;
        assert_eq!(w.invoices(sub).await[0].4, 44_250);
        let twice = w.try_write(async |tx| notice::accept(tx, short.id, None).await).await;
        assert_eq!(twice.unwrap_err().code, "billing.notice_not_parked");
    })
    .await;
}

#[tokio::test]
async fn a_lost_notice_is_found_by_asking_and_late_money_still_counts() {
    story(async |w: &mut World| {
        let (sub, intent) = opened(w).await;
        let checkout = Checkout {
            url: Some("http://127.0.0.1/pay".into()),
            code: Some("8808123".into()),
            expires_at: w.now.plus_secs(900),
        };
        w.write(async |tx| intent::attach(tx, intent.id, &checkout).await).await;
        // The same thing asked for again is the same intent, with its address.
        let invoice = w.newest(sub).await;
        let what = IntentFor::Invoice(invoice);
        let same = w.write(async |tx| intent::open(tx, &what, GATE, 1_800).await).await;
        assert_eq!((same.id, same.code.as_deref()), (intent.id, Some("8808123")));
        w.at("2026-11-10", 10);
        let due = intent::to_ask(&mut w.db.reader(), w.now, 10).await.unwrap();
        assert_eq!(due.len(), 1);
        let counted = w.write(async |tx| intent::answered(tx, intent.id, &[]).await).await;
        assert_eq!(counted, 0);
        let now = intent::find(&mut w.db.reader(), &Scope::all(), intent.id).await.unwrap();
        assert_eq!((now.state, now.checked_at), (IntentState::Expired, Some(w.now)));
        // The payer paid the expired number all the same.
        w.at("2026-11-10", 11);
        let late = [payment(w, &intent, 1, 194_250, RemoteState::Settled)];
        assert_eq!(w.write(async |tx| intent::answered(tx, intent.id, &late).await).await, 1);
        assert_eq!(w.write(async |tx| intent::answered(tx, intent.id, &late).await).await, 0);
        assert_eq!(w.sub(sub).await.state, SubscriptionState::Active);
        let now = intent::find(&mut w.db.reader(), &Scope::all(), intent.id).await.unwrap();
        assert_eq!(now.state, IntentState::Paid);
    })
    .await;
}

#[tokio::test]
async fn a_refund_at_the_gateway_reverses_and_failures_bring_nothing() {
    story(async |w: &mut World| {
        let (sub, intent) = opened(w).await;
        let pending = payment(w, &intent, 1, 194_250, RemoteState::Pending);
        let pending = ring(w, 1, pending, true).await;
        assert_eq!(count(w, pending.id).await, NoticeState::Ignored);
        let paid = payment(w, &intent, 1, 194_250, RemoteState::Settled);
        let paid = ring(w, 2, paid, true).await;
        count(w, paid.id).await;
        let back = payment(w, &intent, 1, 194_250, RemoteState::Refunded);
        let back = ring(w, 3, back, true).await;
        assert_eq!(count(w, back.id).await, NoticeState::Counted);
        assert_eq!(w.invoices(sub).await[0].4, 194_250);
        let failed = payment(w, &intent, 9, 194_250, RemoteState::Failed);
        let failed = ring(w, 4, failed, true).await;
        assert_eq!(count(w, failed.id).await, NoticeState::Ignored);
    })
    .await;
}

#[tokio::test]
async fn an_open_amount_goes_to_the_customer_whatever_it_is() {
    story(async |w: &mut World| {
        let (sub, _) = opened(w).await;
        let customer = w.sub(sub).await.customer_id;
        let what = IntentFor::Open(customer);
        let va = w.write(async |tx| intent::open(tx, &what, GATE, 86_400 * 365).await).await;
        for (n, amount) in [(1, 100_000), (2, 100_000)] {
            let money = payment(w, &va, n, amount, RemoteState::Settled);
            let bell = ring(w, n, money, true).await;
            assert_eq!(count(w, bell.id).await, NoticeState::Counted);
        }
        assert_eq!(w.sub(sub).await.state, SubscriptionState::Active);
        let all = IntentFor::Customer(customer);
        let none = w.try_write(async |tx: &mut Tx| intent::open(tx, &all, GATE, 60).await).await;
        assert_eq!(none.unwrap_err().code, "billing.nothing_owed");
    })
    .await;
}
