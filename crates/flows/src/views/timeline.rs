//! Everything that happened with a customer, newest first, from every room, in words.
//!
//! Each source is asked only for those who may open its rows: NOC sees no money, finance no sessions.

mod sources;
mod words;

use kernel::{Actor, CustomerId, Permission, Result, Ts, Zone};
use store::Query;
use uuid::Uuid;

use super::people;
use crate::why::Say;

/// What an entry opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    Lead(Uuid),
    Invoice(Uuid),
    WorkOrder(Uuid),
    Ticket(Uuid),
    /// An item by its serial.
    Item(String),
}

/// One thing that happened.
#[derive(Clone, Debug)]
pub struct Entry {
    pub at: Ts,
    /// The id of the row behind it; with `at` the place in the list.
    pub id: Uuid,
    /// `lead`, `invoice`, `payment`, `subscription`, `access`, `session`, `work_order`, `ticket`, `item`, `message`.
    pub kind: &'static str,
    pub say: Say,
    /// Who did it; `None`: the program by itself.
    pub by: Option<String>,
    pub link: Option<Link>,
}

/// Where a page of the timeline ended.
pub type Place = (Ts, Uuid);

/// An entry whose actor is still a tag or a name.
struct Raw {
    entry: Entry,
    /// `user:<id>` or `customer:<id>`, to be read as a name.
    tag: Option<String>,
}

/// What every source is asked with.
struct Ask<'a> {
    customer: CustomerId,
    after: Option<Place>,
    limit: i64,
    zone: Zone,
    actor: &'a Actor,
}

impl Ask<'_> {
    fn may(&self, permission: Permission) -> bool {
        self.actor.may(permission)
    }
}

/// What happened with the customer, newest first, after `after`; at most `limit` entries.
///
/// # Errors
/// `crm.customer_not_found` when there is none in the actor's scope.
pub async fn of(
    q: &mut dyn Query,
    actor: &Actor,
    customer: CustomerId,
    after: Option<Place>,
    limit: i64,
) -> Result<Vec<Entry>> {
    let found = crm::customer::find(q, &actor.scope, customer).await?;
    let zone = catalog::current(q).await?.zone(found.branch_id);
    let ask = Ask { customer, after, limit, zone, actor };
    let mut all = Vec::new();
    all.extend(sources::orders(q, &ask).await?);
    if ask.may(Permission::InvoiceRead) {
        all.extend(sources::invoices(q, &ask).await?);
        all.extend(sources::credit_notes(q, &ask).await?);
    }
    if ask.may(Permission::PaymentRead) {
        all.extend(sources::payments(q, &ask).await?);
        all.extend(sources::reversals(q, &ask).await?);
    }
    if ask.may(Permission::SubscriptionRead) {
        all.extend(sources::subscriptions(q, &ask).await?);
        all.extend(sources::access(q, &ask).await?);
    }
    if ask.may(Permission::OnlineRead) {
        all.extend(sources::sessions(q, &ask).await?);
    }
    if ask.may(Permission::WorkOrderRead) {
        all.extend(sources::steps(q, &ask).await?);
    }
    if ask.may(Permission::TicketRead) {
        all.extend(sources::tickets(q, &ask).await?);
    }
    if ask.may(Permission::StockRead) {
        all.extend(sources::items(q, &ask).await?);
    }
    if ask.may(Permission::MessageRead) {
        all.extend(sources::messages(q, &ask).await?);
    }
    all.sort_by_key(|raw| std::cmp::Reverse((raw.entry.at, raw.entry.id)));
    all.truncate(usize::try_from(limit).unwrap_or(0));
    let names = people::names(q, all.iter().filter_map(|raw| raw.tag.as_deref())).await?;
    Ok(all
        .into_iter()
        .map(|raw| {
            let by = raw.tag.as_deref().and_then(|tag| names.of(tag));
            Entry { by: raw.entry.by.or(by), ..raw.entry }
        })
        .collect())
}
