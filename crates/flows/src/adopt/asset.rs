//! What happened in an attached stock system: taken over by the use-cases that a person would call, asked
//! about where nobody can tell.

use bridge::asset::{AssetSystem, At, Condition, ItemSeen, Standing};
use bridge::finding::{self, Found};
use bridge::{Choice, FindingState, Link, Subject, Verdict, engine, inbox, link, mark, policy};
use inventory::receive::Line;
use inventory::transfer::{Fate, part_with, tested, transfer};
use inventory::{How, Item, ItemState, Location, LocationKind};
use kernel::{Cause, Fault, FaultKind, ItemId, ItemTypeId, LocationId, Result, Scope, Ts};
use serde::Serialize;
use store::{Db, Query, Tx};

use crate::mirror::asset::{ENGINE, OPEN, OURS, THEIRS, condition, told_of, version};

mod settle;

pub use settle::{hint, settle, settled, words};

const CURSOR: &str = "changes";

/// What a look at one item, or at all changes, came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Polled {
    pub seen: usize,
    pub equal: usize,
    pub adopted: usize,
    /// Received here because it was received there.
    pub received: usize,
    /// Waiting for a person.
    pub asked: usize,
    /// Ours changed as well: the mirror looks at it.
    pub marked: usize,
    pub gone: usize,
    pub rewound: bool,
}

/// What became of one item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    Equal,
    Adopted,
    Received,
    Asked,
    Marked,
}

impl Polled {
    pub(crate) fn count(&mut self, taken: Taken) {
        self.seen += 1;
        match taken {
            Taken::Equal => self.equal += 1,
            Taken::Adopted => self.adopted += 1,
            Taken::Received => self.received += 1,
            Taken::Asked => self.asked += 1,
            Taken::Marked => self.marked += 1,
        }
    }
}

pub(crate) fn cause(now: Ts) -> Cause {
    Cause::system(now, ENGINE.as_str())
}

/// Reads what changed there since the last time and takes it over. Reading it twice changes nothing.
///
/// # Errors
/// When the engine is away (written down for its health) or the database fails.
pub async fn poll(db: &Db, system: &dyn AssetSystem, now: Ts) -> Result<Polled> {
    let cursor = engine::cursor(&mut db.reader(), ENGINE, CURSOR).await?;
    let changes = match system.changes(cursor.as_deref()).await {
        Ok(changes) => changes,
        Err(fault) => {
            let text = fault.to_string();
            db.write(&cause(now), async |tx: &mut Tx| engine::failed(tx, ENGINE, &text).await)
                .await?;
            return Err(fault);
        }
    };
    let mut polled = Polled { rewound: changes.rewound, ..Polled::default() };
    for seen in &changes.items {
        polled.count(take(db, system, now, seen).await?);
    }
    for id in &changes.gone {
        polled.gone += usize::from(missing_there(db, now, id).await?);
    }
    let (rewound, next) = (changes.rewound, changes.cursor.clone());
    db.write(&cause(now), async |tx: &mut Tx| {
        if rewound {
            finding::report(tx, &restored(cursor.as_deref(), &next)).await?;
        }
        engine::set_cursor(tx, ENGINE, CURSOR, &next).await?;
        engine::answered(tx, ENGINE, None, None).await
    })
    .await?;
    Ok(polled)
}

/// Notices that are dealt with by one look.
const NOTICES: i64 = 200;
const NOTICE_LEASE_SECS: i64 = 60;
/// A look that failed is repeated after this long.
const NOTICE_RETRY_SECS: i64 = 10;

/// Looks at once because it rang; nothing when it did not. However often it rang, one look answers it.
///
/// # Errors
/// As [`poll`]: then the notices wait for the next try.
pub async fn answer_bells(db: &Db, system: &dyn AssetSystem, now: Ts) -> Result<Polled> {
    if inbox::waiting(&mut db.reader(), ENGINE).await?.0 == 0 {
        return Ok(Polled::default());
    }
    let notices = db
        .write(&cause(now), async |tx: &mut Tx| {
            inbox::claim(tx, ENGINE, NOTICES, NOTICE_LEASE_SECS).await
        })
        .await?;
    if notices.is_empty() {
        return Ok(Polled::default());
    }
    let polled = poll(db, system, now).await;
    let error = polled.as_ref().err().map(ToString::to_string);
    db.write(&cause(now), async |tx: &mut Tx| {
        for notice in &notices {
            match &error {
                None => {
                    inbox::done(tx, notice.id).await?;
                }
                Some(error) => {
                    let retry = now.plus_secs(NOTICE_RETRY_SECS);
                    inbox::failed(tx, notice.id, error, retry).await?;
                }
            }
        }
        Ok(())
    })
    .await?;
    polled
}

/// The engine's history is shorter than it was: somebody put a backup back.
fn restored(before: Option<&str>, now: &str) -> Found {
    let mut found = Found::new(ENGINE, Subject::Move, Verdict::Differs);
    found.external_id = Some("history".into());
    found.field = Some("history".into());
    found.ours = before.map(str::to_owned);
    found.theirs = Some(now.to_owned());
    found.detail = Some(
        "Riwayatnya lebih pendek dari yang pernah terlihat: dipulihkan dari cadangan. \
         (Restored from a backup: moves since then are missing there.)"
            .into(),
    );
    found
}

/// The linked item is gone there. `false`: nothing of ours hangs on it.
pub(crate) async fn missing_there(db: &Db, now: Ts, external_id: &str) -> Result<bool> {
    db.write(&cause(now), async |tx: &mut Tx| {
        let Some(link) = link::by_external(tx, ENGINE, Subject::Item, external_id).await? else {
            return Ok(false);
        };
        let id = ItemId::from_uuid(link.local_id);
        let item = inventory::find::by_id(tx, &Scope::all(), id).await?;
        let mut found = Found::new(ENGINE, Subject::Item, Verdict::MissingThere);
        found.local_id = Some(link.local_id);
        found.external_id = Some(external_id.to_owned());
        found.ours = Some(item.serial);
        found.branch = Some(item.branch_id);
        finding::report(tx, &found).await?;
        Ok(true)
    })
    .await
}

/// The same serial more than once: which of them is the box?
pub(crate) fn duplicate(item: &Item, many: &[ItemSeen]) -> Found {
    let ids: Vec<&str> = many.iter().map(|s| s.external_id.as_str()).collect();
    let mut found = Found::new(ENGINE, Subject::Item, Verdict::Duplicate);
    found.local_id = Some(item.id.uuid());
    found.external_id = many.first().map(|s| s.external_id.clone());
    found.field = Some("serial".into());
    found.ours = Some(item.serial.clone());
    found.theirs = Some(format!("#{}", ids.join(", #")));
    found.branch = Some(item.branch_id);
    found
}

/// Place and condition as a person reads them.
pub(crate) async fn in_words(q: &mut dyn Query, standing: &Standing) -> Result<String> {
    Ok(match &standing.at {
        At::Place(id) => {
            let name = match place_of(q, id).await? {
                Some(place) => place.name,
                None => format!("#{id}"),
            };
            match &standing.condition {
                Condition::Good => name,
                condition => format!("{name} ({})", condition.as_str()),
            }
        }
        At::Holder(id) => match link::by_external(q, ENGINE, Subject::Customer, id).await? {
            Some(link) => {
                let id = kernel::CustomerId::from_uuid(link.local_id);
                crm::customer::find(q, &Scope::all(), id).await?.number
            }
            None => format!("customer #{id}"),
        },
        At::Nowhere => "-".into(),
    })
}

async fn place_of(q: &mut dyn Query, external_id: &str) -> Result<Option<Location>> {
    let known = link::by_external(q, ENGINE, Subject::Location, external_id).await?;
    let Some(known) = known else { return Ok(None) };
    let id = LocationId::from_uuid(known.local_id);
    inventory::location::find(q, &Scope::all(), id).await.map(Some)
}

/// Looks at one item as it stands there.
///
/// # Errors
/// When the engine is away or the database fails.
pub async fn take(db: &Db, system: &dyn AssetSystem, now: Ts, seen: &ItemSeen) -> Result<Taken> {
    let known =
        link::by_external(&mut db.reader(), ENGINE, Subject::Item, &seen.external_id).await?;
    let Some(link) = known else { return stranger(db, system, now, seen).await };
    let id = ItemId::from_uuid(link.local_id);
    let item = inventory::find::by_id(&mut db.reader(), &Scope::all(), id).await?;
    let (is, told) = (seen.standing.fingerprint(), told_of(&link));
    if is == link.fingerprint && told.0 == item.version {
        let subject = Subject::Move;
        // What differed was undone there.
        if finding::is_open(&mut db.reader(), ENGINE, subject, link.local_id).await? {
            return agree(db, now, &link, &item, seen).await;
        }
        return Ok(Taken::Equal);
    }
    if here(&mut db.reader(), &item).await?.as_deref() == Some(is.as_str()) {
        return agree(db, now, &link, &item, seen).await;
    }
    if link.fingerprint == OPEN {
        return ask(db, now, &link, seen, None).await;
    }
    if told.0 != item.version || [OURS, THEIRS].contains(&link.fingerprint.as_str()) {
        // Ours moved as well: whoever writes to the item decides, with its history before them.
        db.write(&cause(now), async |tx: &mut Tx| {
            mark::mark(tx, ENGINE, Subject::Item, id.uuid()).await
        })
        .await?;
        return Ok(Taken::Marked);
    }
    // Older than what we saw of it: no move, but a backup that was put back.
    if !seen.updated.is_empty() && seen.updated.as_str() < told.1 {
        return ask(db, now, &link, seen, Some(&put_back(&seen.updated))).await;
    }
    match policy::of(&mut db.reader(), ENGINE, Subject::Item, "place").await? {
        Choice::Adopt => over(db, now, &link, seen).await,
        Choice::Heal => {
            let ours = Link { fingerprint: OURS.into(), ..link };
            db.write(&cause(now), async |tx: &mut Tx| {
                link::put(tx, &ours).await?;
                mark::mark(tx, ENGINE, Subject::Item, id.uuid()).await
            })
            .await?;
            Ok(Taken::Marked)
        }
        Choice::Ask => ask(db, now, &link, seen, None).await,
    }
}

fn put_back(updated: &str) -> Fault {
    Fault::conflict(
        "bridge.put_back",
        format!("Keadaan lama ({updated}), dari cadangan yang dipulihkan."),
        format!("An old state ({updated}), of a backup that was put back."),
    )
}

/// Where our item stands, in their ids, as far as they are known.
async fn here(q: &mut dyn Query, item: &Item) -> Result<Option<String>> {
    let (subject, id) = match (item.state, item.subscription_id) {
        (ItemState::Installed, Some(subscription)) => {
            let sub = billing::subscription::find(q, &Scope::all(), subscription).await?;
            (Subject::Customer, sub.customer_id.uuid())
        }
        _ => (Subject::Location, item.location_id.uuid()),
    };
    let Some(known) = link::get(q, ENGINE, subject, id).await? else { return Ok(None) };
    let at = match subject {
        Subject::Customer => At::Holder(known.external_id),
        _ => At::Place(known.external_id),
    };
    Ok(Some(Standing { at, condition: condition(item.state) }.fingerprint()))
}

/// Both stand alike: whatever was open about it is not any more.
async fn agree(db: &Db, now: Ts, link: &Link, item: &Item, seen: &ItemSeen) -> Result<Taken> {
    let agreed = Link {
        external_version: version(item.version, &seen.updated),
        fingerprint: seen.standing.fingerprint(),
        synced_at: now,
        ..link.clone()
    };
    db.write(&cause(now), async |tx: &mut Tx| {
        link::put(tx, &agreed).await?;
        let id = Some(agreed.local_id);
        finding::clear_record(tx, ENGINE, Subject::Move, id, &agreed.external_id).await
    })
    .await?;
    Ok(Taken::Equal)
}

/// A person said that theirs is right.
pub(crate) async fn by_order(db: &Db, now: Ts, link: &Link, seen: &ItemSeen) -> Result<Taken> {
    over(db, now, link, seen).await
}

/// Takes their standing over; what our rules refuse is asked.
async fn over(db: &Db, now: Ts, link: &Link, seen: &ItemSeen) -> Result<Taken> {
    let done = db
        .write(&cause(now), async |tx: &mut Tx| {
            let id = ItemId::from_uuid(link.local_id);
            let before = inventory::find::by_id(tx, &Scope::all(), id).await?;
            let was = inventory::location::find(tx, &Scope::all(), before.location_id).await?;
            follow(tx, &before, &seen.standing).await?;
            let after = inventory::find::by_id(tx, &Scope::all(), id).await?;
            let mut found = Found::new(ENGINE, Subject::Move, Verdict::Differs);
            found.local_id = Some(link.local_id);
            found.external_id = Some(seen.external_id.clone());
            found.field = Some("place".into());
            found.ours = Some(was.name);
            found.theirs = Some(in_words(tx, &seen.standing).await?);
            found.detail = Some(before.serial);
            found.branch = Some(before.branch_id);
            finding::report_as(tx, &found, FindingState::Adopted).await?;
            link::put(
                tx,
                &Link {
                    external_version: version(after.version, &seen.updated),
                    fingerprint: seen.standing.fingerprint(),
                    synced_at: tx.now(),
                    ..link.clone()
                },
            )
            .await
        })
        .await;
    match done {
        Ok(()) => Ok(Taken::Adopted),
        Err(fault) if is_refusal(&fault) => ask(db, now, link, seen, Some(&fault)).await,
        Err(fault) => Err(fault),
    }
}

fn is_refusal(fault: &Fault) -> bool {
    !matches!(fault.kind, FaultKind::Unavailable | FaultKind::Bug)
}

async fn ask(db: &Db, now: Ts, link: &Link, seen: &ItemSeen, why: Option<&Fault>) -> Result<Taken> {
    db.write(&cause(now), async |tx: &mut Tx| {
        let id = ItemId::from_uuid(link.local_id);
        let item = inventory::find::by_id(tx, &Scope::all(), id).await?;
        let place = inventory::location::find(tx, &Scope::all(), item.location_id).await?;
        let mut found = Found::new(ENGINE, Subject::Move, Verdict::Differs);
        found.local_id = Some(link.local_id);
        found.external_id = Some(seen.external_id.clone());
        found.field = Some("place".into());
        found.ours = Some(place.name);
        found.theirs = Some(in_words(tx, &seen.standing).await?);
        found.detail =
            Some(why.map_or(item.serial.clone(), |f| format!("{}: {}", item.serial, f.id)));
        found.branch = Some(item.branch_id);
        finding::report(tx, &found).await
    })
    .await?;
    Ok(Taken::Asked)
}

/// Does here what was done there.
async fn follow(tx: &mut Tx, item: &Item, standing: &Standing) -> Result<()> {
    let reason = "Dicatat di sistem stok";
    let place = match &standing.at {
        At::Place(id) => place_of(tx, id).await?.ok_or_else(|| unknown_place(id))?,
        At::Holder(_) => return Err(installed_there()),
        At::Nowhere => return Err(unknown_place("-")),
    };
    match (place.kind, &standing.condition) {
        (LocationKind::Lost, _) | (_, Condition::Lost) => {
            part_with(tx, item.id, Fate::Lost, &How::Program, reason).await
        }
        (LocationKind::Scrap, _) | (_, Condition::Scrapped) => {
            part_with(tx, item.id, Fate::Scrapped, &How::Program, reason).await
        }
        (LocationKind::Supplier, _) | (_, Condition::Repair) => {
            part_with(tx, item.id, Fate::Rma, &How::Program, reason).await
        }
        (LocationKind::Warehouse, Condition::Returned) => {
            part_with(tx, item.id, Fate::Returned(place.id), &How::Program, reason).await
        }
        (LocationKind::Warehouse, Condition::Good)
            if matches!(item.state, ItemState::Returned | ItemState::Rma | ItemState::Lost) =>
        {
            tested(tx, item.id, place.id, &How::Program).await
        }
        (LocationKind::Warehouse | LocationKind::Bag, Condition::Good | Condition::Returned) => {
            transfer(tx, &[item.id], place.id, &How::Program, true).await.map(drop)
        }
        (_, Condition::Other(code)) => Err(Fault::conflict(
            "bridge.unknown_condition",
            format!("Status {code} tidak punya padanan di sini."),
            format!("The status {code} has no twin here."),
        )),
        (LocationKind::Site, _) => Err(installed_there()),
    }
}

fn unknown_place(id: &str) -> Fault {
    Fault::conflict(
        "bridge.unknown_place",
        format!("Lokasi #{id} di sana belum ada di sini."),
        format!("The place #{id} over there is not known here."),
    )
}

/// Who gets a device decides who is billed and online: that is a work order's.
fn installed_there() -> Fault {
    Fault::conflict(
        "bridge.installed_there",
        "Di sana diserahkan ke pelanggan tanpa SPK; pasang lewat SPK di sini, atau kembalikan.",
        "It was given to a customer there without a work order; install it by one here, or undo it.",
    )
}

/// An item that nothing of ours is linked to.
async fn stranger(db: &Db, system: &dyn AssetSystem, now: Ts, seen: &ItemSeen) -> Result<Taken> {
    match inventory::find::by_serial(&mut db.reader(), &Scope::all(), &seen.serial).await {
        Ok(item) => return twin(db, now, &item, seen).await,
        Err(fault) if fault.kind == FaultKind::NotFound => {}
        Err(fault) => return Err(fault),
    }
    if policy::of(&mut db.reader(), ENGINE, Subject::Item, "missing_here").await? == Choice::Adopt {
        match receive(db, system, now, seen).await {
            Ok(()) => return Ok(Taken::Received),
            Err(fault) if is_refusal(&fault) => {
                return unknown_here(db, now, seen, Some(&fault)).await;
            }
            Err(fault) => return Err(fault),
        }
    }
    unknown_here(db, now, seen, None).await
}

async fn unknown_here(db: &Db, now: Ts, seen: &ItemSeen, why: Option<&Fault>) -> Result<Taken> {
    db.write(&cause(now), async |tx: &mut Tx| {
        let mut found = Found::new(ENGINE, Subject::Item, Verdict::MissingHere);
        found.external_id = Some(seen.external_id.clone());
        found.theirs = Some(seen.serial.clone());
        found.detail = why.map(|f| f.id.clone());
        finding::report(tx, &found).await
    })
    .await?;
    Ok(Taken::Asked)
}

/// We have the serial: not linked yet (the mirror looks), or linked to another item of theirs.
async fn twin(db: &Db, now: Ts, item: &Item, seen: &ItemSeen) -> Result<Taken> {
    db.write(&cause(now), async |tx: &mut Tx| {
        let Some(other) = link::get(tx, ENGINE, Subject::Item, item.id.uuid()).await? else {
            mark::mark(tx, ENGINE, Subject::Item, item.id.uuid()).await?;
            return Ok(Taken::Marked);
        };
        let first = ItemSeen { external_id: other.external_id, ..seen.clone() };
        finding::report(tx, &duplicate(item, &[first, seen.clone()])).await?;
        Ok(Taken::Asked)
    })
    .await
}

/// Received there: received here, into the same warehouse, on the purchase order's number.
async fn receive(db: &Db, system: &dyn AssetSystem, now: Ts, seen: &ItemSeen) -> Result<()> {
    let document = match &seen.receipt {
        Some(order) => {
            let order = system.receipt(order).await?;
            format!("{} {}", order.reference, order.supplier).trim().to_owned()
        }
        None => format!("#{}", seen.external_id),
    };
    db.write(&cause(now), async |tx: &mut Tx| {
        let part = link::by_external(tx, ENGINE, Subject::Part, &seen.part).await?;
        let part = part.ok_or_else(|| {
            Fault::conflict(
                "bridge.unknown_part",
                format!("Jenis barang #{} di sana belum ada di sini.", seen.part),
                format!("The part #{} over there is not known here.", seen.part),
            )
        })?;
        let place = match (&seen.standing.at, &seen.standing.condition) {
            (At::Place(id), Condition::Good) => {
                place_of(tx, id).await?.ok_or_else(|| unknown_place(id))?
            }
            _ => return Err(unknown_place("-")),
        };
        let line = Line { serial: seen.serial.clone(), mac: None };
        let kind = ItemTypeId::from_uuid(part.local_id);
        let verdicts =
            inventory::receive::receive(tx, place.id, kind, &[line], &How::Program, &document)
                .await?;
        let item = match verdicts.as_slice() {
            [
                inventory::receive::Verdict::Received { item }
                | inventory::receive::Verdict::Again { item },
            ] => *item,
            [inventory::receive::Verdict::Refused { id, en, .. }] => {
                return Err(Fault::conflict("bridge.not_received", id.clone(), en.clone()));
            }
            _ => return Err(Fault::bug("one line, one verdict")),
        };
        link::put(
            tx,
            &Link {
                engine: ENGINE,
                subject: Subject::Item,
                local_id: item.uuid(),
                external_id: seen.external_id.clone(),
                external_version: version(1, &seen.updated),
                fingerprint: seen.standing.fingerprint(),
                synced_at: tx.now(),
            },
        )
        .await?;
        finding::clear_record(tx, ENGINE, Subject::Item, None, &seen.external_id).await?;
        Ok(())
    })
    .await
}
