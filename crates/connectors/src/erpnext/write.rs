//! Our records as their documents. Only forms that are on record; where a tax rate cannot give our amount, the row
//! carries the amount itself (`Actual`), and the draft's totals are held against ours before it is submitted.

use bridge::accounting::{
    AttendanceRecord, BonusRecord, CustomerRecord, EmployeeRecord, InvoiceRecord, LeadRecord,
    OrderRecord, Pay, PaymentRecord, PlanRecord, TicketRecord,
};
use kernel::Money;
use serde_json::{Value, json};

use super::Settings;
use super::http::Doc;
use super::keep::Wanted;

fn doc(value: Value) -> Doc {
    match value {
        Value::Object(doc) => doc,
        _ => Doc::new(),
    }
}

/// First name and the rest.
fn split(name: &str) -> (&str, &str) {
    name.split_once(' ').unwrap_or((name, ""))
}
fn place(at: Option<(f64, f64)>) -> String {
    at.map(|(lat, lon)| format!("{lat:.6},{lon:.6}")).unwrap_or_default()
}

impl Settings {
    pub(super) fn lead(&self, lead: &LeadRecord) -> Wanted {
        let (first, last) = split(&lead.name);
        let body = json!({
            "first_name": first, "last_name": last, "mobile_no": lead.phone, "email_id": lead.email,
            "city": lead.address, "country": self.country, "gps": place(lead.place),
        });
        plain("Lead", lead.id.to_string(), body)
    }
    pub(super) fn opportunity(&self, lead: &LeadRecord, name: &str, worth: Money) -> Wanted {
        let body = json!({
            "opportunity_from": "Lead", "party_name": name, "opportunity_type": "Sales",
            "opportunity_amount": worth.get(),
        });
        plain("Opportunity", lead.id.to_string(), body)
    }

    pub(super) fn customer(&self, customer: &CustomerRecord) -> Wanted {
        let mut body = json!({
            "customer_name": customer.name,
            "customer_type": if customer.is_firm { "Company" } else { "Individual" },
            "customer_group": self.customer_group, "territory": self.territory,
            "disabled": i64::from(customer.archived),
        });
        // What we don't know is not taken from them.
        for (field, value) in [
            ("tax_id", customer.npwp.clone()),
            ("pppoe_username", customer.username.clone()),
            ("gps", customer.place.map(|at| place(Some(at)))),
            ("lead_name", customer.lead.clone()),
        ] {
            if let Some(value) = value.filter(|v| !v.is_empty()) {
                body[field] = json!(value);
            }
        }
        let once = &["customer_type", "customer_group", "territory", "lead_name"];
        Wanted { once, ..plain("Customer", customer.id.to_string(), body) }
    }
    pub(super) fn address(&self, customer: &CustomerRecord, name: &str) -> Wanted {
        let body = json!({
            "address_title": customer.name, "address_type": "Billing", "address_line1": customer.address,
            "city": self.city, "country": self.country, "is_primary_address": 1,
            "links": [{ "link_doctype": "Customer", "link_name": name }],
        });
        let once = &["address_title", "address_type", "city", "country"];
        Wanted { once, ..plain("Address", customer.id.to_string(), body) }
    }
    pub(super) fn contact(&self, customer: &CustomerRecord, name: &str) -> Wanted {
        let (first, last) = split(&customer.name);
        let mut body = json!({
            "first_name": first, "last_name": last,
            "phone_nos": [{ "phone": customer.phone, "is_primary_mobile_no": 1 }],
            "links": [{ "link_doctype": "Customer", "link_name": name }],
        });
        if let Some(email) = &customer.email {
            body["email_ids"] = json!([{ "email_id": email, "is_primary": 1 }]);
        }
        plain("Contact", customer.id.to_string(), body)
    }

    pub(super) fn item(&self, plan: &PlanRecord) -> Wanted {
        let mut body = json!({
            "item_code": plan.code, "item_name": plan.name, "item_group": self.item_group, "stock_uom": "Nos",
            "is_stock_item": 0, "is_sales_item": 1, "is_purchase_item": 0,
            "include_item_in_manufacturing": 0, "description": plan.name,
            "disabled": i64::from(plan.retired),
        });
        if let Some(name) = &plan.known_as {
            body["item_code"] = json!(name);
        }
        const ONCE: &[&str] = &[
            "item_code",
            "item_group",
            "stock_uom",
            "is_stock_item",
            "is_sales_item",
            "is_purchase_item",
            "include_item_in_manufacturing",
            "description",
        ];
        Wanted { once: ONCE, ..plain("Item", plan.id.to_string(), body) }
    }
    pub(super) fn price(&self, plan: &PlanRecord, item: &str) -> Wanted {
        let body = json!({
            "item_code": item, "price_list": self.price_list, "price_list_rate": plan.price.get(),
            "currency": "IDR", "selling": 1, "valid_from": plan.valid_from.to_string(),
        });
        plain("Item Price", format!("{}/{}", plan.id, plan.valid_from), body)
    }

    pub(super) fn order(&self, order: &OrderRecord) -> Wanted {
        let body = json!({
            "customer": order.customer, "company": self.company, "order_type": "Sales",
            "transaction_date": order.ordered_on.to_string(), "delivery_date": order.ordered_on.plus_days(7).to_string(),
            "isp_payment_mode": order.mode,
            "items": [{ "item_code": order.plan, "qty": 1, "rate": order.price.get() }],
        });
        Wanted { submit: true, ..plain("Sales Order", order.id.to_string(), body) }
    }

    pub(super) fn invoice(&self, invoice: &InvoiceRecord) -> Wanted {
        let sign = if invoice.against.is_some() { -1 } else { 1 };
        let base = invoice.total - invoice.tax;
        let items: Vec<Value> = invoice
            .lines
            .iter()
            .map(|line| {
                let code = line.plan.as_deref().unwrap_or(&self.service_item);
                // Their rate is never negative: a discount or a credit is a quantity of minus one.
                let qty = if line.amount.is_negative() { -sign } else { sign };
                json!({ "item_code": code, "qty": qty, "rate": line.amount.abs().get(), "description": line.text })
            })
            .collect();
        let mut body = json!({
            "customer": invoice.customer, "company": self.company, "set_posting_time": 1,
            "posting_date": invoice.issued_on.to_string(), "due_date": invoice.due_on.max(invoice.issued_on).to_string(),
            "items": items, "remarks": invoice.number,
        });
        if !invoice.tax.is_zero() {
            body["taxes"] = json!([self.tax_row(base, invoice.tax, sign)]);
        }
        if let Some(against) = &invoice.against {
            body["is_return"] = json!(1);
            body["return_against"] = json!(against);
            body["update_outstanding_for_self"] = json!(0);
        }
        let total = invoice.total.times(sign);
        Wanted {
            submit: true,
            again: invoice.again,
            credit: invoice.credit.clone(),
            proof: vec![("rounded_total", total)],
            ..plain("Sales Invoice", invoice.id.to_string(), body)
        }
    }

    /// As a rate where the rate gives our very amount, else as the amount.
    fn tax_row(&self, base: Money, tax: Money, sign: i64) -> Value {
        let exact =
            base.get().checked_mul(self.tax_rate_hundredths) == tax.get().checked_mul(10_000);
        if exact {
            let rate = serde_json::Number::from_f64(hundredths(self.tax_rate_hundredths));
            return json!({ "charge_type": "On Net Total", "account_head": self.tax_account, "description": "PPN", "rate": rate });
        }
        json!({ "charge_type": "Actual", "account_head": self.tax_account, "description": "PPN", "tax_amount": tax.times(sign).get() })
    }

    pub(super) fn payment(&self, payment: &PaymentRecord) -> Wanted {
        let parts: Vec<Value> = payment
            .parts
            .iter()
            .map(|(invoice, part)| json!({ "reference_doctype": "Sales Invoice", "reference_name": invoice, "allocated_amount": part.get() }))
            .collect();
        let day = payment.received_on.to_string();
        let body = json!({
            "payment_type": "Receive", "company": self.company, "party_type": "Customer", "party": payment.customer,
            "posting_date": day, "paid_from": self.receivable_account,
            "paid_to": if payment.is_cash { &self.cash_account } else { &self.bank_account },
            "paid_from_account_currency": "IDR", "paid_to_account_currency": "IDR",
            "source_exchange_rate": 1, "target_exchange_rate": 1,
            "paid_amount": payment.amount.get(), "received_amount": payment.amount.get(),
            "reference_no": payment.reference, "reference_date": day, "isp_channel": payment.channel,
            "references": parts,
        });
        Wanted {
            submit: true,
            again: payment.again,
            proof: vec![("paid_amount", payment.amount)],
            ..plain("Payment Entry", payment.id.to_string(), body)
        }
    }

    pub(super) fn ticket(&self, ticket: &TicketRecord) -> Wanted {
        let mut body = json!({
            "subject": ticket.subject, "customer": ticket.customer, "description": ticket.text,
            "status": if ticket.closed { "Closed" } else { "Open" },
        });
        if let Some(resolution) = &ticket.resolution {
            body["resolution_details"] = json!(resolution);
        }
        let once = &["subject", "customer", "description"];
        Wanted { once, ..plain("Issue", ticket.id.to_string(), body) }
    }

    /// The whole of them where they are made; of one who is there already only what changed here is written.
    pub(super) fn employee(&self, employee: &EmployeeRecord, is_there: bool) -> Wanted {
        const ONCE: &[&str] =
            &["company", "attendance_device_id", "gender", "date_of_birth", "date_of_joining"];
        let mut body = json!({});
        if !is_there || employee.person_changed {
            let (first, last) = split(&employee.name);
            body["first_name"] = json!(first);
            body["last_name"] = json!(last);
            body["cell_number"] = json!(employee.phone);
        }
        if !is_there || employee.standing_changed {
            let status = if employee.left_on.is_some() { "Left" } else { "Active" };
            body["status"] = json!(status);
            body["relieving_date"] = json!(employee.left_on.map(|day| day.to_string()));
        }
        if let Some(papers) = employee.papers.as_ref().filter(|_| !is_there) {
            body["company"] = json!(self.company);
            body["attendance_device_id"] = json!(employee.login);
            body["gender"] = json!(if papers.is_male { "Male" } else { "Female" });
            body["date_of_birth"] = json!(papers.born_on.to_string());
            body["date_of_joining"] = json!(papers.joined_on.to_string());
        }
        Wanted { once: ONCE, ..plain("Employee", employee.id.to_string(), body) }
    }
    /// Written once, never changed: a position has six digits, as all of ours there.
    pub(super) fn attendance(&self, seen: &AttendanceRecord) -> Wanted {
        const ONCE: &[&str] =
            &["employee", "log_type", "time", "device_id", "latitude", "longitude"];
        let mut body = json!({
            "employee": seen.employee, "log_type": log_type(seen),
            "time": super::read::local(seen.at, self.zone), "device_id": "sambung",
        });
        if let Some((lat, lon)) = seen.place {
            body["latitude"] = json!(six_digits(lat));
            body["longitude"] = json!(six_digits(lon));
        }
        Wanted { once: ONCE, ..plain("Employee Checkin", seen.id.to_string(), body) }
    }
    pub(super) fn bonus(&self, bonus: &BonusRecord) -> Wanted {
        let component = match bonus.pay {
            Pay::Commission => &self.commission_component,
            Pay::Incentive => &self.incentive_component,
            Pay::Deduction => &self.deduction_component,
        };
        let body = json!({
            "employee": bonus.employee, "company": self.company, "salary_component": component,
            "amount": bonus.amount.get(), "payroll_date": bonus.payroll_on.to_string(), "currency": "IDR",
            "overwrite_salary_structure_amount": 0,
        });
        Wanted {
            submit: true,
            again: bonus.again,
            proof: vec![("amount", bonus.amount)],
            ..plain("Additional Salary", bonus.id.to_string(), body)
        }
    }
}

/// Coming or going, as they call it.
pub(super) const fn log_type(seen: &AttendanceRecord) -> &'static str {
    if seen.came { "IN" } else { "OUT" }
}

fn six_digits(degrees: f64) -> f64 {
    format!("{degrees:.6}").parse().unwrap_or(degrees)
}

fn plain(kind: &'static str, id: String, body: Value) -> Wanted {
    let (once, proof): (&[&str], _) = (&[], Vec::new());
    let credit = Vec::new();
    Wanted { kind, id, body: doc(body), submit: false, once, again: false, credit, proof }
}

/// 1100 → 11.0. A rate is a number of theirs, no money.
fn hundredths(rate: i64) -> f64 {
    let (whole, part) = (rate / 100, rate % 100);
    format!("{whole}.{part:02}").parse().unwrap_or(0.0)
}
