//! Whatever is sent, no answer is a 500.

use axum::http::StatusCode;
use identity::Role;
use identity::user::NewUser;
use kernel::Permission;
use serde_json::{Value, json};
use server::http::operations::{Access, OPERATIONS, Operation};
use store::Tx;

use crate::estate::Estate;
use crate::matrix::nowhere;
use crate::walk;
use crate::world::{self, PASSWORD, World};

const BODIES: &[&str] = &[
    "",
    "{",
    "null",
    "[]",
    "7",
    "\"x\"",
    "{}",
    "{\"\":1}",
    "[[[[[[[[[[[[[[[[[[[[[[[[",
    "\u{0}",
    "{\"name\":null,\"code\":null,\"lines\":null,\"id\":null}",
    "{\"name\":7,\"code\":[],\"price\":\"x\",\"amount\":1e99,\"roles\":[7],\"zone\":\"Mars\"}",
    "{\"name\":\"\",\"username\":\"\\u0000\",\"password\":\"\",\"q\":\"%_\\\\\",\"limit\":-1}",
];

const QUERIES: &[&str] =
    &["?limit=abc", "?limit=-5", "?after=%FF%FE", "?q=%25%00%27", "?limit=99999999999999999999"];

#[tokio::test]
async fn no_operation_answers_nonsense_with_a_failure() {
    world::sqlite(async |world: World| {
        let mut users = Vec::new();
        for role in [Role::Owner, Role::Finance, Role::Noc, Role::Warehouse, Role::Technician] {
            users.push(world.user(&format!("{role}1"), role, None).await);
        }
        for op in OPERATIONS {
            for user in &users {
                let bodies = if op.method == "get" { QUERIES } else { BODIES };
                for body in bodies {
                    let token = world.session(*user).await;
                    let path = nowhere(op.path);
                    let ask = if op.method == "get" {
                        world.ask(op.method, &format!("{path}{body}"))
                    } else {
                        world.ask(op.method, &path).text(body)
                    };
                    let reply = ask.session(&token).send().await;
                    let what = format!("{} {} with {body}", op.method, op.path);
                    assert!(!reply.status.is_server_error(), "{what}: {:?}", reply.json());
                    if reply.status.is_client_error() {
                        let kind = reply.headers.get("content-type").unwrap();
                        assert_eq!(kind, "application/problem+json", "{what}");
                        assert!(!reply.code().is_empty(), "{what}");
                    }
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn ids_that_are_none_and_addresses_that_are_none_are_404() {
    world::sqlite(async |world: World| {
        let token = world.client(Role::Owner).await;
        for path in ["/api/v1/users/7", "/api/v1/users/%00", "/api/v1/nothing", "/api", "/pay/x/y"]
        {
            let reply = world.ask("get", path).session(&token).send().await;
            assert_eq!(reply.status, StatusCode::NOT_FOUND, "{path}");
            assert_eq!(reply.code(), "no_such_address", "{path}");
        }
        let reply = world.ask("patch", "/api/v1/users").session(&token).send().await;
        assert_eq!(reply.status, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(reply.code(), "no_such_method");
    })
    .await;
}

#[tokio::test]
async fn a_body_of_another_kind_or_too_large_is_said_so() {
    world::sqlite(async |world: World| {
        let token = world.client(Role::Owner).await;
        let post = || world.ask("post", "/api/v1/users").session(&token);
        let reply = post().header("content-type", "text/plain").send().await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (415, "body.not_json"));
        let reply = post().without("content-type").send().await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (415, "body.not_json"));
        let large = format!("{{\"name\":\"{}\"}}", "x".repeat(9 << 20));
        let reply = post().text(&large).send().await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (413, "body.too_large"));
        // A keyed operation reads its body elsewhere.
        let keyed = world.ask("post", "/api/v1/plans").session(&token);
        let reply = keyed.header("idempotency-key", "aaaaaaaa").text(&large).send().await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (413, "body.too_large"));
    })
    .await;
}

#[tokio::test]
async fn a_database_that_is_gone_is_a_clear_503() {
    world::sqlite(async |world: World| {
        let token = world.client(Role::Owner).await;
        world.db.close().await;
        for (method, path) in
            [("get", "/api/v1/health"), ("get", "/api/v1/me"), ("post", "/api/v1/users")]
        {
            let reply = world.ask(method, path).session(&token).text("{}").send().await;
            assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
            assert_eq!(reply.code(), "store.unavailable", "{path}");
            assert!(reply.headers.contains_key("retry-after"));
        }
    })
    .await;
}

/// What nobody means, whatever the field is.
fn absurd() -> Vec<Value> {
    vec![
        Value::Null,
        json!(true),
        json!(-1),
        json!(0),
        json!(i64::MAX),
        json!(i64::MIN),
        json!(1e300),
        json!(""),
        json!("x".repeat(10_000)),
        json!("a\u{0}b"),
        json!("-004713-01-01"),
        json!("-004713-01-01T00:00:00Z"),
        json!("9999-12-31"),
        json!([]),
        json!({}),
    ]
}

/// The places of a body where a value stands: JSON pointers.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(all) => {
            for (name, one) in all {
                found.push(format!("{at}/{name}"));
                places(one, &format!("{at}/{name}"), found);
            }
        }
        Value::Array(all) => {
            if let Some(first) = all.first() {
                found.push(format!("{at}/0"));
                places(first, &format!("{at}/0"), found);
            }
        }
        _ => {}
    }
}

/// The fields of an operation's body, as the API document names them.
fn documented(document: &Value, op: &Operation) -> Vec<String> {
    let body = &document["paths"][op.path][op.method]["requestBody"]["content"];
    let named = body["application/json"]["schema"]["$ref"].as_str().unwrap_or("");
    let schema = &document["components"]["schemas"][named.rsplit('/').next().unwrap_or("")];
    schema["properties"].as_object().map(|all| all.keys().cloned().collect()).unwrap_or_default()
}

/// The well-formed body, with each place and each documented field in turn made absurd.
fn bodies(document: &Value, op: &Operation, good: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    places(good, "", &mut found);
    for name in documented(document, op) {
        let place = format!("/{name}");
        if !found.contains(&place) {
            found.push(place);
        }
    }
    let mut all = Vec::new();
    for place in found {
        for value in absurd() {
            let mut body = good.clone();
            match body.pointer_mut(&place) {
                Some(spot) => *spot = value,
                None => body[place.trim_start_matches('/')] = value,
            }
            all.push(body);
        }
    }
    all.push(good.clone());
    all
}

/// The addresses of a reading operation, with each of its documented queries in turn made absurd.
fn queried(document: &Value, op: &Operation, address: &str) -> Vec<String> {
    const ABSURD: &[&str] = &[
        "",
        "-1",
        "0",
        "9223372036854775807",
        "%00",
        "%25_%5C",
        "-004713-01-01",
        "9999-12-31",
        "x",
    ];
    let asked = document["paths"][op.path][op.method]["parameters"].as_array();
    let names: Vec<&str> = asked
        .into_iter()
        .flatten()
        .filter(|one| one["in"] == "query")
        .filter_map(|one| one["name"].as_str())
        .collect();
    let long = "x".repeat(10_000);
    let mut all = vec![address.to_owned()];
    for name in &names {
        for value in ABSURD.iter().copied().chain([long.as_str()]) {
            // What must be given is given, or nothing else is looked at.
            let others: String = match op.path {
                "/api/v1/quote" => "&plan=HOME20&from=2026-12-01&to=2026-12-31".to_owned(),
                "/api/v1/coverage" => "&lat=-6.2&lon=106.8".to_owned(),
                "/api/v1/labels" => "&serials=RAHASIA001".to_owned(),
                _ => String::new(),
            };
            let first = others.split('&').filter(|part| !part.starts_with(&format!("{name}=")));
            let rest = first.collect::<Vec<_>>().join("&");
            all.push(format!("{address}?{name}={value}{rest}"));
        }
    }
    all
}

const STAFF: [Role; 6] =
    [Role::Owner, Role::Sales, Role::Finance, Role::Warehouse, Role::Noc, Role::Technician];

/// Whether somebody of the staff has the permission.
pub(crate) fn can(permission: Permission) -> bool {
    STAFF.iter().any(|role| identity::matrix::permissions(*role).has(permission))
}

/// Somebody with every role of the staff, everywhere.
pub(crate) async fn everything(world: &World, username: &str) -> kernel::UserId {
    let roles = STAFF.to_vec();
    let new = NewUser {
        username: username.to_owned(),
        name: username.to_owned(),
        phone: None,
        email: None,
        password: PASSWORD.to_owned(),
        roles,
        branch: None,
        partner: None,
    };
    let work = async |tx: &mut Tx| identity::user::create(tx, new.clone()).await;
    world.db.write(&store::testing::cause(world.now()), work).await.unwrap()
}

/// Ends something for good: asked last, so that the others find it alive.
pub(crate) fn ends(op: &Operation) -> bool {
    const LAST: &[&str] = &[
        "cancel",
        "terminate",
        "disable",
        "archive",
        "void",
        "lost",
        "scrap",
        "rma",
        "reject",
        "lose",
        "retry",
        "approve",
        "verify",
        "publish",
        "settle",
        "password",
        "close",
    ];
    op.method == "delete" || LAST.iter().any(|word| op.path.ends_with(word))
}

#[tokio::test]
async fn absurd_values_in_well_formed_requests_are_refused_and_never_a_failure() {
    world::both(async |world: World| {
        let estate = Estate::build(&world).await;
        let document: Value = serde_json::from_str(&server::http::openapi::document()).unwrap();
        let staff = everything(&world, "serba.bisa").await;
        let mut ops: Vec<&Operation> =
            OPERATIONS.iter().filter(|op| op.access != Access::Public).collect();
        ops.sort_by_key(|op| ends(op));
        let mut failed = Vec::new();
        let mut asked = 0;
        for op in ops {
            let Access::May(permission) = op.access else { continue };
            let address = walk::address(op, &estate).unwrap_or_else(|| panic!("{}", op.path));
            let session =
                if can(permission) { world.session(staff).await } else { estate.reseller.clone() };
            let asks: Vec<(String, Value)> = match op.method {
                "get" => queried(&document, op, &address)
                    .into_iter()
                    .map(|path| (path, Value::Null))
                    .collect(),
                _ => {
                    let good = walk::body(op, &estate)
                        .unwrap_or_else(|| panic!("{} {} has no body", op.method, op.path));
                    bodies(&document, op, &good)
                        .into_iter()
                        .map(|body| (address.clone(), body))
                        .collect()
                }
            };
            for (path, body) in asks {
                let ask = world.ask(op.method, &path).session(&session);
                let ask = if body.is_null() { ask } else { ask.json(&body) };
                let reply = ask.send().await;
                asked += 1;
                if reply.status.is_server_error() {
                    let mut text = body.to_string();
                    text.truncate(200);
                    let path = &path[..path.len().min(120)];
                    failed.push(format!("{} {path} {text}: {}", op.method, reply.status));
                }
            }
        }
        assert!(asked > 4_000, "only {asked} requests");
        assert!(failed.is_empty(), "{} failed:\n{}", failed.len(), failed.join("\n"));
    })
    .await;
}
