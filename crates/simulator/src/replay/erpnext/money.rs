//! The arithmetic of its vouchers: totals with banker's rounding, what is outstanding, which status follows.

use serde_json::{Map, Value, json};

use super::site::Doc;

/// Hundredths, rounded half to even: the site's default method.
pub(super) fn bankers(value: f64) -> f64 {
    // A product such as 93333.5 × 0.11 carries binary noise; a tie is meant in decimals.
    let scaled = (value * 1_000_000.0).round() / 10_000.0;
    let (floor, rest) = (scaled.floor(), scaled - scaled.floor());
    let whole = if (rest - 0.5).abs() < 1e-6 {
        if floor.rem_euclid(2.0) == 0.0 { floor } else { floor + 1.0 }
    } else {
        scaled.round()
    };
    whole / 100.0
}

pub(super) fn number(doc: &Doc, field: &str) -> f64 {
    match doc.get(field) {
        Some(Value::Number(n)) => n.as_f64().unwrap_or(0.0),
        Some(Value::String(s)) => s.parse().unwrap_or(0.0),
        Some(Value::Bool(true)) => 1.0,
        _ => 0.0,
    }
}
pub(super) fn flag(doc: &Doc, field: &str) -> bool {
    number(doc, field) != 0.0
}
pub(super) fn text<'a>(doc: &'a Doc, field: &str) -> &'a str {
    doc.get(field).and_then(Value::as_str).unwrap_or("")
}
pub(super) fn rows<'a>(doc: &'a mut Doc, field: &str) -> Vec<&'a mut Map<String, Value>> {
    match doc.get_mut(field) {
        Some(Value::Array(rows)) => rows.iter_mut().filter_map(Value::as_object_mut).collect(),
        _ => Vec::new(),
    }
}

/// Computes items, taxes and totals from quantities, rates and tax rows.
pub(super) fn total(doc: &mut Doc) {
    let (mut gross, included) = (0.0, included_rate(doc));
    for row in rows(doc, "items") {
        let qty = if row.contains_key("qty") { number(row, "qty") } else { 1.0 };
        let amount = bankers(qty * number(row, "rate"));
        let net = bankers(amount / (1.0 + included / 100.0));
        row.insert("qty".into(), json!(qty));
        row.insert("amount".into(), json!(amount));
        row.insert("net_amount".into(), json!(net));
        gross += amount;
    }
    let mut net = 0.0;
    for row in rows(doc, "items") {
        net += number(row, "net_amount");
    }
    let mut running = net;
    for row in rows(doc, "taxes") {
        let amount = match text(row, "charge_type") {
            "Actual" => bankers(number(row, "tax_amount")),
            _ => bankers(net * number(row, "rate") / 100.0),
        };
        running = bankers(running + amount);
        row.insert("tax_amount".into(), json!(amount));
        row.insert("total".into(), json!(running));
    }
    let rounded = if flag(doc, "disable_rounded_total") { 0.0 } else { running.round_ties_even() };
    doc.insert("total".into(), json!(gross));
    doc.insert("net_total".into(), json!(net));
    doc.insert("total_taxes_and_charges".into(), json!(bankers(running - net)));
    doc.insert("grand_total".into(), json!(running));
    doc.insert("rounded_total".into(), json!(rounded));
}

fn included_rate(doc: &mut Doc) -> f64 {
    rows(doc, "taxes")
        .iter()
        .filter(|row| flag(row, "included_in_print_rate"))
        .map(|row| number(row, "rate"))
        .sum()
}

/// What the customer owes for it: the rounded total, or the grand total when rounding is off.
pub(super) fn payable(doc: &Doc) -> f64 {
    let rounded = number(doc, "rounded_total");
    if flag(doc, "disable_rounded_total") { number(doc, "grand_total") } else { rounded }
}

/// The status of a submitted invoice, as the server computes it at submit and at each payment.
pub(super) fn invoice_status(doc: &Doc, today: &str) -> &'static str {
    let (left, due) = (number(doc, "outstanding_amount"), text(doc, "due_date"));
    if flag(doc, "is_return") {
        return "Return";
    }
    if left < 0.0 {
        "Credit Note Issued"
    } else if left == 0.0 {
        "Paid"
    } else if !due.is_empty() && due < today {
        "Overdue"
    } else if left < payable(doc) {
        "Partly Paid"
    } else {
        "Unpaid"
    }
}
