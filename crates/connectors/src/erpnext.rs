//! ERPNext v15 and v16 over REST as an accounting system.
//!
//! It translates and holds no rule of business. What it does stands on recorded exchanges: a document is looked up by
//! our id before it is made, made as a draft, submitted in a second request, and read back before it is believed.

pub mod bell;
mod credit;
mod greet;
mod http;
mod keep;
mod party;
mod read;
mod trouble;
mod twin;
mod write;

use bridge::accounting::{AccountingSystem, Greeting, Kept, Kin, Page, Record, Seen, Shelf, Twin};
use bridge::{Doing, Subject};
use kernel::{Result, Ts, Zone};
use serde::{Deserialize, Serialize};
use serde_json::json;

use greet::Visit;
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
    /// The site has HRMS: attendance and what is paid beside the salary are kept there.
    pub has_hr: bool,
    /// Salary components: two earnings and a deduction.
    pub commission_component: String,
    pub incentive_component: String,
    pub deduction_component: String,
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
            has_hr: true,
            commission_component: "Komisi".into(),
            incentive_component: "Insentif".into(),
            deduction_component: "Potongan Komisi".into(),
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

    /// Switches off the webhooks that were made here; those that are not there are no matter.
    ///
    /// # Errors
    /// As it refuses it.
    pub async fn silence_bells(&self) -> Result<()> {
        self.silence().await.map_err(|t| t.fault("mematikan webhook / switching webhooks off"))
    }
    async fn silence(&self) -> Outcome<()> {
        let mut off = Doc::new();
        off.insert("enabled".into(), json!(0));
        for (kind, event) in bell::EVENTS {
            match self.http.put("Webhook", &bell::name(kind, event), &off).await {
                Ok(_) | Err(Trouble::Missing) => {}
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
            Record::Ticket(ticket) => self.ticket(ticket).await,
            Record::Employee(employee) => self.employee(employee).await,
            Record::Attendance(seen) => self.attendance(seen).await,
            Record::Bonus(bonus) => self.keep(&s.bonus(bonus)).await,
        }
    }

    async fn one(&self, shelf: Shelf, name: &str) -> Outcome<Option<Seen>> {
        match self.http.get(read::kind(shelf), name).await {
            Ok(doc) => self.settings.seen(shelf, &doc).map(Some),
            Err(Trouble::Missing) => Ok(None),
            Err(other) => Err(other),
        }
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

    /// Rows of a list by name: 500 in a tenth of a second, where each document would take as long.
    async fn walk(&self, shelf: Shelf, cursor: Option<&str>, limit: i64) -> Outcome<Page> {
        let filters = cursor.map_or_else(|| json!([]), |after| json!([["name", ">", after]]));
        let mut fields = vec!["name", "creation", "modified", "docstatus"];
        fields.extend(read::fields(shelf));
        let rows =
            self.http.list(read::kind(shelf), filters, &fields, "name asc", limit.max(1)).await?;
        let more = i64::try_from(rows.len()).is_ok_and(|n| n >= limit.max(1));
        let cursor = rows.last().map(|row| word(row, "name"));
        let mut seen = Vec::with_capacity(rows.len());
        for row in &rows {
            seen.push(self.settings.seen(shelf, row)?);
        }
        Ok(Page { seen, cursor, more })
    }

    async fn version(&self) -> Outcome<String> {
        let versions = self.http.call("frappe.utils.change_log.get_versions").await?;
        Ok(versions["erpnext"]["version"].as_str().unwrap_or("").to_owned())
    }

    async fn annul(&self, shelf: Shelf, name: &str) -> Outcome<()> {
        let kind = read::kind(shelf);
        match self.http.get(kind, name).await {
            Ok(doc) if keep::number(&doc, "docstatus") == 1 => {
                self.cancel(kind, name, &doc).await.map(drop)
            }
            Ok(_) | Err(Trouble::Missing) => Ok(()),
            Err(other) => Err(other),
        }
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
        Box::pin(async {
            self.look(Visit::Look).await.map_err(|t| t.fault("jabat tangan / greeting"))
        })
    }
    fn prepare(&self) -> Doing<'_, Greeting> {
        Box::pin(async {
            self.look(Visit::Make).await.map_err(|t| t.fault("jabat tangan / greeting"))
        })
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
    fn cursor_at(&self, at: Ts) -> String {
        let from = at.plus_secs(-self.settings.overlap_s);
        format!("{}.000000|", read::local(from, self.settings.zone))
    }
    fn page<'a>(&'a self, shelf: Shelf, cursor: Option<&'a str>, limit: i64) -> Doing<'a, Page> {
        Box::pin(
            async move { self.walk(shelf, cursor, limit).await.map_err(|t| t.fault(shelf.word())) },
        )
    }
    fn ping(&self) -> Doing<'_, String> {
        Box::pin(async { self.version().await.map_err(|t| t.fault("menyapa / greeting")) })
    }
    fn keeps(&self, subject: Subject) -> bool {
        let of_hr =
            matches!(subject, Subject::Employee | Subject::Attendance | Subject::Commission);
        self.settings.has_hr || !of_hr
    }
    fn twins(&self, of: Kin) -> Doing<'_, Vec<Twin>> {
        Box::pin(async move { self.all_twins(of).await.map_err(|t| t.fault("daftar / lists")) })
    }
    fn alike<'a>(&'a self, record: &'a Record) -> Doing<'a, Vec<Twin>> {
        Box::pin(async move { self.twins_of(record).await.map_err(|t| t.fault(doing(record))) })
    }
    fn cancel<'a>(&'a self, shelf: Shelf, external_id: &'a str) -> Doing<'a, ()> {
        Box::pin(
            async move { self.annul(shelf, external_id).await.map_err(|t| t.fault(shelf.word())) },
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
