//! The same request sent again.

use std::sync::Arc;

use axum::http::StatusCode;
use identity::Role;
use serde_json::{Value, json};
use server::http::operations::OPERATIONS;

use crate::world::{self, Reply, World};

type Hook = Arc<dyn Fn(store::FaultPoint, &kernel::Cause) -> Option<kernel::Fault> + Send + Sync>;

fn branch(code: &str) -> Value {
    json!({ "code": code, "name": "Bandung", "zone": "Asia/Jakarta", "lat": -6.9, "lon": 107.6 })
}

async fn add(world: &World, token: &str, key: Option<&str>, body: &Value) -> Reply {
    let ask = world.ask("post", "/api/v1/branches").session(token).json(body);
    match key {
        Some(key) => ask.header("idempotency-key", key).send().await,
        None => ask.send().await,
    }
}

async fn branches(world: &World, token: &str) -> usize {
    let reply = world.ask("get", "/api/v1/branches").session(token).send().await;
    reply.json()["items"].as_array().unwrap().len()
}

fn is_replay(reply: &Reply) -> bool {
    reply.headers.contains_key("idempotency-replayed")
}

#[tokio::test]
async fn the_same_request_with_the_same_key_does_its_work_once() {
    world::both(async |world: World| {
        assert!(OPERATIONS.iter().any(|op| op.path == "/api/v1/branches" && op.keyed));
        let token = world.client(Role::Owner).await;
        let first = add(&world, &token, Some("key-00001"), &branch("BDG")).await;
        assert_eq!(first.status, StatusCode::CREATED);
        assert!(!is_replay(&first));
        let again = add(&world, &token, Some("key-00001"), &branch("BDG")).await;
        assert!(is_replay(&again));
        assert_eq!((again.status, again.json()), (first.status, first.json()));
        assert_eq!(again.headers.get("content-type"), first.headers.get("content-type"));
        assert_eq!(branches(&world, &token).await, 1);
        // Without a key, or with another, it is another request.
        let other = add(&world, &token, Some("key-00002"), &branch("BDG")).await;
        assert_eq!((other.status.as_u16(), other.fields().as_str()), (422, "code:taken"));
        let other = add(&world, &token, None, &branch("SBY")).await;
        assert_eq!(other.status, StatusCode::CREATED);
        assert_eq!(branches(&world, &token).await, 2);
    })
    .await;
}

#[tokio::test]
async fn a_key_belongs_to_one_body_and_one_actor() {
    world::both(async |world: World| {
        let token = world.client(Role::Owner).await;
        let first = add(&world, &token, Some("key-00001"), &branch("BDG")).await;
        assert_eq!(first.status, StatusCode::CREATED);
        let other = add(&world, &token, Some("key-00001"), &branch("SBY")).await;
        assert_eq!((other.status.as_u16(), other.code().as_str()), (409, "idempotency.other_body"));
        let second = world.user("pemilik2", Role::Owner, None).await;
        let second = world.session(second).await;
        let theirs = add(&world, &second, Some("key-00001"), &branch("SBY")).await;
        assert_eq!(theirs.status, StatusCode::CREATED);
        for bad in ["short", "with space in it", &"x".repeat(129)] {
            let reply = add(&world, &token, Some(bad), &branch("MLG")).await;
            assert_eq!(reply.fields(), "Idempotency-Key:idempotency.bad_key");
        }
    })
    .await;
}

#[tokio::test]
async fn a_refusal_is_kept_and_being_logged_out_is_not() {
    world::both(async |world: World| {
        let token = world.client(Role::Owner).await;
        let bad = json!({ "code": "?", "name": "", "zone": "Asia/Jakarta", "lat": 0, "lon": 0 });
        let first = add(&world, &token, Some("key-00001"), &bad).await;
        assert_eq!(
            (first.status.as_u16(), first.fields().as_str()),
            (422, "code:format name:required")
        );
        let again = add(&world, &token, Some("key-00001"), &bad).await;
        assert!(is_replay(&again));
        assert_eq!(again.json(), first.json());
        assert_eq!(again.headers.get("content-type").unwrap(), "application/problem+json");
        let out = add(&world, "nonsense", Some("key-00002"), &branch("BDG")).await;
        assert_eq!(out.status, StatusCode::UNAUTHORIZED);
        let sales = world.client(Role::Sales).await;
        let out = add(&world, &sales, Some("key-00002"), &branch("BDG")).await;
        assert_eq!(out.status, StatusCode::FORBIDDEN);
        let done = add(&world, &token, Some("key-00002"), &branch("BDG")).await;
        assert_eq!(done.status, StatusCode::CREATED);
    })
    .await;
}

#[tokio::test]
async fn the_same_key_twice_at_once_does_its_work_once() {
    world::both(async |world: World| {
        let token = Arc::new(world.client(Role::Owner).await);
        let world = Arc::new(world);
        let (a, b) = store::testing::race(|_| {
            let (world, token) = (Arc::clone(&world), Arc::clone(&token));
            async move { add(&world, &token, Some("key-00001"), &branch("BDG")).await }
        })
        .await;
        assert_eq!((a.status, b.status), (StatusCode::CREATED, StatusCode::CREATED));
        assert_eq!(a.json(), b.json());
        assert_eq!(usize::from(is_replay(&a)) + usize::from(is_replay(&b)), 1);
        assert_eq!(branches(&world, &token).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_failure_is_not_kept_and_a_lost_answer_is_told_again() {
    world::both(async |world: World| {
        use store::FaultPoint;
        let token = world.client(Role::Owner).await;
        let fail_at = |point: FaultPoint| {
            let fail: Hook = Arc::new(move |at, _| {
                (at == point).then(|| kernel::Fault::unavailable("test.gone", "putus", "gone"))
            });
            world.db.set_faults(Some(fail));
        };
        // Gone before the commit: nothing happened, trying again is right.
        fail_at(FaultPoint::BeforeCommit);
        let lost = add(&world, &token, Some("key-00001"), &branch("BDG")).await;
        assert_eq!(lost.status, StatusCode::SERVICE_UNAVAILABLE);
        // Gone after the commit: it happened, but the client was told of a failure.
        fail_at(FaultPoint::AfterCommit);
        let lost = add(&world, &token, Some("key-00001"), &branch("BDG")).await;
        assert_eq!(lost.status, StatusCode::SERVICE_UNAVAILABLE);
        world.db.set_faults(None);
        let told = add(&world, &token, Some("key-00001"), &branch("BDG")).await;
        assert_eq!(told.status, StatusCode::CREATED);
        assert!(is_replay(&told));
        assert_eq!(branches(&world, &token).await, 1);
    })
    .await;
}

#[tokio::test]
async fn keys_are_forgotten_after_90_days() {
    world::both(async |world: World| {
        let token = world.client(Role::Owner).await;
        add(&world, &token, Some("key-00001"), &branch("BDG")).await;
        let forget = async |days: i64| {
            let cause = kernel::Cause::system(world.now().plus_days(days), "test");
            server::http::idempotency::forget_old(&world.db, &cause).await.unwrap()
        };
        assert_eq!((forget(89).await, forget(91).await), (0, 1));
    })
    .await;
}
