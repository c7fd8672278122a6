//! The customers' portal: coming in by a code, seeing one's own, and nobody else's.

use axum::http::{StatusCode, header};
use crm::Mode;
use identity::Role;
use kernel::Phone;
use serde_json::{Value, json};
use server::http::operations::{Access, OPERATIONS};
use store::{QueryExt, Tx, args};

use crate::isp::{call, client, made, parsed};
use crate::street::{Home, Street};
use crate::world::{self, Reply, World};

const PHONE: &str = "0812-9999-001";

async fn with_phone(world: &World, home: &Home, phone: &str) {
    let phone = Phone::parse(phone).unwrap();
    let done = world.db.write(&store::testing::cause(world.now()), async |tx: &mut Tx| {
        let sql = "update crm_customer set phone = $1 where id = $2";
        tx.exec(sql, args![phone.clone(), home.customer]).await
    });
    assert_eq!(done.await.unwrap(), 1);
}

async fn ask_code(world: &World, phone: &str) -> Reply {
    // The newest message is the newest by time.
    world.pass(1);
    ask_now(world, phone).await
}

async fn ask_now(world: &World, phone: &str) -> Reply {
    world.ask("post", "/api/v1/portal/code").json(&json!({ "phone": phone })).send().await
}

async fn try_code(world: &World, phone: &str, code: &str) -> Reply {
    let body = json!({ "phone": phone, "code": code });
    world.ask("post", "/api/v1/portal/session").json(&body).send().await
}

/// The code in the newest message.
async fn code_sent(world: &World) -> String {
    let body: String = world
        .db
        .reader()
        .value(
            "select body from notification_message where template = 'login_code'
             order by id desc limit 1",
            args![],
        )
        .await
        .unwrap();
    let digits: Vec<char> = body.chars().filter(char::is_ascii_digit).collect();
    digits.into_iter().take(6).collect()
}

fn other_than(code: &str) -> &'static str {
    if code == "000000" { "111111" } else { "000000" }
}

fn cookie_of(reply: &Reply) -> String {
    let text = reply.headers[header::SET_COOKIE].to_str().unwrap();
    text.split(';').next().unwrap().to_owned()
}

pub(crate) async fn come_in(world: &World, phone: &str) -> String {
    assert_eq!(ask_code(world, phone).await.status, StatusCode::OK);
    let reply = try_code(world, phone, &code_sent(world).await).await;
    assert_eq!(reply.status, StatusCode::OK, "{:?}", reply.json());
    cookie_of(&reply)
}

async fn get(world: &World, cookie: &str, path: &str) -> Reply {
    world.ask("get", path).header("cookie", cookie).send().await
}

#[tokio::test]
async fn a_customer_comes_in_by_the_code_sent_to_their_phone_and_sees_their_own() {
    world::both(async |world: World| {
        let street = Street::open(&world).await;
        let branch = street.isp.jakarta;
        let home = street.connect(&world, "Ani", Mode::Prepaid, branch, None).await;
        with_phone(&world, &home, PHONE).await;
        let cookie = come_in(&world, PHONE).await;
        assert!(cookie.starts_with("sambung-me="));
        let seen = get(&world, &cookie, "/api/v1/portal/home").await.json();
        assert_eq!(seen["lines"][0]["id"], json!(home.subscription), "{seen}");
        assert_eq!(seen["lines"][0]["by_money"], json!(true), "{seen}");
        assert!(seen["total"].as_i64().unwrap() > 0);
        let bill = seen["bills"][0]["id"].as_str().unwrap();
        let story = get(&world, &cookie, &format!("/api/v1/portal/bills/{bill}")).await.json();
        assert!(!story["lines"][0]["say"].as_str().unwrap().is_empty(), "{story}");
        let paper = get(&world, &cookie, &format!("/api/v1/portal/bills/{bill}/pdf")).await;
        assert!(paper.body.starts_with(b"%PDF"));
        // The staff's doors stay shut for it.
        let staff = get(&world, &cookie, "/api/v1/invoices").await;
        assert_eq!(staff.status, StatusCode::UNAUTHORIZED);
        let out = world.ask("delete", "/api/v1/portal/session").header("cookie", &cookie);
        assert_eq!(out.send().await.status, StatusCode::NO_CONTENT);
        let gone = get(&world, &cookie, "/api/v1/portal/home").await;
        assert_eq!(gone.status, StatusCode::UNAUTHORIZED);
    })
    .await;
}

#[tokio::test]
async fn five_wrong_codes_void_a_code_and_an_old_one_has_expired() {
    world::both(async |world: World| {
        let street = Street::open(&world).await;
        let branch = street.isp.jakarta;
        let home = street.connect(&world, "Ani", Mode::Prepaid, branch, None).await;
        with_phone(&world, &home, PHONE).await;
        ask_code(&world, PHONE).await;
        let code = code_sent(&world).await;
        for n in 1..=5 {
            let reply = try_code(&world, PHONE, other_than(&code)).await;
            let spent = if n == 5 { "spent" } else { "wrong" };
            assert_eq!(reply.code(), format!("identity.portal_code_{spent}"));
        }
        assert_eq!(try_code(&world, PHONE, &code).await.code(), "identity.portal_code_spent");
        ask_code(&world, PHONE).await;
        let code = code_sent(&world).await;
        world.pass(identity::portal::CODE_SECS);
        assert_eq!(try_code(&world, PHONE, &code).await.code(), "identity.portal_code_expired");
    })
    .await;
}

#[tokio::test]
async fn a_phone_that_nobody_has_is_answered_alike_and_gets_nothing() {
    world::both(async |world: World| {
        let street = Street::open(&world).await;
        let branch = street.isp.jakarta;
        let home = street.connect(&world, "Ani", Mode::Prepaid, branch, None).await;
        with_phone(&world, &home, PHONE).await;
        let (known, unknown) =
            (ask_now(&world, PHONE).await, ask_now(&world, "0899-0000-111").await);
        assert_eq!((known.status, known.json()), (unknown.status, unknown.json()));
        let sent: i64 = world
            .db
            .reader()
            .value(
                "select count(*) from notification_message where template = 'login_code'",
                args![],
            )
            .await
            .unwrap();
        assert_eq!(sent, 1);
        let wrong = try_code(&world, "0899-0000-111", "123456").await;
        assert_eq!(wrong.code(), "identity.portal_code_wrong");
        for _ in 0..2 {
            assert_eq!(ask_code(&world, PHONE).await.status, StatusCode::OK);
        }
        assert_eq!(ask_code(&world, PHONE).await.code(), "identity.too_many_codes");
    })
    .await;
}

#[tokio::test]
async fn a_shared_phone_chooses_and_a_changed_phone_ends_the_session() {
    world::both(async |world: World| {
        let street = Street::open(&world).await;
        let branch = street.isp.jakarta;
        let ani = street.connect(&world, "Ani", Mode::Prepaid, branch, None).await;
        let budi = street.connect(&world, "Budi", Mode::Prepaid, branch, None).await;
        let third = street.connect(&world, "Cici", Mode::Prepaid, branch, None).await;
        with_phone(&world, &ani, PHONE).await;
        with_phone(&world, &budi, PHONE).await;
        let cookie = come_in(&world, PHONE).await;
        let before = get(&world, &cookie, "/api/v1/portal/home").await;
        assert_eq!(before.code(), "portal.choose");
        let choose = async |id: Value| {
            let ask = world.ask("put", "/api/v1/portal/session").header("cookie", &cookie);
            ask.json(&json!({ "customer_id": id })).send().await
        };
        assert_eq!(choose(json!(third.customer)).await.status, StatusCode::NOT_FOUND);
        assert_eq!(choose(json!(budi.customer)).await.status, StatusCode::OK);
        let seen = get(&world, &cookie, "/api/v1/portal/home").await.json();
        assert_eq!(seen["lines"][0]["id"], json!(budi.subscription));
        with_phone(&world, &budi, "0812-7777-002").await;
        let gone = get(&world, &cookie, "/api/v1/portal/home").await;
        assert_eq!(gone.status, StatusCode::UNAUTHORIZED);
    })
    .await;
}

#[tokio::test]
async fn a_customer_reaches_nothing_of_another_customer() {
    world::both(async |world: World| {
        let street = Street::open(&world).await;
        let branch = street.isp.jakarta;
        let ani = street.connect(&world, "Ani", Mode::Prepaid, branch, None).await;
        let budi = street.connect(&world, "Budi", Mode::Prepaid, branch, None).await;
        let invoice = json!(street.invoice(&world, &budi).await);
        with_phone(&world, &budi, "0812-7777-002").await;
        let theirs = come_in(&world, "0812-7777-002").await;
        let pay = world.ask("post", "/api/v1/portal/requests").header("cookie", &theirs);
        let body =
            json!({ "subscription_id": budi.subscription, "kind": "stop", "note": "pindah" });
        let request = pay.json(&body).send().await;
        assert_eq!(request.status, StatusCode::CREATED, "{:?}", request.json());
        let request = request.json()["id"].clone();
        let report = world.ask("post", "/api/v1/portal/tickets").header("cookie", &theirs);
        let slow = json!({ "subscription_id": budi.subscription, "category": "slow",
                           "text": "Budi menunggu" });
        let ticket = report.json(&slow).send().await;
        assert_eq!(ticket.status, StatusCode::CREATED, "{:?}", ticket.json());
        let ticket = ticket.json()["id"].clone();
        with_phone(&world, &ani, PHONE).await;
        let cookie = come_in(&world, PHONE).await;
        let text = |v: &Value| v.as_str().unwrap().to_owned();
        let mut asked = 0;
        for op in OPERATIONS.iter().filter(|op| matches!(op.access, Access::Customer(_))) {
            let id = match op.path {
                path if path.contains("/bills/") => text(&invoice),
                path if path.contains("/requests/") => text(&request),
                path if path.contains("/tickets/") => text(&ticket),
                path if path.contains("/ticket-photos/") => text(&ticket),
                path if path.contains("/subscriptions/") => budi.subscription.to_string(),
                _ => "SB-0193a9d000007000800000000000dead".to_owned(),
            };
            let path = op.path.replace("{id}", &id).replace("{reference}", &id);
            let path = match op.path {
                "/api/v1/portal/plans" => format!("{path}?subscription={}", budi.subscription),
                _ => path,
            };
            let body = match op.path {
                "/api/v1/portal/pay" => json!({ "invoice_id": invoice }),
                "/api/v1/portal/requests" => body.clone(),
                "/api/v1/portal/tickets" => {
                    json!({ "subscription_id": budi.subscription, "category": "slow" })
                }
                "/api/v1/portal/session" => json!({ "customer_id": budi.customer }),
                path if path.contains("/ahead") => json!({ "months": 3 }),
                path if path.ends_with("/comments") => json!({ "text": "halo" }),
                path if path.ends_with("/reopen") => json!({ "reason": "lagi" }),
                _ => Value::Null,
            };
            let names_foreign = path != op.path || !body.is_null();
            if op.method == "delete" && op.path.ends_with("/session") {
                continue;
            }
            let ask = world.ask(op.method, &path).header("cookie", &cookie);
            let is_get = op.method == "get";
            let ask = if is_get || body.is_null() { ask } else { ask.json(&body) };
            let reply = ask.send().await;
            let what = format!("{} {path}: {} {:?}", op.method, reply.status, reply.json());
            assert!(!reply.status.is_server_error(), "{what}");
            if names_foreign && (!is_get || path != op.path) {
                asked += 1;
                let hidden =
                    [StatusCode::NOT_FOUND, StatusCode::UNPROCESSABLE_ENTITY, StatusCode::CONFLICT];
                assert!(hidden.contains(&reply.status), "{what}");
            }
            let shown = String::from_utf8_lossy(&reply.body).into_owned();
            for secret in [text(&invoice), text(&request), text(&ticket), "Budi".to_owned()] {
                assert!(!shown.contains(&secret), "{what}");
            }
        }
        assert!(asked >= 10, "{asked}");
    })
    .await;
}

#[tokio::test]
async fn a_customer_answers_in_their_report_and_reads_only_what_is_for_them() {
    world::both(async |world: World| {
        let street = Street::open(&world).await;
        let east = json!({ "code": "MKS", "name": "Makassar", "zone": "Asia/Makassar",
                           "lat": -5.1, "lon": 119.4 });
        let east = call(&world, &street.owner, "post", "/api/v1/branches", &east).await;
        let (_, noc) = client(&world, "nusantara", Role::Noc, None, None).await;
        let branch = parsed(&made(east));
        let home = street.connect(&world, "Ani", Mode::Prepaid, branch, None).await;
        with_phone(&world, &home, PHONE).await;
        let cookie = come_in(&world, PHONE).await;
        let session = get(&world, &cookie, "/api/v1/portal/session").await.json();
        assert_eq!(session["zone"], "Asia/Makassar", "times are shown by the branch's clocks");
        let post = async |path: &str, body: Value| {
            world.ask("post", path).header("cookie", &cookie).json(&body).send().await
        };
        let slow = json!({ "subscription_id": home.subscription, "category": "slow",
                           "text": "lambat sejak pagi" });
        let made = post("/api/v1/portal/tickets", slow).await.json();
        let path = format!("/api/v1/portal/tickets/{}", made["id"].as_str().unwrap());
        let staff = format!("/api/v1/tickets/{}", made["id"].as_str().unwrap());
        let office = async |path: &str, body: Value| {
            let ask = world.ask("post", &format!("{staff}{path}")).session(&noc);
            let reply = ask.json(&body).send().await;
            assert!(reply.status.is_success(), "{path}: {:?}", reply.json());
        };
        office("/comments", json!({ "text": "rahasia kantor", "internal": true })).await;
        office("/ask", json!({ "text": "Lampu LOS merah?" })).await;
        let seen = get(&world, &cookie, &path).await.json();
        assert_eq!(
            (&seen["state"], seen["can"]["comment"]["allowed"].as_bool()),
            (&json!("waiting_customer"), Some(true))
        );
        let said: Vec<(bool, &str)> = seen["story"]
            .as_array()
            .unwrap()
            .iter()
            .map(|line| (line["mine"].as_bool().unwrap(), line["text"].as_str().unwrap()))
            .filter(|(_, text)| !text.is_empty())
            .collect();
        assert_eq!(said, [(true, "lambat sejak pagi"), (false, "Lampu LOS merah?")]);

        let reply = post(&format!("{path}/comments"), json!({ "text": " Tidak, hijau. " })).await;
        assert_eq!(reply.json()["state"], "in_progress", "the answer lets the clock go on");
        let empty = post(&format!("{path}/comments"), json!({ "text": " " })).await;
        assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
        office("/resolve", json!({ "resolution": "Port dipindah." })).await;
        let again = post(&format!("{path}/reopen"), json!({ "reason": "Masih lambat" })).await;
        assert_eq!(again.json()["state"], "reopened", "{:?}", again.json());
        office("/resolve", json!({ "resolution": "Modem diganti." })).await;
        let done = post(&format!("{path}/close"), Value::Null).await.json();
        assert_eq!(
            (&done["state"], &done["resolution"]),
            (&json!("closed"), &json!("Modem diganti."))
        );
        assert_eq!(done["can"]["comment"]["allowed"], false);
    })
    .await;
}

#[tokio::test]
async fn the_code_is_struck_out_of_what_staff_read() {
    world::both(async |world: World| {
        let street = Street::open(&world).await;
        let branch = street.isp.jakarta;
        let home = street.connect(&world, "Ani", Mode::Prepaid, branch, None).await;
        with_phone(&world, &home, PHONE).await;
        ask_code(&world, PHONE).await;
        let code = code_sent(&world).await;
        let path = format!("/api/v1/messages?customer={}", home.customer);
        let seen = world.ask("get", &path).session(&street.sales).send().await;
        let shown = String::from_utf8_lossy(&seen.body).into_owned();
        assert!(shown.contains("login_code") && !shown.contains(&code), "{shown}");
    })
    .await;
}
