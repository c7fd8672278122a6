//! One box for everything: a name, a phone, a user name, an address, a MAC, a serial, a number of an
//! invoice, receipt, subscription, work order or purchase order; typed, scanned or pasted.
//!
//! Each kind is searched only for those who may open it. Numbers and network addresses are found whole; people
//! by the words of name, address and phone (by its last digits too), user names, MACs and serials by their
//! beginning, serials by their end too.

use std::net::IpAddr;

use kernel::{Actor, CustomerId, Permission, Result};
use store::{Query, QueryExt};
use uuid::Uuid;

use super::accounts;
use super::customers::{self, CustomerFilter};
use super::items::{self, ItemFilter};
use super::leads::{self, LeadFilter};
use super::narrow::clean;
use super::purchases::{self, PurchaseFilter};
use super::reach::reach;

store::words! {
    /// What was found.
    pub enum Kind {
        Customer = "customer",
        /// A RADIUS account; opens its customer.
        Account = "account",
        /// A live session; opens its customer.
        Session = "session",
        Subscription = "subscription",
        Invoice = "invoice",
        /// A payment by its receipt; opens its customer.
        Payment = "payment",
        WorkOrder = "work_order",
        Ticket = "ticket",
        Lead = "lead",
        Item = "item",
        Purchase = "purchase",
    }
}

/// One thing found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    pub kind: Kind,
    pub id: Uuid,
    pub title: String,
    pub note: String,
    pub customer: Option<CustomerId>,
}

/// Shorter texts would find everything.
const CHARS_MIN: usize = 2;
/// Of each kind.
const HITS_MAX: i64 = 5;

/// What fits the text best, exact numbers first. Empty for a text of one letter.
///
/// # Errors
/// Only when the database fails.
pub async fn find(q: &mut dyn Query, actor: &Actor, text: &str) -> Result<Vec<Hit>> {
    let text = clean(text);
    if text.chars().count() < CHARS_MIN {
        return Ok(Vec::new());
    }
    let mut hits = numbers(q, actor, &text).await?;
    if actor.may(Permission::OnlineRead) {
        hits.extend(sessions(q, actor, &text).await?);
        hits.extend(accounts(q, actor, &text).await?);
    }
    if actor.may(Permission::CustomerRead) {
        hits.extend(people(q, actor, &text).await?);
    }
    if actor.may(Permission::StockRead) {
        hits.extend(stock(q, actor, &text).await?);
    }
    if actor.may(Permission::PurchaseRead) {
        hits.extend(orders(q, actor, &text).await?);
    }
    if actor.may(Permission::LeadRead) {
        hits.extend(prospects(q, actor, &text).await?);
    }
    Ok(hits)
}

store::row! { struct NumberRow { id: Uuid, number: Option<String>, customer_id: CustomerId,
customer_name: Option<String>, note: String } }

/// Kind, who may see it, table, the column with the number, and what else is said.
const NUMBERED: &[(Kind, Permission, &str, &str, &str)] = &[
    (Kind::Invoice, Permission::InvoiceRead, "billing_invoice", "number", "t.kind"),
    (Kind::Payment, Permission::PaymentRead, "billing_payment", "receipt_number", "t.channel"),
    (Kind::Subscription, Permission::SubscriptionRead, "billing_subscription", "number", "t.state"),
    (Kind::WorkOrder, Permission::WorkOrderRead, "fulfilment_work_order", "number", "t.state"),
    (Kind::Ticket, Permission::TicketRead, "fulfilment_ticket", "number", "t.subject"),
];

async fn numbers(q: &mut dyn Query, actor: &Actor, text: &str) -> Result<Vec<Hit>> {
    let mut hits = Vec::new();
    // Every number of ours has a digit in it: words need no look.
    if !text.bytes().any(|b| b.is_ascii_digit()) {
        return Ok(hits);
    }
    for (kind, permission, table, column, note) in NUMBERED {
        if !actor.may(*permission) {
            continue;
        }
        let Some(mut narrow) = reach(&actor.scope, "t.customer_id") else { continue };
        narrow.when(Some(text.to_uppercase()), &format!("t.{column} = ?"));
        let sql = format!(
            "select t.id, t.{column} as number, t.customer_id, c.name as customer_name,
               {note} as note
             from {table} t left join crm_customer c on c.id = t.customer_id {} limit 5",
            narrow.clause()
        );
        let rows: Vec<NumberRow> = q.rows(&sql, narrow.into_args()).await?;
        hits.extend(rows.into_iter().map(|r| Hit {
            kind: *kind,
            id: r.id,
            title: r.number.unwrap_or_default(),
            note: joined(&[&r.customer_name.unwrap_or_default(), &r.note]),
            customer: Some(r.customer_id),
        }));
    }
    Ok(hits)
}

store::row! { struct AccountRow { id: Uuid, username: String, mac: Option<String>,
address: Option<String>, customer_id: CustomerId, customer_name: Option<String> } }

impl AccountRow {
    fn hit(self, kind: Kind) -> Hit {
        let name = self.customer_name.unwrap_or_default();
        let parts = [name, self.mac.unwrap_or_default(), self.address.unwrap_or_default()];
        let note = joined(&[&parts[0], &parts[1], &parts[2]]);
        Hit { kind, id: self.id, title: self.username, note, customer: Some(self.customer_id) }
    }
}

/// Live sessions with this address.
async fn sessions(q: &mut dyn Query, actor: &Actor, text: &str) -> Result<Vec<Hit>> {
    let (Ok(ip), Some(mut narrow)) = (text.parse::<IpAddr>(), reach(&actor.scope, "a.customer_id"))
    else {
        return Ok(Vec::new());
    };
    narrow.when(Some(ip.to_string()), "t.framed_ip = ?");
    narrow.only("t.state = 'live'");
    let limit = narrow.bind(HITS_MAX);
    let sql = format!(
        "select t.id, t.username, t.mac, t.framed_ip as address, a.customer_id,
           c.name as customer_name
         from network_session t
         join network_account a on a.id = t.account_id
         left join crm_customer c on c.id = a.customer_id
         {} order by t.id desc limit {limit}",
        narrow.clause()
    );
    let rows: Vec<AccountRow> = q.rows(&sql, narrow.into_args()).await?;
    Ok(rows.into_iter().map(|r| r.hit(Kind::Session)).collect())
}

/// Accounts by the beginning of the user name or MAC, or the fixed address.
async fn accounts(q: &mut dyn Query, actor: &Actor, text: &str) -> Result<Vec<Hit>> {
    let Some(mut narrow) = reach(&actor.scope, "t.customer_id") else { return Ok(Vec::new()) };
    narrow.only("t.released_at is null");
    let ways = accounts::ways(q, &mut narrow, Some(text)).await?;
    let limit = narrow.bind(HITS_MAX);
    let order = "t.username {EXACT}";
    let page = accounts::page(&ways, &narrow.clause(), (order, &limit));
    let sql = format!(
        "select t.id, t.username, t.mac, t.fixed_ip as address, t.customer_id,
           c.name as customer_name
         from network_account t left join crm_customer c on c.id = t.customer_id
         where t.id in ({page}) order by {order} limit {limit}"
    );
    let rows: Vec<AccountRow> = q.rows(&sql, narrow.into_args()).await?;
    Ok(rows.into_iter().map(|r| r.hit(Kind::Account)).collect())
}

/// Those who have the very words before those whose words begin so.
async fn people(q: &mut dyn Query, actor: &Actor, text: &str) -> Result<Vec<Hit>> {
    let mut filter =
        CustomerFilter { text: Some(text.to_owned()), whole: true, ..CustomerFilter::default() };
    let mut rows = customers::list(q, &actor.scope, &filter, None, HITS_MAX).await?;
    let wanted = usize::try_from(HITS_MAX).unwrap_or(0);
    if rows.len() < wanted {
        filter.whole = false;
        let more = customers::list(q, &actor.scope, &filter, None, HITS_MAX).await?;
        let whole: Vec<CustomerId> = rows.iter().map(|r| r.id).collect();
        rows.extend(more.into_iter().filter(|r| !whole.contains(&r.id)));
        rows.truncate(wanted);
    }
    let hit = |r: customers::CustomerRow| Hit {
        kind: Kind::Customer,
        id: r.id.uuid(),
        title: r.name,
        note: joined(&[&r.number, r.phone.as_str(), &r.address]),
        customer: Some(r.id),
    };
    Ok(rows.into_iter().map(hit).collect())
}

async fn stock(q: &mut dyn Query, actor: &Actor, text: &str) -> Result<Vec<Hit>> {
    let filter = ItemFilter { text: Some(text.to_owned()), ..ItemFilter::default() };
    let rows = items::list(q, &actor.scope, &filter, None, HITS_MAX).await?;
    let hit = |r: items::ItemRow| Hit {
        kind: Kind::Item,
        id: r.id.uuid(),
        title: r.serial,
        note: joined(&[&r.type_name, &r.mac.unwrap_or_default(), &r.location_name]),
        customer: r.customer_id,
    };
    Ok(rows.into_iter().map(hit).collect())
}

/// Purchase orders by part of the number, or of the supplier's name.
async fn orders(q: &mut dyn Query, actor: &Actor, text: &str) -> Result<Vec<Hit>> {
    let filter = PurchaseFilter { text: Some(text.to_owned()), ..PurchaseFilter::default() };
    let rows = purchases::list(q, &actor.scope, &filter, None, HITS_MAX).await?;
    let hit = |r: purchases::PurchaseRow| Hit {
        kind: Kind::Purchase,
        id: r.id.uuid(),
        title: r.number,
        note: joined(&[&r.supplier_name, &r.location_name]),
        customer: None,
    };
    Ok(rows.into_iter().map(hit).collect())
}

async fn prospects(q: &mut dyn Query, actor: &Actor, text: &str) -> Result<Vec<Hit>> {
    let filter = LeadFilter { text: Some(text.to_owned()), ..LeadFilter::default() };
    let rows = leads::list(q, &actor.scope, &filter, None, HITS_MAX).await?;
    let hit = |r: leads::LeadRow| Hit {
        kind: Kind::Lead,
        id: r.id.uuid(),
        title: r.name,
        note: joined(&[r.phone.as_str(), &r.address]),
        customer: r.customer_id,
    };
    Ok(rows.into_iter().map(hit).collect())
}

/// `Budi · C000001 · Jl. Melati 3`, without the empty ones.
fn joined(parts: &[&str]) -> String {
    let full: Vec<&str> = parts.iter().copied().filter(|p| !p.is_empty()).collect();
    full.join(" · ")
}
