//! Logging in, one's own account, users and tokens, through the API.

use axum::http::StatusCode;
use identity::Role;
use serde_json::{Value, json};
use server::config::{Config, Http};

use crate::world::{self, PASSWORD, Reply, World};

async fn log_in(world: &World, username: &str, password: &str) -> Reply {
    let body = json!({ "username": username, "password": password });
    world.ask("post", "/api/v1/session").json(&body).send().await
}

/// The session token in the cookie that came back.
fn token_in(reply: &Reply) -> String {
    let cookie = reply.headers.get("set-cookie").unwrap().to_str().unwrap();
    cookie.split(';').next().unwrap().split_once('=').unwrap().1.to_owned()
}

#[tokio::test]
async fn logging_in_gives_a_cookie_and_logging_out_takes_it_back() {
    world::both(async |world: World| {
        world.user("budi", Role::Sales, None).await;
        let reply = log_in(&world, "budi", PASSWORD).await;
        assert_eq!(reply.status, StatusCode::OK);
        let cookie = reply.headers.get("set-cookie").unwrap().to_str().unwrap();
        for part in ["sambung=", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=2592000"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        assert!(!cookie.contains("Domain"), "{cookie}");
        let me = reply.json();
        assert_eq!((&me["username"], &me["roles"]), (&json!("budi"), &json!(["sales"])));
        let permissions = me["permissions"].as_array().unwrap();
        assert!(permissions.contains(&json!("lead_write")));
        assert!(!permissions.contains(&json!("nas_write")));
        let token = token_in(&reply);
        let me_of = async || world.ask("get", "/api/v1/me").session(&token).send().await;
        assert_eq!(me_of().await.json()["username"], "budi");
        let out = world.ask("delete", "/api/v1/session").session(&token).send().await;
        assert_eq!(out.status, StatusCode::NO_CONTENT);
        assert!(out.headers.get("set-cookie").unwrap().to_str().unwrap().contains("Max-Age=0"));
        assert_eq!(me_of().await.status, StatusCode::UNAUTHORIZED);
    })
    .await;
}

#[tokio::test]
async fn over_tls_the_cookie_is_bound_to_the_host() {
    let http = Http { public_url: Some("https://isp.example".into()), ..Http::default() };
    let (db, _dir) = store::testing::sqlite(&server::wiring::schema()).await;
    let world = World::configured(db, Config { http, ..Config::default() }).await;
    world.user("budi", Role::Sales, None).await;
    let body = json!({ "username": "budi", "password": PASSWORD });
    let ask = world.ask("post", "/api/v1/session").json(&body);
    let reply = ask.header("origin", "https://isp.example").send().await;
    let cookie = reply.headers.get("set-cookie").unwrap().to_str().unwrap();
    assert!(cookie.starts_with("__Host-sambung=") && cookie.contains("Secure"), "{cookie}");
    assert!(reply.headers.contains_key("strict-transport-security"));
}

#[tokio::test]
async fn refusals_are_alike_and_guessing_is_limited() {
    world::both(async |world: World| {
        world.user("budi", Role::Sales, None).await;
        let mut wrong = log_in(&world, "budi", "salah sekali").await.json();
        let mut unknown = log_in(&world, "hantu", PASSWORD).await.json();
        for json in [&mut wrong, &mut unknown] {
            json["request_id"] = Value::Null;
        }
        assert_eq!(wrong, unknown);
        assert_eq!(wrong["code"], "identity.login_refused");
        for _ in 0..4 {
            log_in(&world, "budi", "salah sekali").await;
        }
        let reply = log_in(&world, "budi", PASSWORD).await;
        assert_eq!(
            (reply.status.as_u16(), reply.code().as_str()),
            (429, "identity.too_many_tries")
        );
        assert!(reply.headers.contains_key("retry-after"));
    })
    .await;
}

#[tokio::test]
async fn another_sites_page_can_not_make_changes_with_our_cookie() {
    world::sqlite(async |world: World| {
        let token = world.client(Role::Owner).await;
        let ask =
            || world.ask("post", "/api/v1/users").session(&token).text("{}").without("origin");
        for (header, value, allowed) in [
            ("origin", "https://evil.example", false),
            ("origin", "http://isp.example.evil.example", false),
            ("origin", "null", false),
            ("sec-fetch-site", "cross-site", false),
            ("sec-fetch-site", "same-site", false),
            ("sec-fetch-site", "same-origin", true),
            ("origin", "http://isp.example", true),
            ("x-nothing", "at all", false),
        ] {
            let reply = ask().header(header, value).send().await;
            let expect = if allowed { "invalid_fields" } else { "other_origin" };
            assert_eq!(reply.code(), expect, "{header}: {value}");
        }
        // Reading needs no origin; logging in refuses a wrong one only.
        let read = world.ask("get", "/api/v1/me").session(&token).without("origin").send().await;
        assert_eq!(read.status, StatusCode::OK);
        let body = json!({ "username": "x", "password": "y" });
        let log_in = || world.ask("post", "/api/v1/session").json(&body);
        let reply = log_in().header("origin", "https://evil.example").send().await;
        assert_eq!(reply.code(), "other_origin");
        assert_eq!(log_in().without("origin").send().await.code(), "identity.login_refused");
    })
    .await;
}

#[tokio::test]
async fn problems_speak_the_language_that_was_asked_for() {
    world::sqlite(async |world: World| {
        for (accept, title, lang) in [
            ("id", "Belum masuk", "id"),
            ("en-US,en;q=0.9", "Not logged in", "en"),
            ("", "Belum masuk", "id"),
        ] {
            let ask = world.ask("get", "/api/v1/me").header("accept-language", accept);
            let reply = ask.send().await;
            assert_eq!(reply.json()["title"], title);
            assert_eq!(reply.headers.get("content-language").unwrap(), lang);
            let id = reply.headers.get("x-request-id").unwrap().to_str().unwrap().to_owned();
            assert_eq!(reply.json()["request_id"], id);
            assert_eq!(reply.headers.get("cache-control").unwrap(), "no-store");
        }
    })
    .await;
}

#[tokio::test]
async fn an_owner_manages_users_from_making_to_cutting_off() {
    world::both(async |world: World| {
        let token = world.client(Role::Owner).await;
        let ask = |method: &str, path: &str| world.ask(method, path).session(&token);
        let new = json!({
            "username": "Siti", "name": "Siti Aminah", "phone": "0812 3456 7890", "password": PASSWORD,
            "roles": ["sales"], "email": null, "branch_id": null, "partner_id": null,
        });
        let made = ask("post", "/api/v1/users").json(&new).send().await;
        assert_eq!(made.status, StatusCode::CREATED, "{:?}", made.json());
        let id = made.json()["id"].as_str().unwrap().to_owned();
        assert_eq!((&made.json()["username"], &made.json()["phone"]), (&json!("siti"), &json!("6281234567890")));
        assert!(!String::from_utf8(made.body.clone()).unwrap().contains("argon2"));
        let mut bad = new.clone();
        bad["username"] = json!("siti2");
        bad["branch_id"] = json!("0193a9d0-0000-7000-8000-00000000dead");
        assert_eq!(ask("post", "/api/v1/users").json(&bad).send().await.fields(), "branch_id:not_found");
        bad["phone"] = json!("telepon");
        assert_eq!(ask("post", "/api/v1/users").json(&bad).send().await.fields(), "phone:phone");
        let list = ask("get", "/api/v1/users?q=aminah").send().await.json();
        assert_eq!(list["items"].as_array().unwrap().len(), 1);
        let page = ask("get", "/api/v1/users?limit=1").send().await.json();
        assert_eq!(page["next"], page["items"][0]["username"]);

        let session = token_in(&log_in(&world, "siti", PASSWORD).await);
        let their_me = async || world.ask("get", "/api/v1/me").session(&session).send().await;
        let change = json!({ "name": "Siti", "roles": ["finance"], "phone": null, "email": null,
                             "branch_id": null, "partner_id": null });
        let changed = ask("put", &format!("/api/v1/users/{id}")).json(&change).send().await;
        assert_eq!(changed.json()["roles"], json!(["finance"]));
        assert_eq!(their_me().await.json()["roles"], json!(["finance"]));
        let off = ask("post", &format!("/api/v1/users/{id}/disable")).send().await;
        assert!(off.json()["disabled_at"].is_string());
        assert_eq!(their_me().await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(log_in(&world, "siti", PASSWORD).await.code(), "identity.login_refused");
        ask("post", &format!("/api/v1/users/{id}/enable")).send().await;
        let given = json!({ "password": "sementara saja 1" });
        let set = ask("post", &format!("/api/v1/users/{id}/password")).json(&given).send().await;
        assert_eq!(set.status, StatusCode::NO_CONTENT);
        let reply = log_in(&world, "siti", "sementara saja 1").await;
        assert_eq!(reply.json()["duty"], "change_password");
        let session = token_in(&reply);
        let held = world.ask("get", "/api/v1/plans").session(&session).send().await;
        assert_eq!(held.code(), "identity.must_change_password");
        let own = json!({ "current": "sementara saja 1", "new": "gunung merapi 9" });
        let put = world.ask("put", "/api/v1/me/password").session(&session).json(&own);
        assert_eq!(put.send().await.status, StatusCode::NO_CONTENT);
        let free = world.ask("get", "/api/v1/plans").session(&session).send().await;
        assert_eq!(free.status, StatusCode::OK);
        let cut = ask("delete", &format!("/api/v1/users/{id}/sessions")).send().await;
        assert_eq!(cut.status, StatusCode::NO_CONTENT);
        let gone = world.ask("get", "/api/v1/me").session(&session).send().await;
        assert_eq!(gone.status, StatusCode::UNAUTHORIZED);
    })
    .await;
}

#[tokio::test]
async fn a_one_time_code_is_set_up_by_scanning_and_asked_for_from_then_on() {
    world::both(async |world: World| {
        let user = world.user("budi", Role::Finance, None).await;
        let session = world.session(user).await;
        let ask =
            |path: &str, body: Value| world.ask("post", path).session(&session).json(&body).send();
        let wrong = ask("/api/v1/me/totp", json!({ "password": "salah" })).await;
        assert_eq!(wrong.fields(), "password:wrong_password");
        let made = ask("/api/v1/me/totp", json!({ "password": PASSWORD })).await.json();
        assert!(made["url"].as_str().unwrap().starts_with("otpauth://totp/"));
        let secret = made["secret"].as_str().unwrap();
        let secret = data_encoding::BASE32_NOPAD.decode(secret.as_bytes()).unwrap();
        let code = identity::totp::code_at(&secret, world.now()).unwrap();
        let on = ask("/api/v1/me/totp/confirm", json!({ "code": code })).await;
        assert_eq!(on.status, StatusCode::NO_CONTENT, "{:?}", on.json());
        assert_eq!(log_in(&world, "budi", PASSWORD).await.code(), "identity.code_needed");
        let later = world.now().plus_secs(60);
        world.clock.set(later);
        let code = identity::totp::code_at(&secret, later).unwrap();
        let body = json!({ "username": "budi", "password": PASSWORD, "code": code });
        let reply = world.ask("post", "/api/v1/session").json(&body).send().await;
        assert_eq!(reply.json()["has_totp"], true);
    })
    .await;
}

#[tokio::test]
async fn a_token_works_as_bearer_within_its_permissions_and_can_be_revoked() {
    world::both(async |world: World| {
        let session = world.client(Role::Owner).await;
        let ask = |method: &str, path: &str| world.ask(method, path).session(&session);
        let body = |permission: &str| {
            json!({ "name": "laporan", "permissions": [permission],
                    "expires_at": world.now().plus_days(30).to_string() })
        };
        let none = ask("post", "/api/v1/tokens").json(&body("nas_write")).send().await;
        assert_eq!(none.fields(), "permissions:not_yours");
        let unknown = ask("post", "/api/v1/tokens").json(&body("king")).send().await;
        assert_eq!(unknown.fields(), "permissions[0]:choice");
        let made = ask("post", "/api/v1/tokens").json(&body("user_read")).send().await;
        assert_eq!(made.status, StatusCode::CREATED);
        let token = made.json()["token"].as_str().unwrap().to_owned();
        let bearer = format!("Bearer {token}");
        let with = |path: &str| {
            world.ask("get", path).without("origin").header("authorization", &bearer).send()
        };
        assert_eq!(with("/api/v1/users").await.status, StatusCode::OK);
        assert_eq!(with("/api/v1/plans").await.status, StatusCode::FORBIDDEN);
        let list = ask("get", "/api/v1/tokens").send().await;
        assert!(!String::from_utf8(list.body.clone()).unwrap().contains(&token));
        let id = list.json()["items"][0]["id"].as_str().unwrap().to_owned();
        let gone = ask("delete", &format!("/api/v1/tokens/{id}")).send().await;
        assert_eq!(gone.status, StatusCode::NO_CONTENT);
        assert_eq!(with("/api/v1/users").await.status, StatusCode::UNAUTHORIZED);
    })
    .await;
}

#[tokio::test]
async fn an_owner_of_one_branch_neither_sees_nor_makes_anything_beyond_it() {
    world::both(async |world: World| {
        let chief = world.client(Role::Owner).await;
        let mut ids = Vec::new();
        for code in ["BDG", "SBY"] {
            let body = json!({ "code": code, "name": code, "zone": "Asia/Jakarta", "lat": -6.9, "lon": 107.6 });
            let made = world.ask("post", "/api/v1/branches").session(&chief).json(&body).send().await;
            ids.push(made.json()["id"].as_str().unwrap().parse().unwrap());
        }
        let boss = world.user("bos", Role::Owner, Some(ids[0])).await;
        let far = world.user("jauh", Role::Technician, Some(ids[1])).await;
        let token = world.session(boss).await;
        let ask = |method: &str, path: &str| world.ask(method, path).session(&token);
        for (method, path) in [
            ("get", format!("/api/v1/users/{far}")),
            ("post", format!("/api/v1/users/{far}/disable")),
            ("delete", format!("/api/v1/users/{far}/sessions")),
            ("delete", format!("/api/v1/users/{far}/totp")),
        ] {
            assert_eq!(ask(method, &path).send().await.code(), "identity.user_not_found", "{path}");
        }
        let seen = ask("get", "/api/v1/branches").send().await.json();
        assert_eq!(seen["items"].as_array().unwrap().len(), 1);
        let company = json!({ "name": "X", "legal_name": "X", "is_pkp": false });
        let refused = ask("put", "/api/v1/company").json(&company).send().await;
        assert_eq!(refused.code(), "catalog.whole_isp");
        let refused = ask("put", "/api/v1/security").json(&json!({ "totp_required_for": [] })).send().await;
        assert_eq!(refused.code(), "catalog.whole_isp");
    })
    .await;
}
