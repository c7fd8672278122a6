//! Taking an issued invoice back, in whole or in part: only ever by a credit note.
//!
//! What was paid of the credited part becomes the customer's credit and settles their next open invoice.

mod issue;
mod whole;

pub use issue::{CreditWhat, issue};
pub(crate) use issue::{credit_parts, prorated};
pub(crate) use whole::{Announce, whole};

use catalog::Catalog;
use kernel::{
    BranchId, CreditNoteId, CustomerId, Day, Fault, InvoiceId, InvoiceLineId, Money, PartnerId,
    Result, Scope, Ts,
};
use store::{Query, Tx};

use crate::charges::OpenInvoice;
use crate::store as sql;
use crate::store::facts::Range;
use crate::subscription::Subscription;

/// The open invoices that nobody has to pay any more when a subscription's days are given another way, or
/// end: nothing was given for them. Used days that are over stay owed.
pub(crate) async fn void_of(
    tx: &mut Tx,
    catalog: &Catalog,
    sub: &Subscription,
) -> Result<Vec<InvoiceId>> {
    let mut open = sql::invoice::open_unused(tx, sub.id).await?;
    let today = tx.now().day(sub.zone(catalog));
    if let Some(facts) = sql::facts::load(tx, catalog, Range::one(sub.id)).await?.pop() {
        let is_debt = |i: &OpenInvoice| i.period.to < today && !facts.is_unused(i);
        open.retain(|id| !facts.open.iter().any(|i| i.id == *id && is_debt(i)));
    }
    Ok(open)
}

store::row! {
    /// A credit note as stored.
    pub struct CreditNote {
        pub id: CreditNoteId,
        pub number: String,
        pub invoice_id: InvoiceId,
        pub customer_id: CustomerId,
        pub branch_id: BranchId,
        pub partner_id: Option<PartnerId>,
        pub why: String,
        pub issued_on: Day,
        pub issued_at: Ts,
        pub base: Money,
        pub tax: Money,
        pub total: Money,
    }
}

store::row! {
    /// What a credit note takes back of a line.
    pub struct CreditLine { pub note_id: CreditNoteId, pub line_id: InvoiceLineId, pub base: Money,
        pub tax: Money }
}

/// A credit note and its lines, for print.
///
/// # Errors
/// `billing.credit_note_not_found`, also when its invoice is out of scope.
pub async fn find(
    q: &mut dyn Query,
    scope: &Scope,
    id: CreditNoteId,
) -> Result<(CreditNote, Vec<CreditLine>)> {
    let missing = || {
        Fault::not_found(
            "billing.credit_note_not_found",
            "Nota kredit tidak ada.",
            "No such credit note.",
        )
    };
    let note = sql::credit::find(q, id).await?.ok_or_else(missing)?;
    if sql::invoice::find(q, scope, note.invoice_id).await?.is_none() {
        return Err(missing());
    }
    let lines = sql::credit::lines_of(q, id).await?;
    Ok((note, lines))
}
