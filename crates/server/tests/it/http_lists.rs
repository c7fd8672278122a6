//! Lists in every order, page by page, and as files.

use axum::http::StatusCode;
use crm::Mode;
use documents::read::read_table;
use kernel::TrailId;
use network::RecordKind;
use serde_json::{Value, json};

use crate::http_billing::{open, post};
use crate::isp::{column, get, items, made};
use crate::street::{Home, Street, later, pay};
use crate::world::{self, Reply, World};

/// Every list that is sorted, with its words and what tells its rows apart.
const LISTS: [(&str, &[&str], &str); 11] = [
    ("customers", &["newest", "name"], "id"),
    ("leads", &["newest", "name"], "id"),
    ("subscriptions", &["newest", "activated", "terminated", "next_issue"], "id"),
    ("invoices", &["newest", "issued", "due", "total", "owed"], "id"),
    ("payments", &["newest", "received", "amount"], "id"),
    ("items", &["serial", "received"], "serial"),
    ("purchases", &["newest", "expected", "total"], "id"),
    ("work-orders", &["newest", "scheduled", "done"], "id"),
    ("tickets", &["newest", "due", "changed"], "id"),
    ("sessions", &["newest", "started", "username", "down"], "id"),
    ("accounts", &["username", "newest"], "id"),
];

/// Five customers with an invoice, money, a session, a ticket and a device each, alike and different.
async fn stocked(world: &World) -> (Street, Vec<Home>) {
    let street = open(world).await;
    let mut homes = Vec::new();
    for (n, name) in (1..).zip(["Ani", "budi", "Budi S", "Cici", "ani wati"]) {
        later(world, 60);
        let mode = if n % 2 == 0 { Mode::Postpaid } else { Mode::Prepaid };
        let home = street.connect(world, name, mode, street.isp.jakarta, None).await;
        street.report(world, &home, RecordKind::Start, &format!("s{n}"), n % 3 * 100).await;
        pay(world, &home, 1_000 * (n % 3 + 1), TrailId::nil()).await;
        let ticket = json!({ "subscription_id": home.subscription, "category": "other",
                             "subject": format!("Soal {n}"), "text": "-" });
        made(post(world, &street.sales, "/api/v1/tickets", ticket).await);
        let lead =
            json!({ "name": name, "phone": format!("0813-0000-00{n}0"), "address": "Jl. =1" });
        made(post(world, &street.sales, "/api/v1/leads", lead).await);
        homes.push(home);
    }
    let keeper = crate::isp::client(
        world,
        "gudang.l",
        identity::Role::Warehouse,
        Some(street.isp.jakarta),
        None,
    );
    let keeper = keeper.await.1;
    let place = json!({ "kind": "warehouse", "name": "Gudang" });
    let place = made(post(world, &keeper, "/api/v1/locations", place).await);
    let modem = json!({ "code": "ONT-1", "name": "ONT", "kind": "ont", "unit": "pcs",
                        "serialized": true, "value": 350_000 });
    let modem = made(post(world, &keeper, "/api/v1/item-types", modem).await);
    for n in [3, 1, 2] {
        later(world, 60);
        let delivery = json!({ "warehouse_id": place, "type_id": modem, "document": "SJ-1",
            "lines": [{ "serial": format!("SN{n}A") }, { "serial": format!("SN{n}B") }] });
        let reply = post(world, &keeper, "/api/v1/items/receive", delivery).await;
        assert!(reply.status.is_success());
    }
    let supplier = json!({ "name": "PT Fiber" });
    let supplier = made(post(world, &keeper, "/api/v1/suppliers", supplier).await);
    for expected in [json!("2026-12-30"), json!(null), json!("2026-12-24"), json!("2026-12-24")] {
        later(world, 60);
        let order = json!({ "supplier_id": supplier, "warehouse_id": place, "note": null,
            "expected_on": expected, "lines": [{ "type_id": modem, "quantity": 1, "price": 7 }] });
        made(post(world, &keeper, "/api/v1/purchases", order).await);
    }
    (street, homes)
}

async fn paged(world: &World, who: &str, path: &str, id: &str) -> Vec<String> {
    let (mut found, mut after) = (Vec::new(), String::new());
    loop {
        let page = get(world, who, &format!("{path}&limit=2{after}")).await;
        for row in page["items"].as_array().unwrap() {
            found.push(row[id].as_str().unwrap().to_owned());
        }
        let Some(next) = page["next"].as_str() else { return found };
        after = format!("&after={next}");
    }
}

#[tokio::test]
async fn every_list_is_read_page_by_page_in_every_order() {
    world::both(async |world: World| {
        let (street, _) = stocked(&world).await;
        let owner = &street.owner;
        for (list, sorts, id) in LISTS {
            let mut all: Option<Vec<String>> = None;
            for sort in sorts {
                for dir in ["", "&dir=asc", "&dir=desc"] {
                    let path = format!("/api/v1/{list}?sort={sort}{dir}");
                    let whole = column(&world, owner, &format!("{path}&limit=200"), id).await;
                    assert!(whole.len() >= 3, "{path}: {whole:?}");
                    assert_eq!(paged(&world, owner, &path, id).await, whole, "{path}");
                    let mut sorted = whole.clone();
                    sorted.sort();
                    assert_eq!(*all.get_or_insert(sorted.clone()), sorted, "{path}");
                }
            }
        }
        let names = async |dir: &str| {
            column(&world, owner, &format!("/api/v1/customers?sort=name&dir={dir}"), "name").await
        };
        assert_eq!(names("asc").await, ["Ani", "ani wati", "budi", "Budi S", "Cici"]);
        assert_eq!(names("desc").await, ["Cici", "Budi S", "budi", "ani wati", "Ani"]);
    })
    .await;
}

#[tokio::test]
async fn a_page_of_another_order_and_words_that_are_none_are_named() {
    world::sqlite(async |world: World| {
        let (street, _) = stocked(&world).await;
        let owner = &street.owner;
        let page = get(&world, owner, "/api/v1/invoices?sort=total&limit=1").await;
        let next = page["next"].as_str().unwrap();
        for (path, field) in [
            (format!("/api/v1/invoices?sort=due&after={next}"), "after"),
            (format!("/api/v1/invoices?after={next}"), "after"),
            ("/api/v1/invoices?after=7".to_owned(), "after"),
            ("/api/v1/invoices?sort=colour".to_owned(), "sort"),
            ("/api/v1/invoices?dir=left".to_owned(), "dir"),
            ("/api/v1/sessions?state=closed&sort=down".to_owned(), "sort"),
        ] {
            let reply = world.ask("get", &path).session(owner).send().await;
            assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
            assert_eq!(reply.json()["fields"][0]["name"], field, "{path}");
        }
    })
    .await;
}

async fn file(world: &World, who: &str, path: &str) -> Reply {
    let reply = world.ask("get", path).session(who).send().await;
    assert_eq!(reply.status, StatusCode::OK, "{path}: {:?}", String::from_utf8_lossy(&reply.body));
    reply
}

fn header<'a>(reply: &'a Reply, name: &str) -> &'a str {
    reply.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
}

#[tokio::test]
async fn every_list_is_taken_along_as_it_is_filtered() {
    world::both(async |world: World| {
        let (street, _) = stocked(&world).await;
        let owner = &street.owner;
        for (list, _, id) in LISTS {
            let rows = column(&world, owner, &format!("/api/v1/{list}?limit=200"), id).await;
            for format in ["csv", "xlsx"] {
                let reply =
                    file(&world, owner, &format!("/api/v1/{list}/export?format={format}")).await;
                let name = header(&reply, "content-disposition");
                assert!(name.ends_with(&format!(".{format}\"")), "{name}");
                let table = read_table(&reply.body, name.trim_end_matches('"')).unwrap();
                assert_eq!(table.rows.len(), rows.len(), "{list} as {format}");
                assert!(table.header.names().len() >= 7, "{list}");
            }
        }
        let path = "/api/v1/customers/export?q=budi&sort=name&lang=en";
        let reply = file(&world, owner, path).await;
        let text = String::from_utf8(reply.body).unwrap();
        let lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().collect();
        assert!(lines[0].starts_with("Number,Name,Kind,Phone"), "{}", lines[0]);
        assert!(lines[1].contains(",budi,Personal,62812"), "{}", lines[1]);
        assert!(lines[2].contains(",Budi S,") && lines.len() == 3, "{lines:?}");
        // Raw rupiah, ISO instants, and nothing that a spreadsheet would run.
        let paid = String::from_utf8(file(&world, owner, "/api/v1/payments/export").await.body);
        let paid = paid.unwrap();
        assert!(paid.contains(",3000,") && paid.contains("T") && paid.contains('Z'), "{paid}");
        let leads = String::from_utf8(file(&world, owner, "/api/v1/leads/export").await.body);
        assert!(leads.unwrap().contains("Jl. =1"));
    })
    .await;
}

#[tokio::test]
async fn a_file_has_no_more_than_the_screen_and_the_journal_knows_who_took_it() {
    world::both(async |world: World| {
        let (street, homes) = stocked(&world).await;
        // NOC reads customers, but not what they owe.
        let path = "/api/v1/customers/export?lang=id&q=budi&state=active";
        let text = String::from_utf8(file(&world, &street.noc, path).await.body).unwrap();
        assert!(text.contains("Nama") && !text.contains("Belum dibayar"), "{text}");
        let all = String::from_utf8(file(&world, &street.owner, path).await.body).unwrap();
        assert!(all.contains("Belum dibayar"));
        let other = file(&world, &street.other_sales, "/api/v1/customers/export").await;
        assert_eq!(String::from_utf8(other.body).unwrap().lines().count(), 1);
        // A warehouse has no customers' list, and so no file of it.
        let (_, keeper) = crate::isp::client(
            &world,
            "gudang.m",
            identity::Role::Warehouse,
            Some(street.isp.jakarta),
            None,
        )
        .await;
        let refused = world.ask("get", "/api/v1/customers/export").session(&keeper).send().await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);

        let noted = items(&world, &street.owner, "/api/v1/journal?subject=export").await;
        let noted: Vec<(&Value, &Value)> =
            noted.iter().map(|row| (&row["action"], &row["after"])).collect();
        assert_eq!(noted.len(), 3, "{noted:?}");
        let of_noc = json!({ "format": "csv", "rows": 1,
                             "filter": { "q": "…", "state": "active" } });
        assert!(noted.contains(&(&json!("customers"), &of_noc)), "{noted:?}");
        assert_eq!(homes.len(), 5);
    })
    .await;
}

#[tokio::test]
async fn work_orders_and_tickets_are_found_by_number_words_and_live_subjects() {
    world::both(async |world: World| {
        let (street, _) = stocked(&world).await;
        let owner = &street.owner;
        let found = async |path: &str, name: &str| column(&world, owner, path, name).await;
        let orders = found("/api/v1/work-orders?sort=newest&dir=asc", "number").await;
        for (q, expect) in [
            (orders[1].clone(), vec!["budi"]),
            (
                // The second order; and Ani lives at Jl. Melati 280.
                orders[1].trim_start_matches(|c: char| !c.is_ascii_digit() || c == '0').to_owned(),
                vec!["budi", "Ani"],
            ),
            ("BUDI".to_owned(), vec!["Budi S", "budi"]),
            ("budi s".to_owned(), vec!["Budi S"]),
            ("udi".to_owned(), vec![]),
        ] {
            let path = format!("/api/v1/work-orders?q={}", q.replace(' ', "%20"));
            assert_eq!(found(&path, "customer_name").await, expect, "{q}");
        }
        for (q, expect) in [
            ("soal%203", vec!["Soal 3"]),
            ("TKT000002", vec!["Soal 2"]),
            ("cici", vec!["Soal 4"]),
            ("nihil", vec![]),
        ] {
            assert_eq!(found(&format!("/api/v1/tickets?q={q}"), "subject").await, expect, "{q}");
        }
    })
    .await;
}
