//! The invoice as it stands: immutable once issued; what became of it is derived.

use kernel::{
    BranchId, CustomerId, Day, Fault, InvoiceId, InvoiceLineId, Lang, Money, PartnerId, Period,
    PlanId, Result, RunId, Scope, SubscriptionId, Ts,
};
use store::Query;

use crate::charges::install_name;
use crate::rating::{ExtraId, Line};
use crate::store as sql;
use crate::words::{InvoiceKind, InvoiceState, LineKind};

store::row! {
    /// An invoice as stored.
    pub struct Invoice {
        pub id: InvoiceId,
        /// The legal number; none while it is a draft.
        pub number: Option<String>,
        pub customer_id: CustomerId,
        pub subscription_id: Option<SubscriptionId>,
        pub branch_id: BranchId,
        pub partner_id: Option<PartnerId>,
        pub kind: InvoiceKind,
        pub key: String,
        pub period_from: Day,
        pub period_to: Day,
        /// Periods paid at once.
        pub months: i64,
        pub state: InvoiceState,
        pub issued_on: Option<Day>,
        pub issued_at: Option<Ts>,
        pub due_on: Day,
        /// From when it isolates its subscription while unpaid; none: never.
        pub isolate_at: Option<Ts>,
        /// Set by a reversal: isolation waits until then.
        pub grace_until: Option<Ts>,
        pub base: Money,
        pub tax: Money,
        pub total: Money,
        pub paid: Money,
        pub credited: Money,
        pub withheld: Money,
        pub written_off: Money,
        /// When the outstanding amount reached zero.
        pub paid_at: Option<Ts>,
        /// Not fully credited.
        pub live: bool,
        pub hash: String,
        pub note: Option<String>,
        pub run_id: Option<RunId>,
    }
}

store::words! {
    /// What an invoice is today: derived, never stored.
    pub enum Standing {
        Draft = "draft",
        Open = "open",
        PartlyPaid = "partly_paid",
        Overdue = "overdue",
        Paid = "paid",
        Cancelled = "cancelled",
    }
}

impl Invoice {
    /// What is still owed; never negative.
    pub fn outstanding(&self) -> Money {
        self.total - self.paid - self.credited - self.withheld - self.written_off
    }
    /// What it is on `today`.
    pub fn standing(&self, today: Day) -> Standing {
        if self.state == InvoiceState::Draft {
            Standing::Draft
        } else if !self.live {
            Standing::Cancelled
        } else if !self.outstanding().is_positive() {
            Standing::Paid
        } else if self.due_on < today {
            Standing::Overdue
        } else if self.paid.is_positive() {
            Standing::PartlyPaid
        } else {
            Standing::Open
        }
    }
    pub fn period(&self) -> Period {
        Period { from: self.period_from, to: self.period_to.max(self.period_from) }
    }
    /// The number, or what a draft is called.
    pub fn name(&self) -> &str {
        self.number.as_deref().unwrap_or("draft")
    }
}

store::row! {
    /// A line as stored.
    pub struct InvoiceLine {
        pub id: InvoiceLineId,
        pub invoice_id: InvoiceId,
        pub no: i64,
        pub kind: LineKind,
        pub plan_id: Option<PlanId>,
        pub extra_id: Option<ExtraId>,
        pub name: String,
        pub from_on: Option<Day>,
        pub to_on: Option<Day>,
        pub days: i64,
        pub of_days: i64,
        /// Periods of its discount that the line uses.
        pub periods: i64,
        pub price: Money,
        pub base: Money,
        pub tax: Money,
        pub credited_base: Money,
        pub credited_tax: Money,
        pub deferred: bool,
        pub recognised_on: Option<Day>,
    }
}

impl InvoiceLine {
    pub fn total(&self) -> Money {
        self.base + self.tax
    }
    /// Base and tax that no credit note has taken back yet.
    pub fn left(&self) -> (Money, Money) {
        (self.base - self.credited_base, self.tax - self.credited_tax)
    }
    /// Its income still waits for its days to be over.
    pub fn is_deferred(&self) -> bool {
        self.deferred && self.recognised_on.is_none()
    }
    /// The line as the rating function made it.
    pub fn line(&self) -> Line {
        Line {
            kind: self.kind,
            plan: self.plan_id,
            extra: self.extra_id,
            name: self.name.clone(),
            price: self.price,
            span: self.from_on.zip(self.to_on).and_then(|(from, to)| Period::new(from, to)),
            days: self.days,
            of_days: self.of_days,
            periods: self.periods,
            base: self.base,
            tax: self.tax,
        }
    }
    /// As printed, in the reader's language.
    pub fn text(&self, lang: Lang) -> String {
        if self.kind == LineKind::InstallFee && self.name == install_name(Lang::Id) {
            return install_name(lang).to_owned();
        }
        self.line().text(lang)
    }
}

store::row! {
    /// A part of a payment on an invoice (negative: taken back).
    pub struct AllocationView { pub payment_id: kernel::PaymentId, pub invoice_id: InvoiceId,
        pub invoice_number: Option<String>, pub receipt_number: Option<String>, pub channel: String,
        pub amount: Money, pub at: Ts }
}

/// An invoice with everything that happened to it.
#[derive(Clone, Debug)]
pub struct InvoiceView {
    pub invoice: Invoice,
    pub lines: Vec<InvoiceLine>,
    pub allocations: Vec<AllocationView>,
    pub credit_notes: Vec<crate::credit::CreditNote>,
    pub withholdings: Vec<crate::withhold::Withholding>,
}

/// Which invoices to list.
#[derive(Clone, Debug, Default)]
pub struct InvoiceFilter {
    pub customer: Option<CustomerId>,
    pub subscription: Option<SubscriptionId>,
    pub standing: Option<Standing>,
    /// Any day of the month of issue.
    pub month: Option<Day>,
    /// A part of the number.
    pub text: Option<String>,
}

/// The fault for an unknown invoice, or one out of scope.
pub(crate) fn not_found() -> Fault {
    Fault::not_found("billing.invoice_not_found", "Tagihan tidak ada.", "No such invoice.")
}

/// # Errors
/// `billing.invoice_not_found`.
pub async fn find(q: &mut dyn Query, scope: &Scope, id: InvoiceId) -> Result<Invoice> {
    sql::invoice::find(q, scope, id).await?.ok_or_else(not_found)
}

/// The invoice with its lines, payments, credit notes and withholdings.
///
/// # Errors
/// `billing.invoice_not_found`.
pub async fn view(q: &mut dyn Query, scope: &Scope, id: InvoiceId) -> Result<InvoiceView> {
    let invoice = find(q, scope, id).await?;
    Ok(InvoiceView {
        lines: sql::invoice::lines(q, &[id]).await?,
        allocations: sql::payment::allocations_of_invoice(q, id).await?,
        credit_notes: sql::credit::of_invoice(q, id).await?,
        withholdings: sql::credit::withholdings(q, id).await?,
        invoice,
    })
}

/// Invoices, newest first, after the id `after`.
pub async fn list(
    q: &mut dyn Query,
    scope: &Scope,
    filter: &InvoiceFilter,
    today: Day,
    after: Option<InvoiceId>,
    limit: i64,
) -> Result<Vec<Invoice>> {
    sql::invoice::list(q, scope, filter, today, after, limit).await
}

/// Locks the customer's money account and loads the invoice as it then stands.
pub(crate) async fn locked(tx: &mut store::Tx, id: InvoiceId) -> Result<Invoice> {
    let scope = tx.actor().scope.clone();
    let seen = find(tx, &scope, id).await?;
    sql::party::lock(tx, seen.customer_id).await?;
    find(tx, &scope, id).await
}
