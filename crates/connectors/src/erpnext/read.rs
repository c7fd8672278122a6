//! Their documents as the bridge's records.

use bridge::accounting::{
    BillerSeen, BonusSeen, CustomerSeen, EmployeeSeen, Head, InvoiceSeen, LeadSeen, OrderSeen,
    PaymentSeen, PurchaseSeen, Seen, Shelf, Stage, TicketSeen,
};
use bridge::paper::PaperLine;
use kernel::{Day, Money, Ts, Zone};
use serde_json::Value;

use super::Settings;
use super::http::Doc;
use super::keep::{OUR_ID, money, number, word};
use super::trouble::{Trouble, plain};

/// Their word for the documents of a shelf.
pub(super) const fn kind(shelf: Shelf) -> &'static str {
    match shelf {
        Shelf::Leads => "Lead",
        Shelf::Customers => "Customer",
        Shelf::Orders => "Sales Order",
        Shelf::Invoices => "Sales Invoice",
        Shelf::Payments => "Payment Entry",
        Shelf::Billers => "Subscription",
        Shelf::Tickets => "Issue",
        Shelf::PurchaseOrders => "Purchase Order",
        Shelf::Receipts => "Purchase Receipt",
        Shelf::Employees => "Employee",
        Shelf::Bonuses => "Additional Salary",
    }
}

/// What of a document a list row has to show, where the document itself is not read.
pub(super) const fn fields(shelf: Shelf) -> &'static [&'static str] {
    match shelf {
        Shelf::Leads => &["lead_name", "mobile_no", "phone", "email_id", "city", OUR_ID, "gps"],
        Shelf::Customers => {
            &["customer_name", "mobile_no", "email_id", "disabled", "lead_name", OUR_ID, "gps"]
        }
        Shelf::Orders => &["customer", "isp_payment_mode", OUR_ID],
        Shelf::Invoices => &[
            "customer",
            "posting_date",
            "due_date",
            "rounded_total",
            "grand_total",
            "total_taxes_and_charges",
            "outstanding_amount",
            "is_return",
            "return_against",
            "subscription",
            OUR_ID,
        ],
        Shelf::Payments => &[
            "payment_type",
            "party_type",
            "party",
            "paid_to",
            "paid_amount",
            "posting_date",
            "reference_no",
            "isp_channel",
            OUR_ID,
        ],
        Shelf::Billers => &["party_type", "party", "status"],
        Shelf::Tickets => {
            &["customer", "subject", "description", "status", "resolution_details", OUR_ID]
        }
        Shelf::PurchaseOrders => {
            &["supplier", "transaction_date", "status", "rounded_total", "grand_total"]
        }
        Shelf::Receipts => &["supplier", "posting_date", "status", "rounded_total", "grand_total"],
        Shelf::Employees => &[
            "employee_name",
            "cell_number",
            "attendance_device_id",
            "status",
            "relieving_date",
            OUR_ID,
        ],
        Shelf::Bonuses => &["employee", "amount", OUR_ID],
    }
}

/// Naive local time of the site, to the second.
pub(super) fn local(at: Ts, zone: Zone) -> String {
    let shown = at.plus_secs(zone.offset_secs()).timestamp().to_string();
    shown.chars().take(19).collect::<String>().replace('T', " ")
}

/// A stamp of the site: naive, in its own zone.
fn instant(stamp: &str, zone: Zone) -> Option<Ts> {
    let as_utc: Ts = format!("{}Z", stamp.replace(' ', "T")).parse().ok()?;
    Some(as_utc.plus_secs(-zone.offset_secs()))
}

fn text(doc: &Doc, field: &str) -> Option<String> {
    Some(word(doc, field)).filter(|s| !s.is_empty())
}
fn day(doc: &Doc, field: &str) -> Result<Day, Trouble> {
    word(doc, field).parse().map_err(|_| nonsense(doc, field))
}
fn amount(doc: &Doc, field: &str) -> Result<Money, Trouble> {
    money(doc.get(field)).ok_or_else(|| nonsense(doc, field))
}
/// What we cannot read is said, never guessed.
fn nonsense(doc: &Doc, field: &str) -> Trouble {
    Trouble::Refused("Unreadable".into(), format!("{} {field}", word(doc, "name")))
}
fn place(doc: &Doc) -> Option<(f64, f64)> {
    let (lat, lon) = doc.get("gps")?.as_str()?.split_once(',')?;
    lat.trim().parse().ok().zip(lon.trim().parse().ok())
}
fn rows<'a>(doc: &'a Doc, field: &str) -> impl Iterator<Item = &'a Doc> {
    doc.get(field).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}

/// The id of ours that a document carries; a later edition of a cancelled paper carries it with its number.
pub(super) fn our_id<T: std::str::FromStr>(doc: &Doc) -> Option<T> {
    word(doc, OUR_ID).split('/').next()?.parse().ok()
}

fn head(doc: &Doc, zone: Zone) -> Head {
    Head {
        created: instant(&word(doc, "creation"), zone),
        external_id: word(doc, "name"),
        our_id: our_id(doc),
        version: word(doc, "modified"),
        stage: match number(doc, "docstatus") {
            0 => Stage::Draft,
            1 => Stage::Submitted,
            _ => Stage::Cancelled,
        },
    }
}

impl Settings {
    pub(super) fn seen(&self, shelf: Shelf, doc: &Doc) -> Result<Seen, Trouble> {
        let head = head(doc, self.zone);
        Ok(match shelf {
            Shelf::Leads => Seen::Lead(LeadSeen {
                name: word(doc, "lead_name"),
                phone: text(doc, "mobile_no").or_else(|| text(doc, "phone")),
                email: text(doc, "email_id"),
                place: place(doc),
                city: word(doc, "city"),
                head,
            }),
            Shelf::Customers => Seen::Customer(CustomerSeen {
                name: word(doc, "customer_name"),
                phone: text(doc, "mobile_no"),
                email: text(doc, "email_id"),
                disabled: number(doc, "disabled") == 1,
                lead: text(doc, "lead_name"),
                place: place(doc),
                head,
            }),
            Shelf::Orders => Seen::Order(OrderSeen {
                customer: word(doc, "customer"),
                items: rows(doc, "items").map(|row| word(row, "item_code")).collect(),
                mode: text(doc, "isp_payment_mode"),
                head,
            }),
            Shelf::Invoices => Seen::Invoice(invoice(doc, head)?),
            Shelf::Payments => Seen::Payment(self.payment_seen(doc, head)?),
            Shelf::Billers => Seen::Biller(BillerSeen {
                customer: word(doc, "party"),
                active: word(doc, "party_type") == "Customer"
                    && !matches!(word(doc, "status").as_str(), "Cancelled" | "Completed"),
                head,
            }),
            Shelf::Tickets => Seen::Ticket(TicketSeen {
                customer: text(doc, "customer"),
                subject: word(doc, "subject"),
                text: plain(&word(doc, "description")),
                closed: matches!(word(doc, "status").as_str(), "Resolved" | "Closed"),
                resolution: text(doc, "resolution_details").map(|html| plain(&html)),
                head,
            }),
            Shelf::PurchaseOrders => {
                Seen::Purchase(purchase(doc, head, false, day(doc, "transaction_date")?)?)
            }
            Shelf::Receipts => {
                Seen::Purchase(purchase(doc, head, true, day(doc, "posting_date")?)?)
            }
            Shelf::Employees => Seen::Employee(EmployeeSeen {
                name: word(doc, "employee_name"),
                phone: text(doc, "cell_number"),
                login: text(doc, "attendance_device_id"),
                status: word(doc, "status"),
                works: word(doc, "status") == "Active",
                left_on: day(doc, "relieving_date").ok(),
                head,
            }),
            Shelf::Bonuses => Seen::Bonus(BonusSeen {
                employee: word(doc, "employee"),
                amount: amount(doc, "amount")?,
                head,
            }),
        })
    }

    fn payment_seen(&self, doc: &Doc, head: Head) -> Result<PaymentSeen, Trouble> {
        let mut parts = Vec::new();
        for row in
            rows(doc, "references").filter(|r| word(r, "reference_doctype") == "Sales Invoice")
        {
            parts.push((word(row, "reference_name"), amount(row, "allocated_amount")?));
        }
        let incoming =
            word(doc, "payment_type") == "Receive" && word(doc, "party_type") == "Customer";
        Ok(PaymentSeen {
            // Money that goes out, or to somebody else, is nobody's payment here.
            customer: if incoming { word(doc, "party") } else { String::new() },
            channel: text(doc, "isp_channel"),
            reference: text(doc, "reference_no"),
            is_cash: word(doc, "paid_to") == self.cash_account,
            amount: amount(doc, "paid_amount")?,
            received_on: day(doc, "posting_date")?,
            parts,
            head,
        })
    }
}

/// The rounded total; with rounding switched off that is 0 and the grand total counts.
fn payable(doc: &Doc) -> Result<Money, Trouble> {
    let rounded = amount(doc, "rounded_total")?;
    if rounded.is_zero() { amount(doc, "grand_total") } else { Ok(rounded) }
}

fn invoice(doc: &Doc, head: Head) -> Result<InvoiceSeen, Trouble> {
    let is_credit = number(doc, "is_return") == 1;
    let first = rows(doc, "items").next();
    Ok(InvoiceSeen {
        customer: word(doc, "customer"),
        issued_on: day(doc, "posting_date")?,
        due_on: day(doc, "due_date").or_else(|_| day(doc, "posting_date"))?,
        total: payable(doc)?.abs(),
        tax: amount(doc, "total_taxes_and_charges")?.abs(),
        outstanding: amount(doc, "outstanding_amount")?,
        against: text(doc, "return_against"),
        is_credit,
        subscription: text(doc, "subscription"),
        text: first
            .and_then(|row| text(row, "description").or_else(|| text(row, "item_name")))
            .unwrap_or_else(|| head.external_id.clone()),
        head,
    })
}

fn purchase(doc: &Doc, head: Head, is_receipt: bool, dated: Day) -> Result<PurchaseSeen, Trouble> {
    let mut lines = Vec::new();
    for row in rows(doc, "items") {
        let serials = word(row, "serial_no");
        lines.push(PaperLine {
            item: word(row, "item_code"),
            name: text(row, "item_name").unwrap_or_else(|| word(row, "item_code")),
            quantity: quantity(row, "qty").unwrap_or_default(),
            received: quantity(row, "received_qty").filter(|_| !is_receipt),
            amount: amount(row, "amount")?,
            serials: serials
                .split('\n')
                .map(str::trim)
                .filter(|s| !s.is_empty())
                .map(str::to_owned)
                .collect(),
            order: text(row, "purchase_order"),
        });
    }
    Ok(PurchaseSeen {
        supplier: text(doc, "supplier_name").unwrap_or_else(|| word(doc, "supplier")),
        dated,
        total: payable(doc)?,
        is_receipt,
        status: word(doc, "status"),
        lines,
        head,
    })
}

/// A number as it is written, without an empty fraction: `3.0` is `3`.
fn quantity(doc: &Doc, field: &str) -> Option<String> {
    let Value::Number(number) = doc.get(field)? else { return None };
    let text = number.to_string();
    Some(text.strip_suffix(".0").unwrap_or(&text).to_owned())
}
