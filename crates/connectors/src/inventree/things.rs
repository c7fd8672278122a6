//! Parts, places, companies: found by what identifies them, made when they are not there.

use bridge::asset::{AssetThing, HolderRecord, PartRecord, PlaceKind, PlaceRecord};
use kernel::{Fault, Result};
use serde_json::{Value, json};

use super::client::Client;
use super::wire::{Named, Page};

/// The parent of the bags that we make.
const BAGS: &str = "Tas teknisi";

pub(super) async fn ensure(client: &Client, thing: &AssetThing) -> Result<String> {
    let pk = match thing {
        AssetThing::Part(part) => ensure_part(client, part).await?,
        AssetThing::Place(place) => ensure_place(client, place).await?,
        AssetThing::Holder(holder) => ensure_holder(client, holder).await?,
    };
    Ok(pk.to_string())
}

fn twice(what: &str) -> Fault {
    Fault::conflict(
        "bridge.engine_twice",
        format!("Di InvenTree ada lebih dari satu {what}; satukan dulu."),
        format!("InvenTree has more than one {what}; make them one first."),
    )
}

fn one(found: Vec<Named>, what: &str) -> Result<Option<Named>> {
    let mut found = found.into_iter();
    match (found.next(), found.next()) {
        (_, Some(_)) => Err(twice(what)),
        (only, None) => Ok(only),
    }
}

/// Makes it and finds it again: what the answer says proves nothing, and a refusal may mean that somebody
/// made it just now.
async fn made(client: &Client, path: &str, body: &Value) -> Result<Option<Fault>> {
    match client.post(path, body).await {
        Ok(_) => Ok(None),
        Err(refused) if refused.code == "bridge.engine_refused" => Ok(Some(refused)),
        Err(fault) => Err(fault),
    }
}

fn not_made(refused: Option<Fault>, what: &str) -> Fault {
    refused.unwrap_or_else(|| lied(&format!("{what} is not there")))
}

/// It said that it was done, and it was not.
pub(super) fn lied(what: &str) -> Fault {
    Fault::conflict(
        "bridge.engine_lied",
        format!("InvenTree menjawab berhasil, tetapi tidak terjadi: {what}."),
        format!("InvenTree answered that it was done, and it was not: {what}."),
    )
}

async fn find_part(client: &Client, part: &PartRecord) -> Result<Option<Named>> {
    let query = [("IPN", part.sku.clone()), ("limit", "20".into())];
    let page: Option<Page<Named>> = client.get("api/part/", &query).await?;
    let found = page.map(|p| p.results).unwrap_or_default();
    let exact = found.into_iter().filter(|p| p.ipn.as_deref() == Some(part.sku.as_str())).collect();
    one(exact, &format!("part {}", part.sku))
}

async fn ensure_part(client: &Client, part: &PartRecord) -> Result<i64> {
    let mut refused = None;
    let mut found = find_part(client, part).await?;
    if found.is_none() {
        let body = json!({
            "name": part.name,
            "IPN": part.sku,
            "description": part.name,
            "keywords": part.kind,
            "trackable": part.serialized,
            "purchaseable": true,
            "salable": true,
            "active": true,
            "units": if part.unit == "m" { "m" } else { "" },
        });
        refused = made(client, "api/part/", &body).await?;
        found = find_part(client, part).await?;
    }
    let Some(found) = found else { return Err(not_made(refused, &part.sku)) };
    if part.serialized && !(found.trackable && found.salable) {
        return Err(Fault::conflict(
            "bridge.engine_part",
            format!("Part {} di InvenTree harus \"trackable\" dan \"salable\".", part.sku),
            format!("The part {} in InvenTree must be trackable and salable.", part.sku),
        ));
    }
    Ok(found.pk)
}

/// Names are matched here: the server only searches for what contains them.
async fn find_place(client: &Client, name: &str, structural: bool) -> Result<Option<Named>> {
    let tree: Option<Vec<Named>> = client.get("api/stock/location/tree/", &[]).await?;
    let found = tree.unwrap_or_default();
    let exact =
        found.into_iter().filter(|l| l.name == name && l.structural == structural).collect();
    one(exact, &format!("location {name}"))
}

async fn ensure_place(client: &Client, place: &PlaceRecord) -> Result<i64> {
    if let Some(found) = find_place(client, &place.name, false).await? {
        return Ok(found.pk);
    }
    let mut body = json!({ "name": place.name, "external": place.kind == PlaceKind::Supplier });
    if place.kind == PlaceKind::Bag {
        body["parent"] = json!(bags(client).await?);
    }
    let refused = made(client, "api/stock/location/", &body).await?;
    let found = find_place(client, &place.name, false).await?;
    found.map(|l| l.pk).ok_or_else(|| not_made(refused, &place.name))
}

/// The structural parent of all bags.
async fn bags(client: &Client) -> Result<i64> {
    if let Some(found) = find_place(client, BAGS, true).await? {
        return Ok(found.pk);
    }
    let body = json!({ "name": BAGS, "description": "Satu per teknisi", "structural": true });
    let refused = made(client, "api/stock/location/", &body).await?;
    let found = find_place(client, BAGS, true).await?;
    found.map(|l| l.pk).ok_or_else(|| not_made(refused, BAGS))
}

/// Its name is our number; people may have written more behind it.
async fn find_holder(client: &Client, holder: &HolderRecord) -> Result<Option<Named>> {
    let query = [
        ("search", holder.number.clone()),
        ("is_customer", "true".to_owned()),
        ("limit", "20".to_owned()),
    ];
    let page: Option<Page<Named>> = client.get("api/company/", &query).await?;
    let found = page.map(|p| p.results).unwrap_or_default();
    let exact = found
        .into_iter()
        .filter(|c| c.name.split_whitespace().next() == Some(holder.number.as_str()))
        .collect();
    one(exact, &format!("company {}", holder.number))
}

async fn ensure_holder(client: &Client, holder: &HolderRecord) -> Result<i64> {
    if let Some(found) = find_holder(client, holder).await? {
        return Ok(found.pk);
    }
    let body = json!({
        "name": holder.number,
        "description": holder.name,
        "is_customer": true,
        "is_supplier": false,
        "currency": "IDR",
    });
    let refused = made(client, "api/company/", &body).await?;
    let found = find_holder(client, holder).await?;
    found.map(|c| c.pk).ok_or_else(|| not_made(refused, &holder.number))
}
