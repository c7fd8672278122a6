//! A credit note on one invoice.

use kernel::{CreditNoteId, Day, Event, Fault, InvoiceId, InvoiceLineId, Money, Result};
use store::Tx;

use super::whole::Announce;
use super::{CreditLine, CreditNote, whole};
use crate::allocate;
use crate::invoice::{self, Invoice, InvoiceLine};
use crate::ledger::{self, Entry, EntryKind, rules};
use crate::numbers::{self, Document};
use crate::settle;
use crate::store as sql;
use crate::words::InvoiceState;

/// What to take back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CreditWhat {
    /// Everything that is left.
    Full,
    /// An amount before PPN of some lines; the PPN follows.
    Lines(Vec<(InvoiceLineId, Money)>),
}

/// Issues a credit note. Money that was paid for the credited part becomes the customer's credit and
/// settles their other open invoices at once. A second person approves first: [`crate::approval`].
///
/// # Errors
/// `billing.invoice_not_found`; `billing.invoice_not_issued`; `billing.invoice_credited` when nothing is
/// left to credit; `billing.credit_too_much` when a line's amount is more than is left of it, or more
/// than payments can give back (a withholding stands on the invoice).
pub async fn issue(
    tx: &mut Tx,
    id: InvoiceId,
    what: &CreditWhat,
    why: &str,
) -> Result<CreditNoteId> {
    let invoice = invoice::locked(tx, id).await?;
    must_be_creditable(&invoice)?;
    let catalog = catalog::current(tx).await?;
    let note = match what {
        CreditWhat::Full => {
            whole(tx, &catalog, &[id], why, Announce::Each).await?;
            sql::credit::of_invoice(tx, id).await?.pop().map(|n| n.id)
        }
        CreditWhat::Lines(wanted) => {
            let lines = sql::invoice::lines(tx, &[id]).await?;
            let parts = parts_of(&lines, wanted)?;
            Some(credit_parts(tx, &invoice, &lines, &parts, why).await?)
        }
    };
    let note = note.ok_or_else(|| Fault::bug("a credit without its note"))?;
    settle::customer(tx, &catalog, invoice.customer_id, settle::Named::default()).await?;
    let after = serde_json::json!({ "note": note, "why": why });
    tx.journal("invoice", id.uuid(), "credited", serde_json::Value::Null, after).await?;
    Ok(note)
}

fn must_be_creditable(invoice: &Invoice) -> Result<()> {
    if invoice.state == InvoiceState::Draft {
        return Err(Fault::conflict(
            "billing.invoice_not_issued",
            "Draf belum terbit; hapus saja drafnya.",
            "A draft is not issued yet; discard it instead.",
        ));
    }
    if !invoice.live {
        return Err(Fault::conflict(
            "billing.invoice_credited",
            "Tagihan ini sudah dibatalkan seluruhnya dengan nota kredit.",
            "This invoice is fully credited already.",
        ));
    }
    Ok(())
}

fn too_much() -> Fault {
    Fault::field(
        "lines",
        "billing.credit_too_much",
        "melebihi sisa yang bisa dikreditkan",
        "is more than is left to credit",
    )
}

/// The base and PPN of each wanted part, by line.
fn parts_of(
    lines: &[InvoiceLine],
    wanted: &[(InvoiceLineId, Money)],
) -> Result<Vec<(InvoiceLineId, Money, Money)>> {
    let mut parts = Vec::with_capacity(wanted.len());
    for (n, (id, base)) in wanted.iter().enumerate() {
        let line = lines.iter().find(|l| l.id == *id).ok_or_else(too_much)?;
        let twice = wanted.iter().take(n).any(|(before, _)| before == id);
        let (left, left_tax) = line.left();
        let same_side = base.is_negative() == left.is_negative();
        if twice || base.is_zero() || !same_side || base.abs() > left.abs() {
            return Err(too_much());
        }
        parts.push((*id, *base, tax_of(line, *base, left, left_tax)));
    }
    if parts.is_empty() {
        return Err(too_much());
    }
    Ok(parts)
}

/// The PPN of a part of a line: all that is left for the last part, so that parts add up.
fn tax_of(line: &InvoiceLine, base: Money, left: Money, left_tax: Money) -> Money {
    if base == left || line.base.is_zero() {
        return left_tax;
    }
    let share = line.tax.abs().ratio(base.abs().get(), line.base.abs().get());
    let signed = if line.tax.is_negative() { -share } else { share };
    if signed.abs() > left_tax.abs() { left_tax } else { signed }
}

/// `days` of each line that lies in days, as parts to credit. Lines that are not for days are left.
pub(crate) fn prorated(
    lines: &[InvoiceLine],
    overlap: impl Fn(&InvoiceLine) -> Option<(i64, i64)>,
) -> Vec<(InvoiceLineId, Money, Money)> {
    let mut parts = Vec::new();
    for line in lines {
        let Some((days, of)) = overlap(line) else { continue };
        let (left, left_tax) = line.left();
        let share = line.base.abs().ratio(days, of.max(1)).min(left.abs());
        let base = if line.base.is_negative() { -share } else { share };
        if !base.is_zero() {
            parts.push((line.id, base, tax_of(line, base, left, left_tax)));
        }
    }
    parts
}

/// Credits parts of lines: the note, the entry, the release of what was paid too much.
pub(crate) async fn credit_parts(
    tx: &mut Tx,
    invoice: &Invoice,
    lines: &[InvoiceLine],
    parts: &[(InvoiceLineId, Money, Money)],
    why: &str,
) -> Result<CreditNoteId> {
    let base: Money = parts.iter().map(|p| p.1).sum();
    let tax: Money = parts.iter().map(|p| p.2).sum();
    let total = base + tax;
    if total.is_negative() || total > invoice.total - invoice.credited {
        return Err(too_much());
    }
    let catalog = catalog::current(tx).await?;
    if invoice.credited + total == invoice.total {
        // Nothing is left: as a credit in full, with all that follows from one.
        whole(tx, &catalog, &[invoice.id], why, Announce::Each).await?;
        let note = sql::credit::of_invoice(tx, invoice.id).await?.pop().map(|n| n.id);
        return note.ok_or_else(|| Fault::bug("a credit without its note"));
    }
    let on = tx.now().day(catalog.zone(invoice.branch_id));
    let note = write_note(tx, invoice, parts, (base, tax), on, why).await?;
    let mut entry =
        Entry::new(EntryKind::Credit, invoice.id.uuid(), invoice.branch_id).of(invoice.customer_id);
    for (id, base, tax) in parts {
        if let Some(line) = lines.iter().find(|l| l.id == *id) {
            rules::line_credited(&mut entry, line.kind, *base, *tax, line.is_deferred());
        }
        sql::invoice_write::credit_line(tx, *id, *base, *tax).await?;
    }
    let over = (total - invoice.outstanding()).or_zero();
    if over.is_positive() {
        let paid = sql::credit::parts_of(tx, &[invoice.id]).await?;
        let back = allocate::release(&paid, over);
        let released: Money = back.iter().map(|p| p.amount).sum();
        if released != over {
            return Err(too_much());
        }
        let back: Vec<_> =
            back.into_iter().map(|p| allocate::Part { amount: -p.amount, ..p }).collect();
        sql::payment::allocate(tx, &back).await?;
        sql::invoice_write::add_paid(tx, invoice.id, -over).await?;
        rules::allocated(&mut entry, -over);
    }
    sql::invoice_write::credit_part(tx, invoice.id, total, true).await?;
    ledger::post(tx, entry).await?;
    tx.emit(Event::InvoiceCredited { invoice: invoice.id, subscription: invoice.subscription_id });
    settle::follow(tx, &catalog, &[invoice.id]).await?;
    Ok(note)
}

async fn write_note(
    tx: &mut Tx,
    invoice: &Invoice,
    parts: &[(InvoiceLineId, Money, Money)],
    (base, tax): (Money, Money),
    on: Day,
    why: &str,
) -> Result<CreditNoteId> {
    let (series, seq) = numbers::take(tx, Document::CreditNote, on, 1).await?;
    let id: CreditNoteId = tx.new_id();
    let note = CreditNote {
        id,
        number: numbers::text(Document::CreditNote, on, seq),
        invoice_id: invoice.id,
        customer_id: invoice.customer_id,
        branch_id: invoice.branch_id,
        partner_id: invoice.partner_id,
        why: why.to_owned(),
        issued_on: on,
        issued_at: tx.now(),
        base,
        tax,
        total: base + tax,
    };
    let lines: Vec<CreditLine> = parts
        .iter()
        .map(|(line_id, base, tax)| CreditLine {
            note_id: id,
            line_id: *line_id,
            base: *base,
            tax: *tax,
        })
        .collect();
    sql::credit::insert(tx, &[(note, series, seq)], &lines).await?;
    Ok(id)
}
