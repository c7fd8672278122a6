//! Payment gateways' notices, from the door to counted money.

use std::sync::Arc;

use axum::http::StatusCode;
use billing::gateway::Intent;
use billing::intent::IntentFor;
use billing::words::IntentState;
use connectors::simgateway::{NAME, Remote, SentNotice, SimGateway};
use crm::Mode;
use flows::inbox::{self, Gateways, InboxDone};
use kernel::{Cause, Money};
use network::Secret;
use serde_json::{Value, json};
use store::{Query, QueryExt, args};

use crate::isp::{call, get, items, refusal};
use crate::street::{Home, Street, later};
use crate::world::{self, Reply, World};

const KEY: &str = "kunci-gateway-simulasi";
const PAGE: &str = "https://isp.example/sim-gateway/pay";

/// Connects the simulated gateway; without a key it refuses every notice.
pub(crate) fn offer(world: &World, key: Option<&str>) -> Arc<Remote> {
    let remote = Arc::new(Remote::open(Secret::new(KEY), None).unwrap());
    let clock = Arc::new(world.clock.clone());
    let gateway = SimGateway::new(remote.clone(), key.map(Secret::new), clock, PAGE);
    world.db.with_ext(remote.clone()).with_ext(Arc::new(Gateways::new(vec![Arc::new(gateway)])));
    remote
}

/// With its key.
pub(crate) fn offered(world: &World) -> Arc<Remote> {
    offer(world, Some(KEY))
}

/// Sends a notice to our door, as the gateway does.
pub(crate) async fn told(world: &World, notice: &SentNotice) -> Reply {
    deliver(world, NAME, notice).await
}

async fn deliver(world: &World, gateway: &str, notice: &SentNotice) -> Reply {
    let text = String::from_utf8(notice.body.clone()).unwrap();
    let path = format!("/gateway/{gateway}/notice");
    let mut ask = world.ask("post", &path).without("origin").text(&text);
    for (name, value) in &notice.headers {
        ask = ask.header(name, value);
    }
    ask.send().await
}

pub(crate) async fn activate(world: &World) -> InboxDone {
    inbox::activate(&world.db, world.now()).await.unwrap()
}

/// Begins paying everything that the home owes.
async fn begun(world: &World, home: &Home) -> Intent {
    let cause = Cause::system(world.now(), "test");
    let what = IntentFor::Customer(home.customer);
    flows::checkout::open(&world.db, &cause, &what, None).await.unwrap()
}

/// What an intent looks like to the gateway, with another reference or amount.
fn asked(reference: &str, rupiah: i64, like: &Intent) -> Intent {
    let amount = Money::rupiah(rupiah);
    Intent { reference: reference.to_owned(), amount, ..like.clone() }
}

async fn count(world: &World, sql: &str) -> i64 {
    world.db.reader().value(sql, args![]).await.unwrap()
}

async fn state(q: &mut dyn Query, home: &Home) -> String {
    let sql = "select state from billing_subscription where id = $1";
    q.value(sql, args![home.subscription]).await.unwrap()
}

#[tokio::test]
async fn a_notice_that_comes_five_times_and_races_is_counted_once() {
    world::both(async |world: World| {
        let street = Street::open(&world).await;
        let home = street.connect(&world, "Budi", Mode::Prepaid, street.isp.jakarta, None).await;
        let remote = offered(&world);
        let intent = begun(&world, &home).await;
        assert_eq!(intent.url.as_deref(), Some(&*format!("{PAGE}/{}", intent.reference)));
        assert_eq!(begun(&world, &home).await.id, intent.id, "begun again, it is the same");
        assert_eq!(state(&mut world.db.reader(), &home).await, "ready");

        later(&world, 60);
        let notice = remote.pay(&intent.reference, None, world.now()).unwrap();
        let world = Arc::new(world);
        let (a, b) = store::testing::race(|_| {
            let (world, notice) = (world.clone(), notice.clone());
            async move { told(&world, &notice).await.status }
        })
        .await;
        assert_eq!((a, b), (StatusCode::OK, StatusCode::OK));
        let (a, b) = store::testing::race(|_| {
            let world = world.clone();
            async move { activate(&world).await }
        })
        .await;
        assert_eq!((a.failed, b.failed), (0, 0), "{a:?} {b:?}");
        for _ in 0..3 {
            assert_eq!(told(&world, &notice).await.status, StatusCode::OK);
            activate(&world).await;
        }
        assert_eq!(count(&world, "select count(*) from billing_notice").await, 1);
        assert_eq!(count(&world, "select count(*) from billing_payment").await, 1);
        let sql = "select count(*) from billing_notice where state = 'counted'";
        assert_eq!(count(&world, sql).await, 1);
        assert_eq!(state(&mut world.db.reader(), &home).await, "active");
        let paid = billing::intent::by_reference(&mut world.db.reader(), &intent.reference).await;
        assert_eq!(paid.unwrap().state, IntentState::Paid);
        let kept: Vec<u8> =
            world.db.reader().value("select raw from billing_notice", args![]).await.unwrap();
        assert_eq!(kept, notice.body, "raw, as it came");
        let broken = billing::invariants::check(&mut world.db.reader()).await.unwrap();
        assert!(broken.is_empty(), "{broken:?}");
    })
    .await;
}

#[tokio::test]
async fn what_can_not_be_verified_is_refused_counted_and_not_stored() {
    world::both(async |world: World| {
        let street = Street::open(&world).await;
        let home = street.connect(&world, "Budi", Mode::Prepaid, street.isp.jakarta, None).await;
        let remote = offered(&world);
        let intent = begun(&world, &home).await;
        let real = remote.pay(&intent.reference, None, world.now()).unwrap();
        let mut forged = Vec::new();
        let text = String::from_utf8(real.body.clone()).unwrap();
        let more = text.replacen(&intent.amount.get().to_string(), "1", 1);
        assert_ne!(more, text);
        forged.push(SentNotice { body: more.into_bytes(), ..real.clone() });
        forged.push(SentNotice { headers: Vec::new(), ..real.clone() });
        let other = vec![(real.headers[1].0.clone(), format!("sha256={}", "0".repeat(64)))];
        forged.push(SentNotice { headers: other, ..real.clone() });
        forged.push(SentNotice { body: b"{".to_vec(), ..real.clone() });
        for notice in &forged {
            let reply = told(&world, notice).await;
            assert_eq!(refusal(&reply), (401, "gateway.refused".into()));
        }
        let reply = deliver(&world, "nobody", &real).await;
        assert_eq!(refusal(&reply), (404, "no_such_address".into()));
        assert_eq!(count(&world, "select count(*) from billing_notice").await, 0);
        assert_eq!(activate(&world).await.counted, 0);
        let seen = items(&world, &street.owner, "/api/v1/gateways").await;
        assert_eq!(seen[0]["refused"], json!(forged.len()));
        assert_eq!(seen[0]["name"], json!("simulated"));
    })
    .await;
}

#[tokio::test]
async fn without_a_key_every_notice_is_refused_and_the_money_is_found_by_asking() {
    world::both(async |world: World| {
        let street = Street::open(&world).await;
        let home = street.connect(&world, "Budi", Mode::Prepaid, street.isp.jakarta, None).await;
        let remote = offer(&world, None);
        let intent = begun(&world, &home).await;
        assert_eq!(activate(&world).await, InboxDone::default(), "it was just begun");
        later(&world, 31);
        assert_eq!(activate(&world).await, InboxDone { asked: 1, ..InboxDone::default() });
        let notice = remote.pay(&intent.reference, None, world.now()).unwrap();
        assert_eq!(told(&world, &notice).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(activate(&world).await, InboxDone::default(), "asked half a minute apart");
        later(&world, 31);
        remote.set_away(true);
        let unanswered = InboxDone { unanswered: 1, ..InboxDone::default() };
        assert_eq!(activate(&world).await, unanswered);
        assert_eq!(activate(&world).await, InboxDone::default(), "and it is left in peace");
        later(&world, 31);
        remote.set_away(false);
        let found = InboxDone { asked: 1, found: 1, ..InboxDone::default() };
        assert_eq!(activate(&world).await, found);
        assert_eq!(state(&mut world.db.reader(), &home).await, "active");
    })
    .await;
}

#[tokio::test]
async fn money_of_another_amount_or_of_nobody_waits_for_a_person() {
    world::both(async |world: World| {
        let street = Street::open(&world).await;
        let home = street.connect(&world, "Budi", Mode::Prepaid, street.isp.jakarta, None).await;
        let remote = offered(&world);
        let gateway = world.db.ext::<Gateways>().unwrap().first().unwrap();
        // The gateway has our reference for another amount, and one that we never gave.
        let cause = Cause::system(world.now(), "test");
        let intent = world
            .db
            .write(&cause, async |tx: &mut store::Tx| {
                billing::intent::open(tx, &IntentFor::Customer(home.customer), NAME, 3_600).await
            })
            .await
            .unwrap();
        for wrong in
            [asked(&intent.reference, 12_345, &intent), asked("SB-nobody", 50_000, &intent)]
        {
            gateway.create(&(&wrong).into()).await.unwrap();
            let notice = remote.pay(&wrong.reference, None, world.now()).unwrap();
            assert_eq!(told(&world, &notice).await.status, StatusCode::OK);
        }
        let done = activate(&world).await;
        assert_eq!((done.parked, done.counted, done.found), (2, 0, 0), "{done:?}");
        // Asking finds the same money again, and leaves it where it is.
        later(&world, 31);
        let done = activate(&world).await;
        assert_eq!((done.parked, done.counted, done.found), (0, 0, 0), "{done:?}");
        assert_eq!(count(&world, "select count(*) from billing_payment").await, 0);

        let parked = items(&world, &street.owner, "/api/v1/notices").await;
        let of = |state: &str| parked.iter().find(|n| n["state"] == state).unwrap().clone();
        assert_eq!((parked.len(), &of("mismatch")["amount"]), (2, &json!(12_345)));
        assert_eq!(items(&world, &street.other_finance, "/api/v1/notices").await.len(), 0);
        let accept = async |notice: &Value, who: &str, body: Value| {
            let path = format!("/api/v1/notices/{}/accept", notice["id"].as_str().unwrap());
            call(&world, who, "post", &path, &body).await
        };
        let elsewhere = accept(&of("mismatch"), &street.other_finance, json!({})).await;
        assert_eq!(refusal(&elsewhere), (404, "billing.notice_not_found".into()));
        let taken = accept(&of("mismatch"), &street.finance, json!({})).await;
        assert_eq!(taken.status, StatusCode::OK, "{:?}", taken.json());
        let whose = accept(&of("unmatched"), &street.finance, json!({})).await;
        assert_eq!(whose.fields(), "customer_id:billing.notice_customer");
        let taken =
            accept(&of("unmatched"), &street.finance, json!({ "customer_id": home.customer }))
                .await;
        assert_eq!(taken.status, StatusCode::OK, "{:?}", taken.json());
        let again = accept(&of("unmatched"), &street.finance, json!({})).await;
        assert_eq!(refusal(&again), (409, "billing.notice_not_parked".into()));
        assert_eq!(count(&world, "select count(*) from billing_payment").await, 2);
        later(&world, 31);
        assert_eq!(activate(&world).await.parked, 0, "what a person took does not come back");
    })
    .await;
}

#[tokio::test]
async fn a_reseller_begins_paying_a_bill_of_theirs_and_no_other() {
    world::both(async |world: World| {
        let street = Street::open(&world).await;
        offered(&world);
        let jakarta = street.isp.jakarta;
        let own = street.connect(&world, "Ani", Mode::Prepaid, jakarta, Some(street.partner)).await;
        let other = street.connect(&world, "Budi", Mode::Prepaid, jakarta, None).await;
        let begin = async |home: &Home| {
            let body = json!({ "invoice_id": street.invoice(&world, home).await });
            call(&world, &street.reseller, "post", "/api/v1/intents", &body).await
        };
        let made = begin(&own).await;
        assert_eq!(made.status, StatusCode::CREATED, "{:?}", made.json());
        let path = format!("/api/v1/intents/{}", made.json()["id"].as_str().unwrap());
        assert_eq!(get(&world, &street.reseller, &path).await["state"], "open");
        assert_eq!(refusal(&begin(&other).await), (404, "billing.invoice_not_found".into()));
        let body = json!({ "invoice_id": street.invoice(&world, &own).await, "gateway": "bank" });
        let unknown = call(&world, &street.reseller, "post", "/api/v1/intents", &body).await;
        assert_eq!(refusal(&unknown), (409, "gateway.none".into()));
    })
    .await;
}
