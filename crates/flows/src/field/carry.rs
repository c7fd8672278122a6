//! One op carried out: what the technician did becomes facts of the rooms.

use data_encoding::HEXLOWER_PERMISSIVE;
use fulfilment::evidence::{Gps, NOT_COMPLETE};
use fulfilment::field::FieldOp;
use fulfilment::field::body::{Body, ScanHow, photo_bytes};
use fulfilment::photo::NewPhoto;
use fulfilment::{Device, Found, Kind, Mark, Online, Scan, WorkOrder};
use inventory::How;
use inventory::bulk::BulkMove;
use inventory::site::Installation;
use kernel::{Fault, Field, ItemTypeId, LocationId, Result, Scope, UserId, WorkOrderId};
use store::Tx;

use super::presence;
use crate::site::{self, Line};

/// Carries an op out as `user`, in the transaction that also marks it applied.
///
/// # Errors
/// Whatever the rooms refuse; then nothing of it stands.
pub(super) async fn out(tx: &mut Tx, op: &FieldOp, user: UserId) -> Result<()> {
    let body = Body::read(&op.body)?;
    if op.subject.uuid() == user.uuid() {
        return presence::out(tx, op, user, body).await;
    }
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
        Body::OwnDevice { visit, mac } => own_device(tx, op, user, &mac, mark(visit)).await,
        Body::Photo { visit, what, data, sha256, signer, .. } => {
            let mark = mark(visit);
            let photo = match (data, sha256) {
                (Some(data), _) => {
                    NewPhoto { signer, ..NewPhoto::with_bytes(what, photo_bytes(&data)?, mark) }
                }
                (None, Some(hash)) => {
                    NewPhoto { kind: what, sha256: hex(&hash)?, bytes: None, signer, mark }
                }
                (None, None) => return Err(Fault::fields(vec![Field::required("data")])),
            };
            fulfilment::attach_photo(tx, id, photo).await
        }
        Body::Signal { visit, dbm } => {
            fulfilment::record_signal(tx, id, dbm, mark(visit)).await.map(drop)
        }
        Body::Gps { visit, lat, lon, accuracy_m } => {
            // A phone says metres with a fraction; `as` saturates.
            let gps = Gps { lat, lon, accuracy_m: accuracy_m.ceil() as i64, at: op.occurred_at };
            fulfilment::record_gps(tx, id, gps, visit).await.map(drop)
        }
        Body::Use { visit, item_type, quantity } => {
            let order = order_of(tx, op).await?;
            let used = Used {
                bag: bag(tx, user, &order).await?,
                item_type,
                quantity,
                key: &format!("field:{user}:{}", op.op_id),
            };
            use_up(tx, id, &used, mark(visit)).await
        }
        Body::Done { visit, note, not_retrieved } => {
            let order = order_of(tx, op).await?;
            if order.kind == Kind::Dismantle && order.state == fulfilment::State::OnSite {
                leave_nothing(tx, &order, not_retrieved.as_deref()).await?;
            }
            let online = online(tx, &order, note).await?;
            fulfilment::finish(tx, id, &online, mark(visit)).await.map(drop)
        }
        Body::Fail { visit, reason } => {
            fulfilment::fail(tx, id, &reason, mark(visit)).await.map(drop)
        }
        Body::Skip {} => Ok(()),
        // They are about a person: [`presence::out`] has them.
        Body::CheckIn(_) | Body::CheckOut(_) => Err(presence::not_oneself()),
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
            // On a swap the new device is what was scanned; the old one goes along with it.
            let how = if order.kind == Kind::Dismantle { how } else { &How::Program };
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
        How::Scanned | How::Picked | How::Program => None,
    };
    let scan = Scan { device, typed_because, mark };
    fulfilment::record_scan(tx, op.subject, scan).await.map(drop)
}

/// The customer's own device takes the place of ours: what we had there goes into the bag, in the same
/// transaction.
async fn own_device(tx: &mut Tx, op: &FieldOp, user: UserId, mac: &str, mark: Mark) -> Result<()> {
    let order = order_of(tx, op).await?;
    let device = Device::Own { mac: inventory::receive::mac_of(mac)? };
    let found = fulfilment::judge_scan(&order, &device, Some(user))?;
    if found == Found::Instead || (found == Found::First && order.kind != Kind::Install) {
        let bag = bag(tx, user, &order).await?;
        let (subscription, how) = (order.subscription_id, &How::Program);
        inventory::site::take_back(tx, subscription, bag, how, &order.number).await?;
    }
    let scan = Scan { device, typed_because: None, mark };
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

/// Counted stock out of a bag.
#[derive(Clone, Copy, Debug)]
pub struct Used<'a> {
    pub bag: LocationId,
    pub item_type: ItemTypeId,
    /// In the type's unit, above zero.
    pub quantity: i64,
    /// Makes it happen once.
    pub key: &'a str,
}

/// Uses counted stock up on a work order of one's own, and writes it into the order's story.
///
/// # Errors
/// As [`fulfilment::note_used`] and [`inventory::bulk::shift`].
pub async fn use_up(tx: &mut Tx, order: WorkOrderId, used: &Used<'_>, mark: Mark) -> Result<()> {
    let kind = inventory::item::find_type(tx, used.item_type).await?;
    let what = format!("{} {} {}", used.quantity, kind.unit, kind.name);
    let order = fulfilment::note_used(tx, order, &what, mark).await?;
    let shift = BulkMove {
        item_type: used.item_type,
        from: Some(used.bag),
        to: None,
        quantity: used.quantity,
        document: &order.number,
        key: used.key,
    };
    inventory::bulk::shift(tx, &shift).await.map(drop)
}

/// A dismantle is done when our devices were scanned into the bag, or it is said why they were not
/// retrieved: then they are lost, and people decide about the penalty.
///
/// # Errors
/// [`NOT_COMPLETE`] while one stands there; it may be on a colleague's phone.
async fn leave_nothing(tx: &mut Tx, order: &WorkOrder, why: Option<&str>) -> Result<()> {
    let there = inventory::find::of_subscription(tx, order.subscription_id).await?;
    let there: Vec<_> = there.iter().filter(|item| item.owner == inventory::Owner::Isp).collect();
    let Some(first) = there.first() else { return Ok(()) };
    let Some(why) = why.map(str::trim).filter(|why| !why.is_empty()) else {
        let (number, serial) = (&order.number, &first.serial);
        let mut fault = Fault::conflict(
            NOT_COMPLETE,
            format!(
                "SPK {number}: pindai {serial} yang dibongkar, atau beri alasan tidak diambil."
            ),
            format!("Work order {number}: scan {serial}, or say why it was not retrieved."),
        );
        let (id, en) = ("pindai, atau isi alasan", "scan it, or give the reason");
        fault.fields = vec![Field::new("not_retrieved", "missing", id, en)];
        return Err(fault);
    };
    for item in there {
        inventory::site::lose(tx, item.id, &format!("{}: {why}", order.number)).await?;
    }
    Ok(())
}

/// Online, or why not: the technician's own word first, then the last reject since the scan.
async fn online(tx: &mut Tx, order: &WorkOrder, note: Option<String>) -> Result<Online> {
    if order.kind == Kind::Dismantle {
        return Ok(Online::NotNeeded);
    }
    let note = note.filter(|note| !note.trim().is_empty());
    Ok(match (site::of_order(tx, order).await?, note) {
        (Line::Online(_), _) => Online::Yes,
        (_, Some(note)) => Online::No(note),
        (Line::Rejected(reject), None) => {
            Online::No(format!("Login ditolak. {}", reject.reason.sentence().0))
        }
        (Line::Waiting, None) => Online::No("Belum ada login dari perangkat.".to_owned()),
    })
}

fn hex(text: &str) -> Result<Vec<u8>> {
    HEXLOWER_PERMISSIVE
        .decode(text.trim().as_bytes())
        .map_err(|_| Fault::field("sha256", "not_hex", "harus heksadesimal", "must be hexadecimal"))
}
