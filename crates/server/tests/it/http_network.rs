//! Accounts, routers, sessions and what the routers were told, through the API.

use axum::http::StatusCode;
use crm::Mode;
use identity::Role;
use kernel::{Cause, SubscriptionId};
use network::nas::UnknownSeen;
use network::reject::RejectSeen;
use network::words::RejectReason;
use network::{Mac, NasAnswer, RecordKind};
use serde_json::{Value, json};
use store::testing::cause;
use store::{QueryExt, Tx, args};

use crate::isp::{call, client, column, get, items, refusal};
use crate::street::{Router, Street, later, with};
use crate::world::{self, World};

const NOWHERE: &str = "0193a9d0-0000-7000-8000-00000000dead";

async fn journaled(world: &World, action: &str) -> i64 {
    let sql = "select count(*) from store_journal where action = $1";
    world.db.reader().value(sql, args![action]).await.unwrap()
}

#[tokio::test]
async fn a_router_is_added_with_a_secret_that_is_shown_once() {
    world::both(async |world: World| {
        let street = Street::open(&world).await;
        let seen = UnknownSeen {
            address: "10.9.0.2".parse().unwrap(),
            identifier: Some("bras-baru".into()),
            first_at: world.now(),
            last_at: world.now(),
            count: 3,
        };
        let note = world.db.write(&cause(world.now()), async |tx: &mut Tx| {
            network::nas::record_unknown(tx, std::slice::from_ref(&seen)).await
        });
        note.await.unwrap();
        let unknown = items(&world, &street.noc, "/api/v1/nas/unknown").await;
        assert_eq!((&unknown[0]["address"], &unknown[0]["count"]), (&json!("10.9.0.2"), &json!(3)));

        let body = json!({ "name": "BRAS-2", "address": "10.9.0.2", "vendor": "mikrotik",
                           "server_address": "10.0.0.1" });
        let added = call(&world, &street.noc, "post", "/api/v1/nas", &body).await;
        assert_eq!(added.status, StatusCode::CREATED, "{:?}", added.json());
        let added = added.json();
        let secret = added["secret"].as_str().unwrap();
        assert_eq!(secret.len(), 32);
        let script = added["script"].as_str().unwrap();
        assert!(script.contains(&format!("address=10.0.0.1 secret=\"{secret}\"")), "{script}");
        assert!(script.contains("src-address-list=\"isolir\""), "the isolation profile's list");
        assert_eq!((&added["nas"]["branch_name"], &added["nas"]["coa_port"]), (&json!("JKT"), &json!(3799)));
        assert!(items(&world, &street.noc, "/api/v1/nas/unknown").await.is_empty());

        // Neither the list nor the script shows it again.
        let path = format!("/api/v1/nas/{}", added["nas"]["id"].as_str().unwrap());
        let all = get(&world, &street.owner, "/api/v1/nas").await;
        assert_eq!(column(&world, &street.owner, "/api/v1/nas", "name").await, ["BRAS-1", "BRAS-2"]);
        let again = get(&world, &street.owner, &format!("{path}/script")).await;
        assert!(again["script"].as_str().unwrap().contains("secret=\"RAHASIA-NAS\""));
        for shown in [&all, &again, &get(&world, &street.noc, &path).await] {
            let shown = shown.to_string();
            assert!(!shown.contains(secret) && !shown.contains(&street.secret), "{shown}");
        }
        assert_eq!(column(&world, &street.owner, "/api/v1/nas?limit=1", "name").await, ["BRAS-1"]);
        assert_eq!(column(&world, &street.owner, "/api/v1/nas?after=BRAS-1", "name").await, ["BRAS-2"]);

        let twin = call(&world, &street.noc, "post", "/api/v1/nas", &body).await;
        assert_eq!((twin.status.as_u16(), twin.fields().as_str()), (422, "name:taken address:taken"));
        let weak = json!({ "name": "X", "address": "10.9.0.3", "vendor": "mikrotik", "secret": "testing123" });
        let weak = call(&world, &street.noc, "post", "/api/v1/nas", &weak).await;
        assert_eq!(weak.fields(), "secret:network.weak_secret");
        let wrong = json!({ "name": "X", "address": "10.9.0.3", "vendor": "mikrotik", "server_address": "x" });
        let wrong = call(&world, &street.noc, "post", "/api/v1/nas", &wrong).await;
        assert_eq!(wrong.fields(), "server_address:ip");

        let edit = json!({ "name": "BRAS-2B", "address": "10.9.0.0/24", "vendor": "cisco", "coa_port": null,
                           "branch_id": null, "message_authenticator": "legacy", "counters_swapped": true });
        let edited = call(&world, &street.noc, "put", &path, &edit).await.json();
        assert_eq!((&edited["name"], &edited["coa_port"]), (&json!("BRAS-2B"), &Value::Null));
        let fresh = call(&world, &street.noc, "post", &format!("{path}/secret"), &json!({ "secret": null })).await.json();
        assert_ne!(fresh["secret"], added["secret"]);
        assert_eq!(fresh["script"], Value::Null, "no script for another vendor");
        let gone = call(&world, &street.noc, "post", &format!("{path}/archive"), &json!({})).await.json();
        assert!(gone["archived_at"].is_string());
        assert_eq!(column(&world, &street.noc, "/api/v1/nas", "name").await, ["BRAS-1"]);
    })
    .await;
}

#[tokio::test]
async fn a_router_is_its_branchs_own_and_finance_has_none() {
    world::sqlite(async |world: World| {
        let street = Street::open(&world).await;
        let path = format!("/api/v1/nas/{}", street.router);
        assert!(items(&world, &street.other_noc, "/api/v1/nas").await.is_empty());
        for (method, path, body) in [
            ("get", path.clone(), Value::Null),
            ("get", format!("{path}/script"), Value::Null),
            ("post", format!("{path}/archive"), json!({})),
            ("post", format!("{path}/secret"), json!({ "secret": null })),
            ("post", format!("{path}/test"), json!({})),
        ] {
            let refused = call(&world, &street.other_noc, method, &path, &body).await;
            assert_eq!(refusal(&refused), (404, "network.nas_not_found".into()), "{method} {path}");
        }
        let refused = call(&world, &street.finance, "get", "/api/v1/nas", &Value::Null).await;
        assert_eq!(refusal(&refused), (403, "forbidden".into()));
        let refused =
            call(&world, &street.owner, "post", &format!("{path}/archive"), &json!({})).await;
        assert_eq!(refusal(&refused), (403, "forbidden".into()));
        let shown = get(&world, &street.owner, &path).await;
        assert_eq!(shown["can"]["change"]["allowed"], false);
    })
    .await;
}

#[tokio::test]
async fn a_router_is_tested_and_what_it_said_is_journaled() {
    world::both(async |world: World| {
        let router = Router::new();
        let world = world.connected(router.clone());
        let street = Street::open(&world).await;
        let path = format!("/api/v1/nas/{}/test", street.router);
        for (says, coa, error_cause) in [
            (NasAnswer::Nak(503), "heard", json!(503)),
            (NasAnswer::Timeout, "silent", Value::Null),
            (NasAnswer::NotPossible, "not_possible", Value::Null),
        ] {
            router.answers(says);
            let found = call(&world, &street.noc, "post", &path, &json!({})).await.json();
            assert_eq!((&found["coa"], &found["error_cause"]), (&json!(coa), &error_cause));
            assert_eq!(found["nas"]["name"], "BRAS-1");
        }
        assert_eq!(router.heard(), ["probe", "probe", "probe"]);
        assert_eq!(journaled(&world, "probed").await, 3);
        let refused = call(&world, &street.owner, "post", &path, &json!({})).await;
        assert_eq!(refusal(&refused), (403, "forbidden".into()));
    })
    .await;
}

#[tokio::test]
async fn an_account_is_changed_by_noc_and_its_password_shown_to_noc_alone() {
    world::both(async |world: World| {
        let street = Street::open(&world).await;
        let home = street.connect(&world, "Budi", Mode::Postpaid, street.isp.jakarta, None).await;
        let siti = street.connect(&world, "Siti", Mode::Postpaid, street.isp.jakarta, None).await;
        let far = street.connect(&world, "Dewi", Mode::Postpaid, street.isp.bandung, None).await;
        let path = format!("/api/v1/accounts/{}", home.account);

        let rows = items(&world, &street.noc, "/api/v1/accounts").await;
        assert_eq!(rows.len(), 2, "only the branch's own");
        let row = with(&rows, "username", &home.username);
        assert_eq!((&row["customer_name"], &row["desired"]), (&json!("Budi"), &json!("full")));
        assert_eq!((&row["state"], &row["enforced"]), (&json!("live"), &json!(true)));
        assert_eq!(items(&world, &street.owner, "/api/v1/accounts").await.len(), 3);
        let mac = home.mac.to_string().replace(':', "-");
        let found = items(&world, &street.noc, &format!("/api/v1/accounts?q={mac}")).await;
        assert_eq!(found[0]["id"], json!(home.account));
        let first = get(&world, &street.noc, "/api/v1/accounts?limit=1").await;
        let next = first["next"].as_str().unwrap();
        let second =
            get(&world, &street.noc, &format!("/api/v1/accounts?limit=1&after={next}")).await;
        assert_ne!(first["items"][0]["id"], second["items"][0]["id"]);
        assert_eq!(second["next"], Value::Null);

        let reveal = format!("{path}/reveal");
        let shown = call(&world, &street.noc, "post", &reveal, &json!({})).await.json();
        let password = shown["password"].as_str().unwrap().to_owned();
        assert_eq!(
            (shown["username"].as_str(), password.len()),
            (Some(home.username.as_str()), 12)
        );
        assert_eq!(journaled(&world, "password_shown").await, 1);
        for who in [&street.owner, &street.sales, &street.finance, &street.reseller] {
            let refused = call(&world, who, "post", &reveal, &json!({})).await;
            assert_eq!(refusal(&refused), (403, "forbidden".into()));
        }
        let all = get(&world, &street.owner, &path).await.to_string();
        assert!(!all.contains(&password), "a password is never in a row");

        let set = format!("{path}/password");
        let short = call(&world, &street.noc, "post", &set, &json!({ "password": "a b" })).await;
        assert_eq!(short.fields(), "password:network.bad_password");
        let chosen =
            call(&world, &street.noc, "post", &set, &json!({ "password": "rahasia-7" })).await;
        assert_eq!(chosen.json()["password"], "rahasia-7");
        assert!(
            !all_rows(&world).await.contains("rahasia-7"),
            "stored sealed, journaled without it"
        );

        let rename = format!("{path}/username");
        let taken = json!({ "username": siti.username });
        let taken = call(&world, &street.noc, "put", &rename, &taken).await;
        assert_eq!(taken.fields(), "username:network.username_taken");
        let named =
            call(&world, &street.noc, "put", &rename, &json!({ "username": "budi.baru" })).await;
        assert_eq!(named.json()["username"], "budi.baru");

        let limits = json!({ "mac_policy": "off", "fixed_ip": "100.64.0.77", "sessions_max": 2 });
        let limited = call(&world, &street.noc, "put", &format!("{path}/limits"), &limits).await;
        assert_eq!(limited.json()["fixed_ip"], "100.64.0.77");
        let wrong = json!({ "mac_policy": "off", "fixed_ip": "x", "sessions_max": 2 });
        let wrong = call(&world, &street.noc, "put", &format!("{path}/limits"), &wrong).await;
        assert_eq!((wrong.status.as_u16(), wrong.fields().as_str()), (422, "fixed_ip:ip"));
        let none = json!({ "mac_policy": "sometimes", "fixed_ip": null, "sessions_max": 2 });
        let none = call(&world, &street.noc, "put", &format!("{path}/limits"), &none).await;
        assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);

        let locked = json!({ "mac": "aabb.ccdd.eeff" });
        let locked = call(&world, &street.noc, "put", &format!("{path}/mac"), &locked).await.json();
        assert_eq!(locked["mac"], "AA:BB:CC:DD:EE:FF");
        let wrong =
            call(&world, &street.noc, "put", &format!("{path}/mac"), &json!({ "mac": "zz" })).await;
        assert_eq!(wrong.fields(), "mac:mac");
        let open =
            call(&world, &street.noc, "post", &format!("{path}/unlock-mac"), &json!({})).await;
        assert!(open.json()["mac_open_until"].is_string());
        let accept =
            call(&world, &street.noc, "post", &format!("{path}/accept-mac"), &json!({})).await;
        assert_eq!(accept.json()["mac_differs"], false);

        for (method, path, body) in [
            ("get", format!("/api/v1/accounts/{}", far.account), Value::Null),
            ("post", format!("/api/v1/accounts/{}/reveal", far.account), json!({})),
            (
                "put",
                format!("/api/v1/accounts/{}/username", far.account),
                json!({ "username": "x.y" }),
            ),
            ("post", format!("/api/v1/accounts/{NOWHERE}/unlock-mac"), json!({})),
        ] {
            let refused = call(&world, &street.noc, method, &path, &body).await;
            assert_eq!(refusal(&refused), (404, "network.account_not_found".into()), "{path}");
        }
    })
    .await;
}

/// Every journal row and stored answer as text.
async fn all_rows(world: &World) -> String {
    let mut reader = world.db.reader();
    let sql = "select after_state from store_journal where after_state is not null";
    let journal: Vec<Value> = reader.values(sql, args![]).await.unwrap();
    let sql = "select body from store_idempotency where body is not null";
    let answers: Vec<Vec<u8>> = reader.values(sql, args![]).await.unwrap();
    let answers = answers.iter().map(|b| String::from_utf8_lossy(b).into_owned());
    format!("{journal:?}{}", answers.collect::<String>())
}

const SEARCHES: [(&str, usize); 6] = [
    ("q=100.64", 1),
    ("q=nobody", 0),
    ("state=closed", 0),
    ("state=suspect", 0),
    ("state=live", 1),
    ("state=closed&q=100.64", 0),
];

#[tokio::test]
async fn a_session_is_kicked_and_told_again_and_every_answer_is_kept() {
    world::both(async |world: World| {
        let router = Router::new();
        let world = world.connected(router.clone());
        let street = Street::open(&world).await;
        let home = street.connect(&world, "Budi", Mode::Postpaid, street.isp.jakarta, None).await;
        let resend = format!("/api/v1/access/{}/resend", home.subscription);
        let early = call(&world, &street.noc, "post", &resend, &json!({})).await;
        assert_eq!(refusal(&early), (409, "network.nothing_to_tell".into()));
        street.report(&world, &home, RecordKind::Start, "s1", 0).await;

        let rows = items(&world, &street.noc, "/api/v1/sessions").await;
        let row = &rows[0];
        assert_eq!(
            (&row["username"], &row["customer_name"]),
            (&json!(home.username), &json!("Budi"))
        );
        assert_eq!((&row["state"], &row["framed_ip"]), (&json!("live"), &json!("100.64.0.9")));
        assert_eq!(
            (&row["nas_name"], &row["can"]["kick"]["allowed"]),
            (&json!("BRAS-1"), &json!(true))
        );
        for (query, count) in SEARCHES {
            let rows = items(&world, &street.noc, &format!("/api/v1/sessions?{query}")).await;
            assert_eq!(rows.len(), count, "{query}");
        }
        let mac = home.mac.to_string().to_lowercase();
        let by_mac = format!("/api/v1/sessions?state=live&q={mac}");
        assert_eq!(items(&world, &street.noc, &by_mac).await.len(), 1);
        let kick = format!("/api/v1/sessions/{}/kick", row["id"].as_str().unwrap());

        router.answers(NasAnswer::Nak(506));
        let told = call(&world, &street.noc, "post", &kick, &json!({})).await.json();
        assert_eq!((&told["how"], &told["answer"]), (&json!("disconnect"), &json!("nak")));
        assert_eq!(told["error_cause"], 506);
        router.answers(NasAnswer::Ack);
        later(&world, 1);
        let told = call(&world, &street.noc, "post", &resend, &json!({})).await.json();
        assert_eq!(
            (&told["items"][0]["how"], &told["items"][0]["answer"]),
            (&json!("change"), &json!("ack"))
        );
        assert_eq!(told["items"][0]["error_cause"], Value::Null);
        assert_eq!(router.heard(), ["disconnect s1", "change s1 to 20M"]);
        let attempts = format!("/api/v1/access/{}/attempts", home.subscription);
        let kept = items(&world, &street.noc, &attempts).await;
        assert_eq!((&kept[0]["how"], &kept[1]["how"]), (&json!("change"), &json!("disconnect")));
        assert_eq!((&kept[1]["error_cause"], &kept[1]["by"]), (&json!(506), &json!("nando")));
        assert_eq!((journaled(&world, "kicked").await, journaled(&world, "resent").await), (1, 1));

        // The router has no such session: it is over.
        router.answers(NasAnswer::Nak(503));
        assert_eq!(
            call(&world, &street.noc, "post", &kick, &json!({})).await.status,
            StatusCode::OK
        );
        let again = call(&world, &street.noc, "post", &kick, &json!({})).await;
        assert_eq!(refusal(&again), (409, "network.session_closed".into()));
        let of = format!("/api/v1/sessions?subscription={}", home.subscription);
        let history = items(&world, &street.noc, &of).await;
        let closed = format!("/api/v1/sessions?state=closed&q={}", home.username);
        assert_eq!(items(&world, &street.noc, &closed).await, history);
        assert_eq!(
            (&history[0]["state"], &history[0]["ended_by"]),
            (&json!("closed"), &json!("not_found"))
        );
        assert_eq!(history[0]["can"]["kick"]["allowed"], false);

        for (who, status) in [(&street.owner, 403), (&street.sales, 403), (&street.other_noc, 404)]
        {
            let refused = call(&world, who, "post", &kick, &json!({})).await;
            assert_eq!(refused.status.as_u16(), status);
            let refused = call(&world, who, "post", &resend, &json!({})).await;
            assert_eq!(refused.status.as_u16(), status);
        }
    })
    .await;
}

#[tokio::test]
async fn without_a_way_to_the_routers_the_answer_says_so() {
    world::sqlite(async |world: World| {
        let street = Street::open(&world).await;
        let home = street.connect(&world, "Budi", Mode::Postpaid, street.isp.jakarta, None).await;
        street.report(&world, &home, RecordKind::Start, "s1", 0).await;
        let resend = format!("/api/v1/access/{}/resend", home.subscription);
        let told = call(&world, &street.noc, "post", &resend, &json!({})).await.json();
        assert_eq!(told["items"][0]["answer"], "not_possible");
    })
    .await;
}

#[tokio::test]
async fn what_the_routers_have_not_carried_out_is_listed_with_its_last_answer() {
    world::both(async |world: World| {
        let router = Router::new();
        let world = world.connected(router.clone());
        let street = Street::open(&world).await;
        let home = street.connect(&world, "Budi", Mode::Postpaid, street.isp.jakarta, None).await;
        street.report(&world, &home, RecordKind::Start, "s1", 0).await;
        let owner = world.session(world.user("pemilik2", Role::Owner, None).await).await;
        let actor =
            identity::actor_of_session(&mut world.db.reader(), &owner, world.now()).await.unwrap();
        later(&world, 1);
        let placed = world.db.write(&Cause::new(world.now(), actor), async |tx: &mut Tx| {
            let kind = billing::words::HoldKind::Manual;
            billing::hold::place(tx, home.subscription, kind, "diminta polisi", None)
                .await
                .map(drop)
        });
        placed.await.unwrap();

        let list = "/api/v1/access/not-enforced";
        let rows = items(&world, &street.noc, list).await;
        assert_eq!(
            (&rows[0]["customer_name"], &rows[0]["desired"]),
            (&json!("Budi"), &json!("isolated"))
        );
        assert_eq!((&rows[0]["last_answer"], &rows[0]["attempts"]), (&Value::Null, &json!(0)));
        assert!(rows[0]["why"].as_str().is_some_and(|why| !why.is_empty()));
        assert!(items(&world, &street.other_noc, list).await.is_empty());
        router.answers(NasAnswer::Nak(404));
        let resend = format!("/api/v1/access/{}/resend", home.subscription);
        call(&world, &street.noc, "post", &resend, &json!({})).await;
        let rows = items(&world, &street.noc, list).await;
        assert_eq!(
            (&rows[0]["last_answer"], &rows[0]["last_nas"]),
            (&json!("nak 404"), &json!("BRAS-1"))
        );
        assert_eq!(rows[0]["attempts"], 1);

        let changes = format!("/api/v1/access/{}/changes", home.subscription);
        let history = items(&world, &street.finance, &changes).await;
        assert_eq!(
            (&history[0]["desired"], &history[0]["code"]),
            (&json!("isolated"), &json!("manual"))
        );
        assert_eq!(
            (&history[0]["by"], &history[0]["holds"]),
            (&json!("pemilik2 owner"), &json!(["manual"]))
        );
        let timings = get(&world, &street.noc, "/api/v1/access/timings").await;
        assert_eq!(
            (&timings["changes"], &timings["waiting"]),
            (&json!(0), &json!(0)),
            "before now only"
        );
        let until = world.now().plus_secs(60);
        let path = format!("/api/v1/access/timings?to={until}");
        world.clock.set(until);
        street.report(&world, &home, RecordKind::Stop, "s1", 60).await;
        let timings = get(&world, &street.noc, &path).await;
        assert_eq!((&timings["changes"], &timings["waiting"]), (&json!(1), &json!(0)));
        assert_eq!(timings["enforced"]["p95_ms"], 60_000);
        assert_eq!(get(&world, &street.other_noc, &path).await["changes"], 0);
        assert!(items(&world, &street.noc, list).await.is_empty());
        let wrong = format!("/api/v1/access/timings?from={until}&to={until}");
        let wrong = call(&world, &street.noc, "get", &wrong, &Value::Null).await;
        assert_eq!((wrong.status.as_u16(), wrong.fields().as_str()), (422, "from:range"));
    })
    .await;
}

#[tokio::test]
async fn sales_and_the_reseller_see_whether_their_own_are_online() {
    world::both(async |world: World| {
        let street = Street::open(&world).await;
        let own = Some(street.partner);
        let theirs = street.connect(&world, "Budi", Mode::Postpaid, street.isp.jakarta, own).await;
        let ours = street.connect(&world, "Siti", Mode::Postpaid, street.isp.jakarta, None).await;
        let path = |id: SubscriptionId| format!("/api/v1/access/{id}");
        let before = get(&world, &street.sales, &path(ours.subscription)).await;
        assert_eq!((&before["condition"], &before["desired"]), (&json!("offline"), &json!("full")));
        street.report(&world, &theirs, RecordKind::Start, "s1", 0).await;
        later(&world, 300);
        street.report(&world, &theirs, RecordKind::Interim, "s1", 300).await;
        let online = get(&world, &street.reseller, &path(theirs.subscription)).await;
        assert_eq!((&online["condition"], &online["enforced"]), (&json!("online"), &json!(true)));
        let usage =
            get(&world, &street.reseller, &format!("{}/usage", path(theirs.subscription))).await;
        assert_eq!((&usage["bytes_in"], &usage["bytes_out"]), (&json!(300_000), &json!(2_700_000)));
        assert_eq!((usage["items"].as_array().unwrap().len(), &usage["quota"]), (1, &Value::Null));
        let wrong = format!("{}/usage?from=2026-12-02&to=2026-12-01", path(theirs.subscription));
        let wrong = call(&world, &street.reseller, "get", &wrong, &Value::Null).await;
        assert_eq!(wrong.fields(), "from:range");
        for (who, id) in [
            (&street.reseller, ours.subscription),
            (&street.other_sales, ours.subscription),
            (&street.other_noc, theirs.subscription),
        ] {
            for path in [path(id), format!("{}/usage", path(id))] {
                let refused = call(&world, who, "get", &path, &Value::Null).await;
                assert_eq!(refusal(&refused), (404, "billing.subscription_not_found".into()));
            }
        }
        let refused =
            call(&world, &street.finance, "get", &path(ours.subscription), &Value::Null).await;
        assert_eq!(refusal(&refused), (403, "forbidden".into()));
        let technician =
            client(&world, "tono", Role::Technician, Some(street.isp.jakarta), None).await.1;
        let refused =
            call(&world, &technician, "get", &path(ours.subscription), &Value::Null).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
    })
    .await;
}

#[tokio::test]
async fn refused_logins_are_explained_and_paged_without_a_gap() {
    world::both(async |world: World| {
        let street = Street::open(&world).await;
        let home = street.connect(&world, "Budi", Mode::Postpaid, street.isp.jakarta, None).await;
        let seen = |name: &str, reason: RejectReason| RejectSeen {
            username: name.to_owned(),
            reason,
            nas: "BRAS-1".into(),
            nas_branch: Some(street.isp.jakarta),
            account: (name == home.username).then_some(home.account),
            mac_seen: Mac::parse("aabbccddeeff"),
            mac_expected: (reason == RejectReason::MacDiffers).then_some(home.mac),
            first_at: world.now(),
            last_at: world.now(),
            count: 2,
            detail: json!({}),
        };
        // All at one instant: only name, reason and router tell them apart.
        let mut batch = vec![seen(&home.username, RejectReason::MacDiffers)];
        batch.extend((0..4).map(|n| seen(&format!("tamu|{n}"), RejectReason::UnknownUser)));
        let note = world.db.write(&cause(world.now()), async |tx: &mut Tx| {
            network::reject::record(tx, &batch).await
        });
        note.await.unwrap();

        let mut names = Vec::new();
        let mut path = "/api/v1/rejects?limit=2".to_owned();
        loop {
            let page = get(&world, &street.noc, &path).await;
            names.extend(page["items"].as_array().unwrap().iter().map(|r| r["username"].clone()));
            let Some(next) = page["next"].as_str() else { break };
            path = format!("/api/v1/rejects?limit=2&after={next}");
        }
        assert_eq!(names.len(), 5);
        let rows = items(&world, &street.noc, "/api/v1/rejects").await;
        let row = with(&rows, "username", &home.username);
        assert_eq!((&row["customer_name"], &row["count"]), (&json!("Budi"), &json!(2)));
        let detail = row["detail"].as_str().unwrap();
        assert!(
            detail.starts_with("Perangkat lain dipakai") && detail.contains("AA:BB:CC:DD:EE:FF")
        );
        let found = items(&world, &street.noc, "/api/v1/rejects?q=tamu").await;
        assert_eq!(found.len(), 4);
        assert!(items(&world, &street.other_noc, "/api/v1/rejects").await.is_empty());
        let wrong = call(&world, &street.noc, "get", "/api/v1/rejects?after=x", &Value::Null).await;
        assert_eq!((wrong.status.as_u16(), wrong.fields().as_str()), (422, "after:cursor"));
        let refused = call(&world, &street.finance, "get", "/api/v1/rejects", &Value::Null).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
    })
    .await;
}
