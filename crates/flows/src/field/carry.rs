//! One op carried out: what the technician did becomes facts of the rooms.

use data_encoding::HEXLOWER_PERMISSIVE;
use fulfilment::evidence::Gps;
use fulfilment::field::FieldOp;
use fulfilment::field::body::{Body, ScanHow, photo_bytes};
use fulfilment::photo::NewPhoto;
use fulfilment::{Device, Found, Kind, Mark, Online, Scan, WorkOrder};
use inventory::How;
use inventory::bulk::BulkMove;
use inventory::site::Installation;
use kernel::{Fault, Field, ItemTypeId, LocationId, Result, Scope, UserId};
use network::SessionState;
use store::Tx;

/// Carries an op out as `user`, in the transaction that also marks it applied.
///
/// # Errors
/// Whatever the rooms refuse; then nothing of it stands.
pub(super) async fn out(tx: &mut Tx, op: &FieldOp, user: UserId) -> Result<()> {
    let body = Body::read(&op.body)?;
    must_be_theirs(tx, op, user).await?;
    let mark = |visit: Option<i64>| Mark { at: op.occurred_at, visit };
    let id = op.subject;
    match body {
        Body::Accept { visit } => fulfilment::accept(tx, id, mark(visit)).await.map(drop),
        Body::OnTheWay { visit } => fulfilment::on_the_way(tx, id, mark(visit)).await.map(drop),
        Body::OnSite { visit } => fulfilment::on_site(tx, id, mark(visit)).await.map(drop),
        Body::Scan { visit, serial, mac, how, reason } => {
            let how = match how {
                ScanHow::Scanned => How::Scanned,
                ScanHow::Typed => How::Typed { reason: reason.unwrap_or_default() },
            };
            let Some(code) = serial.or(mac) else {
                return Err(Fault::fields(vec![Field::required("serial")]));
            };
            scan(tx, op, user, &code, &how, mark(visit)).await
        }
        Body::OwnDevice { visit, mac } => {
            let mac = inventory::receive::mac_of(&mac)?;
            let device = Device::Own { mac };
            let scan = Scan { device, typed_because: None, mark: mark(visit) };
            fulfilment::record_scan(tx, id, scan).await.map(drop)
        }
        Body::Photo { visit, what, data, sha256, .. } => {
            let photo = match (data, sha256) {
                (Some(data), _) => NewPhoto::with_bytes(what, photo_bytes(&data)?, mark(visit)),
                (None, Some(hash)) => {
                    NewPhoto { kind: what, sha256: hex(&hash)?, bytes: None, mark: mark(visit) }
                }
                (None, None) => return Err(Fault::fields(vec![Field::required("data")])),
            };
            fulfilment::attach_photo(tx, id, photo).await
        }
        Body::Gps { visit, lat, lon, accuracy_m } => {
            // A phone says metres with a fraction; `as` saturates.
            let gps = Gps { lat, lon, accuracy_m: accuracy_m.ceil() as i64, at: op.occurred_at };
            fulfilment::record_gps(tx, id, gps, visit).await.map(drop)
        }
        Body::Use { item_type, quantity, .. } => use_up(tx, op, user, item_type, quantity).await,
        Body::Done { visit, note } => done(tx, op, user, note, mark(visit)).await,
        Body::Fail { visit, reason } => {
            fulfilment::fail(tx, id, &reason, mark(visit)).await.map(drop)
        }
        Body::Skip {} => Ok(()),
    }
}

/// # Errors
/// `fulfilment.order_not_found` unless the sender is one of the order's technicians.
async fn must_be_theirs(tx: &mut Tx, op: &FieldOp, user: UserId) -> Result<()> {
    if fulfilment::technicians_of(tx, op.subject).await?.contains(&user) {
        return Ok(());
    }
    let nobodys = Scope { technician: Some(user), ..Scope::all() };
    fulfilment::find(tx, &nobodys, op.subject).await.map(drop)
}

async fn order_of(tx: &mut Tx, op: &FieldOp) -> Result<WorkOrder> {
    let scope = tx.actor().scope.clone();
    fulfilment::find(tx, &scope, op.subject).await
}

async fn bag(tx: &mut Tx, user: UserId, order: &WorkOrder) -> Result<LocationId> {
    let name = format!("Tas {}", tx.actor().name);
    inventory::location::bag_of(tx, user, order.branch_id, &name).await
}

/// The scan moves the device: from the bag to the site, or on a dismantle back into the bag. A repair or
/// swap takes what was there into the bag first, in the same transaction.
async fn scan(
    tx: &mut Tx,
    op: &FieldOp,
    user: UserId,
    code: &str,
    how: &How,
    mark: Mark,
) -> Result<()> {
    let order = order_of(tx, op).await?;
    let item = inventory::find::by_serial(tx, &Scope::all(), code).await?;
    let device = Device::Item { item: item.id, serial: item.serial.clone(), mac: item.mac.clone() };
    let found = fulfilment::judge_scan(&order, &device, Some(user))?;
    if found != Found::Same {
        if order.kind == Kind::Dismantle {
            must_stand_there(&item, &order)?;
        }
        let replaces = found == Found::Instead || order.kind != Kind::Install;
        let there = item.subscription_id == Some(order.subscription_id);
        if order.kind == Kind::Dismantle || (replaces && !there) {
            let bag = bag(tx, user, &order).await?;
            let subscription = order.subscription_id;
            inventory::site::take_back(tx, subscription, bag, how, &order.number).await?;
        }
        if order.kind != Kind::Dismantle {
            let installation = Installation {
                subscription: order.subscription_id,
                branch: order.branch_id,
                technician: user,
                serial: &item.serial,
                how,
                document: &order.number,
            };
            inventory::site::install(tx, &installation).await?;
        }
    }
    let typed_because = match how {
        How::Typed { reason } => Some(reason.clone()),
        How::Scanned | How::Program => None,
    };
    let scan = Scan { device, typed_because, mark };
    fulfilment::record_scan(tx, op.subject, scan).await.map(drop)
}

/// # Errors
/// `flows.other_device` when the scanned device is not the one to be taken down.
fn must_stand_there(item: &inventory::Item, order: &WorkOrder) -> Result<()> {
    if item.subscription_id == Some(order.subscription_id) {
        return Ok(());
    }
    Err(Fault::conflict(
        "flows.other_device",
        format!("{} bukan perangkat yang terpasang di lokasi SPK {}.", item.serial, order.number),
        format!("{} is not the device installed at work order {}.", item.serial, order.number),
    ))
}

async fn use_up(
    tx: &mut Tx,
    op: &FieldOp,
    user: UserId,
    item_type: ItemTypeId,
    quantity: i64,
) -> Result<()> {
    let order = order_of(tx, op).await?;
    let from = bag(tx, user, &order).await?;
    let key = format!("field:{user}:{}", op.op_id);
    let shift = BulkMove {
        item_type,
        from: Some(from),
        to: None,
        quantity,
        document: &order.number,
        key: &key,
    };
    inventory::bulk::shift(tx, &shift).await.map(drop)
}

/// Closes the job with what the network knows at that moment; a dismantle takes the device along.
async fn done(
    tx: &mut Tx,
    op: &FieldOp,
    user: UserId,
    note: Option<String>,
    mark: Mark,
) -> Result<()> {
    let order = order_of(tx, op).await?;
    if order.kind == Kind::Dismantle && order.state == fulfilment::State::OnSite {
        let bag = bag(tx, user, &order).await?;
        let subscription = order.subscription_id;
        inventory::site::take_back(tx, subscription, bag, &How::Program, &order.number).await?;
    }
    let online = online(tx, &order, note).await?;
    fulfilment::finish(tx, op.subject, &online, mark).await.map(drop)
}

/// Online, or why not: the technician's own word first, then the last reject since the scan.
async fn online(tx: &mut Tx, order: &WorkOrder, note: Option<String>) -> Result<Online> {
    if order.kind == Kind::Dismantle {
        return Ok(Online::NotNeeded);
    }
    let subscription = order.subscription_id;
    let latest = network::session::of_subscription(tx, subscription, 1).await?;
    if latest.first().is_some_and(|session| session.state == SessionState::Live) {
        return Ok(Online::Yes);
    }
    if let Some(note) = note.filter(|note| !note.trim().is_empty()) {
        return Ok(Online::No(note));
    }
    let since = order.scanned_at.unwrap_or(order.created_at);
    let reject = network::reject::latest(tx, subscription, since).await?;
    Ok(Online::No(reject.map_or_else(
        || "Belum ada login dari perangkat.".to_owned(),
        |reject| format!("Login ditolak. {}", reject.reason.sentence().0),
    )))
}

fn hex(text: &str) -> Result<Vec<u8>> {
    HEXLOWER_PERMISSIVE
        .decode(text.trim().as_bytes())
        .map_err(|_| Fault::field("sha256", "not_hex", "harus heksadesimal", "must be hexadecimal"))
}
