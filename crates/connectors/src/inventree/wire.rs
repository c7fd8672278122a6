//! InvenTree's JSON, as far as it is used, and what it means here.

use bridge::asset::{At, Condition, ItemSeen, MoveSeen, Standing};
use serde::Deserialize;

pub(super) const OK: i64 = 10;
pub(super) const ATTENTION: i64 = 50;
pub(super) const DESTROYED: i64 = 60;
pub(super) const REJECTED: i64 = 65;
pub(super) const LOST: i64 = 70;
pub(super) const RETURNED: i64 = 85;
/// The own status code that the handshake asks an administrator to add; without it installed items keep OK.
pub(super) const INSTALLED: i64 = 210;

/// History rows that say where an item went: created, returned, moved, received, sent.
const MOVES: [i64; 6] = [1, 15, 20, 70, 100, 105];

#[derive(Debug, Deserialize)]
pub(super) struct Page<T> {
    pub next: Option<String>,
    pub results: Vec<T>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Named {
    pub pk: i64,
    pub name: String,
    #[serde(default)]
    pub structural: bool,
    #[serde(default, rename = "IPN")]
    pub ipn: Option<String>,
    #[serde(default)]
    pub trackable: bool,
    #[serde(default)]
    pub salable: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct Item {
    pub pk: i64,
    pub part: i64,
    pub serial: Option<String>,
    pub location: Option<i64>,
    pub customer: Option<i64>,
    pub status: i64,
    #[serde(default)]
    pub status_custom_key: Option<i64>,
    pub purchase_order: Option<i64>,
    pub notes: Option<String>,
    pub updated: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Track {
    pub pk: i64,
    pub item: Option<i64>,
    pub notes: Option<String>,
    pub tracking_type: i64,
}

#[derive(Debug, Deserialize)]
pub(super) struct Attachment {
    #[serde(default)]
    pub comment: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Order {
    pub pk: i64,
    pub reference: String,
    pub supplier_name: Option<String>,
    pub status: i64,
}

/// What a status means here. Codes of the operator's own carry a logical one in `status`.
pub(super) fn condition(status: i64, own: Option<i64>) -> Condition {
    match own.unwrap_or(status) {
        OK | INSTALLED => Condition::Good,
        RETURNED => Condition::Returned,
        ATTENTION => Condition::Repair,
        DESTROYED | REJECTED => Condition::Scrapped,
        LOST => Condition::Lost,
        other => Condition::Other(other.to_string()),
    }
}

/// The status that is written for a condition.
pub(super) fn status(condition: &Condition) -> Option<i64> {
    match condition {
        Condition::Good => Some(OK),
        Condition::Returned => Some(RETURNED),
        Condition::Repair => Some(ATTENTION),
        Condition::Scrapped => Some(DESTROYED),
        Condition::Lost => Some(LOST),
        Condition::Other(code) => code.parse().ok(),
    }
}

impl From<Item> for ItemSeen {
    fn from(item: Item) -> Self {
        let at = match (item.customer, item.location) {
            (Some(customer), _) => At::Holder(customer.to_string()),
            (None, Some(location)) => At::Place(location.to_string()),
            (None, None) => At::Nowhere,
        };
        Self {
            external_id: item.pk.to_string(),
            part: item.part.to_string(),
            serial: item.serial.unwrap_or_default(),
            standing: Standing { at, condition: condition(item.status, item.status_custom_key) },
            receipt: item.purchase_order.map(|po| po.to_string()),
            note: item.notes.unwrap_or_default(),
            updated: item.updated.unwrap_or_default(),
        }
    }
}

/// `op:…` at the beginning of a note, whole: `op:x-1` is not found in `op:x-12`.
pub(super) fn operation(note: &str) -> Option<String> {
    note.split_whitespace().next().filter(|word| word.starts_with("op:")).map(str::to_owned)
}

impl From<Track> for MoveSeen {
    fn from(track: Track) -> Self {
        Self {
            external_id: track.pk.to_string(),
            operation: track.notes.as_deref().and_then(operation),
            moves: MOVES.contains(&track.tracking_type),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_is_the_whole_first_word() {
        assert_eq!(operation("op:x-1 handed to Ana").as_deref(), Some("op:x-1"));
        assert_eq!(operation("op:x-12").as_deref(), Some("op:x-12"));
        assert_eq!(operation("see op:x-1"), None);
        assert_eq!(operation(""), None);
    }

    #[test]
    fn what_is_written_reads_back_as_the_same() {
        for wanted in [
            Condition::Good,
            Condition::Returned,
            Condition::Repair,
            Condition::Scrapped,
            Condition::Lost,
            Condition::Other("75".into()),
        ] {
            let code = status(&wanted).unwrap();
            assert_eq!(condition(code, Some(code)), wanted);
        }
        assert_eq!(condition(OK, Some(INSTALLED)), Condition::Good);
        assert_eq!(condition(OK, Some(230)), Condition::Other("230".into()));
    }
}
