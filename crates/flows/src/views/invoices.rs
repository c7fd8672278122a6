//! Invoices as a list: whose they are, what became of them, what is still owed.

use billing::invoice::Standing;
use billing::words::InvoiceKind;
use crm::word::Subject;
use kernel::{BranchId, CustomerId, Day, InvoiceId, Money, Result, Scope, SubscriptionId};
use store::{Query, QueryExt};
use uuid::Uuid;

use super::narrow::{Narrow, Span, clean};
use super::order::{self, Key, Kind, Order, Place, Sorted, sorts};
use super::words::Found;

store::row! {
    pub struct InvoiceRow {
        pub id: InvoiceId,
        pub number: Option<String>,
        pub customer_id: CustomerId,
        pub customer_number: String,
        pub customer_name: String,
        pub subscription_id: Option<SubscriptionId>,
        pub branch_id: BranchId,
        pub kind: InvoiceKind,
        pub period_from: Day,
        pub period_to: Day,
        pub issued_on: Option<Day>,
        pub due_on: Day,
        pub total: Money,
        pub paid: Money,
        pub outstanding: Money,
        pub draft: bool,
        pub live: bool,
    }
}

impl InvoiceRow {
    /// What it is on `today`, as [`billing::invoice::Invoice::standing`] says it.
    pub fn standing(&self, today: Day) -> Standing {
        if self.draft {
            Standing::Draft
        } else if !self.live {
            Standing::Cancelled
        } else if !self.outstanding.is_positive() {
            Standing::Paid
        } else if self.due_on < today {
            Standing::Overdue
        } else if self.paid.is_positive() {
            Standing::PartlyPaid
        } else {
            Standing::Open
        }
    }
}

store::words! {
    /// What the list of invoices is sorted by.
    pub enum InvoiceSort {
        Newest = "newest",
        Issued = "issued",
        Due = "due",
        Total = "total",
        Owed = "owed",
    }
}
sorts! { InvoiceSort, Newest;
    Newest => Made, Down;
    Issued => Maybe("i.issued_on", Kind::Day), Down;
    Due => Always("i.due_on", Kind::Day), Up;
    Total => Always("i.total", Kind::Number), Down;
    Owed => Always(OUTSTANDING, Kind::Number), Down;
}

impl Sorted<InvoiceSort> for InvoiceRow {
    fn place(&self) -> Uuid {
        self.id.uuid()
    }
    fn key(&self, by: InvoiceSort) -> Option<Key> {
        match by {
            InvoiceSort::Newest => None,
            InvoiceSort::Issued => self.issued_on.map(Key::Day),
            InvoiceSort::Due => Some(Key::Day(self.due_on)),
            InvoiceSort::Total => Some(Key::Number(self.total.get())),
            InvoiceSort::Owed => Some(Key::Number(self.outstanding.get())),
        }
    }
}

const OUTSTANDING: &str = "(i.total - i.paid - i.credited - i.withheld - i.written_off)";

/// Which invoices a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    Standing(Standing),
    /// Everything that still wants money.
    Owed,
}

/// What a list of invoices is narrowed by.
#[derive(Clone, Debug, Default)]
pub struct InvoiceFilter {
    pub which: Option<Which>,
    pub kind: Option<InvoiceKind>,
    pub customer: Option<CustomerId>,
    pub subscription: Option<SubscriptionId>,
    /// The whole number, or words of the customer ([`crm::word`]).
    pub text: Option<String>,
    pub issued: Span,
    pub due: Span,
    pub order: Order<InvoiceSort>,
}

/// Invoices, after `after`. `today` tells what is overdue.
///
/// # Errors
/// A field error on `after` that a list in another order gave.
pub async fn list(
    q: &mut dyn Query,
    scope: &Scope,
    filter: &InvoiceFilter,
    today: Day,
    after: Option<&Place>,
    limit: i64,
) -> Result<Vec<InvoiceRow>> {
    let Some(mut narrow) = scoped(scope) else { return Ok(Vec::new()) };
    narrow.when(filter.kind, "i.kind = ?");
    narrow.when(filter.customer, "i.customer_id = ?");
    narrow.when(filter.subscription, "i.subscription_id = ?");
    filter.issued.narrow(&mut narrow, "i.issued_on");
    filter.due.narrow(&mut narrow, "i.due_on");
    if let Some(which) = filter.which {
        stand(&mut narrow, which, today);
    }
    let text = filter.text.as_deref();
    if let Some(found) = Found::of(q, Subject::Customer, text, false).await? {
        let whole = |narrow: &mut Narrow| {
            let number = narrow.bind(clean(text.unwrap_or_default()).to_uppercase());
            vec![format!("y.number = {number}")]
        };
        let condition = found.rows(&mut narrow, ("i", "billing_invoice"), whole);
        narrow.only(&condition);
    }
    let page = |clause: &str, order: &str, limit: &str| {
        format!("{INVOICES} {clause} order by {order} limit {limit}")
    };
    order::page(q, &narrow, (filter.order, "i.id"), after, limit, &page).await
}

/// The rows of these invoices, in no order.
///
/// # Errors
/// Only when the database fails.
pub async fn these(q: &mut dyn Query, scope: &Scope, ids: &[InvoiceId]) -> Result<Vec<InvoiceRow>> {
    let Some(mut narrow) = scoped(scope) else { return Ok(Vec::new()) };
    narrow.when(Some(ids), "i.id {AMONG}(?)");
    q.rows(&format!("{INVOICES} {}", narrow.clause()), narrow.into_args()).await
}

const INVOICES: &str =
    "select i.id, i.number, i.customer_id, c.number as customer_number, c.name as customer_name,
    i.subscription_id, i.branch_id, i.kind, i.period_from, i.period_to, i.issued_on, i.due_on,
    i.total, i.paid, (i.total - i.paid - i.credited - i.withheld - i.written_off) as outstanding,
    (i.state = 'draft') as draft, i.live
  from billing_invoice i join crm_customer c on c.id = i.customer_id";

/// The conditions that [`InvoiceRow::standing`] is the answer to.
fn stand(narrow: &mut Narrow, which: Which, today: Day) {
    let standing = match which {
        Which::Owed => {
            return narrow.only(&format!("i.state = 'issued' and i.live and {OUTSTANDING} > 0"));
        }
        Which::Standing(standing) => standing,
    };
    let owed = format!("i.state = 'issued' and i.live and {OUTSTANDING} > 0");
    match standing {
        Standing::Draft => narrow.only("i.state = 'draft'"),
        Standing::Cancelled => narrow.only("i.state = 'issued' and not i.live"),
        Standing::Paid => {
            narrow.only(&format!("i.state = 'issued' and i.live and {OUTSTANDING} <= 0"));
        }
        Standing::Overdue => narrow.when(Some(today), &format!("{owed} and i.due_on < ?")),
        Standing::PartlyPaid => {
            narrow.when(Some(today), &format!("{owed} and i.due_on >= ? and i.paid > 0"));
        }
        Standing::Open => {
            narrow.when(Some(today), &format!("{owed} and i.due_on >= ? and i.paid <= 0"));
        }
    }
}

/// `None` for technicians, who see no money.
fn scoped(scope: &Scope) -> Option<Narrow> {
    if scope.technician.is_some() {
        return None;
    }
    let mut narrow = Narrow::default();
    narrow.when(scope.branch, "i.branch_id = ?");
    narrow.when(scope.partner, "i.partner_id = ?");
    narrow.when(scope.customer, "i.customer_id = ?");
    Some(narrow)
}
