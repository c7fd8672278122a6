//! Whatever is sent, no answer is a 500.

use axum::http::StatusCode;
use identity::Role;
use server::http::operations::OPERATIONS;

use crate::matrix::nowhere;
use crate::world::{self, World};

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
