//! Changes to items, each read back.

use bridge::asset::{At, ItemSeen, MoveOrder, NewItem, PhotoRecord};
use kernel::{Fault, Result};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use super::client::{Client, read};
use super::feed;
use super::things::lied;
use super::wire::{Attachment, INSTALLED, Item, Page, status};

/// Since then metadata of all models is at one address *(read in its source, not recorded)*.
const VERSION_METADATA_MOVED: i64 = 436;

fn cannot(what: &str) -> Fault {
    Fault::conflict(
        "bridge.engine_refused",
        format!("Tidak dapat dilakukan di InvenTree: {what}."),
        format!("This can't be done in InvenTree: {what}."),
    )
}

fn pk(text: &str) -> Result<i64> {
    text.parse().map_err(|_| Fault::bug(format!("the id {text}")))
}

/// One item a call: the field for serials is a language of its own (commas, spaces, ranges).
pub(super) async fn create(client: &Client, new: &NewItem) -> Result<ItemSeen> {
    let At::Place(place) = &new.standing.at else {
        return Err(cannot("a new item without a location"));
    };
    let body = json!({
        "part": pk(&new.part)?,
        "location": pk(place)?,
        "quantity": 1,
        "serial_numbers": new.serial,
        "status": status(&new.standing.condition),
        "notes": new.operation,
    });
    let made: Vec<Item> = read(client.post("api/stock/", &body).await?)?;
    let [made] = made.as_slice() else { return Err(lied("one item was to be made")) };
    if made.serial.as_deref() != Some(new.serial.as_str()) {
        return Err(lied(&format!("{} became {:?}", new.serial, made.serial)));
    }
    let id = made.pk.to_string();
    let metadata = json!({ "metadata": { "sambung": { "item": new.id, "mac": new.mac } } });
    let path = if client.version().await? >= VERSION_METADATA_MOVED {
        format!("api/metadata/stockitem/{id}/")
    } else {
        format!("api/stock/{id}/metadata/")
    };
    client.patch(&path, &metadata).await?;
    back(client, &id, &new.standing.fingerprint()).await
}

/// Reads the item and compares.
async fn back(client: &Client, id: &str, wanted: &str) -> Result<ItemSeen> {
    let Some(seen) = feed::item(client, id).await? else {
        return Err(lied(&format!("item {id} is gone")));
    };
    if seen.standing.fingerprint() == wanted {
        return Ok(seen);
    }
    let is = seen.standing.fingerprint();
    Err(lied(&format!("item {id} is at {is}, not {wanted}")))
}

pub(super) async fn move_to(
    client: &Client,
    from: &ItemSeen,
    order: &MoveOrder,
) -> Result<ItemSeen> {
    let id = pk(&from.external_id)?;
    let notes = format!("{} {}", order.operation, order.note);
    let notes = notes.trim_end();
    let code = status(&order.to.condition);
    let wanted = order.to.fingerprint();
    if from.standing.fingerprint() == wanted {
        return Ok(from.clone());
    }
    let line = json!({ "pk": id, "quantity": 1, "status": code });
    match (&from.standing.at, &order.to.at) {
        // Same place, another condition: here `items` are numbers and `note` is singular.
        (At::Place(here), At::Place(there)) if here == there => {
            let body = json!({ "items": [id], "status": code, "note": notes });
            client.post("api/stock/change_status/", &body).await?;
        }
        (At::Place(_) | At::Nowhere, At::Place(there)) => {
            let body = json!({ "items": [line], "location": pk(there)?, "notes": notes });
            client.post("api/stock/transfer/", &body).await?;
        }
        (At::Holder(_), At::Place(there)) => {
            let body = json!({ "items": [line], "location": pk(there)?, "notes": notes });
            client.post("api/stock/return/", &body).await?;
        }
        (At::Place(_) | At::Nowhere, At::Holder(who)) => {
            let body = json!({ "items": [{ "item": id }], "customer": pk(who)?, "notes": notes });
            client.post("api/stock/assign/", &body).await?;
            let seen = back(client, &from.external_id, &wanted).await?;
            installed(client, id, &order.operation).await?;
            return Ok(seen);
        }
        (At::Holder(_), At::Holder(_)) => return Err(cannot("from customer to customer")),
        (_, At::Nowhere) => return Err(cannot("to nowhere")),
    }
    back(client, &from.external_id, &wanted).await
}

/// Shows in lists that it is installed, where the code for it exists. Only `change_status` takes own codes
/// before the server was restarted.
async fn installed(client: &Client, id: i64, operation: &str) -> Result<()> {
    if !client.knows_installed().await? {
        return Ok(());
    }
    let body = json!({ "items": [id], "status": INSTALLED, "note": operation });
    match client.post("api/stock/change_status/", &body).await {
        // It is where it is to be; the label is for people.
        Err(refused) if refused.code == "bridge.engine_refused" => {
            tracing::warn!(item = id, %refused, "the status for installed items was refused");
            Ok(())
        }
        other => other.map(drop),
    }
}

/// Hangs a picture on an item, unless one of this operation hangs there.
pub(super) async fn attach(client: &Client, external_id: &str, photo: &PhotoRecord) -> Result<()> {
    let query = [
        ("model_type", "stockitem".to_owned()),
        ("model_id", external_id.to_owned()),
        ("limit", "100".to_owned()),
    ];
    let there = || async {
        let page: Option<Page<Attachment>> = client.get("api/attachment/", &query).await?;
        let all = page.map(|p| p.results).unwrap_or_default();
        let operation = Some(photo.operation.as_str());
        Ok::<bool, Fault>(all.iter().any(|a| a.comment.as_deref() == operation))
    };
    if there().await? {
        return Ok(());
    }
    let file = Part::bytes(photo.bytes.clone())
        .file_name(photo.file_name.clone())
        .mime_str(&photo.mime)
        .map_err(|e| Fault::bug(format!("the photo's type: {e}")))?;
    let form = Form::new()
        .text("model_type", "stockitem")
        .text("model_id", external_id.to_owned())
        .text("comment", photo.operation.clone())
        .part("attachment", file);
    let _: Value = client.upload("api/attachment/", form).await?;
    if there().await? { Ok(()) } else { Err(lied("the photo does not hang there")) }
}
