//! What must always be true, over all rooms: the eight invariants of the domain, asked of live data.
//!
//! Read-only; the same questions for tests, the simulator and `sambung check`. A finding names the
//! invariant that is broken and the record that shows it. What only a room can know it checks itself
//! (`billing`, `inventory`, `network`, `partner`); here stands what joins rooms.

mod access;
mod commission;
mod effects;
mod journal;
mod money;

use kernel::{Result, Ts};
use store::{Query, QueryExt, args};

/// A broken invariant: its stable name, and what was found.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Broken {
    pub invariant: &'static str,
    pub detail: String,
}

/// Names that say more than what follows from them: they are told first.
const FIRST: [&str; 9] = [
    "lost_payment",
    "double_invoice",
    "unbalanced_entry",
    "open_unpaid",
    "serial_twice",
    "wallet_negative",
    "effect_twice",
    "series_gap",
    "journal_missing",
];

/// Everything that is broken at `now`; empty when all is well.
///
/// 1 and 3: `billing::invariants`, and the ledger's wallets against the resellers'. 2: one live invoice a
/// period, gapless series. 4: `inventory::invariants`, and no installed device at an ended subscription
/// without an order to fetch it. 5: stored access is what the decision says, it is enforced or worked on.
/// 6: `partner::invariants`, and commission as its rule yields it. 7: no effect lost, none twice. 8: every
/// change by a person has its journal row. And customers and leads are found by their words
/// (`crm::word`).
///
/// # Errors
/// Only when the database fails.
pub async fn check(q: &mut dyn Query, now: Ts) -> Result<Vec<Broken>> {
    let mut broken = Vec::new();
    for found in billing::invariants::check(q).await? {
        broken.push(Broken { invariant: named(found.code), detail: found.detail });
    }
    money::check(q, now, &mut broken).await?;
    items(q, &mut broken).await?;
    access::check(q, now, &mut broken).await?;
    for (code, detail) in crm::word::check(q).await? {
        broken.push(Broken { invariant: code, detail });
    }
    for (code, detail) in network::invariants::check(q).await? {
        broken.push(Broken { invariant: code, detail });
    }
    for (code, detail) in partner::invariants::check(q).await? {
        broken.push(Broken { invariant: code, detail });
    }
    commission::check(q, &mut broken).await?;
    effects::check(q, now, &mut broken).await?;
    journal::check(q, &mut broken).await?;
    broken
        .sort_by_key(|b| FIRST.iter().position(|name| *name == b.invariant).unwrap_or(FIRST.len()));
    Ok(broken)
}

/// The name by which an invariant is known outside its room.
fn named(code: &'static str) -> &'static str {
    match code {
        "entry_unbalanced" => "unbalanced_entry",
        "invoice_twice" | "days_billed_twice" => "double_invoice",
        other => other,
    }
}

async fn items(q: &mut dyn Query, broken: &mut Vec<Broken>) -> Result<()> {
    for (code, detail) in inventory::invariants::check(q).await? {
        broken.push(Broken { invariant: code, detail });
    }
    for (invariant, what, sql) in ITEMS {
        let found: Vec<String> = q.values(sql, args![]).await?;
        broken
            .extend(found.into_iter().map(|d| Broken { invariant, detail: format!("{d} {what}") }));
    }
    Ok(())
}

const ITEMS: [(&str, &str, &str); 3] = [
    (
        "serial_twice",
        "is on record as more than one device",
        "select min(serial) from inventory_item group by upper(serial) having count(*) > 1 limit 20",
    ),
    (
        "serial_twice",
        "is the address of more than one device",
        "select min(mac) from inventory_item where mac is not null
         group by upper(mac) having count(*) > 1 limit 20",
    ),
    (
        "item_left_behind",
        "is installed at an ended subscription, and nobody was sent for it",
        "select i.serial from inventory_item i
         join billing_subscription s on s.id = i.subscription_id
         where i.state = 'installed' and i.owner = 'isp' and s.state in ('terminated', 'cancelled')
           and not exists (select 1 from fulfilment_work_order w
             where w.subscription_id = s.id and w.kind = 'dismantle'
               and w.state not in ('done', 'cancelled'))
         order by i.serial limit 20",
    ),
];
