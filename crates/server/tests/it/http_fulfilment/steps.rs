//! The offline protocol and photos: twice, late, out of order, in parts.

use axum::http::StatusCode;
use identity::Role;
use serde_json::{Value, json};

use super::setup::{Field, JPEG, NOWHERE, PIN, Phone, arriving, evidence, order_path, scan};
use crate::isp::{call, client, column, get, items, refusal};
use crate::world::{self, World};

#[tokio::test]
async fn steps_sent_twice_out_of_order_and_in_a_batch_end_the_same() {
    world::both(async |world: World| {
        let field = Field::open(&world).await;
        let sold = field.job(&world, "postpaid").await;
        let order = &sold["work_order_id"];
        let mut phone = Phone::of(&world, &field.andi);
        let mut steps = arriving();
        steps.push(scan("HWTC0001"));
        steps.extend(evidence());
        steps.push(json!({ "kind": "done", "note": "listrik padam" }));
        let ops = phone.ops(order, steps);
        // The last ones come first: they wait for what comes before them.
        assert_eq!(
            phone.send(&ops[4..]).await,
            "held:fulfilment.op_waits held:fulfilment.op_waits held:fulfilment.op_waits"
        );
        let troubled = column(&world, &field.noc, "/api/v1/field/ops", "state").await;
        assert_eq!(troubled, ["waiting", "waiting", "waiting"]);
        let mut mixed: Vec<Value> = ops[..4].to_vec();
        mixed.reverse();
        mixed.push(mixed[0].clone());
        assert_eq!(phone.send(&mixed).await, "applied applied applied applied applied");
        // What waited went on by itself; all of it again changes nothing.
        assert_eq!(
            phone.send(&ops).await,
            "repeated repeated repeated repeated repeated repeated repeated"
        );
        let page = get(&world, &field.noc, &order_path(order)).await;
        assert_eq!(
            (&page["state"], &page["online_result"]),
            (&json!("done"), &json!("listrik padam"))
        );
        let scans =
            page["story"].as_array().unwrap().iter().filter(|s| s["step"] == "scanned").count();
        assert_eq!((scans, page["photos"].as_array().unwrap().len()), (1, 1));
        let moves = items(&world, &field.keeper, "/api/v1/items/HWTC0001/history").await;
        let to_site = moves.iter().filter(|m| m["state"] == "installed").count();
        assert_eq!(to_site, 1, "{moves:?}");
        // The same id with another body is another step under a stolen name.
        let mut forged = ops[0].clone();
        forged["body"]["kind"] = json!("on_site");
        assert_eq!(phone.send(&[forged]).await, "refused:fulfilment.op_other_body");
    })
    .await;
}

#[tokio::test]
async fn a_refused_step_holds_back_its_own_job_only_and_says_why_in_the_readers_language() {
    world::both(async |world: World| {
        let field = Field::open(&world).await;
        let (first, second) = (field.job(&world, "postpaid").await, field.sold(&world, "Citra", "postpaid").await);
        let (first, second) = (&first["work_order_id"], &second["work_order_id"]);
        field.dispatched(&world, second, &[field.andi.0]).await;
        let mut phone = Phone::of(&world, &field.andi);
        let mut steps = arriving();
        // Nobody has that modem in a bag.
        steps.push(scan("HWTC0777"));
        steps.push(json!({ "kind": "gps", "lat": PIN.0, "lon": PIN.1, "accuracy_m": 5 }));
        let mut ops = phone.ops(first, steps);
        let mut other = phone.op(second, json!({ "kind": "accept" }));
        other["based_on"] = json!("3");
        ops.push(other);
        assert_eq!(
            phone.send(&ops).await,
            "applied applied applied refused:inventory.item_not_found held:fulfilment.op_held applied"
        );
        let body = json!({ "ops": [ops[3]] });
        let ask = world.ask("post", "/api/v1/field/ops").session(&field.andi.1).json(&body);
        let said = ask.header("accept-language", "en").send().await.json();
        assert_eq!(said["results"][0]["result"], "refused");
        assert!(said["results"][0]["detail"].as_str().unwrap().starts_with("There is no"), "{said}");
        // The right modem makes it good, and what was held goes on.
        let mut good = phone.op(first, scan("HWTC0001"));
        good["based_on"] = ops[4]["op_id"].clone();
        assert_eq!(phone.send(&[good]).await, "applied");
        assert_eq!(phone.send(&ops[4..5]).await, "repeated");
    })
    .await;
}

#[tokio::test]
async fn a_batch_that_is_partly_unreadable_is_answered_step_by_step() {
    world::sqlite(async |world: World| {
        let field = Field::open(&world).await;
        let sold = field.job(&world, "postpaid").await;
        let order = &sold["work_order_id"];
        let mut phone = Phone::of(&world, &field.andi);
        let good = phone.op(order, json!({ "kind": "accept" }));
        let id = "0193a9d0-0000-7000-8000-00000000bad1";
        let bad = json!({ "op_id": id, "v": "one", "device": 7 });
        let mut old = phone.op(order, json!({ "kind": "accept" }));
        old["v"] = json!(9);
        let mut lost = phone.op(&json!(NOWHERE), json!({ "kind": "accept" }));
        lost["based_on"] = Value::Null;
        assert_eq!(
            phone.send(&[bad, good, old, lost]).await,
            "refused:fulfilment.op_envelope applied refused:fulfilment.op_version refused:fulfilment.order_not_found"
        );
        for (body, fields) in [
            (json!({ "ops": [{ "v": 1 }] }), "ops[0].op_id:wrong_form"),
            (json!({ "ops": ["x"] }), "ops[0].op_id:wrong_form"),
            (json!({ "ops": {} }), "ops:wrong_type"),
            (json!({}), "ops:required"),
        ] {
            let reply = call(&world, &field.andi.1, "post", "/api/v1/field/ops", &body).await;
            assert_eq!((reply.status.as_u16(), reply.fields().as_str()), (422, fields), "{body}");
        }
        let many: Vec<Value> = (0..501).map(|n| json!({ "op_id": format!("0193a9d0-0000-7000-8000-{n:012}"), "v": 1,
            "device": "hp", "seq": n + 1, "occurred_at": "2026-11-22T02:00:00Z", "subject": order, "body": {} })).collect();
        let reply = call(&world, &field.andi.1, "post", "/api/v1/field/ops", &json!({ "ops": many })).await;
        assert_eq!(reply.fields(), "ops:too_many");
        let none = call(&world, &field.andi.1, "post", "/api/v1/field/ops", &json!({ "ops": [] })).await;
        assert_eq!(none.json(), json!({ "results": [] }));
        // A day's photos fit into one batch.
        let large = json!({ "kind": "photo", "what": "other", "data": "A".repeat(12 << 20) });
        let mut op = phone.op(order, large);
        op["based_on"] = Value::Null;
        assert_eq!(phone.send(&[op]).await, "refused:fulfilment.photo_too_large");
    })
    .await;
}

#[tokio::test]
async fn photos_come_as_they_are_and_go_only_to_those_who_may_see_the_job() {
    world::both(async |world: World| {
        let field = Field::open(&world).await;
        let sold = field.job(&world, "postpaid").await;
        let order = &sold["work_order_id"];
        let path = format!("{}/photos", order_path(order));
        let send = async |query: &str, bytes: &[u8]| {
            let ask = world.ask("post", &format!("{path}{query}")).session(&field.andi.1);
            ask.header("content-type", "image/jpeg").bytes(bytes).send().await
        };
        assert_eq!(send("?what=other", &JPEG).await.code(), "fulfilment.wrong_state");
        let mut phone = Phone::of(&world, &field.andi);
        let ops = phone.ops(order, arriving());
        phone.send(&ops).await;
        assert_eq!(
            refusal(&send("?what=other", b"<script>").await),
            (422, "fulfilment.not_a_photo".into())
        );
        assert_eq!(send("?what=selfie", &JPEG).await.fields(), "what:wrong_form");
        let mut large = JPEG.to_vec();
        large.resize(2 * 1024 * 1024 + 1, 0);
        assert_eq!(
            refusal(&send("?what=other", &large).await),
            (422, "fulfilment.photo_too_large".into())
        );
        assert_eq!(refusal(&send("", &JPEG).await), (404, "fulfilment.photo_unknown".into()));
        // Announced by a step with its hash; the bytes follow by themselves.
        let hash = data_encoding::HEXLOWER.encode(
            &fulfilment::photo::NewPhoto::with_bytes(
                fulfilment::evidence::PhotoKind::Other,
                JPEG.to_vec(),
                fulfilment::Mark::at(world.now()),
            )
            .sha256,
        );
        let announced =
            phone.op(order, json!({ "kind": "photo", "what": "installation", "sha256": hash }));
        assert_eq!(phone.send(&[announced]).await, "applied");
        let page = get(&world, &field.noc, &order_path(order)).await;
        let photo = &page["photos"][0];
        assert_eq!((&photo["kind"], &photo["received"]), (&json!("installation"), &json!(false)));
        let bytes_of = format!("/api/v1/photos/{}", photo["id"].as_str().unwrap());
        assert_eq!(
            refusal(&call(&world, &field.noc, "get", &bytes_of, &Value::Null).await),
            (404, "fulfilment.photo_missing".into())
        );
        let (first, again) = (send("", &JPEG).await, send("?what=installation", &JPEG).await);
        assert_eq!(
            (first.status, again.json()),
            (StatusCode::OK, first.json()),
            "{:?}",
            first.json()
        );
        assert_eq!(first.json()["received"], true);
        for who in [&field.noc, &field.andi.1, &field.sales] {
            let reply = call(&world, who, "get", &bytes_of, &Value::Null).await;
            assert_eq!((reply.status, reply.body.as_slice()), (StatusCode::OK, JPEG.as_slice()));
            assert_eq!(reply.headers["content-type"], "image/jpeg");
        }
        let (_, elsewhere) =
            client(&world, "bandung", Role::Noc, Some(field.isp.bandung), None).await;
        for who in [&field.sari.1, &elsewhere] {
            let reply = call(&world, who, "get", &bytes_of, &Value::Null).await;
            assert_eq!(refusal(&reply), (404, "fulfilment.order_not_found".into()));
        }
    })
    .await;
}
