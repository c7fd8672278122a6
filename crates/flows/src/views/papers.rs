//! Everything that stands on a printed invoice, credit note, receipt or voucher sheet, from several rooms.

use std::sync::Arc;

use billing::credit::{CreditLine, CreditNote};
use billing::invoice::InvoiceView;
use billing::pay::Receipt;
use billing::voucher::{Voucher, VoucherBatch};
use catalog::{Catalog, TaxRule};
use crm::customer::{self, Customer};
use kernel::{
    CreditNoteId, InvoiceId, Lang, Money, PaymentId, Period, Result, Scope, VoucherBatchId, Zone,
};
use store::{Query, QueryExt};

use crate::paylink::Signer;

/// A printed invoice's facts.
#[derive(Clone, Debug)]
pub struct InvoiceFacts {
    pub catalog: Arc<Catalog>,
    pub customer: Customer,
    pub view: InvoiceView,
    /// Plan and subscription number, when the invoice is about one.
    pub service: Option<String>,
    /// PPN as it was when the invoice was issued; none when it holds none.
    pub tax_rule: Option<TaxRule>,
    pub zone: Zone,
    /// Opens the pay page of this invoice; none when nothing is owed or links can't be made.
    pub pay_url: Option<String>,
}

/// # Errors
/// `billing.invoice_not_found`, also when out of scope.
pub async fn invoice(
    q: &mut dyn Query,
    scope: &Scope,
    id: InvoiceId,
    now: kernel::Ts,
) -> Result<InvoiceFacts> {
    let view = billing::invoice::view(q, scope, id).await?;
    let catalog = catalog::current(q).await?;
    let customer = customer::find(q, &Scope::all(), view.invoice.customer_id).await?;
    let zone = catalog.zone(view.invoice.branch_id);
    let service = match view.invoice.subscription_id {
        Some(id) => {
            let sub = billing::subscription::find(q, &Scope::all(), id).await?;
            let plan = catalog.plan(sub.plan_id).map_or("", |plan| plan.name.as_str());
            let label = sub.label.map(|label| format!(" · {label}")).unwrap_or_default();
            Some(format!("{plan}\n{}{label}", sub.number))
        }
        None => None,
    };
    let issued = view.invoice.issued_on.unwrap_or_else(|| now.day(zone));
    let taxed = !view.invoice.tax.is_zero();
    let tax_rule = catalog.tax_at(issued).filter(|_| taxed).cloned();
    let owed = view.invoice.number.is_some() && view.invoice.outstanding().is_positive();
    let signer = q.ext::<Signer>().filter(|_| owed && view.invoice.live);
    let pay_url = signer.map(|s| s.url(id, &customer.phone, now.day(zone)));
    Ok(InvoiceFacts { catalog, customer, view, service, tax_rule, zone, pay_url })
}

/// A printed credit note's facts.
#[derive(Clone, Debug)]
pub struct CreditFacts {
    pub note: CreditNote,
    pub lines: Vec<CreditLine>,
    pub of: InvoiceFacts,
}

/// # Errors
/// `billing.credit_note_not_found`, also when out of scope.
pub async fn credit_note(
    q: &mut dyn Query,
    scope: &Scope,
    id: CreditNoteId,
    now: kernel::Ts,
) -> Result<CreditFacts> {
    let (note, lines) = billing::credit::find(q, scope, id).await?;
    let of = invoice(q, scope, note.invoice_id, now).await?;
    Ok(CreditFacts { note, lines, of })
}

/// A printed receipt's facts.
#[derive(Clone, Debug)]
pub struct ReceiptFacts {
    pub catalog: Arc<Catalog>,
    pub customer: Customer,
    pub receipt: Receipt,
    pub zone: Zone,
    /// What the payment settles, taken-back parts left out.
    pub settled: Vec<Settled>,
}

/// An invoice on a receipt.
#[derive(Clone, Debug)]
pub struct Settled {
    pub number: String,
    pub description: String,
    pub amount: Money,
    /// What is left of it now.
    pub remaining: Money,
}

/// # Errors
/// `billing.payment_not_found`, also when out of scope.
pub async fn receipt(
    q: &mut dyn Query,
    scope: &Scope,
    id: PaymentId,
    lang: Lang,
) -> Result<ReceiptFacts> {
    let receipt = billing::pay::receipt(q, scope, id).await?;
    let catalog = catalog::current(q).await?;
    let customer = customer::find(q, &Scope::all(), receipt.payment.customer_id).await?;
    let zone = catalog.zone(receipt.payment.branch_id);
    let mut settled: Vec<(InvoiceId, Money)> = Vec::new();
    for part in &receipt.allocations {
        match settled.iter_mut().find(|(id, _)| *id == part.invoice_id) {
            Some((_, sum)) => *sum += part.amount,
            None => settled.push((part.invoice_id, part.amount)),
        }
    }
    settled.retain(|(_, amount)| amount.is_positive());
    let mut rows = Vec::with_capacity(settled.len());
    for (id, amount) in settled {
        let view = billing::invoice::view(q, &Scope::all(), id).await?;
        rows.push(Settled {
            number: view.invoice.name().to_owned(),
            description: description(&view, lang),
            amount,
            remaining: view.invoice.outstanding().or_zero(),
        });
    }
    Ok(ReceiptFacts { catalog, customer, receipt, zone, settled: rows })
}

/// `Internet November 2026`, or what its first line says.
fn description(view: &InvoiceView, lang: Lang) -> String {
    let first = view.lines.first().map(|line| line.name.clone()).unwrap_or_default();
    let period = view.invoice.period();
    if view.invoice.subscription_id.is_none() || period.from == period.to {
        return first;
    }
    let when = if period == Period::month_of(period.from) {
        period.from.month_name(lang)
    } else {
        billing::rating::span_text(period, lang)
    };
    format!("{first} {when}")
}

/// A printed voucher batch's facts.
#[derive(Clone, Debug)]
pub struct VoucherFacts {
    pub catalog: Arc<Catalog>,
    pub batch: VoucherBatch,
    pub vouchers: Vec<Voucher>,
    pub plan: String,
}

/// # Errors
/// `billing.voucher_batch_not_found`, also when out of scope.
pub async fn vouchers(
    q: &mut dyn Query,
    scope: &Scope,
    id: VoucherBatchId,
) -> Result<VoucherFacts> {
    let (batch, vouchers) = billing::voucher::batch(q, scope, id).await?;
    let catalog = catalog::current(q).await?;
    let plan = catalog.plan(batch.plan_id)?.name.clone();
    Ok(VoucherFacts { catalog, batch, vouchers, plan })
}
