//! The scan: which device stands at the site.

use kernel::{Event, Fault, Field, ItemId, Permission, Result, UserId, WorkOrderId};
use store::Tx;

use crate::ask::{for_office, for_work};
use crate::open::facts;
use crate::order::{Kind, Mark, State, WorkOrder};
use crate::store::{order as rows, step};

/// What was scanned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Device {
    /// An item of ours; it has been moved to the site in this transaction.
    Item { item: ItemId, serial: String, mac: Option<String> },
    /// The customer's own: only its MAC is known.
    Own { mac: String },
}

/// A scan as it happened.
#[derive(Clone, Debug)]
pub struct Scan {
    pub device: Device,
    /// `None`: scanned. Else typed, and why.
    pub typed_because: Option<String>,
    pub mark: Mark,
}

/// What a scan means for the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// The first device of this visit.
    First,
    /// The same technician took another device.
    Instead,
    /// Said before.
    Same,
}

/// The code of the refusal of a customer's own device until NOC says yes.
pub const OWN_DEVICE_NOT_APPROVED: &str = "fulfilment.own_device_not_approved";

/// Decides whether a device may be scanned on an order; pure, so that the caller can ask before it moves
/// the item.
///
/// # Errors
/// `fulfilment.wrong_state` unless somebody is on site; `fulfilment.no_device_here` on a move;
/// `fulfilment.own_device_stays` on a dismantle; [`OWN_DEVICE_NOT_APPROVED`]; `fulfilment.scanned_already` by a colleague.
pub fn judge(order: &WorkOrder, device: &Device, by: Option<UserId>) -> Result<Found> {
    let same = match device {
        Device::Item { item, .. } => order.item_id == Some(*item),
        Device::Own { mac } => order.item_id.is_none() && order.mac_scanned.as_ref() == Some(mac),
    };
    if same && matches!(order.state, State::OnSite | State::Done | State::Failed) {
        return Ok(Found::Same);
    }
    if order.state != State::OnSite {
        return Err(order.state.refusal(&order.number));
    }
    if order.kind == Kind::Move {
        return Err(Fault::conflict(
            "fulfilment.no_device_here",
            "SPK pindah tidak mengganti perangkat; pakai SPK ganti perangkat.",
            "A move keeps its device; use a swap order to change it.",
        ));
    }
    let own = matches!(device, Device::Own { .. });
    if own && order.kind == Kind::Dismantle {
        return Err(Fault::conflict(
            "fulfilment.own_device_stays",
            "Perangkat milik pelanggan tidak dibongkar.",
            "A customer's own device is not ours to take down.",
        ));
    }
    if own && !order.own_device_ok {
        return Err(Fault::conflict(
            OWN_DEVICE_NOT_APPROVED,
            "Perangkat milik pelanggan perlu persetujuan NOC dulu.",
            "A customer's own device needs NOC's approval first.",
        ));
    }
    if !order.has_device() {
        return Ok(Found::First);
    }
    if by.is_some() && order.scanned_by == by {
        return Ok(Found::Instead);
    }
    let there = order.serial.as_ref().or(order.mac_scanned.as_ref()).cloned().unwrap_or_default();
    Err(Fault::conflict(
        "fulfilment.scanned_already",
        format!("Rekan Anda sudah memindai {there} untuk SPK {}.", order.number),
        format!("A colleague has scanned {there} for work order {} already.", order.number),
    ))
}

/// Records the scan. For a device that now stands at the site (not on a dismantle) emits `DeviceScanned`,
/// unless the same device was scanned before.
///
/// # Errors
/// As [`judge`]; `fulfilment.other_visit`; a field error for a typed serial without reason.
pub async fn record_scan(tx: &mut Tx, id: WorkOrderId, scan: Scan) -> Result<WorkOrder> {
    let before = for_work(tx, id).await?;
    before.check_visit(scan.mark)?;
    if scan.typed_because.as_deref().is_some_and(|why| why.trim().is_empty()) {
        return Err(Fault::fields(vec![Field::required("reason")]));
    }
    let by = tx.actor().user();
    if judge(&before, &scan.device, by)? == Found::Same {
        return Ok(before);
    }
    let (item, serial, mac) = match scan.device {
        Device::Item { item, serial, mac } => (Some(item), Some(serial), mac),
        Device::Own { mac } => (None, None, Some(mac)),
    };
    let how = if scan.typed_because.is_some() { "typed" } else { "scanned" };
    let order = WorkOrder {
        item_id: item,
        serial,
        mac_scanned: mac,
        scan_how: Some(how.to_owned()),
        scan_reason: scan.typed_because.map(|why| why.trim().to_owned()),
        scanned_by: by,
        scanned_at: Some(tx.now()),
        ..before.clone()
    };
    rows::save(tx, &order).await?;
    let what = order.serial.clone().or_else(|| order.mac_scanned.clone());
    step::happened(tx, &order, "scanned", scan.mark.at, what.as_deref()).await?;
    tx.journal("work_order", id.uuid(), "scanned", facts(&before), facts(&order)).await?;
    if order.kind != Kind::Dismantle {
        let subscription = order.subscription_id;
        tx.emit(Event::DeviceScanned { work_order: id, subscription, item });
    }
    Ok(order)
}

/// NOC allows the customer's own device on this order.
///
/// # Errors
/// `fulfilment.wrong_state` on a closed order.
pub async fn approve_own_device(tx: &mut Tx, id: WorkOrderId) -> Result<WorkOrder> {
    let before = for_office(tx, id, Permission::WorkOrderDispatch).await?;
    if !before.state.is_live() {
        return Err(before.state.refusal(&before.number));
    }
    let order = WorkOrder { own_device_ok: true, ..before.clone() };
    rows::save(tx, &order).await?;
    step::note(tx, &order, "own_device_approved", None).await?;
    tx.journal("work_order", id.uuid(), "own_device_approved", facts(&before), facts(&order))
        .await?;
    Ok(order)
}
