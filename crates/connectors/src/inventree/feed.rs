//! Reading: one item, all items, the history, and what changed.
//!
//! Two feeds, since each misses something: the history misses edits, the list of items by time has neither
//! seconds nor a filter by time. Deletes are in neither; only [`items`] shows them.

use std::collections::{BTreeMap, BTreeSet};

use bridge::asset::{Changes, ItemPage, ItemSeen, MoveSeen, ReceiptSeen};
use kernel::{Fault, Result};
use serde::{Deserialize, Serialize};

use super::PAGE;
use super::client::Client;
use super::wire::{Item, Order, Page, Track};

/// Pages of a feed that are read at once; the rest waits for the nightly comparison.
const PAGES_MAX: u64 = 100;
const COMPLETE: i64 = 30;

pub(super) async fn item(client: &Client, external_id: &str) -> Result<Option<ItemSeen>> {
    let pk: i64 =
        external_id.parse().map_err(|_| Fault::bug(format!("the item id {external_id}")))?;
    let found: Option<Item> = client.get(&format!("api/stock/{pk}/"), &[]).await?;
    Ok(found.map(ItemSeen::from))
}

pub(super) async fn find(client: &Client, part: &str, serial: &str) -> Result<Vec<ItemSeen>> {
    let query =
        [("serial", serial.to_owned()), ("part", part.to_owned()), ("limit", "20".to_owned())];
    let page: Option<Page<Item>> = client.get("api/stock/", &query).await?;
    let all = page.map(|p| p.results).unwrap_or_default().into_iter().map(ItemSeen::from);
    // An unknown filter would be ignored silently: look again.
    Ok(all.filter(|i| i.serial == serial && i.part == part).collect())
}

pub(super) async fn history(client: &Client, external_id: &str) -> Result<Vec<MoveSeen>> {
    let query = [("item", external_id.to_owned()), ("limit", PAGE.to_string())];
    let page: Option<Page<Track>> = client.get("api/stock/track/", &query).await?;
    let mut rows = page.map(|p| p.results).unwrap_or_default();
    rows.sort_by_key(|row| std::cmp::Reverse(row.pk));
    Ok(rows.into_iter().map(MoveSeen::from).collect())
}

pub(super) async fn items(client: &Client, offset: u64) -> Result<ItemPage> {
    let query = [
        ("serialized", "true".to_owned()),
        ("limit", PAGE.to_string()),
        ("offset", offset.to_string()),
    ];
    let page: Option<Page<Item>> = client.get("api/stock/", &query).await?;
    let Some(page) = page else { return Ok(ItemPage::default()) };
    let next = page.next.is_some().then_some(offset + PAGE);
    let items = page.results.into_iter().map(ItemSeen::from).filter(|i| !i.serial.is_empty());
    Ok(ItemPage { items: items.collect(), next })
}

pub(super) async fn receipt(client: &Client, external_id: &str) -> Result<ReceiptSeen> {
    let found: Option<Order> = client.get(&format!("api/order/po/{external_id}/"), &[]).await?;
    let order = found.ok_or_else(|| {
        Fault::not_found(
            "bridge.engine_gone",
            "Pesanan pembelian itu tidak ada di InvenTree.",
            "InvenTree has no such purchase order.",
        )
    })?;
    Ok(ReceiptSeen {
        external_id: order.pk.to_string(),
        reference: order.reference,
        supplier: order.supplier_name.unwrap_or_default(),
        complete: order.status == COMPLETE,
    })
}

/// How far the two feeds were read.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Cursor {
    /// The newest row of the history.
    track: i64,
    /// The newest minute of a change; it is read again, since it may not have been over.
    minute: String,
}

pub(super) async fn changes(client: &Client, cursor: Option<&str>) -> Result<Changes> {
    // A cursor that can't be read begins anew; the nightly comparison finds what lay between.
    let known: Option<Cursor> = cursor.and_then(|c| serde_json::from_str(c).ok());
    let first = known.is_none();
    let known = known.unwrap_or_default();
    let (newest, touched) = since_track(client, &known, first).await?;
    let (minute, items) = since_minute(client, &known, first).await?;
    let next = Cursor {
        track: newest,
        minute: if minute.is_empty() { known.minute.clone() } else { minute },
    };
    let mut changes = Changes {
        cursor: serde_json::to_string(&next).unwrap_or_default(),
        // Rows are numbered upwards and stay (but for a deleted item's own).
        rewound: !first && newest < known.track && minute_back(&known.minute, &next.minute),
        ..Changes::default()
    };
    for id in touched.into_iter().filter(|id| !items.contains_key(id)) {
        let id = id.to_string();
        match item(client, &id).await? {
            Some(found) => changes.items.push(found),
            None => changes.gone.push(id),
        }
    }
    changes.items.extend(items.into_values());
    Ok(changes)
}

/// Deleting the newest item takes the newest row along, and leaves the other items' time as it was; a
/// backup turns both back.
fn minute_back(before: &str, now: &str) -> bool {
    now <= before
}

/// The items that the history's rows after the cursor are about.
async fn since_track(client: &Client, known: &Cursor, first: bool) -> Result<(i64, BTreeSet<i64>)> {
    let mut newest = 0;
    let mut touched = BTreeSet::new();
    for page in 0..PAGES_MAX {
        let query = [
            ("ordering", "-date".to_owned()),
            ("limit", PAGE.to_string()),
            ("offset", (page * PAGE).to_string()),
        ];
        let found: Option<Page<Track>> = client.get("api/stock/track/", &query).await?;
        let Some(found) = found else { break };
        newest = found.results.iter().map(|t| t.pk).fold(newest, i64::max);
        let fresh = found.results.iter().filter(|t| t.pk > known.track);
        touched.extend(fresh.filter_map(|t| t.item));
        let reached = found.results.iter().any(|t| t.pk <= known.track);
        if first || reached || found.next.is_none() {
            break;
        }
    }
    if first {
        touched.clear();
    }
    Ok((newest, touched))
}

/// The items that changed in the cursor's minute or later.
async fn since_minute(
    client: &Client,
    known: &Cursor,
    first: bool,
) -> Result<(String, BTreeMap<i64, ItemSeen>)> {
    let mut newest = String::new();
    let mut items = BTreeMap::new();
    for page in 0..PAGES_MAX {
        let mut query = vec![
            ("ordering", "-updated".to_owned()),
            ("limit", PAGE.to_string()),
            ("offset", (page * PAGE).to_string()),
        ];
        // A date only: with a time it is refused.
        if let Some(day) = known.minute.get(..10) {
            query.push(("updated_after", day.to_owned()));
        }
        let found: Option<Page<Item>> = client.get("api/stock/", &query).await?;
        let Some(found) = found else { break };
        let more = found.next.is_some();
        let mut reached = false;
        for item in found.results {
            let updated = item.updated.clone().unwrap_or_default();
            if updated > newest {
                newest.clone_from(&updated);
            }
            if updated < known.minute {
                reached = true;
            } else if item.serial.as_deref().is_some_and(|s| !s.is_empty()) {
                items.insert(item.pk, ItemSeen::from(item));
            }
        }
        if first || reached || !more {
            break;
        }
    }
    if first {
        items.clear();
    }
    Ok((newest, items))
}
