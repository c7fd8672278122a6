//! One decision about many records.

use axum::http::StatusCode;
use crm::Mode;
use identity::Role;
use kernel::Zone;
use network::{NasAnswer, RecordKind};
use serde_json::{Value, json};
use store::testing::cause;
use store::{QueryExt, Tx, args};

use crate::http_billing::{open, post};
use crate::isp::{client, column, get, items, made};
use crate::street::{Home, Router, Street, later};
use crate::world::{self, Reply, World};

const NOWHERE: &str = "0193a9d0-0000-7000-8000-00000000dead";

async fn homes(world: &World, street: &Street, mode: Mode) -> Vec<Home> {
    let mut homes = Vec::new();
    for name in ["Ani", "Budi", "Cici"] {
        homes.push(street.connect(world, name, mode, street.isp.jakarta, None).await);
    }
    homes
}

/// Each line in short: done, or why not.
fn said(reply: &Reply) -> Vec<String> {
    assert_eq!(reply.status, StatusCode::OK, "{:?}", reply.json());
    let json = reply.json();
    let line = |line: &Value| match line["ok"] == true {
        true => "ok".to_owned(),
        false => {
            assert!(line["detail"].as_str().is_some_and(|text| !text.is_empty()), "{line}");
            line["code"].as_str().unwrap().to_owned()
        }
    };
    json["lines"].as_array().unwrap().iter().map(line).collect()
}

async fn keyed(world: &World, who: &str, path: &str, key: &str, body: &Value) -> Reply {
    world.ask("post", path).session(who).header("idempotency-key", key).json(body).send().await
}

/// The stored answer of a key is lost; what was stored with each record is not.
async fn forget(world: &World, key: &str) {
    let work = async |tx: &mut Tx| {
        tx.exec("delete from store_idempotency where key = $1", args![key]).await.map(drop)
    };
    world.db.write(&cause(world.now()), work).await.unwrap();
}

async fn count(world: &World, sql: &str) -> i64 {
    world.db.reader().value(sql, args![]).await.unwrap()
}

#[tokio::test]
async fn customers_are_reminded_of_what_they_owe_once_a_day() {
    world::both(async |world: World| {
        let street = open(&world).await;
        let homes = homes(&world, &street, Mode::Prepaid).await;
        let mut ids = Vec::new();
        for home in &homes {
            ids.push(json!(street.invoice(&world, home).await));
        }
        let silent = json!({ "opted_out": ["whatsapp", "email"] });
        let path = format!("/api/v1/customers/{}/messages", homes[2].customer);
        let off = world.ask("put", &path).session(&street.sales).json(&silent).send().await;
        assert!(off.status.is_success(), "{:?}", off.json());
        ids.push(json!(NOWHERE));
        let body = json!({ "ids": ids });
        let expect = ["ok", "ok", "flows.not_told", "billing.invoice_not_found"];

        let sent = "select count(*) from notification_message where template = 'reminder'";
        let preview =
            post(&world, &street.finance, "/api/v1/invoices/remind/preview", body.clone());
        let preview = preview.await;
        assert_eq!(said(&preview), expect);
        let owed: i64 = items(&world, &street.finance, "/api/v1/invoices")
            .await
            .iter()
            .filter(|row| row["id"] == ids[0] || row["id"] == ids[1])
            .map(|row| row["outstanding"].as_i64().unwrap())
            .sum();
        assert_eq!((&preview.json()["count"], &preview.json()["sum"]), (&json!(2), &json!(owed)));
        assert_eq!(count(&world, sent).await, 0, "a preview sends nothing");

        let path = "/api/v1/invoices/remind";
        let done = keyed(&world, &street.finance, path, "remind-0001", &body).await;
        assert_eq!(
            (said(&done), done.json()["sum"].clone()),
            (expect.map(str::to_owned).to_vec(), json!(owed))
        );
        assert_eq!(count(&world, sent).await, 2);
        let again = keyed(&world, &street.finance, path, "remind-0001", &body).await;
        assert_eq!(again.json(), done.json(), "the same request is answered as it was");
        let other = keyed(&world, &street.finance, path, "remind-0002", &body).await;
        assert_eq!(said(&other)[0], "flows.reminded_today");
        later(&world, 86_400);
        let here = Some(street.isp.jakarta);
        let (_, sales) = client(&world, "sari.b", Role::Sales, here, None).await;
        assert_eq!(said(&keyed(&world, &sales, path, "remind-0003", &body).await)[0], "ok");
        assert_eq!(count(&world, sent).await, 4);
        let (_, noc) = client(&world, "nadi.b", Role::Noc, here, None).await;
        let refused = post(&world, &noc, path, body).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
    })
    .await;
}

#[tokio::test]
async fn work_orders_are_dispatched_together_and_what_was_done_is_done_once() {
    world::both(async |world: World| {
        let street = open(&world).await;
        homes(&world, &street, Mode::Postpaid).await;
        let (andi, _) =
            client(&world, "andi.b", Role::Technician, Some(street.isp.jakarta), None).await;
        let (asep, _) =
            client(&world, "asep.b", Role::Technician, Some(street.isp.bandung), None).await;
        let mut ids: Vec<Value> = items(&world, &street.noc, "/api/v1/work-orders")
            .await
            .iter()
            .map(|o| o["id"].clone())
            .collect();
        assert_eq!(ids.len(), 3);
        let cancel = format!("/api/v1/work-orders/{}/cancel", ids[1].as_str().unwrap());
        let cancelled = post(&world, &street.noc, &cancel, json!({ "reason": "batal" })).await;
        assert!(cancelled.status.is_success(), "{:?}", cancelled.json());
        ids.push(json!(NOWHERE));
        let today = world.now().day(Zone::Jakarta);
        let body = json!({ "ids": ids, "technicians": [andi], "scheduled_on": today });
        let path = "/api/v1/work-orders/assign";
        let preview = post(&world, &street.noc, &format!("{path}/preview"), body.clone()).await;
        let expect = said(&preview);
        assert_eq!(
            (&*expect[0], &*expect[2], &*expect[3]),
            ("ok", "ok", "fulfilment.order_not_found")
        );
        assert_ne!(expect[1], "ok");
        assert_eq!(preview.json()["count"], 2);
        let states = column(&world, &street.noc, "/api/v1/work-orders", "state").await;
        assert!(!states.contains(&"assigned".to_owned()), "{states:?}");

        let done = keyed(&world, &street.noc, path, "dispatch-1", &body).await;
        assert_eq!(said(&done), expect);
        let states =
            column(&world, &street.noc, "/api/v1/work-orders?state=assigned", "state").await;
        assert_eq!(states.len(), 2);
        // The program was killed before the answer was kept: the lines that were done are not done again.
        forget(&world, "dispatch-1").await;
        let steps = "select count(*) from store_journal where subject = 'work_order'";
        let before = count(&world, steps).await;
        let again = keyed(&world, &street.noc, path, "dispatch-1", &body).await;
        assert_eq!((said(&again), count(&world, steps).await), (expect, before));

        let far = json!({ "ids": [ids[0]], "technicians": [asep], "scheduled_on": today });
        assert_eq!(said(&post(&world, &street.noc, path, far).await), ["invalid_fields"]);
        let many: Vec<String> = (10..61).map(|n| format!("{}{n}", &NOWHERE[..34])).collect();
        for ids in [json!([]), json!(many)] {
            let none = json!({ "ids": ids, "technicians": [andi], "scheduled_on": today });
            let reply = post(&world, &street.noc, path, none).await;
            assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert_eq!(reply.json()["fields"][0]["name"], "ids");
        }
    })
    .await;
}

#[tokio::test]
async fn leads_are_given_to_somebody_who_sells_in_their_branch() {
    world::both(async |world: World| {
        let street = open(&world).await;
        let lead = async |who: &str, name: &str| {
            let body = json!({ "name": name, "phone": "0813-1234-5678", "address": "Jl. 1" });
            made(post(&world, who, "/api/v1/leads", body).await)
        };
        let ours = lead(&street.sales, "Dewi").await;
        let lost = lead(&street.sales, "Eka").await;
        let theirs = lead(&street.reseller, "Fajar").await;
        let lose = format!("/api/v1/leads/{}/lose", lost.as_str().unwrap());
        assert!(
            post(&world, &street.sales, &lose, json!({ "reason": "-" })).await.status.is_success()
        );
        let sellers = items(&world, &street.sales, "/api/v1/sellers").await;
        let names: Vec<&str> = sellers.iter().map(|s| s["name"].as_str().unwrap()).collect();
        assert!(
            names.contains(&"sinta") && !names.contains(&"susi") && !names.contains(&"rudi"),
            "{names:?}"
        );
        let (mira, _) = client(&world, "mira", Role::Sales, Some(street.isp.jakarta), None).await;
        let (elsewhere, _) =
            client(&world, "sari", Role::Sales, Some(street.isp.bandung), None).await;
        let path = "/api/v1/leads/assign";
        let body = json!({ "ids": [ours, lost, theirs], "seller_id": mira });
        let expect = ["ok", "crm.lead_wrong_state", "crm.lead_of_reseller"];
        let preview = post(&world, &street.sales, &format!("{path}/preview"), body.clone()).await;
        assert_eq!(said(&preview), expect);
        let sold = async |id: &Value| {
            let path = format!("/api/v1/leads/{}", id.as_str().unwrap());
            get(&world, &street.sales, &path).await["sold_by_name"].clone()
        };
        assert_eq!(sold(&ours).await, "sinta");
        assert_eq!(said(&post(&world, &street.sales, path, body).await), expect);
        assert_eq!((sold(&ours).await, sold(&lost).await), (json!("mira"), json!("sinta")));
        let mine = format!("/api/v1/leads?sold_by={mira}");
        assert_eq!(column(&world, &street.sales, &mine, "name").await, ["Dewi"]);
        let wrong = json!({ "ids": [ours], "seller_id": elsewhere });
        assert_eq!(said(&post(&world, &street.sales, path, wrong).await), ["invalid_fields"]);
        let refused =
            post(&world, &street.reseller, path, json!({ "ids": [theirs], "seller_id": mira }));
        assert_eq!(refused.await.status, StatusCode::FORBIDDEN);
    })
    .await;
}

#[tokio::test]
async fn sessions_are_ended_together_and_a_router_that_refuses_is_named() {
    world::both(async |world: World| {
        let router = Router::new();
        let world = world.connected(router.clone());
        let street = open(&world).await;
        let homes = homes(&world, &street, Mode::Postpaid).await;
        for (n, home) in (1..).zip(&homes) {
            street.report(&world, home, RecordKind::Start, &format!("s{n}"), 0).await;
        }
        later(&world, 60);
        street.report(&world, &homes[2], RecordKind::Stop, "s3", 60).await;
        let ids = column(&world, &street.noc, "/api/v1/sessions", "id").await;
        assert_eq!(ids.len(), 2);
        let over = column(&world, &street.noc, "/api/v1/sessions?state=closed", "id").await;
        let body = json!({ "ids": [ids[0], over[0], NOWHERE, ids[1]] });
        let expect = ["ok", "network.session_closed", "network.session_not_found", "ok"];
        let path = "/api/v1/sessions/kick";
        let preview = post(&world, &street.noc, &format!("{path}/preview"), body.clone()).await;
        assert_eq!((said(&preview), router.heard().len()), (expect.map(str::to_owned).to_vec(), 0));
        assert_eq!(said(&post(&world, &street.noc, path, body).await), expect);
        let mut heard = router.heard();
        heard.sort();
        assert_eq!(heard, ["disconnect s1", "disconnect s2"]);
        router.answers(NasAnswer::Timeout);
        let body = json!({ "ids": [ids[0]] });
        assert_eq!(
            said(&post(&world, &street.noc, path, body.clone()).await),
            ["network.router_silent"]
        );
        let foreign = post(&world, &street.other_noc, path, body).await;
        assert_eq!(said(&foreign), ["network.session_not_found"]);
    })
    .await;
}
