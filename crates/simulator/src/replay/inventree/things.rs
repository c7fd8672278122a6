//! Everything but stock items and orders: people, settings, parts, companies, places, attachments.

use serde_json::{Value, json};

use super::lists::page;
use super::reply::{Asked, Outcome, Reply, change, unknown};
use super::stock::whole;
use super::world::{World, recorded};

pub(super) fn handshake(world: &World, asked: &Asked) -> Reply {
    let mut body = recorded!("010-handshake-unauthenticated");
    if asked.user == Some(super::world::User::Admin) {
        body = recorded!("016-handshake-with-staff-token");
    }
    body["apiVersion"] = json!(world.api_version);
    // The recording says how many it left out.
    if let Some(plugins) = body["active_plugins"].as_array_mut() {
        plugins.retain(Value::is_object);
    }
    Reply::new(200, body)
}

pub(super) fn token(asked: &Asked) -> Reply {
    let pair = format!("{}:{}", super::LOGIN.0, super::LOGIN.1);
    let basic = format!("Basic {}", data_encoding::BASE64.encode(pair.as_bytes()));
    if asked.auth != basic {
        return Reply::detail(401, "Invalid username/password.");
    }
    let mut body = recorded!("011-token-basic-auth");
    body["token"] = json!(super::TOKEN);
    body["name"] = json!(asked.q("name").unwrap_or(""));
    Reply { cookie: true, ..Reply::new(200, body) }
}

pub(super) fn me() -> Reply {
    Reply::new(200, recorded!("014-user-me"))
}

pub(super) fn person(pk: Option<i64>) -> Value {
    let me = recorded!("014-user-me");
    pk.map_or(Value::Null, |pk| {
        json!({
            "pk": pk, "username": me["username"], "first_name": "", "last_name": "",
            "email": me["email"]
        })
    })
}

pub(super) fn roles(world: &World) -> Reply {
    let mut body = recorded!("015-user-roles");
    for role in &world.roles_missing {
        if let Some(permissions) = body["permissions"].as_object_mut() {
            permissions.remove(role);
        }
        if body["roles"].get(role).is_some() {
            body["roles"][role] = Value::Null;
        }
    }
    Reply::new(200, body)
}

pub(super) fn setting(world: &World, key: &str, asked: &Asked) -> Reply {
    if key != "SERIAL_NUMBER_GLOBALLY_UNIQUE" {
        return Reply::not_recorded(asked);
    }
    let mut body = recorded!("263-settings-global-read");
    body["value"] = json!(world.serials_unique);
    Reply::new(200, body)
}

/// A new status code: `change_status` takes it at once, the others after a restart.
pub(super) fn custom_status(asked: &Asked) -> Outcome {
    let body = asked.body.clone();
    change(move |world| {
        let text = |name: &str| body[name].as_str().unwrap_or("").to_owned();
        let key = whole(&body["key"]).unwrap_or(0);
        let logical = whole(&body["logical_key"]).unwrap_or(10);
        world.statuses.push((key, text("name"), text("label"), text("color"), logical, false));
        let mut answer = body.clone();
        answer["pk"] = json!(world.statuses.len());
        answer["model_name"] = json!("Stock Item");
        Reply::new(201, answer)
    })
}

/// Fills a recording's answer with the request's own values.
pub(super) fn filled(mut template: Value, body: &Value, leave: &[&str]) -> Value {
    if let (Some(template), Some(body)) = (template.as_object_mut(), body.as_object()) {
        for (name, value) in body {
            if !leave.contains(&name.as_str()) {
                template.insert(name.clone(), value.clone());
            }
        }
    }
    template
}

pub(super) fn route(world: &World, asked: &Asked, parts: &[&str]) -> Outcome {
    match (parts, asked.method.as_str()) {
        (["part", "category"], "POST") => category(asked),
        (["part", "category"], "GET") => Reply::not_recorded(asked).into(),
        (["part"], "POST") => part(world, asked),
        (["part"], "GET") => parts_list(world, asked).into(),
        (["part", pk], "GET") => part_one(world, asked, pk),
        (["part", pk, "metadata"], "GET" | "PATCH") => part_metadata(world, asked, pk),
        (["company"], "POST") => company(world, asked),
        (["company"], "GET") => companies(world, asked).into(),
        (["company", "part"], "POST") => supplier_part(world, asked),
        (["stock", "location-type"], "POST") => location_type(asked),
        (["stock", "location", "tree"], "GET") => tree(world).into(),
        (["stock", "location"], "POST") => location(world, asked),
        (["stock", "location"], "GET") => locations(world, asked).into(),
        (["stock", "location" | "location-type", ..] | ["part" | "company", _, ..], _) => {
            Reply::not_recorded(asked).into()
        }
        _ => unknown(asked),
    }
}

fn category(asked: &Asked) -> Outcome {
    let body = asked.body.clone();
    change(move |world| {
        let pk = world.next_pk("category");
        let mut new = filled(recorded!("040-part-category-create"), &body, &[]);
        new["pk"] = json!(pk);
        new["pathstring"] = new["name"].clone();
        world.put("category", pk, new.clone());
        Reply::new(201, new)
    })
}

fn part(world: &World, asked: &Asked) -> Outcome {
    let (name, ipn) = (asked.text("name").to_owned(), asked.text("IPN").to_owned());
    if name.is_empty() {
        return Reply::wrong("name", "This field is required.").into();
    }
    if world.all("part").any(|p| p["name"] == name.as_str() && p["IPN"] == ipn.as_str()) {
        let text = "The fields name, IPN, revision must make a unique set.";
        return Reply::wrong("non_field_errors", text).into();
    }
    let (body, user) = (asked.body.clone(), asked.user_pk());
    change(move |world| {
        let pk = world.next_pk("part");
        let mut new = filled(recorded!("042-part-create-bulk"), &body, &["minimum_stock"]);
        let category = whole(&body["category"]).and_then(|c| world.thing("category", c));
        new["category_name"] = category.map_or(Value::Null, |c| c["name"].clone());
        new["pk"] = json!(pk);
        new["full_name"] =
            json!(if ipn.is_empty() { name.clone() } else { format!("{ipn} | {name}") });
        new["creation_date"] = json!(world.day());
        new["creation_user"] = json!(user);
        new["minimum_stock"] = json!(super::stock::number(&body["minimum_stock"]).unwrap_or(0.0));
        for (field, otherwise) in [("trackable", false), ("units", false)] {
            if body.get(field).is_none() {
                new[field] = if field == "units" { json!("") } else { json!(otherwise) };
            }
        }
        world.put("part", pk, new.clone());
        Reply::new(201, new)
    })
}

/// A part as lists show it: counted.
fn part_counted(world: &World, part: &Value) -> Value {
    let mut out = recorded!("044-part-by-ipn")["results"][0].clone();
    if let (Some(out), Some(part)) = (out.as_object_mut(), part.as_object()) {
        for (name, value) in part {
            if !value.is_null() || !out.contains_key(name) || name == "link" {
                out.insert(name.clone(), value.clone());
            }
        }
    }
    let items = world.items.values().filter(|i| part["pk"] == i.part);
    let (mut count, mut stock) = (0, 0.0);
    for item in items {
        count += 1;
        stock += if item.customer.is_none() { item.quantity } else { 0.0 };
    }
    out["stock_item_count"] = json!(count);
    for name in ["in_stock", "total_in_stock", "unallocated_stock"] {
        out[name] = json!(stock);
    }
    out
}

fn parts_list(world: &World, asked: &Asked) -> Reply {
    let all = world
        .all("part")
        .filter(|p| asked.q("IPN").is_none_or(|ipn| p["IPN"] == ipn))
        .map(|p| part_counted(world, p))
        .collect();
    page(asked, all)
}

fn part_one(world: &World, asked: &Asked, pk: &str) -> Outcome {
    let Ok(pk) = pk.parse::<i64>() else { return unknown(asked) };
    let Some(part) = world.thing("part", pk) else {
        return Reply::detail(404, "No Part matches the given query.").into();
    };
    let mut out = part_counted(world, part);
    out.as_object_mut().map(|o| o.remove("copy_category_parameters"));
    out["notes"] = Value::Null;
    Reply::new(200, out).into()
}

fn part_metadata(world: &World, asked: &Asked, pk: &str) -> Outcome {
    let Some(pk) = pk.parse::<i64>().ok().filter(|pk| world.thing("part", *pk).is_some()) else {
        return Reply::detail(404, "No Part matches the given query.").into();
    };
    let known = world.metadata.get(&("part", pk)).cloned().unwrap_or_default();
    if asked.method == axum::http::Method::GET {
        return Reply::new(200, json!({ "metadata": known })).into();
    }
    let Some(new) = asked.body["metadata"].as_object().cloned() else {
        return super::stock::value_error(&asked.path).into();
    };
    change(move |world| {
        let all = world.metadata.entry(("part", pk)).or_default();
        all.extend(new);
        Reply::new(200, json!({ "metadata": all }))
    })
}

fn company(world: &World, asked: &Asked) -> Outcome {
    let (name, email) = (asked.text("name"), asked.text("email"));
    if world.all("company").any(|c| c["name"] == name && c["email"] == email) {
        let text = "The fields name, email must make a unique set.";
        return Reply::wrong("non_field_errors", text).into();
    }
    let body = asked.body.clone();
    change(move |world| {
        let pk = world.next_pk("company");
        let mut new = recorded!("051-company-create-customer");
        for name in ["link", "description"] {
            new[name] = json!("");
        }
        for name in ["is_customer", "is_supplier"] {
            new[name] = json!(false);
        }
        let mut new = filled(new, &body, &[]);
        new["pk"] = json!(pk);
        world.put("company", pk, new.clone());
        Reply::new(201, new)
    })
}

fn companies(world: &World, asked: &Asked) -> Reply {
    let search = asked.q("search").unwrap_or("").to_lowercase();
    let all = world
        .all("company")
        .filter(|c| c["name"].as_str().unwrap_or("").to_lowercase().contains(&search))
        .filter(|c| asked.q("is_customer").is_none_or(|is| c["is_customer"] == (is == "true")))
        .map(|c| filled(recorded!("053-company-by-name")["results"][0].clone(), c, &[]))
        .collect();
    page(asked, all)
}

fn supplier_part(world: &World, asked: &Asked) -> Outcome {
    let supplier = whole(&asked.body["supplier"]).and_then(|s| world.thing("company", s)).cloned();
    let Some(supplier) = supplier else { return Reply::not_recorded(asked).into() };
    let body = asked.body.clone();
    change(move |world| {
        let pk = world.next_pk("supplier_part");
        let mut new = filled(recorded!("054-supplier-part-create"), &body, &[]);
        new["pk"] = json!(pk);
        new["supplier_detail"]["pk"] = supplier["pk"].clone();
        for name in ["name", "description", "currency"] {
            new["supplier_detail"][name] = supplier[name].clone();
        }
        new["updated"] = json!(world.minute(world.now));
        world.put("supplier_part", pk, new.clone());
        Reply::new(201, new)
    })
}

fn location_type(asked: &Asked) -> Outcome {
    let body = asked.body.clone();
    change(move |world| {
        let pk = world.next_pk("location_type");
        let mut new = recorded!("030-location-type-create");
        for name in ["description", "icon"] {
            new[name] = json!("");
        }
        let mut new = filled(new, &body, &[]);
        new["pk"] = json!(pk);
        world.put("location_type", pk, new.clone());
        Reply::new(201, new)
    })
}

fn location(world: &World, asked: &Asked) -> Outcome {
    let name = asked.text("name").to_owned();
    let parent = whole(&asked.body["parent"]);
    if world.all("location").any(|l| l["name"] == name.as_str() && l["parent"].as_i64() == parent) {
        let text = "Duplicate names cannot exist under the same parent";
        return Reply::wrong("non_field_errors", text).into();
    }
    let above = parent.and_then(|p| world.thing("location", p)).cloned();
    if parent.is_some() && above.is_none() {
        return Reply::not_recorded(asked).into();
    }
    let body = asked.body.clone();
    change(move |world| {
        let pk = world.next_pk("location");
        let mut new = filled(recorded!("032-location-create-structural"), &body, &[]);
        for (name, otherwise) in
            [("structural", json!(false)), ("external", json!(false)), ("description", json!(""))]
        {
            if body.get(name).is_none() {
                new[name] = otherwise;
            }
        }
        let (level, path) = match &above {
            Some(above) => (
                above["level"].as_i64().unwrap_or(0) + 1,
                format!("{}/{name}", above["pathstring"].as_str().unwrap_or("")),
            ),
            None => (0, name.clone()),
        };
        new["pk"] = json!(pk);
        new["parent"] = json!(parent);
        (new["level"], new["pathstring"]) = (json!(level), json!(path));
        if let Some(kind) = whole(&body["location_type"])
            && let Some(kind) = world.thing("location_type", kind).cloned()
        {
            new["icon"] = kind["icon"].clone();
            new["location_type_detail"] = kind;
        }
        world.put("location", pk, new.clone());
        Reply::new(201, new)
    })
}

fn children(world: &World, pk: &Value) -> usize {
    world.all("location").filter(|l| l["parent"] == *pk && !pk.is_null()).count()
}

fn locations(world: &World, asked: &Asked) -> Reply {
    let search = asked.q("search").unwrap_or("").to_lowercase();
    let parent = asked.q("parent").and_then(|p| p.parse::<i64>().ok());
    let all = world
        .all("location")
        .filter(|l| parent.is_none_or(|p| l["parent"] == p))
        .filter(|l| l["name"].as_str().unwrap_or("").to_lowercase().contains(&search))
        .map(|l| {
            let mut out = l.clone();
            let here = world.items.values().filter(|i| l["pk"].as_i64() == i.location).count();
            out["items"] = json!(here);
            out["sublocations"] = json!(children(world, &l["pk"]));
            out
        })
        .collect();
    page(asked, all)
}

fn tree(world: &World) -> Reply {
    let mut all: Vec<&Value> = world.all("location").collect();
    all.sort_by_key(|l| (l["level"].as_i64(), l["name"].as_str().map(str::to_owned)));
    let all: Vec<Value> = all
        .into_iter()
        .map(|l| {
            json!({
                "pk": l["pk"], "name": l["name"], "parent": l["parent"], "icon": l["icon"],
                "structural": l["structural"], "sublocations": children(world, &l["pk"])
            })
        })
        .collect();
    Reply::new(200, Value::Array(all))
}

pub(super) fn attachments(world: &World, asked: &Asked) -> Outcome {
    if asked.method == axum::http::Method::GET {
        let all = world
            .all("attachment")
            .filter(|a| asked.q("model_type").is_none_or(|m| a["model_type"] == m))
            .filter(|a| {
                asked.q("model_id").is_none_or(|m| m.parse().is_ok_and(|m: i64| a["model_id"] == m))
            })
            .cloned()
            .collect();
        return page(asked, all).into();
    }
    let body = &asked.body;
    let (file, linked) = (body["attachment"].is_object(), body["link"].is_string());
    if !file && !linked {
        let wrong = json!({ "attachment": ["Missing file"], "link": ["Missing external link"] });
        return Reply::new(400, wrong).into();
    }
    let body = body.clone();
    change(move |world| {
        let pk = world.next_pk("attachment");
        let mut new = recorded!("210-attachment-upload-photo");
        let item = whole(&body["model_id"]).unwrap_or(0);
        new["pk"] = json!(pk);
        new["model_id"] = json!(item);
        new["comment"] = body["comment"].clone();
        new["upload_date"] = json!(world.day());
        if file {
            let name = body["attachment"]["filename"].as_str().unwrap_or("");
            new["attachment"] = json!(format!("/media/attachments/stockitem/{item}/{name}"));
            new["filename"] = json!(name);
            new["file_size"] = body["attachment"]["bytes"].clone();
        } else {
            (new["attachment"], new["filename"]) = (Value::Null, Value::Null);
            (new["link"], new["file_size"]) = (body["link"].clone(), json!(0));
        }
        world.put("attachment", pk, new.clone());
        Reply::new(201, new)
    })
}
