//! Money meets invoices: which payment settles what, and what follows when an invoice is settled.

mod follow;
mod late;

pub(crate) use follow::follow;
pub(crate) use late::{late_invoices, replace_late};

use std::collections::BTreeMap;

use catalog::Catalog;
use kernel::{BranchId, CustomerId, InvoiceId, Money, PaymentId, Result, SubscriptionId};
use store::Tx;

use crate::allocate::{self, Part};
use crate::ledger::{self, Entry, EntryKind, rules};
use crate::store as sql;
use crate::withholding;

/// What a payment was for, and which payment it is.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Named {
    pub invoice: Option<InvoiceId>,
    pub payment: Option<PaymentId>,
}

/// Settles a customer's open invoices with all their money that is left: the named invoice, then the
/// oldest of its subscription, then the others. The caller holds the money account's lock.
pub(crate) async fn customer(
    tx: &mut Tx,
    catalog: &Catalog,
    customer: CustomerId,
    named: Named,
) -> Result<Vec<Part>> {
    let mut sources = sql::payment::sources(tx, customer).await?;
    if sources.is_empty() {
        return Ok(Vec::new());
    }
    sources.sort_by_key(|s| Some(s.payment) != named.payment);
    let mut wanting = sql::invoice::wanting(tx, customer).await?;
    let about = subscription_of(tx, named.invoice).await?;
    allocate::order(&mut wanting, named.invoice, about);
    let parts = allocate::fill(&wanting, &sources);
    if parts.is_empty() {
        return Ok(parts);
    }
    let Some(party) = sql::party::find(tx, customer).await? else { return Ok(Vec::new()) };
    apply(tx, &parts, party.branch_id, customer).await?;
    let mut touched: Vec<InvoiceId> = parts.iter().map(|p| p.invoice).collect();
    touched.dedup();
    let flags = party.withholds();
    if flags != withholding::Withholds::default() {
        for id in &touched {
            withhold_rest(tx, *id, flags).await?;
        }
    }
    follow(tx, catalog, &touched).await?;
    Ok(parts)
}

/// The subscription that the named invoice is about, settled or not.
pub(crate) async fn subscription_of(
    tx: &mut Tx,
    invoice: Option<InvoiceId>,
) -> Result<Option<SubscriptionId>> {
    let Some(id) = invoice else { return Ok(None) };
    Ok(sql::invoice::by_ids(tx, &[id]).await?.pop().and_then(|i| i.subscription_id))
}

/// Writes the parts: allocations, the invoices' sums, one entry a payment.
async fn apply(tx: &mut Tx, parts: &[Part], branch: BranchId, customer: CustomerId) -> Result<()> {
    sql::payment::allocate(tx, parts).await?;
    let mut by_payment: BTreeMap<PaymentId, Money> = BTreeMap::new();
    for part in parts {
        sql::invoice_write::add_paid(tx, part.invoice, part.amount).await?;
        *by_payment.entry(part.payment).or_default() += part.amount;
    }
    let mut entries = Vec::with_capacity(by_payment.len());
    for (payment, amount) in by_payment {
        let mut entry = Entry::new(EntryKind::Allocation, payment.uuid(), branch).of(customer);
        rules::allocated(&mut entry, amount);
        entries.push(entry);
    }
    ledger::post_all(tx, &entries).await
}

/// A customer who is flagged to withhold paid exactly the rest: what they keep back is recorded.
async fn withhold_rest(tx: &mut Tx, id: InvoiceId, flags: withholding::Withholds) -> Result<()> {
    let Some(invoice) = sql::invoice::by_ids(tx, &[id]).await?.pop() else { return Ok(()) };
    let recorded: Vec<_> =
        sql::credit::withholdings(tx, id).await?.into_iter().map(|w| w.kind).collect();
    let (base, tax) = crate::withhold::base_left(tx, id).await?;
    for (kind, amount) in withholding::explains(invoice.outstanding(), base, tax, flags, &recorded)
    {
        crate::withhold::write(tx, &invoice, kind, amount).await?;
    }
    Ok(())
}
