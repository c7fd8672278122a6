//! All devices on both sides, once a night: what the feeds of changes can't show (deletes, a restored
//! backup, a change that nobody told of).

use std::collections::{BTreeMap, BTreeSet};

use bridge::asset::{AssetSystem, ItemSeen};
use bridge::{Subject, engine, finding, link, mark};
use inventory::Owner;
use inventory::find::Filter;
use kernel::{FaultKind, Result, Scope, Ts};
use serde::Serialize;
use store::{Db, Query, Tx};

use crate::adopt::asset::{Polled, Taken, cause, duplicate, missing_there, take};
use crate::mirror::asset::ENGINE;

const PAGE: i64 = 500;
const PASSED: &str = "full_pass";
/// The hour from which a night's pass is due, in the west.
const HOUR: i8 = 2;

/// Whether a full pass is due: the first after attaching at once, then one a night.
///
/// # Errors
/// Only when the database fails.
pub async fn is_due(q: &mut dyn Query, now: Ts) -> Result<bool> {
    let zone = kernel::Zone::Jakarta;
    let Some(last) = engine::cursor(q, ENGINE, PASSED).await? else { return Ok(true) };
    let (hour, _) = now.hour_minute(zone);
    Ok(hour >= HOUR && last != now.day(zone).to_string())
}

/// What a full pass came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Compared {
    pub there: Polled,
    /// Ours that they do not have: gone, or never told.
    pub missing_there: usize,
    pub untold: usize,
    pub duplicates: usize,
    pub healed: u64,
}

/// Walks both sides in pages. What is found stays until a pass no longer sees it.
///
/// # Errors
/// When the engine is away: nothing is concluded from half a list.
pub async fn pass(db: &Db, system: &dyn AssetSystem, now: Ts) -> Result<Compared> {
    let all = match walk(system).await {
        Ok(all) => all,
        Err(fault) => {
            let text = fault.to_string();
            db.write(&cause(now), async |tx: &mut Tx| engine::failed(tx, ENGINE, &text).await)
                .await?;
            return Err(fault);
        }
    };
    let mut report = Compared::default();
    let mut twins: BTreeMap<(&str, &str), Vec<ItemSeen>> = BTreeMap::new();
    for seen in all.values() {
        twins.entry((&seen.part, &seen.serial)).or_default().push(seen.clone());
    }
    for seen in all.values() {
        let alone =
            twins.get(&(seen.part.as_str(), seen.serial.as_str())).is_none_or(|t| t.len() < 2);
        if alone {
            report.there.count(take(db, system, now, seen).await?);
        } else {
            report.there.count(Taken::Asked);
        }
    }
    for ((_, serial), many) in twins.iter().filter(|(_, many)| many.len() > 1) {
        report.duplicates += usize::from(told_of_twins(db, now, serial, many).await?);
    }
    report.missing_there = vanished(db, system, now, &all).await?;
    report.untold = untold(db, now).await?;
    report.healed = db
        .write(&cause(now), async |tx: &mut Tx| {
            let healed = finding::clear_not_seen(tx, ENGINE, Subject::Item, now).await?;
            let day = now.day(kernel::Zone::Jakarta).to_string();
            engine::set_cursor(tx, ENGINE, PASSED, &day).await?;
            engine::answered(tx, ENGINE, None, None).await?;
            Ok(healed)
        })
        .await?;
    Ok(report)
}

/// Every item by its id. A page that slid while it was walked shows an item twice, or not: the latter are
/// asked for one by one before anything is said of them.
async fn walk(system: &dyn AssetSystem) -> Result<BTreeMap<String, ItemSeen>> {
    let mut all = BTreeMap::new();
    let mut next = Some(0);
    while let Some(offset) = next {
        let page = system.items(offset).await?;
        next = page.next;
        all.extend(page.items.into_iter().map(|i| (i.external_id.clone(), i)));
    }
    Ok(all)
}

async fn told_of_twins(db: &Db, now: Ts, serial: &str, many: &[ItemSeen]) -> Result<bool> {
    let item = match inventory::find::by_serial(&mut db.reader(), &Scope::all(), serial).await {
        Ok(item) => Some(item),
        Err(fault) if fault.kind == FaultKind::NotFound => None,
        Err(fault) => return Err(fault),
    };
    let found = match &item {
        Some(item) => duplicate(item, many),
        None => {
            let ids: Vec<&str> = many.iter().map(|s| s.external_id.as_str()).collect();
            let mut found = finding::Found::new(ENGINE, Subject::Item, bridge::Verdict::Duplicate);
            found.external_id = many.first().map(|s| s.external_id.clone());
            found.field = Some("serial".into());
            found.theirs = Some(format!("{serial}: #{}", ids.join(", #")));
            found
        }
    };
    db.write(&cause(now), async |tx: &mut Tx| finding::report(tx, &found).await).await?;
    Ok(true)
}

/// Linked items of ours that the walk did not see.
async fn vanished(
    db: &Db,
    system: &dyn AssetSystem,
    now: Ts,
    all: &BTreeMap<String, ItemSeen>,
) -> Result<usize> {
    let (mut after, mut missing) = (None, 0);
    loop {
        let page = link::page(&mut db.reader(), ENGINE, Subject::Item, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(missing) };
        after = Some(last.local_id);
        for link in page.iter().filter(|l| !all.contains_key(&l.external_id)) {
            if system.item(&link.external_id).await?.is_none() {
                missing += usize::from(missing_there(db, now, &link.external_id).await?);
            }
        }
    }
}

/// Items of ours that were never told: they are marked.
async fn untold(db: &Db, now: Ts) -> Result<usize> {
    let (mut after, mut marked): (Option<String>, usize) = (None, 0);
    loop {
        let all = Scope::all();
        let page = inventory::find::list(
            &mut db.reader(),
            &all,
            &Filter::default(),
            after.as_deref(),
            PAGE,
        )
        .await?;
        let Some(last) = page.last() else { return Ok(marked) };
        after = Some(last.serial.clone());
        let own: BTreeSet<_> =
            page.iter().filter(|i| i.owner == Owner::Isp).map(|i| i.id.uuid()).collect();
        marked += db
            .write(&cause(now), async |tx: &mut Tx| {
                let mut wanted = Vec::new();
                for id in &own {
                    if link::get(tx, ENGINE, Subject::Item, *id).await?.is_none() {
                        wanted.push((ENGINE, Subject::Item, *id));
                    }
                }
                mark::mark_all(tx, &wanted).await?;
                Ok(wanted.len())
            })
            .await?;
    }
}

/// What a first sync would do, before it does anything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Preview {
    /// On both sides, by serial.
    pub matched: usize,
    /// Only here: they are made there.
    pub to_make: usize,
    /// Only there: received here where part and place are known, else asked.
    pub only_there: usize,
    /// One serial more than once there: a person says which.
    pub twice_there: usize,
}

/// Compares by serial number without changing anything on either side.
///
/// # Errors
/// When the engine is away or the database fails.
pub async fn preview(db: &Db, system: &dyn AssetSystem) -> Result<Preview> {
    let mut there: BTreeMap<String, usize> = BTreeMap::new();
    for seen in walk(system).await?.into_values() {
        *there.entry(seen.serial).or_default() += 1;
    }
    let mut preview =
        Preview { twice_there: there.values().filter(|n| **n > 1).count(), ..Preview::default() };
    let mut after: Option<String> = None;
    loop {
        let filter = Filter::default();
        let page =
            inventory::find::list(&mut db.reader(), &Scope::all(), &filter, after.as_deref(), PAGE)
                .await?;
        let Some(last) = page.last() else { break };
        after = Some(last.serial.clone());
        for item in page.iter().filter(|i| i.owner == Owner::Isp) {
            if there.remove(&item.serial).is_some() {
                preview.matched += 1;
            } else {
                preview.to_make += 1;
            }
        }
    }
    preview.only_there = there.len();
    Ok(preview)
}
