//! Notices from gateways: kept raw first, counted once.
//!
//! A notice is a bell. [`record`] stores it and answers at once; [`count`] turns it into money, by what the
//! signature covers or by what the gateway says when it is asked.

use kernel::{CustomerId, Fault, Money, NoticeId, PaymentId, Result, Ts};
use serde_json::{Value, json};
use store::{Query, Tx};

use crate::gateway::{Notice, RemotePayment};
use crate::intent::Intent;
use crate::pay::{self, NewPayment, Payment};
use crate::store as sql;
use crate::words::{Channel, IntentState, NoticeState, PaymentState, RemoteState};

store::row! {
    /// A notice as stored.
    pub struct NoticeRow {
        pub id: NoticeId,
        pub gateway: String,
        pub notice_id: String,
        pub received_at: Ts,
        pub intent_reference: String,
        pub payment_reference: String,
        pub amount: Money,
        pub remote_state: RemoteState,
        pub paid_at: Ts,
        pub conclusive: bool,
        pub state: NoticeState,
        pub customer_id: Option<CustomerId>,
        pub payment_id: Option<PaymentId>,
        pub done_at: Option<Ts>,
    }
}

impl NoticeRow {
    /// The payment as the notice told it.
    pub fn payment(&self) -> RemotePayment {
        RemotePayment {
            intent_reference: self.intent_reference.clone(),
            payment_reference: self.payment_reference.clone(),
            amount: self.amount,
            state: self.remote_state,
            paid_at: self.paid_at,
        }
    }
}

/// What became of storing a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recorded {
    pub id: NoticeId,
    /// `false`: it was stored before.
    pub new: bool,
}

/// Stores a verified notice with its raw bytes. A repetition is stored once.
pub async fn record(tx: &mut Tx, gateway: &str, notice: &Notice, raw: &[u8]) -> Result<Recorded> {
    let (id, new) = sql::gateway::insert_notice(tx, gateway, notice, raw).await?;
    Ok(Recorded { id, new })
}

/// Notices that nothing was done with yet, oldest first.
pub async fn stored(q: &mut dyn Query, limit: i64) -> Result<Vec<NoticeRow>> {
    sql::gateway::notices(q, &[NoticeState::Stored], limit).await
}

/// Notices that wait for a person: money of nobody we know, or of another amount than was asked for.
pub async fn parked(q: &mut dyn Query, limit: i64) -> Result<Vec<NoticeRow>> {
    sql::gateway::notices(q, &[NoticeState::Unmatched, NoticeState::Mismatch], limit).await
}

/// # Errors
/// `billing.notice_not_found`.
pub async fn find(q: &mut dyn Query, id: NoticeId) -> Result<NoticeRow> {
    sql::gateway::notice(q, id).await?.ok_or_else(|| {
        Fault::not_found("billing.notice_not_found", "Notifikasi tidak ada.", "No such notice.")
    })
}

/// The notice, while nobody else turns it into something.
async fn locked(tx: &mut Tx, id: NoticeId) -> Result<NoticeRow> {
    sql::gateway::lock_notice(tx, id).await?;
    find(tx, id).await
}

/// The notice, kept to this transaction, while nothing was done with it: for money that is not a
/// customer's. Whoever claims it says with [`close`] what became of it.
pub async fn claim(tx: &mut Tx, id: NoticeId) -> Result<Option<NoticeRow>> {
    let notice = locked(tx, id).await?;
    Ok((notice.state == NoticeState::Stored).then_some(notice))
}

/// Says what became of a claimed notice.
pub async fn close(tx: &mut Tx, id: NoticeId, state: NoticeState) -> Result<()> {
    sql::gateway::notice_done(tx, id, state, None, None).await
}

/// Turns a stored notice into what it says: money (once), a closed intent, a reversal, or nothing.
/// `asked` is what the gateway answered when it was asked; a notice that is not conclusive waits for it.
/// Money of another amount than the intent's, of an unknown intent, or under the number of a reversed payment
/// waits for a person.
pub async fn count(
    tx: &mut Tx,
    id: NoticeId,
    asked: Option<&RemotePayment>,
) -> Result<NoticeState> {
    let notice = locked(tx, id).await?;
    if notice.state != NoticeState::Stored {
        return Ok(notice.state);
    }
    let told = notice.payment();
    let payment = match asked {
        Some(asked) => asked,
        None if notice.conclusive => &told,
        None => return Ok(NoticeState::Stored),
    };
    let intent = sql::gateway::by_reference(tx, &payment.intent_reference).await?;
    let intent = intent.filter(|i| i.gateway == notice.gateway);
    let (state, customer, paid) = match (intent, payment.state) {
        (None, RemoteState::Settled) => (NoticeState::Unmatched, None, None),
        (None, _) => (NoticeState::Ignored, None, None),
        (Some(intent), RemoteState::Settled) => {
            let customer = Some(intent.customer_id);
            let fits = intent.open_amount || intent.amount == payment.amount;
            let counted = if fits { count_money(tx, &intent, payment).await? } else { None };
            match counted {
                Some(money) => (NoticeState::Counted, customer, Some(money.payment)),
                None => (NoticeState::Mismatch, customer, None),
            }
        }
        (Some(intent), RemoteState::Refunded) => {
            let customer = Some(intent.customer_id);
            let paid = take_back(tx, &notice.gateway, payment).await?;
            (
                if paid.is_some() { NoticeState::Counted } else { NoticeState::Ignored },
                customer,
                paid,
            )
        }
        (Some(intent), state) => {
            let closed = match state {
                RemoteState::Failed => Some(IntentState::Failed),
                RemoteState::Expired => Some(IntentState::Expired),
                RemoteState::Pending | RemoteState::Settled | RemoteState::Refunded => None,
            };
            if let Some(closed) = closed {
                sql::gateway::close_intent(tx, intent.id, closed).await?;
            }
            (NoticeState::Ignored, Some(intent.customer_id), None)
        }
    };
    sql::gateway::notice_done(tx, id, state, customer, paid).await?;
    Ok(state)
}

/// Counts the money of a parked notice as it came: for its intent's customer, or for the one a person
/// names.
///
/// # Errors
/// `billing.notice_not_parked`; `billing.notice_customer` when nobody is named and nobody is known.
pub async fn accept(tx: &mut Tx, id: NoticeId, customer: Option<CustomerId>) -> Result<PaymentId> {
    let notice = locked(tx, id).await?;
    if !matches!(notice.state, NoticeState::Unmatched | NoticeState::Mismatch) {
        return Err(Fault::conflict(
            "billing.notice_not_parked",
            "Notifikasi ini tidak menunggu keputusan.",
            "This notice does not wait for a decision.",
        ));
    }
    let customer = customer.or(notice.customer_id).ok_or_else(|| {
        Fault::field(
            "customer",
            "billing.notice_customer",
            "pilih pelanggan pemilik uang ini",
            "name the customer whose money this is",
        )
    })?;
    let channel = Channel::Gateway(notice.gateway.clone());
    let own = channel.to_string();
    let known = sql::payment::by_reference(tx, &own, &notice.payment_reference).await?;
    // Another payment had this number already: the money of this notice is told apart by the notice's own.
    let reference = match known {
        Some(_) => format!("{}/{}", notice.payment_reference, notice.notice_id),
        None => notice.payment_reference.clone(),
    };
    let intent = sql::gateway::by_reference(tx, &notice.intent_reference).await?;
    let named = intent.filter(|i| i.customer_id == customer).and_then(|i| i.invoice_id);
    let new = NewPayment {
        customer,
        channel,
        reference: Some(reference),
        amount: notice.amount,
        named_invoice: named,
        received_at: notice.paid_at,
        note: None,
    };
    let payment = pay::receive(tx, new).await?.payment.id;
    let done = NoticeState::Counted;
    sql::gateway::notice_done(tx, id, done, Some(customer), Some(payment)).await?;
    let after = json!({ "payment": payment, "customer": customer });
    tx.journal("notice", id.uuid(), "accepted", Value::Null, after).await?;
    Ok(payment)
}

/// Money that a gateway told of, as it is counted.
pub(crate) struct Counted {
    pub payment: PaymentId,
    /// It was not counted before.
    pub new: bool,
}

/// Receives a settled payment of an intent, once by the gateway's own number. `None`: that number belongs
/// to a payment that was reversed, or to another one. A person has to look at it.
pub(crate) async fn count_money(
    tx: &mut Tx,
    intent: &Intent,
    payment: &RemotePayment,
) -> Result<Option<Counted>> {
    sql::party::lock(tx, intent.customer_id).await?;
    let channel = Channel::Gateway(intent.gateway.clone()).to_string();
    let known = sql::payment::by_reference(tx, &channel, &payment.payment_reference).await?;
    let other = |p: &Payment| {
        p.state == PaymentState::Reversed
            || p.customer_id != intent.customer_id
            || p.amount != payment.amount
    };
    if known.as_ref().is_some_and(other) {
        return Ok(None);
    }
    let new = NewPayment {
        customer: intent.customer_id,
        channel: Channel::Gateway(intent.gateway.clone()),
        reference: Some(payment.payment_reference.clone()),
        amount: payment.amount,
        named_invoice: intent.invoice_id,
        received_at: payment.paid_at,
        note: None,
    };
    let receipt = pay::receive(tx, new).await?;
    if !intent.open_amount {
        sql::gateway::close_intent(tx, intent.id, IntentState::Paid).await?;
    }
    Ok(Some(Counted { payment: receipt.payment.id, new: !receipt.repeated }))
}

async fn take_back(
    tx: &mut Tx,
    gateway: &str,
    payment: &RemotePayment,
) -> Result<Option<PaymentId>> {
    let channel = Channel::Gateway(gateway.to_owned()).to_string();
    let found = sql::payment::by_reference(tx, &channel, &payment.payment_reference).await?;
    let Some(found) = found else { return Ok(None) };
    pay::reverse(tx, found.id, "Dibatalkan oleh payment gateway").await?;
    Ok(Some(found.id))
}
