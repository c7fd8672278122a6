//! Papers: invoices, credit notes, receipts on the roll or A5, voucher sheets. Nothing is computed here.

use axum::extract::State;
use axum::response::Response;
use billing::words::{PaymentState, WithholdingKind};
use catalog::Catalog;
use crm::customer::Customer;
use documents::invoice::{
    Deduction, DeductionKind, InvoiceKind, InvoiceLine, InvoicePaper, TaxNote, invoice_pdf,
};
use documents::paper::{Issuer, PaperQr, Party, QrPurpose};
use documents::receipt::{Channel, Paper, ReceiptPaper, SettledInvoice, receipt_pdf};
use documents::voucher::{VoucherCard, VoucherSheet, voucher_sheet_pdf};
use flows::views::papers::{self, CreditFacts, InvoiceFacts, ReceiptFacts, VoucherFacts};
use kernel::{
    Actor, CreditNoteId, Fault, InvoiceId, Lang, Money, PaymentId, Period, Result as Fallible,
    Scope, VoucherBatchId,
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::invoice_view::formula;
use super::{pdf, say, typeset};
use crate::http::app::App;
use crate::http::extract::{At, Search};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(invoice))
        .routes(routes!(credit_note))
        .routes(routes!(receipt))
        .routes(routes!(collected))
        .routes(routes!(vouchers))
}

/// In which language a paper is printed.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PaperQuery {
    /// `id` or `en`; the customer's own when left out.
    #[param(value_type = Option<String>)]
    lang: Option<Lang>,
}

pub(in crate::http) fn issuer(catalog: &Catalog) -> Fallible<Issuer> {
    let company = catalog.company()?;
    let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    Ok(Issuer {
        name: company.name.clone(),
        legal_name: company.legal_name.clone(),
        address: company.address.clone(),
        npwp: company.npwp.clone(),
        is_pkp: company.is_pkp,
        phone: given(&company.phone),
        email: given(&company.email),
        website: None,
        logo: None,
    })
}

fn party(customer: &Customer) -> Party {
    Party {
        name: customer.name.clone(),
        number: customer.number.clone(),
        address: customer.address.clone(),
        phone: Some(customer.phone.to_string()),
        npwp: customer.npwp.clone(),
    }
}

/// Print an invoice: A4, PDF.
#[utoipa::path(
    get, path = "/api/v1/invoices/{id}/pdf", params(("id" = uuid::Uuid, Path), PaperQuery),
    responses((status = 200, content_type = "application/pdf", body = Vec<u8>))
)]
async fn invoice(
    State(app): State<App>,
    actor: Actor,
    At(id): At<InvoiceId>,
    Search(query): Search<PaperQuery>,
) -> Result<Response, Problem> {
    print_invoice(&app, &actor, id, query.lang).await
}

/// The invoice as a PDF, in the customer's language when none is named.
pub(in crate::http) async fn print_invoice(
    app: &App,
    actor: &Actor,
    id: InvoiceId,
    lang: Option<Lang>,
) -> Result<Response, Problem> {
    let facts = papers::invoice(&mut app.reader(), &actor.scope, id, app.now()).await?;
    let lang = lang.unwrap_or_else(|| facts.customer.language());
    let name = facts.view.invoice.name().to_owned();
    let paper = invoice_paper(&facts, lang, app.now())?;
    let bytes = typeset(move || invoice_pdf(&paper, lang)).await?;
    Ok(pdf(&name, bytes))
}

fn tax_note(facts: &InvoiceFacts) -> Option<TaxNote> {
    let note = |rule: &catalog::TaxRule| TaxNote {
        rate_bp: rule.rate_bp,
        base_num: rule.base_num,
        base_den: rule.base_den,
    };
    facts.tax_rule.as_ref().map(note)
}

fn invoice_paper(facts: &InvoiceFacts, lang: Lang, now: kernel::Ts) -> Fallible<InvoicePaper> {
    let invoice = &facts.view.invoice;
    let lines = facts.view.lines.iter().map(|line| InvoiceLine {
        description: match line.from_on {
            Some(_) => line.name.clone(),
            None => line.text(lang),
        },
        period: line.from_on.zip(line.to_on).and_then(|(from, to)| Period::new(from, to)),
        formula: formula(line, lang),
        base: line.base,
        tax: line.tax,
    });
    let mut notes: Vec<String> = invoice.note.iter().cloned().collect();
    if let Some(at) = invoice.isolate_at.filter(|_| invoice.outstanding().is_positive()) {
        let when = at.local_text(facts.zone, lang);
        notes.push(say(
            lang,
            &format!("Layanan diisolir otomatis pada {when} bila belum lunas."),
            &format!("Service is cut down to the pay page on {when} if unpaid."),
        ));
    }
    let qr = facts.pay_url.clone().map(|text| PaperQr { purpose: QrPurpose::Pay, text });
    Ok(InvoicePaper {
        issuer: issuer(&facts.catalog)?,
        customer: party(&facts.customer),
        kind: InvoiceKind::Invoice,
        number: invoice.number.clone(),
        issued_on: invoice.issued_on.unwrap_or_else(|| now.day(facts.zone)),
        due_on: Some(invoice.due_on),
        period: invoice.subscription_id.map(|_| invoice.period()),
        service: facts.service.clone(),
        lines: lines.collect(),
        base: invoice.base,
        tax: invoice.tax,
        tax_rule: tax_note(facts),
        total: invoice.total,
        deductions: deductions(facts, lang),
        pay_to: Vec::new(),
        qr,
        notes,
    })
}

/// Everything that has settled the invoice so far.
fn deductions(facts: &InvoiceFacts, lang: Lang) -> Vec<Deduction> {
    let mut all: Vec<Deduction> = Vec::new();
    let mut paid: Vec<(PaymentId, String, Money)> = Vec::new();
    for part in &facts.view.allocations {
        match paid.iter_mut().find(|(id, ..)| *id == part.payment_id) {
            Some((.., sum)) => *sum += part.amount,
            None => {
                let day = part.at.day(facts.zone).short(lang);
                let number = part.receipt_number.clone().unwrap_or_default();
                paid.push((part.payment_id, format!("{number}, {day}"), part.amount));
            }
        }
    }
    let mut add = |kind, detail: Option<String>, amount: Money| {
        if amount.is_positive() {
            all.push(Deduction { kind, detail, amount });
        }
    };
    for (_, detail, amount) in paid {
        add(DeductionKind::Payment, Some(detail), amount);
    }
    for note in &facts.view.credit_notes {
        let detail = format!("{}, {}", note.number, note.issued_on.short(lang));
        add(DeductionKind::Credit, Some(detail), note.total);
    }
    for w in facts.view.withholdings.iter().filter(|w| w.cancelled_at.is_none()) {
        let kind = match w.kind {
            WithholdingKind::Pph23 => DeductionKind::WithheldPph23,
            WithholdingKind::Wapu => DeductionKind::WithheldPpn,
        };
        add(kind, w.certificate.clone(), w.amount);
    }
    add(DeductionKind::WrittenOff, None, facts.view.invoice.written_off);
    all
}

/// Print a credit note: A4, PDF.
#[utoipa::path(
    get, path = "/api/v1/credit-notes/{id}/pdf", params(("id" = uuid::Uuid, Path), PaperQuery),
    responses((status = 200, content_type = "application/pdf", body = Vec<u8>))
)]
async fn credit_note(
    State(app): State<App>,
    actor: Actor,
    At(id): At<CreditNoteId>,
    Search(query): Search<PaperQuery>,
) -> Result<Response, Problem> {
    let facts = papers::credit_note(&mut app.reader(), &actor.scope, id, app.now()).await?;
    let lang = query.lang.unwrap_or_else(|| facts.of.customer.language());
    let paper = credit_paper(&facts, lang)?;
    let bytes = typeset(move || invoice_pdf(&paper, lang)).await?;
    Ok(pdf(&facts.note.number, bytes))
}

fn credit_paper(facts: &CreditFacts, lang: Lang) -> Fallible<InvoicePaper> {
    let of = &facts.of;
    let lines = facts.lines.iter().map(|credit| {
        let line = of.view.lines.iter().find(|line| line.id == credit.line_id);
        InvoiceLine {
            description: line.map_or_else(String::new, |line| line.text(lang)),
            period: None,
            formula: None,
            base: credit.base,
            tax: credit.tax,
        }
    });
    let taxed = !facts.note.tax.is_zero();
    Ok(InvoicePaper {
        issuer: issuer(&of.catalog)?,
        customer: party(&of.customer),
        kind: InvoiceKind::CreditNote {
            of_invoice: of.view.invoice.name().to_owned(),
            reason: facts.note.why.clone(),
        },
        number: Some(facts.note.number.clone()),
        issued_on: facts.note.issued_on,
        due_on: None,
        period: None,
        service: of.service.clone(),
        lines: lines.collect(),
        base: facts.note.base,
        tax: facts.note.tax,
        tax_rule: tax_note(of).filter(|_| taxed),
        total: facts.note.total,
        deductions: Vec::new(),
        pay_to: Vec::new(),
        qr: None,
        notes: Vec::new(),
    })
}

/// What a receipt is printed on, and what it says besides.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ReceiptQuery {
    /// `58mm` (the counter's roll) or `a5`, which it is when left out.
    #[param(value_type = Option<String>)]
    paper: Option<PaperWord>,
    /// Cash handed over, in rupiah: the change is printed.
    tendered: Option<i64>,
    /// Printed again: the paper says that it is a copy.
    #[serde(default)]
    copy: bool,
    /// `id` or `en`; the customer's own when left out.
    #[param(value_type = Option<String>)]
    lang: Option<Lang>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub(super) enum PaperWord {
    #[serde(rename = "58mm")]
    Roll,
    #[default]
    #[serde(rename = "a5")]
    A5,
}

/// Print a receipt: 58 mm roll or A5, PDF.
///
/// Only settled money has a receipt.
#[utoipa::path(
    get, path = "/api/v1/payments/{id}/receipt", params(("id" = uuid::Uuid, Path), ReceiptQuery),
    responses((status = 200, content_type = "application/pdf", body = Vec<u8>))
)]
async fn receipt(
    State(app): State<App>,
    actor: Actor,
    At(id): At<PaymentId>,
    Search(query): Search<ReceiptQuery>,
) -> Result<Response, Problem> {
    print_receipt(&app, &actor.scope, id, query).await
}

/// Print the receipt for cash that I took outside of the office: 58 mm roll or A5, PDF.
#[utoipa::path(
    get, path = "/api/v1/cash/collections/{id}/receipt",
    params(("id" = uuid::Uuid, Path), ReceiptQuery),
    responses((status = 200, content_type = "application/pdf", body = Vec<u8>))
)]
async fn collected(
    State(app): State<App>,
    actor: Actor,
    At(id): At<PaymentId>,
    Search(query): Search<ReceiptQuery>,
) -> Result<Response, Problem> {
    let me = actor.user().unwrap_or(kernel::UserId::nil());
    billing::cash::must_have_collected(&mut app.reader(), me, id).await?;
    // Whoever took the money may print that, wherever the customer's jobs have gone since.
    print_receipt(&app, &Scope::all(), id, query).await
}

/// The receipt on A5 as a PDF, in the customer's language when none is named.
pub(in crate::http) async fn print_own_receipt(
    app: &App,
    actor: &Actor,
    id: PaymentId,
    lang: Option<Lang>,
) -> Result<Response, Problem> {
    print_receipt(app, &actor.scope, id, ReceiptQuery { lang, ..ReceiptQuery::default() }).await
}

async fn print_receipt(
    app: &App,
    scope: &Scope,
    id: PaymentId,
    query: ReceiptQuery,
) -> Result<Response, Problem> {
    let asked = query.lang.unwrap_or_default();
    let facts = papers::receipt(&mut app.reader(), scope, id, asked).await?;
    let lang = query.lang.unwrap_or_else(|| facts.customer.language());
    let paper = receipt_paper(facts, query)?;
    let on = match query.paper.unwrap_or_default() {
        PaperWord::Roll => Paper::Thermal58,
        PaperWord::A5 => Paper::A5,
    };
    let number = paper.number.clone();
    let bytes = typeset(move || receipt_pdf(&paper, on, lang)).await?;
    Ok(pdf(&number, bytes))
}

fn receipt_paper(facts: ReceiptFacts, query: ReceiptQuery) -> Fallible<ReceiptPaper> {
    let ReceiptFacts { catalog, customer, receipt, zone, settled } = facts;
    let payment = receipt.payment;
    let number = payment.receipt_number.filter(|_| payment.state == PaymentState::Settled);
    let number = number.ok_or_else(|| {
        Fault::conflict(
            "billing.no_receipt",
            "Kuitansi hanya untuk uang yang sudah diterima dan tidak dibatalkan.",
            "Only money that was received, and not reversed, has a receipt.",
        )
    })?;
    let branch = catalog.branch(payment.branch_id)?.name.clone();
    let on_invoices: Money = settled.iter().map(|row| row.amount).sum();
    Ok(ReceiptPaper {
        issuer: issuer(&catalog)?,
        customer: party(&customer),
        reference: (payment.reference != number).then_some(payment.reference),
        number,
        received_at: payment.received_at,
        zone,
        branch: Some(branch),
        cashier: Some(payment.recorded_by),
        channel: Channel::from_code(&payment.channel),
        settled: settled
            .into_iter()
            .map(|row| SettledInvoice {
                number: row.number,
                description: row.description,
                amount: row.amount,
                remaining: row.remaining,
            })
            .collect(),
        credit: payment.amount - on_invoices,
        amount: payment.amount,
        tendered: query.tendered.map(Money::rupiah),
        credit_balance: Some(receipt.credit).filter(|credit| credit.is_positive()),
        qr: None,
        notes: Vec::new(),
        copy: query.copy,
    })
}

/// Print a batch of vouchers: A4 sheets to cut, PDF.
#[utoipa::path(
    get, path = "/api/v1/vouchers/{id}/pdf", params(("id" = uuid::Uuid, Path), PaperQuery),
    responses((status = 200, content_type = "application/pdf", body = Vec<u8>))
)]
async fn vouchers(
    State(app): State<App>,
    actor: Actor,
    At(id): At<VoucherBatchId>,
    Search(query): Search<PaperQuery>,
) -> Result<Response, Problem> {
    let facts = papers::vouchers(&mut app.reader(), &actor.scope, id).await?;
    let lang = query.lang.unwrap_or_default();
    let number = facts.batch.number.clone();
    let sheet = voucher_sheet(facts)?;
    let bytes = typeset(move || voucher_sheet_pdf(&sheet, lang)).await?;
    Ok(pdf(&number, bytes))
}

fn voucher_sheet(facts: VoucherFacts) -> Fallible<VoucherSheet> {
    let unused = facts
        .vouchers
        .iter()
        .enumerate()
        .filter(|(_, voucher)| voucher.state == billing::words::VoucherState::Unused);
    let cards = unused.map(|(n, voucher)| VoucherCard {
        code: voucher.printed(),
        serial: format!("{}-{:04}", facts.batch.number, n + 1),
    });
    Ok(VoucherSheet {
        issuer: issuer(&facts.catalog)?,
        vouchers: cards.collect(),
        batch: facts.batch.number,
        plan: facts.plan,
        days: facts.batch.days,
        price: Some(facts.batch.price).filter(|price| price.is_positive()),
        expires_on: facts.batch.expires_on,
        hint: None,
        link: None,
    })
}
