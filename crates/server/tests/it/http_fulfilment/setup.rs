//! An ISP ready for work in the field, phones that send steps, modems that dial.

use axum::http::StatusCode;
use data_encoding::BASE64;
use identity::Role;
use kernel::{BranchId, Day, NasId, Result as Fallible, SubscriptionId, UserId, Zone};
use network::nas::NasEdit;
use network::reject::RejectSeen;
use network::words::RejectReason;
use network::{AccountingRecord, Mac, MessageAuthenticator, RecordKind, Vendor};
use serde_json::{Value, json};
use store::Tx;
use store::testing::cause;

use crate::isp::{Isp, call, client, get, made, parsed};
use crate::world::{Reply, World};

pub(crate) const NOWHERE: &str = "0193a9d0-0000-7000-8000-00000000dead";
pub(crate) const PIN: (f64, f64) = (-6.2, 106.81);
/// The smallest thing that begins like a JPEG.
pub(crate) const JPEG: [u8; 6] = [0xff, 0xd8, 0xff, 0xe0, 0, 7];

/// An ISP with a covered street, a stocked warehouse and people of every role.
pub(crate) struct Field {
    pub(crate) isp: Isp,
    pub(crate) sales: String,
    pub(crate) keeper: String,
    pub(crate) noc: String,
    pub(crate) andi: (UserId, String),
    pub(crate) sari: (UserId, String),
    pub(crate) warehouse: Value,
    pub(crate) modem: Value,
}

impl Field {
    pub(crate) async fn open(world: &World) -> Self {
        let isp = Isp::found(world).await;
        let staff =
            async |name: &str, role: Role| client(world, name, role, Some(isp.jakarta), None).await;
        let (_, sales) = staff("sinta", Role::Sales).await;
        let (_, keeper) = staff("gudang", Role::Warehouse).await;
        let (_, noc) = staff("nando", Role::Noc).await;
        let (andi, sari) =
            (staff("andi", Role::Technician).await, staff("sari", Role::Technician).await);
        let post = async |who: &str, path: &str, body: Value| {
            made(call(world, who, "post", path, &body).await)
        };
        let profile = json!({ "code": "ISOLIR", "name": "Isolir", "kind": "isolation",
                              "rate_down_kbps": 128, "rate_up_kbps": 128, "attributes": [] });
        let (_, chief) = client(world, "kepala.noc", Role::Noc, None, None).await;
        post(&chief, "/api/v1/profiles", profile).await;
        let ring =
            [[106.80, -6.21], [106.82, -6.21], [106.82, -6.19], [106.80, -6.19], [106.80, -6.21]];
        let polygon = json!({ "type": "Polygon", "coordinates": [ring] });
        post(&noc, "/api/v1/areas", json!({ "name": "Menteng", "polygon": polygon })).await;
        let odp = json!({ "code": "ODP-01", "name": "Tiang 5", "lat": PIN.0, "lon": PIN.1,
                          "ports": 8, "reach_m": 250 });
        post(&noc, "/api/v1/odps", odp).await;
        let place = json!({ "kind": "warehouse", "name": "Gudang Utama" });
        let warehouse = post(&keeper, "/api/v1/locations", place).await;
        let modem = json!({ "code": "ONT-1", "name": "ONT HG8145V5", "kind": "ont", "unit": "pcs",
                            "serialized": true, "value": 350_000 });
        let modem = post(&keeper, "/api/v1/item-types", modem).await;
        Self { isp, sales, keeper, noc, andi, sari, warehouse, modem }
    }

    /// Sales register and convert; answers what came of it.
    pub(crate) async fn sold(&self, world: &World, name: &str, mode: &str) -> Value {
        // Ids are in the order of time.
        world.clock.set(world.now().plus_secs(1));
        let lead = json!({ "name": name, "phone": "0812-3456-7890", "address": "Jl. Melati 5",
                           "lat": PIN.0, "lon": PIN.1, "mode": mode, "plan_id": self.isp.plan });
        let lead = made(call(world, &self.sales, "post", "/api/v1/leads", &lead).await);
        let path = format!("/api/v1/leads/{}/convert", lead.as_str().unwrap());
        let reply = call(world, &self.sales, "post", &path, &json!({})).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{:?}", reply.json());
        reply.json()
    }

    /// The warehouse receives a modem and hands it over; the technician takes it into the bag.
    pub(crate) async fn equip(
        &self,
        world: &World,
        technician: &(UserId, String),
        serial: &str,
        mac: &str,
    ) {
        let ok = |reply: Reply| {
            assert_eq!(
                (reply.status, &reply.json()["lines"][0]["ok"]),
                (StatusCode::OK, &json!(true)),
                "{:?}",
                reply.json()
            );
        };
        let delivery = json!({ "warehouse_id": self.warehouse, "type_id": self.modem,
                               "document": "SJ-1", "lines": [{ "serial": serial, "mac": mac }] });
        ok(call(world, &self.keeper, "post", "/api/v1/items/receive", &delivery).await);
        let bag = json!({ "kind": "bag", "technician_id": technician.0 });
        let bag = call(world, &self.keeper, "post", "/api/v1/locations", &bag).await.json();
        let hand = json!({ "serials": [serial], "to_location_id": bag["id"], "how": "scanned" });
        ok(call(world, &self.keeper, "post", "/api/v1/moves", &hand).await);
        let accept = json!({ "serials": [serial] });
        ok(call(world, &technician.1, "post", "/api/v1/bag/accept", &accept).await);
    }

    /// NOC sends technicians today.
    pub(crate) async fn dispatched(&self, world: &World, order: &Value, who: &[UserId]) -> Value {
        world.clock.set(world.now().plus_secs(1));
        let path = format!("/api/v1/work-orders/{}/assign", order.as_str().unwrap());
        let body = json!({ "technicians": who, "scheduled_on": today(world) });
        let reply = call(world, &self.noc, "post", &path, &body).await;
        assert_eq!(reply.status, StatusCode::OK, "{:?}", reply.json());
        reply.json()
    }

    /// A sold connection with its install given to Andi, who has the modem `HWTC0001`.
    pub(crate) async fn job(&self, world: &World, mode: &str) -> Value {
        let sold = self.sold(world, "Budi Santoso", mode).await;
        self.equip(world, &self.andi, "HWTC0001", "A0:B2:C3:D4:E5:01").await;
        self.dispatched(world, &sold["work_order_id"], &[self.andi.0]).await;
        sold
    }
}

pub(crate) fn today(world: &World) -> Day {
    world.now().day(Zone::Jakarta)
}

pub(crate) fn order_path(order: &Value) -> String {
    format!("/api/v1/work-orders/{}", order.as_str().unwrap())
}

/// A phone that counts its steps.
pub(crate) struct Phone<'a> {
    pub(crate) world: &'a World,
    pub(crate) token: &'a str,
    pub(crate) seq: i64,
}

impl<'a> Phone<'a> {
    pub(crate) fn of(world: &'a World, technician: &'a (UserId, String)) -> Self {
        Self { world, token: &technician.1, seq: 0 }
    }

    /// The next step, based on the one before it.
    pub(crate) fn op(&mut self, order: &Value, body: Value) -> Value {
        let id = |seq: i64| format!("0193a9d0-0000-7000-8000-{:012x}", 0xa000 + seq);
        let before = (self.seq > 0).then(|| id(self.seq));
        self.seq += 1;
        json!({ "op_id": id(self.seq), "v": 1, "device": "hp-1", "seq": self.seq,
                "occurred_at": self.world.now().plus_secs(self.seq), "subject": order, "based_on": before,
                "body": body })
    }

    pub(crate) fn ops(&mut self, order: &Value, bodies: Vec<Value>) -> Vec<Value> {
        bodies.into_iter().map(|body| self.op(order, body)).collect()
    }

    /// What became of each: `applied`, or `refused:code`.
    pub(crate) async fn send(&self, ops: &[Value]) -> String {
        self.world.clock.set(self.world.now().plus_secs(1));
        let body = json!({ "ops": ops });
        let reply = call(self.world, self.token, "post", "/api/v1/field/ops", &body).await;
        assert_eq!(reply.status, StatusCode::OK, "{:?}", reply.json());
        let json = reply.json();
        let results = json["results"].as_array().unwrap();
        assert_eq!(results.len(), ops.len(), "a result for each step");
        for (result, op) in results.iter().zip(ops) {
            assert_eq!(result["op_id"], op["op_id"], "in the order of the steps");
        }
        let word = |result: &Value| match result["code"].as_str() {
            Some(code) => format!("{}:{code}", result["result"].as_str().unwrap()),
            None => result["result"].as_str().unwrap().to_owned(),
        };
        results.iter().map(word).collect::<Vec<_>>().join(" ")
    }
}

pub(crate) fn arriving() -> Vec<Value> {
    ["accept", "on_the_way", "on_site"].into_iter().map(|kind| json!({ "kind": kind })).collect()
}

pub(crate) fn scan(serial: &str) -> Value {
    json!({ "kind": "scan", "serial": serial, "how": "scanned" })
}

pub(crate) fn evidence() -> Vec<Value> {
    vec![
        json!({ "kind": "photo", "what": "installation", "mime": "image/jpeg", "data": BASE64.encode(&JPEG) }),
        json!({ "kind": "gps", "lat": PIN.0, "lon": PIN.1, "accuracy_m": 8.4 }),
    ]
}

/// A router of the branch.
pub(crate) async fn nas(tx: &mut Tx, branch: BranchId) -> Fallible<NasId> {
    let edit = NasEdit {
        name: "mt-1".into(),
        address: "10.9.9.1".into(),
        vendor: Vendor::Mikrotik,
        coa_port: Some(3_799),
        branch,
        message_authenticator: MessageAuthenticator::Required,
        counters_swapped: false,
    };
    Ok(network::nas::add(tx, &edit, None).await?.id)
}

/// The modem dials in a while after the scan: what the router reports.
pub(crate) async fn goes_online(world: &World, field: &Field, subscription: &Value) {
    let (id, branch): (SubscriptionId, _) = (parsed(subscription), field.isp.jakarta);
    let at = world.now().plus_secs(30);
    world.clock.set(at);
    let work = async |tx: &mut Tx| {
        let nas = nas(tx, branch).await?;
        let account = network::account::of_subscription(tx, id).await?.unwrap();
        let start = AccountingRecord {
            nas,
            kind: RecordKind::Start,
            acct_session_id: "81000001".into(),
            username: account.username,
            mac: account.mac,
            framed_ip: Some("100.64.0.9".parse().unwrap()),
            secs: 0,
            bytes_in: 0,
            bytes_out: 0,
            cause: None,
            access_version: None,
            event_at: at,
            received_at: at,
        };
        network::session::apply(tx, &[start]).await.map(drop)
    };
    world.db.write(&cause(at), work).await.unwrap();
}

/// The modem knocks with another MAC and is refused.
pub(crate) async fn is_refused(world: &World, subscription: &Value) {
    let id: SubscriptionId = parsed(subscription);
    let at = world.now().plus_secs(10);
    world.clock.set(at);
    let work = async |tx: &mut Tx| {
        let account = network::account::of_subscription(tx, id).await?.unwrap();
        let seen = RejectSeen {
            username: account.username,
            reason: RejectReason::MacDiffers,
            nas: "mt-1".into(),
            nas_branch: None,
            account: Some(account.id),
            mac_seen: Mac::parse("A0:B2:C3:D4:E5:99"),
            mac_expected: account.mac,
            first_at: at,
            last_at: at,
            count: 1,
            detail: json!({}),
        };
        network::reject::record(tx, &[seen]).await
    };
    world.db.write(&cause(at), work).await.unwrap();
}

/// The connection as NOC sees it on the customer's page.
pub(crate) async fn chain(world: &World, field: &Field, sold: &Value) -> Value {
    let path = format!("/api/v1/customers/{}", sold["customer_id"].as_str().unwrap());
    get(world, &field.noc, &path).await["subscriptions"][0].clone()
}
