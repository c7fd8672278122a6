//! What joins rooms, through the API: the dashboard, a customer's timeline, the search box, trails,
//! messages, tasks and stopped sweeps; each cut to what the reader may see.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use crm::Mode;
use identity::Role;
use kernel::{BranchId, MessageId, RunId, Ts};
use network::RecordKind;
use notification::{ChannelKind, RemoteError, Sent};
use serde_json::{Value, json};
use store::testing::cause;
use store::{QueryExt, Tx, args};

use crate::isp::{call, client, column, get, items, refusal};
use crate::street::{Home, Street, later, pay, with};
use crate::world::{self, World};

const NOWHERE: &str = "0193a9d0-0000-7000-8000-00000000dead";

fn trail(n: u8) -> kernel::TrailId {
    format!("0193a9d0-0000-4000-8000-0000000000{n:02x}").parse().unwrap()
}

/// A prepaid customer who paid, went online and was told so.
async fn paid(street: &Street, world: &World) -> Home {
    let home = street.connect(world, "Budi", Mode::Prepaid, street.isp.jakarta, None).await;
    later(world, 60);
    let total: i64 = world
        .db
        .reader()
        .value(
            "select total from billing_invoice where subscription_id = $1",
            args![home.subscription],
        )
        .await
        .unwrap();
    pay(world, &home, total, trail(7)).await;
    flows::tasks::drain_outbox(&world.db, world.now(), 100).await.unwrap();
    later(world, 60);
    street.report(world, &home, RecordKind::Start, "s1", 0).await;
    home
}

#[tokio::test]
async fn the_dashboard_counts_what_the_reader_may_open() {
    world::both(async |world: World| {
        let street = Street::open(&world).await;
        paid(&street, &world).await;
        street
            .connect(&world, "Siti", Mode::Prepaid, street.isp.jakarta, Some(street.partner))
            .await;
        street.connect(&world, "Dewi", Mode::Postpaid, street.isp.bandung, None).await;
        let board = async |who: &str| get(&world, who, "/api/v1/dashboard").await;

        let owner = board(&street.owner).await;
        let counts = &owner["counts"];
        assert_eq!(
            (&counts["customers_active"], &counts["customers_ready"]),
            (&json!(2), &json!(1))
        );
        assert_eq!((&counts["work_orders_open"], &counts["sessions_live"]), (&json!(3), &json!(1)));
        assert_eq!((&counts["payments_today"], &counts["leads_new"]), (&json!(1), &json!(0)));
        assert!(owner["sums"]["payments_today"].as_i64().unwrap() > 0);
        assert_eq!((&counts["not_enforced"], &counts["messages_dead"]), (&json!(0), &json!(0)));

        let noc = board(&street.noc).await;
        let keys: BTreeSet<&String> = noc["counts"].as_object().unwrap().keys().collect();
        assert!(
            keys.iter().all(|key| !key.starts_with("invoices") && !key.starts_with("payments"))
        );
        assert_eq!(
            (&noc["counts"]["customers_active"], &noc["counts"]["sessions_live"]),
            (&json!(1), &json!(1))
        );
        let finance = board(&street.finance).await;
        assert_eq!(finance["counts"]["sessions_live"], Value::Null);
        assert_eq!(finance["counts"]["sweeps_waiting"], 0);
        assert_eq!(finance["counts"]["invoices_due_soon"], 1);
        let reseller = board(&street.reseller).await;
        assert_eq!(
            (&reseller["counts"]["customers_ready"], &reseller["counts"]["customers_active"]),
            (&json!(1), &json!(0))
        );
        assert_eq!(reseller["counts"]["items_in_stock"], Value::Null);
        assert_eq!(board(&street.other_sales).await["counts"]["customers_active"], 1);
        let hr = client(&world, "hana", Role::Hr, None, None).await.1;
        assert_eq!(board(&hr).await["counts"], json!({}));
        let technician =
            client(&world, "tono", Role::Technician, Some(street.isp.jakarta), None).await.1;
        assert_eq!(
            board(&technician).await["counts"],
            json!({ "jobs_open": 0, "tickets_mine": 0 })
        );
    })
    .await;
}

#[tokio::test]
async fn a_timeline_is_whole_page_by_page_and_cut_to_the_readers_role() {
    world::both(async |world: World| {
        let street = Street::open(&world).await;
        let home = paid(&street, &world).await;
        let path = format!("/api/v1/customers/{}/timeline", home.customer);
        let kinds = async |who: &str| -> BTreeSet<String> {
            let entries = items(&world, who, &path).await;
            entries.iter().map(|e| e["kind"].as_str().unwrap().to_owned()).collect()
        };
        let of = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect::<BTreeSet<_>>();
        let rooms = [
            "access",
            "invoice",
            "lead",
            "message",
            "payment",
            "session",
            "subscription",
            "work_order",
        ];
        assert_eq!(kinds(&street.owner).await, of(&rooms));
        let noc = kinds(&street.noc).await;
        assert!(
            !noc.contains("payment") && !noc.contains("invoice") && noc.contains("session"),
            "{noc:?}"
        );
        let finance = kinds(&street.finance).await;
        assert!(finance.contains("payment") && !finance.contains("session"), "{finance:?}");

        let whole = items(&world, &street.owner, &path).await;
        let times: Vec<&str> = whole.iter().map(|e| e["at"].as_str().unwrap()).collect();
        assert!(times.is_sorted_by(|a, b| a >= b), "newest first: {times:?}");
        let mut pages = Vec::new();
        let mut next = format!("{path}?limit=2");
        loop {
            let page = get(&world, &street.owner, &next).await;
            pages.extend(page["items"].as_array().unwrap().clone());
            let Some(after) = page["next"].as_str() else { break };
            next = format!("{path}?limit=2&after={after}");
        }
        assert_eq!(pages, whole, "no entry twice, none missing");
        let payment = with(&whole, "kind", "payment");
        assert!(payment["text"].as_str().unwrap().starts_with("Bayar Rp "), "{payment}");
        let invoice = with(&whole, "kind", "invoice");
        assert!(invoice["path"].as_str().unwrap().starts_with("/invoices/"));
        let opened = with(&whole, "kind", "access");
        assert!(opened["text"].as_str().unwrap().starts_with("Akses dibuka: "), "{opened}");
        let english =
            world.ask("get", &path).session(&street.owner).header("accept-language", "en");
        let english = english.send().await.json()["items"].as_array().unwrap().clone();
        assert!(
            with(&english, "kind", "payment")["text"].as_str().unwrap().starts_with("Paid Rp ")
        );

        for who in [&street.other_sales, &street.other_noc, &street.reseller] {
            let refused = call(&world, who, "get", &path, &Value::Null).await;
            assert_eq!(refusal(&refused), (404, "crm.customer_not_found".into()));
        }
        let wrong =
            call(&world, &street.owner, "get", &format!("{path}?after=x"), &Value::Null).await;
        assert_eq!((wrong.status.as_u16(), wrong.fields().as_str()), (422, "after:cursor"));
    })
    .await;
}

#[tokio::test]
async fn one_box_finds_everything_that_the_reader_may_open() {
    world::both(async |world: World| {
        let street = Street::open(&world).await;
        let home = paid(&street, &world).await;
        let number = |table: &str, column: &str, key: &str| {
            format!("select {column} from {table} where {key} = $1")
        };
        let mut reader = world.db.reader();
        let invoice: String = reader
            .value(
                &number("billing_invoice", "number", "subscription_id"),
                args![home.subscription],
            )
            .await
            .unwrap();
        let receipt: String = reader
            .value(
                &number("billing_payment", "receipt_number", "customer_id"),
                args![home.customer],
            )
            .await
            .unwrap();
        let order: String = reader
            .value(&number("fulfilment_work_order", "number", "customer_id"), args![home.customer])
            .await
            .unwrap();
        let found = async |who: &str, text: &str| {
            let text = text.replace(' ', "%20");
            let rows = column(&world, who, &format!("/api/v1/search?q={text}"), "kind").await;
            rows.into_iter().collect::<BTreeSet<_>>()
        };
        let mac = home.mac.to_string();
        for (text, kind) in [
            ("budi", "customer"),
            (invoice.as_str(), "invoice"),
            (receipt.as_str(), "payment"),
            (order.as_str(), "work_order"),
            (home.username.as_str(), "account"),
            ("100.64.0.9", "session"),
            (mac.as_str(), "account"),
        ] {
            assert!(found(&street.owner, text).await.contains(kind), "{text} → {kind}");
            let other = found(&street.other_sales, text).await;
            assert!(other.is_empty(), "{text} of another branch: {other:?}");
        }
        assert!(!found(&street.finance, "100.64.0.9").await.contains("session"));
        assert!(!found(&street.noc, &invoice).await.contains("invoice"));
        assert!(
            found(&street.owner, "x").await.is_empty() && found(&street.owner, "").await.is_empty()
        );
        let hit = &items(&world, &street.owner, &format!("/api/v1/search?q={invoice}")).await[0];
        assert!(hit["path"].as_str().unwrap().starts_with("/invoices/"));
        assert_eq!(hit["customer_id"], json!(home.customer));
        let technician =
            client(&world, "tono", Role::Technician, Some(street.isp.jakarta), None).await.1;
        assert!(found(&technician, "budi").await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_trail_shows_the_hops_from_the_payment_to_the_message() {
    world::both(async |world: World| {
        let street = Street::open(&world).await;
        paid(&street, &world).await;
        let path = format!("/api/v1/trails/{}", trail(7));
        let shown = get(&world, &street.owner, &path).await;
        let hops: Vec<&str> =
            shown["hops"].as_array().unwrap().iter().map(|h| h["what"].as_str().unwrap()).collect();
        for hop in ["payment.received", "subscription.activated", "access.full", "message.queued"] {
            assert!(hops.contains(&hop), "{hop} in {hops:?}");
        }
        assert_eq!((&shown["hops"][0]["after_ms"], &shown["id"]), (&json!(0), &json!(trail(7))));
        let finance = get(&world, &street.finance, &path).await;
        assert!(finance["hops"].as_array().unwrap().iter().all(|h| h["kind"] != "router"));

        let reply = call(&world, &street.owner, "put", "/api/v1/security", &Value::Null).await;
        assert_eq!(reply.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
        let branch = json!({ "code": "SBY", "name": "Surabaya", "zone": "Asia/Jakarta", "lat": -7.2, "lon": 112.7 });
        let made = call(&world, &street.owner, "post", "/api/v1/branches", &branch).await;
        let request = made.headers["x-request-id"].to_str().unwrap().to_owned();
        let own = get(&world, &street.owner, &format!("/api/v1/trails/{request}")).await;
        assert_eq!((&own["hops"][0]["what"], &own["hops"][0]["by"]), (&json!("branch.added"), &json!("oki")));

        let finds = |path: String, who: &'static str| {
            let (world, street) = (&world, &street);
            let token = if who == "other" { &street.other_finance } else { &street.owner };
            async move { refusal(&call(world, token, "get", &path, &Value::Null).await) }
        };
        let missing = (404, "store.trail_not_found".to_owned());
        assert_eq!(finds(path.clone(), "other").await, missing);
        assert_eq!(finds(format!("/api/v1/trails/{request}"), "other").await, missing);
        assert_eq!(finds(format!("/api/v1/trails/{NOWHERE}"), "owner").await, missing);
        let refused = call(&world, &street.noc, "get", &path, &Value::Null).await;
        assert_eq!(refusal(&refused), (403, "forbidden".into()));
    })
    .await;
}

/// A channel that refuses, or fails.
struct Broken(ChannelKind, RemoteError);

impl notification::Channel for Broken {
    fn kind(&self) -> ChannelKind {
        self.0
    }
    fn send<'a>(
        &'a self,
        _: &'a notification::Outgoing,
    ) -> store::BoxFuture<'a, Result<Sent, RemoteError>> {
        let answer = Err(self.1.clone());
        Box::pin(async move { answer })
    }
}

#[tokio::test]
async fn a_message_that_was_given_up_is_tried_again_by_a_person() {
    world::both(async |world: World| {
        let street = Street::open(&world).await;
        paid(&street, &world).await;
        let list = "/api/v1/messages";
        let all = items(&world, &street.sales, list).await;
        assert!(!all.is_empty());
        let first = &all[0];
        assert_eq!((&first["customer_name"], &first["state"]), (&json!("Budi"), &json!("queued")));
        let kind: ChannelKind = serde_json::from_value(first["channel"].clone()).unwrap();
        let deliver = async |why: RemoteError| {
            let broken: std::sync::Arc<dyn notification::Channel> =
                std::sync::Arc::new(Broken(kind, why));
            later(&world, 7_200);
            notification::deliver::activate(&world.db, &[broken], world.now(), 50).await.unwrap();
        };
        deliver(RemoteError::Unavailable("server mati".into())).await;
        let failed = items(&world, &street.sales, &format!("{list}?state=failed")).await;
        assert_eq!((failed.len(), &failed[0]["last_error"]), (all.len(), &json!("server mati")));
        assert!(items(&world, &street.sales, &format!("{list}?state=queued")).await.is_empty());
        deliver(RemoteError::Rejected("nomor salah".into())).await;
        let dead = items(&world, &street.sales, &format!("{list}?state=dead")).await;
        assert_eq!(dead[0]["can"]["retry"]["allowed"], true);
        assert_eq!(
            get(&world, &street.sales, "/api/v1/dashboard").await["counts"]["messages_dead"],
            json!(all.len())
        );

        let path = format!("{list}/{}", dead[0]["id"].as_str().unwrap());
        let tries = get(&world, &street.finance, &path).await["tries"].clone();
        assert_eq!(
            (&tries[0]["detail"], &tries[1]["detail"]),
            (&json!("server mati"), &json!("nomor salah"))
        );
        let retry = format!("{path}/retry");
        let again = call(&world, &street.sales, "post", &retry, &json!({})).await;
        assert_eq!((again.status, &again.json()["attempts"]), (StatusCode::OK, &json!(0)));
        let twice = call(&world, &street.sales, "post", &retry, &json!({})).await;
        assert_eq!(refusal(&twice), (409, "notification.not_dead".into()));
        let refused = call(&world, &street.finance, "post", &retry, &json!({})).await;
        assert_eq!(refusal(&refused), (403, "forbidden".into()));
        for (method, path) in [("get", &path), ("post", &retry)] {
            let refused = call(&world, &street.other_sales, method, path, &Value::Null).await;
            assert_eq!(refusal(&refused), (404, "notification.message_not_found".into()));
        }

        for (query, count) in [("q=budi", all.len()), ("q=siti", 0), ("channel=email&q=siti", 0)] {
            assert_eq!(
                items(&world, &street.sales, &format!("{list}?{query}")).await.len(),
                count,
                "{query}"
            );
        }
        assert!(items(&world, &street.other_sales, list).await.is_empty());
        let page = get(&world, &street.sales, &format!("{list}?limit=1")).await;
        assert_eq!(page["items"].as_array().unwrap().len(), 1);
        let wrong =
            call(&world, &street.sales, "get", &format!("{list}?state=maybe"), &Value::Null).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        let _: MessageId = serde_json::from_value(first["id"].clone()).unwrap();
    })
    .await;
}

#[tokio::test]
async fn tasks_say_when_they_last_ran_and_what_came_of_it() {
    world::both(async |world: World| {
        let street = Street::open(&world).await;
        let fine: kernel::Result<Value> = Ok(json!({ "claimed": 3 }));
        flows::tasks::report(&world.db, world.now(), "outbox", &fine).await.unwrap();
        later(&world, 30);
        let broken: kernel::Result<Value> = Err(kernel::Fault::unavailable(
            "store.unavailable",
            "basis data mati",
            "the database is away",
        ));
        flows::tasks::report(&world.db, world.now(), "outbox", &broken).await.unwrap();
        street.connect(&world, "Budi", Mode::Postpaid, street.isp.jakarta, None).await;
        later(&world, 5);
        let tasks = get(&world, &street.noc, "/api/v1/tasks").await;
        let task = &tasks["items"][0];
        assert_eq!((&task["name"], &task["last_ok_age_s"]), (&json!("outbox"), &json!(35)));
        assert!(task["error"].as_str().unwrap().contains("store.unavailable"));
        assert!(tasks["outbox"]["pending"].as_i64().unwrap() > 0);
        assert_eq!(
            (&tasks["outbox"]["oldest_age_s"], &tasks["outbox"]["dead"]),
            (&json!(5), &json!(0))
        );
        let refused = call(&world, &street.sales, "get", "/api/v1/tasks", &Value::Null).await;
        assert_eq!(refusal(&refused), (403, "forbidden".into()));
    })
    .await;
}

async fn stopped(world: &World, branch: BranchId, instant: Ts) -> RunId {
    let done = world.db.write(&cause(world.now()), async |tx: &mut Tx| {
        let id: RunId = tx.new_id();
        tx.exec(
            "insert into flows_sweep (id, branch_id, mode, instant, reached, isolated, state, doubt,
               created_at) values ($1,$2,'postpaid',$3,200,150,'waiting',$4,$5)",
            args![id, branch, instant, json!({ "kind": "silent", "hours": 7 }), tx.now()],
        )
        .await?;
        Ok(id)
    });
    done.await.unwrap()
}

#[tokio::test]
async fn a_stopped_sweep_waits_for_its_branchs_finance() {
    world::both(async |world: World| {
        let street = Street::open(&world).await;
        let sweep = stopped(&world, street.isp.jakarta, world.now()).await;
        let far = stopped(&world, street.isp.bandung, world.now()).await;
        let rows = items(&world, &street.finance, "/api/v1/sweeps").await;
        assert_eq!((rows.len(), &rows[0]["branch_name"]), (1, &json!("JKT")));
        assert_eq!((&rows[0]["isolated"], &rows[0]["doubt"]["hours"]), (&json!(150), &json!(7)));
        assert_eq!(items(&world, &street.owner, "/api/v1/sweeps").await.len(), 2);
        assert_eq!(
            get(&world, &street.finance, "/api/v1/dashboard").await["counts"]["sweeps_waiting"],
            1
        );

        let path = format!("/api/v1/sweeps/{sweep}/answer");
        let empty = call(&world, &street.finance, "post", &path, &json!({})).await;
        assert_eq!((empty.status.as_u16(), empty.fields().as_str()), (422, "go_on:required"));
        let foreign = format!("/api/v1/sweeps/{far}/answer");
        let foreign =
            call(&world, &street.finance, "post", &foreign, &json!({ "go_on": true })).await;
        assert_eq!(refusal(&foreign), (404, "flows.sweep_not_found".into()));
        let refused = call(&world, &street.noc, "post", &path, &json!({ "go_on": true })).await;
        assert_eq!(refusal(&refused), (403, "forbidden".into()));
        let answered =
            call(&world, &street.finance, "post", &path, &json!({ "go_on": false })).await;
        assert_eq!((answered.status, &answered.json()["go_on"]), (StatusCode::OK, &json!(false)));
        let again = call(&world, &street.finance, "post", &path, &json!({ "go_on": true })).await;
        assert_eq!(refusal(&again), (409, "flows.sweep_not_waiting".into()));
        assert!(items(&world, &street.finance, "/api/v1/sweeps").await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn the_next_sweep_is_shown_to_finance_before_it_happens() {
    world::both(async |world: World| {
        let street = Street::open(&world).await;
        let at = world.now().plus_days(60);
        let path = format!("/api/v1/sweeps/preview?at={}&limit=1", at);
        let seen = get(&world, &street.owner, &path).await;
        let (due, items) = (seen["due"].as_u64().unwrap(), seen["items"].as_array().unwrap());
        assert!(due >= items.len() as u64 && items.len() <= 1, "{seen}");
        let sums = ["isolates", "opens", "waits"].map(|key| seen[key].as_u64().unwrap());
        assert_eq!(seen["hash"] == "", sums[0] + sums[1] == 0, "{seen}");
        let now = get(&world, &street.finance, "/api/v1/sweeps/preview").await;
        assert_eq!(now["waits"], 0);
        let refused =
            call(&world, &street.noc, "get", "/api/v1/sweeps/preview", &Value::Null).await;
        assert_eq!(refusal(&refused), (403, "forbidden".into()));
    })
    .await;
}
