//! Money at the counter: what a payment settled, and whose connection it brings back.

use std::collections::BTreeSet;

use billing::cash::{self, CashMove};
use billing::pay::{NewPayment, Payment, Receipt};
use billing::words::{Channel, PaymentState};
use kernel::fault::wrong_state;
use kernel::{
    CustomerId, Fault, Field, Money, PaymentId, Result, Scope, SubscriptionId, Ts, UserId,
};
use network::DesiredKind;
use store::{Query, QueryExt, Tx, args};

use crate::access;

/// A clock at a counter may be ahead by this many seconds.
const AHEAD_SECS: i64 = 300;

/// A payment that was received.
#[derive(Clone, Debug)]
pub struct Received {
    pub receipt: Receipt,
    /// Numbers of the subscriptions that were cut down and get their access back.
    pub reopened: Vec<String>,
}

/// Receives money at the counter (cash, transfer) and decides access anew at once, so that the answer can
/// say what follows.
///
/// # Errors
/// As [`billing::pay::receive`]; `invalid_fields` for another channel or a time that is still to come.
pub async fn receive(tx: &mut Tx, new: NewPayment) -> Result<Received> {
    check(tx, &new)?;
    let customer = new.customer;
    let before = cut_down(tx, customer).await?;
    let receipt = billing::pay::receive(tx, new).await?;
    reopened(tx, customer, &before, receipt).await
}

/// What a collector sees of a customer before they take money.
#[derive(Clone, Debug)]
pub struct Due {
    pub customer: CustomerId,
    pub number: String,
    pub name: String,
    pub owed: billing::owed::Owed,
}

/// What a customer owes, for whoever collects: a technician collects from the customers of their own jobs.
///
/// # Errors
/// `crm.customer_not_found`, also when out of scope.
pub async fn due(q: &mut dyn Query, scope: &Scope, id: CustomerId, now: Ts) -> Result<Due> {
    let found = collected_from(q, scope, id).await?;
    let owed = billing::owed::of_customer(q, id, now).await?;
    Ok(Due { customer: id, number: found.number, name: found.name, owed })
}

async fn collected_from(
    q: &mut dyn Query,
    scope: &Scope,
    id: CustomerId,
) -> Result<crm::customer::Customer> {
    let unseen =
        || Fault::not_found("crm.customer_not_found", "Pelanggan tidak ada.", "No such customer.");
    if let Some(technician) = scope.technician {
        let jobs: i64 = q
            .value(
                "select count(*) from fulfilment_work_order w
                 join fulfilment_technician t on t.work_order_id = w.id
                 where t.user_id = $1 and w.customer_id = $2 and w.state <> 'cancelled'",
                args![technician, id],
            )
            .await?;
        if jobs == 0 {
            return Err(unseen());
        }
    }
    let wide = Scope { technician: None, ..scope.clone() };
    crm::customer::find(q, &wide, id).await
}

/// Takes cash outside of the office: the customer's money counts at once, the collector holds it until they
/// hand it over.
///
/// # Errors
/// `crm.customer_not_found`, also when out of scope; as [`billing::pay::receive`].
pub async fn collect(tx: &mut Tx, new: NewPayment) -> Result<Received> {
    check(tx, &new)?;
    let scope = tx.actor().scope.clone();
    let customer = new.customer;
    collected_from(tx, &scope, customer).await?;
    let before = cut_down(tx, customer).await?;
    let receipt = billing::pay::collect(tx, new).await?;
    reopened(tx, customer, &before, receipt).await
}

/// The cash that somebody holds for the ISP.
#[derive(Clone, Debug)]
pub struct Held {
    pub amount: Money,
    /// What they took and handed over, newest first, with the customer's name.
    pub moves: Vec<(CashMove, Option<String>)>,
}

/// What somebody holds, with their last `limit` movements.
pub async fn held(q: &mut dyn Query, user: UserId, limit: i64) -> Result<Held> {
    let (amount, moves) = cash::held_by(q, user, limit).await?;
    let who: BTreeSet<CustomerId> = moves.iter().filter_map(|m| m.customer_id).collect();
    let names = crate::bank::names(q, who).await?;
    let named = |m: CashMove| {
        let name = m.customer_id.and_then(|id| names.get(&id).cloned());
        (m, name)
    };
    Ok(Held { amount, moves: moves.into_iter().map(named).collect() })
}

/// A transfer that was only noted has arrived: as [`receive`].
///
/// # Errors
/// As [`billing::pay::settle`].
pub async fn settle(tx: &mut Tx, payment: PaymentId) -> Result<Received> {
    let scope = tx.actor().scope.clone();
    let customer = billing::pay::find(tx, &scope, payment).await?.customer_id;
    let before = cut_down(tx, customer).await?;
    billing::pay::settle(tx, payment).await?;
    let receipt = billing::pay::receipt(tx, &scope, payment).await?;
    reopened(tx, customer, &before, receipt).await
}

/// Notes a transfer that somebody still has to see in the bank. It settles nothing yet.
///
/// # Errors
/// As [`billing::pay::wait`]; `invalid_fields` as in [`receive`].
pub async fn note(tx: &mut Tx, new: NewPayment) -> Result<Received> {
    check(tx, &new)?;
    let scope = tx.actor().scope.clone();
    let id = billing::pay::wait(tx, new).await?;
    let receipt = billing::pay::receipt(tx, &scope, id).await?;
    Ok(Received { receipt, reopened: Vec::new() })
}

/// Whether a noted payment can be settled now.
///
/// # Errors
/// `billing.payment_state`, naming the state.
pub fn may_settle(payment: &Payment) -> Result<()> {
    if payment.state == PaymentState::Pending {
        return Ok(());
    }
    Err(wrong_state(
        "billing.payment_state",
        ("Pembayaran", "payment"),
        payment.state.as_str(),
        PaymentState::Pending.as_str(),
    ))
}

/// Whether taking a payment back can be asked for now.
///
/// # Errors
/// `billing.payment_state` when it was taken back; `wallet.payment_final` for money of a reseller's wallet,
/// which can't bounce: credit the invoice instead.
pub fn may_reverse(payment: &Payment) -> Result<()> {
    if payment.state == PaymentState::Reversed {
        return Err(wrong_state(
            "billing.payment_state",
            ("Pembayaran", "payment"),
            payment.state.as_str(),
            "pending, settled",
        ));
    }
    if payment.channel == Channel::Wallet.to_string() {
        return Err(Fault::conflict(
            "wallet.payment_final",
            "Pembayaran dari saldo mitra tidak bisa dibatalkan; kreditkan tagihannya.",
            "A payment from a reseller's wallet can't be reversed; credit its invoice.",
        ));
    }
    Ok(())
}

async fn reopened(
    tx: &mut Tx,
    customer: CustomerId,
    before: &[SubscriptionId],
    receipt: Receipt,
) -> Result<Received> {
    access::reconsider_customer(tx, customer).await?;
    let after = cut_down(tx, customer).await?;
    let mut reopened = Vec::new();
    for id in before.iter().filter(|id| !after.contains(id)) {
        reopened.push(billing::subscription::find(tx, &Scope::all(), *id).await?.number);
    }
    Ok(Received { receipt, reopened })
}

fn check(tx: &Tx, new: &NewPayment) -> Result<()> {
    let mut wrong = Vec::new();
    if !matches!(new.channel, Channel::Cash | Channel::Transfer) {
        wrong.push(Field::new(
            "channel",
            "choice",
            "di loket hanya tunai atau transfer",
            "must be cash or transfer at the counter",
        ));
    }
    if new.received_at > tx.now().plus_secs(AHEAD_SECS) {
        wrong.push(Field::new("received_at", "range", "belum terjadi", "is still to come"));
    }
    if wrong.is_empty() { Ok(()) } else { Err(Fault::fields(wrong)) }
}

/// The customer's subscriptions whose access is not full.
async fn cut_down(q: &mut dyn Query, customer: CustomerId) -> Result<Vec<SubscriptionId>> {
    q.values(
        "select s.id from billing_subscription s join network_access a on a.subscription_id = s.id
         where s.customer_id = $1 and a.desired <> $2 order by s.id",
        args![customer, DesiredKind::Full],
    )
    .await
}
