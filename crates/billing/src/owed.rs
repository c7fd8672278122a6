//! What a customer has to pay now: the amount on the pay page, at the counter and in an intent.

use kernel::{CustomerId, Day, InvoiceId, Money, Result, SubscriptionId, Ts};
use store::Query;

use crate::settle;
use crate::store as sql;

/// One invoice that wants money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwedInvoice {
    pub id: InvoiceId,
    pub number: String,
    pub subscription: Option<SubscriptionId>,
    pub due_on: Day,
    /// As it stands on the invoice.
    pub outstanding: Money,
    /// What settles it when it is paid today: a late prepaid invoice may start on the payment day.
    pub to_pay: Money,
}

/// Everything a customer owes, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owed {
    pub invoices: Vec<OwedInvoice>,
    /// The sum of `to_pay`.
    pub total: Money,
    /// Settled money that settles nothing yet.
    pub credit: Money,
}

/// What a payment at `now` has to be.
pub async fn of_customer(q: &mut dyn Query, customer: CustomerId, now: Ts) -> Result<Owed> {
    let catalog = catalog::current(q).await?;
    let wanting = sql::invoice::wanting(q, customer).await?;
    let late = settle::late_invoices(q, &catalog, &wanting, now).await?;
    let invoices: Vec<OwedInvoice> = wanting
        .into_iter()
        .map(|w| OwedInvoice {
            to_pay: late
                .get(&w.invoice)
                .map_or(w.outstanding, |l| (l.draft.quote.total - l.paid).or_zero()),
            id: w.invoice,
            number: w.number,
            subscription: w.subscription,
            due_on: w.due_on,
            outstanding: w.outstanding,
        })
        .collect();
    let credit = sql::payment::credit(q, customer).await?;
    Ok(Owed { total: invoices.iter().map(|i| i.to_pay).sum(), invoices, credit })
}

/// What settles one invoice at `now`; zero when nothing is outstanding.
///
/// # Errors
/// `billing.invoice_not_found`.
pub async fn of_invoice(q: &mut dyn Query, id: InvoiceId, now: Ts) -> Result<Money> {
    let invoice = crate::invoice::find(q, &kernel::Scope::all(), id).await?;
    let owed = of_customer(q, invoice.customer_id, now).await?;
    Ok(owed.invoices.iter().find(|i| i.id == id).map_or(Money::ZERO, |i| i.to_pay))
}
