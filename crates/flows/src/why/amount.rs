//! Why this amount: an invoice taken apart into sentences, line by line, with its formula.

use kernel::{Day, Fault, InvoiceId, Lang, Money, Period, Result, Scope};
use serde::Serialize;
use store::{Query, QueryExt, args, row};

use super::Say;

row! { struct Head { number: Option<String>, base: Money, tax: Money,
total: Money, paid: Money, credited: Money, withheld: Money, written_off: Money } }
row! { struct LineRow { kind: String, name: String, from_on: Option<Day>, to_on: Option<Day>, days: i64,
of_days: i64, price: Money, base: Money, tax: Money } }

/// One line in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AmountPart {
    pub kind: String,
    pub say: Say,
    pub base: Money,
    pub tax: Money,
}

/// The whole invoice in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AmountAnswer {
    /// `whole_period`, `pro_rata`, `plan_change`, `withholding`, `partly_paid`, `no_days`, `other`.
    pub cause: &'static str,
    pub say: Say,
    pub parts: Vec<AmountPart>,
    pub base: Money,
    pub tax: Money,
    pub total: Money,
    pub outstanding: Money,
}

/// Explains an invoice's amount.
///
/// # Errors
/// `billing.invoice_not_found`, also when out of scope.
pub async fn amount(q: &mut dyn Query, scope: &Scope, invoice: InvoiceId) -> Result<AmountAnswer> {
    let head: Option<Head> = q
        .row_opt(
            "select number, base, tax, total, paid, credited, withheld, written_off
             from billing_invoice where id = $1 and ($2 is null or branch_id = $2)
               and ($3 is null or partner_id = $3) and ($4 is null or customer_id = $4)",
            args![invoice, scope.branch, scope.partner, scope.customer],
        )
        .await?;
    let Some(head) = head else {
        return Err(Fault::not_found(
            "billing.invoice_not_found",
            "Tagihan tidak ada.",
            "No such invoice.",
        ));
    };
    let lines: Vec<LineRow> = q
        .rows(
            "select kind, name, from_on, to_on, days, of_days, price, base, tax
             from billing_invoice_line where invoice_id = $1 order by no",
            args![invoice],
        )
        .await?;
    let parts: Vec<AmountPart> = lines.iter().map(part).collect();
    let outstanding = head.total - head.paid - head.credited - head.withheld - head.written_off;
    let cause = cause_of(&head, &lines);
    Ok(AmountAnswer {
        cause,
        say: say(&head, &parts, cause, outstanding),
        parts,
        base: head.base,
        tax: head.tax,
        total: head.total,
        outstanding,
    })
}

fn cause_of(head: &Head, lines: &[LineRow]) -> &'static str {
    let plans = lines.iter().filter(|l| l.kind == "plan" || l.kind == "plan_unused").count();
    if !head.withheld.is_zero() {
        "withholding"
    } else if plans > 1 {
        "plan_change"
    } else if lines.iter().any(|l| l.kind == "plan" && l.days < l.of_days) {
        "pro_rata"
    } else if plans == 1 {
        "whole_period"
    } else {
        "other"
    }
}

fn part(line: &LineRow) -> AmountPart {
    AmountPart {
        kind: line.kind.clone(),
        say: Say::new(line_words(line, Lang::Id), line_words(line, Lang::En)),
        base: line.base,
        tax: line.tax,
    }
}

fn line_words(line: &LineRow, lang: Lang) -> String {
    let span = match (line.from_on, line.to_on) {
        (Some(from), Some(to)) => span(from, to, lang),
        _ => String::new(),
    };
    let tax = match (line.tax.is_zero(), lang) {
        (true, _) => String::new(),
        (false, Lang::Id) => format!(" + PPN {}", line.tax),
        (false, Lang::En) => format!(" + VAT {}", line.tax),
    };
    let (days, of) = (line.days, line.of_days);
    if days < of && of > 0 {
        return match lang {
            Lang::Id => format!(
                "{}{span}: {days} dari {of} hari × {} = {}{tax}",
                line.name, line.price, line.base
            ),
            Lang::En => format!(
                "{}{span}: {days} of {of} days × {} = {}{tax}",
                line.name, line.price, line.base
            ),
        };
    }
    format!("{}{span}: {}{tax}", line.name, line.base)
}

fn span(from: Day, to: Day, lang: Lang) -> String {
    let whole = Period::new(from, to).is_some_and(|p| p == Period::month_of(from));
    if whole {
        return format!(" {}", from.month_name(lang));
    }
    format!(" {} – {}", from.short(lang), to.short(lang))
}

fn say(head: &Head, parts: &[AmountPart], cause: &str, outstanding: Money) -> Say {
    let number = head.number.clone().unwrap_or_default();
    let text = |lang: Lang| {
        let lines: Vec<&str> = parts.iter().map(|p| p.say.of(lang)).collect();
        let lines = lines.join("; ");
        match (lang, cause) {
            (Lang::Id, "withholding") => format!(
                "{number} {}: dipotong pajak {} oleh pelanggan, dibayar {}, sisa {outstanding}. {lines}.",
                head.total, head.withheld, head.paid
            ),
            (Lang::En, "withholding") => format!(
                "{number} {}: {} withheld as tax by the customer, {} paid, {outstanding} open. {lines}.",
                head.total, head.withheld, head.paid
            ),
            (Lang::Id, "pro_rata") => {
                format!("{number} {} karena tidak satu periode penuh: {lines}.", head.total)
            }
            (Lang::En, "pro_rata") => {
                format!("{number} is {} since it is not a whole period: {lines}.", head.total)
            }
            (Lang::Id, "plan_change") => {
                format!("{number} {} karena ganti paket di tengah periode: {lines}.", head.total)
            }
            (Lang::En, "plan_change") => {
                format!(
                    "{number} is {} since the plan changed within the period: {lines}.",
                    head.total
                )
            }
            (Lang::Id, _) => format!("{number} {}: {lines}.", head.total),
            (Lang::En, _) => format!("{number} is {}: {lines}.", head.total),
        }
    };
    Say::new(text(Lang::Id), text(Lang::En))
}
