//! Deciding about a count: posted, or turned down.

use kernel::{Fault, Field, LocationId, Permission, Result};
use serde_json::json;
use store::{Tx, args};

use super::take::locked;
use super::{Count, CountId, CountState, Finding, Line, lines};
use crate::location::{self, LocationKind};
use crate::moves::{To, go, take};
use crate::state::{How, ItemState};

/// What posting a count did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Posted {
    /// Serials that are lost now.
    pub lost: Vec<String>,
    /// Serials that were on record elsewhere and are here now.
    pub found: Vec<String>,
    /// Serials that a person has to look into: at a customer's site, scrapped, unknown.
    pub left: Vec<String>,
}

/// Posts a count: what is missing is lost, what was found is here. What moved since it was counted stays
/// where it is. A count that is posted already changes nothing.
///
/// # Errors
/// `forbidden` unless finance or the owner asks; `inventory.count_own` for somebody who counted;
/// `inventory.count_not_found`, `inventory.count_state`.
pub async fn approve(tx: &mut Tx, id: CountId) -> Result<Posted> {
    let count = for_decision(tx, id).await?;
    if count.state == CountState::Posted {
        return Ok(Posted::default());
    }
    count.must_be(CountState::Submitted)?;
    let mut all = lines(tx, id).await?;
    others_counted(tx, &count, &all)?;
    // In the order in which items are locked everywhere.
    all.sort_by_key(|line| line.item_id);
    let mut posted = Posted::default();
    for line in &all {
        post(tx, &count, line, &mut posted).await?;
    }
    decide(tx, &count, CountState::Posted, None).await?;
    let after = json!({ "lost": posted.lost, "found": posted.found, "left": posted.left });
    tx.journal("stock_count", id.uuid(), "posted", json!(null), after).await?;
    Ok(posted)
}

/// Turns a count down: nothing is posted, it has to be counted anew.
///
/// # Errors
/// As [`approve`]; a field error without a reason.
pub async fn reject(tx: &mut Tx, id: CountId, reason: &str) -> Result<()> {
    let count = for_decision(tx, id).await?;
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Fault::fields(vec![Field::required("reason")]));
    }
    count.must_be(CountState::Submitted)?;
    let all = lines(tx, id).await?;
    others_counted(tx, &count, &all)?;
    decide(tx, &count, CountState::Rejected, Some(reason)).await?;
    tx.journal("stock_count", id.uuid(), "rejected", json!(null), json!({ "why": reason })).await
}

/// The difference is money: finance or the owner decides about it, not the warehouse.
async fn for_decision(tx: &mut Tx, id: CountId) -> Result<Count> {
    tx.actor().require(Permission::StockApprove)?;
    tx.actor().require(Permission::LedgerRead)?;
    locked(tx, id).await
}

/// Nobody approves what they counted.
fn others_counted(tx: &Tx, count: &Count, lines: &[Line]) -> Result<()> {
    let own = tx.actor().tag();
    let scanned = lines.iter().any(|line| line.seen_by.as_ref() == Some(&own));
    if count.opened_by != own && !scanned {
        return Ok(());
    }
    Err(Fault::conflict(
        "inventory.count_own",
        "Opname ini Anda hitung sendiri; orang lain yang menyetujui.",
        "You counted this yourself; another person approves it.",
    ))
}

async fn post(tx: &mut Tx, count: &Count, line: &Line, posted: &mut Posted) -> Result<()> {
    let Some(id) = line.item_id else {
        posted.left.push(line.serial.clone());
        return Ok(());
    };
    // Judged again behind the item's lock: it may have moved this very moment.
    let item = take(tx, id).await?;
    let now = Line {
        item_version: Some(item.version),
        item_location_id: Some(item.location_id),
        ..line.clone()
    };
    let (location, state, into) = match now.finding(count.location_id) {
        Finding::Missing => {
            let lost = location::place(tx, LocationKind::Lost, item.branch_id).await?;
            (lost, ItemState::Lost, &mut posted.lost)
        }
        Finding::Unexpected => {
            let state = state_at(tx, count.location_id).await?;
            if item.state.hand_on(state, &item.serial).is_err() {
                posted.left.push(line.serial.clone());
                return Ok(());
            }
            (count.location_id, state, &mut posted.found)
        }
        Finding::There | Finding::Moved | Finding::Unknown => return Ok(()),
    };
    let to =
        To { location, state, subscription: None, how: &How::Program, document: &count.number };
    go(tx, &item, &to).await?;
    into.push(line.serial.clone());
    Ok(())
}

async fn state_at(tx: &mut Tx, place: LocationId) -> Result<ItemState> {
    let place = location::find(tx, &kernel::Scope::all(), place).await?;
    Ok(match place.kind {
        LocationKind::Bag => ItemState::InTransit,
        _ => ItemState::InStock,
    })
}

async fn decide(tx: &mut Tx, count: &Count, state: CountState, reason: Option<&str>) -> Result<()> {
    let name = tx.actor().name.clone();
    tx.exec(
        "update inventory_count set state = $2, decided_by_name = $3, decided_at = $4, reason = $5
         where id = $1",
        args![count.id, state, name, tx.now(), reason],
    )
    .await?;
    Ok(())
}
