//! Customers and orders through the API.

use axum::http::StatusCode;
use identity::Role;
use kernel::{Id, LeadId, SubscriptionId};
use serde_json::{Value, json};
use store::testing::{cause, now};
use store::{QueryExt, Tx};

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

#[tokio::test]
async fn a_firm_that_is_flagged_withholds_from_its_next_payment_on() {
    world::both(async |world: World| {
        let isp = Isp::found(&world).await;
        let sales = world.client(Role::Sales).await;
        let mut form = budi(&isp);
        form["mode"] = json!("postpaid");
        let lead = made(call(&world, &sales, "post", "/api/v1/leads", &form).await);
        let converted = convert(&world, &lead).await;
        let path = format!("/api/v1/customers/{}", converted.customer);
        let patch = json!({ "kind": "corporate", "withholds_pph23": true });
        let reply = call(&world, &sales, "patch", &path, &patch).await;
        assert_eq!(reply.status, StatusCode::OK, "{:?}", reply.json());
        let paid = async |n: u8, cash: i64| {
            let work = async |tx: &mut Tx| {
                let rule = catalog::TaxRule {
                    from_on: "2025-01-01".parse().unwrap(),
                    code: "PPN".into(),
                    rate_bp: 1_200,
                    base_num: 11,
                    base_den: 12,
                };
                catalog::write::set_tax(tx, &rule).await?;
                let bill = billing::issue::NewOneOff {
                    customer: converted.customer,
                    branch: isp.jakarta,
                    partner: None,
                    subscription: Some(converted.subscription),
                    kind: billing::issue::OneOffKind::Service,
                    key: format!("WO-{n}"),
                    lines: vec![("Jaringan".into(), kernel::Money::rupiah(250_000))],
                    tax: catalog::TaxMode::Exclusive,
                    due_on: None,
                    isolates: false,
                    note: None,
                    draft: false,
                };
                let invoice = billing::issue::one_off(tx, bill).await?;
                let cash = billing::pay::NewPayment {
                    customer: converted.customer,
                    channel: billing::words::Channel::Transfer,
                    reference: Some(format!("BCA-{n}")),
                    amount: kernel::Money::rupiah(cash),
                    named_invoice: Some(invoice),
                    received_at: tx.now(),
                    note: None,
                };
                billing::pay::receive(tx, cash).await?;
                billing::invoice::find(tx, &kernel::Scope::all(), invoice).await
            };
            let invoice = world.db.write(&cause(world.now()), work).await.unwrap();
            (invoice.total.get(), invoice.outstanding().get())
        };
        assert_eq!(paid(1, 272_500).await, (277_500, 0));
        let both = json!({ "withholds_wapu": true });
        call(&world, &sales, "patch", &path, &both).await;
        assert_eq!(paid(2, 245_000).await, (277_500, 0));
        let neither = json!({ "withholds_wapu": false, "withholds_pph23": false });
        call(&world, &sales, "patch", &path, &neither).await;
        assert_eq!(paid(3, 272_500).await, (277_500, 5_000), "they owe the rest again");
    })
    .await;
}

#[tokio::test]
async fn the_owner_gives_a_customer_with_all_that_is_theirs_to_another_branch() {
    world::both(async |world: World| {
        let isp = Isp::found(&world).await;
        let old = client(&world, "sinta", Role::Sales, Some(isp.jakarta), None).await.1;
        let new = client(&world, "susi", Role::Sales, Some(isp.bandung), None).await.1;
        let owner = world.client(Role::Owner).await;
        let mut form = budi(&isp);
        form["mode"] = json!("postpaid");
        let lead = made(call(&world, &old, "post", "/api/v1/leads", &form).await);
        let converted = convert(&world, &lead).await;
        bill(&world, &isp, &converted, 75_000).await;
        let path = format!("/api/v1/customers/{}", converted.customer);
        let give = async |who: &str, body: Value| {
            call(&world, who, "post", &format!("{path}/reassign"), &body).await
        };
        let to = json!({ "branch_id": isp.bandung });
        assert_eq!(refusal(&give(&old, to.clone()).await), (403, "forbidden".into()));
        for (body, fields) in [
            (json!({ "branch_id": "0193a9d0-0000-7000-8000-00000000dead" }), "branch_id:unknown"),
            (json!({ "branch_id": isp.bandung, "partner_id": partner(9) }), "partner_id:not_found"),
        ] {
            assert_eq!(give(&owner, body).await.fields(), fields);
        }
        let reply = give(&owner, to.clone()).await;
        assert_eq!((reply.status, &reply.json()["branch_name"]), (StatusCode::OK, &json!("BDG")));
        assert_eq!(give(&owner, to).await.status, StatusCode::OK, "again changes nothing");
        for (place, key) in [
            ("/api/v1/customers", "number"),
            ("/api/v1/invoices", "number"),
            ("/api/v1/orders", "number"),
            ("/api/v1/work-orders", "number"),
        ] {
            assert_eq!(column(&world, &new, place, key).await.len(), 1, "{place}");
            assert!(column(&world, &old, place, key).await.is_empty(), "{place}");
        }
        let why = format!("/api/v1/why/{}", converted.subscription);
        get(&world, &new, &why).await;
        let gone = call(&world, &old, "get", &path, &Value::Null).await;
        assert_eq!(refusal(&gone), (404, "crm.customer_not_found".into()));
        let journal: i64 = world
            .db
            .reader()
            .value("select count(*) from store_journal where action = 'reassigned'", store::args![])
            .await
            .unwrap();
        assert_eq!(journal, 1);
    })
    .await;
}
