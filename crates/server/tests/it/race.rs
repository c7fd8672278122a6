//! Every changing operation raced against itself on PostgreSQL: several at once with one key do its work once,
//! several at once with keys of their own are done or refused, no answer is a failure, and afterwards every
//! invariant holds. An operation that the walk asks is raced without a line here.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use flows::invariants;
use futures::future::join_all;
use serde_json::{Value, json};
use server::http::operations::{Access, OPERATIONS, Operation};

use crate::estate::Estate;
use crate::http_portal::come_in;
use crate::nonsense::{can, ends, everything};
use crate::walk;
use crate::world::{self, PASSWORD, Reply, World};

/// Requests at once.
const AT_ONCE: usize = 4;
const JPEG: [u8; 6] = [0xff, 0xd8, 0xff, 0xe0, 0, 7];
const PHONE: &str = "0812-9999-001";

/// Public operations that are not raced here: pages for browsers, and what a sender signs (raced with real
/// signatures where gateways and engines are tested).
const ELSEWHERE: &[&str] = &[
    "/gateway/{name}/notice",
    "/bells/{engine}",
    "/pay",
    "/pay/start",
    "/pay/top-up",
    "/pay/t/{token}",
    "/sim-gateway/pay/{reference}",
];

/// Who asks: the credentials of each of the requests.
#[derive(Clone)]
enum Who {
    Staff(String),
    Portal(String),
    Nobody,
}

/// How the requests of one race differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keys {
    /// One person who pressed several times.
    One,
    /// Several people, or one who means it.
    Several,
}

/// What the walk sends so that it is refused, or so that another operation's record stands in the way: here it
/// shall be done. Address and body.
fn done_body(op: &Operation, estate: &Estate) -> Option<(String, Value)> {
    let id = |what: &str| estate.id(what);
    let subscription = format!("/api/v1/subscriptions/{}", id("subscription"));
    Some(match (op.method, op.path) {
        (_, "/api/v1/me/password") => {
            (op.path.to_owned(), json!({ "current": PASSWORD, "new": "gunung merapi 9" }))
        }
        (_, "/api/v1/me/totp") => (op.path.to_owned(), json!({ "password": PASSWORD })),
        ("put", "/api/v1/nas/{id}") => (
            format!("/api/v1/nas/{}", id("nas")),
            json!({ "name": "BRAS-8", "address": "10.9.0.8", "vendor": "mikrotik",
                    "coa_port": 3_799, "counters_swapped": false,
                    "message_authenticator": "required" }),
        ),
        ("put", "/api/v1/odps/{id}") => (
            format!("/api/v1/odps/{}", id("odp")),
            json!({ "code": "ODP-78", "name": "Tiang", "lat": -6.2, "lon": 106.8, "ports": 8,
                    "reach_m": 200 }),
        ),
        (_, "/api/v1/subscriptions/{id}/plan-change") => (
            format!("{subscription}/plan-change"),
            json!({ "plan_id": id("other plan"), "from_day": "2026-12-10" }),
        ),
        (_, "/api/v1/invoices/{id}/publish") => {
            (format!("/api/v1/invoices/{}/publish", id("draft")), Value::Null)
        }
        (_, "/api/v1/invoices/{id}/withholdings") => (
            format!("/api/v1/invoices/{}/withholdings", id("invoice")),
            json!({ "kind": "wapu", "amount": 1 }),
        ),
        (_, "/api/v1/cash/handovers") => {
            (op.path.to_owned(), json!({ "collector_id": id("holder"), "amount": 100 }))
        }
        _ => return None,
    })
}

/// The place in the walk: what a customer does comes while the customer is who they were, and what ends
/// something comes last.
fn place(op: &Operation) -> u8 {
    const TAKES_AWAY: &[&str] = &["waitlist", "resolve", "reassign", "ask"];
    match op.access {
        Access::Customer(_) if op.method != "delete" => 0,
        Access::Customer(_) => 1,
        _ if op.method == "post" && op.path.contains("/portal/") => 2,
        _ if op.path.ends_with("reassign") => 5,
        _ if TAKES_AWAY.iter().any(|word| op.path.ends_with(word)) => 4,
        _ if ends(op) && !op.path.starts_with("/api/v1/me/") => 4,
        _ => 3,
    }
}

/// The body of what only a customer or a stranger asks.
fn own_body(op: &Operation, estate: &Estate) -> Option<Value> {
    let id = |what: &str| estate.id(what);
    Some(match (op.method, op.path) {
        ("delete", _) => Value::Null,
        (_, "/api/v1/session") => json!({ "username": "serba.bisa", "password": PASSWORD }),
        (_, "/api/v1/public/leads") => json!({ "name": "Eka", "phone": "0812-7777-001",
            "address": "Jl. Kenanga 1", "branch_id": id("branch"), "plan_id": id("plan"),
            "mode": "prepaid" }),
        (_, "/api/v1/portal/code") => json!({ "phone": PHONE }),
        (_, "/api/v1/portal/session") if op.method == "post" => {
            json!({ "phone": PHONE, "code": "000000" })
        }
        (_, "/api/v1/portal/session") => json!({ "customer_id": id("customer") }),
        (_, "/api/v1/portal/pay") => json!({ "invoice_id": id("invoice") }),
        (_, "/api/v1/portal/subscriptions/{id}/ahead")
        | (_, "/api/v1/portal/subscriptions/{id}/ahead/preview") => json!({ "months": 3 }),
        (_, "/api/v1/portal/requests") => json!({ "subscription_id": id("subscription"),
            "kind": "stop", "note": "pindah" }),
        (_, "/api/v1/portal/tickets") => json!({ "subscription_id": id("subscription"),
            "category": "slow", "text": "lambat" }),
        (_, "/api/v1/portal/tickets/{id}/comments") => json!({ "text": "masih" }),
        (_, "/api/v1/portal/tickets/{id}/reopen") => json!({ "reason": "masih" }),
        (_, "/api/v1/portal/tickets/{id}/close") => Value::Null,
        (_, "/api/v1/portal/settings") => json!({ "email": "ani@contoh.id", "lang": "id",
            "opted_out": [] }),
        _ => return None,
    })
}

fn missing(op: &Operation) -> ! {
    panic!("{} {} has no address or body: add it", op.method, op.path)
}

/// An operation, ready to be sent several times.
struct Asked {
    address: String,
    body: Value,
    who: Vec<Who>,
}

struct Race {
    world: World,
    estate: Estate,
    first: kernel::UserId,
    second: kernel::UserId,
    /// Of the customer in the portal: one ends with its session.
    cookies: Vec<String>,
    keys: Keys,
    wrong: Vec<String>,
    statuses: BTreeMap<&'static str, usize>,
}

impl Race {
    async fn of(world: World, keys: Keys) -> Self {
        let estate = Estate::build(&world).await;
        let first = everything(&world, "serba.bisa").await;
        let second = everything(&world, "bisa.juga").await;
        let mut race = Self {
            world,
            estate,
            first,
            second,
            cookies: Vec::new(),
            keys,
            wrong: Vec::new(),
            statuses: BTreeMap::new(),
        };
        race.phone().await;
        for _ in 0..2 {
            race.cookies.push(come_in(&race.world, PHONE).await);
            race.world.pass(600);
        }
        race.check("the estate").await;
        race
    }

    /// The customer has a phone to come into the portal with.
    async fn phone(&self) {
        let session = self.world.session(self.first).await;
        let path = format!("/api/v1/customers/{}", self.estate.id("customer"));
        let ask = self.world.ask("patch", &path).session(&session);
        let reply = ask.json(&json!({ "phone": PHONE })).send().await;
        assert_eq!(reply.status, StatusCode::OK, "{:?}", reply.json());
    }

    async fn asked(&mut self, op: &Operation) -> Asked {
        let address = || walk::address(op, &self.estate).unwrap_or_else(|| missing(op));
        let body = || match op.access {
            Access::May(_) => walk::body(op, &self.estate),
            Access::Customer(_) | Access::Public => own_body(op, &self.estate),
        };
        let (address, body) = done_body(op, &self.estate)
            .unwrap_or_else(|| (address(), body().unwrap_or_else(|| missing(op))));
        let who = match op.access {
            Access::Public => vec![Who::Nobody; AT_ONCE],
            Access::Customer(_) => {
                let ends = op.method == "delete" && op.path.ends_with("/session");
                let cookie = if ends { self.cookies.pop() } else { self.cookies.last().cloned() };
                vec![Who::Portal(cookie.expect("a session is left")); AT_ONCE]
            }
            Access::May(permission) if can(permission) => {
                let first = self.world.session(self.first).await;
                let other = match self.keys {
                    Keys::One => first.clone(),
                    Keys::Several => self.world.session(self.second).await,
                };
                let staff =
                    |n: usize| if n.is_multiple_of(2) { first.clone() } else { other.clone() };
                (0..AT_ONCE).map(|n| Who::Staff(staff(n))).collect()
            }
            Access::May(_) => vec![Who::Staff(self.estate.reseller.clone()); AT_ONCE],
        };
        Asked { address, body, who }
    }

    async fn run(&mut self, op: &'static Operation) {
        let asked = self.asked(op).await;
        let replies = join_all(asked.who.iter().enumerate().map(|(n, who)| {
            let what = if op.path.ends_with("/photos") { "?what=other" } else { "" };
            let ask = self.world.ask(op.method, &format!("{}{what}", asked.address));
            let ask = match who {
                Who::Staff(token) => ask.session(token),
                Who::Portal(cookie) => ask.header("cookie", cookie),
                Who::Nobody => ask,
            };
            let key = match self.keys {
                Keys::One => format!("lomba-{}", op.path),
                Keys::Several => format!("lomba-{n}-{}", op.path),
            };
            let ask = ask.header("idempotency-key", &key);
            if op.path.ends_with("/photos") {
                return ask.header("content-type", "image/jpeg").bytes(&JPEG).send();
            }
            if asked.body.is_null() { ask.send() } else { ask.json(&asked.body).send() }
        }))
        .await;
        self.judge(op, &replies);
        flows::tasks::drain_outbox(&self.world.db, self.world.now(), 500).await.unwrap();
        self.check(&format!("{} {}", op.method, op.path)).await;
        self.world.pass(1);
    }

    fn judge(&mut self, op: &'static Operation, replies: &[Reply]) {
        let statuses: Vec<u16> = replies.iter().map(|r| r.status.as_u16()).collect();
        let done = replies.iter().filter(|r| r.status.is_success()).count();
        *self.statuses.entry(if done > 0 { "done" } else { "refused" }).or_default() += 1;
        let codes: Vec<String> = replies.iter().map(Reply::code).collect();
        println!("{} {}: {statuses:?} {codes:?}", op.method, op.path);
        let what = |why: &str| format!("{} {}: {why}: {statuses:?} {codes:?}", op.method, op.path);
        if replies.iter().any(|r| r.status.is_server_error()) {
            self.wrong.push(what("a failure"));
        }
        if self.keys == Keys::One && op.keyed && done > 0 {
            let same = |r: &Reply| r.status == replies[0].status && same_record(r, &replies[0]);
            if !replies.iter().all(same) {
                self.wrong.push(what("one key, several answers"));
            }
        }
    }

    async fn check(&mut self, after: &str) {
        let mut reader = self.world.db.reader();
        let broken = invariants::check(&mut reader, self.world.now()).await.unwrap();
        // No router is connected: nobody carries access out.
        for broken in broken.into_iter().filter(|b| b.invariant != "not_enforced_forgotten") {
            let said = format!("{} {}", broken.invariant, broken.detail);
            if !self.wrong.iter().any(|w| w.ends_with(&said)) {
                self.wrong.push(format!("after {after}: {said}"));
            }
        }
    }
}

/// The same answer; of work that goes on beside its request, the same record.
fn same_record(one: &Reply, other: &Reply) -> bool {
    let (one_json, other_json) = (one.json(), other.json());
    match (one.status, &one_json["id"]) {
        // Work that goes on: it is the same, and further on.
        (StatusCode::ACCEPTED, id) => *id == other_json["id"],
        _ => one_json == other_json,
    }
}

async fn walk_all(keys: Keys) {
    world::postgres(async |world: World| {
        let mut race = Race::of(world, keys).await;
        let mut ops: Vec<&'static Operation> = OPERATIONS
            .iter()
            .filter(|op| op.method != "get" && !ELSEWHERE.contains(&op.path))
            .collect();
        ops.sort_by_key(|op| place(op));
        let all = ops.len();
        for op in ops {
            race.run(op).await;
        }
        let wrong = &race.wrong;
        assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
        let done = race.statuses["done"];
        assert!(done * 10 > all * 7, "only {done} of {all} did anything: the race proves little");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_change_pressed_four_times_with_one_key_is_made_once() {
    walk_all(Keys::One).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_change_made_by_several_at_once_is_made_or_refused_and_never_a_failure() {
    walk_all(Keys::Several).await;
}
