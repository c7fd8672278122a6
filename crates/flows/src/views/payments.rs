//! Payments as a list, with whose they are.

use billing::words::PaymentState;
use crm::word::Subject;
use kernel::{CustomerId, InvoiceId, Money, PaymentId, Result, Scope, Ts};
use store::Query;
use uuid::Uuid;

use super::narrow::{Narrow, clean};
use super::order::{self, Key, Kind, Order, Place, Sorted, sorts};
use super::words::Found;

store::row! {
    pub struct PaymentRow {
        pub id: PaymentId,
        pub receipt_number: Option<String>,
        pub customer_id: CustomerId,
        pub customer_number: String,
        pub customer_name: String,
        /// `cash`, `transfer`, `gateway:<name>`, `wallet`, `voucher` or `opening`.
        pub channel: String,
        pub reference: String,
        pub amount: Money,
        pub allocated: Money,
        pub refunded: Money,
        pub state: PaymentState,
        pub received_at: Ts,
        pub recorded_by: String,
    }
}

store::words! {
    /// What the list of payments is sorted by.
    pub enum PaymentSort {
        Newest = "newest",
        Received = "received",
        Amount = "amount",
    }
}
sorts! { PaymentSort, Newest;
    Newest => Made, Down;
    Received => Always("p.received_at", Kind::Instant), Down;
    Amount => Always("p.amount", Kind::Number), Down;
}

impl Sorted<PaymentSort> for PaymentRow {
    fn place(&self) -> Uuid {
        self.id.uuid()
    }
    fn key(&self, by: PaymentSort) -> Option<Key> {
        match by {
            PaymentSort::Newest => None,
            PaymentSort::Received => Some(Key::Instant(self.received_at)),
            PaymentSort::Amount => Some(Key::Number(self.amount.get())),
        }
    }
}

/// What a list of payments is narrowed by.
#[derive(Clone, Debug, Default)]
pub struct PaymentFilter {
    pub state: Option<PaymentState>,
    /// As stored; `gateway` stands for every gateway.
    pub channel: Option<String>,
    pub customer: Option<CustomerId>,
    pub invoice: Option<InvoiceId>,
    /// Received from this instant on.
    pub from: Option<Ts>,
    /// Not received at this instant or later.
    pub until: Option<Ts>,
    /// Only money that settles nothing yet.
    pub with_money_left: bool,
    /// The receipt's number or the reference, whole, or words of the customer ([`crm::word`]).
    pub text: Option<String>,
    pub order: Order<PaymentSort>,
}

/// Payments, after `after`.
///
/// # Errors
/// A field error on `after` that a list in another order gave.
pub async fn list(
    q: &mut dyn Query,
    scope: &Scope,
    filter: &PaymentFilter,
    after: Option<&Place>,
    limit: i64,
) -> Result<Vec<PaymentRow>> {
    let Some(mut narrow) = scoped(scope) else { return Ok(Vec::new()) };
    narrow.when(filter.state, "p.state = ?");
    match filter.channel.as_deref() {
        Some("gateway") => narrow.only("p.channel like 'gateway:%'"),
        channel => narrow.when(channel, "p.channel = ?"),
    }
    narrow.when(filter.customer, "p.customer_id = ?");
    narrow.when(
        filter.invoice,
        "p.id in (select a.payment_id from billing_allocation a where a.invoice_id = ?)",
    );
    narrow.when(filter.from, "p.received_at >= ?");
    narrow.when(filter.until, "p.received_at < ?");
    if filter.with_money_left {
        narrow.only("p.state = 'settled' and p.allocated + p.refunded < p.amount");
    }
    let text = filter.text.as_deref();
    if let Some(found) = Found::of(q, Subject::Customer, text, false).await? {
        let whole = |narrow: &mut Narrow| {
            let number = narrow.bind(clean(text.unwrap_or_default()).to_uppercase());
            let typed = narrow.bind(clean(text.unwrap_or_default()));
            vec![
                format!("y.receipt_number = {number}"),
                format!("y.reference in ({number}, {typed})"),
            ]
        };
        let condition = found.rows(&mut narrow, ("p", "billing_payment"), whole);
        narrow.only(&condition);
    }
    let page = |clause: &str, order: &str, limit: &str| {
        format!(
            "select p.id, p.receipt_number, p.customer_id, c.number as customer_number,
           c.name as customer_name, p.channel, p.reference, p.amount, p.allocated, p.refunded, p.state,
           p.received_at, p.recorded_by
         from billing_payment p join crm_customer c on c.id = p.customer_id
             {clause} order by {order} limit {limit}"
        )
    };
    order::page(q, &narrow, (filter.order, "p.id"), after, limit, &page).await
}

/// `None` for technicians, who see no money.
fn scoped(scope: &Scope) -> Option<Narrow> {
    if scope.technician.is_some() {
        return None;
    }
    let mut narrow = Narrow::default();
    narrow.when(scope.branch, "p.branch_id = ?");
    narrow.when(scope.partner, "p.partner_id = ?");
    narrow.when(scope.customer, "p.customer_id = ?");
    Some(narrow)
}
