//! ERPNext v15 and v16 over REST as an accounting system.
//!
//! It translates and holds no rule of business. What it does stands on recorded exchanges: a document is looked up by
//! our id before it is made, made as a draft, submitted in a second request, and read back before it is believed.

pub mod bell;
mod greet;
mod http;
mod keep;
mod read;
mod trouble;
mod write;

use bridge::Doing;
use bridge::accounting::{
    AccountingSystem, CustomerRecord, Greeting, Kept, LeadRecord, Page, PaymentRecord, PlanRecord,
    Record, Seen, Shelf,
};
use kernel::{Result, Zone};
use serde::{Deserialize, Serialize};
use serde_json::json;

use http::{Doc, Http};
use keep::word;
use trouble::Trouble;

/// How it is reached and what is booked where. The secret is not among what is serialised.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// `https://erp.example.id`, without a path.
    pub base: String,
    /// The API key of the connector's user.
    pub key: String,
    #[serde(skip, default = "nothing")]
    pub secret: store::Secret,
    pub company: String,
    pub zone: Zone,
    pub country: String,
    pub city: String,
    pub territory: String,
    pub customer_group: String,
    pub item_group: String,
    pub price_list: String,
    /// The item of lines that belong to no plan.
    pub service_item: String,
    pub tax_account: String,
    /// The effective rate in hundredths of a percent of the base before tax: 1100 is 11 %.
    pub tax_rate_hundredths: i64,
    pub receivable_account: String,
    pub bank_account: String,
    pub cash_account: String,
    /// Requests at the same time.
    pub in_flight_max: usize,
    /// Seconds until an answer counts as lost.
    pub timeout_s: u64,
    /// Seconds that each poll looks back: longer than their longest request, because `modified` is stamped before
    /// the commit.
    pub overlap_s: i64,
}

fn nothing() -> store::Secret {
    store::Secret::new("")
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            base: String::new(),
            key: String::new(),
            secret: store::Secret::new(""),
            company: String::new(),
            zone: Zone::Jakarta,
            country: "Indonesia".into(),
            city: "-".into(),
            territory: "Indonesia".into(),
            customer_group: "Individual".into(),
            item_group: "Services".into(),
            price_list: "Standard Selling".into(),
            service_item: "SAMBUNG-LAYANAN".into(),
            tax_account: String::new(),
            tax_rate_hundredths: 1100,
            receivable_account: String::new(),
            bank_account: String::new(),
            cash_account: String::new(),
            in_flight_max: 2,
            timeout_s: 120,
            overlap_s: 150,
        }
    }
}

/// An attached ERPNext.
pub struct Erpnext {
    settings: Settings,
    http: Http,
}

type Outcome<T> = std::result::Result<T, Trouble>;

impl Erpnext {
    /// # Errors
    /// Only when no HTTP client can be made.
    pub fn new(settings: Settings) -> Result<Self> {
        Ok(Self { http: Http::new(&settings)?, settings })
    }

    /// Makes the webhooks that ring at `url`, where they are not yet.
    ///
    /// # Errors
    /// As it refuses them.
    pub async fn set_bells(&self, url: &str, secret: &str) -> Result<()> {
        self.bells(url, secret).await.map_err(|t| t.fault("memasang webhook / setting webhooks"))
    }
    async fn bells(&self, url: &str, secret: &str) -> Outcome<()> {
        let user = self.http.call("frappe.auth.get_logged_user").await?;
        for body in bell::wanted(url, secret, user.as_str().unwrap_or("")) {
            let serde_json::Value::Object(body) = body else { continue };
            let name = word(&body, "name");
            match self.http.get("Webhook", &name).await {
                Ok(_) => drop(self.http.put("Webhook", &name, &body).await?),
                Err(Trouble::Missing) => drop(self.http.post("Webhook", &body).await?),
                Err(other) => return Err(other),
            }
        }
        Ok(())
    }

    async fn record(&self, record: &Record) -> Outcome<Doc> {
        let s = &self.settings;
        match record {
            Record::Lead(lead) => self.lead(lead).await,
            Record::Customer(customer) => self.customer(customer).await,
            Record::Plan(plan) => self.plan(plan).await,
            Record::Order(order) => self.keep(&s.order(order)).await,
            Record::Invoice(invoice) => self.keep(&s.invoice(invoice)).await,
            Record::Payment(payment) => self.payment(payment).await,
            Record::Ticket(ticket) => self.keep(&s.ticket(ticket)).await,
            Record::Employee(employee) => self.employee(employee).await,
            Record::Attendance(seen) => self.keep(&s.attendance(seen, s.zone)).await,
            Record::Bonus(bonus) => self.keep(&s.bonus(bonus)).await,
        }
    }

    async fn lead(&self, lead: &LeadRecord) -> Outcome<Doc> {
        let kept = self.keep(&self.settings.lead(lead)).await?;
        if let Some(worth) = lead.worth {
            self.keep(&self.settings.opportunity(lead, &word(&kept, "name"), worth)).await?;
        }
        Ok(kept)
    }

    /// The customer first, then what hangs on it, then the customer again with its primary contact.
    async fn customer(&self, customer: &CustomerRecord) -> Outcome<Doc> {
        self.claim(customer).await?;
        let kept = self.keep(&self.settings.customer(customer)).await?;
        let name = word(&kept, "name");
        let address = match customer.address.trim() {
            "" => None,
            _ => Some(self.keep(&self.settings.address(customer, &name)).await?),
        };
        let contact = self.keep(&self.settings.contact(customer, &name)).await?;
        let mut wanted = self.settings.customer(customer);
        wanted.body.insert("customer_primary_contact".into(), json!(word(&contact, "name")));
        if let Some(address) = address {
            wanted.body.insert("customer_primary_address".into(), json!(word(&address, "name")));
        }
        self.keep(&wanted).await
    }

    /// Puts our id on a customer that was entered over there, so that it is never made a second time.
    async fn claim(&self, customer: &CustomerRecord) -> Outcome<()> {
        let Some(name) = &customer.known_as else { return Ok(()) };
        match self.http.get("Customer", name).await {
            Ok(doc) if word(&doc, keep::OUR_ID).is_empty() => {
                let mut mine = Doc::new();
                mine.insert(keep::OUR_ID.into(), json!(customer.id.to_string()));
                self.http.put("Customer", name, &mine).await.map(drop)
            }
            Ok(_) | Err(Trouble::Missing) => Ok(()),
            Err(other) => Err(other),
        }
    }

    /// A plan that they have by its code already is taken over: our id is put on it.
    async fn plan(&self, plan: &PlanRecord) -> Outcome<Doc> {
        let wanted = self.settings.item(plan);
        let kept = match self.keep(&wanted).await {
            Err(Trouble::NameTaken) => {
                let doc = self.http.get("Item", &plan.code).await?;
                if !word(&doc, keep::OUR_ID).is_empty() {
                    return Err(Trouble::NameTaken);
                }
                let mut mine = Doc::new();
                mine.insert(keep::OUR_ID.into(), json!(wanted.id));
                self.http.put("Item", &plan.code, &mine).await?;
                self.keep(&wanted).await?
            }
            other => other?,
        };
        self.keep(&self.settings.price(plan, &word(&kept, "name"))).await?;
        Ok(kept)
    }

    async fn payment(&self, payment: &PaymentRecord) -> Outcome<Doc> {
        let wanted = self.settings.payment(payment);
        if !payment.reversed {
            return self.keep(&wanted).await;
        }
        let Some(name) = self.lookup(wanted.kind, &wanted.id).await? else {
            return Err(Trouble::Missing);
        };
        let doc = self.http.get(wanted.kind, &name).await?;
        match keep::number(&doc, "docstatus") {
            1 => self.cancel(wanted.kind, &name, &doc).await,
            _ => Ok(doc),
        }
    }

    /// One whom HR entered with the same login is taken over; making one here needs gender and birthday, which HR has.
    async fn employee(&self, employee: &bridge::accounting::EmployeeRecord) -> Outcome<Doc> {
        let wanted = self.settings.employee(employee);
        if self.lookup(wanted.kind, &wanted.id).await?.is_none() {
            let by_login = json!([["attendance_device_id", "=", employee.login]]);
            let found =
                self.http.list("Employee", by_login, &["name", "modified"], "name asc", 2).await?;
            let [one] = found.as_slice() else {
                return Err(Trouble::Refused(
                    "NoEmployee".into(),
                    format!("attendance_device_id {}", employee.login),
                ));
            };
            let mut mine = Doc::new();
            mine.insert(keep::OUR_ID.into(), json!(wanted.id));
            return self.http.put("Employee", &word(one, "name"), &mine).await;
        }
        self.keep(&wanted).await
    }

    async fn one(&self, shelf: Shelf, name: &str) -> Outcome<Option<Seen>> {
        match self.http.get(read::kind(shelf), name).await {
            Ok(doc) => self.settings.seen(shelf, &doc).map(Some),
            Err(Trouble::Missing) => Ok(None),
            Err(other) => Err(other),
        }
    }

    /// Names of a list, then each document with its parts: a list row has no child tables.
    async fn some(
        &self,
        shelf: Shelf,
        filters: serde_json::Value,
        order: &str,
        limit: i64,
    ) -> Outcome<(Vec<Seen>, Vec<(String, String)>)> {
        let rows =
            self.http.list(read::kind(shelf), filters, &["name", "modified"], order, limit).await?;
        let keys: Vec<_> =
            rows.iter().map(|row| (word(row, "modified"), word(row, "name"))).collect();
        let mut seen = Vec::new();
        for (_, name) in &keys {
            seen.extend(self.one(shelf, name).await?);
        }
        Ok((seen, keys))
    }

    /// From a cursor `modified|name`, with a tie-break by name; at the end of the feed the next one begins earlier by
    /// the overlap, and what was seen then is seen again.
    async fn feed(&self, shelf: Shelf, cursor: Option<&str>, limit: i64) -> Outcome<Page> {
        let (from, after) = cursor
            .unwrap_or("1970-01-01 00:00:00.000000|")
            .split_once('|')
            .unwrap_or(("1970-01-01 00:00:00.000000", ""));
        let filters = json!([["modified", ">=", from]]);
        let rows = self
            .http
            .list(
                read::kind(shelf),
                filters,
                &["name", "modified"],
                "modified asc, name asc",
                limit.max(1),
            )
            .await?;
        let full = i64::try_from(rows.len()).is_ok_and(|n| n >= limit.max(1));
        let keys: Vec<_> =
            rows.iter().map(|row| (word(row, "modified"), word(row, "name"))).collect();
        let fresh: Vec<_> =
            keys.iter().filter(|(at, name)| (at.as_str(), name.as_str()) > (from, after)).collect();
        if full && fresh.is_empty() {
            // More rows of one instant than a page holds: a larger page passes them.
            return Box::pin(self.feed(shelf, cursor, limit.saturating_mul(4))).await;
        }
        let mut seen = Vec::new();
        for (_, name) in &fresh {
            seen.extend(self.one(shelf, name).await?);
        }
        let last = fresh.last().map_or((from, after), |(at, name)| (at.as_str(), name.as_str()));
        if fresh.is_empty() {
            return Ok(Page { seen, cursor: cursor.map(str::to_owned), more: false });
        }
        let next = if full {
            format!("{}|{}", last.0, last.1)
        } else {
            format!("{}|", earlier(last.0, self.settings.overlap_s))
        };
        Ok(Page { seen, cursor: Some(next), more: full })
    }

    async fn walk(&self, shelf: Shelf, cursor: Option<&str>, limit: i64) -> Outcome<Page> {
        let filters = cursor.map_or_else(|| json!([]), |after| json!([["name", ">", after]]));
        let (seen, keys) = self.some(shelf, filters, "name asc", limit.max(1)).await?;
        let more = i64::try_from(keys.len()).is_ok_and(|n| n >= limit.max(1));
        Ok(Page { seen, cursor: keys.last().map(|(_, name)| name.clone()), more })
    }
}

/// A naive local time so many seconds earlier.
fn earlier(stamp: &str, secs: i64) -> String {
    let shown = stamp.replace(' ', "T");
    match format!("{shown}Z").parse::<kernel::Ts>() {
        Ok(at) => format!(
            "{}.000000",
            at.plus_secs(-secs)
                .timestamp()
                .to_string()
                .chars()
                .take(19)
                .collect::<String>()
                .replace('T', " ")
        ),
        Err(_) => stamp.to_owned(),
    }
}

impl AccountingSystem for Erpnext {
    fn greet(&self) -> Doing<'_, Greeting> {
        Box::pin(async { self.look().await.map_err(|t| t.fault("jabat tangan / greeting")) })
    }
    fn ensure<'a>(&'a self, record: &'a Record) -> Doing<'a, Kept> {
        Box::pin(async move {
            let doc = self.record(record).await.map_err(|t| t.fault(doing(record)))?;
            Ok(Kept { external_id: word(&doc, "name"), version: word(&doc, "modified") })
        })
    }
    fn find<'a>(&'a self, shelf: Shelf, external_id: &'a str) -> Doing<'a, Option<Seen>> {
        Box::pin(
            async move { self.one(shelf, external_id).await.map_err(|t| t.fault(shelf.word())) },
        )
    }
    fn changed<'a>(&'a self, shelf: Shelf, cursor: Option<&'a str>, limit: i64) -> Doing<'a, Page> {
        Box::pin(
            async move { self.feed(shelf, cursor, limit).await.map_err(|t| t.fault(shelf.word())) },
        )
    }
    fn page<'a>(&'a self, shelf: Shelf, cursor: Option<&'a str>, limit: i64) -> Doing<'a, Page> {
        Box::pin(
            async move { self.walk(shelf, cursor, limit).await.map_err(|t| t.fault(shelf.word())) },
        )
    }
}

const fn doing(record: &Record) -> &'static str {
    match record {
        Record::Lead(_) => "prospek / lead",
        Record::Customer(_) => "pelanggan / customer",
        Record::Plan(_) => "paket / plan",
        Record::Order(_) => "pesanan / order",
        Record::Invoice(_) => "tagihan / invoice",
        Record::Payment(_) => "pembayaran / payment",
        Record::Ticket(_) => "tiket / ticket",
        Record::Employee(_) => "karyawan / employee",
        Record::Attendance(_) => "kehadiran / attendance",
        Record::Bonus(_) => "komisi / commission",
    }
}

#[cfg(test)]
mod tests {
    use super::earlier;

    #[test]
    fn the_next_poll_begins_earlier_by_the_overlap() {
        assert_eq!(earlier("2026-11-23 00:01:00.000500", 150), "2026-11-22 23:58:30.000000");
        assert_eq!(earlier("nonsense", 150), "nonsense");
    }
}
