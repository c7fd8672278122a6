//! A small ISP: two branches, a plan, and people of every role, with or without a branch.

use axum::http::StatusCode;
use identity::Role;
use identity::user::{self, NewUser};
use kernel::{BranchId, PartnerId, UserId};
use serde_json::{Value, json};
use store::Tx;
use store::testing::{cause, now};

use crate::world::{PASSWORD, Reply, World};

/// Two branches and one plan.
pub(crate) struct Isp {
    pub(crate) jakarta: BranchId,
    pub(crate) bandung: BranchId,
    pub(crate) plan: Value,
    /// Sold postpaid only.
    pub(crate) postpaid_plan: Value,
}

impl Isp {
    pub(crate) async fn found(world: &World) -> Self {
        let owner = world.session(world.user("pendiri", Role::Owner, None).await).await;
        let noc = world.session(world.user("pendiri.noc", Role::Noc, None).await).await;
        let company = json!({ "name": "Contoh Net", "legal_name": "PT Contoh", "is_pkp": true,
                              "npwp": "01.234.567.8-901.000" });
        let reply = call(world, &owner, "put", "/api/v1/company", &company).await;
        assert_eq!(reply.status, StatusCode::OK, "{:?}", reply.json());
        let branch = async |code: &str| {
            let body = json!({ "code": code, "name": code, "zone": "Asia/Jakarta",
                               "lat": -6.2, "lon": 106.8 });
            made(call(world, &owner, "post", "/api/v1/branches", &body).await)
        };
        let (jakarta, bandung) = (branch("JKT").await, branch("BDG").await);
        let profile = json!({ "code": "20M", "name": "20 Mbps", "kind": "plan",
                              "rate_down_kbps": 20000, "rate_up_kbps": 10000, "attributes": [] });
        let profile = made(call(world, &noc, "post", "/api/v1/profiles", &profile).await);
        let plan = async |code: &str, prepaid: bool| {
            let body = json!({ "code": code, "name": format!("Rumah {code}"), "tax": "exclusive",
                "price": 250_000, "prepaid_allowed": prepaid, "postpaid_allowed": true,
                "profile_id": profile });
            made(call(world, &owner, "post", "/api/v1/plans", &body).await)
        };
        let (prepaid, postpaid) = (plan("HOME20", true).await, plan("OFFICE", false).await);
        Self {
            jakarta: parsed(&jakarta),
            bandung: parsed(&bandung),
            plan: prepaid,
            postpaid_plan: postpaid,
        }
    }
}

/// Makes a user and opens a session.
pub(crate) async fn client(
    world: &World,
    name: &str,
    role: Role,
    branch: Option<BranchId>,
    partner: Option<PartnerId>,
) -> (UserId, String) {
    let new = NewUser {
        username: name.to_owned(),
        name: name.to_owned(),
        phone: None,
        email: None,
        password: PASSWORD.to_owned(),
        roles: vec![role],
        branch,
        partner,
    };
    let work = async |tx: &mut Tx| user::create(tx, new.clone()).await;
    let id = world.db.write(&cause(now()), work).await.unwrap();
    (id, world.session(id).await)
}

/// Sends a body, or nothing when it is null.
pub(crate) async fn call(
    world: &World,
    who: &str,
    method: &str,
    path: &str,
    body: &Value,
) -> Reply {
    let ask = world.ask(method, path).session(who);
    if body.is_null() { ask.send().await } else { ask.json(body).send().await }
}

/// Reads an address that must answer 200.
pub(crate) async fn get(world: &World, who: &str, path: &str) -> Value {
    let reply = call(world, who, "get", path, &Value::Null).await;
    assert_eq!(reply.status, StatusCode::OK, "{path}: {:?}", reply.json());
    reply.json()
}

/// The items of a list.
pub(crate) async fn items(world: &World, who: &str, path: &str) -> Vec<Value> {
    get(world, who, path).await["items"].as_array().unwrap().clone()
}

/// One column of a list.
pub(crate) async fn column(world: &World, who: &str, path: &str, name: &str) -> Vec<String> {
    let rows = items(world, who, path).await;
    rows.iter().map(|row| row[name].as_str().unwrap_or("null").to_owned()).collect()
}

/// The id of what was just made.
pub(crate) fn made(reply: Reply) -> Value {
    assert_eq!(reply.status, StatusCode::CREATED, "{:?}", reply.json());
    reply.json()["id"].clone()
}

/// An id of the API as the rooms know it.
pub(crate) fn parsed<T>(id: &Value) -> kernel::Id<T> {
    id.as_str().unwrap().parse().unwrap()
}

/// Status and code of a refusal.
pub(crate) fn refusal(reply: &Reply) -> (u16, String) {
    (reply.status.as_u16(), reply.code())
}
