//! Stock through the API: receiving, handing over, the bag, fates, counted stock, labels.

use axum::http::StatusCode;
use identity::Role;
use kernel::{UserId, WorkOrderId};
use serde_json::{Value, json};
use store::Tx;
use store::testing::cause;

use crate::isp::{Isp, call, client, column, get, items, made, refusal};
use crate::world::{self, Reply, World};

const NOWHERE: &str = "0193a9d0-0000-7000-8000-00000000dead";

/// A warehouse with its keeper, a technician with a bag, a modem type and a cable.
struct Stock {
    isp: Isp,
    keeper: String,
    technician: String,
    technician_id: UserId,
    warehouse: Value,
    bag: Value,
    modem: Value,
    cable: Value,
}

impl Stock {
    async fn open(world: &World) -> Self {
        let isp = Isp::found(world).await;
        let (_, keeper) = client(world, "gudang", Role::Warehouse, Some(isp.jakarta), None).await;
        let (technician_id, technician) =
            client(world, "andi", Role::Technician, Some(isp.jakarta), None).await;
        let add =
            async |path: &str, body: Value| made(call(world, &keeper, "post", path, &body).await);
        let warehouse =
            add("/api/v1/locations", json!({ "kind": "warehouse", "name": "Gudang Utama" })).await;
        let bag = json!({ "kind": "bag", "technician_id": technician_id });
        let bag = add("/api/v1/locations", bag).await;
        let modem = json!({ "code": "ONT-1", "name": "ONT HG8145V5", "kind": "ont", "unit": "pcs",
                            "serialized": true, "value": 350_000 });
        let modem = add("/api/v1/item-types", modem).await;
        let cable = json!({ "code": "DROP", "name": "Kabel drop", "kind": "cable", "unit": "m",
                            "serialized": false });
        let cable = add("/api/v1/item-types", cable).await;
        Self { isp, keeper, technician, technician_id, warehouse, bag, modem, cable }
    }

    /// A work order that the technician has accepted.
    async fn job(&self, world: &World) -> WorkOrderId {
        let (branch, technician) = (self.isp.jakarta, self.technician_id);
        let work = async |tx: &mut Tx| {
            let new = fulfilment::NewWorkOrder {
                kind: fulfilment::Kind::Repair,
                subscription: tx.new_id(),
                customer: tx.new_id(),
                branch,
                partner: None,
                address: String::new(),
                site_lat: None,
                site_lon: None,
                note: String::new(),
                odp: None,
            };
            let id = fulfilment::open(tx, new).await?.id;
            let today = tx.now().day(kernel::Zone::Jakarta);
            fulfilment::assign(tx, id, &[technician], today).await?;
            let mark = fulfilment::Mark::at(tx.now());
            fulfilment::accept(tx, id, mark).await?;
            Ok(id)
        };
        world.db.write(&cause(world.now()), work).await.unwrap()
    }

    async fn receive(&self, world: &World, lines: Value) -> Reply {
        let body = json!({ "warehouse_id": self.warehouse, "type_id": self.modem,
                           "document": "SJ-1", "lines": lines });
        call(world, &self.keeper, "post", "/api/v1/items/receive", &body).await
    }

    async fn hand(&self, world: &World, serials: &[&str], to: &Value, by_hand: bool) -> Reply {
        let body = json!({ "serials": serials, "to_location_id": to, "how": "scanned",
                           "hand_over": by_hand });
        call(world, &self.keeper, "post", "/api/v1/moves", &body).await
    }
}

/// `SN1:ok SN2:inventory.known`, in the order of the lines.
fn verdicts(reply: &Reply) -> String {
    assert_eq!(reply.status, StatusCode::OK, "{:?}", reply.json());
    let json = reply.json();
    let word = |line: &Value| match (&line["ok"], &line["again"], &line["code"]) {
        (Value::Bool(true), Value::Bool(true), _) => "again".to_owned(),
        (Value::Bool(true), ..) => "ok".to_owned(),
        (.., code) => code.as_str().unwrap().to_owned(),
    };
    let one = |line: &Value| format!("{}:{}", line["serial"].as_str().unwrap(), word(line));
    json["lines"].as_array().unwrap().iter().map(one).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn a_delivery_gets_a_verdict_for_each_line() {
    world::both(async |world: World| {
        let stock = Stock::open(&world).await;
        let reply = stock.receive(&world, json!([
            { "serial": "HWTC0001", "mac": "a1b2.c3d4.e5f6" }, { "serial": "x" },
            { "serial": "HWTC0002", "mac": "" }, { "serial": "hwtc0003", "mac": "A0:B2:C3:D4:E5:F6" },
            { "serial": "HWTC0004", "mac": "A0-B2-C3-D4-E5-F6" }, { "serial": "HWTC0005", "mac": "zz" },
        ])).await;
        assert_eq!(
            verdicts(&reply),
            "HWTC0001:ok x:inventory.bad_label HWTC0002:ok hwtc0003:ok HWTC0004:inventory.known \
             HWTC0005:inventory.bad_label"
        );
        let detail = reply.json()["lines"][1]["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains("bukan nomor seri"), "{detail}");
        let again = stock.receive(&world, json!([{ "serial": "HWTC0002" }])).await;
        assert_eq!(verdicts(&again), "HWTC0002:again");
        let item = get(&world, &stock.keeper, "/api/v1/items/HWTC0001").await;
        assert_eq!((&item["mac"], &item["state"]), (&json!("A1:B2:C3:D4:E5:F6"), &json!("in_stock")));
        assert_eq!((&item["type_name"], &item["location_name"]), (&json!("ONT HG8145V5"), &json!("Gudang Utama")));
        assert_eq!((&item["location_kind"], &item["owner"]), (&json!("warehouse"), &json!("isp")));
        assert_eq!(item["can"]["return"]["allowed"], false);
        // A MAC in another notation and our label's text mean the same item.
        for other in ["a1-b2-c3-d4-e5-f6", "SMB:SN:hwtc0001", "HWTC0001%20"] {
            assert_eq!(get(&world, &stock.keeper, &format!("/api/v1/items/{other}")).await["id"], item["id"], "{other}");
        }
        let history = items(&world, &stock.keeper, "/api/v1/items/HWTC0001/history").await;
        assert_eq!(history.len(), 1);
        let (from, to) = (&history[0]["from"], &history[0]["to"]);
        assert_eq!((from, to), (&Value::Null, &json!("Gudang Utama")));
        assert_eq!((&history[0]["by"], &history[0]["document"]), (&json!("gudang"), &json!("SJ-1")));
        let places = items(&world, &stock.keeper, "/api/v1/locations").await;
        assert_eq!((&places[0]["kind"], &places[0]["items"]), (&json!("warehouse"), &json!(3)));
    })
    .await;
}

#[tokio::test]
async fn the_same_delivery_sent_again_is_received_once() {
    world::both(async |world: World| {
        let stock = Stock::open(&world).await;
        let body = json!({ "warehouse_id": stock.warehouse, "type_id": stock.modem,
                           "lines": [{ "serial": "HWTC0001" }] });
        let send = || {
            let ask = world.ask("post", "/api/v1/items/receive").session(&stock.keeper).json(&body);
            ask.header("idempotency-key", "scan-00001").send()
        };
        let (first, again) = (send().await, send().await);
        assert_eq!((verdicts(&first), first.json()), ("HWTC0001:ok".into(), again.json()));
        assert!(again.headers.contains_key("idempotency-replayed"));
        let counted =
            json!({ "type_id": stock.cable, "to_location_id": stock.warehouse, "quantity": 100 });
        let send = || {
            let ask = world.ask("post", "/api/v1/moves/counted").session(&stock.keeper);
            ask.json(&counted).header("idempotency-key", "cable-00001").send()
        };
        let (first, again) = (send().await, send().await);
        assert_eq!((first.status, first.json()), (StatusCode::OK, again.json()));
        let path = format!("/api/v1/locations/{}/stock", stock.warehouse.as_str().unwrap());
        assert_eq!(items(&world, &stock.keeper, &path).await[0]["quantity"], 100);
    })
    .await;
}

#[tokio::test]
async fn whatever_is_wrong_with_a_delivery_is_named() {
    world::sqlite(async |world: World| {
        let stock = Stock::open(&world).await;
        let good = json!({ "warehouse_id": stock.warehouse, "type_id": stock.modem,
                           "lines": [{ "serial": "HWTC0001" }] });
        let post = async |path: &str, change: Value| {
            let mut body = good.clone();
            body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            call(&world, &stock.keeper, "post", path, &body).await
        };
        for (change, fields) in [
            (json!({ "lines": [] }), "lines:count"),
            (json!({ "lines": vec![json!({ "serial": "HWTC0001" }); 501] }), "lines:count"),
            (json!({ "lines": [{}] }), "lines[0].serial:required"),
            (json!({ "lines": [{ "serial": 7 }] }), "lines[0].serial:wrong_type"),
            (json!({ "warehouse_id": "gudang" }), "warehouse_id:wrong_form"),
            (json!({ "warehouse_id": stock.bag }), "warehouse_id:kind"),
            (json!({ "type_id": stock.cable }), "type_id:serialized"),
            (json!({ "price": 1 }), "price:unknown"),
        ] {
            let reply = post("/api/v1/items/receive", change.clone()).await;
            assert_eq!((reply.status.as_u16(), reply.fields().as_str()), (422, fields), "{change}");
        }
        let reply = post("/api/v1/items/receive", json!({ "warehouse_id": NOWHERE })).await;
        assert_eq!(refusal(&reply), (404, "inventory.location_not_found".into()));
        let reply = post("/api/v1/items/receive", json!({ "type_id": NOWHERE })).await;
        assert_eq!(refusal(&reply), (404, "inventory.type_not_found".into()));
        for (path, body, fields) in [
            ("/api/v1/item-types", json!({ "code": "", "name": "x", "kind": "", "unit": "", "serialized": true }), "code:required unit:required"),
            ("/api/v1/item-types", json!({ "code": "ONT-1", "name": "x", "kind": "", "unit": "pcs", "serialized": true }), "code:taken"),
            ("/api/v1/item-types", json!({ "code": "A", "name": "x", "kind": "", "unit": "pcs", "serialized": "ya" }), "serialized:wrong_type"),
            ("/api/v1/item-types", json!({ "code": "A", "name": "x", "kind": "", "unit": "pcs", "serialized": true, "value": -1 }), "value:range"),
            ("/api/v1/locations", json!({ "kind": "warehouse", "name": " " }), "name:required"),
            ("/api/v1/locations", json!({ "kind": "site", "name": "x" }), "kind:choice"),
            ("/api/v1/locations", json!({ "kind": "kolam", "name": "x" }), "kind:choice"),
            ("/api/v1/locations", json!({ "kind": "bag" }), "technician_id:required"),
            ("/api/v1/locations", json!({ "kind": "bag", "technician_id": NOWHERE }), "technician_id:not_found"),
            ("/api/v1/moves", json!({ "serials": [], "to_location_id": stock.bag }), "serials:count"),
            ("/api/v1/moves", json!({ "serials": ["A"], "to_location_id": stock.bag, "how": "guessed" }), "how:choice"),
            ("/api/v1/moves", json!({ "serials": ["A"], "to_location_id": stock.bag, "how": "typed" }), "reason:required"),
            ("/api/v1/moves/counted", json!({ "type_id": stock.cable, "quantity": 1 }), "to_location_id:same"),
            ("/api/v1/moves/counted", json!({ "type_id": stock.cable, "to_location_id": stock.bag, "quantity": 0 }), "quantity:range"),
            ("/api/v1/moves/counted", json!({ "type_id": stock.modem, "to_location_id": stock.bag, "quantity": 1 }), "type_id:serialized"),
            ("/api/v1/moves/counted", json!({ "type_id": stock.cable, "to_location_id": stock.bag, "quantity": 1.5 }), "quantity:wrong_type"),
        ] {
            let reply = call(&world, &stock.keeper, "post", path, &body).await;
            assert_eq!((reply.status.as_u16(), reply.fields().as_str()), (422, fields), "{path} {body}");
        }
    })
    .await;
}

#[tokio::test]
async fn items_go_by_scan_from_the_warehouse_into_a_bag_and_back() {
    world::both(async |world: World| {
        let stock = Stock::open(&world).await;
        let (andi, keeper) = (&stock.technician, &stock.keeper);
        stock.receive(&world, json!([{ "serial": "HWTC0001" }, { "serial": "HWTC0002" }, { "serial": "HWTC0003" }])).await;
        let reply = stock.hand(&world, &["HWTC0002", "HWTC9999", "hwtc0001"], &stock.bag, false).await;
        assert_eq!(verdicts(&reply), "HWTC0002:ok HWTC9999:inventory.item_not_found hwtc0001:ok");
        // Offered, and still in the warehouse until the technician takes it over.
        let item = get(&world, keeper, "/api/v1/items/HWTC0001").await;
        assert_eq!((&item["state"], &item["offered_to"]), (&json!("in_stock"), &json!("Tas andi")));
        let bag = get(&world, andi, "/api/v1/bag").await;
        assert_eq!((bag["items"].as_array().unwrap().len(), bag["offered"].as_array().unwrap().len()), (0, 2));
        assert_eq!(bag["warehouses"], json!([{ "id": stock.warehouse, "name": "Gudang Utama" }]));
        let back = json!({ "serials": ["HWTC0001"], "to_location_id": stock.warehouse });
        let reply = call(&world, andi, "post", "/api/v1/bag/return", &back).await;
        assert_eq!(verdicts(&reply), "HWTC0001:inventory.not_in_bag");
        let accept = async |who: &str, serials: Value| {
            call(&world, who, "post", "/api/v1/bag/accept", &json!({ "serials": serials })).await
        };
        let reply = accept(andi, json!(["HWTC0001", "HWTC0003", "SMB:SN:HWTC0002", "HWTC0001"])).await;
        assert_eq!(verdicts(&reply), "HWTC0001:ok HWTC0003:inventory.not_offered SMB:SN:HWTC0002:ok HWTC0001:again");
        let bag = get(&world, andi, "/api/v1/bag").await;
        assert_eq!((bag["items"].as_array().unwrap().len(), bag["offered"].as_array().unwrap().len()), (2, 0));
        assert_eq!((&bag["items"][0]["serial"], &bag["items"][0]["state"]), (&json!("HWTC0001"), &json!("in_transit")));
        let history = column(&world, keeper, "/api/v1/items/HWTC0001/history", "to").await;
        assert_eq!(history, ["Tas andi", "Gudang Utama"]);
        let by = column(&world, keeper, "/api/v1/items/HWTC0001/history", "by").await;
        assert_eq!(by, ["andi", "gudang"]);
        // Another technician has nothing of it.
        let (_, sari) = client(&world, "sari", Role::Technician, Some(stock.isp.jakarta), None).await;
        assert_eq!(verdicts(&accept(&sari, json!(["HWTC0001"])).await), "HWTC0001:inventory.not_offered");
        assert_eq!(get(&world, &sari, "/api/v1/bag").await["location_id"], Value::Null);
        let reply = call(&world, &sari, "post", "/api/v1/bag/return", &back).await;
        assert_eq!(verdicts(&reply), "HWTC0001:inventory.not_offered");
        // Back to the warehouse to be tested, and in stock again.
        let reply = call(&world, andi, "post", "/api/v1/bag/return", &back).await;
        assert_eq!(verdicts(&reply), "HWTC0001:ok");
        assert_eq!(get(&world, keeper, "/api/v1/items/HWTC0001").await["state"], "returned");
        let tested = json!({ "to_location_id": stock.warehouse });
        let reply = call(&world, keeper, "post", "/api/v1/items/HWTC0001/tested", &tested).await;
        assert_eq!((reply.status, &reply.json()["state"]), (StatusCode::OK, &json!("in_stock")));
        // By hand it is in the bag at once.
        let reply = stock.hand(&world, &["HWTC0003"], &stock.bag, true).await;
        assert_eq!(verdicts(&reply), "HWTC0003:ok");
        assert_eq!(verdicts(&stock.hand(&world, &["HWTC0003"], &stock.bag, true).await), "HWTC0003:again");
        assert_eq!(get(&world, keeper, "/api/v1/items/HWTC0003").await["location_kind"], "bag");
        let bag = format!("/api/v1/items?location={}", stock.bag.as_str().unwrap());
        assert_eq!(column(&world, keeper, &bag, "serial").await, ["HWTC0002", "HWTC0003"]);
    })
    .await;
}

#[tokio::test]
async fn an_item_leaves_the_ordinary_way_with_a_reason() {
    world::both(async |world: World| {
        let stock = Stock::open(&world).await;
        stock
            .receive(
                &world,
                json!([{ "serial": "HWTC0001" }, { "serial": "HWTC0002" }, { "serial": "A/7-B" }]),
            )
            .await;
        let act = async |serial: &str, what: &str, body: Value| {
            call(&world, &stock.keeper, "post", &format!("/api/v1/items/{serial}/{what}"), &body)
                .await
        };
        let reply = act("HWTC0001", "rma", json!({})).await;
        assert_eq!(
            (&reply.json()["state"], &reply.json()["location_kind"]),
            (&json!("rma"), &json!("supplier"))
        );
        for what in ["scrap", "lost"] {
            let reply = act("HWTC0002", what, json!({ "reason": " " })).await;
            assert_eq!(
                (reply.status.as_u16(), reply.fields().as_str()),
                (422, "reason:required"),
                "{what}"
            );
        }
        let reply = act("HWTC0002", "lost", json!({ "reason": "hilang di jalan" })).await;
        assert_eq!(reply.json()["state"], "lost");
        let reply = act("HWTC0001", "scrap", json!({ "reason": "tidak bisa diperbaiki" })).await;
        assert_eq!(reply.json()["state"], "scrapped");
        assert_eq!(reply.json()["can"]["test"]["allowed"], false);
        let reply = act("HWTC0001", "tested", json!({ "to_location_id": stock.warehouse })).await;
        assert_eq!(refusal(&reply), (409, "inventory.wrong_state".into()));
        let reply = act("HWTC0002", "tested", json!({ "to_location_id": stock.bag })).await;
        assert_eq!(reply.fields(), "to_location_id:kind");
        let reply = act("HWTC0002", "tested", json!({})).await;
        assert_eq!(reply.fields(), "to_location_id:required");
        let reply = act("HWTC0002", "return", json!({ "to_location_id": stock.bag })).await;
        assert_eq!(reply.fields(), "to_location_id:kind");
        let reply = act("HWTC0002", "return", json!({ "to_location_id": stock.warehouse })).await;
        assert_eq!(reply.json()["state"], "returned");
        let reply = act("HWTC9999", "rma", json!({})).await;
        assert_eq!(refusal(&reply), (404, "inventory.item_not_found".into()));
        // A serial with a slash is one part of the address.
        let reply = act("A%2F7-B", "rma", json!({})).await;
        assert_eq!((reply.status, &reply.json()["serial"]), (StatusCode::OK, &json!("A/7-B")));
    })
    .await;
}

#[tokio::test]
async fn counted_stock_is_moved_used_up_and_never_below_zero() {
    world::both(async |world: World| {
        let stock = Stock::open(&world).await;
        let shift = async |from: &Value, to: &Value, quantity: i64| {
            let body = json!({ "type_id": stock.cable, "from_location_id": from,
                               "to_location_id": to, "quantity": quantity, "document": "SJ-2" });
            call(&world, &stock.keeper, "post", "/api/v1/moves/counted", &body).await
        };
        let reply = shift(&Value::Null, &stock.warehouse, 1_000).await;
        assert_eq!(reply.json()["to"][0]["quantity"], 1_000, "{:?}", reply.json());
        let reply = shift(&stock.warehouse, &stock.bag, 150).await.json();
        assert_eq!(
            (&reply["from"][0]["quantity"], &reply["to"][0]["quantity"]),
            (&json!(850), &json!(150))
        );
        let reply = shift(&stock.warehouse, &stock.bag, 851).await;
        assert_eq!(refusal(&reply), (409, "inventory.not_enough".into()));
        let job = stock.job(&world).await;
        let spend = async |quantity: i64| {
            let body =
                json!({ "type_id": stock.cable, "quantity": quantity, "work_order_id": job });
            call(&world, &stock.technician, "post", "/api/v1/bag/use", &body).await
        };
        let bag = spend(40).await.json();
        assert_eq!(
            (&bag["counted"][0]["code"], &bag["counted"][0]["quantity"]),
            (&json!("DROP"), &json!(110))
        );
        assert_eq!(refusal(&spend(111).await), (409, "inventory.not_enough".into()));
        assert_eq!(spend(0).await.fields(), "quantity:range");
        let body = json!({ "type_id": stock.cable, "quantity": 1, "work_order_id": NOWHERE });
        let reply = call(&world, &stock.technician, "post", "/api/v1/bag/use", &body).await;
        assert_eq!(refusal(&reply), (404, "fulfilment.order_not_found".into()));
        let path = format!("/api/v1/locations/{}/stock", stock.bag.as_str().unwrap());
        assert_eq!(column(&world, &stock.keeper, &path, "unit").await, ["m"]);
        let (_, sari) =
            client(&world, "sari", Role::Technician, Some(stock.isp.jakarta), None).await;
        let body = json!({ "type_id": stock.cable, "quantity": 1, "work_order_id": job });
        let reply = call(&world, &sari, "post", "/api/v1/bag/use", &body).await;
        assert_eq!(refusal(&reply), (409, "inventory.no_bag".into()));
    })
    .await;
}

#[tokio::test]
async fn another_branchs_stock_is_not_there() {
    world::both(async |world: World| {
        let stock = Stock::open(&world).await;
        stock.receive(&world, json!([{ "serial": "HWTC0001" }])).await;
        let (_, other) = client(&world, "gudang.bdg", Role::Warehouse, Some(stock.isp.bandung), None).await;
        let theirs = json!({ "kind": "warehouse", "name": "Gudang Bandung" });
        let theirs = made(call(&world, &other, "post", "/api/v1/locations", &theirs).await);
        let ask = async |method: &str, path: &str, body: Value| {
            refusal(&call(&world, &other, method, path, &body).await)
        };
        let to = json!({ "to_location_id": theirs });
        for (method, end, body) in [
            ("get", "", Value::Null),
            ("get", "/history", Value::Null),
            ("post", "/return", to.clone()),
            ("post", "/rma", json!({})),
            ("post", "/scrap", json!({ "reason": "x" })),
            ("post", "/lost", json!({ "reason": "x" })),
            ("post", "/tested", to.clone()),
        ] {
            let found = ask(method, &format!("/api/v1/items/HWTC0001{end}"), body).await;
            assert_eq!(found, (404, "inventory.item_not_found".into()), "{method} {end}");
        }
        let not_there = (404, "inventory.location_not_found".to_owned());
        let warehouse = stock.warehouse.as_str().unwrap();
        assert_eq!(ask("get", &format!("/api/v1/locations/{warehouse}/stock"), Value::Null).await, not_there);
        let body = json!({ "warehouse_id": warehouse, "type_id": stock.modem, "lines": [{ "serial": "HWTC0009" }] });
        assert_eq!(ask("post", "/api/v1/items/receive", body).await, not_there);
        let body = json!({ "serials": ["HWTC0001"], "to_location_id": warehouse });
        assert_eq!(ask("post", "/api/v1/moves", body).await, not_there);
        for (from, to) in [(warehouse, theirs.as_str().unwrap()), (theirs.as_str().unwrap(), warehouse)] {
            let body = json!({ "type_id": stock.cable, "from_location_id": from, "to_location_id": to, "quantity": 1 });
            assert_eq!(ask("post", "/api/v1/moves/counted", body).await, not_there);
        }
        // A stranger's serial in one's own hand-over is a line like one that nobody knows.
        let body = json!({ "serials": ["HWTC0001"], "to_location_id": theirs });
        let reply = call(&world, &other, "post", "/api/v1/moves", &body).await;
        assert_eq!(verdicts(&reply), "HWTC0001:inventory.item_not_found");
        let reply = call(&world, &other, "get", "/api/v1/labels?serials=HWTC0001", &Value::Null).await;
        assert_eq!(reply.fields(), "serials:not_found");
        assert!(items(&world, &other, "/api/v1/items").await.is_empty());
        assert_eq!(column(&world, &other, "/api/v1/locations", "name").await, ["Gudang Bandung"]);
        let bag = json!({ "kind": "bag", "technician_id": stock.technician_id });
        let reply = call(&world, &other, "post", "/api/v1/locations", &bag).await;
        assert_eq!(reply.fields(), "technician_id:not_found");
        // A technician of the other branch can't give things back here.
        let (_, sari) = client(&world, "sari", Role::Technician, Some(stock.isp.bandung), None).await;
        let body = json!({ "serials": ["HWTC0001"], "to_location_id": warehouse });
        let reply = call(&world, &sari, "post", "/api/v1/bag/return", &body).await;
        assert_eq!(refusal(&reply), not_there);
    })
    .await;
}

#[tokio::test]
async fn stock_is_searched_filtered_and_paged() {
    world::both(async |world: World| {
        let stock = Stock::open(&world).await;
        stock.receive(&world, json!([
            { "serial": "HWTC0001", "mac": "A1:B2:C3:D4:E5:F6" }, { "serial": "HWTC0002" }, { "serial": "ZTE0003" },
        ])).await;
        let rma = call(&world, &stock.keeper, "post", "/api/v1/items/ZTE0003/rma", &json!({})).await;
        assert_eq!(rma.status, StatusCode::OK);
        let serials = async |query: &str| {
            column(&world, &stock.keeper, &format!("/api/v1/items{query}"), "serial").await.join(" ")
        };
        assert_eq!(serials("").await, "HWTC0001 HWTC0002 ZTE0003");
        assert_eq!(serials("?q=0002").await, "HWTC0002");
        assert_eq!(serials("?q=a1-b2-c3").await, "HWTC0001");
        assert_eq!(serials("?q=zte&state=in_stock").await, "");
        assert_eq!(serials("?state=rma").await, "ZTE0003");
        assert_eq!(serials(&format!("?location={}", stock.warehouse.as_str().unwrap())).await, "HWTC0001 HWTC0002");
        assert_eq!(serials(&format!("?type={}", stock.cable.as_str().unwrap())).await, "");
        let first = get(&world, &stock.keeper, "/api/v1/items?limit=2").await;
        let after = first["next"].as_str().unwrap();
        assert_eq!(serials(&format!("?limit=2&after={after}")).await, "ZTE0003");
        let reply = call(&world, &stock.keeper, "get", "/api/v1/items?location=mine", &Value::Null).await;
        assert_eq!((reply.status.as_u16(), reply.fields().as_str()), (422, "location:wrong_form"));
        assert_eq!(column(&world, &stock.keeper, "/api/v1/item-types", "code").await, ["DROP", "ONT-1"]);
        let bags = column(&world, &stock.keeper, "/api/v1/locations?kind=bag", "name").await;
        assert_eq!(bags, ["Tas andi"]);
        // Adding a bag again answers the one that is there.
        let bag = json!({ "kind": "bag", "technician_id": stock.technician_id, "name": "Tas lain" });
        let again = call(&world, &stock.keeper, "post", "/api/v1/locations", &bag).await;
        assert_eq!(made(again), stock.bag);
        for (role, name) in [(Role::Sales, "loket"), (Role::Hr, "personalia"), (Role::Technician, "sari"), (Role::Reseller, "mitra")] {
            let partner = (role == Role::Reseller).then(kernel::PartnerId::nil);
            let (_, token) = client(&world, name, role, None, partner).await;
            for path in ["/api/v1/items", "/api/v1/items/HWTC0001", "/api/v1/locations", "/api/v1/labels?serials=HWTC0001"] {
                let reply = call(&world, &token, "get", path, &Value::Null).await;
                assert_eq!(refusal(&reply), (403, "forbidden".into()), "{role} {path}");
            }
        }
        // Finance reads stock and moves none of it.
        let finance = world.client(Role::Finance).await;
        assert_eq!(items(&world, &finance, "/api/v1/items").await.len(), 3);
        let body = json!({ "serials": ["HWTC0001"], "to_location_id": stock.bag });
        let reply = call(&world, &finance, "post", "/api/v1/moves", &body).await;
        assert_eq!(refusal(&reply), (403, "forbidden".into()));
    })
    .await;
}

#[tokio::test]
async fn labels_come_as_pdf_for_a_roll_or_a_sheet() {
    world::sqlite(async |world: World| {
        let stock = Stock::open(&world).await;
        stock.receive(&world, json!([{ "serial": "HWTC0001", "mac": "A1:B2:C3:D4:E5:F6" }, { "serial": "HWTC0002" }])).await;
        let print = async |query: &str| {
            call(&world, &stock.keeper, "get", &format!("/api/v1/labels{query}"), &Value::Null).await
        };
        for query in ["?serials=HWTC0001,%20HWTC0002,&paper=roll", "?serials=HWTC0001&paper=sheet&skip=43", "?serials=HWTC0002"] {
            let reply = print(query).await;
            assert_eq!(reply.status, StatusCode::OK, "{query}");
            assert_eq!(reply.headers.get("content-type").unwrap(), "application/pdf");
            assert!(reply.body.starts_with(b"%PDF-") && reply.body.len() > 1_000, "{query}");
        }
        for (query, fields) in [
            ("", "serials:required"),
            ("?serials=%20,", "serials:count"),
            ("?serials=HWTC0001,HWTC0009", "serials:not_found"),
            ("?serials=HWTC0001&paper=wall", "paper:wrong_form"),
            ("?serials=HWTC0001&paper=sheet&skip=44", "skip:documents.sheet_skip"),
            ("?serials=HWTC0001&skip=-1", "skip:wrong_form"),
        ] {
            let reply = print(query).await;
            assert_eq!((reply.status.as_u16(), reply.fields().as_str()), (422, fields), "{query}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_place_is_counted_by_the_warehouse_and_posted_by_finance() {
    world::both(async |world: World| {
        let stock = Stock::open(&world).await;
        stock.receive(&world, json!([{ "serial": "HWTC0001" }, { "serial": "HWTC0002" }])).await;
        let (_, fitri) =
            client(&world, "fitri", Role::Finance, Some(stock.isp.jakarta), None).await;
        let (_, other) = client(&world, "bdg", Role::Finance, Some(stock.isp.bandung), None).await;
        let body = json!({ "location_id": stock.warehouse });
        let opened = call(&world, &stock.keeper, "post", "/api/v1/counts", &body).await;
        assert_eq!(opened.status, StatusCode::CREATED, "{:?}", opened.json());
        let path = format!("/api/v1/counts/{}", opened.json()["id"].as_str().unwrap());
        let post = async |who: &str, end: &str, body: Value| {
            call(&world, who, "post", &format!("{path}/{end}"), &body).await
        };
        let seen = post(&stock.keeper, "scan", json!({ "serials": ["HWTC0001"] })).await.json();
        let findings: Vec<&str> = seen["lines"]
            .as_array()
            .unwrap()
            .iter()
            .map(|line| line["finding"].as_str().unwrap())
            .collect();
        assert_eq!(findings, ["there", "missing"]);
        let typed = json!({ "serials": ["HWTC0001"], "how": "typed" });
        assert_eq!(post(&stock.keeper, "scan", typed).await.fields(), "reason:required");
        let wrong = json!({ "serials": ["x"] });
        assert_eq!(post(&stock.keeper, "scan", wrong).await.fields(), "serials:format");
        let submitted = post(&stock.keeper, "submit", Value::Null).await.json();
        assert_eq!(submitted["state"], "submitted");
        assert_eq!(submitted["can"]["decide"]["allowed"], false, "not by the warehouse");
        let refused = post(&stock.keeper, "approve", Value::Null).await;
        assert_eq!(refusal(&refused), (403, "forbidden".into()));
        for (who, end) in [(&other, "approve"), (&other, "reject")] {
            let refused = post(who, end, json!({ "reason": "x" })).await;
            assert_eq!(refusal(&refused), (404, "inventory.count_not_found".into()));
        }
        let refused = call(&world, &other, "get", &path, &Value::Null).await;
        assert_eq!(refusal(&refused), (404, "inventory.count_not_found".into()));
        assert_eq!(get(&world, &fitri, &path).await["can"]["decide"]["allowed"], true);
        let posted = post(&fitri, "approve", Value::Null).await;
        assert_eq!((posted.status, &posted.json()["lost"]), (StatusCode::OK, &json!(["HWTC0002"])));
        let lost = get(&world, &stock.keeper, "/api/v1/items/HWTC0002").await;
        assert_eq!(lost["state"], "lost");
        let list = items(&world, &fitri, "/api/v1/counts").await;
        assert_eq!(
            (&list[0]["state"], &list[0]["decided_by"]),
            (&json!("posted"), &json!("fitri"))
        );
    })
    .await;
}
