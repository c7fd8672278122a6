//! Deciding about an order: approved, or turned down. Never by somebody who wrote it, unless the ISP does
//! without a second person (policy `four_eyes`).

use kernel::{Fault, Permission, Result};
use serde_json::json;
use store::{Tx, args};

use super::write::{because, locked};
use super::{Deed, Purchase, PurchaseId, PurchaseState, wrote};

/// Approves an order: it may be sent and received. `seen` is the version that the person saw. Again changes
/// nothing.
///
/// # Errors
/// `forbidden`; `inventory.purchase_own` for somebody who wrote it; `inventory.purchase_changed` when it is not
/// the version that was seen; `inventory.purchase_not_found`, `inventory.purchase_state`.
pub async fn approve(tx: &mut Tx, id: PurchaseId, seen: i64) -> Result<()> {
    let order = for_decision(tx, id).await?;
    if order.state == PurchaseState::Approved {
        return Ok(());
    }
    order.must_allow(Deed::Decide)?;
    if order.version != seen {
        return Err(Fault::conflict(
            "inventory.purchase_changed",
            "Pesanan ini diubah setelah Anda membukanya; periksa lagi.",
            "This order was changed after you opened it; look at it again.",
        ));
    }
    decide(tx, &order, PurchaseState::Approved, None).await?;
    let after = json!({ "total": order.total });
    tx.journal("purchase", id.uuid(), "approved", json!({ "state": order.state }), after).await
}

/// Turns an order down; who wrote it may change it and hand it in again. Again changes nothing.
///
/// # Errors
/// As [`approve`]; a field error without a reason.
pub async fn reject(tx: &mut Tx, id: PurchaseId, reason: &str) -> Result<()> {
    let order = for_decision(tx, id).await?;
    if order.state == PurchaseState::Rejected {
        return Ok(());
    }
    order.must_allow(Deed::Decide)?;
    let reason = because(reason)?;
    decide(tx, &order, PurchaseState::Rejected, Some(&reason)).await?;
    let before = json!({ "state": order.state });
    tx.journal("purchase", id.uuid(), "rejected", before, json!({ "why": reason })).await
}

/// The second person's rule, for screens too.
///
/// # Errors
/// `inventory.purchase_own`.
pub fn second_person(wrote: bool, four_eyes: bool) -> Result<()> {
    if !wrote || !four_eyes {
        return Ok(());
    }
    Err(Fault::conflict(
        "inventory.purchase_own",
        "Pesanan ini Anda tulis sendiri; orang lain yang menyetujui.",
        "You wrote this order yourself; another person approves it.",
    ))
}

async fn for_decision(tx: &mut Tx, id: PurchaseId) -> Result<Purchase> {
    tx.actor().require(Permission::PurchaseApprove)?;
    let order = locked(tx, id).await?;
    let own = tx.actor().tag();
    let wrote = tx.actor().is_person() && wrote(tx, id, &own).await?;
    let four_eyes = catalog::current(tx).await?.isp_policy().four_eyes;
    second_person(wrote, four_eyes)?;
    Ok(order)
}

async fn decide(
    tx: &mut Tx,
    order: &Purchase,
    state: PurchaseState,
    reason: Option<&str>,
) -> Result<()> {
    let by = tx.actor().name.clone();
    tx.exec(
        "update inventory_purchase set state = $2, decided_by_name = $3, decided_at = $4,
           reason = $5, version = version + 1 where id = $1",
        args![order.id, state, by, tx.now(), reason],
    )
    .await?;
    Ok(())
}
