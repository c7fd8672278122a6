//! Customers and orders through the API.

use axum::http::StatusCode;
use identity::Role;
use kernel::{Id, LeadId, SubscriptionId};
use serde_json::{Value, json};
use store::Tx;
use store::testing::{cause, now};

use crate::http_crm::{budi, partner};
use crate::isp::{Isp, call, client, column, get, items, made, parsed, refusal};
use crate::world::{self, World};

/// Converts a lead the way the flow does.
async fn convert(world: &World, lead: &Value) -> flows::register::Converted {
    let id: LeadId = parsed(lead);
    let how = flows::register::Conversion { outside_coverage: true, ..Default::default() };
    let work = async |tx: &mut Tx| flows::register::convert(tx, id, &how).await;
    world.db.write(&cause(world.now()), work).await.unwrap()
}

/// Bills something that has nothing to do with a period.
async fn bill(world: &World, isp: &Isp, made: &flows::register::Converted, amount: i64) {
    let new = billing::issue::NewOneOff {
        customer: made.customer,
        branch: isp.jakarta,
        partner: None,
        subscription: Some(made.subscription),
        kind: billing::issue::OneOffKind::Service,
        key: Id::<()>::to_string(&Id::from_uuid(made.order.uuid())),
        lines: vec![("Pindah kabel".into(), kernel::Money::rupiah(amount))],
        tax: catalog::TaxMode::None,
        due_on: None,
        isolates: false,
        note: None,
        draft: false,
    };
    let work = async |tx: &mut Tx| billing::issue::one_off(tx, new.clone()).await;
    world.db.write(&cause(now()), work).await.unwrap();
}

#[tokio::test]
async fn a_customer_is_shown_whole_and_cut_to_the_reader() {
    world::both(async |world: World| {
        let isp = Isp::found(&world).await;
        let sales = world.client(Role::Sales).await;
        let lead = made(call(&world, &sales, "post", "/api/v1/leads", &budi(&isp)).await);
        let converted = convert(&world, &lead).await;
        bill(&world, &isp, &converted, 75_000).await;
        let path = format!("/api/v1/customers/{}", converted.customer);
        let whole = get(&world, &sales, &path).await;
        assert_eq!((&whole["number"], &whole["name"]), (&json!("C000001"), &json!("Budi Santoso")));
        assert_eq!(
            (&whole["branch_name"], &whole["sold_by_name"]),
            (&json!("JKT"), &json!("sales1 sales"))
        );
        assert_eq!((&whole["outstanding"], &whole["credit"]), (&json!(75_000), &json!(0)));
        let chain = &whole["subscriptions"][0];
        assert_eq!(chain["subscription_id"], json!(converted.subscription));
        assert_eq!(
            (&chain["state"], &chain["mode"]),
            (&json!("pending_install"), &json!("prepaid"))
        );
        assert_eq!(
            (&chain["plan_name"], &chain["price"]),
            (&json!("Rumah HOME20"), &json!(250_000))
        );
        assert_eq!(
            (&chain["work_order"]["kind"], &chain["outstanding"]),
            (&json!("install"), &json!(75_000))
        );
        assert_eq!(chain["can"]["pause"]["allowed"], false);
        assert_eq!(
            (&chain["account"], &chain["item"], &chain["session"]),
            (&Value::Null, &Value::Null, &Value::Null)
        );
        let line = &items(&world, &sales, "/api/v1/customers").await[0];
        assert_eq!(
            (&line["state"], &line["subscriptions"]),
            (&json!("pending_install"), &json!(1))
        );
        assert_eq!((&line["outstanding"], &line["branch_name"]), (&json!(75_000), &json!("JKT")));
        // NOC has no invoices; the money is not there for them.
        let noc = world.client(Role::Noc).await;
        let theirs = get(&world, &noc, &path).await;
        assert_eq!((&theirs["outstanding"], &theirs["credit"]), (&Value::Null, &Value::Null));
        assert_eq!(theirs["subscriptions"][0]["outstanding"], Value::Null);
        let line = &items(&world, &noc, "/api/v1/customers").await[0];
        assert_eq!(line["outstanding"], Value::Null);
        // The order and the lead point at them.
        let orders =
            items(&world, &sales, &format!("/api/v1/orders?customer={}", converted.customer)).await;
        assert_eq!((&orders[0]["number"], &orders[0]["lead_id"]), (&json!("SO000001"), &lead));
        let order = get(&world, &sales, &format!("/api/v1/orders/{}", converted.order)).await;
        assert_eq!(order, orders[0]);
        let converted_lead =
            get(&world, &sales, &format!("/api/v1/leads/{}", lead.as_str().unwrap())).await;
        assert_eq!(converted_lead["customer_number"], "C000001");
        // Another branch and another reseller see none of it.
        let (_, bandung) = client(&world, "cs.bdg", Role::Sales, Some(isp.bandung), None).await;
        let (_, mitra) = client(&world, "mitra", Role::Reseller, None, Some(partner(1))).await;
        for stranger in [&bandung, &mitra] {
            let reply = call(&world, stranger, "get", &path, &Value::Null).await;
            assert_eq!(refusal(&reply), (404, "crm.customer_not_found".into()));
            let reply = call(&world, stranger, "patch", &path, &json!({ "name": "X" })).await;
            assert_eq!(refusal(&reply), (404, "crm.customer_not_found".into()));
            let reply = call(
                &world,
                stranger,
                "get",
                &format!("/api/v1/orders/{}", converted.order),
                &Value::Null,
            )
            .await;
            assert_eq!(refusal(&reply), (404, "crm.order_not_found".into()));
            for list in ["/api/v1/customers", "/api/v1/customers/pins", "/api/v1/orders"] {
                assert!(items(&world, stranger, list).await.is_empty(), "{list}");
            }
        }
        for role in [Role::Technician, Role::Warehouse, Role::Hr] {
            let token = world.client(role).await;
            let reply = call(&world, &token, "get", &path, &Value::Null).await;
            assert_eq!(refusal(&reply), (403, "forbidden".into()), "{role}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_patch_changes_what_it_names_and_empties_what_is_null() {
    world::both(async |world: World| {
        let isp = Isp::found(&world).await;
        let sales = world.client(Role::Sales).await;
        let mut form = budi(&isp);
        (form["email"], form["lat"], form["lon"]) =
            (json!("budi@example.id"), json!(-6.2), json!(106.8));
        let lead = made(call(&world, &sales, "post", "/api/v1/leads", &form).await);
        let path = format!("/api/v1/customers/{}", convert(&world, &lead).await.customer);
        let patch = async |body: Value| call(&world, &sales, "patch", &path, &body).await;
        let before = get(&world, &sales, &path).await;
        let same = patch(json!({})).await;
        assert_eq!((same.status, same.json()), (StatusCode::OK, before));
        let changed =
            patch(json!({ "phone": "+62 813 1111 2222", "email": null, "kind": "corporate",
            "withholds_pph23": true, "npwp": "01.234.567.8-901.000", "lang": "en" }))
            .await
            .json();
        assert_eq!((&changed["phone"], &changed["email"]), (&json!("6281311112222"), &Value::Null));
        assert_eq!((&changed["name"], &changed["lat"]), (&json!("Budi Santoso"), &json!(-6.2)));
        assert_eq!((&changed["npwp"], &changed["lang"]), (&json!("012345678901000"), &json!("en")));
        for (body, fields) in [
            (json!({ "phone": "x" }), "phone:not_a_phone"),
            (json!({ "name": " " }), "name:required"),
            (json!({ "lat": null }), "lat:required"),
            (json!({ "kind": "personal" }), "withholds_pph23:not_corporate"),
            (json!({ "kind": "alien" }), "kind:choice"),
            (json!({ "withholds_wapu": 1 }), "withholds_wapu:wrong_type"),
            (json!({ "number": "C000009" }), "number:unknown"),
            (json!({ "branch_id": isp.bandung }), "branch_id:unknown"),
        ] {
            let reply = patch(body.clone()).await;
            assert_eq!((reply.status.as_u16(), reply.fields().as_str()), (422, fields), "{body}");
        }
        let nowhere = patch(json!({ "lat": null, "lon": null })).await.json();
        assert_eq!((&nowhere["lat"], &nowhere["lon"]), (&Value::Null, &Value::Null));
        let finance = world.client(Role::Finance).await;
        let reply = call(&world, &finance, "patch", &path, &json!({ "name": "X" })).await;
        assert_eq!(refusal(&reply), (403, "forbidden".into()));
    })
    .await;
}

#[tokio::test]
async fn customers_are_searched_filtered_paged_and_pinned() {
    world::both(async |world: World| {
        let isp = Isp::found(&world).await;
        let sales = world.client(Role::Sales).await;
        let mut subscriptions: Vec<SubscriptionId> = Vec::new();
        for (n, name) in ["Ani", "Badu", "Cici"].into_iter().enumerate() {
            let mut form = budi(&isp);
            (form["name"], form["phone"]) =
                (json!(name), json!(format!("08{n}{n}555{n}{n}{n}{n}")));
            form["address"] = json!(format!("Jl. {name} Raya"));
            if n > 0 {
                (form["lat"], form["lon"]) =
                    (json!(-6.0 - f64::from(u32::try_from(n).unwrap())), json!(106.8));
            }
            let lead = made(call(&world, &sales, "post", "/api/v1/leads", &form).await);
            world.pass(1);
            subscriptions.push(convert(&world, &lead).await.subscription);
        }
        let cancelled = subscriptions[1];
        let work = async |tx: &mut Tx| billing::subscription::cancel(tx, cancelled).await;
        world.db.write(&cause(now()), work).await.unwrap();
        let names = async |query: &str| {
            column(&world, &sales, &format!("/api/v1/customers{query}"), "name").await.join(" ")
        };
        assert_eq!(names("").await, "Cici Badu Ani");
        assert_eq!(names("?q=c000002").await, "Badu");
        assert_eq!(names("?q=%20ani%20raya").await, "Ani");
        assert_eq!(names("?q=0822%20555").await, "Cici");
        assert_eq!(names("?q=nobody").await, "");
        assert_eq!(names("?state=pending_install").await, "Cici Ani");
        assert_eq!(names("?state=cancelled").await, "Badu");
        let first = get(&world, &sales, "/api/v1/customers?limit=1&state=pending_install").await;
        assert_eq!(first["items"][0]["name"], "Cici");
        let next = first["next"].as_str().unwrap();
        assert_eq!(names(&format!("?limit=1&state=pending_install&after={next}")).await, "Ani");
        let reply = call(&world, &sales, "get", "/api/v1/customers?state=gone", &Value::Null).await;
        assert_eq!((reply.status.as_u16(), reply.fields().as_str()), (422, "state:wrong_form"));
        let pins = get(&world, &sales, "/api/v1/customers/pins").await;
        assert_eq!((pins["items"].as_array().unwrap().len(), &pins["more"]), (2, &json!(false)));
        let part = "/api/v1/customers/pins?south=-7.5&north=-6.5&west=106&east=107";
        let pins = items(&world, &sales, part).await;
        assert_eq!((&pins[0]["name"], &pins[0]["state"]), (&json!("Badu"), &json!("cancelled")));
    })
    .await;
}
