//! Money meets invoices: which payment settles what, and what follows when an invoice is settled.

mod follow;
mod late;

pub(crate) use follow::follow;
pub(crate) use late::{late_invoices, replace_late};

use std::collections::BTreeMap;

use catalog::Catalog;
use kernel::{BranchId, CustomerId, InvoiceId, Money, PaymentId, Result, SubscriptionId};
use store::Tx;

use crate::allocate::{self, Part, Wanting};
use crate::ledger::{self, Entry, EntryKind, rules};
use crate::store as sql;
use crate::withholding::{self, Owing, Withholds};
use crate::words::WithholdingKind;

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
    let Some(party) = sql::party::find(tx, customer).await? else { return Ok(Vec::new()) };
    if party.withholds() != Withholds::default() {
        let money = sources.iter().map(|s| s.left).sum();
        let owing = owing(tx, &wanting).await?;
        let kept = withholding::spread(money, &owing, party.withholds());
        keep_back(tx, &mut wanting, &kept).await?;
    }
    let parts = allocate::fill(&wanting, &sources);
    if parts.is_empty() {
        return Ok(parts);
    }
    apply(tx, &parts, party.branch_id, customer).await?;
    let mut touched: Vec<InvoiceId> = parts.iter().map(|p| p.invoice).collect();
    touched.dedup();
    let flags = party.withholds();
    if flags != Withholds::default() {
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

/// The open invoices with what may be withheld of them.
pub(crate) async fn owing(tx: &mut Tx, wanting: &[Wanting]) -> Result<Vec<Owing>> {
    let mut all = Vec::with_capacity(wanting.len());
    for want in wanting {
        let (base, tax) = crate::withhold::base_left(tx, want.invoice).await?;
        let recorded = sql::credit::withholdings(tx, want.invoice).await?;
        let recorded = recorded.into_iter().map(|w| w.kind).collect();
        all.push(Owing { outstanding: want.outstanding, base, tax, recorded });
    }
    Ok(all)
}

/// Records what is kept back of the first invoices: the money is exactly their rest.
async fn keep_back(
    tx: &mut Tx,
    wanting: &mut [Wanting],
    kept: &[Vec<(WithholdingKind, Money)>],
) -> Result<()> {
    for (want, kept) in wanting.iter_mut().zip(kept) {
        let Some(invoice) = sql::invoice::by_ids(tx, &[want.invoice]).await?.pop() else {
            continue;
        };
        for (kind, amount) in kept {
            crate::withhold::write(tx, &invoice, *kind, *amount).await?;
            want.outstanding -= *amount;
        }
    }
    Ok(())
}

/// A customer who is flagged to withhold paid exactly the rest: what they keep back is recorded.
async fn withhold_rest(tx: &mut Tx, id: InvoiceId, flags: Withholds) -> Result<()> {
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
