//! Conversion, dispatch, lists, and who sees which job.

use axum::http::StatusCode;
use identity::Role;
use kernel::{Day, PartnerId, UserId};
use serde_json::{Value, json};

use super::setup::{
    Field, JPEG, NOWHERE, PIN, Phone, arriving, chain, evidence, order_path, scan, today,
};
use crate::isp::{call, client, column, get, items, made, refusal};
use crate::world::{self, World};

#[tokio::test]
async fn technicians_see_their_own_jobs_and_resellers_those_of_their_customers() {
    world::both(async |world: World| {
        let field = Field::open(&world).await;
        let sold = field.job(&world, "postpaid").await;
        let order = &sold["work_order_id"];
        let path = order_path(order);
        let (_, elsewhere) =
            client(&world, "bandung", Role::Noc, Some(field.isp.bandung), None).await;
        let partner: PartnerId = "0193a9d0-0000-7000-8000-0000000000aa".parse().unwrap();
        let (_, reseller) =
            client(&world, "mitra", Role::Reseller, Some(field.isp.jakarta), Some(partner)).await;
        let assign = json!({ "technicians": [field.sari.0], "scheduled_on": today(&world) });
        for who in [&field.sari.1, &elsewhere, &reseller] {
            for suffix in ["", "/online", "/pdf"] {
                let reply =
                    call(&world, who, "get", &format!("{path}{suffix}"), &Value::Null).await;
                assert_eq!(refusal(&reply), (404, "fulfilment.order_not_found".into()), "{suffix}");
            }
            assert!(items(&world, who, "/api/v1/work-orders").await.is_empty());
        }
        for (suffix, body) in [
            ("/assign", assign),
            ("/reschedule", json!({ "scheduled_on": today(&world) })),
            ("/cancel", json!({ "reason": "x" })),
            ("/review", json!({})),
            ("/approve-own-device", Value::Null),
            ("/confirm", Value::Null),
        ] {
            let reply = call(&world, &elsewhere, "post", &format!("{path}{suffix}"), &body).await;
            assert_eq!(refusal(&reply), (404, "fulfilment.order_not_found".into()), "{suffix}");
            let reply =
                call(&world, &field.andi.1, "post", &format!("{path}{suffix}"), &body).await;
            assert_eq!(refusal(&reply), (403, "forbidden".into()), "{suffix}");
        }
        // A colleague's step on somebody else's job is refused.
        let mut phone = Phone::of(&world, &field.sari);
        let op = phone.op(order, json!({ "kind": "accept" }));
        assert_eq!(phone.send(&[op]).await, "refused:fulfilment.order_not_found");
        let photo = world
            .ask("post", &format!("{path}/photos?what=other"))
            .session(&field.sari.1)
            .header("content-type", "image/jpeg");
        assert_eq!(photo.bytes(&JPEG).send().await.code(), "fulfilment.order_not_found");
        assert_eq!(
            column(&world, &field.andi.1, "/api/v1/work-orders", "number").await,
            ["SPK000001"]
        );
        // The warehouse reads orders, but not people's phone numbers.
        let row = &items(&world, &field.keeper, "/api/v1/work-orders").await[0];
        assert_eq!(
            (&row["customer_name"], &row["customer_phone"]),
            (&json!("Budi Santoso"), &Value::Null)
        );
        let refused = call(
            &world,
            &elsewhere,
            "post",
            "/api/v1/work-orders",
            &json!({ "kind": "repair", "subscription_id": sold["subscription_id"] }),
        )
        .await;
        assert_eq!(refusal(&refused), (404, "billing.subscription_not_found".into()));
        for kept in ["/api/v1/jobs", "/api/v1/field/ops"] {
            let method = if kept.ends_with("jobs") { "get" } else { "post" };
            let reply = call(&world, &field.noc, method, kept, &json!({ "ops": [] })).await;
            assert_eq!(refusal(&reply), (403, "forbidden".into()), "{kept}");
        }
    })
    .await;
}

#[tokio::test]
async fn dispatch_is_held_to_its_rules() {
    world::both(async |world: World| {
        let field = Field::open(&world).await;
        let sold = field.sold(&world, "Budi", "postpaid").await;
        let path = order_path(&sold["work_order_id"]);
        let (stranger, _) =
            client(&world, "bdg", Role::Technician, Some(field.isp.bandung), None).await;
        let (today, andi) = (today(&world), field.andi.0);
        let assign = async |body: Value| {
            call(&world, &field.noc, "post", &format!("{path}/assign"), &body).await
        };
        for (body, fields) in [
            (json!({ "technicians": [andi], "scheduled_on": today.prev() }), "scheduled_on:past"),
            (
                json!({ "technicians": [andi], "scheduled_on": today.plus_days(400) }),
                "scheduled_on:too_far",
            ),
            (json!({ "technicians": [andi], "scheduled_on": "besok" }), "scheduled_on:wrong_form"),
            (json!({ "technicians": [], "scheduled_on": today }), "technicians:count"),
            (json!({ "technicians": [stranger], "scheduled_on": today }), "technicians:not_found"),
            (json!({ "technicians": [NOWHERE], "scheduled_on": today }), "technicians:not_found"),
            (json!({ "scheduled_on": today }), "technicians:required"),
        ] {
            let reply = assign(body.clone()).await;
            assert_eq!((reply.status.as_u16(), reply.fields().as_str()), (422, fields), "{body}");
        }
        let reschedule = async |day: Day| {
            call(
                &world,
                &field.noc,
                "post",
                &format!("{path}/reschedule"),
                &json!({ "scheduled_on": day }),
            )
            .await
        };
        assert_eq!(refusal(&reschedule(today).await), (409, "flows.nobody_assigned".into()));
        assert_eq!(
            assign(json!({ "technicians": [andi], "scheduled_on": today })).await.status,
            StatusCode::OK
        );
        let mut phone = Phone::of(&world, &field.andi);
        let accept = phone.op(&sold["work_order_id"], json!({ "kind": "accept" }));
        phone.send(&[accept]).await;
        let moved = reschedule(today.next()).await.json();
        assert_eq!(
            (&moved["state"], &moved["scheduled_on"]),
            (&json!("accepted"), &json!(today.next()))
        );
        assert_eq!(moved["technicians"].as_array().unwrap().len(), 1);
        // Nobody was there: the next visit, first without and then with somebody.
        let failed = phone
            .op(&sold["work_order_id"], json!({ "kind": "fail", "reason": "tidak ada orang" }));
        assert_eq!(phone.send(&[failed]).await, "applied");
        let open = reschedule(today.next()).await.json();
        assert_eq!(
            (&open["state"], &open["visit"], &open["failed_reason"]),
            (&json!("open"), &json!(2), &json!("tidak ada orang"))
        );
        let late = phone.op(&sold["work_order_id"], json!({ "kind": "on_the_way", "visit": 1 }));
        let assigned =
            assign(json!({ "technicians": [field.sari.0, andi], "scheduled_on": today }))
                .await
                .json();
        assert_eq!((&assigned["state"], &assigned["visit"]), (&json!("assigned"), &json!(2)));
        assert_eq!(phone.send(&[late]).await, "refused:fulfilment.other_visit");
        let cancelled = call(
            &world,
            &field.sales,
            "post",
            &format!("{path}/cancel"),
            &json!({ "reason": " " }),
        )
        .await;
        assert_eq!(cancelled.fields(), "reason:required");
        let cancel = json!({ "reason": "pelanggan mundur" });
        let cancelled =
            call(&world, &field.sales, "post", &format!("{path}/cancel"), &cancel).await.json();
        assert_eq!(
            (&cancelled["state"], &cancelled["cancelled_reason"]),
            (&json!("cancelled"), &json!("pelanggan mundur"))
        );
        assert_eq!(
            assign(json!({ "technicians": [andi], "scheduled_on": today })).await.code(),
            "fulfilment.wrong_state"
        );
        assert!(items(&world, &field.andi.1, "/api/v1/jobs").await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_visit_is_opened_when_the_connection_has_use_for_it() {
    world::both(async |world: World| {
        let field = Field::open(&world).await;
        let sold = field.job(&world, "postpaid").await;
        let open = async |body: Value| call(&world, &field.sales, "post", "/api/v1/work-orders", &body).await;
        let subscription = &sold["subscription_id"];
        for kind in ["repair", "swap", "move", "dismantle"] {
            let refused = open(json!({ "kind": kind, "subscription_id": subscription, "address": "Jl. Baru 1" })).await;
            assert_eq!(refusal(&refused), (409, "flows.no_visit".into()), "{kind}");
        }
        let twice = open(json!({ "kind": "install", "subscription_id": subscription })).await;
        assert_eq!(refusal(&twice), (409, "fulfilment.already_open".into()));
        let order = &sold["work_order_id"];
        let mut phone = Phone::of(&world, &field.andi);
        let mut steps = arriving();
        steps.push(scan("HWTC0001"));
        steps.extend(evidence());
        steps.push(json!({ "kind": "done", "note": "lampu padam" }));
        let ops = phone.ops(order, steps);
        phone.send(&ops).await;

        for (body, fields) in [
            (json!({ "kind": "move", "subscription_id": subscription }), "address:required"),
            (json!({ "kind": "move", "subscription_id": subscription, "address": "x", "lat": 1.0 }), "lon:required"),
            (json!({ "kind": "repair", "subscription_id": subscription, "lat": 100.0, "lon": 1.0 }), "lat:out_of_range"),
            (json!({ "kind": "dance", "subscription_id": subscription }), "kind:choice"),
            (json!({ "kind": "repair", "subscription_id": subscription, "note": "x".repeat(2_001) }), "note:too_long"),
            (json!({ "kind": "repair" }), "subscription_id:required"),
        ] {
            let reply = open(body.clone()).await;
            assert_eq!((reply.status.as_u16(), reply.fields().as_str()), (422, fields), "{body}");
        }
        let swap = open(json!({ "kind": "swap", "subscription_id": subscription, "note": "lampu merah" })).await;
        assert_eq!(swap.status, StatusCode::CREATED, "{:?}", swap.json());
        let swap = swap.json();
        assert_eq!((&swap["address"], &swap["lat"], &swap["note"]), (&json!("Jl. Melati 5"), &json!(PIN.0), &json!("lampu merah")));

        // The swap: another modem for the one that is there, and the login follows it.
        field.equip(&world, &field.sari, "HWTC0002", "A0:B2:C3:D4:E5:02").await;
        field.dispatched(&world, &swap["id"], &[field.sari.0]).await;
        let job = &items(&world, &field.sari.1, "/api/v1/jobs").await[0];
        assert!(job["password"].is_string(), "the new modem is set up with it");
        let mut phone = Phone::of(&world, &field.sari);
        let mut steps = arriving();
        steps.push(scan("HWTC0002"));
        let ops = phone.ops(&swap["id"], steps);
        assert_eq!(phone.send(&ops).await, "applied applied applied applied");
        assert_eq!(chain(&world, &field, &sold).await["item"]["serial"], "HWTC0002");
        let bag = get(&world, &field.sari.1, "/api/v1/bag").await;
        assert_eq!(bag["items"][0]["serial"], "HWTC0001", "{bag}");
        let moved = open(json!({ "kind": "move", "subscription_id": subscription, "address": "Jl. Baru 1" })).await.json();
        assert_eq!((&moved["address"], &moved["lat"]), (&json!("Jl. Baru 1"), &Value::Null));
    })
    .await;
}

#[tokio::test]
async fn work_orders_are_searched_filtered_and_paged() {
    world::both(async |world: World| {
        let field = Field::open(&world).await;
        let mut orders = Vec::new();
        for name in ["Ani", "Badu", "Cici"] {
            orders.push(field.sold(&world, name, "postpaid").await["work_order_id"].clone());
        }
        let when = async |order: &Value, on: Day, who: &[UserId]| {
            let body = json!({ "technicians": who, "scheduled_on": on });
            let reply =
                call(&world, &field.noc, "post", &format!("{}/assign", order_path(order)), &body)
                    .await;
            assert_eq!(reply.status, StatusCode::OK, "{:?}", reply.json());
        };
        let today = today(&world);
        when(&orders[2], today.next(), &[field.sari.0]).await;
        when(&orders[1], today, &[field.andi.0, field.sari.0]).await;
        let names = async |query: &str| {
            column(&world, &field.noc, &format!("/api/v1/work-orders{query}"), "customer_name")
                .await
        };
        for (query, expect) in [
            (String::new(), vec!["Cici", "Badu", "Ani"]),
            ("?state=unfinished".into(), vec!["Badu", "Cici", "Ani"]),
            ("?state=open".into(), vec!["Ani"]),
            ("?state=assigned&kind=install".into(), vec!["Cici", "Badu"]),
            ("?kind=repair".into(), vec![]),
            (format!("?technician={}", field.andi.0), vec!["Badu"]),
            (format!("?scheduled_on={}", today.next()), vec!["Cici"]),
            ("?q=spk000002".into(), vec!["Badu"]),
            ("?q=cic".into(), vec!["Cici"]),
            ("?q=melati".into(), vec!["Cici", "Badu", "Ani"]),
            ("?q=0812-3456".into(), vec!["Cici", "Badu", "Ani"]),
            ("?q=%25".into(), vec!["Cici", "Badu", "Ani"]),
            ("?q=xyz".into(), vec![]),
            ("?review=true".into(), vec![]),
        ] {
            assert_eq!(names(&query).await, expect, "{query}");
        }
        for order in ["", "&state=unfinished"] {
            let (mut seen, mut after) = (Vec::new(), String::new());
            loop {
                let page =
                    get(&world, &field.noc, &format!("/api/v1/work-orders?limit=1{order}{after}"))
                        .await;
                seen.push(page["items"][0]["customer_name"].as_str().unwrap().to_owned());
                let Some(next) = page["next"].as_str() else { break };
                after = format!("&after={next}");
            }
            let whole = names(if order.is_empty() { "" } else { "?state=unfinished" }).await;
            assert_eq!(seen, whole, "{order}");
        }
        for (query, fields) in [
            ("?state=lost", "state:choice"),
            ("?after=x", "after:cursor"),
            ("?state=unfinished&after=2026-11-22", "after:cursor"),
            ("?kind=dance", "kind:wrong_form"),
            ("?review=maybe", "review:wrong_form"),
        ] {
            let reply = call(
                &world,
                &field.noc,
                "get",
                &format!("/api/v1/work-orders{query}"),
                &Value::Null,
            )
            .await;
            assert_eq!((reply.status.as_u16(), reply.fields().as_str()), (422, fields), "{query}");
        }
        // Sari's phone has both of hers, by day, and nobody else's.
        let jobs = column(&world, &field.sari.1, "/api/v1/jobs", "customer_name").await;
        assert_eq!(jobs, ["Badu", "Cici"]);
    })
    .await;
}

#[tokio::test]
async fn a_far_position_goes_to_review_and_the_report_is_printed() {
    world::both(async |world: World| {
        let field = Field::open(&world).await;
        let sold = field.job(&world, "postpaid").await;
        let order = &sold["work_order_id"];
        let path = order_path(order);
        let pdf = async |who: &str| {
            let reply = call(&world, who, "get", &format!("{path}/pdf"), &Value::Null).await;
            assert_eq!(
                (reply.status, &reply.headers["content-type"]),
                (StatusCode::OK, &"application/pdf".parse().unwrap())
            );
            assert!(reply.body.starts_with(b"%PDF-"));
        };
        pdf(&field.andi.1).await;
        let approve =
            call(&world, &field.noc, "post", &format!("{path}/approve-own-device"), &Value::Null)
                .await;
        assert_eq!(approve.json()["own_device_ok"], true);
        let mut phone = Phone::of(&world, &field.andi);
        let mut steps = arriving();
        steps.push(json!({ "kind": "own_device", "mac": "a0b2.c3d4.e5ff" }));
        steps.push(json!({ "kind": "gps", "lat": -6.25, "lon": PIN.1, "accuracy_m": 8 }));
        steps.push(evidence().remove(0));
        steps.push(json!({ "kind": "done", "note": "menunggu listrik" }));
        let ops = phone.ops(order, steps);
        assert_eq!(
            phone.send(&ops).await,
            "applied applied applied applied applied applied applied"
        );
        let page = get(&world, &field.noc, &path).await;
        assert_eq!((&page["review"], &page["review_why"]), (&json!(true), &json!("far")));
        assert_eq!(
            (&page["item"]["mac"], &page["item"]["serial"]),
            (&json!("A0:B2:C3:D4:E5:FF"), &Value::Null)
        );
        assert_eq!(
            column(&world, &field.noc, "/api/v1/work-orders?review=true", "number").await,
            ["SPK000001"]
        );
        let seen = call(
            &world,
            &field.noc,
            "post",
            &format!("{path}/review"),
            &json!({ "note": "pin salah" }),
        )
        .await;
        assert_eq!((seen.status, &seen.json()["review"]), (StatusCode::OK, &json!(false)));
        assert!(items(&world, &field.noc, "/api/v1/work-orders?review=true").await.is_empty());
        pdf(&field.sales).await;
    })
    .await;
}

#[tokio::test]
async fn a_conversion_happens_once_and_says_what_is_missing() {
    world::both(async |world: World| {
        let field = Field::open(&world).await;
        let lead = async |change: Value| {
            let mut form = json!({ "name": "Budi", "phone": "0812-3456-7890", "address": "Jl. Melati 5",
                                   "lat": PIN.0, "lon": PIN.1 });
            for (key, value) in change.as_object().unwrap() {
                form[key] = value.clone();
            }
            made(call(&world, &field.sales, "post", "/api/v1/leads", &form).await)
        };
        let convert = async |lead: &Value, body: Value| {
            let path = format!("/api/v1/leads/{}/convert", lead.as_str().unwrap());
            call(&world, &field.sales, "post", &path, &body).await
        };
        let bare = lead(json!({})).await;
        assert_eq!(convert(&bare, json!({})).await.fields(), "plan_id:required mode:required");
        let office = json!({ "plan_id": field.isp.postpaid_plan, "mode": "prepaid" });
        assert_eq!(convert(&bare, office).await.status, StatusCode::UNPROCESSABLE_ENTITY, "not sold prepaid");
        let chosen = json!({ "plan_id": field.isp.plan, "mode": "prepaid" });
        let path = format!("/api/v1/leads/{}/convert", bare.as_str().unwrap());
        let send = || world.ask("post", &path).session(&field.sales).json(&chosen).header("idempotency-key", "convert-0001").send();
        let (first, again) = (send().await, send().await);
        assert_eq!((first.status, first.json()), (StatusCode::CREATED, again.json()), "{:?}", first.json());
        assert_eq!(refusal(&convert(&bare, chosen.clone()).await), (409, "crm.lead_wrong_state".into()));
        // A second connection of the same customer.
        let second = lead(json!({ "name": "Budi kantor" })).await;
        let mut further = chosen.clone();
        further["customer_id"] = first.json()["customer_id"].clone();
        let further = convert(&second, further).await.json();
        assert_eq!((&further["customer_number"], &further["port"]), (&first.json()["customer_number"], &json!(2)));
        // Off the map sales must say that they sell all the same.
        let far = lead(json!({ "lat": -6.5 })).await;
        let refused = convert(&far, chosen.clone()).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{:?}", refused.json());
        assert_eq!(refusal(&convert(&json!(NOWHERE), json!({})).await), (404, "crm.lead_not_found".into()));
        let refused = call(&world, &field.noc, "post", &path, &chosen).await;
        assert_eq!(refusal(&refused), (403, "forbidden".into()));
    })
    .await;
}
