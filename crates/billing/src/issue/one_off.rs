//! Invoices for one thing: a cable moved, a device not returned, a debt of the books before.

use kernel::{
    BranchId, CustomerId, Day, Event, Fault, Field, InvoiceId, Money, PartnerId, Period, Result,
    SubscriptionId,
};
use serde_json::{Value, json};
use store::Tx;

use super::{announce, write};
use crate::charges::Draft;
use crate::invoice;
use crate::ledger;
use crate::numbers::{self, Document};
use crate::rating::{self, Charge};
use crate::settle;
use crate::store as sql;
use crate::store::invoice_write::Numbered;
use crate::words::{InvoiceKind, InvoiceState, LineKind};

/// What a one-off invoice is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OneOffKind {
    Service,
    InstallFee,
    /// A device not returned, a late fee.
    Penalty,
    /// A debt brought from the books before: no tax, no income.
    Opening,
}

impl OneOffKind {
    const fn line(self) -> LineKind {
        match self {
            Self::Service => LineKind::OneOff,
            Self::InstallFee => LineKind::InstallFee,
            Self::Penalty => LineKind::Penalty,
            Self::Opening => LineKind::Opening,
        }
    }
}

/// A one-off invoice as entered.
#[derive(Clone, Debug)]
pub struct NewOneOff {
    pub customer: CustomerId,
    pub branch: BranchId,
    pub partner: Option<PartnerId>,
    /// The connection it is about.
    pub subscription: Option<SubscriptionId>,
    pub kind: OneOffKind,
    /// Tells one-off invoices apart: a document's id, so that the same thing is never billed twice.
    pub key: String,
    /// Name and amount of each line; the amount in the terms of `tax`.
    pub lines: Vec<(String, Money)>,
    pub tax: catalog::TaxMode,
    /// None: today.
    pub due_on: Option<Day>,
    /// Unpaid after its due day it isolates the subscription it names. Usually a one-off isolates nobody.
    pub isolates: bool,
    pub note: Option<String>,
    /// Keep it as a draft, without a number, until [`publish`].
    pub draft: bool,
}

/// Issues a one-off invoice (or keeps it as a draft).
///
/// # Errors
/// `invalid_fields`; `store.unique` when a live one with this key exists for the subscription or customer.
pub async fn one_off(tx: &mut Tx, new: NewOneOff) -> Result<InvoiceId> {
    check(&new)?;
    sql::party::ensure(tx, new.customer, new.branch, new.partner).await?;
    sql::party::lock(tx, new.customer).await?;
    let catalog = catalog::current(tx).await?;
    let today = tx.now().day(catalog.zone(new.branch));
    let (keep, customer) = (new.draft, new.customer);
    let draft = draft_of(&catalog, new, today);
    if keep {
        let id: InvoiceId = tx.new_id();
        let hash = draft.quote.hash();
        let row = Numbered { id, number: None, draft: &draft, hash };
        sql::invoice_write::insert(tx, &[row], None).await?;
        tx.journal(
            "invoice",
            id.uuid(),
            "drafted",
            Value::Null,
            json!({"total": draft.quote.total}),
        )
        .await?;
        return Ok(id);
    }
    let issued = write(tx, &catalog, std::slice::from_ref(&draft), None).await?;
    let id = issued.first().map(|i| i.id).ok_or_else(|| Fault::bug("nothing was issued"))?;
    announce(tx, &issued);
    tx.journal("invoice", id.uuid(), "issued", Value::Null, json!({ "total": draft.quote.total }))
        .await?;
    settle::customer(tx, &catalog, customer, settle::Named::default()).await?;
    Ok(id)
}

fn check(new: &NewOneOff) -> Result<()> {
    let mut wrong = Vec::new();
    if new.lines.is_empty() {
        wrong.push(Field::required("lines"));
    }
    for (n, (name, amount)) in new.lines.iter().enumerate() {
        if name.trim().is_empty() {
            wrong.push(Field::required(format!("lines[{n}].name")));
        }
        if !amount.is_positive() {
            wrong.push(Field::new(
                format!("lines[{n}].amount"),
                "range",
                "harus lebih dari nol",
                "must be above zero",
            ));
        }
    }
    if new.key.trim().is_empty() {
        wrong.push(Field::required("key"));
    }
    if new.isolates && new.subscription.is_none() {
        wrong.push(Field::new(
            "subscription",
            "required",
            "wajib diisi bila tagihan ini mengisolir",
            "is required when the invoice isolates",
        ));
    }
    if wrong.is_empty() { Ok(()) } else { Err(Fault::fields(wrong)) }
}

fn draft_of(catalog: &catalog::Catalog, new: NewOneOff, today: Day) -> Draft {
    let due_on = new.due_on.unwrap_or(today).max(today);
    let taxed = catalog.charges_tax() && new.kind != OneOffKind::Opening;
    let tax = if taxed { new.tax } else { catalog::TaxMode::None };
    let charges: Vec<Charge> = new
        .lines
        .into_iter()
        .map(|(name, amount)| Charge::once(new.kind.line(), name, tax, amount))
        .collect();
    let policy = catalog.isp_policy();
    let zone = catalog.zone(new.branch);
    Draft {
        customer: new.customer,
        subscription: new.subscription,
        branch: new.branch,
        partner: new.partner,
        kind: InvoiceKind::OneOff,
        key: new.key,
        period: Period { from: today, to: today },
        months: 1,
        issued_on: today,
        due_on,
        isolate_at: new.isolates.then(|| policy.isolation_at(due_on.next(), zone)),
        deferred: false,
        quote: rating::rate(&charges, catalog.tax_at(today)),
        note: new.note,
    }
}

/// Issues a draft: it gets its number, its day and its entry.
///
/// # Errors
/// `billing.invoice_not_found`; `billing.not_a_draft`.
pub async fn publish(tx: &mut Tx, id: InvoiceId) -> Result<()> {
    let draft = invoice::locked(tx, id).await?;
    must_be_draft(&draft)?;
    let catalog = catalog::current(tx).await?;
    let on = tx.now().day(catalog.zone(draft.branch_id));
    let (series, seq) = numbers::take(tx, Document::Invoice, on, 1).await?;
    let number = numbers::text(Document::Invoice, on, seq);
    let due_on = draft.due_on.max(on);
    sql::invoice_write::publish(tx, id, (&number, &series, seq), on, due_on).await?;
    let mut entry = ledger::Entry::new(ledger::EntryKind::Invoice, id.uuid(), draft.branch_id)
        .of(draft.customer_id);
    for line in sql::invoice::lines(tx, &[id]).await? {
        ledger::rules::line_issued(&mut entry, line.kind, line.base, line.tax, line.deferred);
    }
    ledger::post(tx, entry).await?;
    tx.journal("invoice", id.uuid(), "issued", Value::Null, json!({ "number": number })).await?;
    tx.emit(Event::InvoiceIssued {
        invoice: id,
        customer: draft.customer_id,
        subscription: draft.subscription_id,
    });
    settle::customer(tx, &catalog, draft.customer_id, settle::Named::default()).await?;
    Ok(())
}

/// Throws a draft away. Nobody has seen it.
///
/// # Errors
/// `billing.invoice_not_found`; `billing.not_a_draft`.
pub async fn discard(tx: &mut Tx, id: InvoiceId) -> Result<()> {
    let draft = invoice::locked(tx, id).await?;
    must_be_draft(&draft)?;
    sql::invoice_write::discard(tx, id).await?;
    tx.journal("invoice", id.uuid(), "discarded", json!({ "total": draft.total }), Value::Null)
        .await
}

fn must_be_draft(invoice: &invoice::Invoice) -> Result<()> {
    if invoice.state == InvoiceState::Draft {
        return Ok(());
    }
    Err(Fault::conflict(
        "billing.not_a_draft",
        "Tagihan ini sudah terbit; yang terbit hanya bisa dikreditkan.",
        "This invoice is issued already; an issued one can only be credited.",
    ))
}
