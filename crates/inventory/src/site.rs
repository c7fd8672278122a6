//! At the customer's site: installing from a bag, taking back into a bag.

use kernel::{BranchId, Fault, ItemId, LocationId, Permission, Result, SubscriptionId, UserId};
use store::{QueryExt, Tx, args};

use crate::item::{ITEM, Item};
use crate::location;
use crate::moves::{To, go, take};
use crate::receive::serial_of;
use crate::state::{How, ItemState};

/// An installation by a technician.
#[derive(Clone, Debug)]
pub struct Installation<'a> {
    pub subscription: SubscriptionId,
    pub branch: BranchId,
    pub technician: UserId,
    /// As scanned or typed.
    pub serial: &'a str,
    pub how: &'a How,
    /// The work order's number.
    pub document: &'a str,
}

/// Installs the device with this serial, which must be in that technician's own bag.
///
/// The same installation again changes nothing and answers the item.
///
/// # Errors
/// `inventory.serial_unknown`, `inventory.not_in_bag` (says where it is), `inventory.wrong_state`,
/// `inventory.site_taken` when another device of ours is installed there already.
pub async fn install(tx: &mut Tx, new: &Installation<'_>) -> Result<Item> {
    tx.actor().require(Permission::JobProgress)?;
    let serial = serial_of(new.serial)?;
    let id: Option<ItemId> =
        tx.value_opt("select id from inventory_item where serial = $1", args![serial]).await?;
    let Some(id) = id else {
        return Err(Fault::conflict(
            "inventory.serial_unknown",
            format!(
                "Nomor seri {serial} tidak ada di gudang kami. Periksa label atau hubungi gudang."
            ),
            format!("Serial {serial} is not in our stock. Check the label or call the warehouse."),
        ));
    };
    let item = take(tx, id).await?;
    if item.state == ItemState::Installed && item.subscription_id == Some(new.subscription) {
        return Ok(item);
    }
    in_bag(tx, &item, new.technician).await?;
    free_site(tx, new.subscription).await?;
    let site = location::site_of(tx, new.subscription, new.branch).await?;
    let to = To {
        location: site,
        state: ItemState::Installed,
        subscription: Some(new.subscription),
        how: new.how,
        document: new.document,
    };
    go(tx, &item, &to).await?;
    tx.row(&format!("{ITEM} where id = $1"), args![id]).await
}

async fn in_bag(tx: &mut Tx, item: &Item, technician: UserId) -> Result<()> {
    let (kind, name, owner): (location::LocationKind, String, Option<UserId>) = tx
        .row(
            "select kind, name, technician_id from inventory_location where id = $1",
            args![item.location_id],
        )
        .await?;
    if owner == Some(technician) && item.state == ItemState::InTransit {
        return Ok(());
    }
    let place = match kind {
        location::LocationKind::Site => "di lokasi pelanggan lain".to_owned(),
        _ => format!("di {name}"),
    };
    let place_en = match kind {
        location::LocationKind::Site => "at another customer's site".to_owned(),
        _ => format!("at {name}"),
    };
    Err(Fault::conflict(
        "inventory.not_in_bag",
        format!("{} tidak ada di tas Anda; tercatat {place}.", item.serial),
        format!("{} is not in your bag; it is on record {place_en}.", item.serial),
    ))
}

async fn free_site(tx: &mut Tx, subscription: SubscriptionId) -> Result<()> {
    let there: Option<String> = tx
        .value_opt(
            "select serial from inventory_item where subscription_id = $1 and state = 'installed'
             and owner = 'isp' limit 1",
            args![subscription],
        )
        .await?;
    match there {
        None => Ok(()),
        Some(serial) => Err(Fault::conflict(
            "inventory.site_taken",
            format!("Di lokasi ini sudah terpasang {serial}; pakai pekerjaan ganti perangkat."),
            format!("{serial} is installed there already; use a swap job."),
        )),
    }
}

/// Takes the installed device of a subscription back into the technician's bag. `None`: none was there.
pub async fn take_back(
    tx: &mut Tx,
    subscription: SubscriptionId,
    bag: LocationId,
    how: &How,
    document: &str,
) -> Result<Option<Item>> {
    tx.actor().require(Permission::JobProgress)?;
    let id: Option<ItemId> = tx
        .value_opt(
            "select id from inventory_item where subscription_id = $1 and state = 'installed'
             and owner = 'isp' order by id limit 1",
            args![subscription],
        )
        .await?;
    let Some(id) = id else { return Ok(None) };
    let item = take(tx, id).await?;
    let to = To { location: bag, state: ItemState::InTransit, subscription: None, how, document };
    go(tx, &item, &to).await?;
    tx.row_opt(&format!("{ITEM} where id = $1"), args![id]).await
}

/// Writes off a device of ours that could not be fetched from a site; `document` says on which work order,
/// and why.
///
/// # Errors
/// `inventory.wrong_state` when it is not there any more.
pub async fn lose(tx: &mut Tx, id: ItemId, document: &str) -> Result<()> {
    tx.actor().require(Permission::JobProgress)?;
    let item = take(tx, id).await?;
    if item.state != ItemState::Installed {
        return item.state.become_(ItemState::Lost, &item.serial);
    }
    let place = location::place(tx, location::LocationKind::Lost, item.branch_id).await?;
    let to = To {
        location: place,
        state: ItemState::Lost,
        subscription: None,
        how: &How::Program,
        document,
    };
    go(tx, &item, &to).await.map(drop)
}

/// A customer's site goes over to another branch, and with it what stands there.
///
/// # Errors
/// Only when the database fails.
pub async fn reassign(tx: &mut Tx, subscription: SubscriptionId, branch: BranchId) -> Result<()> {
    for table in ["inventory_location", "inventory_item"] {
        let sql = format!("update {table} set branch_id = $2 where subscription_id = $1");
        tx.exec(&sql, args![subscription, branch]).await?;
    }
    Ok(())
}
