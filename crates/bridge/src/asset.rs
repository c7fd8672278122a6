//! The port to a stock system of somebody else's that knows devices, places and who has what.

use uuid::Uuid;

use crate::Doing;

pub use crate::access::Handshake;

/// A kind of article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartRecord {
    pub sku: String,
    pub name: String,
    /// `pcs`, `m`.
    pub unit: String,
    pub serialized: bool,
    /// `ont`, `router`: its category there.
    pub kind: String,
}

/// What a place is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlaceKind {
    Warehouse,
    Bag,
    /// The supplier's, for repair.
    Supplier,
    Scrap,
    Lost,
}

/// A place where items are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceRecord {
    pub name: String,
    pub kind: PlaceKind,
}

/// A customer, as one who has devices. Known by the number; the name is for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HolderRecord {
    pub number: String,
    pub name: String,
}

/// What items refer to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AssetThing {
    Part(PartRecord),
    Place(PlaceRecord),
    Holder(HolderRecord),
}

/// Where an item is, by the engine's ids.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum At {
    Place(String),
    Holder(String),
    /// It says neither.
    Nowhere,
}

/// How an item is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Condition {
    Good,
    /// Back from a customer, to be tested.
    Returned,
    /// At the supplier.
    Repair,
    Scrapped,
    Lost,
    /// A state of the engine's that has no twin here.
    Other(String),
}

impl Condition {
    pub fn as_str(&self) -> &str {
        match self {
            Self::Good => "good",
            Self::Returned => "returned",
            Self::Repair => "repair",
            Self::Scrapped => "scrapped",
            Self::Lost => "lost",
            Self::Other(text) => text,
        }
    }
}

/// Place and condition in one: what is compared. At a holder the condition says nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Standing {
    pub at: At,
    pub condition: Condition,
}

impl Standing {
    /// Stable text of the content: what a link keeps as its fingerprint.
    pub fn fingerprint(&self) -> String {
        match &self.at {
            At::Place(id) => format!("place:{id}|{}", self.condition.as_str()),
            At::Holder(id) => format!("holder:{id}"),
            At::Nowhere => format!("nowhere|{}", self.condition.as_str()),
        }
    }
}

/// An item as it stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemSeen {
    pub external_id: String,
    /// The part's external id.
    pub part: String,
    pub serial: String,
    pub standing: Standing,
    /// The purchase order it came with.
    pub receipt: Option<String>,
    /// Free text of the item itself; what we made carries our operation here.
    pub note: String,
    /// When it changed last, as the engine writes it (no zone, no seconds).
    pub updated: String,
}

/// An item that is to be made there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewItem {
    /// Ours; kept there beside the item.
    pub id: Uuid,
    pub part: String,
    pub serial: String,
    pub mac: Option<String>,
    pub standing: Standing,
    /// `op:…`, so that an answer that was lost can be made up for.
    pub operation: String,
}

/// One move to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoveOrder {
    pub operation: String,
    /// For people; after the operation.
    pub note: String,
    pub to: Standing,
}

/// A row of an item's history there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoveSeen {
    pub external_id: String,
    /// The operation of ours that made it.
    pub operation: Option<String>,
    /// It says where the item went, not only that something about it changed.
    pub moves: bool,
}

/// What changed since a cursor.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    pub items: Vec<ItemSeen>,
    /// Ids of items that the history speaks of and that are gone.
    pub gone: Vec<String>,
    /// Where the next reading begins; opaque.
    pub cursor: String,
    /// Its history is shorter than what was seen before: it was restored from a backup.
    pub rewound: bool,
}

/// A page of all items.
#[derive(Clone, Debug, Default)]
pub struct ItemPage {
    pub items: Vec<ItemSeen>,
    /// Where the next page begins; `None`: that was all.
    pub next: Option<u64>,
}

/// A purchase order's receipt, read only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptSeen {
    pub external_id: String,
    /// `PO-0001`.
    pub reference: String,
    pub supplier: String,
    pub complete: bool,
}

/// A picture to hang on an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhotoRecord {
    /// `op:…`; hanging it again changes nothing.
    pub operation: String,
    pub file_name: String,
    pub mime: String,
    pub bytes: Vec<u8>,
}

/// Tells a stock system what we have where, and reads it back. Nothing is believed that was not read after
/// it was written.
pub trait AssetSystem: Send + Sync {
    /// Looks whether everything that is needed is there and allowed. Changes nothing.
    fn handshake(&self) -> Doing<'_, Handshake>;
    /// The id of a thing; made when it is not there.
    ///
    /// # Errors
    /// `bridge.engine_twice` when there are two of it: a person has to say which.
    fn ensure<'a>(&'a self, thing: &'a AssetThing) -> Doing<'a, String>;
    /// All items of a part with this serial (two at once are the engine's fault, and happen).
    fn find<'a>(&'a self, part: &'a str, serial: &'a str) -> Doing<'a, Vec<ItemSeen>>;
    fn item<'a>(&'a self, external_id: &'a str) -> Doing<'a, Option<ItemSeen>>;
    /// Makes an item and reads it back. After a lost answer [`find`](Self::find) shows it.
    fn create<'a>(&'a self, item: &'a NewItem) -> Doing<'a, ItemSeen>;
    /// Moves an item from where it stands and reads it back.
    ///
    /// # Errors
    /// `bridge.engine_lied` when it was accepted and did not happen.
    fn move_to<'a>(&'a self, from: &'a ItemSeen, order: &'a MoveOrder) -> Doing<'a, ItemSeen>;
    /// An item's history, newest first.
    fn history<'a>(&'a self, external_id: &'a str) -> Doing<'a, Vec<MoveSeen>>;
    /// What changed since the cursor; `None`: from now on.
    fn changes<'a>(&'a self, cursor: Option<&'a str>) -> Doing<'a, Changes>;
    /// All serialized items, page by page.
    fn items(&self, offset: u64) -> Doing<'_, ItemPage>;
    fn receipt<'a>(&'a self, external_id: &'a str) -> Doing<'a, ReceiptSeen>;
    /// Hangs a picture on an item, once.
    fn attach<'a>(&'a self, external_id: &'a str, photo: &'a PhotoRecord) -> Doing<'a, ()>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_counts_in_a_place_and_not_at_a_holder() {
        let at = |at: At, condition| Standing { at, condition }.fingerprint();
        let place = || At::Place("3".into());
        assert_ne!(at(place(), Condition::Good), at(place(), Condition::Returned));
        let holder = || At::Holder("3".into());
        assert_eq!(at(holder(), Condition::Good), at(holder(), Condition::Other("210".into())));
        assert_ne!(at(holder(), Condition::Good), at(place(), Condition::Good));
    }
}
