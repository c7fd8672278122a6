//! Opening a work order.

use kernel::{BranchId, CustomerId, Event, Fault, Field, OdpId, PartnerId, Result, SubscriptionId};
use serde_json::{Value, json};
use store::Tx;

use crate::order::{Kind, State, WorkOrder};
use crate::store::{order as rows, step};

/// A work order as asked for. Who may ask is decided by the caller: a conversion, a termination and a
/// complaint all open one.
#[derive(Clone, Debug)]
pub struct NewWorkOrder {
    pub kind: Kind,
    pub subscription: SubscriptionId,
    pub customer: CustomerId,
    pub branch: BranchId,
    pub partner: Option<PartnerId>,
    pub address: String,
    /// The pin on the map, degrees.
    pub site_lat: Option<f64>,
    pub site_lon: Option<f64>,
    pub note: String,
    /// On a move: the ODP at the new place.
    pub odp: Option<OdpId>,
}

/// Opens a work order with the next number. Emits `WorkOrderOpened`.
///
/// # Errors
/// `fulfilment.already_open` when the subscription has a live install or dismantle order already; a
/// field error for a note over 2,000 characters.
pub async fn open(tx: &mut Tx, new: NewWorkOrder) -> Result<WorkOrder> {
    if new.note.chars().count() > 2_000 {
        let (id, en) = ("paling banyak 2.000 huruf", "must be at most 2,000 characters");
        return Err(Fault::fields(vec![Field::new("note", "too_long", id, en)]));
    }
    let order = WorkOrder {
        id: tx.new_id(),
        number: format!("SPK{:06}", tx.next_number("fulfilment/work_order").await?),
        kind: new.kind,
        subscription_id: new.subscription,
        customer_id: new.customer,
        branch_id: new.branch,
        partner_id: new.partner,
        state: State::Open,
        visit: 1,
        scheduled_on: None,
        address: new.address,
        site_lat: new.site_lat,
        site_lon: new.site_lon,
        note: new.note.trim().to_owned(),
        own_device_ok: false,
        item_id: None,
        serial: None,
        mac_scanned: None,
        scan_how: None,
        scan_reason: None,
        scanned_by: None,
        scanned_at: None,
        gps_lat: None,
        gps_lon: None,
        gps_accuracy_m: None,
        gps_at: None,
        distance_m: None,
        review: false,
        review_why: None,
        reviewed_at: None,
        online_result: None,
        failed_reason: None,
        cancelled_reason: None,
        created_at: tx.now(),
        done_at: None,
        version: 1,
        odp_id: new.odp,
        signal_cdbm: None,
        signal_at: None,
    };
    rows::insert(tx, &order).await.map_err(|fault| {
        if !::store::is_unique(&fault) {
            return fault;
        }
        let kind = new.kind;
        Fault::conflict(
            "fulfilment.already_open",
            format!("Langganan ini sudah punya SPK \"{kind}\" yang belum selesai."),
            format!("This subscription already has an unfinished \"{kind}\" work order."),
        )
    })?;
    step::note(tx, &order, "opened", None).await?;
    tx.journal("work_order", order.id.uuid(), "opened", Value::Null, facts(&order)).await?;
    tx.emit(Event::WorkOrderOpened { work_order: order.id });
    Ok(order)
}

/// What the journal keeps of a work order.
pub(crate) fn facts(order: &WorkOrder) -> Value {
    json!({
        "number": order.number, "kind": order.kind, "state": order.state, "visit": order.visit,
        "subscription": order.subscription_id, "scheduled_on": order.scheduled_on,
        "item": order.item_id, "mac": order.mac_scanned, "distance_m": order.distance_m,
        "review": order.review, "online": order.online_result, "failed": order.failed_reason,
        "cancelled": order.cancelled_reason, "signal_cdbm": order.signal_cdbm,
    })
}
