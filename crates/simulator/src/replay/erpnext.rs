//! An ERPNext v15 on loopback that behaves as recorded: documents with state, unique custom fields, `modified`,
//! drafts and submits, its false answers, its refusals by `exc_type`, and faults by dials.
//!
//! Built from the exchanges in `fixtures/erpnext`; the tests there hold its answers against them. What no recording
//! shows it does not have. It knows nothing of the connector that talks to it.

mod hooks;
mod kind;
mod list;
mod money;
mod refusal;
mod serve;
mod site;
#[cfg(test)]
mod tests;
mod voucher;

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kernel::Ts;
use serde_json::{Value, json};

pub use hooks::{Delivery, sign};
use money::text;
use site::{Doc, Site};

/// The company that every site of the recordings has.
pub const COMPANY: &str = "PT Contoh Net";
/// The user of the connector, and its key and secret.
pub const CONNECTOR: (&str, &str, &str) =
    ("connector@isp.test", "key0000000000aa", "secret000000000");
/// A user with the role *Sales User* only.
pub const READER: (&str, &str, &str) = ("readonly@isp.test", "key0000000000bb", "secret000000001");

/// What goes wrong with the next request that writes (or with every one, until mended).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Committed, then the connection is closed without an answer.
    LostAnswer,
    /// The worker dies before the commit: no answer, nothing done.
    KilledBefore,
    /// Redis is gone: committed, its webhooks lost for ever, the answer a bare HTML 500.
    RedisDown,
    /// A deadlock: rolled back, 500. Only the server's own log of one is recorded, not the answer.
    Deadlock,
    /// Answers after this many milliseconds, having committed at once.
    Slow(u64),
}

#[derive(Debug, Default)]
struct Dials {
    next: Vec<Trouble>,
    down: bool,
    maintenance: bool,
    rate_limited: Option<u64>,
    mute: bool,
}

#[derive(Debug)]
struct Inner {
    site: Site,
    dials: Dials,
    /// Requests by method and path, in order, for tests that count them.
    asked: Vec<String>,
    failed: Vec<Delivery>,
}

/// A running site. Dropping it ends the listener.
#[derive(Debug)]
pub struct Erpnext {
    inner: Arc<Mutex<Inner>>,
    addr: SocketAddr,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Erpnext {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Erpnext {
    /// Starts a site with the recordings' company on a free port of loopback; `now` is its clock.
    ///
    /// # Errors
    /// When no port can be opened.
    pub async fn start(now: Ts) -> std::io::Result<Self> {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
        let addr = listener.local_addr()?;
        let site = Site {
            docs: BTreeMap::new(),
            now,
            series: HashMap::new(),
            queue: Vec::new(),
            fiscal_years: vec!["2025".into(), "2026".into()],
            user: "Administrator".into(),
        };
        let inner = Inner { site, dials: Dials::default(), asked: Vec::new(), failed: Vec::new() };
        let inner = Arc::new(Mutex::new(inner));
        let task = tokio::spawn(serve::listen(listener, inner.clone()));
        let made = Self { inner, addr, task };
        made.furnish();
        Ok(made)
    }

    /// `http://127.0.0.1:port`.
    pub fn base(&self) -> String {
        format!("http://{}", self.addr)
    }
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn furnish(&self) {
        let rows = [
            (
                "Company",
                json!({ "company_name": COMPANY, "abbr": "PCN", "default_currency": "IDR", "country": "Indonesia", "default_bank_account": "Bank Account - PCN", "default_cash_account": "Cash - PCN", "default_receivable_account": "Debtors - PCN", "default_income_account": "Sales - PCN", "cost_center": "Main - PCN" }),
            ),
            (
                "System Settings",
                json!({ "name": "System Settings", "time_zone": "Asia/Jakarta", "currency": "IDR", "currency_precision": "", "float_precision": "3", "rounding_method": "Banker's Rounding" }),
            ),
            (
                "Account",
                json!({ "name": "Bank Account - PCN", "account_type": "Bank", "company": COMPANY, "is_group": 0 }),
            ),
            (
                "Account",
                json!({ "name": "Cash - PCN", "account_type": "Cash", "company": COMPANY, "is_group": 0 }),
            ),
            (
                "Account",
                json!({ "name": "Debtors - PCN", "account_type": "Receivable", "company": COMPANY, "is_group": 0 }),
            ),
            (
                "Account",
                json!({ "name": "Duties and Taxes - PCN", "account_type": "Tax", "company": COMPANY, "is_group": 1 }),
            ),
            (
                "Account",
                json!({ "name": "2110-11 - PPN Keluaran - PCN", "account_type": "Tax", "company": COMPANY, "is_group": 0 }),
            ),
            (
                "Item Group",
                json!({ "name": "Services", "parent_item_group": "All Item Groups", "is_group": 0 }),
            ),
            (
                "Customer Group",
                json!({ "name": "Individual", "parent_customer_group": "All Customer Groups" }),
            ),
            ("Territory", json!({ "name": "Indonesia", "parent_territory": "All Territories" })),
            ("Price List", json!({ "name": "Standard Selling", "currency": "IDR", "selling": 1 })),
            (
                "Salary Component",
                json!({ "salary_component": "Komisi", "salary_component_abbr": "KMS", "type": "Earning" }),
            ),
        ];
        for (kind, body) in rows {
            self.act("Administrator", kind, body);
        }
    }

    /// A person enters a document in its screens. Gives its name, or the `exc_type` of the refusal.
    pub fn enter(&self, user: &str, kind: &str, body: Value) -> Result<String, String> {
        self.person(user, kind, |site, kind| {
            site.insert(kind, body.as_object().unwrap_or(&Doc::new()))
        })
    }
    /// A person changes, submits (`docstatus` 1) or cancels (2) a document in its screens.
    pub fn edit(&self, user: &str, kind: &str, name: &str, body: Value) -> Result<String, String> {
        self.person(user, kind, |site, kind| {
            site.change(kind, name, body.as_object().unwrap_or(&Doc::new()))
        })
    }
    /// A person renames a document.
    pub fn rename(&self, kind: &str, old: &str, new: &str) -> Result<String, String> {
        self.person("Administrator", kind, |site, kind| {
            site.rename(kind, old, new)?;
            site.get(kind.name, new).cloned()
        })
    }
    fn person(
        &self,
        user: &str,
        kind: &str,
        act: impl FnOnce(&mut Site, &'static kind::Kind) -> site::Outcome,
    ) -> Result<String, String> {
        let mut inner = self.lock();
        let Some(kind) = kind::of(kind) else { return Err("ImportError".into()) };
        let before = inner.site.clone();
        inner.site.user = user.to_owned();
        match act(&mut inner.site, kind) {
            Ok(doc) => Ok(text(&doc, "name").to_owned()),
            Err(refusal) => {
                inner.site = before;
                Err(refusal.exc_type.to_owned())
            }
        }
    }
    fn act(&self, user: &str, kind: &str, body: Value) {
        if let Err(why) = self.enter(user, kind, body) {
            tracing::warn!(kind, why, "the site could not be furnished");
        }
    }

    /// A stored document.
    pub fn doc(&self, kind: &str, name: &str) -> Option<Value> {
        self.lock().site.get(kind, name).ok().cloned().map(Value::Object)
    }
    /// All documents of a kind, in the order of creation.
    pub fn docs(&self, kind: &str) -> Vec<Value> {
        self.lock().site.docs.get(kind).into_iter().flatten().cloned().map(Value::Object).collect()
    }
    /// Makes these the site's documents of a kind, as they are: for sites larger than anybody enters by hand.
    pub fn stock(&self, kind: &str, docs: Vec<Value>) {
        let docs = docs.into_iter().filter_map(|doc| doc.as_object().cloned()).collect();
        self.lock().site.docs.insert(kind.to_owned(), docs);
    }
    /// Finance matches free money of the customer with an invoice in the tool *Payment Reconciliation*: so much less is
    /// owed of it. What the tool does to the other documents is not on record.
    pub fn reconcile(&self, invoice: &str, amount: i64) {
        voucher::reconcile(&mut self.lock().site, invoice, amount);
    }
    /// Sets the server's clock. It never goes back.
    pub fn set_now(&self, now: Ts) {
        let mut inner = self.lock();
        inner.site.now = inner.site.now.max(now);
    }
    /// The daily job that marks invoices overdue by bulk SQL: `modified` stays.
    pub fn run_daily(&self) {
        voucher::mark_overdue(&mut self.lock().site);
    }
    /// The years that documents may be posted in: a person makes the next one in December.
    pub fn set_fiscal_years(&self, years: &[&str]) {
        self.lock().site.fiscal_years = years.iter().map(|year| (*year).to_owned()).collect();
    }
    /// From now on this many numbers of a series are taken.
    pub fn set_series(&self, prefix: &str, used: u64) {
        self.lock().site.series.insert(prefix.to_owned(), used);
    }

    /// The next writing request meets this.
    pub fn trouble(&self, trouble: Trouble) {
        self.lock().dials.next.push(trouble);
    }
    /// Gone, or back: connections are closed without an answer.
    pub fn set_down(&self, down: bool) {
        self.lock().dials.down = down;
    }
    /// In maintenance (`bench migrate`): 503.
    pub fn set_maintenance(&self, on: bool) {
        self.lock().dials.maintenance = on;
    }
    /// Its rate limit is reached: 429 with `Retry-After` in seconds.
    pub fn set_rate_limited(&self, retry_after_s: Option<u64>) {
        self.lock().dials.rate_limited = retry_after_s;
    }
    /// Webhooks are lost, as when Redis is down at the commit.
    pub fn set_mute(&self, mute: bool) {
        self.lock().dials.mute = mute;
    }
    /// Forgets everything since then: a backup is restored.
    pub fn snapshot(&self) -> Backup {
        Backup(self.lock().site.clone())
    }
    /// Restores a backup; the clock stays.
    pub fn restore(&self, backup: &Backup) {
        let mut inner = self.lock();
        let now = inner.site.now;
        inner.site = backup.0.clone();
        inner.site.now = now;
    }

    /// Method and path of every request so far.
    pub fn asked(&self) -> Vec<String> {
        self.lock().asked.clone()
    }
    /// Takes the deliveries that wait, for a test that delivers them itself.
    pub fn take_deliveries(&self) -> Vec<Delivery> {
        std::mem::take(&mut self.lock().site.queue)
    }
    /// Delivers what waits by HTTP, each tried three times; what fails thrice is dropped for ever. Gives how many arrived.
    pub async fn deliver(&self, client: &reqwest::Client) -> usize {
        let mut arrived = 0;
        for delivery in self.take_deliveries() {
            let mut done = false;
            for _ in 0..3 {
                done = done || post(client, &delivery).await;
            }
            if done {
                arrived += 1;
            } else {
                self.lock().failed.push(delivery);
            }
        }
        arrived
    }
    /// What was dropped after three tries.
    pub fn dropped(&self) -> Vec<Delivery> {
        self.lock().failed.clone()
    }
}

/// A backup of a site.
#[derive(Clone, Debug)]
pub struct Backup(Site);

async fn post(client: &reqwest::Client, delivery: &Delivery) -> bool {
    let mut request = client.post(&delivery.url).timeout(Duration::from_secs(5));
    if let Some(signature) = &delivery.signature {
        request = request.header("X-Frappe-Webhook-Signature", signature);
    }
    if let Some(content_type) = &delivery.content_type {
        request = request.header("Content-Type", content_type);
    }
    match request.body(delivery.body.clone()).send().await {
        Ok(answer) => answer.status().is_success(),
        Err(_) => false,
    }
}
