//! Our devices, told to an attached stock system: each move once, in order.
//!
//! A link says which of an item's moves was told last (`external_version`) and how the item stood there then
//! (`fingerprint`). What stands otherwise was changed by somebody there: then nothing is written over it.
//! Each move carries an operation of its own, so that one whose answer was lost is known by it.

mod photos;

use std::sync::Arc;
use std::time::Duration;

use bridge::asset::{
    AssetSystem, AssetThing, At, Condition, HolderRecord, ItemSeen, MoveOrder, NewItem, PartRecord,
    PlaceKind, PlaceRecord, Standing,
};
use bridge::finding::{self, Found};
use bridge::{Claim, Engine, Link, Subject, Verdict, link};
use inventory::{Item, ItemState, ItemType, Location, LocationKind, Move, Owner};
use kernel::{Cause, Fault, FaultKind, ItemId, LocationId, Result, Scope, SubscriptionId, Ts};
use store::{BoxFuture, Db, Tx};
use uuid::Uuid;

use super::{Carried, Carrier};
use crate::adopt::asset as adopt;

pub(crate) const ENGINE: Engine = Engine::Inventree;
/// A person said that ours is right: what stands there is written over.
pub(crate) const OURS: &str = "!ours";
/// A person said that theirs is right: it is taken over.
pub(crate) const THEIRS: &str = "!theirs";
/// Matched by serial when it was attached, and the places differ: nothing was agreed yet.
pub(crate) const OPEN: &str = "?";
/// Items at once: with ten requests each well within the lease.
const BATCH: i64 = 8;
/// The longest that a batch may take; the marks are leased for 120 s.
const WITHIN: Duration = Duration::from_secs(90);

/// Writes items, and what they refer to, to the stock system.
pub struct Assets {
    system: Arc<dyn AssetSystem>,
}

impl Assets {
    pub fn new(system: Arc<dyn AssetSystem>) -> Self {
        Self { system }
    }
}

impl Carrier for Assets {
    fn engine(&self) -> Engine {
        ENGINE
    }
    fn batch(&self) -> i64 {
        BATCH
    }
    fn carry<'a>(
        &'a self,
        db: &'a Db,
        now: Ts,
        claims: &'a [Claim],
    ) -> BoxFuture<'a, Result<Vec<Carried>>> {
        let work = async move {
            let bearer = Bearer { db, now, system: &*self.system };
            let mut carried = Vec::with_capacity(claims.len());
            for claim in claims {
                let one = match claim.subject {
                    Subject::Item => bearer.item(ItemId::from_uuid(claim.local_id)).await,
                    Subject::Part => bearer.part_of(claim.local_id).await,
                    Subject::Location => bearer.location_of(claim.local_id).await,
                    _ => Ok(Carried::Nothing),
                };
                carried.push(match one {
                    Ok(carried) => carried,
                    Err(fault) if fault.kind == FaultKind::Unavailable => return Err(fault),
                    Err(fault) => Carried::Refused(fault),
                });
            }
            Ok(carried)
        };
        // The claims' lease is longer: whoever claims them next is alone with these items. What was under way
        // is known by its operation.
        Box::pin(async move {
            tokio::time::timeout(WITHIN, work).await.unwrap_or_else(|_| {
                Err(Fault::unavailable(
                    "bridge.engine_slow",
                    "Sistem stok terlalu lambat; dilanjutkan nanti.",
                    "The stock system is too slow; it goes on later.",
                ))
            })
        })
    }
}

/// The operation of an item's move: `op:` item `-` number of the move.
pub fn operation(item: ItemId, seq: i64) -> String {
    format!("op:{}-{seq}", item.uuid().simple())
}

/// How an item in this state is.
pub fn condition(state: ItemState) -> Condition {
    match state {
        ItemState::InStock | ItemState::InTransit | ItemState::Installed => Condition::Good,
        ItemState::Returned => Condition::Returned,
        ItemState::Rma => Condition::Repair,
        ItemState::Scrapped => Condition::Scrapped,
        ItemState::Lost => Condition::Lost,
    }
}

/// Which of an item's moves a link says was told last, and when the engine's record had changed last then.
pub(crate) fn told_of(link: &Link) -> (i64, &str) {
    let text = link.external_version.as_deref().unwrap_or_default();
    let (seq, updated) = text.split_once('@').unwrap_or((text, ""));
    (seq.parse().unwrap_or(0), updated)
}

/// The same, as a link keeps it.
pub(crate) fn version(seq: i64, updated: &str) -> Option<String> {
    Some(format!("{seq}@{updated}"))
}

/// What has to be done about an item, by what stands there and what we did since the last time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// It stands as we left it, and we moved it since: tell the next move.
    Tell,
    /// It stands as we left it, and so do we.
    Settled,
    /// We moved it, and it stands where that move put it: the move was told up to here.
    Caught(i64),
    /// Our move was told, and somebody there moved it on: theirs is the newer one.
    Newer(i64),
    /// Both sides moved it since the last time: a person decides.
    Conflict,
}

/// The pure decision. `told`: how it stood when it was told last; `is`: how it stands now; `moves`: ours
/// since then with where they lead, oldest first; `known`: those of them that its history holds.
pub fn step(told: &str, is: &str, moves: &[(i64, String)], known: &[i64]) -> Step {
    if told == is {
        return if moves.is_empty() { Step::Settled } else { Step::Tell };
    }
    let last_known = moves.iter().rev().find(|(seq, _)| known.contains(seq));
    match (last_known, moves.last()) {
        (Some((seq, there)), _) if there == is => Step::Caught(*seq),
        (Some((seq, _)), Some((last, _))) if seq == last => Step::Newer(*seq),
        (Some(_), _) => Step::Conflict,
        (None, Some((last, there))) if there == is => Step::Caught(*last),
        (None, Some(_)) => Step::Conflict,
        // Only they moved it: what they did is taken over by the polling.
        (None, None) => Step::Settled,
    }
}

/// An item as we have it.
struct Ours {
    item: Item,
    kind: ItemType,
    moves: Vec<Move>,
}

struct Bearer<'a> {
    db: &'a Db,
    now: Ts,
    system: &'a dyn AssetSystem,
}

impl Bearer<'_> {
    fn cause(&self) -> Cause {
        Cause::system(self.now, ENGINE.as_str())
    }
    async fn put(&self, link: &Link) -> Result<()> {
        self.db.write(&self.cause(), async |tx: &mut Tx| link::put(tx, link).await).await
    }
    fn new_link(&self, subject: Subject, local_id: Uuid, external_id: String) -> Link {
        Link {
            engine: ENGINE,
            subject,
            local_id,
            external_id,
            external_version: None,
            fingerprint: String::new(),
            synced_at: self.now,
        }
    }
    /// The external id of a thing, by its link or by asking; `another` is tried when the first is taken by
    /// another record of ours.
    async fn id_of(
        &self,
        subject: Subject,
        local_id: Uuid,
        thing: AssetThing,
        another: Option<AssetThing>,
    ) -> Result<String> {
        if let Some(known) = link::get(&mut self.db.reader(), ENGINE, subject, local_id).await? {
            return Ok(known.external_id);
        }
        let mut external = self.system.ensure(&thing).await?;
        let taken = link::by_external(&mut self.db.reader(), ENGINE, subject, &external).await?;
        if taken.is_some() {
            let Some(another) = another else {
                return Err(Fault::conflict(
                    "bridge.matched_twice",
                    "Dua catatan di sini cocok dengan satu catatan di sana.",
                    "Two records here match one record there.",
                ));
            };
            external = self.system.ensure(&another).await?;
        }
        self.put(&self.new_link(subject, local_id, external.clone())).await?;
        Ok(external)
    }

    async fn part(&self, kind: &ItemType) -> Result<String> {
        let thing = AssetThing::Part(PartRecord {
            sku: kind.sku.clone(),
            name: kind.name.clone(),
            unit: kind.unit.clone(),
            serialized: kind.serialized,
            kind: kind.kind.clone(),
        });
        self.id_of(Subject::Part, kind.id.uuid(), thing, None).await
    }
    async fn part_of(&self, id: Uuid) -> Result<Carried> {
        let id = kernel::ItemTypeId::from_uuid(id);
        let kind = inventory::item::find_type(&mut self.db.reader(), id).await?;
        let external = self.part(&kind).await?;
        Ok(Carried::Told(self.new_link(Subject::Part, id.uuid(), external)))
    }

    async fn place(&self, place: &Location) -> Result<String> {
        let kind = match place.kind {
            LocationKind::Warehouse | LocationKind::Site => PlaceKind::Warehouse,
            LocationKind::Bag => PlaceKind::Bag,
            LocationKind::Supplier => PlaceKind::Supplier,
            LocationKind::Scrap => PlaceKind::Scrap,
            LocationKind::Lost => PlaceKind::Lost,
        };
        let named = |name: String| AssetThing::Place(PlaceRecord { name, kind });
        // Every branch has a place "Hilang", and two technicians may have one name.
        let tail = place.id.uuid().simple().to_string();
        let another = format!("{} {}", place.name, tail.get(26..).unwrap_or_default());
        let thing = named(place.name.clone());
        self.id_of(Subject::Location, place.id.uuid(), thing, Some(named(another))).await
    }
    async fn location_of(&self, id: Uuid) -> Result<Carried> {
        let id = LocationId::from_uuid(id);
        let place = inventory::location::find(&mut self.db.reader(), &Scope::all(), id).await?;
        if place.kind == LocationKind::Site {
            return Ok(Carried::Nothing);
        }
        let external = self.place(&place).await?;
        Ok(Carried::Told(self.new_link(Subject::Location, id.uuid(), external)))
    }

    async fn holder(&self, subscription: SubscriptionId) -> Result<String> {
        let (scope, mut q) = (Scope::all(), self.db.reader());
        let sub = billing::subscription::find(&mut q, &scope, subscription).await?;
        let customer = crm::customer::find(&mut q, &scope, sub.customer_id).await?;
        let thing =
            AssetThing::Holder(HolderRecord { number: customer.number, name: customer.name });
        self.id_of(Subject::Customer, sub.customer_id.uuid(), thing, None).await
    }

    /// Where a move of ours leads, in their ids.
    async fn standing(&self, made: &Move) -> Result<Standing> {
        let scope = Scope::all();
        let condition = condition(made.to_state);
        let at = match (made.to_state, made.subscription_id) {
            (ItemState::Installed, Some(subscription)) => {
                At::Holder(self.holder(subscription).await?)
            }
            _ => {
                let mut q = self.db.reader();
                let place = inventory::location::find(&mut q, &scope, made.to_location_id).await?;
                At::Place(self.place(&place).await?)
            }
        };
        Ok(Standing { at, condition })
    }

    async fn item(&self, id: ItemId) -> Result<Carried> {
        let mut q = self.db.reader();
        let item = match inventory::find::by_id(&mut q, &Scope::all(), id).await {
            Ok(item) => item,
            Err(fault) if fault.kind == FaultKind::NotFound => return Ok(Carried::Nothing),
            Err(fault) => return Err(fault),
        };
        // A customer's own device is not our stock.
        if item.owner == Owner::Customer {
            return Ok(Carried::Nothing);
        }
        let kind = inventory::item::find_type(&mut q, item.type_id).await?;
        let moves = inventory::find::history(&mut q, id).await?;
        let known = link::get(&mut q, ENGINE, Subject::Item, id.uuid()).await?;
        drop(q);
        let ours = Ours { item, kind, moves };
        match known {
            Some(link) => self.follow(&ours, link).await,
            None => match self.first(&ours).await? {
                Some(link) => self.follow(&ours, link).await,
                None => Ok(Carried::Nothing),
            },
        }
    }

    /// Finds the item there by its serial, or makes it. `None`: it waits for a person.
    async fn first(&self, ours: &Ours) -> Result<Option<Link>> {
        let part = self.part(&ours.kind).await?;
        let (item, serial) = (&ours.item, ours.item.serial.as_str());
        let Some(begin) = ours.moves.first() else { return Ok(None) };
        let found = self.system.find(&part, serial).await?;
        let mut link = self.new_link(Subject::Item, item.id.uuid(), String::new());
        match found.as_slice() {
            [] => {
                let (standing, told) = self.beginning(ours, begin).await?;
                let new = NewItem {
                    id: item.id.uuid(),
                    part,
                    serial: serial.to_owned(),
                    mac: item.mac.clone(),
                    standing,
                    operation: operation(item.id, begin.seq),
                };
                let seen = self.system.create(&new).await?;
                link.external_id.clone_from(&seen.external_id);
                link.fingerprint = seen.standing.fingerprint();
                link.external_version = version(told, &seen.updated);
            }
            // Made by us, and the answer or the link was lost.
            [seen]
                if seen.note.split_whitespace().next()
                    == Some(operation(item.id, begin.seq).as_str()) =>
            {
                let (standing, told) = self.beginning(ours, begin).await?;
                link.external_id.clone_from(&seen.external_id);
                link.fingerprint = standing.fingerprint();
                link.external_version = version(told, "");
            }
            // Theirs: both sides are right as far as anybody knows. If they differ, a person says.
            [seen] => {
                link.external_id.clone_from(&seen.external_id);
                link.external_version = version(item.version, &seen.updated);
                let differs = self.differs_at_first(ours, seen).await?;
                link.fingerprint = if differs { OPEN.into() } else { seen.standing.fingerprint() };
            }
            many => {
                self.report(&adopt::duplicate(item, many)).await?;
                return Ok(None);
            }
        }
        self.put(&link).await?;
        Ok(Some(link))
    }

    /// Where a new item is made: at its first place; one that began at a customer's is made in the branch's
    /// warehouse and sent from there. Answers also which move is told by it.
    async fn beginning(&self, ours: &Ours, begin: &Move) -> Result<(Standing, i64)> {
        let standing = self.standing(begin).await?;
        if matches!(standing.at, At::Place(_)) {
            return Ok((standing, begin.seq));
        }
        let scope = Scope { branch: Some(ours.item.branch_id), ..Scope::all() };
        let places = inventory::location::list(&mut self.db.reader(), &scope).await?;
        let warehouse = places.iter().find(|p| p.kind == LocationKind::Warehouse);
        let Some(warehouse) = warehouse else {
            return Err(Fault::conflict(
                "bridge.no_warehouse",
                "Cabang barang ini belum punya gudang.",
                "This item's branch has no warehouse yet.",
            ));
        };
        let at = At::Place(self.place(warehouse).await?);
        Ok((Standing { at, condition: Condition::Good }, begin.seq - 1))
    }

    async fn differs_at_first(&self, ours: &Ours, seen: &ItemSeen) -> Result<bool> {
        let Some(last) = ours.moves.last() else { return Ok(false) };
        let wanted = self.standing(last).await?;
        if wanted.fingerprint() == seen.standing.fingerprint() {
            return Ok(false);
        }
        let mut found = Found::new(ENGINE, Subject::Move, Verdict::Differs);
        self.describe(&mut found, ours, &wanted, seen).await?;
        self.report(&found).await?;
        Ok(true)
    }

    /// Tells the moves that were not told yet, one after the other.
    async fn follow(&self, ours: &Ours, mut link: Link) -> Result<Carried> {
        let Some(mut seen) = self.system.item(&link.external_id).await? else {
            let mut found = Found::new(ENGINE, Subject::Item, Verdict::MissingThere);
            found.local_id = Some(ours.item.id.uuid());
            found.external_id = Some(link.external_id.clone());
            found.ours = Some(ours.item.serial.clone());
            found.branch = Some(ours.item.branch_id);
            self.report(&found).await?;
            return Ok(Carried::Nothing);
        };
        if link.fingerprint == THEIRS {
            adopt::by_order(self.db, self.now, &link, &seen).await?;
            return Ok(Carried::Nothing);
        }
        if link.fingerprint == OURS {
            return self.overwrite(ours, link, seen).await;
        }
        let (told, _) = told_of(&link);
        let mut pending = Vec::new();
        for made in ours.moves.iter().filter(|m| m.seq > told) {
            pending.push((made, self.standing(made).await?));
        }
        loop {
            let moves: Vec<(i64, String)> =
                pending.iter().map(|(m, s)| (m.seq, s.fingerprint())).collect();
            let is = seen.standing.fingerprint();
            let known = if is == link.fingerprint || moves.is_empty() {
                Vec::new()
            } else {
                self.known(ours, &link.external_id).await?
            };
            match step(&link.fingerprint, &is, &moves, &known) {
                Step::Settled => break,
                Step::Tell => {
                    let (made, to) = pending.remove(0);
                    if to.fingerprint() != is {
                        let order = MoveOrder {
                            operation: operation(ours.item.id, made.seq),
                            note: made.document.clone(),
                            to: to.clone(),
                        };
                        seen = self.system.move_to(&seen, &order).await?;
                    }
                    self.told(&mut link, made.seq, to.fingerprint(), &seen).await?;
                }
                Step::Caught(seq) => {
                    pending.retain(|(m, _)| m.seq > seq);
                    self.told(&mut link, seq, is, &seen).await?;
                }
                Step::Newer(seq) => {
                    let there = moves.iter().find(|(s, _)| *s == seq).map(|(_, to)| to.clone());
                    self.told(&mut link, seq, there.unwrap_or_default(), &seen).await?;
                    break;
                }
                Step::Conflict => {
                    let mut found = Found::new(ENGINE, Subject::Move, Verdict::Conflict);
                    if let Some((_, wanted)) = pending.last() {
                        self.describe(&mut found, ours, wanted, &seen).await?;
                    }
                    self.report(&found).await?;
                    return Ok(Carried::Nothing);
                }
            }
        }
        let last = ours.moves.last();
        photos::hang(self.db, self.system, &ours.item, last, &link.external_id).await?;
        Ok(Carried::Told(link))
    }

    /// Our moves that the item's history holds.
    async fn known(&self, ours: &Ours, external_id: &str) -> Result<Vec<i64>> {
        let rows = self.system.history(external_id).await?;
        let has = |seq: i64| {
            let wanted = operation(ours.item.id, seq);
            rows.iter().any(|row| row.operation.as_deref() == Some(wanted.as_str()))
        };
        Ok(ours.moves.iter().map(|m| m.seq).filter(|seq| has(*seq)).collect())
    }

    /// Writes down at once how far it got: a crash behind this tells nothing twice.
    async fn told(
        &self,
        link: &mut Link,
        seq: i64,
        fingerprint: String,
        seen: &ItemSeen,
    ) -> Result<()> {
        link.external_version = version(seq, &seen.updated);
        link.fingerprint = fingerprint;
        link.synced_at = self.now;
        let link = &*link;
        self.db
            .write(&self.cause(), async |tx: &mut Tx| {
                link::put(tx, link).await?;
                let id = Some(link.local_id);
                finding::clear_record(tx, ENGINE, Subject::Move, id, &link.external_id).await?;
                Ok(())
            })
            .await
    }

    /// A person said that ours is right.
    async fn overwrite(&self, ours: &Ours, mut link: Link, seen: ItemSeen) -> Result<Carried> {
        let Some(last) = ours.moves.last() else { return Ok(Carried::Nothing) };
        let to = self.standing(last).await?;
        let order = MoveOrder {
            operation: format!("{}-h", operation(ours.item.id, last.seq)),
            note: last.document.clone(),
            to: to.clone(),
        };
        let seen = self.system.move_to(&seen, &order).await?;
        self.told(&mut link, last.seq, to.fingerprint(), &seen).await?;
        Ok(Carried::Told(link))
    }

    async fn report(&self, found: &Found) -> Result<()> {
        self.db
            .write(&self.cause(), async |tx: &mut Tx| finding::report(tx, found).await.map(drop))
            .await
    }
    async fn describe(
        &self,
        found: &mut Found,
        ours: &Ours,
        wanted: &Standing,
        seen: &ItemSeen,
    ) -> Result<()> {
        let mut q = self.db.reader();
        found.local_id = Some(ours.item.id.uuid());
        found.external_id = Some(seen.external_id.clone());
        found.field = Some("place".into());
        found.ours = Some(adopt::in_words(&mut q, wanted).await?);
        found.theirs = Some(adopt::in_words(&mut q, &seen.standing).await?);
        found.detail = Some(ours.item.serial.clone());
        found.branch = Some(ours.item.branch_id);
        Ok(())
    }
}

/// Marks everything that a stock system has to know: after it was attached.
///
/// # Errors
/// Only when the database fails.
pub async fn mark_all(tx: &mut Tx) -> Result<u64> {
    let mut wanted = Vec::new();
    for kind in inventory::item::types(tx).await?.into_iter().filter(|t| t.serialized) {
        wanted.push((ENGINE, Subject::Part, kind.id.uuid()));
    }
    for place in inventory::location::list(tx, &Scope::all()).await? {
        wanted.push((ENGINE, Subject::Location, place.id.uuid()));
    }
    let mut after: Option<String> = None;
    loop {
        let filter = inventory::find::Filter::default();
        let page =
            inventory::find::list(tx, &Scope::all(), &filter, after.as_deref(), 1_000).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.serial.clone());
        let own = page.iter().filter(|i| i.owner == Owner::Isp);
        wanted.extend(own.map(|i| (ENGINE, Subject::Item, i.id.uuid())));
    }
    bridge::mark::mark_all(tx, &wanted).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moves(list: &[(i64, &str)]) -> Vec<(i64, String)> {
        list.iter().map(|(seq, to)| (*seq, (*to).to_owned())).collect()
    }

    #[test]
    fn what_stands_as_we_left_it_is_told_the_next_move() {
        assert_eq!(step("a", "a", &moves(&[(2, "b")]), &[]), Step::Tell);
        assert_eq!(step("a", "a", &[], &[]), Step::Settled);
    }

    #[test]
    fn a_lost_answer_is_caught_up_by_the_operation_or_by_where_it_stands() {
        assert_eq!(step("a", "b", &moves(&[(2, "b"), (3, "c")]), &[2]), Step::Caught(2));
        assert_eq!(step("a", "c", &moves(&[(2, "b"), (3, "c")]), &[]), Step::Caught(3));
        assert_eq!(step("a", "c", &moves(&[(2, "b"), (3, "c")]), &[2, 3]), Step::Caught(3));
    }

    #[test]
    fn their_move_after_ours_is_the_newer_one() {
        assert_eq!(step("a", "z", &moves(&[(2, "b")]), &[2]), Step::Newer(2));
    }

    #[test]
    fn a_move_on_either_side_since_the_last_time_is_a_conflict() {
        assert_eq!(step("a", "z", &moves(&[(2, "b")]), &[]), Step::Conflict);
        assert_eq!(step("a", "z", &moves(&[(2, "b"), (3, "c")]), &[2]), Step::Conflict);
        assert_eq!(step("a", "z", &[], &[]), Step::Settled, "only theirs: adopted");
    }

    #[test]
    fn operations_of_two_moves_are_never_the_beginning_of_each_other_only() {
        let item = ItemId::from_uuid(Uuid::from_u128(7));
        assert_ne!(operation(item, 1), operation(item, 12));
        assert!(operation(item, 1).starts_with("op:0000"));
    }
}
