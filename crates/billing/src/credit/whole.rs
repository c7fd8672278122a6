//! Crediting many invoices to the last rupiah at once: what a billing run does with unused prepaid
//! invoices, and every replacement of an invoice.

use std::collections::BTreeMap;

use catalog::Catalog;
use kernel::{Day, Event, InvoiceId, Money, Result};
use store::Tx;

use super::{CreditLine, CreditNote};
use crate::allocate::Part;
use crate::invoice::{Invoice, InvoiceLine};
use crate::ledger::{self, Entry, EntryKind, rules};
use crate::numbers::{self, Document};
use crate::rating::ExtraId;
use crate::store as sql;
use crate::words::{InvoiceKind, LineKind};

/// Whether every credited invoice is announced by its own event. A run announces its chunk instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Announce {
    Each,
    Chunk,
}

/// Credits what is left of the invoices. What was paid becomes customer credit (the caller settles with
/// it); withholdings and write-offs are undone; the installation fee and the discounts are free again;
/// entitlements are revoked. Invoices that are not live are left alone. Answers how many were credited.
pub(crate) async fn whole(
    tx: &mut Tx,
    catalog: &Catalog,
    ids: &[InvoiceId],
    why: &str,
    announce: Announce,
) -> Result<usize> {
    let invoices: Vec<Invoice> = sql::invoice::by_ids(tx, ids)
        .await?
        .into_iter()
        .filter(|i| i.live && i.number.is_some())
        .collect();
    if invoices.is_empty() {
        return Ok(0);
    }
    let ids: Vec<InvoiceId> = invoices.iter().map(|i| i.id).collect();
    let lines = sql::invoice::lines(tx, &ids).await?;
    let mut by_invoice: BTreeMap<InvoiceId, Vec<&InvoiceLine>> = BTreeMap::new();
    for line in &lines {
        by_invoice.entry(line.invoice_id).or_default().push(line);
    }
    let of = |id: &InvoiceId| by_invoice.get(id).map(Vec::as_slice).unwrap_or_default();
    write_notes(tx, catalog, &invoices, &of, why).await?;
    let mut entries = Vec::with_capacity(invoices.len());
    for invoice in &invoices {
        let mut entry = Entry::new(EntryKind::Credit, invoice.id.uuid(), invoice.branch_id)
            .of(invoice.customer_id);
        for line in of(&invoice.id) {
            let (base, tax) = line.left();
            rules::line_credited(&mut entry, line.kind, base, tax, line.is_deferred());
        }
        undo_withheld(tx, invoice, &mut entry).await?;
        undo_write_off(tx, invoice, &mut entry).await?;
        rules::allocated(&mut entry, -invoice.paid);
        entries.push(entry);
    }
    release_all(tx, &invoices).await?;
    give_back(tx, &invoices, &of).await?;
    sql::invoice_write::credit_whole(tx, &ids).await?;
    if invoices.iter().any(|i| i.kind == InvoiceKind::Supplement) {
        sql::credit::cancel_changes(tx, &ids).await?;
    }
    ledger::post_all(tx, &entries).await?;
    let lost = sql::credit::revoke(tx, &ids).await?;
    for subscription in lost {
        tx.emit(Event::EntitlementChanged { subscription });
    }
    if announce == Announce::Each {
        for invoice in &invoices {
            let (invoice, subscription) = (invoice.id, invoice.subscription_id);
            tx.emit(Event::InvoiceCredited { invoice, subscription });
        }
    }
    Ok(invoices.len())
}

async fn write_notes<'a>(
    tx: &mut Tx,
    catalog: &Catalog,
    invoices: &[Invoice],
    of: &impl Fn(&InvoiceId) -> &'a [&'a InvoiceLine],
    why: &str,
) -> Result<()> {
    let mut by_day: BTreeMap<Day, Vec<&Invoice>> = BTreeMap::new();
    for invoice in invoices {
        let on = tx.now().day(catalog.zone(invoice.branch_id));
        by_day.entry(on).or_default().push(invoice);
    }
    for (on, invoices) in by_day {
        write_notes_of(tx, on, &invoices, of, why).await?;
    }
    Ok(())
}

/// The notes of one day, in one series.
async fn write_notes_of<'a>(
    tx: &mut Tx,
    on: Day,
    invoices: &[&Invoice],
    of: &impl Fn(&InvoiceId) -> &'a [&'a InvoiceLine],
    why: &str,
) -> Result<()> {
    let count = invoices.len();
    let (series, first_seq) = numbers::take(tx, Document::CreditNote, on, count).await?;
    let mut notes = Vec::with_capacity(count);
    let mut credit_lines = Vec::new();
    for (seq, invoice) in (first_seq..).zip(invoices) {
        let id = tx.new_id();
        let (mut base, mut tax) = (Money::ZERO, Money::ZERO);
        for line in of(&invoice.id) {
            let (line_base, line_tax) = line.left();
            base += line_base;
            tax += line_tax;
            credit_lines.push(CreditLine {
                note_id: id,
                line_id: line.id,
                base: line_base,
                tax: line_tax,
            });
        }
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
        notes.push((note, series.clone(), seq));
    }
    sql::credit::insert(tx, &notes, &credit_lines).await
}

/// Takes a withholding back from the receivable (or from the tax account its paper moved it to).
async fn undo_withheld(tx: &mut Tx, invoice: &Invoice, entry: &mut Entry) -> Result<()> {
    if invoice.withheld.is_zero() {
        return Ok(());
    }
    for w in sql::credit::withholdings(tx, invoice.id).await? {
        if w.certified_at.is_some() {
            rules::proven(entry, w.kind, -w.amount);
        }
        rules::withheld(entry, w.kind, -w.amount);
    }
    sql::credit::cancel_withholdings(tx, invoice.id).await
}

async fn undo_write_off(tx: &mut Tx, invoice: &Invoice, entry: &mut Entry) -> Result<()> {
    if invoice.written_off.is_zero() {
        return Ok(());
    }
    rules::written_off(entry, -invoice.written_off);
    let (id, customer, amount) = (invoice.id, invoice.customer_id, -invoice.written_off);
    sql::credit::insert_write_off(tx, id, customer, amount, "credited").await?;
    sql::invoice_write::add_written_off(tx, id, amount).await
}

/// Money on the invoices is the customers' credit again.
async fn release_all(tx: &mut Tx, invoices: &[Invoice]) -> Result<()> {
    let paid: Vec<InvoiceId> =
        invoices.iter().filter(|i| i.paid.is_positive()).map(|i| i.id).collect();
    if paid.is_empty() {
        return Ok(());
    }
    let parts = sql::credit::parts_of(tx, &paid).await?;
    let back: Vec<Part> = parts.into_iter().map(|p| Part { amount: -p.amount, ..p }).collect();
    sql::payment::allocate(tx, &back).await
}

/// The fee of a credited first invoice is due again; the periods of its discounts are free again.
async fn give_back<'a>(
    tx: &mut Tx,
    invoices: &[Invoice],
    of: &impl Fn(&InvoiceId) -> &'a [&'a InvoiceLine],
) -> Result<()> {
    let mut freed: BTreeMap<ExtraId, i64> = BTreeMap::new();
    for invoice in invoices.iter().filter(|i| i.kind == InvoiceKind::Regular) {
        let lines = of(&invoice.id);
        for line in lines.iter().filter(|l| l.kind == LineKind::InstallFee) {
            if let Some(subscription) = invoice.subscription_id
                && !line.left().0.is_zero()
            {
                sql::invoice_write::fee_due_again(tx, subscription, line.price).await?;
            }
        }
        for line in lines {
            if let Some(id) = line.extra_id.filter(|_| line.periods > 0) {
                *freed.entry(id).or_default() -= line.periods;
            }
        }
    }
    let freed: Vec<(ExtraId, i64)> = freed.into_iter().collect();
    sql::invoice_write::use_extras(tx, &freed).await
}
