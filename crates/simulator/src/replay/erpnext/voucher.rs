//! What the accounting documents do beyond being stored: totals, statuses, outstanding amounts, the false answers.

use serde_json::{Value, json};

use super::kind::{self, Kind};
use super::money::{bankers, flag, invoice_status, number, payable, rows, text, total};
use super::refusal::Refusal;
use super::site::{Doc, Outcome, Site};

const INVOICE: &str = "Sales Invoice";
const PAYMENT: &str = "Payment Entry";

/// Validation and arithmetic before a draft is stored.
pub(super) fn before_insert(site: &mut Site, kind: &Kind, doc: &mut Doc) -> Result<(), Refusal> {
    match kind.name {
        INVOICE | "Sales Order" => selling(site, kind, doc),
        "Purchase Order" | "Purchase Receipt" => {
            total(doc);
            Ok(())
        }
        PAYMENT => payment(site, doc),
        "Customer" => {
            set_default(doc, "disabled", json!(0));
            let primary = text(doc, "customer_primary_contact").to_owned();
            if let Ok(contact) = site.get("Contact", &primary) {
                for field in ["mobile_no", "email_id"] {
                    doc.insert(field.into(), contact.get(field).cloned().unwrap_or_default());
                }
            }
            Ok(())
        }
        "Lead" => {
            let full = format!("{} {}", text(doc, "first_name"), text(doc, "last_name"));
            doc.insert("lead_name".into(), json!(full.trim()));
            doc.insert("title".into(), json!(full.trim()));
            Ok(())
        }
        "Opportunity" => opportunity(site, doc),
        "Contact" => {
            contact(doc);
            Ok(())
        }
        "Item Price" => item_price(site, doc),
        "Issue" => issue(doc),
        "Employee" => {
            let full = format!("{} {}", text(doc, "first_name"), text(doc, "last_name"));
            doc.insert("employee_name".into(), json!(full.trim()));
            if text(doc, "status") == "Left" && text(doc, "relieving_date").is_empty() {
                return Err(Refusal::business("ValidationError", "Please enter relieving date."));
            }
            Ok(())
        }
        "Employee Checkin" => checkin(site, doc),
        "Webhook" => webhook(doc),
        _ => Ok(()),
    }
}

fn set_default(doc: &mut Doc, field: &str, value: Value) {
    if doc.get(field).is_none_or(Value::is_null) {
        doc.insert(field.into(), value);
    }
}

fn selling(site: &mut Site, kind: &Kind, doc: &mut Doc) -> Result<(), Refusal> {
    let customer = text(doc, "customer").to_owned();
    let party = site.get("Customer", &customer).cloned();
    if let Ok(party) = &party {
        doc.insert("customer_name".into(), party["customer_name"].clone());
    }
    for row in rows(doc, "items") {
        let code = text(row, "item_code").to_owned();
        let item = site.get("Item", &code)?.clone();
        set_default(row, "item_name", item["item_name"].clone());
        if !row.contains_key("rate") {
            let mut price = site.docs.get("Item Price").into_iter().flatten();
            let price = price.rfind(|p| text(p, "item_code") == code);
            row.insert("rate".into(), json!(price.map_or(0.0, |p| number(p, "price_list_rate"))));
        }
    }
    let today = site.today();
    if kind.name == INVOICE {
        // As recorded: the due date is held against the posting date that was given, then that is replaced.
        set_default(doc, "posting_date", json!(today));
        let given = text(doc, "posting_date").to_owned();
        must_be_a_date(&given)?;
        if !flag(doc, "set_posting_time") {
            doc.insert("posting_date".into(), json!(today));
        }
        if flag(doc, "is_return") {
            set_default(doc, "due_date", json!(given));
        }
        if text(doc, "due_date").is_empty() {
            return Err(Refusal::business("ValidationError", "Due Date is mandatory"));
        }
        if text(doc, "due_date") < given.as_str() {
            let message = "Due Date cannot be before Posting / Supplier Invoice Date";
            return Err(Refusal::business("ValidationError", message));
        }
    }
    if party.is_err() {
        return Err(Refusal::business(
            "LinkValidationError",
            format!("Could not find Customer: {customer}"),
        ));
    }
    total(doc);
    // An order keeps the unfilled form of its title, as recorded.
    let title = if kind.name == INVOICE { customer.as_str() } else { "{customer_name}" };
    doc.insert("title".into(), json!(title));
    if kind.name == INVOICE {
        let left = if flag(doc, "is_return") { 0.0 } else { payable(doc) };
        doc.insert("outstanding_amount".into(), json!(left));
        doc.insert("paid_amount".into(), json!(0.0));
        set_default(doc, "is_return", json!(0));
        if flag(doc, "allocate_advances_automatically") {
            propose(site, doc);
        }
    }
    Ok(())
}

/// A date that is none is the database's complaint: 500, and for good.
fn must_be_a_date(value: &str) -> Result<(), Refusal> {
    match value.parse::<kernel::Day>() {
        Ok(_) => Ok(()),
        Err(_) => Err(Refusal::bare(500, "OperationalError")),
    }
}

fn payment(site: &mut Site, doc: &mut Doc) -> Result<(), Refusal> {
    let amount = number(doc, "paid_amount");
    if amount == 0.0 {
        return Err(Refusal::business("ValidationError", "Paid Amount is mandatory"));
    }
    let into = text(doc, "paid_to").to_owned();
    let account = site.get("Account", &into)?.clone();
    if text(&account, "account_type") == "Bank"
        && (text(doc, "reference_no").is_empty() || text(doc, "reference_date").is_empty())
    {
        return Err(Refusal::business(
            "ValidationError",
            "Reference No and Reference Date is mandatory for Bank transaction",
        ));
    }
    let party = text(doc, "party").to_owned();
    if site.get("Customer", &party).is_err() {
        return Err(Refusal::business(
            "LinkValidationError",
            format!("Could not find Customer: {party}"),
        ));
    }
    let today = site.today();
    set_default(doc, "posting_date", json!(today));
    let mut allocated = 0.0;
    for (at, row) in rows(doc, "references").into_iter().enumerate() {
        let part = number(row, "allocated_amount");
        let invoice = site.get(INVOICE, text(row, "reference_name"))?;
        let left = number(invoice, "outstanding_amount");
        if part > left {
            return Err(Refusal::business(
                "ValidationError",
                format!(
                    "Row #{}: Allocated Amount cannot be greater than outstanding amount.",
                    at + 1
                ),
            ));
        }
        row.insert("total_amount".into(), json!(payable(invoice)));
        row.insert("outstanding_amount".into(), json!(left - part));
        allocated += part;
    }
    doc.insert("party_name".into(), json!(party));
    doc.insert("title".into(), json!(party));
    doc.insert("total_allocated_amount".into(), json!(allocated));
    doc.insert("unallocated_amount".into(), json!(bankers(amount - allocated)));
    Ok(())
}

fn opportunity(site: &mut Site, doc: &mut Doc) -> Result<(), Refusal> {
    let (from, party) =
        (text(doc, "opportunity_from").to_owned(), text(doc, "party_name").to_owned());
    let lead = site.get(&from, &party).map_err(|_| {
        Refusal::business("LinkValidationError", format!("Could not find Party: {party}"))
    })?;
    let name = if from == "Lead" { lead["lead_name"].clone() } else { lead["name"].clone() };
    doc.insert("title".into(), name);
    Ok(())
}

fn contact(doc: &mut Doc) {
    for (list, field, primary, to) in [
        ("email_ids", "email_id", "is_primary", "email_id"),
        ("phone_nos", "phone", "is_primary_mobile_no", "mobile_no"),
    ] {
        let found = rows(doc, list).iter().find(|row| flag(row, primary)).map(|r| r[field].clone());
        if let Some(value) = found {
            doc.insert(to.into(), value);
        }
    }
}

fn item_price(site: &mut Site, doc: &mut Doc) -> Result<(), Refusal> {
    site.get("Item", text(doc, "item_code"))?;
    let same = site.docs.get("Item Price").into_iter().flatten().any(|other| {
        ["item_code", "price_list", "valid_from"].iter().all(|f| text(other, f) == text(doc, f))
            && text(other, "name") != text(doc, "name")
    });
    if same {
        return Err(Refusal::business(
            "ItemPriceDuplicateItem",
            "Item Price appears multiple times based on Price List, Supplier/Customer, Currency, Item, Batch, UOM, Qty, and Dates.",
        ));
    }
    Ok(())
}

fn issue(doc: &mut Doc) -> Result<(), Refusal> {
    const STATES: [&str; 5] = ["Open", "Replied", "On Hold", "Resolved", "Closed"];
    let state = text(doc, "status");
    if STATES.contains(&state) {
        return Ok(());
    }
    Err(Refusal::business(
        "ValidationError",
        format!(
            " Status cannot be \"{state}\". It should be one of \"Open\", \"Replied\", \"On Hold\", \"Resolved\", \"Closed\""
        ),
    ))
}

fn checkin(site: &mut Site, doc: &mut Doc) -> Result<(), Refusal> {
    let twice = site.docs.get("Employee Checkin").into_iter().flatten().any(|other| {
        ["employee", "time"].iter().all(|f| text(other, f) == text(doc, f))
            && text(other, "name") != text(doc, "name")
    });
    if twice {
        return Err(Refusal::business(
            "ValidationError",
            "This employee already has a log with the same timestamp.",
        ));
    }
    Ok(())
}

fn webhook(doc: &mut Doc) -> Result<(), Refusal> {
    let submittable = kind::of(text(doc, "webhook_doctype")).is_some_and(|k| k.submittable);
    let needs = ["on_submit", "on_cancel", "on_update_after_submit"];
    if needs.contains(&text(doc, "webhook_docevent")) && !submittable {
        return Err(Refusal::business(
            "ValidationError",
            "DocType must be Submittable for the selected Doc Event",
        ));
    }
    Ok(())
}

/// What a new document does to others: a Customer converts its Lead.
pub(super) fn after_insert(site: &mut Site, kind: &Kind, doc: &Doc) -> Result<(), Refusal> {
    let lead = text(doc, "lead_name");
    if kind.name == "Customer" && !lead.is_empty() {
        let Some(of) = kind::of("Lead") else { return Ok(()) };
        let mut converted = site.get("Lead", lead)?.clone();
        converted.insert("status".into(), json!("Converted"));
        site.put(of, lead, converted);
    }
    Ok(())
}

/// Submits: the ledger moves, other documents follow.
pub(super) fn on_submit(site: &mut Site, kind: &Kind, mut doc: Doc, in_one_post: bool) -> Outcome {
    let today = site.today();
    match kind.name {
        INVOICE => {
            let year: String = text(&doc, "posting_date").chars().take(4).collect();
            if !site.fiscal_years.contains(&year) {
                let shown = text(&doc, "posting_date").to_owned();
                return Err(Refusal::business(
                    "FiscalYearError",
                    format!(
                        "Date {shown} is not in any active Fiscal Year for <strong>{}</strong>",
                        text(&doc, "company")
                    ),
                ));
            }
            if flag(&doc, "is_return") {
                credit(site, &mut doc, in_one_post)?;
            } else {
                advances(site, &mut doc)?;
                let status = invoice_status(&doc, &today);
                doc.insert("status".into(), json!(status));
            }
        }
        PAYMENT => {
            doc.insert("status".into(), json!("Submitted"));
            for (invoice, part) in parts(&mut doc) {
                owe(site, &invoice, -part)?;
            }
        }
        "Sales Order" => {
            doc.insert("status".into(), json!("To Deliver and Bill"));
        }
        "Purchase Order" => {
            doc.insert("status".into(), json!("To Receive and Bill"));
        }
        "Purchase Receipt" => {
            doc.insert("status".into(), json!("To Bill"));
            received(site, &mut doc);
        }
        _ => {}
    }
    Ok(doc)
}

/// What came in stands on the orders that it is of.
fn received(site: &mut Site, receipt: &mut Doc) {
    let came: Vec<(String, String, f64)> = rows(receipt, "items")
        .into_iter()
        .map(|row| {
            let item = text(row, "item_code").to_owned();
            (text(row, "purchase_order").to_owned(), item, number(row, "qty"))
        })
        .filter(|(order, ..)| !order.is_empty())
        .collect();
    let Some(kind) = kind::of("Purchase Order") else { return };
    for (order, item, quantity) in came {
        let Ok(mut doc) = site.get("Purchase Order", &order).cloned() else { continue };
        let (mut wanted, mut arrived) = (0.0, 0.0);
        for row in rows(&mut doc, "items") {
            if text(row, "item_code") == item {
                let so_far = number(row, "received_qty") + quantity;
                row.insert("received_qty".into(), json!(so_far));
            }
            wanted += number(row, "qty");
            arrived += number(row, "received_qty");
        }
        let percent = if wanted > 0.0 { 100.0 * arrived / wanted } else { 0.0 };
        doc.insert("per_received".into(), json!(percent));
        if percent >= 100.0 {
            doc.insert("status".into(), json!("To Bill"));
        }
        site.put(kind, &order, doc);
    }
}

/// A credit note lowers what its invoice owes, below zero when that was paid. In one POST its own status stays
/// Draft for good.
fn credit(site: &mut Site, doc: &mut Doc, in_one_post: bool) -> Result<(), Refusal> {
    let against = text(doc, "return_against").to_owned();
    if !against.is_empty() && !flag(doc, "update_outstanding_for_self") {
        owe(site, &against, payable(doc))?;
        doc.insert("outstanding_amount".into(), json!(0.0));
    }
    doc.insert("status".into(), json!(if in_one_post { "Draft" } else { "Return" }));
    Ok(())
}

/// `allocate_advances_automatically` proposes any unallocated payment of the customer, the oldest first.
fn propose(site: &Site, doc: &mut Doc) {
    let (customer, mut left) = (text(doc, "customer").to_owned(), payable(doc));
    let mut proposed = Vec::new();
    for paid in site.docs.get(PAYMENT).into_iter().flatten() {
        let free = number(paid, "unallocated_amount");
        if text(paid, "party") == customer && number(paid, "docstatus") == 1.0 && free > 0.0 {
            let part = free.min(left);
            proposed.push(json!({ "reference_type": PAYMENT, "reference_name": text(paid, "name"),
                "advance_amount": free, "allocated_amount": part, "ref_exchange_rate": 1.0 }));
            left -= part;
        }
    }
    doc.insert("advances".into(), Value::Array(proposed));
}

/// At submit the payments get a reference each, though they are submitted, and their `modified` moves.
fn advances(site: &mut Site, doc: &mut Doc) -> Result<(), Refusal> {
    let (name, mut left) = (text(doc, "name").to_owned(), number(doc, "outstanding_amount"));
    let total = payable(doc);
    let drawn: Vec<(String, f64)> = rows(doc, "advances")
        .into_iter()
        .map(|row| (text(row, "reference_name").to_owned(), number(row, "allocated_amount")))
        .filter(|(_, part)| *part > 0.0)
        .collect();
    let Some(kind) = kind::of(PAYMENT) else { return Ok(()) };
    for (payment, part) in drawn {
        let mut paid = site.get(PAYMENT, &payment)?.clone();
        let free = number(&paid, "unallocated_amount");
        if part > free {
            return Err(Refusal::business(
                "ValidationError",
                "Payment Entry has been modified after you pulled it. Please pull it again.",
            ));
        }
        left = bankers(left - part);
        let used = number(&paid, "total_allocated_amount") + part;
        paid.insert("unallocated_amount".into(), json!(bankers(free - part)));
        paid.insert("total_allocated_amount".into(), json!(used));
        let row = json!({ "reference_doctype": INVOICE, "reference_name": name, "total_amount": total,
            "outstanding_amount": left + part, "allocated_amount": part });
        match paid.get_mut("references") {
            Some(Value::Array(all)) => all.push(row),
            _ => drop(paid.insert("references".into(), json!([row]))),
        }
        site.put(kind, &payment, paid);
    }
    doc.insert("outstanding_amount".into(), json!(left));
    Ok(())
}

fn parts(doc: &mut Doc) -> Vec<(String, f64)> {
    rows(doc, "references")
        .into_iter()
        .map(|row| (text(row, "reference_name").to_owned(), number(row, "allocated_amount")))
        .collect()
}

/// Moves what an invoice owes; its status and `modified` follow, and `on_change` fires.
fn owe(site: &mut Site, invoice: &str, by: f64) -> Result<(), Refusal> {
    let Some(kind) = kind::of(INVOICE) else { return Ok(()) };
    let mut doc = site.get(INVOICE, invoice)?.clone();
    let left = bankers(number(&doc, "outstanding_amount") + by);
    doc.insert("outstanding_amount".into(), json!(left));
    let status = invoice_status(&doc, &site.today());
    doc.insert("status".into(), json!(status));
    site.put(kind, invoice, doc);
    let doc = site.get(INVOICE, invoice)?.clone();
    super::hooks::fire(site, INVOICE, "on_change", &doc);
    Ok(())
}

/// So much less is owed of an invoice.
pub(super) fn reconcile(site: &mut Site, invoice: &str, amount: i64) {
    // A rupiah amount of a test: exact in f64.
    if let Err(why) = owe(site, invoice, -(amount as f64)) {
        tracing::warn!(invoice, why = why.exc_type, "not reconciled");
    }
}

/// Cancels: a cancelled invoice silently frees its payments; a cancelled payment reopens its invoices.
pub(super) fn on_cancel(site: &mut Site, kind: &Kind, doc: &mut Doc) -> Result<(), Refusal> {
    let name = text(doc, "name").to_owned();
    match kind.name {
        INVOICE => {
            let stamp = site.stamp();
            for paid in site.docs.get_mut(PAYMENT).into_iter().flatten() {
                let freed: f64 =
                    parts(paid).iter().filter(|(i, _)| *i == name).map(|(_, p)| p).sum();
                if freed == 0.0 || number(paid, "docstatus") != 1.0 {
                    continue;
                }
                if let Some(Value::Array(rows)) = paid.get_mut("references") {
                    rows.retain(|row| row["reference_name"] != json!(name));
                }
                let free = number(paid, "unallocated_amount") + freed;
                paid.insert("unallocated_amount".into(), json!(free));
                paid.insert("modified".into(), json!(stamp));
            }
        }
        PAYMENT => {
            for (invoice, part) in parts(doc) {
                owe(site, &invoice, part)?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// The lie of one POST with `docstatus` 1: *Draft*, and for an invoice nothing outstanding.
pub(super) fn false_answer(kind: &Kind, mut answer: Doc) -> Doc {
    if kind.name == INVOICE {
        answer.insert("status".into(), json!("Draft"));
        answer.insert("outstanding_amount".into(), json!(0.0));
    }
    answer
}

/// The daily job: overdue by bulk SQL. `modified` stays, no webhook goes out.
pub(super) fn mark_overdue(site: &mut Site) {
    let today = site.today();
    for doc in site.docs.get_mut(INVOICE).into_iter().flatten() {
        if number(doc, "docstatus") == 1.0 && !flag(doc, "is_return") {
            let status = invoice_status(doc, &today);
            doc.insert("status".into(), json!(status));
        }
    }
}
