//! From drafts to issued invoices: number, lines, ledger, discounts used. Every issued invoice comes
//! through here.

use std::collections::BTreeMap;

use catalog::Catalog;
use kernel::{CustomerId, Event, InvoiceId, Money, Result, RunId, SubscriptionId};
use store::Tx;

use crate::charges::Draft;
use crate::ledger::{self, Entry, EntryKind, rules};
use crate::numbers::{self, Document};
use crate::rating::ExtraId;
use crate::settle;
use crate::store as sql;
use crate::store::invoice_write::Numbered;
use crate::words::InvoiceKind;

/// An invoice that was just issued.
#[derive(Clone, Debug)]
pub(crate) struct Issued {
    pub id: InvoiceId,
    pub customer: CustomerId,
    pub subscription: Option<SubscriptionId>,
    pub total: Money,
}

/// Issues the drafts in their order, all of one day of issue. The caller says so by events
/// ([`announce`]) and then settles with the customers' credit.
///
/// # Errors
/// `store.unique` when a live invoice for the same subscription, period start, kind and key exists.
pub(crate) async fn write(
    tx: &mut Tx,
    catalog: &Catalog,
    drafts: &[Draft],
    run: Option<RunId>,
) -> Result<Vec<Issued>> {
    let mut issued = Vec::with_capacity(drafts.len());
    let mut rest = drafts;
    while let Some(first) = rest.first() {
        let same = rest.iter().take_while(|d| d.issued_on == first.issued_on).count();
        let (day, after) = rest.split_at(same);
        write_day(tx, day, run, &mut issued).await?;
        rest = after;
    }
    let zero: Vec<InvoiceId> =
        issued.iter().filter(|i| !i.total.is_positive()).map(|i| i.id).collect();
    settle::follow(tx, catalog, &zero).await?;
    Ok(issued)
}

async fn write_day(
    tx: &mut Tx,
    drafts: &[Draft],
    run: Option<RunId>,
    issued: &mut Vec<Issued>,
) -> Result<()> {
    let Some(on) = drafts.first().map(|d| d.issued_on) else { return Ok(()) };
    let (series, first) = numbers::take(tx, Document::Invoice, on, drafts.len()).await?;
    let mut numbered = Vec::with_capacity(drafts.len());
    let mut entries = Vec::with_capacity(drafts.len());
    for (seq, draft) in (first..).zip(drafts) {
        let id: InvoiceId = tx.new_id();
        let number = (numbers::text(Document::Invoice, on, seq), series.clone(), seq);
        let hash = draft.quote.hash();
        entries.push(entry(id, draft));
        issued.push(Issued {
            id,
            customer: draft.customer,
            subscription: draft.subscription,
            total: draft.quote.total,
        });
        numbered.push(Numbered { id, number: Some(number), draft, hash });
    }
    sql::invoice_write::insert(tx, &numbered, run).await?;
    ledger::post_all(tx, &entries).await?;
    sql::invoice_write::use_extras(tx, &extras_used(drafts)).await
}

/// What an invoice posts when it is issued.
pub(crate) fn entry(id: InvoiceId, draft: &Draft) -> Entry {
    let mut entry = Entry::new(EntryKind::Invoice, id.uuid(), draft.branch).of(draft.customer);
    for line in &draft.quote.lines {
        let deferred = draft.deferred && line.span.is_some();
        rules::line_issued(&mut entry, line.kind, line.base, line.tax, deferred);
    }
    entry
}

/// The periods of discounts that the regular invoices use.
fn extras_used(drafts: &[Draft]) -> Vec<(ExtraId, i64)> {
    let mut used: BTreeMap<ExtraId, i64> = BTreeMap::new();
    for draft in drafts.iter().filter(|d| d.kind == InvoiceKind::Regular) {
        for line in &draft.quote.lines {
            if let Some(id) = line.extra.filter(|_| line.periods > 0) {
                *used.entry(id).or_default() += line.periods;
            }
        }
    }
    used.into_iter().collect()
}

/// One event for each issued invoice.
pub(crate) fn announce(tx: &mut Tx, issued: &[Issued]) {
    for invoice in issued {
        tx.emit(Event::InvoiceIssued {
            invoice: invoice.id,
            customer: invoice.customer,
            subscription: invoice.subscription,
        });
    }
}
