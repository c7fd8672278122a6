//! Payments: money that came in, once, by its channel and reference.

mod receive;
mod reverse;
mod wait;

pub use receive::{NewPayment, Receipt, collect, receipt, receive};
pub use reverse::reverse;
pub use wait::{settle, wait};

use kernel::{
    BranchId, CustomerId, Fault, InvoiceId, Money, PartnerId, PaymentId, Result, Scope, Ts,
};
use store::Query;

use crate::invoice::AllocationView;
use crate::store as sql;
use crate::words::{Channel, PaymentState};

store::row! {
    /// A payment as stored.
    pub struct Payment {
        pub id: PaymentId,
        /// Given when it is settled.
        pub receipt_number: Option<String>,
        pub customer_id: CustomerId,
        pub branch_id: BranchId,
        pub partner_id: Option<PartnerId>,
        /// As [`Channel`] writes it.
        pub channel: String,
        pub reference: String,
        pub amount: Money,
        /// What of it settles invoices.
        pub allocated: Money,
        pub refunded: Money,
        pub state: PaymentState,
        pub named_invoice_id: Option<InvoiceId>,
        pub received_at: Ts,
        pub recorded_at: Ts,
        pub recorded_by: String,
        pub settled_at: Option<Ts>,
        pub reversed_at: Option<Ts>,
        pub reversed_why: Option<String>,
        pub note: Option<String>,
    }
}

impl Payment {
    /// Settled money that settles nothing: customer credit.
    pub fn left(&self) -> Money {
        match self.state {
            PaymentState::Settled => self.amount - self.allocated - self.refunded,
            PaymentState::Pending | PaymentState::Reversed => Money::ZERO,
        }
    }
}

/// Which payments to list.
#[derive(Clone, Debug, Default)]
pub struct PaymentFilter {
    pub customer: Option<CustomerId>,
    pub state: Option<PaymentState>,
    pub channel: Option<Channel>,
    pub from: Option<Ts>,
    /// Not with this instant.
    pub until: Option<Ts>,
    /// A part of the receipt number or the reference.
    pub text: Option<String>,
    /// Only money that settles nothing yet.
    pub with_money_left: bool,
}

pub(crate) fn not_found() -> Fault {
    Fault::not_found("billing.payment_not_found", "Pembayaran tidak ada.", "No such payment.")
}

/// # Errors
/// `billing.payment_not_found`.
pub async fn find(q: &mut dyn Query, scope: &Scope, id: PaymentId) -> Result<Payment> {
    sql::payment::find(q, scope, id).await?.ok_or_else(not_found)
}

/// Payments, newest first, after the id `after`.
pub async fn list(
    q: &mut dyn Query,
    scope: &Scope,
    filter: &PaymentFilter,
    after: Option<PaymentId>,
    limit: i64,
) -> Result<Vec<Payment>> {
    sql::payment::list(q, scope, filter, after, limit).await
}

/// What a payment settled, and what was taken back, in time.
///
/// # Errors
/// `billing.payment_not_found`.
pub async fn allocations(
    q: &mut dyn Query,
    scope: &Scope,
    id: PaymentId,
) -> Result<Vec<AllocationView>> {
    find(q, scope, id).await?;
    sql::payment::allocations_of_payment(q, id).await
}

/// The customer's credit: settled money that settles nothing yet.
pub async fn credit_of(q: &mut dyn Query, customer: CustomerId) -> Result<Money> {
    sql::payment::credit(q, customer).await
}

/// When the last payment of any real channel was settled: silence is a reason not to isolate many.
pub async fn last_settled_at(q: &mut dyn Query) -> Result<Option<Ts>> {
    sql::payment::last_settled_at(q).await
}

/// Locks the customer's money account and loads the payment as it then stands.
pub(crate) async fn locked(tx: &mut store::Tx, id: PaymentId) -> Result<Payment> {
    let scope = tx.actor().scope.clone();
    let seen = find(tx, &scope, id).await?;
    sql::party::lock(tx, seen.customer_id).await?;
    find(tx, &scope, id).await
}
