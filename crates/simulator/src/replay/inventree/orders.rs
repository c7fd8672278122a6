//! Purchase orders: as its own users make, place and receive them.

use serde_json::{Value, json};

use super::lists::page;
use super::reply::{Asked, Outcome, Reply, change};
use super::stock::{blank, number, serials, taken, whole};
use super::things::{filled, person};
use super::world::{Item, World, recorded};

const PLACED: i64 = 20;
const COMPLETE: i64 = 30;

pub(super) fn route(world: &World, asked: &Asked, rest: &[&str]) -> Outcome {
    match (rest, asked.method.as_str()) {
        (["po"], "POST") => create(world, asked),
        (["po"], "GET") => {
            let all = world
                .all("po")
                .filter(|o| {
                    !asked.is("outstanding") || matches!(o["status"].as_i64(), Some(10 | PLACED))
                })
                .cloned()
                .collect();
            page(asked, all).into()
        }
        (["po-line"], "POST") => line(world, asked),
        (["po-line", pk], "GET") => match pk.parse().ok().and_then(|pk| world.thing("po_line", pk))
        {
            Some(found) => Reply::new(200, found.clone()).into(),
            None => Reply::not_recorded(asked).into(),
        },
        (["po", pk, tail @ ..], _) => {
            let Some(order) = pk.parse().ok().and_then(|pk| world.thing("po", pk)) else {
                return Reply::not_recorded(asked).into();
            };
            one(world, asked, order, tail)
        }
        _ => Reply::not_recorded(asked).into(),
    }
}

fn one(world: &World, asked: &Asked, order: &Value, tail: &[&str]) -> Outcome {
    let pk = order["pk"].as_i64().unwrap_or(0);
    match (tail, asked.method.as_str()) {
        ([], "GET") => {
            let mut out = filled(recorded!("071-po-get"), order, &[]);
            let lines: Vec<&Value> = world.all("po_line").filter(|l| l["order"] == pk).collect();
            let full = lines.iter().filter(|l| l["received"].as_f64() >= l["quantity"].as_f64());
            out["completed_lines"] = json!(full.count());
            out["line_items"] = json!(lines.len());
            let total: f64 = lines
                .iter()
                .filter_map(|l| Some(l["quantity"].as_f64()? * l["purchase_price"].as_f64()?))
                .sum();
            out["total_price"] = json!(total);
            out["overdue"] = json!(false);
            out["notes"] = Value::Null;
            Reply::new(200, out).into()
        }
        (["issue"], "POST") => change(move |world| {
            let day = world.day();
            if let Some(mut order) = world.thing("po", pk).cloned() {
                if order["status"] == 10 {
                    set(&mut order, PLACED, "Placed");
                    order["issue_date"] = json!(day);
                }
                world.put("po", pk, order);
            }
            Reply::new(201, json!({}))
        }),
        (["receive"], "POST") => receive(world, asked, order),
        _ => Reply::not_recorded(asked).into(),
    }
}

fn set(order: &mut Value, status: i64, text: &str) {
    order["status"] = json!(status);
    order["status_custom_key"] = json!(status);
    order["status_text"] = json!(text);
}

fn create(world: &World, asked: &Asked) -> Outcome {
    let Some(supplier) = whole(&asked.body["supplier"]).and_then(|s| world.thing("company", s))
    else {
        return Reply::not_recorded(asked).into();
    };
    let (name, body, user) = (supplier["name"].clone(), asked.body.clone(), asked.user_pk());
    change(move |world| {
        let pk = world.next_pk("po");
        let mut new = filled(recorded!("060-po-create"), &body, &[]);
        new["pk"] = json!(pk);
        new["reference"] = json!(format!("PO-{pk:04}"));
        new["supplier_name"] = name;
        new["creation_date"] = json!(world.day());
        new["created_by"] = person(user);
        world.put("po", pk, new.clone());
        Reply::new(201, new)
    })
}

fn line(world: &World, asked: &Asked) -> Outcome {
    let body = asked.body.clone();
    // `part` is the supplier's part.
    let Some(bought) = whole(&body["part"]).and_then(|p| world.thing("supplier_part", p)) else {
        return Reply::not_recorded(asked).into();
    };
    let Some(part) = bought["part"].as_i64().and_then(|p| world.thing("part", p)) else {
        return Reply::not_recorded(asked).into();
    };
    let (sku, ipn, name, inner) =
        (bought["SKU"].clone(), part["IPN"].clone(), part["name"].clone(), part["pk"].clone());
    change(move |world| {
        let pk = world.next_pk("po_line");
        let mut new = filled(recorded!("061-po-line-create"), &body, &[]);
        new["pk"] = json!(pk);
        new["quantity"] = json!(number(&body["quantity"]));
        new["purchase_price"] = json!(number(&body["purchase_price"]));
        (new["sku"], new["ipn"], new["internal_part_name"], new["internal_part"]) =
            (sku, ipn, name, inner);
        new["destination_detail"] = world.location_brief(whole(&body["destination"]));
        world.put("po_line", pk, new.clone());
        Reply::new(201, new)
    })
}

/// More than was ordered is taken without a word; a serial that is there already is refused.
fn receive(world: &World, asked: &Asked, order: &Value) -> Outcome {
    if order["status"] != PLACED && order["status"] != COMPLETE {
        let text = "Lines can only be received against an order marked as 'PLACED'";
        return Reply::wrong("non_field_errors", text).into();
    }
    let pk = order["pk"].as_i64().unwrap_or(0);
    let mut received: Vec<(i64, Item, Vec<String>)> = Vec::new();
    let mut wrongs = Vec::new();
    for item in asked.body["items"].as_array().into_iter().flatten() {
        let Some(line) = whole(&item["line_item"]).and_then(|l| world.thing("po_line", l)) else {
            return Reply::not_recorded(asked).into();
        };
        let part = line["internal_part"].as_i64().unwrap_or(0);
        let quantity = number(&item["quantity"]).unwrap_or(0.0);
        let list = serials(item["serial_numbers"].as_str().unwrap_or(""), quantity);
        let known = taken(world, part, &list);
        #[expect(clippy::cast_precision_loss, reason = "a handful of serials")]
        let text = if list.len() as f64 != quantity {
            format!(
                "Number of unique serial numbers ({}) must match quantity ({quantity})",
                list.len()
            )
        } else if !known.is_empty() {
            let known = known.join(", ");
            format!("The following serial numbers already exist or are invalid: {known}")
        } else {
            let new = Item {
                batch: item["batch_code"].as_str().unwrap_or("").to_owned(),
                notes: Some(item["note"].as_str().unwrap_or("").to_owned()),
                purchase_order: Some(pk),
                price: line["purchase_price"].as_f64(),
                ..blank(part, whole(&asked.body["location"]))
            };
            received.push((line["pk"].as_i64().unwrap_or(0), new, list));
            continue;
        };
        wrongs.push(json!({ "serial_numbers": [text] }));
    }
    if !wrongs.is_empty() {
        return Reply::new(400, json!({ "items": wrongs })).into();
    }
    let user = asked.user_pk();
    change(move |world| take_in(world, pk, received, user))
}

fn take_in(
    world: &mut World,
    order: i64,
    received: Vec<(i64, Item, Vec<String>)>,
    user: Option<i64>,
) -> Reply {
    let mut answer = Vec::new();
    for (line, template, serials) in received {
        for serial in &serials {
            let item = Item { serial: Some(serial.clone()), ..template.clone() };
            let pk = world.add_item(item, user, &[1]);
            if let Some(item) = world.items.get(&pk) {
                let mut out = world.item_json(item, true);
                out["location_detail"] = world.location_brief(item.location);
                answer.push(out);
            }
        }
        if let Some(mut line_now) = world.thing("po_line", line).cloned() {
            #[expect(clippy::cast_precision_loss, reason = "a handful of serials")]
            let sum = line_now["received"].as_f64().unwrap_or(0.0) + serials.len() as f64;
            line_now["received"] = json!(sum);
            line_now["overdue"] = json!(false);
            let total = line_now["quantity"].as_f64().zip(line_now["purchase_price"].as_f64());
            line_now["total_price"] = json!(total.map(|(q, p)| q * p));
            world.put("po_line", line, line_now);
        }
    }
    let full = world
        .all("po_line")
        .filter(|l| l["order"] == order)
        .all(|l| l["received"].as_f64() >= l["quantity"].as_f64());
    let day = world.day();
    if full && let Some(mut done) = world.thing("po", order).cloned() {
        set(&mut done, COMPLETE, "Complete");
        done["complete_date"] = json!(day);
        world.put("po", order, done);
    }
    Reply::new(201, Value::Array(answer))
}
