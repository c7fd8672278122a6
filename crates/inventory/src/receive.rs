//! Receiving serialized devices into a warehouse, by continuous scan: a verdict a line, one typo does not
//! reject the rest.

use kernel::{Event, Fault, Field, ItemId, ItemTypeId, LocationId, Permission, Result};
use serde::Serialize;
use serde_json::json;
use store::{Lock, QueryExt, Tx, args};

use crate::item::{Owner, find_type};
use crate::location::{self, LocationKind};
use crate::moves::{To, record};
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

/// Receives lines into a warehouse. `document` names the delivery (surat jalan, PO).
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
        verdicts.push(one(tx, &place, item_type, line, how, document).await?);
    }
    Ok(verdicts)
}

async fn one(
    tx: &mut Tx,
    place: &location::Location,
    item_type: ItemTypeId,
    line: &Line,
    how: &How,
    document: &str,
) -> Result<Verdict> {
    let parsed = serial_of(&line.serial)
        .and_then(|serial| Ok((serial, line.mac.as_deref().map(mac_of).transpose()?)));
    let (serial, mac) = match parsed {
        Ok(parsed) => parsed,
        Err(fault) => {
            let field = fault.fields.first();
            let (id, en) = field.map_or((fault.id.clone(), fault.en.clone()), |f| {
                (format!("{}: {}", line.serial, f.id), format!("{}: {}", line.serial, f.en))
            });
            return Ok(Verdict::Refused { code: "inventory.bad_label".into(), id, en });
        }
    };
    let known: Option<(ItemId, LocationId, String, Option<String>)> = tx
        .row_opt(
            "select id, location_id, serial, mac from inventory_item where serial = $1 or mac = $2
             order by serial = $1 desc limit 1",
            args![serial, mac],
        )
        .await?;
    if let Some((item, location, known_serial, known_mac)) = known {
        let same = known_serial == serial && known_mac == mac && location == place.id;
        return Ok(if same {
            Verdict::Again { item }
        } else {
            Verdict::Refused {
                code: "inventory.known".into(),
                id: format!("{serial} sudah tercatat (SN {known_serial})."),
                en: format!("{serial} is on record already (SN {known_serial})."),
            }
        });
    }
    let item: ItemId = tx.new_id();
    tx.exec(
        "insert into inventory_item (id, type_id, serial, mac, state, location_id, owner, branch_id,
           version, received_at) values ($1,$2,$3,$4,$5,$6,$7,$8,1,$9)",
        args![
            item, item_type, serial, mac, ItemState::InStock, place.id, Owner::Isp, place.branch_id,
            tx.now()
        ],
    )
    .await?;
    let to =
        To { location: place.id, state: ItemState::InStock, subscription: None, how, document };
    record(tx, item, None, &to, 1).await?;
    let after = json!({ "serial": serial, "location": place.id, "document": document });
    tx.journal("item", item.uuid(), "received", json!(null), after).await?;
    tx.emit(Event::ItemMoved { item });
    Ok(Verdict::Received { item })
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
