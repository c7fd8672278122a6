//! What a phone brings besides the job's steps: a signature, a reading, and that somebody came to work.

use axum::http::StatusCode;
use data_encoding::BASE64;
use identity::Role;
use serde_json::{Value, json};

use super::setup::{Field, JPEG, PIN, Phone, arriving, evidence, order_path, scan};
use crate::isp::{call, client, get, items, refusal};
use crate::world::{self, World};

/// A pixel of ink.
const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";

#[tokio::test]
async fn a_signature_and_a_reading_stand_on_the_order_and_its_paper() {
    world::both(async |world: World| {
        let field = Field::open(&world).await;
        let sold = field.job(&world, "postpaid").await;
        let order = &sold["work_order_id"];
        let path = order_path(order);
        let mut phone = Phone::of(&world, &field.andi);
        let mut bodies = arriving();
        bodies.push(scan("HWTC0001"));
        bodies.push(json!({ "kind": "signal", "dbm": -28.31 }));
        bodies.extend(evidence());
        let ops = phone.ops(order, bodies);
        assert!(!phone.send(&ops).await.contains("refused"));
        let weak = get(&world, &field.noc, &path).await;
        assert_eq!(
            (&weak["signal"]["dbm"], &weak["signal"]["verdict"]),
            (&json!(-28.31), &json!("weak"))
        );
        let absurd = phone.op(order, json!({ "kind": "signal", "dbm": 31.0 }));
        assert_eq!(phone.send(&[absurd]).await, "refused:invalid_fields");
        // Done anew it makes good, and what follows goes on.
        let ops = phone.ops(
            order,
            vec![
                json!({ "kind": "signal", "dbm": -19.4 }),
                json!({ "kind": "photo", "what": "signature", "signer": "Ibu Sri", "data": PNG }),
                json!({ "kind": "done", "note": "belum ada sinyal" }),
            ],
        );
        assert_eq!(phone.send(&ops).await, "applied applied applied");
        let done = get(&world, &field.noc, &path).await;
        assert_eq!(
            (&done["signal"]["dbm"], &done["signal"]["verdict"]),
            (&json!(-19.4), &json!("good"))
        );
        let photos = done["photos"].as_array().unwrap();
        let signature = photos.iter().find(|one| one["kind"] == "signature").unwrap();
        assert_eq!(
            (&signature["signer"], &signature["received"]),
            (&json!("Ibu Sri"), &json!(true))
        );
        let reply = call(&world, &field.noc, "get", &format!("{path}/pdf"), &Value::Null).await;
        assert_eq!(reply.status, StatusCode::OK);
        let is_image = |bytes: &[u8]| bytes == b"/Subtype/Image";
        assert!(reply.body.windows(14).any(is_image), "the signature is on the paper");
    })
    .await;
}

#[tokio::test]
async fn more_than_the_bag_holds_is_refused_and_the_bag_falls_by_what_was_used() {
    world::both(async |world: World| {
        let field = Field::open(&world).await;
        let sold = field.job(&world, "postpaid").await;
        let order = &sold["work_order_id"];
        let cable = json!({ "code": "DROP", "name": "Kabel drop", "kind": "cable", "unit": "m",
                            "serialized": false });
        let cable = call(&world, &field.keeper, "post", "/api/v1/item-types", &cable).await.json();
        let bag = get(&world, &field.andi.1, "/api/v1/bag").await["location_id"].clone();
        let hand = json!({ "type_id": cable["id"], "to_location_id": bag, "quantity": 100 });
        let moved = call(&world, &field.keeper, "post", "/api/v1/moves/counted", &hand).await;
        assert!(moved.status.is_success(), "{:?}", moved.json());
        let mut phone = Phone::of(&world, &field.andi);
        let ops = phone.ops(order, arriving());
        phone.send(&ops).await;
        let using = |quantity: i64| {
            json!({ "kind": "use", "item_type": cable["id"], "quantity": quantity })
        };
        let left = async || {
            let bag = get(&world, &field.andi.1, "/api/v1/bag").await;
            bag["counted"][0]["quantity"].as_i64().unwrap()
        };
        let some = phone.op(order, using(60));
        assert_eq!(phone.send(std::slice::from_ref(&some)).await, "applied");
        assert_eq!(phone.send(&[some]).await, "repeated");
        assert_eq!(left().await, 40);
        let more = phone.op(order, using(41));
        assert_eq!(phone.send(&[more]).await, "refused:inventory.not_enough");
        assert_eq!(left().await, 40);
        let rest = phone.op(order, using(40));
        assert_eq!(phone.send(&[rest]).await, "applied");
        assert_eq!(left().await, 0);
    })
    .await;
}

#[tokio::test]
async fn coming_and_going_is_kept_with_its_place_and_refuses_nobody() {
    world::both(async |world: World| {
        let field = Field::open(&world).await;
        let (_, hr) = client(&world, "hani", Role::Hr, None, None).await;
        let far = field.isp.bandung;
        let (_, other_hr) = client(&world, "hari", Role::Hr, Some(far), None).await;
        let me = json!(field.andi.0);
        let mut phone = Phone::of(&world, &field.andi);
        let here = |kind: &str, lat: f64, lon: f64| {
            json!({ "kind": kind, "lat": lat, "lon": lon, "accuracy_m": 6.5 })
        };
        // At the office (-6.2, 106.8); then at a site that is nobody's job yet.
        let ops = phone.ops(
            &me,
            vec![here("check_in", -6.2, 106.8), here("check_out", PIN.0, PIN.1)],
        );
        assert_eq!(phone.send(&ops).await, "applied applied");
        assert_eq!(phone.send(&ops).await, "repeated repeated");
        let sold = field.job(&world, "postpaid").await;
        let mut selfie = here("check_in", PIN.0, PIN.1);
        selfie["data"] = json!(BASE64.encode(&JPEG));
        let bare = json!({ "kind": "check_out" });
        let ops = phone.ops(&me, vec![selfie, bare]);
        assert_eq!(phone.send(&ops).await, "applied applied");

        let own = items(&world, &field.andi.1, "/api/v1/me/attendance").await;
        let seen: Vec<_> = own
            .iter()
            .map(|c| (c["kind"].as_str().unwrap(), c["place"].as_str().unwrap()))
            .collect();
        let expected =
            [("out", "unknown"), ("in", "site"), ("out", "outside"), ("in", "office")];
        assert_eq!(seen, expected);
        assert_eq!(own[1]["work_order_number"], sold["work_order_number"]);
        assert_eq!((&own[2]["distance_m"], &own[3]["distance_m"]), (&json!(1105), &json!(0)));

        let day = items(&world, &hr, "/api/v1/attendance").await;
        let names: Vec<_> = day
            .iter()
            .map(|p| (p["name"].as_str().unwrap(), p["checks"].as_array().unwrap().len()))
            .collect();
        assert_eq!(names, [("andi", 4), ("sari", 0)], "who has not come stands there too");
        assert!(items(&world, &hr, "/api/v1/attendance?day=2026-01-01").await[0]["checks"]
            .as_array()
            .unwrap()
            .is_empty());
        assert!(items(&world, &other_hr, "/api/v1/attendance").await.is_empty());

        let photo = |whose: &str| format!("{whose}/{}/photo", own[1]["id"].as_str().unwrap());
        let asked = async |who: &str, path: &str| {
            call(&world, who, "get", path, &Value::Null).await.status.as_u16()
        };
        let (all, mine) = (photo("/api/v1/attendance"), photo("/api/v1/me/attendance"));
        assert_eq!(asked(&hr, &all).await, 200);
        assert_eq!(asked(&other_hr, &all).await, 404);
        assert_eq!(asked(&field.andi.1, &mine).await, 200);
        assert_eq!(asked(&field.sari.1, &mine).await, 404);
        assert_eq!(asked(&field.andi.1, &all).await, 403);
    })
    .await;
}

#[tokio::test]
async fn attendance_is_only_ones_own_and_a_job_has_none() {
    world::both(async |world: World| {
        let field = Field::open(&world).await;
        let sold = field.job(&world, "postpaid").await;
        let mut phone = Phone::of(&world, &field.andi);
        let comes = json!({ "kind": "check_in" });
        let others = phone.op(&json!(field.sari.0), comes.clone());
        assert_eq!(phone.send(&[others]).await, "refused:fulfilment.order_not_found");
        let on_a_job = phone.op(&sold["work_order_id"], comes);
        let refused = phone.send(&[on_a_job]).await;
        assert!(refused.starts_with("held:") || refused.starts_with("refused:"), "{refused}");
        let mut phone = Phone { seq: 100, ..Phone::of(&world, &field.andi) };
        let mut first = phone.op(&sold["work_order_id"], json!({ "kind": "check_in" }));
        first["based_on"] = Value::Null;
        first["device"] = json!("hp-2");
        assert_eq!(phone.send(&[first]).await, "refused:flows.attendance_subject");
        let me = json!(field.andi.0);
        let step = |phone: &mut Phone<'_>, body: Value| {
            let mut op = phone.op(&me, body);
            op["based_on"] = Value::Null;
            op
        };
        let accept = step(&mut phone, json!({ "kind": "accept" }));
        assert_eq!(phone.send(&[accept]).await, "refused:flows.not_a_job");
        let skip = step(&mut phone, json!({ "kind": "skip" }));
        let half = step(&mut phone, json!({ "kind": "check_in", "lat": -6.2 }));
        assert_eq!(phone.send(&[skip, half]).await, "applied refused:invalid_fields");
        assert!(items(&world, &field.andi.1, "/api/v1/me/attendance").await.is_empty());
        let sales = call(&world, &field.sales, "get", "/api/v1/attendance", &Value::Null).await;
        assert_eq!(refusal(&sales), (403, "forbidden".into()));
    })
    .await;
}
