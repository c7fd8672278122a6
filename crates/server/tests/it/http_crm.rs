//! Leads and coverage through the API.

use std::sync::Arc;

use axum::http::StatusCode;
use identity::Role;
use kernel::PartnerId;
use serde_json::{Value, json};
use server::config::Config;
use server::http::{App, router};
use tower::ServiceExt;

use crate::isp::{Isp, call, client, column, get, items, made, refusal};
use crate::world::{self, World};

pub(crate) fn partner(n: u8) -> PartnerId {
    format!("0193a9d0-0000-7000-8000-0000000000{n:02x}").parse().unwrap()
}

/// A lead as the form sends it.
pub(crate) fn budi(isp: &Isp) -> Value {
    json!({ "name": "Budi Santoso", "phone": "0812-3456-7890", "address": "Jl. Melati 5",
            "mode": "prepaid", "plan_id": isp.plan, "branch_id": isp.jakarta, "note": null,
            "channel": "sales", "nik": null, "lat": null, "lon": null })
}

#[tokio::test]
async fn a_lead_goes_from_the_first_word_to_the_decision() {
    world::both(async |world: World| {
        let isp = Isp::found(&world).await;
        let sales = world.client(Role::Sales).await;
        let ask = |method: &'static str, path: String, body: Value| {
            let (world, sales) = (&world, &sales);
            async move { call(world, sales, method, &path, &body).await }
        };
        let reply = ask("post", "/api/v1/leads".into(), budi(&isp)).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{:?}", reply.json());
        let lead = reply.json();
        let path = format!("/api/v1/leads/{}", lead["id"].as_str().unwrap());
        // No area is drawn: nothing is known against it, and sales' word is enough.
        assert_eq!((&lead["state"], &lead["covered"]), (&json!("verified"), &Value::Null));
        assert_eq!((&lead["phone"], &lead["channel"]), (&json!("6281234567890"), &json!("sales")));
        assert_eq!(
            (&lead["plan_name"], &lead["branch_name"]),
            (&json!("Rumah HOME20"), &json!("JKT"))
        );
        assert_eq!((&lead["sold_by_name"], &lead["note"]), (&json!("sales1 sales"), &Value::Null));
        assert_eq!((&lead["duplicates"], &lead["has_nik"]), (&json!([]), &json!(false)));
        assert_eq!(lead["can"]["convert"], json!({ "allowed": true, "reason": null }));
        assert_eq!(lead["can"]["verify"]["allowed"], false);
        assert_eq!(get(&world, &sales, &path).await, lead);

        let mut form = budi(&isp);
        (form["name"], form["nik"]) = (json!("Budi S."), json!("3273 0101 0190 0001"));
        form["lang"] = json!("en");
        let amended = ask("put", path.clone(), form).await.json();
        assert_eq!((&amended["name"], &amended["has_nik"]), (&json!("Budi S."), &json!(true)));
        assert!(!amended.to_string().contains("3273"), "a NIK is never answered");

        let refused = ask("post", format!("{path}/lose"), json!({})).await;
        assert_eq!((refused.status.as_u16(), refused.fields().as_str()), (422, "reason:required"));
        let refused = ask("post", format!("{path}/reject"), json!({ "reason": " " })).await;
        assert_eq!(refused.fields(), "reason:required");
        let waiting = ask("post", format!("{path}/waitlist"), json!({})).await.json();
        assert_eq!((&waiting["state"], &waiting["reason"]), (&json!("waitlisted"), &Value::Null));
        let verified = ask("post", format!("{path}/verify"), json!({})).await.json();
        assert_eq!(
            (&verified["state"], &verified["verified_by_name"]),
            (&json!("verified"), &json!("sales1 sales"))
        );
        let lost =
            ask("post", format!("{path}/lose"), json!({ "reason": "sudah pasang lain" })).await;
        assert_eq!(
            (lost.status, &lost.json()["reason"]),
            (StatusCode::OK, &json!("sudah pasang lain"))
        );
        let again = ask("post", format!("{path}/lose"), json!({ "reason": "x" })).await;
        assert_eq!(refusal(&again), (409, "crm.lead_wrong_state".into()));
        assert_eq!(lost.json()["can"]["amend"]["allowed"], false);
        let english =
            world.ask("get", &path).session(&sales).header("accept-language", "en").send();
        let why = english.await.json()["can"]["lose"]["reason"].clone();
        assert_eq!(why, json!("The lead is \"lost\"; allowed: tidak ada / none."));
    })
    .await;
}

#[tokio::test]
async fn leads_are_searched_filtered_and_paged() {
    world::both(async |world: World| {
        let isp = Isp::found(&world).await;
        let sales = world.client(Role::Sales).await;
        for (name, phone, mode) in [
            ("Ani", "0811111111", "prepaid"),
            ("Badu", "0822222222", "postpaid"),
            ("Cici", "0833333333", "prepaid"),
        ] {
            let mut form = budi(&isp);
            (form["name"], form["phone"], form["mode"]) = (json!(name), json!(phone), json!(mode));
            world.pass(1);
            form["channel"] = if name == "Cici" { json!("admin") } else { json!("sales") };
            made(call(&world, &sales, "post", "/api/v1/leads", &form).await);
        }
        let names = async |query: &str| {
            column(&world, &sales, &format!("/api/v1/leads{query}"), "name").await.join(" ")
        };
        assert_eq!(names("").await, "Cici Badu Ani");
        assert_eq!(names("?q=BAD").await, "Badu");
        assert_eq!(names("?q=0811-1111").await, "Ani");
        assert_eq!(names("?q=%25").await, "Cici Badu Ani", "a sign alone searches for nothing");
        assert_eq!(names("?q=melati%205&channel=admin").await, "Cici");
        assert_eq!(names("?state=new").await, "");
        let first = get(&world, &sales, "/api/v1/leads?limit=2").await;
        let next = first["next"].as_str().unwrap();
        assert_eq!(names(&format!("?limit=2&after={next}")).await, "Ani");
        for (query, field) in [
            ("?state=gone", "state:wrong_form"),
            ("?after=7", "after:cursor"),
            ("?limit=x", "limit:wrong_form"),
        ] {
            let reply =
                call(&world, &sales, "get", &format!("/api/v1/leads{query}"), &Value::Null).await;
            assert_eq!((reply.status.as_u16(), reply.fields().as_str()), (422, field), "{query}");
        }
    })
    .await;
}

#[tokio::test]
async fn whatever_is_wrong_with_a_lead_is_named_as_it_was_sent() {
    world::sqlite(async |world: World| {
        let isp = Isp::found(&world).await;
        let sales = world.client(Role::Sales).await;
        let nowhere = json!("0193a9d0-0000-7000-8000-00000000dead");
        for (change, fields) in [
            (json!({ "name": " ", "phone": "x" }), "name:required phone:not_a_phone"),
            (json!({ "name": 7 }), "name:wrong_type"),
            (json!({ "phone": null }), "phone:wrong_type"),
            (json!({ "plan_id": nowhere }), "plan_id:unknown"),
            (json!({ "plan_id": "HOME20" }), "plan_id:wrong_form"),
            (json!({ "plan_id": isp.postpaid_plan }), "mode:not_allowed"),
            (json!({ "mode": "free" }), "mode:choice"),
            (json!({ "branch_id": nowhere }), "branch_id:unknown"),
            (json!({ "branch_id": null }), "branch_id:required"),
            (json!({ "lat": -6.2 }), "lon:required"),
            (json!({ "lat": "x", "lon": 1 }), "lat:wrong_type"),
            (json!({ "lat": 106.8, "lon": -6.2 }), "lat:out_of_range"),
            (json!({ "nik": "12" }), "nik:not_a_nik"),
            (json!({ "email": "budi" }), "email:not_an_email"),
            (json!({ "lang": "de" }), "lang:choice"),
            (json!({ "sold_by": nowhere }), "sold_by:unknown"),
        ] {
            let mut form = budi(&isp);
            form.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            let reply = call(&world, &sales, "post", "/api/v1/leads", &form).await;
            assert_eq!((reply.status.as_u16(), reply.fields().as_str()), (422, fields), "{change}");
        }
        let reply =
            call(&world, &sales, "post", "/api/v1/leads", &json!({ "phone": "0812" })).await;
        assert_eq!(reply.fields(), "name:required");
        assert!(items(&world, &sales, "/api/v1/leads").await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn text_that_a_database_cannot_keep_is_refused_by_name() {
    world::both(async |world: World| {
        let isp = Isp::found(&world).await;
        let sales = world.client(Role::Sales).await;
        let mut form = budi(&isp);
        form["address"] = json!("Jl. \u{0}");
        let reply = call(&world, &sales, "post", "/api/v1/leads", &form).await;
        assert_eq!((reply.status.as_u16(), reply.fields().as_str()), (422, "address:nul"));
        let reply = call(&world, &sales, "get", "/api/v1/leads?q=a%00b", &Value::Null).await;
        assert_eq!((reply.status.as_u16(), reply.fields().as_str()), (422, "query:nul"));
        // Whatever else can be typed is kept.
        form["address"] = json!("Jl. \u{1}\u{fffd}\u{1f600} \\u0000 '; drop table crm_lead; --");
        let lead = call(&world, &sales, "post", "/api/v1/leads", &form).await;
        assert_eq!((lead.status, &lead.json()["address"]), (StatusCode::CREATED, &form["address"]));
    })
    .await;
}

#[tokio::test]
async fn a_resellers_leads_are_theirs_and_wait_for_somebody_of_ours() {
    world::both(async |world: World| {
        let isp = Isp::found(&world).await;
        let sales = world.client(Role::Sales).await;
        let (_, mitra) = client(&world, "mitra", Role::Reseller, None, Some(partner(1))).await;
        let (_, other) = client(&world, "lain", Role::Reseller, None, Some(partner(2))).await;
        let lead = call(&world, &mitra, "post", "/api/v1/leads", &budi(&isp)).await.json();
        assert_eq!((&lead["state"], &lead["channel"]), (&json!("new"), &json!("reseller")));
        assert_eq!(lead["partner_id"], json!(partner(1)));
        let path = format!("/api/v1/leads/{}", lead["id"].as_str().unwrap());
        for action in ["verify", "reject"] {
            let reply = call(
                &world,
                &mitra,
                "post",
                &format!("{path}/{action}"),
                &json!({ "reason": "x" }),
            )
            .await;
            assert_eq!(refusal(&reply), (403, "forbidden".into()), "{action}");
        }
        // To another reseller, and to another branch's people, it is not there.
        let (_, bandung) = client(&world, "cs.bdg", Role::Sales, Some(isp.bandung), None).await;
        for stranger in [&other, &bandung] {
            for (method, end) in [
                ("get", ""),
                ("put", ""),
                ("get", "/duplicates"),
                ("post", "/waitlist"),
                ("post", "/lose"),
            ] {
                let body = match (method, end) {
                    ("put", _) => budi(&isp),
                    ("post", "/lose") => json!({ "reason": "x" }),
                    ("post", _) => json!({}),
                    _ => Value::Null,
                };
                let reply = call(&world, stranger, method, &format!("{path}{end}"), &body).await;
                assert_eq!(refusal(&reply), (404, "crm.lead_not_found".into()), "{method} {end}");
            }
            assert!(items(&world, stranger, "/api/v1/leads").await.is_empty());
        }
        // Another reseller's twin is flagged, without saying who it is.
        let twin = call(&world, &other, "post", "/api/v1/leads", &budi(&isp)).await.json();
        let flag = &twin["duplicates"][0];
        assert_eq!((&flag["kind"], &flag["reason"]), (&json!("lead"), &json!("phone")));
        assert_eq!((&flag["id"], &flag["name"]), (&Value::Null, &Value::Null));
        let path2 = format!("/api/v1/leads/{}/duplicates", twin["id"].as_str().unwrap());
        let seen = items(&world, &sales, &path2).await;
        assert_eq!((&seen[0]["id"], &seen[0]["name"]), (&lead["id"], &json!("Budi Santoso")));
        let done = call(&world, &sales, "post", &format!("{path}/verify"), &json!({})).await;
        assert_eq!(done.json()["state"], "verified");
        for (role, name) in
            [(Role::Warehouse, "gudang"), (Role::Technician, "teknisi"), (Role::Hr, "personalia")]
        {
            let (_, token) = client(&world, name, role, None, None).await;
            let reply = call(&world, &token, "get", &path, &Value::Null).await;
            assert_eq!(refusal(&reply), (403, "forbidden".into()), "{role}");
        }
    })
    .await;
}

#[tokio::test]
async fn anybody_may_ask_for_a_connection_and_learns_nothing() {
    world::both(async |world: World| {
        let isp = Isp::found(&world).await;
        let sales = world.client(Role::Sales).await;
        made(call(&world, &sales, "post", "/api/v1/leads", &budi(&isp)).await);
        let offer = world.ask("get", "/api/v1/public/offer").send().await.json();
        assert_eq!((&offer["company"], &offer["plans"][0]["price"]), (&json!("Contoh Net"), &json!(250_000)));
        assert_eq!(offer["branches"].as_array().unwrap().len(), 2);
        let post = |body: Value| {
            let ask = world.ask("post", "/api/v1/public/leads").header("accept-language", "en");
            ask.json(&body).send()
        };
        let form = json!({ "name": "Budi Santoso", "phone": "0812 3456 7890", "address": "Jl. Melati 5",
                           "branch_id": isp.jakarta, "plan_id": isp.plan, "mode": "prepaid" });
        let reply = post(form.clone()).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{:?}", reply.json());
        let answer = reply.json();
        let told: Vec<&String> = answer.as_object().unwrap().keys().collect();
        assert_eq!(told, ["id", "received_at"]);
        let lead = get(&world, &sales, &format!("/api/v1/leads/{}", answer["id"].as_str().unwrap())).await;
        assert_eq!((&lead["state"], &lead["channel"], &lead["lang"]), (&json!("new"), &json!("public"), &json!("en")));
        assert_eq!((&lead["sold_by_name"], &lead["duplicates"][0]["reason"]), (&Value::Null, &json!("phone")));
        for (change, fields) in [
            (json!({ "name": "", "phone": "" }), "name:required phone:required"),
            (json!({ "branch_id": null }), "branch_id:required"),
            (json!({ "channel": "sales" }), "channel:unknown"),
            (json!({ "nik": "3273010101900001" }), "nik:unknown"),
        ] {
            let mut form = form.clone();
            form.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            assert_eq!(post(form).await.fields(), fields, "{change}");
        }
        let elsewhere = world.ask("post", "/api/v1/public/leads").header("origin", "https://evil.example");
        assert_eq!(refusal(&elsewhere.json(&form).send().await), (403, "other_origin".into()));
    })
    .await;
}

#[tokio::test]
async fn the_public_form_is_limited_by_address() {
    world::sqlite(async |world: World| {
        let mut config = Config::default();
        config.http.public_posts_per_minute = 2;
        let (_stop, stopping) = tokio::sync::watch::channel(false);
        let clock = Arc::new(world.clock.clone());
        let app = App::new(world.db.clone(), clock, Arc::new(config), stopping);
        let router = router(app);
        let send = async |host: u8| {
            let mut request = axum::http::Request::post("/api/v1/public/leads")
                .header("content-type", "application/json")
                .body(axum::body::Body::from("{}"))
                .unwrap();
            let peer = std::net::SocketAddr::from(([10, 0, 0, host], 40_000));
            request.extensions_mut().insert(axum::extract::ConnectInfo(peer));
            router.clone().oneshot(request).await.unwrap().status().as_u16()
        };
        let from_one = [send(1).await, send(1).await, send(1).await];
        assert_eq!((from_one, send(2).await), ([422, 422, 429], 422));
    })
    .await;
}

#[tokio::test]
async fn the_same_registration_sent_again_is_one_lead() {
    world::both(async |world: World| {
        let isp = Isp::found(&world).await;
        let sales = world.client(Role::Sales).await;
        let send = || {
            let ask = world.ask("post", "/api/v1/leads").session(&sales).json(&budi(&isp));
            ask.header("idempotency-key", "key-00001").send()
        };
        let (first, again) = (send().await, send().await);
        assert_eq!((first.status, first.json()), (again.status, again.json()));
        assert!(again.headers.contains_key("idempotency-replayed"));
        assert_eq!(items(&world, &sales, "/api/v1/leads").await.len(), 1);
    })
    .await;
}

fn square(west: f64, south: f64) -> Value {
    let (east, north) = (west + 0.02, south + 0.02);
    json!({ "type": "Polygon", "coordinates":
        [[[west, south], [east, south], [east, north], [west, north], [west, south]]] })
}

#[tokio::test]
async fn coverage_answers_from_areas_and_free_ports() {
    world::both(async |world: World| {
        let isp = Isp::found(&world).await;
        let noc = world.client(Role::Noc).await;
        let sales = world.client(Role::Sales).await;
        let (_, mitra) = client(&world, "mitra", Role::Reseller, None, Some(partner(1))).await;
        let place = "/api/v1/coverage?lat=-6.1995&lon=106.8105";
        let before = get(&world, &mitra, place).await;
        assert_eq!(before, json!({ "covered": false, "known": false, "area": null, "odp": null, "distance_m": null }));
        let area = json!({ "name": "Menteng", "branch_id": isp.jakarta, "polygon": square(106.8, -6.21) });
        let area_id = made(call(&world, &noc, "post", "/api/v1/areas", &area).await);
        let odp = json!({ "code": "odp-01", "name": "Tiang 5", "branch_id": isp.jakarta,
                          "lat": -6.2, "lon": 106.81, "ports": 8, "reach_m": 250 });
        let odp_id = made(call(&world, &noc, "post", "/api/v1/odps", &odp).await);
        let answer = get(&world, &sales, place).await;
        assert_eq!((&answer["covered"], &answer["area"]["name"]), (&json!(true), &json!("Menteng")));
        assert_eq!((&answer["odp"]["code"], &answer["odp"]["free_ports"]), (&json!("ODP-01"), &json!(8)));
        let metres = answer["distance_m"].as_i64().unwrap();
        assert!((70..90).contains(&metres), "{metres}");
        for (query, fields) in [
            ("?lat=-6.2", "lon:required"),
            ("?lat=x&lon=1", "lat:wrong_form"),
            ("?lat=NaN&lon=1", "lat:out_of_range"),
        ] {
            let reply = call(&world, &sales, "get", &format!("/api/v1/coverage{query}"), &Value::Null).await;
            assert_eq!((reply.status.as_u16(), reply.fields().as_str()), (422, fields), "{query}");
        }
        // A reseller may only ask about a place.
        for path in ["/api/v1/areas", "/api/v1/odps", "/api/v1/coverage/map"] {
            let reply = call(&world, &mitra, "get", path, &Value::Null).await;
            assert_eq!(refusal(&reply), (403, "forbidden".into()), "{path}");
        }
        let map = get(&world, &sales, "/api/v1/coverage/map").await;
        assert_eq!(map["type"], "FeatureCollection");
        assert_eq!(map["features"][0]["geometry"], area["polygon"]);
        assert_eq!(map["features"][1]["geometry"], json!({ "type": "Point", "coordinates": [106.81, -6.2] }));
        assert_eq!(map["features"][1]["properties"]["free_ports"], 8);
        // A lead outside waits for somebody to look at it.
        let mut form = budi(&isp);
        (form["lat"], form["lon"]) = (json!(-6.3), json!(106.81));
        let lead = call(&world, &sales, "post", "/api/v1/leads", &form).await.json();
        assert_eq!((&lead["state"], &lead["covered"]), (&json!("new"), &json!(false)));
        let path = format!("/api/v1/leads/{}/verify", lead["id"].as_str().unwrap());
        let reply = call(&world, &sales, "post", &path, &json!({})).await.json();
        assert_eq!((&reply["state"], &reply["covered"]), (&json!("verified"), &json!(false)));
        let area_path = format!("/api/v1/areas/{}", area_id.as_str().unwrap());
        let odp_path = format!("/api/v1/odps/{}", odp_id.as_str().unwrap());
        assert_eq!(get(&world, &sales, &area_path).await["polygon"], area["polygon"]);
        assert_eq!(get(&world, &sales, &odp_path).await["reach_m"], 250);
    })
    .await;
}

#[tokio::test]
async fn areas_and_odps_belong_to_a_branch_and_are_changed_there() {
    world::both(async |world: World| {
        let isp = Isp::found(&world).await;
        let (_, noc) = client(&world, "noc.jkt", Role::Noc, Some(isp.jakarta), None).await;
        let (_, other) = client(&world, "noc.bdg", Role::Noc, Some(isp.bandung), None).await;
        let area = json!({ "name": "Menteng", "polygon": square(106.8, -6.21) });
        let odp =
            json!({ "code": "ODP-01", "lat": -6.2, "lon": 106.81, "ports": 8, "reach_m": 250 });
        let area_path = format!(
            "/api/v1/areas/{}",
            made(call(&world, &noc, "post", "/api/v1/areas", &area).await).as_str().unwrap()
        );
        let odp_path = format!(
            "/api/v1/odps/{}",
            made(call(&world, &noc, "post", "/api/v1/odps", &odp).await).as_str().unwrap()
        );
        for (path, form, code) in
            [(&area_path, &area, "crm.area_not_found"), (&odp_path, &odp, "crm.odp_not_found")]
        {
            for (method, body) in [("get", &Value::Null), ("put", form), ("delete", &Value::Null)] {
                let reply = call(&world, &other, method, path, body).await;
                assert_eq!(refusal(&reply), (404, code.into()), "{method} {path}");
            }
        }
        assert!(items(&world, &other, "/api/v1/odps").await.is_empty());
        assert!(items(&world, &other, "/api/v1/areas").await.is_empty());
        for (path, change, fields) in [
            ("/api/v1/areas", json!({ "name": "" }), "name:required"),
            (
                "/api/v1/areas",
                json!({ "polygon": { "type": "Point", "coordinates": [1, 2] } }),
                "polygon:not_a_polygon",
            ),
            ("/api/v1/areas", json!({ "polygon": "x" }), "polygon:not_geojson"),
            (
                "/api/v1/odps",
                json!({ "ports": 0, "reach_m": 9000 }),
                "ports:out_of_range reach_m:out_of_range",
            ),
            ("/api/v1/odps", json!({ "ports": "8" }), "ports:wrong_type"),
            ("/api/v1/odps", json!({}), "code:taken"),
        ] {
            let mut form = if path.ends_with("areas") { area.clone() } else { odp.clone() };
            form.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            let reply = call(&world, &noc, "post", path, &form).await;
            assert_eq!((reply.status.as_u16(), reply.fields().as_str()), (422, fields), "{change}");
        }
        let mut changed = odp.clone();
        (changed["ports"], changed["name"]) = (json!(16), json!("Tiang 5"));
        let reply = call(&world, &noc, "put", &odp_path, &changed).await.json();
        assert_eq!((&reply["free_ports"], &reply["branch_id"]), (&json!(16), &json!(isp.jakarta)));
        let redrawn = json!({ "name": "Menteng Dalam", "polygon": square(106.9, -6.21) });
        assert_eq!(
            call(&world, &noc, "put", &area_path, &redrawn).await.json()["name"],
            "Menteng Dalam"
        );
        let inside = "/api/v1/odps?south=-6.3&north=-6.1&west=106&east=107";
        assert_eq!(column(&world, &noc, inside, "code").await, ["ODP-01"]);
        let outside = "/api/v1/odps?south=-7&north=-6.9&west=106&east=107";
        assert!(items(&world, &noc, outside).await.is_empty());
        let reply = call(&world, &noc, "get", "/api/v1/odps?south=1&north=2", &Value::Null).await;
        assert_eq!(reply.fields(), "west:required east:required");
        for path in [&area_path, &odp_path] {
            assert_eq!(
                call(&world, &noc, "delete", path, &Value::Null).await.status,
                StatusCode::NO_CONTENT
            );
            assert_eq!(
                call(&world, &noc, "get", path, &Value::Null).await.status,
                StatusCode::NOT_FOUND
            );
        }
        let (_, sales) = client(&world, "loket", Role::Sales, None, None).await;
        let mut form = odp;
        form["branch_id"] = json!(isp.jakarta);
        let reply = call(&world, &sales, "post", "/api/v1/odps", &form).await;
        assert_eq!(refusal(&reply), (403, "forbidden".into()));
        let everywhere = world.client(Role::Noc).await;
        form["branch_id"] = Value::Null;
        let reply = call(&world, &everywhere, "post", "/api/v1/odps", &form).await;
        assert_eq!(reply.fields(), "branch_id:required");
    })
    .await;
}
