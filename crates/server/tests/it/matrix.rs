//! Every operation × every role.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use identity::{Role, matrix};
use kernel::actor::Who;
use kernel::{Cause, UserId};
use server::http::operations::{Access, OPERATIONS, Operation};
use store::{Tx, args};

use crate::world::{self, World};

/// An address that names nothing that is there.
pub(crate) fn nowhere(path: &str) -> String {
    const NOBODY: &str = "0193a9d0-0000-7000-8000-00000000dead";
    let parts = path.split('/').map(|part| if part.starts_with('{') { NOBODY } else { part });
    parts.collect::<Vec<_>>().join("/")
}

fn document() -> serde_json::Value {
    serde_json::from_str(&server::http::openapi::document()).unwrap()
}

#[test]
fn the_table_has_exactly_the_operations_that_there_are() {
    let document = document();
    let mut routes = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            routes.insert((method.clone(), path.clone()));
        }
    }
    let table: BTreeSet<(String, String)> =
        OPERATIONS.iter().map(|op| (op.method.to_owned(), op.path.to_owned())).collect();
    assert_eq!(table.len(), OPERATIONS.len(), "an operation stands twice in the table");
    let missing: Vec<_> = routes.difference(&table).collect();
    assert!(missing.is_empty(), "routes without a line in http/operations.rs: {missing:?}");
    let extra: Vec<_> = table.difference(&routes).collect();
    assert!(extra.is_empty(), "lines without a route: {extra:?}");
}

#[test]
fn only_posts_have_an_idempotency_key_and_few_operations_are_public() {
    for op in OPERATIONS.iter().filter(|op| op.keyed) {
        assert_eq!(op.method, "post", "{}", op.path);
    }
    let public: Vec<&str> =
        OPERATIONS.iter().filter(|op| op.access == Access::Public).map(|op| op.path).collect();
    for path in public {
        let expected = [
            "/api/v1/health",
            "/api/v1/session",
            "/api/v1/public/",
            "/api/v1/portal/",
            "/pay",
            "/gateway/",
            "/bells/",
            "/sim-gateway/",
        ];
        assert!(expected.iter().any(|p| path.starts_with(p)), "{path} is open to strangers");
    }
}

async fn asked(world: &World, op: &Operation, token: Option<&str>) -> StatusCode {
    let mut ask = world.ask(op.method, &nowhere(op.path)).text("{}");
    if let Some(token) = token {
        ask = ask.session(token);
    }
    ask.send().await.status
}

/// Somebody of this role. Nobody can be made a customer: the guard meets one all the same.
async fn acting_as(world: &World, role: Role) -> UserId {
    if role != Role::Customer {
        return world.user(&format!("{role}1"), role, None).await;
    }
    let user = world.user("customer1", Role::Sales, None).await;
    let made = world.db.write(&Cause::system(world.now(), "test"), async |tx: &mut Tx| {
        let roles = serde_json::json!(["customer"]);
        tx.exec("update identity_user set roles = $1 where id = $2", args![roles, user]).await
    });
    assert_eq!(made.await.unwrap(), 1);
    user
}

#[tokio::test]
async fn every_operation_is_open_to_exactly_the_roles_of_the_matrix() {
    world::sqlite(async |world: World| {
        for role in Role::ALL {
            let user = acting_as(&world, *role).await;
            for op in OPERATIONS {
                // A fresh session each time: one of the operations ends it.
                let token = world.session(user).await;
                let status = asked(&world, op, Some(&token)).await;
                let what = format!("{role}: {} {} gave {status}", op.method, op.path);
                assert!(!status.is_server_error(), "{what}");
                let Access::May(permission) = op.access else { continue };
                assert_ne!(status, StatusCode::UNAUTHORIZED, "{what}");
                if !matrix::permissions(*role).has(permission) {
                    assert_eq!(status, StatusCode::FORBIDDEN, "{what}");
                } else {
                    assert_ne!(status, StatusCode::FORBIDDEN, "{what}");
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn strangers_and_spent_sessions_get_nothing_but_what_is_public() {
    world::sqlite(async |world: World| {
        let user = world.user("budi", Role::Owner, None).await;
        let spent = world.session(user).await;
        let end = world.db.write(&Cause::system(world.now(), "test"), async |tx: &mut Tx| {
            identity::login::end_all(tx, user).await
        });
        end.await.unwrap();
        for op in OPERATIONS.iter().filter(|op| op.access != Access::Public) {
            for token in [None, Some("nonsense"), Some(spent.as_str())] {
                let status = asked(&world, op, token).await;
                assert_eq!(status, StatusCode::UNAUTHORIZED, "{} {}", op.method, op.path);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_token_without_permissions_opens_nothing() {
    world::sqlite(async |world: World| {
        let user = world.user("budi", Role::Owner, None).await;
        let session = world.session(user).await;
        let actor = identity::actor_of_session(&mut world.db.reader(), &session, world.now())
            .await
            .unwrap();
        assert_eq!(actor.who, Who::User(user));
        let cause = Cause::new(world.now(), actor);
        let new = identity::token::NewToken {
            name: "laporan".into(),
            permissions: vec![kernel::Permission::PlanRead],
            expires_at: world.now().plus_days(30),
        };
        let made = world
            .db
            .write(&cause, async |tx: &mut Tx| identity::token::create(tx, new.clone()).await);
        let (_, token) = made.await.unwrap();
        for op in OPERATIONS {
            let Access::May(permission) = op.access else { continue };
            let ask = world.ask(op.method, &nowhere(op.path)).text("{}").without("origin");
            let status =
                ask.header("authorization", &format!("Bearer {token}")).send().await.status;
            let open = permission == kernel::Permission::PlanRead;
            assert_eq!(
                status != StatusCode::FORBIDDEN,
                open,
                "{} {}: {status}",
                op.method,
                op.path
            );
        }
    })
    .await;
}
