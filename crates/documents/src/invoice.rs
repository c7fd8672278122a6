//! The A4 invoice and its twin, the credit note.

use kernel::{Day, Fault, Lang, Money, Period, Result};
use serde_json::{Value, json};

use crate::paper::{
    Issuer, PaperQr, Party, PaymentWay, QrPurpose, day, in_words, issuer_json, money,
    must_hold_something, paper_qr_json, party_json, percent, period,
};
use crate::press::{Template, print};

/// Everything an invoice or credit note shows. Amounts come from billing; nothing is computed here
/// but the outstanding rest, and a paper that does not add up is refused.
#[derive(Clone, Debug)]
pub struct InvoicePaper {
    pub issuer: Issuer,
    pub customer: Party,
    pub kind: InvoiceKind,
    /// `None`: a draft, printed as such.
    pub number: Option<String>,
    pub issued_on: Day,
    pub due_on: Option<Day>,
    pub period: Option<Period>,
    /// Plan and place: `Rumah 20 Mbps\nS000123 · Rumah Cibubur`.
    pub service: Option<String>,
    pub lines: Vec<InvoiceLine>,
    pub base: Money,
    pub tax: Money,
    /// How the tax was computed. `None`: untaxed, and `tax` must be zero.
    pub tax_rule: Option<TaxNote>,
    pub total: Money,
    /// What has settled the total so far, oldest first. Amounts are positive.
    pub deductions: Vec<Deduction>,
    /// Left out once nothing is left to pay, as is a QR code to pay by.
    pub pay_to: Vec<PaymentWay>,
    pub qr: Option<PaperQr>,
    pub notes: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvoiceKind {
    Invoice,
    /// Takes back (part of) an issued invoice; its amounts are what is given back, positive.
    CreditNote {
        of_invoice: String,
        reason: String,
    },
}

#[derive(Clone, Debug)]
pub struct InvoiceLine {
    pub description: String,
    pub period: Option<Period>,
    /// How the amount came about: `21 dari 30 hari × Rp 250.000`.
    pub formula: Option<String>,
    /// Before tax; negative for discounts and what a plan change gives back.
    pub base: Money,
    pub tax: Money,
}

/// PPN as a rate on a share of the price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaxNote {
    /// 1200 = 12 %.
    pub rate_bp: i64,
    pub base_num: i64,
    pub base_den: i64,
}

#[derive(Clone, Debug)]
pub struct Deduction {
    pub kind: DeductionKind,
    /// Which one: `KW/2026/12/000017, 5 Des 2026`.
    pub detail: Option<String>,
    pub amount: Money,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeductionKind {
    Payment,
    Credit,
    WithheldPph23,
    WithheldPpn,
    /// Withheld tax of no told kind.
    Withheld,
    WrittenOff,
}

impl DeductionKind {
    const fn word(self) -> &'static str {
        match self {
            Self::Payment => "payment",
            Self::Credit => "credit",
            Self::WithheldPph23 => "withheld_pph23",
            Self::WithheldPpn => "withheld_ppn",
            Self::Withheld => "withheld",
            Self::WrittenOff => "written_off",
        }
    }
}

impl InvoicePaper {
    /// Total less everything that settled it.
    pub fn outstanding(&self) -> Money {
        self.total - self.deductions.iter().map(|d| d.amount).sum()
    }
}

/// The paper as an A4 PDF; long invoices go on over several pages.
///
/// # Errors
/// `documents.empty` without lines, `documents.logo`, `documents.qr_too_long`; a bug when lines,
/// tax, total and deductions do not add up: a wrong paper is worse than none.
pub fn invoice_pdf(paper: &InvoicePaper, lang: Lang) -> Result<Vec<u8>> {
    must_hold_something(&paper.lines)?;
    must_add_up(paper)?;
    print(Template::Invoice, &values(paper, lang)?, paper.issuer.logo.as_deref())
}

fn must_add_up(paper: &InvoicePaper) -> Result<()> {
    let base: Money = paper.lines.iter().map(|line| line.base).sum();
    let tax: Money = paper.lines.iter().map(|line| line.tax).sum();
    let whole = base == paper.base && tax == paper.tax && base + tax == paper.total;
    let untaxed = paper.tax_rule.is_some() || paper.tax.is_zero();
    if whole && untaxed && !paper.outstanding().is_negative() {
        return Ok(());
    }
    let number = paper.number.as_deref().unwrap_or("draft");
    Err(Fault::bug(format!("invoice paper {number} does not add up")))
}

fn values(paper: &InvoicePaper, lang: Lang) -> Result<Value> {
    let (kind, of_invoice, reason) = match &paper.kind {
        InvoiceKind::Invoice => ("invoice", None, None),
        InvoiceKind::CreditNote { of_invoice, reason } => {
            ("credit_note", Some(of_invoice), Some(reason))
        }
    };
    let is_invoice = of_invoice.is_none();
    let settled = paper.outstanding().is_zero();
    let pay_to = if settled { &[] } else { paper.pay_to.as_slice() };
    let qr = paper.qr.as_ref().filter(|qr| !settled || qr.purpose == QrPurpose::Verify);
    let draft = if lang == Lang::Id { "Draf" } else { "Draft" };
    Ok(json!({
        "lang": lang.code(),
        "issuer": issuer_json(&paper.issuer),
        "customer": party_json(&paper.customer),
        "kind": kind,
        "shown_number": paper.number.as_deref().unwrap_or(draft),
        "issued_on": day(paper.issued_on, lang),
        "due_on": paper.due_on.map(|on| day(on, lang)),
        "period": paper.period.map(|span| period(span, lang)),
        "service": paper.service,
        "for_invoice": of_invoice,
        "reason": reason,
        "lines": paper.lines.iter().map(|line| json!({
            "description": line.description,
            "period": line.period.map(|span| period(span, lang)),
            "formula": line.formula,
            "base": money(line.base),
        })).collect::<Vec<_>>(),
        "sums": sums(paper, is_invoice, lang),
        "outstanding": is_invoice.then(|| money(paper.outstanding())),
        "stamp": stamp(paper),
        "in_words": in_words(paper.total, lang),
        "pay_to": pay_to.iter().map(|way| json!({
            "name": way.name, "account": way.account, "holder": way.holder,
        })).collect::<Vec<_>>(),
        "qr": paper_qr_json(qr)?,
        "notes": paper.notes,
    }))
}

/// The rows between the lines and what is left to pay.
fn sums(paper: &InvoicePaper, is_invoice: bool, lang: Lang) -> Vec<Value> {
    let row = |word: &str, extra: String, amount: String, heavy: bool| json!({ "word": word, "extra": extra, "amount": amount, "heavy": heavy });
    let none = String::new;
    let mut rows = Vec::new();
    match paper.tax_rule {
        None => rows.push(row("base_untaxed", none(), money(paper.base), false)),
        Some(rule) => {
            rows.push(row("base", none(), money(paper.base), false));
            if rule.base_num != rule.base_den {
                let share = format!(" {}/{}", rule.base_num, rule.base_den);
                rows.push(row("other_base", share, other_base(paper.base, rule), false));
            }
            let rate = format!(" {}", percent(rule.rate_bp, lang));
            rows.push(row("tax", rate, money(paper.tax), false));
        }
    }
    let total = if is_invoice { "total" } else { "total_credit" };
    rows.push(row(total, none(), money(paper.total), true));
    for deduction in &paper.deductions {
        let detail = deduction.detail.as_ref().map(|text| format!(" {text}")).unwrap_or_default();
        rows.push(row(deduction.kind.word(), detail, money(-deduction.amount), false));
    }
    rows
}

/// The tax base that is a share of the price, with the two decimals the tax office wants.
fn other_base(base: Money, rule: TaxNote) -> String {
    let hundredths = base.times(100).ratio(rule.base_num, rule.base_den);
    let cents = hundredths.get().unsigned_abs() % 100;
    let rupiah = Money::rupiah(hundredths.get() / 100);
    format!("{},{cents:02}", money(rupiah))
}

fn stamp(paper: &InvoicePaper) -> Option<&'static str> {
    if paper.number.is_none() {
        return Some("draft");
    }
    if paper.kind != InvoiceKind::Invoice || !paper.outstanding().is_zero() {
        return None;
    }
    let only_credited = !paper.deductions.is_empty()
        && paper.deductions.iter().all(|d| d.kind == DeductionKind::Credit);
    Some(if only_credited { "credited" } else { "paid" })
}
