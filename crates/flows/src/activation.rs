//! Activation: from the technician's scan to an account that may log in, in one natural chain; and back
//! again when a device is swapped or taken down.

use fulfilment::{Kind, NewWorkOrder, WorkOrder};
use kernel::{Fault, ItemId, Permission, Result, Scope, SubscriptionId, WorkOrderId};
use network::account::Reservation;
use network::username::Parts;
use network::{AccountKind, Mac, MacPolicy};
use serde_json::json;
use store::{QueryExt, Tx, args};

/// An assigned install has its user name and password reserved: they stand in the job, also offline.
pub async fn assigned(tx: &mut Tx, work_order: WorkOrderId) -> Result<()> {
    let order = fulfilment::find(tx, &Scope::all(), work_order).await?;
    if order.kind != Kind::Install {
        return Ok(());
    }
    reserve(tx, order.subscription_id).await
}

/// Reserves the account of a subscription by the ISP's pattern. Asked again it changes nothing.
pub async fn reserve(tx: &mut Tx, subscription: SubscriptionId) -> Result<()> {
    let sub = billing::subscription::find(tx, &Scope::all(), subscription).await?;
    let customer = crm::customer::find(tx, &Scope::all(), sub.customer_id).await?;
    let catalog = catalog::current(tx).await?;
    let policy = sub.policy(&catalog);
    let branch = catalog.branch(sub.branch_id)?;
    let reservation = Reservation {
        subscription,
        customer: sub.customer_id,
        branch: sub.branch_id,
        partner: sub.partner_id,
        pattern: policy.username_pattern.clone(),
        parts: Parts {
            number: sub.number.clone(),
            customer: customer.number.clone(),
            name: customer.name.clone(),
            branch: branch.code.clone(),
        },
        mac_policy: MacPolicy::parse(&policy.mac_policy).unwrap_or(MacPolicy::ScanConfirm),
        kind: AccountKind::Pppoe,
        username: None,
        password: None,
    };
    network::account::reserve(tx, &reservation).await.map(drop)
}

/// The scan was accepted: the account opens for that device, and an install activates by the billing mode,
/// unless the ISP lets NOC confirm.
pub async fn scanned(
    tx: &mut Tx,
    work_order: WorkOrderId,
    subscription: SubscriptionId,
    item: Option<ItemId>,
) -> Result<()> {
    let order = fulfilment::find(tx, &Scope::all(), work_order).await?;
    let mac = mac_of(tx, &order, item).await?;
    match order.kind {
        Kind::Install => {
            reserve(tx, subscription).await?;
            network::account::open(tx, subscription, mac).await?;
            let sub = billing::subscription::find(tx, &Scope::all(), subscription).await?;
            let catalog = catalog::current(tx).await?;
            if sub.policy(&catalog).activation_auto {
                billing::subscription::installed(tx, subscription).await?;
            }
            Ok(())
        }
        Kind::Swap | Kind::Repair | Kind::Move => {
            network::account::swap_mac(tx, subscription, mac).await.map(drop)
        }
        Kind::Dismantle => Ok(()),
    }
}

/// NOC confirms an installation, where the ISP wants it so.
///
/// # Errors
/// `flows.not_scanned` when no device was scanned yet; `forbidden` without `AccountWrite`.
pub async fn confirm(tx: &mut Tx, subscription: SubscriptionId) -> Result<()> {
    tx.actor().require(Permission::AccountWrite)?;
    let scope = tx.actor().scope.clone();
    billing::subscription::find(tx, &scope, subscription).await?;
    let account = network::account::of_subscription(tx, subscription).await?;
    must_be_scanned(account.map(|account| account.state))?;
    billing::subscription::installed(tx, subscription).await?;
    tx.journal("subscription", subscription.uuid(), "confirmed", json!(null), json!(null)).await
}

pub(crate) fn must_be_scanned(account: Option<network::AccountState>) -> Result<()> {
    if account == Some(network::AccountState::Live) {
        return Ok(());
    }
    Err(Fault::conflict(
        "flows.not_scanned",
        "Perangkat belum discan teknisi.",
        "The technician has not scanned the device yet.",
    ))
}

async fn mac_of(tx: &mut Tx, order: &WorkOrder, item: Option<ItemId>) -> Result<Option<Mac>> {
    let text = match item {
        Some(id) => {
            let found = inventory::find::by_id(tx, &Scope::all(), id).await?;
            found.mac
        }
        None => order.mac_scanned.clone(),
    };
    Ok(text.as_deref().and_then(Mac::parse))
}

/// An order is done: after a dismantle the port is free and the account closed; after a move the customer
/// lives elsewhere; the window in which the first MAC is bound ends.
pub async fn done(
    tx: &mut Tx,
    work_order: WorkOrderId,
    subscription: SubscriptionId,
) -> Result<()> {
    let order = fulfilment::find(tx, &Scope::all(), work_order).await?;
    match order.kind {
        Kind::Dismantle => {
            network::account::close(tx, subscription).await?;
            crm::odp::release_port(tx, subscription).await
        }
        Kind::Install | Kind::Swap | Kind::Repair => left_site(tx, subscription).await,
        Kind::Move => {
            left_site(tx, subscription).await?;
            moved(tx, &order).await
        }
    }
}

/// The visit is over, whatever became of it: the window in which the first MAC is bound ends with it.
pub async fn left_site(tx: &mut Tx, subscription: SubscriptionId) -> Result<()> {
    let account = network::account::of_subscription(tx, subscription).await?;
    if account.is_some_and(|account| account.state == network::AccountState::Live) {
        network::account::close_mac_window(tx, subscription).await?;
    }
    Ok(())
}

/// As [`left_site`], by the order.
pub async fn visit_over(tx: &mut Tx, work_order: WorkOrderId) -> Result<()> {
    let order = fulfilment::find(tx, &Scope::all(), work_order).await?;
    left_site(tx, order.subscription_id).await
}

/// The customer lives at the new place now, and hangs on the ODP there. When that one has become full
/// meanwhile the customer is connected all the same, and NOC sorts the port out.
async fn moved(tx: &mut Tx, order: &WorkOrder) -> Result<()> {
    let pin = order.site_lat.zip(order.site_lon);
    crm::customer::moved(tx, order.customer_id, &order.address, pin).await?;
    let Some(odp) = order.odp_id else {
        // Without a pin nobody knows whether it is another pole.
        return match pin {
            Some(_) => crm::odp::release_port(tx, order.subscription_id).await,
            None => Ok(()),
        };
    };
    crm::odp::release_port(tx, order.subscription_id).await?;
    match crm::odp::reserve_port(tx, odp, order.subscription_id).await {
        Ok(_) => Ok(()),
        Err(full) if matches!(full.code, "crm.odp_full" | "crm.odp_not_found") => {
            fulfilment::needs_review(tx, order.id, fulfilment::evidence::NO_PORT).await
        }
        Err(fault) => Err(fault),
    }
}

/// The subscription ended: its logins are refused, visits that nobody needs any more are called off, and
/// what is at the site is fetched.
pub async fn ended(tx: &mut Tx, subscription: SubscriptionId) -> Result<()> {
    network::account::close(tx, subscription).await?;
    call_off(tx, subscription, "langganan berhenti").await?;
    fetch_or_release(tx, subscription, "Langganan berhenti: ambil perangkat.").await
}

/// Batal pasang: account, order and open work orders are released; a device that is at the site already is
/// fetched first, and the port is free after that.
pub async fn cancelled(tx: &mut Tx, subscription: SubscriptionId) -> Result<()> {
    network::account::close(tx, subscription).await?;
    crm::order::cancel(tx, subscription, "batal pasang").await?;
    call_off(tx, subscription, "batal pasang").await?;
    fetch_or_release(tx, subscription, "Batal pasang: ambil perangkat.").await
}

/// Cancels the visits that nobody needs any more. One with a device scanned has to be closed by the
/// technician who stands there; a dismantle is what follows.
async fn call_off(tx: &mut Tx, subscription: SubscriptionId, why: &str) -> Result<()> {
    let orders: Vec<WorkOrderId> = tx
        .values(
            "select id from fulfilment_work_order where subscription_id = $1
             and state not in ('done', 'cancelled') and kind <> 'dismantle'
             and item_id is null and mac_scanned is null order by id",
            args![subscription],
        )
        .await?;
    for order in orders {
        fulfilment::cancel(tx, order, why).await?;
    }
    Ok(())
}

/// Opens a dismantle when a device of ours is at the site; else the port is free at once.
async fn fetch_or_release(tx: &mut Tx, subscription: SubscriptionId, note: &str) -> Result<()> {
    let devices = inventory::find::of_subscription(tx, subscription).await?;
    if !devices.iter().any(|d| d.owner == inventory::Owner::Isp) {
        return crm::odp::release_port(tx, subscription).await;
    }
    let open: i64 = tx
        .value(
            "select count(*) from fulfilment_work_order where subscription_id = $1
             and kind = 'dismantle' and state not in ('done', 'cancelled')",
            args![subscription],
        )
        .await?;
    if open > 0 {
        return Ok(());
    }
    let sub = billing::subscription::find(tx, &Scope::all(), subscription).await?;
    let customer = crm::customer::find(tx, &Scope::all(), sub.customer_id).await?;
    let new = NewWorkOrder {
        kind: Kind::Dismantle,
        subscription,
        customer: sub.customer_id,
        branch: sub.branch_id,
        partner: sub.partner_id,
        address: customer.address.clone(),
        site_lat: customer.lat,
        site_lon: customer.lon,
        note: note.to_owned(),
        odp: None,
    };
    fulfilment::open(tx, new).await.map(drop)
}
