//! ERPNext attached to a running server: its health, its bells, its findings, by the roles that may.

use axum::http::StatusCode;
use bridge::Engine;
use connectors::erpnext::Settings;
use crm::Mode;
use kernel::CustomerId;
use network::Secret;
use serde_json::{Value, json};
use server::books;
use simulator::replay::erpnext::{COMPANY, CONNECTOR, Erpnext, READER};
use store::{QueryExt, Tx, args};

use crate::isp::{call, client, get, items, refusal};
use crate::street::{Home, Street, later};
use crate::world::{self, Reply, World};

fn settings(site: &Erpnext, user: (&str, &str, &str)) -> Settings {
    Settings {
        base: site.base(),
        key: user.1.into(),
        secret: Secret::new(user.2),
        timeout_s: 5,
        ..Settings::default()
    }
}

async fn attached(world: &World) -> Erpnext {
    let site = Erpnext::start(world.now()).await.unwrap();
    let looked = books::look(&world.db, world.now(), settings(&site, CONNECTOR)).await.unwrap();
    assert_eq!(looked.greeting.missing, Vec::<String>::new());
    assert_eq!(looked.settings.company, COMPANY, "the site's only one");
    let public = Some("https://isp.example");
    let done = books::attach(&world.db, world.now(), &looked, public).await.unwrap();
    assert!(done.no_bells.is_none());
    site
}

/// Tells what is due, as often as something moves.
async fn told(world: &World, site: &Erpnext) {
    for _ in 0..20 {
        let carrier = world.app.outside.engines.carrier(&world.db, Engine::Erpnext).await.unwrap();
        flows::mirror::turn(&world.db, &*carrier.unwrap(), &world.clock).await.unwrap();
        later(world, 90);
        site.set_now(world.now());
    }
}

async fn name_of(world: &World, subject: &str, id: uuid::Uuid) -> String {
    let sql = "select external_id from bridge_link where subject = $1 and local_id = $2";
    world.db.reader().value(sql, args![subject, id]).await.unwrap()
}

async fn pays(world: &World, site: &Erpnext, home: &Home, street: &Street) -> String {
    let invoice = street.invoice(world, home).await;
    let party = name_of(world, "customer", home.customer.uuid()).await;
    let paper = name_of(world, "invoice", invoice.uuid()).await;
    let total: i64 = world
        .db
        .reader()
        .value("select total from billing_invoice where id = $1", args![invoice])
        .await
        .unwrap();
    let body = json!({ "payment_type": "Receive", "company": COMPANY, "party_type": "Customer", "party": party, "posting_date": "2026-11-22", "paid_from": "Debtors - PCN", "paid_to": "Bank Account - PCN", "paid_amount": total, "received_amount": total, "reference_no": "TRF-1", "reference_date": "2026-11-22", "references": [{ "reference_doctype": "Sales Invoice", "reference_name": paper, "allocated_amount": total }] });
    let name = site.enter("finance@isp.test", "Payment Entry", body).unwrap();
    site.edit("finance@isp.test", "Payment Entry", &name, json!({ "docstatus": 1 })).unwrap()
}

async fn ring(world: &World, body: &str, signature: &str) -> Reply {
    let ask = world.ask("post", "/bells/erpnext").without("origin").text(body);
    ask.header("x-frappe-webhook-signature", signature).send().await
}

async fn count(world: &World, sql: &str) -> i64 {
    world.db.reader().value(sql, args![]).await.unwrap()
}

async fn state(world: &World, home: &Home) -> String {
    let sql = "select state from billing_subscription where id = $1";
    world.db.reader().value(sql, args![home.subscription]).await.unwrap()
}

#[tokio::test]
async fn a_preview_changes_nothing_there_and_names_what_attaching_makes() {
    world::sqlite(async |world: World| {
        let street = Street::open(&world).await;
        street.connect(&world, "Budi", Mode::Prepaid, street.isp.jakarta, None).await;
        let site = Erpnext::start(world.now()).await.unwrap();
        let made = || (site.docs("Custom Field").len(), site.docs("Item").len());
        let before = made();
        let look = async || books::look(&world.db, world.now(), settings(&site, CONNECTOR)).await;
        let looked = look().await.unwrap();
        assert_eq!(made(), before);
        let preview = looked.preview.as_ref().expect("a preview");
        assert_eq!(preview.customers.to_make, 1, "{preview:?}");
        let named = &looked.greeting.to_make;
        assert!(named.contains(&"Custom Field Customer.isp_external_id".to_owned()), "{named:?}");

        books::attach(&world.db, world.now(), &looked, None).await.unwrap();
        assert_eq!(made().0 - before.0, named.iter().filter(|n| n.starts_with("Custom")).count());
        assert_eq!(look().await.unwrap().greeting.to_make, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn half_configured_it_is_refused_and_nothing_is_attached() {
    world::sqlite(async |world: World| {
        let site = Erpnext::start(world.now()).await.unwrap();
        let looked = books::look(&world.db, world.now(), settings(&site, READER)).await;
        let missing = match looked {
            Ok(looked) => {
                let done = books::attach(&world.db, world.now(), &looked, None).await;
                assert_eq!(done.unwrap_err().code, "engine.incomplete");
                looked.greeting.missing.len()
            }
            Err(fault) => usize::from(fault.code == "erpnext.denied"),
        };
        assert!(missing > 0);
        assert_eq!(count(&world, "select count(*) from bridge_engine").await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_bell_with_its_signature_brings_a_customer_back_online_and_a_forged_one_is_nothing() {
    world::both(async |world: World| {
        let street = Street::open(&world).await;
        let home = street.connect(&world, "Budi", Mode::Prepaid, street.isp.jakarta, None).await;
        let site = attached(&world).await;
        told(&world, &site).await;
        site.take_deliveries();
        assert_eq!(state(&world, &home).await, "ready");
        pays(&world, &site, &home, &street).await;
        let sent = site.take_deliveries();
        let bell = sent.iter().find(|d| d.body.contains("Payment Entry")).unwrap();
        assert_eq!(bell.url, "https://isp.example/bells/erpnext");
        let good = bell.signature.clone().unwrap();

        let forged = [
            (bell.body.replace("ACC-PAY", "ACC-PAX"), good.clone()),
            (bell.body.clone(), String::new()),
            (bell.body.clone(), simulator::replay::erpnext::sign("other", &bell.body)),
        ];
        for (body, signature) in &forged {
            let reply = ring(&world, body, signature).await;
            assert_eq!(refusal(&reply), (401, "bridge.notice_refused".into()));
        }
        assert_eq!(count(&world, "select count(*) from bridge_notice").await, 0);
        let engines = items(&world, &street.owner, "/api/v1/engines").await;
        assert_eq!(engines[0]["refused_notices"], json!(forged.len()));

        for _ in 0..2 {
            assert_eq!(ring(&world, &bell.body, &good).await.status, StatusCode::OK);
        }
        assert_eq!(count(&world, "select count(*) from bridge_notice").await, 1, "once");
        let reach = &world.app.outside.engines;
        let heard = books::answer_bells(&world.db, reach, world.now()).await.unwrap();
        assert_eq!(heard.adopted, 1, "{heard:?}");
        assert_eq!(state(&world, &home).await, "active");
        books::listen(&world.db, reach, &world.clock).await.unwrap();
        books::compare(&world.db, reach, world.now()).await.unwrap();
        let engines = items(&world, &street.owner, "/api/v1/engines").await;
        let row = &engines[0];
        assert_eq!((&row["reachable"], &row["version"]), (&json!(true), &json!("15.45.0")));
        assert_eq!(row["notices"], 0, "{row}");
        // What payroll has to know of the staff is not written down; nothing else differs.
        let found = items(&world, &street.owner, "/api/v1/findings?state=open").await;
        assert!(found.iter().all(|f| f["subject"] == "employee"), "{found:?}");
        assert!(row["lag_ms"].is_i64() && row["compared"]["compared"].is_i64(), "{row}");
        assert_eq!(row["settings"]["secret"], Value::Null);
        site.set_down(true);
        assert!(books::listen(&world.db, reach, &world.clock).await.is_err());
        let row = &items(&world, &street.owner, "/api/v1/engines").await[0];
        assert_eq!(row["reachable"], json!(false));
        assert!(row["last_error"].is_string());
    })
    .await;
}

#[tokio::test]
async fn a_finding_shows_both_sides_and_is_settled_by_whoever_may() {
    world::both(async |world: World| {
        let street = Street::open(&world).await;
        let home = street.connect(&world, "Budi", Mode::Prepaid, street.isp.jakarta, None).await;
        let site = attached(&world).await;
        told(&world, &site).await;
        let party = name_of(&world, "customer", home.customer.uuid()).await;
        let edit = |body: Value| site.edit("finance@isp.test", "Customer", &party, body).unwrap();
        edit(json!({ "customer_name": "Budi Santoso" }));
        edit(json!({ "disabled": 1 }));
        let reach = &world.app.outside.engines;
        books::listen(&world.db, reach, &world.clock).await.unwrap();
        let found = items(&world, &street.finance, "/api/v1/findings?state=open").await;
        let found: Vec<Value> = found.into_iter().filter(|f| f["subject"] == "customer").collect();
        assert_eq!(found.len(), 2, "{found:?}");
        let of = |field: &str| found.iter().find(|f| f["field"] == field).unwrap().clone();
        assert_eq!(
            (&of("name")["ours"], &of("name")["theirs"]),
            (&json!("Budi"), &json!("Budi Santoso"))
        );
        assert_eq!(of("name")["choices"].as_array().unwrap().len(), 3);
        let settle = async |who: &str, field: &str, choice: &str| {
            let path = format!("/api/v1/findings/{}/settle", of(field)["id"].as_str().unwrap());
            call(&world, who, "post", &path, &json!({ "choice": choice })).await
        };
        let warehouse =
            client(&world, "wati", identity::Role::Warehouse, Some(street.isp.jakarta), None)
                .await
                .1;
        for who in [&street.noc, &warehouse] {
            assert_eq!(settle(who, "name", "heal").await.status, StatusCode::FORBIDDEN);
        }
        let elsewhere = settle(&street.other_finance, "name", "heal").await;
        assert_eq!(elsewhere.status, StatusCode::NOT_FOUND, "another branch's");
        let ended = settle(&street.owner, "disabled", "adopt").await;
        assert_eq!(refusal(&ended), (409, "bridge.customer_in_use".into()));
        let taken = settle(&street.owner, "name", "adopt").await;
        assert_eq!(taken.status, StatusCode::OK, "{:?}", taken.json());
        let id: CustomerId = home.customer;
        let name: String = world
            .db
            .reader()
            .value("select name from crm_customer where id = $1", args![id])
            .await
            .unwrap();
        assert_eq!(name, "Budi Santoso");
        assert_eq!(settle(&street.finance, "disabled", "heal").await.status, StatusCode::OK);
        later(&world, 60);
        told(&world, &site).await;
        assert_eq!(site.doc("Customer", &party).unwrap()["disabled"], json!(0));
        assert_eq!(settle(&street.finance, "name", "heal").await.code(), "bridge.finding_settled");
        let cause = kernel::Cause::system(world.now(), "test");
        books::silence(&world.db).await.unwrap();
        assert!(site.docs("Webhook").iter().all(|w| w["enabled"] == json!(0)));
        let detach = async |tx: &mut Tx| bridge::engine::detach(tx, Engine::Erpnext).await;
        world.db.write(&cause, detach).await.unwrap();
        assert_eq!(ring(&world, "{}", "x").await.status, StatusCode::NOT_FOUND);
        get(&world, &street.owner, "/api/v1/engines").await;
    })
    .await;
}
