//! Receiving serialized devices into a warehouse, by continuous scan: a verdict a line, one typo does not
//! reject the rest.

use kernel::{Event, Fault, Field, ItemId, ItemTypeId, LocationId, Permission, Result};
use serde::Serialize;
use serde_json::json;
use store::{Lock, QueryExt, Tx, args, row};

use crate::item::{Owner, find_type};
use crate::location::{self, LocationKind};
use crate::moves::{To, record};
use crate::purchase::PurchaseLineId;
use crate::state::{How, ItemState};

/// A scanned label.
#[derive(Clone, Debug)]
pub struct Line {
    pub serial: String,
    pub mac: Option<String>,
}

/// What became of a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    Received {
        item: ItemId,
    },
    /// The same label was scanned before, here and now.
    Again {
        item: ItemId,
    },
    Refused {
        code: String,
        id: String,
        en: String,
    },
}

/// A serial as stored: upper case, without spaces; QR texts of our own labels are unpacked.
///
/// # Errors
/// `invalid_fields` unless it is 4–40 letters, digits, `-`, `.`, `/`.
pub fn serial_of(text: &str) -> Result<String> {
    let text = text.trim();
    let text = text.strip_prefix("SMB:SN:").unwrap_or(text).to_ascii_uppercase();
    let fine = (4..=40).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-./".contains(&b));
    if fine {
        return Ok(text);
    }
    Err(Fault::fields(vec![Field::new(
        "serial",
        "format",
        "bukan nomor seri (4–40 huruf/angka)",
        "is not a serial number (4–40 letters or digits)",
    )]))
}

/// A MAC in any notation as `AA:BB:CC:DD:EE:FF`.
///
/// # Errors
/// `invalid_fields` unless it is six bytes.
pub fn mac_of(text: &str) -> Result<String> {
    let hex: String = text.chars().filter(|c| !":-. ".contains(*c)).collect();
    if hex.len() != 12 || !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(Fault::fields(vec![Field::new(
            "mac",
            "format",
            "bukan alamat MAC (12 digit heksadesimal)",
            "is not a MAC address (12 hexadecimal digits)",
        )]));
    }
    let hex = hex.to_ascii_uppercase();
    let pairs: Vec<&str> = (0..6).filter_map(|i| hex.get(i * 2..i * 2 + 2)).collect();
    Ok(pairs.join(":"))
}

/// Receives lines into a warehouse. `document` names the delivery (surat jalan). For an order's line there is
/// [`crate::purchase::receive_scanned`].
///
/// # Errors
/// When the type is not serialized or the place is no warehouse; a bad line is a [`Verdict`], not an error.
pub async fn receive(
    tx: &mut Tx,
    warehouse: LocationId,
    item_type: ItemTypeId,
    lines: &[Line],
    how: &How,
    document: &str,
) -> Result<Vec<Verdict>> {
    deliver(tx, (warehouse, item_type), lines, how, document, None).await
}

/// The order's line that devices are received for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Against {
    pub line: PurchaseLineId,
    /// How many more it takes; `None`: any number.
    pub left: Option<i64>,
}

/// Receives lines into a warehouse, for an order's line when there is one. The caller holds its order's lock.
pub(crate) async fn deliver(
    tx: &mut Tx,
    (warehouse, item_type): (LocationId, ItemTypeId),
    lines: &[Line],
    how: &How,
    document: &str,
    mut against: Option<&mut Against>,
) -> Result<Vec<Verdict>> {
    tx.actor().require(Permission::StockWrite)?;
    how.check()?;
    let scope = tx.actor().scope.clone();
    let place = location::find(tx, &scope, warehouse).await?;
    if place.kind != LocationKind::Warehouse {
        return Err(Fault::field("warehouse", "kind", "bukan gudang", "is not a warehouse"));
    }
    let kind = find_type(tx, item_type).await?;
    if !kind.serialized {
        return Err(Fault::field(
            "type",
            "serialized",
            "tidak ber-nomor seri",
            "has no serial numbers",
        ));
    }
    // One delivery at a time: the same label scanned at two desks is received once.
    tx.lock(Lock::Named("inventory:receive")).await?;
    let mut verdicts = Vec::with_capacity(lines.len());
    for line in lines {
        let against = against.as_deref_mut();
        if let Some(refused) = taken_or_full(tx, &place, line, against.as_deref()).await? {
            verdicts.push(refused);
            continue;
        }
        let to =
            To { location: place.id, state: ItemState::InStock, subscription: None, how, document };
        let item = put(tx, (&place, item_type), line, &to, against.as_deref()).await?;
        if let Some(Against { left: Some(left), .. }) = against {
            *left -= 1;
        }
        verdicts.push(Verdict::Received { item });
    }
    Ok(verdicts)
}

/// A serial and a MAC as stored.
fn label_of(line: &Line) -> Result<(String, Option<String>)> {
    let serial = serial_of(&line.serial)?;
    Ok((serial, line.mac.as_deref().map(mac_of).transpose()?))
}

/// Why a label is not received now: it is none, it is on record, or the order's line has all it waits for.
async fn taken_or_full(
    tx: &mut Tx,
    place: &location::Location,
    line: &Line,
    against: Option<&Against>,
) -> Result<Option<Verdict>> {
    let (serial, mac) = match label_of(line) {
        Ok(label) => label,
        Err(fault) => {
            let field = fault.fields.first();
            let (id, en) = field.map_or((fault.id.clone(), fault.en.clone()), |f| {
                (format!("{}: {}", line.serial, f.id), format!("{}: {}", line.serial, f.en))
            });
            return Ok(Some(Verdict::Refused { code: "inventory.bad_label".into(), id, en }));
        }
    };
    let known: Option<Known> = tx
        .row_opt(
            "select id, location_id, serial, mac, purchase_line_id from inventory_item
             where serial = $1 or mac = $2 order by serial = $1 desc limit 1",
            args![serial, mac],
        )
        .await?;
    if let Some(known) = known {
        let same = known.serial == serial && known.mac == mac && known.location_id == place.id;
        // What came in without the order, or for another, is not counted for this one.
        let ours = against.is_none_or(|against| known.purchase_line_id == Some(against.line));
        return Ok(Some(if same && ours {
            Verdict::Again { item: known.id }
        } else {
            Verdict::Refused {
                code: "inventory.known".into(),
                id: format!("{serial} sudah tercatat (SN {}).", known.serial),
                en: format!("{serial} is on record already (SN {}).", known.serial),
            }
        }));
    }
    if against.is_some_and(|against| against.left.is_some_and(|left| left <= 0)) {
        return Ok(Some(Verdict::Refused {
            code: "inventory.more_than_ordered".into(),
            id: format!("{serial}: lebih dari yang dipesan."),
            en: format!("{serial}: more than was ordered."),
        }));
    }
    Ok(None)
}

row! {
    struct Known { id: ItemId, location_id: LocationId, serial: String, mac: Option<String>,
        purchase_line_id: Option<PurchaseLineId> }
}

/// Writes a device that nobody knew.
async fn put(
    tx: &mut Tx,
    (place, item_type): (&location::Location, ItemTypeId),
    line: &Line,
    to: &To<'_>,
    against: Option<&Against>,
) -> Result<ItemId> {
    let (serial, mac) = label_of(line)?;
    let item: ItemId = tx.new_id();
    let of = against.map(|against| against.line);
    tx.exec(
        "insert into inventory_item (id, type_id, serial, mac, state, location_id, owner, branch_id,
           version, received_at, purchase_line_id) values ($1,$2,$3,$4,$5,$6,$7,$8,1,$9,$10)",
        args![
            item, item_type, serial, mac, to.state, place.id, Owner::Isp, place.branch_id, tx.now(),
            of
        ],
    )
    .await?;
    record(tx, item, None, to, 1).await?;
    let after = json!({ "serial": serial, "location": place.id, "document": to.document });
    tx.journal("item", item.uuid(), "received", json!(null), after).await?;
    tx.emit(Event::ItemMoved { item });
    Ok(item)
}
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mac_or_serial_in_any_notation_is_one() {
        for text in ["aa:bb:cc:dd:ee:01", "AA-BB-CC-DD-EE-01", "aabb.ccdd.ee01", "AABBCCDDEE01"] {
            assert_eq!(mac_of(text).unwrap(), "AA:BB:CC:DD:EE:01");
        }
        assert!(mac_of("AA:BB").is_err());
        assert_eq!(serial_of(" SMB:SN:zteg1234 ").unwrap(), "ZTEG1234");
        assert!(serial_of("x").is_err() && serial_of("a b c d").is_err());
    }
}
