//! Purchase orders through the API: written by the warehouse, approved by finance, received by scanning.

use identity::Role;
use serde_json::{Value, json};

use crate::isp::{Isp, call, client, column, get, items, made, refusal};
use crate::street::later;
use crate::world::{self, Reply, World};

/// A warehouse with its keeper, who approves, and what is bought.
struct Shop {
    isp: Isp,
    keeper: String,
    finance: String,
    owner: String,
    warehouse: Value,
    modem: Value,
    cable: Value,
    supplier: Value,
}

impl Shop {
    async fn open(world: &World) -> Self {
        let isp = Isp::found(world).await;
        let (_, keeper) = client(world, "gudang", Role::Warehouse, Some(isp.jakarta), None).await;
        let (_, finance) = client(world, "fitri", Role::Finance, None, None).await;
        let (_, owner) = client(world, "olive", Role::Owner, None, None).await;
        let add =
            async |path: &str, body: Value| made(call(world, &keeper, "post", path, &body).await);
        let warehouse =
            add("/api/v1/locations", json!({ "kind": "warehouse", "name": "Gudang Utama" })).await;
        let modem = json!({ "code": "ONT-1", "name": "ONT HG8145V5", "kind": "ont", "unit": "pcs",
                            "serialized": true, "value": 350_000 });
        let modem = add("/api/v1/item-types", modem).await;
        let cable = json!({ "code": "DROP", "name": "Kabel drop", "kind": "cable", "unit": "m",
                            "serialized": false });
        let cable = add("/api/v1/item-types", cable).await;
        let supplier = json!({ "name": "PT Fiber Jaya", "phone": "021-555-0199",
                               "contact": "Bu Ratna", "address": "Jl. Mangga Dua 12" });
        let supplier = add("/api/v1/suppliers", supplier).await;
        Self { isp, keeper, finance, owner, warehouse, modem, cable, supplier }
    }

    fn body(&self, devices: i64, metres: i64) -> Value {
        json!({ "supplier_id": self.supplier, "warehouse_id": self.warehouse,
                "note": "Kirim pagi", "expected_on": "2026-12-01",
                "lines": [{ "type_id": self.modem, "quantity": devices, "price": 350_000 },
                          { "type_id": self.cable, "quantity": metres, "price": 1_500 }] })
    }

    /// An order that waits for somebody's decision.
    async fn submitted(&self, world: &World, devices: i64, metres: i64) -> Value {
        later(world, 60);
        let body = self.body(devices, metres);
        let made = call(world, &self.keeper, "post", "/api/v1/purchases", &body).await;
        assert_eq!(made.status.as_u16(), 201, "{:?}", made.json());
        let id = made.json()["id"].as_str().unwrap().to_owned();
        self.act(world, &self.keeper, &id, "submit", Value::Null).await.json()
    }

    async fn act(&self, world: &World, who: &str, id: &str, deed: &str, body: Value) -> Reply {
        later(world, 60);
        call(world, who, "post", &format!("/api/v1/purchases/{id}/{deed}"), &body).await
    }

    /// An order that may be received.
    async fn approved(&self, world: &World, devices: i64, metres: i64) -> Value {
        let waiting = self.submitted(world, devices, metres).await;
        let id = waiting["id"].as_str().unwrap();
        let seen = json!({ "version": waiting["version"] });
        self.act(world, &self.finance, id, "approve", seen).await.json()
    }
}

fn id_of(order: &Value) -> &str {
    order["id"].as_str().unwrap()
}

fn allowed(order: &Value) -> Vec<&str> {
    let can = order["can"].as_object().unwrap();
    let mut deeds: Vec<&str> = can
        .iter()
        .filter(|(_, can)| can["allowed"] == true)
        .map(|(deed, _)| deed.as_str())
        .collect();
    deeds.sort_unstable();
    deeds
}

#[tokio::test]
async fn the_warehouse_orders_and_finance_approves_what_it_saw() {
    world::both(async |world: World| {
        let shop = Shop::open(&world).await;
        let waiting = shop.submitted(&world, 2, 100).await;
        let id = id_of(&waiting).to_owned();
        assert_eq!((&waiting["state"], &waiting["total"]), (&json!("submitted"), &json!(850_000)));
        assert_eq!(waiting["number"], "PO/2026/11/0001");
        assert_eq!(allowed(&waiting), ["amend", "cancel"]);
        let board = get(&world, &shop.finance, "/api/v1/dashboard").await["counts"].clone();
        assert_eq!(board["purchases_to_approve"], 1);
        assert_eq!(board["purchases_to_receive"], Value::Null, "finance receives nothing");
        // The warehouse does not approve; who approves sends what they saw.
        let seen = json!({ "version": waiting["version"] });
        let own = shop.act(&world, &shop.keeper, &id, "approve", seen.clone()).await;
        assert_eq!(own.status.as_u16(), 403);
        let old = shop.act(&world, &shop.finance, &id, "approve", json!({ "version": 1 })).await;
        assert_eq!(refusal(&old), (409, "inventory.purchase_changed".into()));
        let at_finance = get(&world, &shop.finance, &format!("/api/v1/purchases/{id}")).await;
        assert_eq!(allowed(&at_finance), ["approve", "reject"]);
        let approved = shop.act(&world, &shop.finance, &id, "approve", seen).await.json();
        assert_eq!(
            (&approved["state"], &approved["decided_by"]),
            (&json!("approved"), &json!("fitri"))
        );
        let board = get(&world, &shop.keeper, "/api/v1/dashboard").await["counts"].clone();
        assert_eq!(board["purchases_to_receive"], 1);
        assert_eq!(board["purchases_to_approve"], Value::Null);
    })
    .await;
}

#[tokio::test]
async fn the_goods_of_an_order_come_in_line_by_line_and_remember_it() {
    world::both(async |world: World| {
        let shop = Shop::open(&world).await;
        let approved = shop.approved(&world, 2, 100).await;
        let id = id_of(&approved).to_owned();
        let (modem, cable) = (&approved["lines"][0]["id"], &approved["lines"][1]["id"]);
        let scanned = json!({ "line_id": modem, "document": "SJ-7", "labels": [
            { "serial": "HWTC0001", "mac": "a1b2.c3d4.e5f6" }, { "serial": "x" },
            { "serial": "HWTC0002" }, { "serial": "HWTC0003" } ] });
        let came = shop.act(&world, &shop.keeper, &id, "receive", scanned).await.json();
        let codes: Vec<&str> = came["lines"]
            .as_array()
            .unwrap()
            .iter()
            .map(|line| line["code"].as_str().unwrap_or("ok"))
            .collect();
        assert_eq!(codes, ["ok", "inventory.bad_label", "ok", "inventory.more_than_ordered"]);
        assert_eq!(came["purchase"]["state"], "partly_received");
        assert_eq!(allowed(&came["purchase"]), ["close_short", "receive"]);
        let more = json!({ "line_id": modem, "labels": [{ "serial": "HWTC0003" }],
                           "more_because": "bonus pemasok" });
        let came = shop.act(&world, &shop.keeper, &id, "receive", more).await.json();
        assert_eq!(came["purchase"]["receipts"][1]["beyond"], 1);
        let metres = json!({ "line_id": cable, "quantity": 100 });
        let came = shop.act(&world, &shop.keeper, &id, "receive", metres).await.json();
        assert_eq!((&came["purchase"]["state"], &came["lines"]), (&json!("received"), &json!([])));
        let steps: Vec<&str> = came["purchase"]["steps"]
            .as_array()
            .unwrap()
            .iter()
            .map(|step| step["action"].as_str().unwrap())
            .collect();
        assert_eq!(steps, ["received", "received", "received", "approved", "submitted", "drafted"]);
        assert_eq!(came["purchase"]["steps"][1]["why"], "bonus pemasok");
        let stock = items(
            &world,
            &shop.keeper,
            &format!("/api/v1/locations/{}/stock", shop.warehouse.as_str().unwrap()),
        )
        .await;
        assert_eq!(stock[0]["quantity"], 100);
        // Where does this serial come from?
        let item = get(&world, &shop.keeper, "/api/v1/items/HWTC0001").await;
        assert_eq!(
            (&item["purchase_id"], &item["purchase_number"]),
            (&json!(id), &json!("PO/2026/11/0001"))
        );
        let history = items(&world, &shop.keeper, "/api/v1/items/HWTC0001/history").await;
        assert_eq!(history[0]["document"], "PO/2026/11/0001 · SJ-7");
        let by_order =
            column(&world, &shop.keeper, &format!("/api/v1/items?purchase={id}"), "serial").await;
        assert_eq!(by_order, ["HWTC0001", "HWTC0002", "HWTC0003"]);
        let (_, noc) = client(&world, "nina", Role::Noc, None, None).await;
        let at_noc = get(&world, &noc, "/api/v1/items/HWTC0001").await;
        assert_eq!(at_noc["purchase_id"], Value::Null, "purchases are not the NOC's");
        for (who, kinds) in [(&shop.owner, vec!["purchase"]), (&noc, vec![])] {
            assert_eq!(
                column(&world, who, "/api/v1/search?q=po/2026/11/0001", "kind").await,
                kinds
            );
        }
    })
    .await;
}

#[tokio::test]
async fn a_rejected_order_is_changed_and_handed_in_again_and_orders_end() {
    world::both(async |world: World| {
        let shop = Shop::open(&world).await;
        let waiting = shop.submitted(&world, 2, 100).await;
        let id = id_of(&waiting);
        let silent = shop.act(&world, &shop.owner, id, "reject", json!({ "reason": " " })).await;
        assert_eq!(silent.json()["fields"][0]["name"], "reason");
        let why = json!({ "reason": "kemahalan" });
        let rejected = shop.act(&world, &shop.owner, id, "reject", why).await.json();
        assert_eq!(
            (&rejected["state"], &rejected["reason"]),
            (&json!("rejected"), &json!("kemahalan"))
        );
        let path = format!("/api/v1/purchases/{id}");
        let amended = call(&world, &shop.keeper, "put", &path, &shop.body(1, 50)).await.json();
        assert_eq!((&amended["state"], &amended["total"]), (&json!("draft"), &json!(425_000)));
        assert_eq!(amended["reason"], Value::Null);
        let early =
            json!({ "line_id": amended["lines"][0]["id"], "labels": [{ "serial": "HWTC0001" }] });
        let early = shop.act(&world, &shop.keeper, id, "receive", early).await;
        assert_eq!(refusal(&early), (409, "inventory.purchase_state".into()));
        let why = json!({ "reason": "tidak jadi" });
        let gone = shop.act(&world, &shop.keeper, id, "cancel", why.clone()).await.json();
        assert_eq!(gone["state"], "cancelled");
        assert_eq!(allowed(&gone), Vec::<&str>::new());
        let other = shop.approved(&world, 2, 100).await;
        let id = id_of(&other);
        let short = shop.act(&world, &shop.keeper, id, "close-short", why.clone()).await;
        assert_eq!(refusal(&short), (409, "inventory.purchase_state".into()));
        let metres = json!({ "line_id": other["lines"][1]["id"], "quantity": 60 });
        shop.act(&world, &shop.keeper, id, "receive", metres).await;
        let short = shop.act(&world, &shop.keeper, id, "close-short", why).await.json();
        assert_eq!(
            (&short["state"], &short["lines"][1]["left"]),
            (&json!("closed_short"), &json!(40))
        );
    })
    .await;
}

#[tokio::test]
async fn whatever_is_wrong_with_an_order_is_named() {
    world::both(async |world: World| {
        let shop = Shop::open(&world).await;
        let good = shop.body(1, 1);
        let with = |name: &str, value: Value| {
            let mut body = good.clone();
            body[name] = value;
            body
        };
        let line = |quantity: i64, price: i64| {
            json!([{ "type_id": shop.modem, "quantity": quantity, "price": price }])
        };
        for (body, field) in [
            (with("lines", json!([])), "lines"),
            (with("lines", line(0, 1)), "lines[0].quantity"),
            (with("lines", line(1, -1)), "lines[0].price"),
            (with("lines", json!([{ "type_id": shop.warehouse, "quantity": 1, "price": 1 }])), "lines[0].type_id"),
            (with("expected_on", json!("2026-11-01")), "expected_on"),
            (with("supplier_id", shop.modem.clone()), "supplier_id"),
        ] {
            let reply = call(&world, &shop.keeper, "post", "/api/v1/purchases", &body).await;
            assert_eq!(reply.json()["fields"][0]["name"], field, "{:?}", reply.json());
        }
        let twin = json!({ "name": "pt fiber  jaya" });
        let twin = call(&world, &shop.keeper, "post", "/api/v1/suppliers", &twin).await;
        assert_eq!(twin.json()["fields"][0]["name"], "name");
        let order = shop.approved(&world, 1, 1).await;
        let both = json!({ "line_id": order["lines"][0]["id"], "labels": [], "quantity": 1 });
        let both = shop.act(&world, &shop.keeper, id_of(&order), "receive", both).await;
        assert_eq!(both.json()["fields"][0]["name"], "labels");
        let kind = json!({ "line_id": order["lines"][0]["id"], "quantity": 1 });
        let kind = shop.act(&world, &shop.keeper, id_of(&order), "receive", kind).await;
        assert_eq!(kind.json()["fields"][0]["name"], "line_id");
        let archived = json!({ "name": "PT Fiber Jaya", "archived": true });
        let path = format!("/api/v1/suppliers/{}", shop.supplier.as_str().unwrap());
        let archived = call(&world, &shop.keeper, "put", &path, &archived).await.json();
        assert_eq!((&archived["archived"], &archived["phone"]), (&json!(true), &Value::Null));
        assert!(items(&world, &shop.finance, "/api/v1/suppliers").await.is_empty());
        assert_eq!(items(&world, &shop.finance, "/api/v1/suppliers?archived=true").await.len(), 1);
        let reply = call(&world, &shop.keeper, "post", "/api/v1/purchases", &good).await;
        assert_eq!(reply.json()["fields"][0]["name"], "supplier_id");
    })
    .await;
}

#[tokio::test]
async fn orders_are_searched_filtered_printed_and_not_another_branchs() {
    world::both(async |world: World| {
        let shop = Shop::open(&world).await;
        let other = json!({ "name": "CV Kabel Makmur" });
        let other = made(call(&world, &shop.keeper, "post", "/api/v1/suppliers", &other).await);
        let first = shop.approved(&world, 1, 1).await;
        shop.submitted(&world, 3, 1).await;
        let mut body = shop.body(1, 2);
        body["supplier_id"] = other.clone();
        later(&world, 60);
        made(call(&world, &shop.keeper, "post", "/api/v1/purchases", &body).await);
        let list = async |query: &str| {
            column(&world, &shop.finance, &format!("/api/v1/purchases{query}"), "number").await
        };
        let (one, two, three) = ("PO/2026/11/0001", "PO/2026/11/0002", "PO/2026/11/0003");
        assert_eq!(list("").await, [three, two, one]);
        assert_eq!(list("?q=kabel").await, [three]);
        assert_eq!(list("?q=11/0002").await, [two]);
        assert_eq!(list("?state=submitted").await, [two]);
        assert_eq!(list("?state=to_receive").await, [one]);
        assert_eq!(list(&format!("?supplier={}", other.as_str().unwrap())).await, [three]);
        assert_eq!(list("?sort=total").await, [two, three, one]);
        let wrong =
            call(&world, &shop.finance, "get", "/api/v1/purchases?state=lost", &Value::Null).await;
        assert_eq!(wrong.json()["fields"][0]["name"], "state");
        let id = id_of(&first);
        for query in ["", "?paper=a5&lang=en"] {
            let path = format!("/api/v1/purchases/{id}/pdf{query}");
            let pdf = world.ask("get", &path).session(&shop.keeper).send().await;
            assert_eq!(pdf.status.as_u16(), 200);
            assert!(pdf.body.starts_with(b"%PDF"), "{query}");
        }
        let isp = &shop.isp;
        let (_, stranger) = client(&world, "rudi", Role::Warehouse, Some(isp.bandung), None).await;
        assert!(items(&world, &stranger, "/api/v1/purchases").await.is_empty());
        for path in [format!("/api/v1/purchases/{id}"), format!("/api/v1/purchases/{id}/pdf")] {
            let reply = call(&world, &stranger, "get", &path, &Value::Null).await;
            assert_eq!(refusal(&reply), (404, "inventory.purchase_not_found".into()));
        }
        let label =
            json!({ "line_id": first["lines"][0]["id"], "labels": [{ "serial": "HWTC0001" }] });
        let reply = shop.act(&world, &stranger, id, "receive", label).await;
        assert_eq!(refusal(&reply), (404, "inventory.purchase_not_found".into()));
        assert!(items(&world, &stranger, "/api/v1/search?q=PO/2026/11/0001").await.is_empty());
    })
    .await;
}
