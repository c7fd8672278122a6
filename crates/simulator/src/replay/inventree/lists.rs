//! Lists: paging, filters, and what they silently ignore.

use serde_json::{Value, json};

use super::reply::{Asked, Reply};
use super::world::{Item, World};

const BAD_CHOICE: &str = "Select a valid choice. That choice is not one of the available choices.";

/// A bare list without `limit`, a page with it. `offset` alone is ignored.
pub(super) fn page(asked: &Asked, all: Vec<Value>) -> Reply {
    let Some(limit) = asked.q("limit").and_then(|l| l.parse::<usize>().ok()).filter(|l| *l > 0)
    else {
        return Reply::new(200, Value::Array(all));
    };
    let offset: usize = asked.q("offset").and_then(|o| o.parse().ok()).unwrap_or(0);
    let count = all.len();
    let next = (offset + limit < count).then(|| link(asked, offset + limit));
    let previous = (offset > 0).then(|| link(asked, offset.saturating_sub(limit)));
    let results: Vec<Value> = all.into_iter().skip(offset).take(limit).collect();
    Reply::new(
        200,
        json!({ "count": count, "next": next, "previous": previous, "results": results }),
    )
}

fn link(asked: &Asked, offset: usize) -> String {
    let mut query: Vec<(String, String)> =
        asked.query.iter().filter(|(k, _)| k != "offset").cloned().collect();
    if offset > 0 {
        query.push(("offset".into(), offset.to_string()));
    }
    query.sort();
    let query: Vec<String> = query.iter().map(|(k, v)| format!("{k}={v}")).collect();
    format!("http://{}{}?{}", asked.host, asked.path, query.join("&"))
}

fn contains(text: &str, search: &str) -> bool {
    text.to_lowercase().contains(&search.to_lowercase())
}

/// `GET /api/stock/`.
pub(super) fn stock(world: &World, asked: &Asked) -> Reply {
    if let Some(part) = asked.q("part")
        && part.parse().ok().and_then(|pk| world.thing("part", pk)).is_none()
    {
        return Reply::wrong("part", BAD_CHOICE);
    }
    if let Some(day) = asked.q("updated_after")
        && (day.len() != 10 || day.bytes().any(|b| !b.is_ascii_digit() && b != b'-'))
    {
        return Reply::wrong("updated_after", "Enter a valid date.");
    }
    let mut found: Vec<&Item> = world.items.values().filter(|i| wanted(world, asked, i)).collect();
    match asked.q("ordering") {
        Some("-updated") => found.sort_by_key(|i| std::cmp::Reverse((i.updated, i.touched))),
        Some("updated") => found.sort_by_key(|i| (i.updated, i.touched)),
        _ => found.sort_by(|a, b| {
            let name = |i: &Item| world.thing("part", i.part).map(|p| p["name"].to_string());
            name(a)
                .cmp(&name(b))
                .then(a.quantity.total_cmp(&b.quantity))
                .then((a.location, a.pk).cmp(&(b.location, b.pk)))
        }),
    }
    let all = found
        .into_iter()
        .map(|item| {
            let mut out = world.item_json(item, true);
            if asked.is("location_detail") {
                out["location_detail"] = world.location_brief(item.location);
            }
            if asked.is("supplier_part_detail") {
                out["supplier_part_detail"] = Value::Null;
            }
            if asked.is("path_detail") {
                out["location_path"] = path_of(world, item.location);
            }
            out
        })
        .collect();
    page(asked, all)
}

fn path_of(world: &World, location: Option<i64>) -> Value {
    let mut path = Vec::new();
    let mut next = location;
    while let Some(place) = next.and_then(|pk| world.thing("location", pk)) {
        path.insert(0, json!({ "pk": place["pk"], "name": place["name"], "icon": place["icon"] }));
        next = place["parent"].as_i64();
    }
    Value::Array(path)
}

fn wanted(world: &World, asked: &Asked, item: &Item) -> bool {
    let number = |name: &str| asked.q(name).and_then(|v| v.parse::<i64>().ok());
    let truth = |name: &str, is: bool| match asked.q(name) {
        Some("true") => is,
        Some("false") => !is,
        _ => true,
    };
    let part = world.thing("part", item.part);
    let ipn = part.and_then(|p| p["IPN"].as_str()).unwrap_or("");
    // A location that does not exist is no filter at all.
    let place = match number("location").filter(|l| world.thing("location", *l).is_some()) {
        None => true,
        Some(wanted) if asked.is("cascade") => within(world, item.location, wanted),
        Some(wanted) => item.location == Some(wanted),
    };
    let found = match asked.q("search") {
        None | Some("") => true,
        Some(search) => [item.serial.as_deref().unwrap_or(""), &item.batch, ipn]
            .iter()
            .any(|text| contains(text, search)),
    };
    place
        && found
        && number("part").is_none_or(|p| p == item.part)
        && asked.q("serial").is_none_or(|s| item.serial.as_deref() == Some(s))
        && asked.q("IPN").is_none_or(|i| i == ipn)
        && number("customer").is_none_or(|c| item.customer == Some(c))
        && number("status").is_none_or(|s| item.status == s || item.custom_status == s)
        && truth("in_stock", item.customer.is_none() && item.quantity > 0.0)
        && truth("serialized", item.serial.is_some())
        && truth("sent_to_customer", item.customer.is_some())
        && asked
            .q("updated_after")
            .is_none_or(|day| world.minute(item.updated).get(..10).unwrap_or("") >= day)
}

fn within(world: &World, mut place: Option<i64>, wanted: i64) -> bool {
    while let Some(pk) = place {
        if pk == wanted {
            return true;
        }
        place = world.thing("location", pk).and_then(|l| l["parent"].as_i64());
    }
    false
}

/// `GET /api/stock/track/`: newest first; an item that is gone is no valid choice.
pub(super) fn track(world: &World, asked: &Asked) -> Reply {
    let item = match asked.q("item") {
        None => None,
        Some(pk) => match pk.parse().ok().filter(|pk| world.items.contains_key(pk)) {
            Some(pk) => Some(pk),
            None => return Reply::wrong("item", BAD_CHOICE),
        },
    };
    let labels = super::world::recorded!("204-tracking-status-codes");
    let label = |kind: i64| {
        labels["StockHistoryCode"]["values"]
            .as_object()
            .and_then(|codes| codes.values().find(|c| c["key"] == kind).map(|c| c["label"].clone()))
    };
    let all = world
        .tracks
        .iter()
        .rev()
        .filter(|t| item.is_none_or(|pk| pk == t.item))
        .filter(|t| asked.q("search").is_none_or(|s| contains(&t.notes, s)))
        .map(|t| {
            let mut out = json!({
                "pk": t.pk, "item": t.item, "date": world.minute(t.at), "deltas": t.deltas,
                "label": label(t.kind), "notes": t.notes, "tracking_type": t.kind, "user": t.user
            });
            if asked.is("item_detail") {
                out["item_detail"] = world.items.get(&t.item).map_or(Value::Null, |i| {
                    let mut item = world.item_json(i, false);
                    item["location_detail"] = world.location_brief(i.location);
                    item["supplier_part_detail"] = Value::Null;
                    item
                });
            }
            if asked.is("user_detail") {
                out["user_detail"] = super::things::person(t.user);
            }
            out
        })
        .collect();
    page(asked, all)
}
