//! Changes to stock items, with what they were recorded to get wrong.

use serde_json::{Map, Value, json};

use super::reply::{Asked, Outcome, Reply, change, unknown};
use super::world::{Item, World};

const STRUCTURAL: &str = "Stock items cannot be located into structural stock locations!";

fn gone(pk: &Value) -> String {
    let pk = pk.as_str().map_or_else(|| pk.to_string(), str::to_owned);
    format!("Invalid pk \"{pk}\" - object does not exist.")
}

/// A number, also as text: the mobile app sends those.
pub(super) fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok())
}
pub(super) fn whole(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

pub(super) fn route(world: &World, asked: &Asked, rest: &[&str], get: bool) -> Outcome {
    match (rest, asked.method.as_str()) {
        ([], "POST") => create(world, asked),
        ([], "DELETE") => {
            let pks: Vec<i64> =
                asked.body["items"].as_array().into_iter().flatten().filter_map(whole).collect();
            change(move |world| {
                for pk in &pks {
                    world.delete_item(*pk);
                }
                Reply::new(200, json!({ "success": format!("Deleted {} items", pks.len()) }))
            })
        }
        (["transfer" | "return" | "count" | "add" | "remove"], "POST") => {
            adjust(world, asked, rest[0])
        }
        (["assign"], "POST") => assign(world, asked),
        (["change_status"], "POST") => change_status(world, asked),
        (["transfer" | "return" | "count" | "add" | "remove" | "assign" | "change_status"], _) => {
            Reply::detail(405, &format!("Method \"{}\" not allowed.", asked.method)).into()
        }
        ([pk, tail @ ..], _) => match pk.parse::<i64>() {
            Ok(pk) => one(world, asked, pk, tail, get),
            Err(_) => unknown(asked),
        },
        _ => unknown(asked),
    }
}

fn one(world: &World, asked: &Asked, pk: i64, tail: &[&str], get: bool) -> Outcome {
    if !matches!(tail, [] | ["metadata"]) {
        return unknown(asked);
    }
    let Some(item) = world.items.get(&pk) else {
        return Reply::detail(404, "No StockItem matches the given query.").into();
    };
    match (tail, asked.method.as_str()) {
        ([], _) if get => {
            let mut out = world.item_json(item, true);
            if asked.is("location_detail") {
                out["location_detail"] = world.location_brief(item.location);
            }
            Reply::new(200, out).into()
        }
        ([], "PATCH") => patch(world, asked, item),
        ([], "DELETE") => change(move |world| {
            world.delete_item(pk);
            Reply::new(204, Value::Null)
        }),
        (["metadata"], _) if get => Reply::new(200, json!({ "metadata": item.metadata })).into(),
        (["metadata"], "PATCH" | "PUT") => {
            let Some(new) = asked.body["metadata"].as_object().cloned() else {
                return value_error(&asked.path).into();
            };
            let merge = asked.method == axum::http::Method::PATCH;
            change(move |world| {
                let Some(item) = world.touch(pk) else { return Reply::detail(404, "Not found.") };
                if !merge {
                    item.metadata = Map::new();
                }
                item.metadata.extend(new);
                Reply::new(200, json!({ "metadata": item.metadata }))
            })
        }
        _ => Reply::not_recorded(asked).into(),
    }
}

pub(super) fn value_error(path: &str) -> Reply {
    let mut body = super::world::recorded!("174-error-metadata-not-object");
    body["path"] = json!(path);
    Reply::new(500, body)
}

/// PATCH moves an item without a row in its history.
fn patch(world: &World, asked: &Asked, item: &Item) -> Outcome {
    let pk = item.pk;
    if let Some(serial) = asked.body["serial"].as_str()
        && world
            .items
            .values()
            .any(|i| i.pk != pk && i.part == item.part && i.serial.as_deref() == Some(serial))
    {
        let text = format!("Stock item with this serial number already exists: {serial}");
        return Reply::wrong("serial", &text).into();
    }
    let body = asked.body.clone();
    let known = ["location", "serial", "notes", "link", "batch", "tags"];
    if body.as_object().is_some_and(|b| b.keys().any(|k| !known.contains(&k.as_str()))) {
        return Reply::not_recorded(asked).into();
    }
    change(move |world| {
        let Some(item) = world.touch(pk) else { return Reply::detail(404, "Not found.") };
        let text = |name: &str| body[name].as_str().map(str::to_owned);
        if body.get("location").is_some() {
            item.location = body["location"].as_i64();
        }
        item.serial = text("serial").or(item.serial.take());
        item.notes = text("notes").or(item.notes.take());
        item.link = text("link").unwrap_or(std::mem::take(&mut item.link));
        item.batch = text("batch").unwrap_or(std::mem::take(&mut item.batch));
        if body["tags"].is_array() {
            item.tags = body["tags"].clone();
        }
        let item = item.clone();
        Reply::new(200, world.item_json(&item, true))
    })
}

/// The serials of one text field: commas and spaces; a range when that makes the quantity right.
pub(super) fn serials(text: &str, quantity: f64) -> Vec<String> {
    let listed: Vec<String> =
        text.split([',', ' ']).filter(|s| !s.is_empty()).map(str::to_owned).collect();
    if let [only] = listed.as_slice()
        && let Some((from, to)) = only.split_once('-')
        && let (Ok(from), Ok(to)) = (from.parse::<i64>(), to.parse::<i64>())
        && quantity > 1.0
        && from < to
    {
        return (from..=to).map(|n| n.to_string()).collect();
    }
    listed
}

/// Which of the serials exist already, as far as this server looks.
pub(super) fn taken(world: &World, part: i64, serials: &[String]) -> Vec<String> {
    serials
        .iter()
        .filter(|s| {
            world
                .items
                .values()
                .any(|i| (world.serials_unique || i.part == part) && i.serial.as_deref() == Some(s))
        })
        .cloned()
        .collect()
}

fn create(world: &World, asked: &Asked) -> Outcome {
    let body = &asked.body;
    let mut wrong = json!({});
    let quantity = number(&body["quantity"]);
    if quantity.is_none() {
        wrong["quantity"] = json!(["Invalid value"]);
    }
    let location = whole(&body["location"]);
    if !body["location"].is_null() {
        match location.and_then(|l| world.thing("location", l)) {
            None => wrong["location"] = json!([gone(&body["location"])]),
            Some(l) if l["structural"] == true => wrong["location"] = json!([STRUCTURAL]),
            Some(_) => {}
        }
    }
    let Some(part) = whole(&body["part"]).and_then(|p| world.thing("part", p)) else {
        return Reply::wrong("part", &gone(&body["part"])).into();
    };
    let (Some(quantity), true) = (quantity, wrong == json!({})) else {
        return Reply::new(400, wrong).into();
    };
    let part_pk = part["pk"].as_i64().unwrap_or(0);
    let text = asked.text("serial_numbers");
    if !text.is_empty() && part["trackable"] != true {
        let text = "Serial numbers cannot be supplied for a non-trackable part";
        return Reply::wrong("serial_numbers", text).into();
    }
    let serials = serials(text, quantity);
    #[expect(clippy::cast_precision_loss, reason = "a handful of serials")]
    if !text.is_empty() && serials.len() as f64 != quantity {
        let text = format!(
            "Number of unique serial numbers ({}) must match quantity ({quantity})",
            serials.len()
        );
        return Reply::new(400, json!({ "quantity": [text], "serial_numbers": [text] })).into();
    }
    let known = taken(world, part_pk, &serials);
    if !known.is_empty() {
        let text = format!(
            "The following serial numbers already exist or are invalid : {}",
            known.join(", ")
        );
        return Reply::wrong("serial_numbers", &text).into();
    }
    let template = Item {
        notes: body["notes"].as_str().map(str::to_owned),
        batch: asked.text("batch").to_owned(),
        link: asked.text("link").to_owned(),
        status: whole(&body["status"]).unwrap_or(10),
        custom_status: whole(&body["status"]).unwrap_or(10),
        price: number(&body["purchase_price"]),
        ..blank(part_pk, location)
    };
    let user = asked.user_pk();
    change(move |world| made(world, &template, &serials, quantity, user))
}

pub(super) fn blank(part: i64, location: Option<i64>) -> Item {
    Item {
        pk: 0,
        part,
        quantity: 1.0,
        serial: None,
        batch: String::new(),
        location,
        customer: None,
        status: 10,
        custom_status: 10,
        link: String::new(),
        notes: None,
        parent: None,
        purchase_order: None,
        price: None,
        delete_on_deplete: true,
        counted_on: None,
        tags: json!([]),
        updated: kernel::Ts::default(),
        touched: 0,
        metadata: Map::new(),
    }
}

/// Adds the items and answers them as a list.
fn made(
    world: &mut World,
    template: &Item,
    serials: &[String],
    quantity: f64,
    user: Option<i64>,
) -> Reply {
    let mut answer = Vec::new();
    if serials.is_empty() {
        let pk = world.add_item(Item { quantity, ..template.clone() }, user, &[1]);
        if let Some(item) = world.items.get(&pk) {
            answer.push(world.item_json(item, false));
        }
    }
    for serial in serials {
        let item = Item { serial: Some(serial.clone()), ..template.clone() };
        let pk = world.add_item(item, user, &[1]);
        if let Some(item) = world.items.get(&pk) {
            let mut out = world.item_json(item, true);
            out["location_detail"] = world.location_brief(item.location);
            out["supplier_part_detail"] = Value::Null;
            answer.push(out);
        }
    }
    Reply::new(201, Value::Array(answer))
}

struct Line {
    pk: i64,
    quantity: f64,
    status: Option<i64>,
}

/// transfer, return, count, add, remove: all or nothing, checked before anything moves.
fn adjust(world: &World, asked: &Asked, verb: &str) -> Outcome {
    let body = &asked.body;
    let needs_place = matches!(verb, "transfer" | "return");
    let mut missing = json!({});
    for (name, needed) in [("items", true), ("location", needs_place)] {
        if needed && body.get(name).is_none() {
            missing[name] = json!(["This field is required."]);
        }
    }
    if missing != json!({}) {
        return Reply::new(400, missing).into();
    }
    let place = whole(&body["location"]);
    let found = place.and_then(|l| world.thing("location", l));
    // A structural place reads as if it did not exist.
    if needs_place && found.is_none_or(|l| l["structural"] == true) {
        return Reply::wrong("location", &gone(&body["location"])).into();
    }
    let items = body["items"].as_array().cloned().unwrap_or_default();
    if items.is_empty() {
        return Reply::wrong("non_field_errors", "A list of stock items must be provided").into();
    }
    let mut lines = Vec::new();
    let mut wrongs = Vec::new();
    for item in &items {
        match line(world, item, verb) {
            Ok(line) => {
                lines.push(line);
                wrongs.push(json!({}));
            }
            Err(wrong) => wrongs.push(wrong),
        }
    }
    if lines.len() != items.len() {
        return Reply::new(400, json!({ "items": wrongs })).into();
    }
    let mut echo = body.clone();
    for (echoed, line) in echo["items"].as_array_mut().into_iter().flatten().zip(&lines) {
        *echoed = json!({
            "pk": line.pk, "quantity": format!("{:.5}", line.quantity), "status": line.status
        });
    }
    if verb == "return" {
        echo["merge"] = json!(false);
    }
    let by = (asked.text("notes").to_owned(), asked.user_pk());
    // Quantities are read now and written then: what others wrote in between is lost.
    let before: Vec<f64> = lines.iter().map(|l| world.items[&l.pk].quantity).collect();
    let verb = verb.to_owned();
    change(move |world| {
        for (n, (line, before)) in lines.iter().zip(before).enumerate() {
            let place = place.unwrap_or(0);
            match verb.as_str() {
                "transfer" => transfer(world, line, place, &by),
                "return" => give_back(world, line, place, &by),
                verb => count(world, line, before, verb, &by),
            }
            if !world.items.contains_key(&line.pk) {
                echo["items"][n]["pk"] = Value::Null;
            }
        }
        Reply::new(201, echo)
    })
}

fn line(world: &World, item: &Value, verb: &str) -> Result<Line, Value> {
    let Some(pk) = whole(&item["pk"]) else {
        return Err(json!({ "pk": ["This field is required."] }));
    };
    let Some(known) = world.items.get(&pk) else {
        return Err(json!({ "pk": [gone(&item["pk"])] }));
    };
    let Some(quantity) = number(&item["quantity"]) else {
        return Err(json!({ "quantity": ["This field is required."] }));
    };
    let status = whole(&item["status"]);
    if let Some(code) = status
        && world.status(code, false).is_none()
    {
        return Err(json!({ "status": [format!("\"{code}\" is not a valid choice.")] }));
    }
    match (verb, known.customer.is_some()) {
        ("transfer", true) => Err(json!({ "pk": ["Stock item is not in stock"] })),
        ("return", false) => Err(json!({ "pk": ["Stock item is already in stock"] })),
        _ => Ok(Line { pk, quantity, status }),
    }
}

type By = (String, Option<i64>);

fn set_status(world: &World, item: &mut Item, code: i64) {
    item.custom_status = code;
    item.status = world.status(code, true).map_or(code, |s| s.0);
}

fn transfer(world: &mut World, line: &Line, place: i64, by: &By) {
    let Some(item) = world.items.get(&line.pk).cloned() else { return };
    if item.serial.is_some() && line.quantity < item.quantity {
        // 201, and nothing moved.
        return;
    }
    if line.quantity < item.quantity {
        let rest = item.quantity - line.quantity;
        let child = Item {
            quantity: line.quantity,
            location: Some(place),
            parent: Some(item.pk),
            counted_on: None,
            ..item.clone()
        };
        world.add_item(child, by.1, &[]);
        let child = world.made.get("item").copied().unwrap_or(0);
        world.track(child, 40, json!({ "stockitem": item.pk, "location": place }), &by.0, by.1);
        if let Some(item) = world.touch(item.pk) {
            item.quantity = rest;
        }
        world.track(item.pk, 42, json!({ "stockitem": child, "quantity": rest }), &by.0, by.1);
        return;
    }
    let mut deltas = json!({});
    let moved = item.location != Some(place);
    if moved {
        deltas["location"] = json!(place);
    }
    if let Some(code) = line.status {
        deltas["status"] = json!(code);
    }
    let mut new = Item { location: Some(place), ..item };
    if let Some(code) = line.status {
        set_status(world, &mut new, code);
    }
    if let Some(item) = world.touch(line.pk) {
        (item.location, item.status, item.custom_status) =
            (new.location, new.status, new.custom_status);
    }
    world.track(line.pk, if moved { 20 } else { 25 }, deltas, &by.0, by.1);
}

fn give_back(world: &mut World, line: &Line, place: i64, by: &By) {
    let Some(mut new) = world.items.get(&line.pk).cloned() else { return };
    let mut deltas = json!({ "location": place, "customer": new.customer });
    if let Some(code) = line.status {
        set_status(world, &mut new, code);
        world.track(line.pk, 5, json!({ "status": code }), "", None);
        deltas["status"] = json!(code);
    }
    if let Some(item) = world.touch(line.pk) {
        (item.location, item.customer) = (Some(place), None);
        (item.status, item.custom_status) = (new.status, new.custom_status);
    }
    world.track(line.pk, 15, deltas, &by.0, by.1);
}

fn count(world: &mut World, line: &Line, before: f64, verb: &str, by: &By) {
    let Some(item) = world.items.get(&line.pk) else { return };
    if item.serial.is_some() {
        // 201, and nothing changed.
        return;
    }
    let (after, kind) = match verb {
        "count" => (line.quantity, 10),
        "add" => (before + line.quantity, 11),
        _ => ((before - line.quantity).max(0.0), 12),
    };
    if after <= 0.0 && item.delete_on_deplete && verb == "remove" {
        world.delete_item(line.pk);
        return;
    }
    let day = world.day();
    if let Some(item) = world.touch(line.pk) {
        item.quantity = after;
        if verb == "count" {
            item.counted_on = Some(day);
        }
    }
    world.track(line.pk, kind, json!({ "quantity": after }), &by.0, by.1);
}

/// Assigning to a customer takes `item`, not `pk`, and no quantity.
fn assign(world: &World, asked: &Asked) -> Outcome {
    let body = &asked.body;
    let customer = whole(&body["customer"]);
    match customer.and_then(|c| world.thing("company", c)) {
        None => return Reply::wrong("customer", &gone(&body["customer"])).into(),
        Some(c) if c["is_customer"] != true => {
            return Reply::wrong("customer", "Selected company is not a customer").into();
        }
        Some(_) => {}
    }
    let mut pks = Vec::new();
    let mut wrongs = Vec::new();
    for line in body["items"].as_array().into_iter().flatten() {
        let wrong = match whole(&line["item"]).map(|pk| (pk, world.items.get(&pk))) {
            None => "This field is required.".to_owned(),
            Some((_, None)) => gone(&line["item"]),
            Some((_, Some(item))) if item.customer.is_some() => "Item must be in stock".to_owned(),
            Some((_, Some(item)))
                if world.thing("part", item.part).is_none_or(|p| p["salable"] != true) =>
            {
                return Reply::not_recorded(asked).into();
            }
            Some((pk, Some(_))) => {
                pks.push(pk);
                wrongs.push(json!({}));
                continue;
            }
        };
        wrongs.push(json!({ "item": [wrong] }));
    }
    if pks.len() != wrongs.len() {
        return Reply::new(400, json!({ "items": wrongs })).into();
    }
    // Two of one serial: the answer speaks of a field that was not sent.
    for pk in &pks {
        let item = &world.items[pk];
        if let Some(serial) = &item.serial
            && world
                .items
                .values()
                .any(|o| o.pk != *pk && o.part == item.part && o.serial.as_ref() == Some(serial))
        {
            let text = format!("Stock item with this serial number already exists: {serial}");
            return Reply::wrong("serial", &text).into();
        }
    }
    let echo = body.clone();
    let (notes, user) = (asked.text("notes").to_owned(), asked.user_pk());
    change(move |world| {
        for pk in pks {
            if let Some(item) = world.touch(pk) {
                (item.customer, item.location) = (customer, None);
            }
            world.track(pk, 100, json!({ "customer": customer }), &notes, user);
        }
        Reply::new(201, echo)
    })
}

/// `items` is a list of numbers here, and `note` is singular.
fn change_status(world: &World, asked: &Asked) -> Outcome {
    let Some(code) = whole(&asked.body["status"]).filter(|c| world.status(*c, true).is_some())
    else {
        let text = format!("\"{}\" is not a valid choice.", asked.body["status"]);
        return Reply::wrong("status", &text).into();
    };
    let pks: Vec<i64> =
        asked.body["items"].as_array().into_iter().flatten().filter_map(whole).collect();
    if pks.is_empty() || pks.iter().any(|pk| !world.items.contains_key(pk)) {
        return Reply::not_recorded(asked).into();
    }
    let (echo, note, user) = (asked.body.clone(), asked.text("note").to_owned(), asked.user_pk());
    change(move |world| {
        for pk in pks {
            let Some(mut new) = world.items.get(&pk).cloned() else { continue };
            set_status(world, &mut new, code);
            if let Some(item) = world.touch(pk) {
                (item.status, item.custom_status) = (new.status, new.custom_status);
            }
            world.track(pk, 5, json!({ "status": code }), &note, user);
        }
        Reply::new(201, echo)
    })
}
