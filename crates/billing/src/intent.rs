//! A payment that was begun at a gateway: what was asked for, and whether it came.

use kernel::{
    BranchId, CustomerId, Fault, IntentId, InvoiceId, Money, PartnerId, Result, Scope, Ts,
};
use serde_json::{Value, json};
use store::{Query, Tx};

use crate::gateway::{Checkout, RemotePayment};
use crate::notice;
use crate::owed;
use crate::store as sql;
use crate::words::{IntentState, RemoteState};

store::row! {
    /// An intent as stored.
    pub struct Intent {
        pub id: IntentId,
        /// Our reference at the gateway.
        pub reference: String,
        pub gateway: String,
        pub customer_id: CustomerId,
        pub branch_id: BranchId,
        pub partner_id: Option<PartnerId>,
        pub invoice_id: Option<InvoiceId>,
        pub amount: Money,
        /// The payer may choose the amount.
        pub open_amount: bool,
        pub state: IntentState,
        pub url: Option<String>,
        pub code: Option<String>,
        pub created_at: Ts,
        pub expires_at: Ts,
        pub checked_at: Option<Ts>,
    }
}

/// What is to be paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IntentFor {
    /// One invoice: what settles it today.
    Invoice(InvoiceId),
    /// Everything the customer owes today.
    Customer(CustomerId),
    /// Any amount, to the customer's credit: a permanent virtual account.
    Open(CustomerId),
}

/// Opens an intent of `valid_secs` at the gateway; one that is still open for the same thing, amount and
/// gateway is given again. The caller then calls the gateway, outside any transaction, and [`attach`]es
/// what it answered.
///
/// # Errors
/// `billing.invoice_not_found`, `billing.customer_unknown`; `billing.nothing_owed`.
pub async fn open(tx: &mut Tx, what: &IntentFor, gateway: &str, valid_secs: i64) -> Result<Intent> {
    let scope = tx.actor().scope.clone();
    let (customer, invoice, open_amount) = match what {
        IntentFor::Invoice(id) => {
            let invoice = crate::invoice::find(tx, &scope, *id).await?;
            (invoice.customer_id, Some(invoice.id), false)
        }
        IntentFor::Customer(id) => (*id, None, false),
        IntentFor::Open(id) => (*id, None, true),
    };
    sql::party::lock(tx, customer).await?;
    let party = sql::party::find(tx, customer).await?.ok_or_else(|| {
        Fault::not_found(
            "billing.customer_unknown",
            "Pelanggan ini belum punya langganan atau tagihan.",
            "This customer has no subscription or invoice yet.",
        )
    })?;
    let now = tx.now();
    let amount = match (invoice, open_amount) {
        (_, true) => Money::ZERO,
        (Some(id), _) => owed::of_invoice(tx, id, now).await?,
        (None, _) => owed::of_customer(tx, customer, now).await?.total,
    };
    if !open_amount && !amount.is_positive() {
        return Err(Fault::conflict(
            "billing.nothing_owed",
            "Tidak ada yang perlu dibayar.",
            "There is nothing to pay.",
        ));
    }
    let intent = Intent {
        id: tx.new_id(),
        reference: String::new(),
        gateway: gateway.to_owned(),
        customer_id: customer,
        branch_id: party.branch_id,
        partner_id: party.partner_id,
        invoice_id: invoice,
        amount,
        open_amount,
        state: IntentState::Open,
        url: None,
        code: None,
        created_at: now,
        expires_at: now.plus_secs(valid_secs.max(60)),
        checked_at: None,
    };
    if let Some(same) = sql::gateway::same_intent(tx, &intent).await? {
        return Ok(same);
    }
    let reference = format!("SB-{}", intent.id.uuid().simple());
    let intent = Intent { reference, ..intent };
    sql::gateway::insert_intent(tx, &intent).await?;
    let after = json!({ "amount": amount, "gateway": gateway, "invoice": invoice });
    tx.journal("customer", customer.uuid(), "intent_opened", Value::Null, after).await?;
    Ok(intent)
}

/// Keeps where the payer goes.
pub async fn attach(tx: &mut Tx, id: IntentId, checkout: &Checkout) -> Result<()> {
    sql::gateway::attach(tx, id, checkout).await
}

/// # Errors
/// `billing.intent_not_found`.
pub async fn find(q: &mut dyn Query, scope: &Scope, id: IntentId) -> Result<Intent> {
    sql::gateway::intent(q, scope, id).await?.ok_or_else(not_found)
}

/// The intent with our reference.
///
/// # Errors
/// `billing.intent_not_found`.
pub async fn by_reference(q: &mut dyn Query, reference: &str) -> Result<Intent> {
    sql::gateway::by_reference(q, reference).await?.ok_or_else(not_found)
}

fn not_found() -> Fault {
    Fault::not_found("billing.intent_not_found", "Pembayaran itu tidak ada.", "No such intent.")
}

/// Open intents that nobody asked the gateway about since `before`, the longest unasked first. Money whose
/// notice was lost is found by asking.
pub async fn to_ask(q: &mut dyn Query, before: Ts, limit: i64) -> Result<Vec<Intent>> {
    sql::gateway::to_ask(q, before, limit).await
}

/// Counts what a gateway answered about an intent: every settled payment once; an intent without money that
/// expired or failed there, or whose time is over, is closed. Answers how many payments were counted.
pub async fn answered(tx: &mut Tx, id: IntentId, payments: &[RemotePayment]) -> Result<usize> {
    let intent = sql::gateway::intent(tx, &Scope::all(), id).await?.ok_or_else(not_found)?;
    let mut counted = 0;
    for payment in payments.iter().filter(|p| p.state == RemoteState::Settled) {
        let money = notice::count_money(tx, &intent, payment).await?;
        counted += usize::from(money.is_some_and(|m| m.new));
    }
    let now = tx.now();
    sql::gateway::asked(tx, id, now).await?;
    let has = |state| payments.iter().any(|p| p.state == state);
    let closed = if has(RemoteState::Settled) {
        None
    } else if has(RemoteState::Failed) {
        Some(IntentState::Failed)
    } else if has(RemoteState::Expired) || (intent.expires_at <= now && !intent.open_amount) {
        Some(IntentState::Expired)
    } else {
        None
    };
    if let Some(state) = closed {
        sql::gateway::close_intent(tx, id, state).await?;
    }
    Ok(counted)
}
