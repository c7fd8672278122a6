//! Tickets through the API: a report, its clock, its conversation, its end; who sees what of it.

use axum::http::StatusCode;
use crm::Mode;
use identity::Role;
use kernel::UserId;
use serde_json::{Value, json};

use crate::isp::{call, client, column, get, items, refusal};
use crate::street::{Home, Street, later};
use crate::world::{self, World};

const JPEG: [u8; 6] = [0xff, 0xd8, 0xff, 0xe0, 0, 7];

/// A branch with a technician and a sub-customer of its reseller.
struct Desk {
    street: Street,
    home: Home,
    andi: (UserId, String),
}

impl Desk {
    async fn open(world: &World) -> Self {
        let street = Street::open(world).await;
        let (branch, partner) = (street.isp.jakarta, Some(street.partner));
        let home = street.connect(world, "Budi", Mode::Postpaid, branch, partner).await;
        let andi = client(world, "andi", Role::Technician, Some(branch), None).await;
        Self { street, home, andi }
    }

    fn report(&self, category: &str) -> Value {
        json!({ "subscription_id": self.home.subscription, "category": category,
                "text": "Lampu LOS merah" })
    }

    async fn ticket(&self, world: &World, who: &str, category: &str) -> Value {
        later(world, 1);
        let made = call(world, who, "post", "/api/v1/tickets", &self.report(category)).await;
        assert_eq!(made.status, StatusCode::CREATED, "{:?}", made.json());
        made.json()
    }
}

fn path(ticket: &Value) -> String {
    format!("/api/v1/tickets/{}", ticket["id"].as_str().unwrap())
}

/// Does something that must go well.
async fn deed(world: &World, who: &str, ticket: &Value, what: &str, body: Value) -> Value {
    later(world, 1);
    let reply = call(world, who, "post", &format!("{}/{what}", path(ticket)), &body).await;
    assert!(reply.status.is_success(), "{what}: {:?}", reply.json());
    reply.json()
}

fn kinds(ticket: &Value) -> Vec<&str> {
    let story = ticket["story"].as_array().unwrap();
    story.iter().map(|entry| entry["kind"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_ticket_goes_from_the_report_to_its_end_by_the_roles_in_turn() {
    world::both(async |world: World| {
        let desk = Desk::open(&world).await;
        let (sales, noc) = (desk.street.sales.clone(), desk.street.noc.clone());
        let opened = desk.ticket(&world, &desk.street.reseller, "no_internet").await;
        assert_eq!(
            (&opened["number"], &opened["source"]),
            (&json!("TKT000001"), &json!("reseller"))
        );
        assert_eq!((&opened["state"], &opened["priority"]), (&json!("open"), &json!("high")));
        // Of our way of working a reseller sees nothing.
        assert!(opened["due_at"].is_null() && opened["clock"].is_null(), "{opened}");
        assert_eq!(opened["can"]["start"]["allowed"], false);
        assert_eq!(opened["can"]["comment"]["allowed"], true);

        let seen = get(&world, &sales, &path(&opened)).await;
        // Sunday: eight working hours end on Monday at four, 16.00 WIB.
        assert_eq!(seen["due_at"], "2026-11-23T09:00:00Z");
        assert_eq!(
            (&seen["clock"]["running"], &seen["clock"]["left_secs"]),
            (&json!(true), &json!(28_800))
        );
        assert_eq!(seen["visits"], json!(["repair", "swap"]));
        let taken = deed(&world, &sales, &opened, "take", Value::Null).await;
        assert_eq!(taken["assignee"]["name"], "sinta");
        let note = json!({ "text": "ODP penuh air", "internal": true });
        deed(&world, &sales, &opened, "comments", note).await;
        let asked = deed(&world, &sales, &opened, "ask", json!({ "text": "Modem nyala?" })).await;
        assert_eq!((&asked["state"], &asked["due_at"]), (&json!("waiting_customer"), &Value::Null));

        let reseller = &desk.street.reseller;
        let read = get(&world, reseller, &path(&opened)).await;
        assert_eq!(kinds(&read), ["opened", "waiting"], "nothing internal, nobody's name");
        let said = json!({ "text": "Nyala, LOS merah" });
        let answered = deed(&world, reseller, &opened, "comments", said).await;
        assert_eq!(answered["state"], "in_progress");

        // NOC gives it to a technician, with a visit.
        let give = json!({ "user_id": desk.andi.0 });
        deed(&world, &noc, &opened, "assign", give).await;
        let visit = json!({ "kind": "repair", "note": "ganti patchcord" });
        let sent = deed(&world, &noc, &opened, "work-order", visit.clone()).await;
        assert_eq!(sent["work_order"]["state"], "open");
        let at = format!("{}/work-order", path(&opened));
        let reply = call(&world, &noc, "post", &at, &visit).await;
        assert_eq!(refusal(&reply), (409, "flows.ticket_has_visit".into()));
        let own = column(&world, &desk.andi.1, "/api/v1/tickets?assignee=me", "number").await;
        assert_eq!(own, ["TKT000001"]);
        let resolve = json!({ "resolution": "Patchcord diganti" });
        let resolved = deed(&world, &desk.andi.1, &opened, "resolve", resolve).await;
        assert_eq!(
            (&resolved["state"], &resolved["clock"]["running"]),
            (&json!("resolved"), &json!(false))
        );
        let reply =
            call(&world, &desk.andi.1, "post", &format!("{}/start", path(&opened)), &Value::Null)
                .await;
        assert_eq!(refusal(&reply), (409, "fulfilment.ticket_wrong_state".into()));
        assert!(
            reply.json()["detail"].as_str().unwrap().contains("closed, reopened"),
            "{:?}",
            reply.json()
        );

        let again = json!({ "reason": "Mati lagi" });
        let reopened = deed(&world, reseller, &opened, "reopen", again).await;
        assert_eq!((&reopened["state"], &reopened["reopened"]), (&json!("reopened"), &json!(1)));
        let end = json!({ "resolution": "Kabel diganti", "agreed": true });
        let closed = deed(&world, &sales, &opened, "resolve", end).await;
        assert_eq!(closed["state"], "closed");
        assert_eq!(
            kinds(&closed),
            [
                "opened",
                "assigned",
                "comment",
                "waiting",
                "comment",
                "assigned",
                "work_order",
                "resolved",
                "reopened",
                "resolved",
                "closed"
            ]
        );
        assert_eq!(closed["story"][5]["text"], "andi", "whom it was given to, by name");
    })
    .await;
}

#[tokio::test]
async fn an_inbox_is_sorted_by_what_is_over_first_and_narrowed_by_what_the_address_says() {
    world::both(async |world: World| {
        let desk = Desk::open(&world).await;
        let sales = desk.street.sales.clone();
        for category in ["billing", "no_internet", "slow"] {
            desk.ticket(&world, &sales, category).await;
        }
        let rows = items(&world, &sales, "/api/v1/tickets").await;
        deed(&world, &sales, &rows[2], "take", Value::Null).await;
        let list = async |query: &str| {
            column(&world, &sales, &format!("/api/v1/tickets{query}"), "number").await
        };
        assert_eq!(list("").await, ["TKT000003", "TKT000002", "TKT000001"]);
        assert_eq!(list("?sort=due").await[0], "TKT000002");
        assert_eq!(list("?sort=changed").await[0], "TKT000001");
        assert_eq!(list("?assignee=me").await, ["TKT000001"]);
        assert_eq!(list("?assignee=nobody&category=slow").await, ["TKT000003"]);
        assert_eq!(list("?priority=high&state=unfinished").await, ["TKT000002"]);
        assert_eq!(list("?q=budi&state=open").await.len(), 3);
        assert!(list("?late=true").await.is_empty());
        for (query, field) in
            [("?state=x", "state"), ("?assignee=x", "assignee"), ("?after=x", "after")]
        {
            let reply =
                call(&world, &sales, "get", &format!("/api/v1/tickets{query}"), &Value::Null).await;
            assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
            assert!(reply.fields().starts_with(field), "{}", reply.fields());
        }
        let first = get(&world, &sales, "/api/v1/tickets?sort=due&limit=2").await;
        let next = first["next"].as_str().unwrap();
        let rest = list(&format!("?sort=due&limit=2&after={next}")).await;
        assert_eq!(rest.len(), 1);

        // The time of the first is over on Monday at four. Three days later one logs in anew.
        world.pass(3 * 86_400);
        let watched = flows::tickets::watch(&world.db, world.now()).await.unwrap();
        assert!(watched.breached >= 1);
        let noc = client(&world, "nona", Role::Noc, Some(desk.street.isp.jakarta), None).await.1;
        let late = column(&world, &noc, "/api/v1/tickets?late=true", "number").await;
        assert!(late.contains(&"TKT000002".to_owned()), "{late:?}");
        let counts = get(&world, &noc, "/api/v1/dashboard").await["counts"].clone();
        assert_eq!((&counts["tickets_open"], &counts["tickets_mine"]), (&json!(3), &json!(0)));
        assert_eq!(counts["tickets_queue"], 2);
    })
    .await;
}

#[tokio::test]
async fn a_report_sent_twice_is_one_ticket_and_a_fault_reported_again_is_named() {
    world::both(async |world: World| {
        let desk = Desk::open(&world).await;
        let sales = desk.street.sales.clone();
        let body = desk.report("slow");
        let send = async |key: &str| {
            let ask = world.ask("post", "/api/v1/tickets").session(&sales);
            ask.header("idempotency-key", key).json(&body).send().await
        };
        let (one, two) = (send("key-aaaaaaaa").await, send("key-aaaaaaaa").await);
        assert_eq!((one.status, two.status), (StatusCode::CREATED, StatusCode::CREATED));
        assert_eq!(one.json()["id"], two.json()["id"]);
        let other = send("key-bbbbbbbb").await;
        assert_eq!(refusal(&other), (409, "fulfilment.ticket_already_open".into()));
        assert!(other.json()["detail"].as_str().unwrap().contains("TKT000001"));
        for (body, field) in [
            (json!({ "category": "slow", "text": "x" }), "customer_id:required"),
            (
                json!({ "customer_id": desk.home.customer, "category": "slow", "text": " " }),
                "text:required",
            ),
            (
                json!({ "customer_id": desk.home.customer, "category": "mati", "text": "x" }),
                "category:",
            ),
        ] {
            let reply = call(&world, &sales, "post", "/api/v1/tickets", &body).await;
            assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(reply.fields().starts_with(field), "{}", reply.fields());
        }
    })
    .await;
}

#[tokio::test]
async fn pictures_and_tickets_are_there_only_for_those_whose_they_are() {
    world::both(async |world: World| {
        let desk = Desk::open(&world).await;
        let sales = desk.street.sales.clone();
        let ticket = desk.ticket(&world, &sales, "device").await;
        let photo = world
            .ask("post", &format!("{}/photos?internal=true", path(&ticket)))
            .session(&sales)
            .header("content-type", "image/jpeg");
        let photo = photo.bytes(&JPEG).send().await.json()["story"][1]["photo_id"].clone();
        let photo = format!("/api/v1/ticket-photos/{}", photo.as_str().unwrap());
        let shown = call(&world, &sales, "get", &photo, &Value::Null).await;
        assert_eq!((shown.status, shown.body.as_slice()), (StatusCode::OK, &JPEG[..]));
        for who in [&desk.street.other_noc, &desk.andi.1] {
            let reply = call(&world, who, "get", &path(&ticket), &Value::Null).await;
            assert_eq!(refusal(&reply), (404, "fulfilment.ticket_not_found".into()));
            assert!(items(&world, who, "/api/v1/tickets").await.is_empty());
            let reply = call(&world, who, "get", &photo, &Value::Null).await;
            assert_eq!(refusal(&reply), (404, "fulfilment.ticket_photo_not_found".into()));
        }
        // The reseller sees the ticket, but not what staff show each other.
        get(&world, &desk.street.reseller, &path(&ticket)).await;
        let reply = call(&world, &desk.street.reseller, "get", &photo, &Value::Null).await;
        assert_eq!(refusal(&reply), (404, "fulfilment.ticket_photo_not_found".into()));
        let people = items(&world, &desk.street.noc, "/api/v1/ticket-people").await;
        let names: Vec<&str> = people.iter().map(|p| p["name"].as_str().unwrap()).collect();
        assert!(names.contains(&"sinta") && names.contains(&"andi"), "{names:?}");
        assert!(!names.contains(&"rudi") && !names.contains(&"nono"), "{names:?}");
    })
    .await;
}
