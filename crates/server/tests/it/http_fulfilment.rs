//! The field through the API: from a lead to a connected customer, by every role in turn; the offline
//! protocol; who sees which job.

use axum::http::StatusCode;
use data_encoding::BASE64;
use identity::Role;
use kernel::{
    BranchId, Day, NasId, PartnerId, Result as Fallible, SubscriptionId, UserId, Zone,
};
use network::nas::NasEdit;
use network::reject::RejectSeen;
use network::words::RejectReason;
use network::{AccountingRecord, Mac, MessageAuthenticator, RecordKind, Vendor};
use serde_json::{Value, json};
use store::Tx;
use store::testing::cause;

use crate::isp::{Isp, call, client, column, get, items, made, parsed, refusal};
use crate::world::{self, Reply, World};

const NOWHERE: &str = "0193a9d0-0000-7000-8000-00000000dead";
const PIN: (f64, f64) = (-6.2, 106.81);
/// The smallest thing that begins like a JPEG.
const JPEG: [u8; 6] = [0xff, 0xd8, 0xff, 0xe0, 0, 7];

/// An ISP with a covered street, a stocked warehouse and people of every role.
struct Field {
    isp: Isp,
    sales: String,
    keeper: String,
    noc: String,
    andi: (UserId, String),
    sari: (UserId, String),
    warehouse: Value,
    modem: Value,
}

impl Field {
    async fn open(world: &World) -> Self {
        let isp = Isp::found(world).await;
        let staff = async |name: &str, role: Role| {
            client(world, name, role, Some(isp.jakarta), None).await
        };
        let (_, sales) = staff("sinta", Role::Sales).await;
        let (_, keeper) = staff("gudang", Role::Warehouse).await;
        let (_, noc) = staff("nando", Role::Noc).await;
        let (andi, sari) = (staff("andi", Role::Technician).await, staff("sari", Role::Technician).await);
        let post = async |who: &str, path: &str, body: Value| {
            made(call(world, who, "post", path, &body).await)
        };
        let profile = json!({ "code": "ISOLIR", "name": "Isolir", "kind": "isolation",
                              "rate_down_kbps": 128, "rate_up_kbps": 128, "attributes": [] });
        post(&noc, "/api/v1/profiles", profile).await;
        let ring = [[106.80, -6.21], [106.82, -6.21], [106.82, -6.19], [106.80, -6.19], [106.80, -6.21]];
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
    async fn sold(&self, world: &World, name: &str, mode: &str) -> Value {
        let lead = json!({ "name": name, "phone": "0812-3456-7890", "address": "Jl. Melati 5",
                           "lat": PIN.0, "lon": PIN.1, "mode": mode, "plan_id": self.isp.plan });
        let lead = made(call(world, &self.sales, "post", "/api/v1/leads", &lead).await);
        let path = format!("/api/v1/leads/{}/convert", lead.as_str().unwrap());
        let reply = call(world, &self.sales, "post", &path, &json!({})).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{:?}", reply.json());
        reply.json()
    }

    /// The warehouse receives a modem and hands it over; the technician takes it into the bag.
    async fn equip(&self, world: &World, technician: &(UserId, String), serial: &str, mac: &str) {
        let ok = |reply: Reply| {
            assert_eq!((reply.status, &reply.json()["lines"][0]["ok"]), (StatusCode::OK, &json!(true)), "{:?}", reply.json());
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
    async fn dispatched(&self, world: &World, order: &Value, who: &[UserId]) -> Value {
        let path = format!("/api/v1/work-orders/{}/assign", order.as_str().unwrap());
        let body = json!({ "technicians": who, "scheduled_on": today(world) });
        let reply = call(world, &self.noc, "post", &path, &body).await;
        assert_eq!(reply.status, StatusCode::OK, "{:?}", reply.json());
        reply.json()
    }

    /// A sold connection with its install given to Andi, who has the modem `HWTC0001`.
    async fn job(&self, world: &World, mode: &str) -> Value {
        let sold = self.sold(world, "Budi Santoso", mode).await;
        self.equip(world, &self.andi, "HWTC0001", "A0:B2:C3:D4:E5:01").await;
        self.dispatched(world, &sold["work_order_id"], &[self.andi.0]).await;
        sold
    }
}

fn today(world: &World) -> Day {
    world.now().day(Zone::Jakarta)
}

fn order_path(order: &Value) -> String {
    format!("/api/v1/work-orders/{}", order.as_str().unwrap())
}

/// A phone that counts its steps.
struct Phone<'a> {
    world: &'a World,
    token: &'a str,
    seq: i64,
}

impl<'a> Phone<'a> {
    fn of(world: &'a World, technician: &'a (UserId, String)) -> Self {
        Self { world, token: &technician.1, seq: 0 }
    }

    /// The next step, based on the one before it.
    fn op(&mut self, order: &Value, body: Value) -> Value {
        let id = |seq: i64| format!("0193a9d0-0000-7000-8000-{:012x}", 0xa000 + seq);
        let before = (self.seq > 0).then(|| id(self.seq));
        self.seq += 1;
        json!({ "op_id": id(self.seq), "v": 1, "device": "hp-1", "seq": self.seq,
                "occurred_at": "2026-11-22T02:00:00Z", "subject": order, "based_on": before,
                "body": body })
    }

    fn ops(&mut self, order: &Value, bodies: Vec<Value>) -> Vec<Value> {
        bodies.into_iter().map(|body| self.op(order, body)).collect()
    }

    /// What became of each: `applied`, or `refused:code`.
    async fn send(&self, ops: &[Value]) -> String {
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

fn arriving() -> Vec<Value> {
    ["accept", "on_the_way", "on_site"].into_iter().map(|kind| json!({ "kind": kind })).collect()
}

fn scan(serial: &str) -> Value {
    json!({ "kind": "scan", "serial": serial, "how": "scanned" })
}

fn evidence() -> Vec<Value> {
    vec![
        json!({ "kind": "photo", "what": "installation", "mime": "image/jpeg", "data": BASE64.encode(&JPEG) }),
        json!({ "kind": "gps", "lat": PIN.0, "lon": PIN.1, "accuracy_m": 8.4 }),
    ]
}

/// A router of the branch.
async fn nas(tx: &mut Tx, branch: BranchId) -> Fallible<NasId> {
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
async fn goes_online(world: &World, field: &Field, subscription: &Value) {
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
async fn is_refused(world: &World, subscription: &Value) {
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

/// The connection as sales see it on the customer's page.
async fn chain(world: &World, field: &Field, sold: &Value) -> Value {
    let path = format!("/api/v1/customers/{}", sold["customer_id"].as_str().unwrap());
    get(world, &field.sales, &path).await["subscriptions"][0].clone()
}

#[tokio::test]
async fn an_install_goes_from_the_lead_to_the_first_day_of_use_through_every_role() {
    world::both(async |world: World| {
        let field = Field::open(&world).await;
        let sold = field.sold(&world, "Budi Santoso", "postpaid").await;
        assert_eq!((&sold["work_order_number"], &sold["customer_number"]), (&json!("SPK000001"), &json!("C000001")));
        assert_eq!((&sold["odp_code"], &sold["port"]), (&json!("ODP-01"), &json!(1)));
        let order = &sold["work_order_id"];
        let path = order_path(order);
        field.equip(&world, &field.andi, "HWTC0001", "A0:B2:C3:D4:E5:01").await;

        // Before dispatch it is nobody's job, and there is no login yet.
        assert!(items(&world, &field.andi.1, "/api/v1/jobs").await.is_empty());
        assert_eq!(refusal(&call(&world, &field.andi.1, "get", &path, &Value::Null).await), (404, "fulfilment.order_not_found".into()));
        let before = get(&world, &field.noc, &path).await;
        assert_eq!((&before["state"], &before["username"]), (&json!("open"), &Value::Null));
        let sent = field.dispatched(&world, order, &[field.andi.0]).await;
        assert_eq!((&sent["state"], &sent["technicians"][0]["name"]), (&json!("assigned"), &json!("andi")));

        // The job lies on the phone with everything that the work needs.
        let jobs = get(&world, &field.andi.1, "/api/v1/jobs").await;
        let job = &jobs["items"][0];
        assert_eq!((&job["customer_name"], &job["customer_phone"]), (&json!("Budi Santoso"), &json!("6281234567890")));
        assert_eq!((&job["lat"], &job["lon"], &job["odp_code"]), (&json!(PIN.0), &json!(PIN.1), &json!("ODP-01")));
        assert!(job["username"].is_string() && job["password"].as_str().unwrap().len() >= 8, "{job}");
        assert_eq!((&jobs["bag"][0]["serial"], &jobs["bag"][0]["offered"]), (&json!("HWTC0001"), &json!(false)));
        // The office never sees the password, nor does it see who may set it.
        let office = get(&world, &field.noc, &path).await;
        assert_eq!((&office["username"], &office["password"]), (&job["username"], &Value::Null));

        let mut phone = Phone::of(&world, &field.andi);
        let ops = phone.ops(order, arriving());
        assert_eq!(phone.send(&ops).await, "applied applied applied");
        let online = format!("{path}/online");
        assert_eq!(get(&world, &field.andi.1, &online).await["state"], "waiting");
        let early = phone.op(order, json!({ "kind": "done" }));
        assert_eq!(phone.send(&[early]).await, "refused:fulfilment.not_complete");
        let skip = phone.op(order, json!({ "kind": "skip" }));
        let scanned = phone.op(order, scan("SMB:SN:HWTC0001"));
        assert_eq!(phone.send(&[skip, scanned]).await, "applied applied");

        // The scan made the account live, the modem the site's, and the subscription active.
        let seen = chain(&world, &field, &sold).await;
        assert_eq!((&seen["state"], &seen["account"]["state"]), (&json!("active"), &json!("live")));
        assert_eq!((&seen["item"]["serial"], &seen["account"]["username"]), (&json!("HWTC0001"), &job["username"]));
        assert_eq!(seen["access"]["desired"], "full");
        let item = get(&world, &field.keeper, "/api/v1/items/HWTC0001").await;
        assert_eq!((&item["state"], &item["location_kind"]), (&json!("installed"), &json!("site")));

        is_refused(&world, &sold["subscription_id"]).await;
        let line = get(&world, &field.andi.1, &online).await;
        assert_eq!((&line["state"], &line["code"]), (&json!("rejected"), &json!("mac_differs")));
        assert!(line["reason"].as_str().unwrap().contains("MAC"), "{line}");
        goes_online(&world, &field, &sold["subscription_id"]).await;
        let line = get(&world, &field.andi.1, &online).await;
        assert_eq!((&line["state"], &line["ip"], &line["nas"]), (&json!("online"), &json!("100.64.0.9"), &json!("mt-1")));

        let mut rest = evidence();
        rest.push(json!({ "kind": "done" }));
        let ops = phone.ops(order, rest);
        assert_eq!(phone.send(&ops).await, "applied applied applied");
        let done = get(&world, &field.noc, &path).await;
        assert_eq!((&done["state"], &done["online_result"], &done["review"]), (&json!("done"), &json!("online"), &json!(false)));
        assert_eq!((&done["distance_m"], &done["gps"]["accuracy_m"]), (&json!(0), &json!(9)));
        assert_eq!((&done["item"]["serial"], &done["item"]["how"]), (&json!("HWTC0001"), &json!("scanned")));
        let story: Vec<&str> = done["story"].as_array().unwrap().iter().map(|s| s["step"].as_str().unwrap()).collect();
        assert_eq!(story, ["opened", "assigned", "accepted", "on_the_way", "on_site", "scanned", "done"]);
        // A closed job shows its technician neither the phone number nor the password any more.
        let after = get(&world, &field.andi.1, &path).await;
        assert_eq!((&after["customer_phone"], &after["password"]), (&Value::Null, &Value::Null));
        assert!(items(&world, &field.noc, "/api/v1/work-orders?state=unfinished").await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_prepaid_install_is_ready_and_isolated_until_the_first_payment() {
    world::both(async |world: World| {
        let field = Field::open(&world).await;
        let sold = field.job(&world, "prepaid").await;
        let order = &sold["work_order_id"];
        let mut phone = Phone::of(&world, &field.andi);
        let mut steps = arriving();
        steps.push(scan("HWTC0001"));
        let ops = phone.ops(order, steps);
        assert_eq!(phone.send(&ops).await, "applied applied applied applied");
        let seen = chain(&world, &field, &sold).await;
        assert_eq!((&seen["state"], &seen["access"]["desired"]), (&json!("ready"), &json!("isolated")));
        assert!(seen["outstanding"].as_i64().unwrap() > 0, "the first invoice is issued: {seen}");
        // The scan is not undone by giving up, nor by the office.
        let give_up = phone.op(order, json!({ "kind": "fail", "reason": "hujan" }));
        assert_eq!(phone.send(&[give_up]).await, "refused:fulfilment.device_in_place");
        let cancel = call(&world, &field.sales, "post", &format!("{}/cancel", order_path(order)), &json!({ "reason": "batal" })).await;
        assert_eq!(refusal(&cancel), (409, "fulfilment.device_in_place".into()));
        let page = get(&world, &field.sales, &order_path(order)).await;
        assert_eq!(page["can"]["cancel"]["allowed"], false);
        assert!(page["can"]["cancel"]["reason"].as_str().unwrap().contains("HWTC0001"), "{page}");
        assert_eq!(page["can"]["confirm"]["allowed"], false, "only NOC confirms, and nothing is left to");
    })
    .await;
}

#[tokio::test]
async fn noc_confirms_the_activation_where_the_isp_wants_it_so() {
    world::both(async |world: World| {
        let field = Field::open(&world).await;
        let finance = world.client(Role::Finance).await;
        let set = call(&world, &finance, "put", "/api/v1/policy", &json!({ "activation_auto": false })).await;
        assert_eq!(set.status, StatusCode::OK, "{:?}", set.json());
        let sold = field.job(&world, "postpaid").await;
        let order = &sold["work_order_id"];
        let confirm = format!("{}/confirm", order_path(order));
        let early = call(&world, &field.noc, "post", &confirm, &Value::Null).await;
        assert_eq!(refusal(&early), (409, "flows.not_scanned".into()));
        let mut phone = Phone::of(&world, &field.andi);
        let mut steps = arriving();
        steps.push(scan("HWTC0001"));
        let ops = phone.ops(order, steps);
        assert_eq!(phone.send(&ops).await, "applied applied applied applied");
        assert_eq!(chain(&world, &field, &sold).await["state"], "pending_install");
        let page = get(&world, &field.noc, &order_path(order)).await;
        assert_eq!(page["can"]["confirm"]["allowed"], true, "{page}");
        assert_eq!(refusal(&call(&world, &field.sales, "post", &confirm, &Value::Null).await), (403, "forbidden".into()));
        let done = call(&world, &field.noc, "post", &confirm, &Value::Null).await;
        assert_eq!((done.status, &done.json()["can"]["confirm"]["allowed"]), (StatusCode::OK, &json!(false)));
        assert_eq!(chain(&world, &field, &sold).await["state"], "active");
        let again = call(&world, &field.noc, "post", &confirm, &Value::Null).await;
        assert_eq!(again.status, StatusCode::OK, "{:?}", again.json());
    })
    .await;
}

#[tokio::test]
async fn steps_sent_twice_out_of_order_and_in_a_batch_end_the_same() {
    world::both(async |world: World| {
        let field = Field::open(&world).await;
        let sold = field.job(&world, "postpaid").await;
        let order = &sold["work_order_id"];
        let mut phone = Phone::of(&world, &field.andi);
        let mut steps = arriving();
        steps.push(scan("HWTC0001"));
        steps.extend(evidence());
        steps.push(json!({ "kind": "done", "note": "listrik padam" }));
        let ops = phone.ops(order, steps);
        // The last ones come first: they wait for what comes before them.
        assert_eq!(phone.send(&ops[4..]).await, "held:fulfilment.op_waits held:fulfilment.op_waits held:fulfilment.op_waits");
        let troubled = column(&world, &field.noc, "/api/v1/field/ops", "state").await;
        assert_eq!(troubled, ["waiting", "waiting", "waiting"]);
        let mut mixed: Vec<Value> = ops[..4].to_vec();
        mixed.reverse();
        mixed.push(mixed[0].clone());
        assert_eq!(phone.send(&mixed).await, "applied applied applied applied applied");
        // What waited went on by itself; all of it again changes nothing.
        assert_eq!(phone.send(&ops).await, "repeated repeated repeated repeated repeated repeated repeated");
        let page = get(&world, &field.noc, &order_path(order)).await;
        assert_eq!((&page["state"], &page["online_result"]), (&json!("done"), &json!("listrik padam")));
        let scans = page["story"].as_array().unwrap().iter().filter(|s| s["step"] == "scanned").count();
        assert_eq!((scans, page["photos"].as_array().unwrap().len()), (1, 1));
        let moves = items(&world, &field.keeper, "/api/v1/items/HWTC0001/history").await;
        let to_site = moves.iter().filter(|m| m["state"] == "installed").count();
        assert_eq!(to_site, 1, "{moves:?}");
        // The same id with another body is another step under a stolen name.
        let mut forged = ops[0].clone();
        forged["body"]["kind"] = json!("on_site");
        assert_eq!(phone.send(&[forged]).await, "refused:fulfilment.op_other_body");
    })
    .await;
}

#[tokio::test]
async fn a_refused_step_holds_back_its_own_job_only_and_says_why_in_the_readers_language() {
    world::both(async |world: World| {
        let field = Field::open(&world).await;
        let (first, second) = (field.job(&world, "postpaid").await, field.sold(&world, "Citra", "postpaid").await);
        let (first, second) = (&first["work_order_id"], &second["work_order_id"]);
        field.dispatched(&world, second, &[field.andi.0]).await;
        let mut phone = Phone::of(&world, &field.andi);
        let mut steps = arriving();
        // Nobody has that modem in a bag.
        steps.push(scan("HWTC0777"));
        steps.push(json!({ "kind": "gps", "lat": PIN.0, "lon": PIN.1, "accuracy_m": 5 }));
        let mut ops = phone.ops(first, steps);
        let mut other = phone.op(second, json!({ "kind": "accept" }));
        other["based_on"] = json!("3");
        ops.push(other);
        assert_eq!(
            phone.send(&ops).await,
            "applied applied applied refused:inventory.item_not_found held:fulfilment.op_held applied"
        );
        let body = json!({ "ops": [ops[3]] });
        let ask = world.ask("post", "/api/v1/field/ops").session(&field.andi.1).json(&body);
        let said = ask.header("accept-language", "en").send().await.json();
        assert_eq!(said["results"][0]["result"], "refused");
        assert!(said["results"][0]["detail"].as_str().unwrap().starts_with("There is no"), "{said}");
        // The right modem makes it good, and what was held goes on.
        let mut good = phone.op(first, scan("HWTC0001"));
        good["based_on"] = ops[4]["op_id"].clone();
        assert_eq!(phone.send(&[good]).await, "applied");
        assert_eq!(phone.send(&ops[4..5]).await, "repeated");
    })
    .await;
}

#[tokio::test]
async fn a_batch_that_is_partly_unreadable_is_answered_step_by_step() {
    world::sqlite(async |world: World| {
        let field = Field::open(&world).await;
        let sold = field.job(&world, "postpaid").await;
        let order = &sold["work_order_id"];
        let mut phone = Phone::of(&world, &field.andi);
        let good = phone.op(order, json!({ "kind": "accept" }));
        let id = "0193a9d0-0000-7000-8000-00000000bad1";
        let bad = json!({ "op_id": id, "v": "one", "device": 7 });
        let mut old = phone.op(order, json!({ "kind": "accept" }));
        old["v"] = json!(9);
        let mut lost = phone.op(&json!(NOWHERE), json!({ "kind": "accept" }));
        lost["based_on"] = Value::Null;
        assert_eq!(
            phone.send(&[bad, good, old, lost]).await,
            "refused:fulfilment.op_envelope applied refused:fulfilment.op_version refused:fulfilment.order_not_found"
        );
        for (body, fields) in [
            (json!({ "ops": [{ "v": 1 }] }), "ops[0].op_id:wrong_form"),
            (json!({ "ops": ["x"] }), "ops[0].op_id:wrong_form"),
            (json!({ "ops": {} }), "ops:wrong_type"),
            (json!({}), "ops:required"),
        ] {
            let reply = call(&world, &field.andi.1, "post", "/api/v1/field/ops", &body).await;
            assert_eq!((reply.status.as_u16(), reply.fields().as_str()), (422, fields), "{body}");
        }
        let many: Vec<Value> = (0..501).map(|n| json!({ "op_id": format!("0193a9d0-0000-7000-8000-{n:012}"), "v": 1,
            "device": "hp", "seq": n + 1, "occurred_at": "2026-11-22T02:00:00Z", "subject": order, "body": {} })).collect();
        let reply = call(&world, &field.andi.1, "post", "/api/v1/field/ops", &json!({ "ops": many })).await;
        assert_eq!(reply.fields(), "ops:too_many");
        let none = call(&world, &field.andi.1, "post", "/api/v1/field/ops", &json!({ "ops": [] })).await;
        assert_eq!(none.json(), json!({ "results": [] }));
        // A day's photos fit into one batch.
        let large = json!({ "kind": "photo", "what": "other", "data": "A".repeat(12 << 20) });
        let op = phone.op(order, large);
        assert_eq!(phone.send(&[op]).await.split(':').next(), Some("refused"));
    })
    .await;
}

#[tokio::test]
async fn technicians_see_their_own_jobs_and_resellers_those_of_their_customers() {
    world::both(async |world: World| {
        let field = Field::open(&world).await;
        let sold = field.job(&world, "postpaid").await;
        let order = &sold["work_order_id"];
        let path = order_path(order);
        let (_, elsewhere) = client(&world, "bandung", Role::Noc, Some(field.isp.bandung), None).await;
        let partner: PartnerId = "0193a9d0-0000-7000-8000-0000000000aa".parse().unwrap();
        let (_, reseller) = client(&world, "mitra", Role::Reseller, Some(field.isp.jakarta), Some(partner)).await;
        let assign = json!({ "technicians": [field.sari.0], "scheduled_on": today(&world) });
        for who in [&field.sari.1, &elsewhere, &reseller] {
            for suffix in ["", "/online", "/pdf"] {
                let reply = call(&world, who, "get", &format!("{path}{suffix}"), &Value::Null).await;
                assert_eq!(refusal(&reply), (404, "fulfilment.order_not_found".into()), "{suffix}");
            }
            assert!(items(&world, who, "/api/v1/work-orders").await.is_empty());
        }
        for (suffix, body) in [("/assign", assign), ("/reschedule", json!({ "scheduled_on": today(&world) })),
            ("/cancel", json!({ "reason": "x" })), ("/review", json!({})), ("/approve-own-device", Value::Null), ("/confirm", Value::Null)]
        {
            let reply = call(&world, &elsewhere, "post", &format!("{path}{suffix}"), &body).await;
            assert_eq!(refusal(&reply), (404, "fulfilment.order_not_found".into()), "{suffix}");
            let reply = call(&world, &field.andi.1, "post", &format!("{path}{suffix}"), &body).await;
            assert_eq!(refusal(&reply), (403, "forbidden".into()), "{suffix}");
        }
        // A colleague's step on somebody else's job is refused.
        let mut phone = Phone::of(&world, &field.sari);
        let op = phone.op(order, json!({ "kind": "accept" }));
        assert_eq!(phone.send(&[op]).await, "refused:fulfilment.order_not_found");
        let photo = world.ask("post", &format!("{path}/photos?what=other")).session(&field.sari.1).header("content-type", "image/jpeg");
        assert_eq!(photo.bytes(&JPEG).send().await.code(), "fulfilment.order_not_found");
        assert_eq!(column(&world, &field.andi.1, "/api/v1/work-orders", "number").await, ["SPK000001"]);
        // The warehouse reads orders, but not people's phone numbers.
        let row = &items(&world, &field.keeper, "/api/v1/work-orders").await[0];
        assert_eq!((&row["customer_name"], &row["customer_phone"]), (&json!("Budi Santoso"), &Value::Null));
        let refused = call(&world, &elsewhere, "post", "/api/v1/work-orders", &json!({ "kind": "repair", "subscription_id": sold["subscription_id"] })).await;
        assert_eq!(refusal(&refused), (404, "billing.subscription_not_found".into()));
        for kept in ["/api/v1/jobs", "/api/v1/field/ops"] {
            let method = if kept.ends_with("jobs") { "get" } else { "post" };
            let reply = call(&world, &field.noc, method, kept, &json!({ "ops": [] })).await;
            assert_eq!(refusal(&reply), (403, "forbidden".into()), "{kept}");
        }
    })
    .await;
}

#[tokio::test]
async fn dispatch_is_held_to_its_rules() {
    world::both(async |world: World| {
        let field = Field::open(&world).await;
        let sold = field.sold(&world, "Budi", "postpaid").await;
        let path = order_path(&sold["work_order_id"]);
        let (stranger, _) = client(&world, "bdg", Role::Technician, Some(field.isp.bandung), None).await;
        let (today, andi) = (today(&world), field.andi.0);
        let assign = async |body: Value| call(&world, &field.noc, "post", &format!("{path}/assign"), &body).await;
        for (body, fields) in [
            (json!({ "technicians": [andi], "scheduled_on": today.prev() }), "scheduled_on:past"),
            (json!({ "technicians": [andi], "scheduled_on": today.plus_days(400) }), "scheduled_on:too_far"),
            (json!({ "technicians": [andi], "scheduled_on": "besok" }), "scheduled_on:wrong_form"),
            (json!({ "technicians": [], "scheduled_on": today }), "technicians:count"),
            (json!({ "technicians": [stranger], "scheduled_on": today }), "technicians:not_found"),
            (json!({ "technicians": [NOWHERE], "scheduled_on": today }), "technicians:not_found"),
            (json!({ "scheduled_on": today }), "technicians:required"),
        ] {
            let reply = assign(body.clone()).await;
            assert_eq!((reply.status.as_u16(), reply.fields().as_str()), (422, fields), "{body}");
        }
        let reschedule = async |day: Day| {
            call(&world, &field.noc, "post", &format!("{path}/reschedule"), &json!({ "scheduled_on": day })).await
        };
        assert_eq!(refusal(&reschedule(today).await), (409, "flows.nobody_assigned".into()));
        assert_eq!(assign(json!({ "technicians": [andi], "scheduled_on": today })).await.status, StatusCode::OK);
        let mut phone = Phone::of(&world, &field.andi);
        let accept = phone.op(&sold["work_order_id"], json!({ "kind": "accept" }));
        phone.send(&[accept]).await;
        let moved = reschedule(today.next()).await.json();
        assert_eq!((&moved["state"], &moved["scheduled_on"]), (&json!("accepted"), &json!(today.next())));
        assert_eq!(moved["technicians"].as_array().unwrap().len(), 1);
        // Nobody was there: the next visit, first without and then with somebody.
        let failed = phone.op(&sold["work_order_id"], json!({ "kind": "fail", "reason": "tidak ada orang" }));
        assert_eq!(phone.send(&[failed]).await, "applied");
        let open = reschedule(today.next()).await.json();
        assert_eq!((&open["state"], &open["visit"], &open["failed_reason"]), (&json!("open"), &json!(2), &json!("tidak ada orang")));
        let late = phone.op(&sold["work_order_id"], json!({ "kind": "on_the_way", "visit": 1 }));
        let assigned = assign(json!({ "technicians": [field.sari.0, andi], "scheduled_on": today })).await.json();
        assert_eq!((&assigned["state"], &assigned["visit"]), (&json!("assigned"), &json!(2)));
        assert_eq!(phone.send(&[late]).await, "refused:fulfilment.other_visit");
        let cancelled = call(&world, &field.sales, "post", &format!("{path}/cancel"), &json!({ "reason": " " })).await;
        assert_eq!(cancelled.fields(), "reason:required");
        let cancel = json!({ "reason": "pelanggan mundur" });
        let cancelled = call(&world, &field.sales, "post", &format!("{path}/cancel"), &cancel).await.json();
        assert_eq!((&cancelled["state"], &cancelled["cancelled_reason"]), (&json!("cancelled"), &json!("pelanggan mundur")));
        assert_eq!(assign(json!({ "technicians": [andi], "scheduled_on": today })).await.code(), "fulfilment.wrong_state");
        assert!(items(&world, &field.andi.1, "/api/v1/jobs").await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_visit_is_opened_when_the_connection_has_use_for_it() {
    world::both(async |world: World| {
        let field = Field::open(&world).await;
        let sold = field.job(&world, "postpaid").await;
        let open = async |body: Value| call(&world, &field.sales, "post", "/api/v1/work-orders", &body).await;
        let subscription = &sold["subscription_id"];
        for kind in ["repair", "swap", "move", "dismantle"] {
            let refused = open(json!({ "kind": kind, "subscription_id": subscription, "address": "Jl. Baru 1" })).await;
            assert_eq!(refusal(&refused), (409, "flows.no_visit".into()), "{kind}");
        }
        let twice = open(json!({ "kind": "install", "subscription_id": subscription })).await;
        assert_eq!(refusal(&twice), (409, "fulfilment.already_open".into()));
        let order = &sold["work_order_id"];
        let mut phone = Phone::of(&world, &field.andi);
        let mut steps = arriving();
        steps.push(scan("HWTC0001"));
        steps.extend(evidence());
        steps.push(json!({ "kind": "done", "note": "lampu padam" }));
        let ops = phone.ops(order, steps);
        phone.send(&ops).await;

        for (body, fields) in [
            (json!({ "kind": "move", "subscription_id": subscription }), "address:required"),
            (json!({ "kind": "move", "subscription_id": subscription, "address": "x", "lat": 1.0 }), "lon:required"),
            (json!({ "kind": "repair", "subscription_id": subscription, "lat": 100.0, "lon": 1.0 }), "lat:out_of_range"),
            (json!({ "kind": "dance", "subscription_id": subscription }), "kind:choice"),
            (json!({ "kind": "repair", "subscription_id": subscription, "note": "x".repeat(2_001) }), "note:too_long"),
            (json!({ "kind": "repair" }), "subscription_id:required"),
        ] {
            let reply = open(body.clone()).await;
            assert_eq!((reply.status.as_u16(), reply.fields().as_str()), (422, fields), "{body}");
        }
        let swap = open(json!({ "kind": "swap", "subscription_id": subscription, "note": "lampu merah" })).await;
        assert_eq!(swap.status, StatusCode::CREATED, "{:?}", swap.json());
        let swap = swap.json();
        assert_eq!((&swap["address"], &swap["lat"], &swap["note"]), (&json!("Jl. Melati 5"), &json!(PIN.0), &json!("lampu merah")));

        // The swap: another modem for the one that is there, and the login follows it.
        field.equip(&world, &field.sari, "HWTC0002", "A0:B2:C3:D4:E5:02").await;
        field.dispatched(&world, &swap["id"], &[field.sari.0]).await;
        let job = &items(&world, &field.sari.1, "/api/v1/jobs").await[0];
        assert!(job["password"].is_string(), "the new modem is set up with it");
        let mut phone = Phone::of(&world, &field.sari);
        let mut steps = arriving();
        steps.push(scan("HWTC0002"));
        let ops = phone.ops(&swap["id"], steps);
        assert_eq!(phone.send(&ops).await, "applied applied applied applied");
        assert_eq!(chain(&world, &field, &sold).await["item"]["serial"], "HWTC0002");
        let bag = get(&world, &field.sari.1, "/api/v1/bag").await;
        assert_eq!(bag["items"][0]["serial"], "HWTC0001", "{bag}");
        let moved = open(json!({ "kind": "move", "subscription_id": subscription, "address": "Jl. Baru 1" })).await.json();
        assert_eq!((&moved["address"], &moved["lat"]), (&json!("Jl. Baru 1"), &Value::Null));
    })
    .await;
}

#[tokio::test]
async fn photos_come_as_they_are_and_go_only_to_those_who_may_see_the_job() {
    world::both(async |world: World| {
        let field = Field::open(&world).await;
        let sold = field.job(&world, "postpaid").await;
        let order = &sold["work_order_id"];
        let path = format!("{}/photos", order_path(order));
        let send = async |query: &str, bytes: &[u8]| {
            let ask = world.ask("post", &format!("{path}{query}")).session(&field.andi.1);
            ask.header("content-type", "image/jpeg").bytes(bytes).send().await
        };
        assert_eq!(send("?what=other", &JPEG).await.code(), "fulfilment.wrong_state");
        let mut phone = Phone::of(&world, &field.andi);
        let ops = phone.ops(order, arriving());
        phone.send(&ops).await;
        assert_eq!(refusal(&send("?what=other", b"<script>").await), (422, "fulfilment.not_a_photo".into()));
        assert_eq!(send("?what=selfie", &JPEG).await.fields(), "what:wrong_form");
        let mut large = JPEG.to_vec();
        large.resize(2 * 1024 * 1024 + 1, 0);
        assert_eq!(refusal(&send("?what=other", &large).await), (422, "fulfilment.photo_too_large".into()));
        assert_eq!(refusal(&send("", &JPEG).await), (404, "fulfilment.photo_unknown".into()));
        // Announced by a step with its hash; the bytes follow by themselves.
        let hash = data_encoding::HEXLOWER.encode(&fulfilment::photo::NewPhoto::with_bytes(
            fulfilment::evidence::PhotoKind::Other, JPEG.to_vec(), fulfilment::Mark::at(world.now())).sha256);
        let announced = phone.op(order, json!({ "kind": "photo", "what": "installation", "sha256": hash }));
        assert_eq!(phone.send(&[announced]).await, "applied");
        let page = get(&world, &field.noc, &order_path(order)).await;
        let photo = &page["photos"][0];
        assert_eq!((&photo["kind"], &photo["received"]), (&json!("installation"), &json!(false)));
        let bytes_of = format!("/api/v1/photos/{}", photo["id"].as_str().unwrap());
        assert_eq!(refusal(&call(&world, &field.noc, "get", &bytes_of, &Value::Null).await), (404, "fulfilment.photo_missing".into()));
        let (first, again) = (send("", &JPEG).await, send("?what=installation", &JPEG).await);
        assert_eq!((first.status, again.json()), (StatusCode::OK, first.json()), "{:?}", first.json());
        assert_eq!(first.json()["received"], true);
        for who in [&field.noc, &field.andi.1, &field.sales] {
            let reply = call(&world, who, "get", &bytes_of, &Value::Null).await;
            assert_eq!((reply.status, reply.body.as_slice()), (StatusCode::OK, JPEG.as_slice()));
            assert_eq!(reply.headers["content-type"], "image/jpeg");
        }
        let (_, elsewhere) = client(&world, "bandung", Role::Noc, Some(field.isp.bandung), None).await;
        for who in [&field.sari.1, &elsewhere] {
            let reply = call(&world, who, "get", &bytes_of, &Value::Null).await;
            assert_eq!(refusal(&reply), (404, "fulfilment.order_not_found".into()));
        }
    })
    .await;
}

#[tokio::test]
async fn work_orders_are_searched_filtered_and_paged() {
    world::both(async |world: World| {
        let field = Field::open(&world).await;
        let mut orders = Vec::new();
        for name in ["Ani", "Badu", "Cici"] {
            orders.push(field.sold(&world, name, "postpaid").await["work_order_id"].clone());
        }
        let when = async |order: &Value, on: Day, who: &[UserId]| {
            let body = json!({ "technicians": who, "scheduled_on": on });
            let reply = call(&world, &field.noc, "post", &format!("{}/assign", order_path(order)), &body).await;
            assert_eq!(reply.status, StatusCode::OK, "{:?}", reply.json());
        };
        let today = today(&world);
        when(&orders[2], today.next(), &[field.sari.0]).await;
        when(&orders[1], today, &[field.andi.0, field.sari.0]).await;
        let names = async |query: &str| column(&world, &field.noc, &format!("/api/v1/work-orders{query}"), "customer_name").await;
        for (query, expect) in [
            (String::new(), vec!["Cici", "Badu", "Ani"]),
            ("?state=unfinished".into(), vec!["Badu", "Cici", "Ani"]),
            ("?state=open".into(), vec!["Ani"]),
            ("?state=assigned&kind=install".into(), vec!["Cici", "Badu"]),
            ("?kind=repair".into(), vec![]),
            (format!("?technician={}", field.andi.0), vec!["Badu"]),
            (format!("?scheduled_on={}", today.next()), vec!["Cici"]),
            ("?q=spk000002".into(), vec!["Badu"]),
            ("?q=cic".into(), vec!["Cici"]),
            ("?q=melati".into(), vec!["Cici", "Badu", "Ani"]),
            ("?q=0812-3456".into(), vec!["Cici", "Badu", "Ani"]),
            ("?q=%25".into(), vec!["Cici", "Badu", "Ani"]),
            ("?q=xyz".into(), vec![]),
            ("?review=true".into(), vec![]),
        ] {
            assert_eq!(names(&query).await, expect, "{query}");
        }
        for order in ["", "&state=unfinished"] {
            let (mut seen, mut after) = (Vec::new(), String::new());
            loop {
                let page = get(&world, &field.noc, &format!("/api/v1/work-orders?limit=1{order}{after}")).await;
                seen.push(page["items"][0]["customer_name"].as_str().unwrap().to_owned());
                let Some(next) = page["next"].as_str() else { break };
                after = format!("&after={next}");
            }
            let whole = names(if order.is_empty() { "" } else { "?state=unfinished" }).await;
            assert_eq!(seen, whole, "{order}");
        }
        for (query, fields) in [
            ("?state=lost", "state:choice"),
            ("?after=x", "after:wrong_form"),
            ("?state=unfinished&after=2026-11-22", "after:wrong_form"),
            ("?kind=dance", "kind:wrong_form"),
            ("?review=maybe", "review:wrong_form"),
        ] {
            let reply = call(&world, &field.noc, "get", &format!("/api/v1/work-orders{query}"), &Value::Null).await;
            assert_eq!((reply.status.as_u16(), reply.fields().as_str()), (422, fields), "{query}");
        }
        // Sari's phone has both of hers, by day, and nobody else's.
        let jobs = column(&world, &field.sari.1, "/api/v1/jobs", "customer_name").await;
        assert_eq!(jobs, ["Badu", "Cici"]);
    })
    .await;
}

#[tokio::test]
async fn a_far_position_goes_to_review_and_the_report_is_printed() {
    world::both(async |world: World| {
        let field = Field::open(&world).await;
        let sold = field.job(&world, "postpaid").await;
        let order = &sold["work_order_id"];
        let path = order_path(order);
        let pdf = async |who: &str| {
            let reply = call(&world, who, "get", &format!("{path}/pdf"), &Value::Null).await;
            assert_eq!((reply.status, &reply.headers["content-type"]), (StatusCode::OK, &"application/pdf".parse().unwrap()));
            assert!(reply.body.starts_with(b"%PDF-"));
        };
        pdf(&field.andi.1).await;
        let approve = call(&world, &field.noc, "post", &format!("{path}/approve-own-device"), &Value::Null).await;
        assert_eq!(approve.json()["own_device_ok"], true);
        let mut phone = Phone::of(&world, &field.andi);
        let mut steps = arriving();
        steps.push(json!({ "kind": "own_device", "mac": "a0b2.c3d4.e5ff" }));
        steps.push(json!({ "kind": "gps", "lat": -6.25, "lon": PIN.1, "accuracy_m": 8 }));
        steps.push(evidence().remove(0));
        steps.push(json!({ "kind": "done", "note": "menunggu listrik" }));
        let ops = phone.ops(order, steps);
        assert_eq!(phone.send(&ops).await, "applied applied applied applied applied applied applied");
        let page = get(&world, &field.noc, &path).await;
        assert_eq!((&page["review"], &page["review_why"]), (&json!(true), &json!("far")));
        assert_eq!((&page["item"]["mac"], &page["item"]["serial"]), (&json!("A0:B2:C3:D4:E5:FF"), &Value::Null));
        assert_eq!(column(&world, &field.noc, "/api/v1/work-orders?review=true", "number").await, ["SPK000001"]);
        let seen = call(&world, &field.noc, "post", &format!("{path}/review"), &json!({ "note": "pin salah" })).await;
        assert_eq!((seen.status, &seen.json()["review"]), (StatusCode::OK, &json!(false)));
        assert!(items(&world, &field.noc, "/api/v1/work-orders?review=true").await.is_empty());
        pdf(&field.sales).await;
    })
    .await;
}

#[tokio::test]
async fn a_conversion_happens_once_and_says_what_is_missing() {
    world::both(async |world: World| {
        let field = Field::open(&world).await;
        let lead = async |change: Value| {
            let mut form = json!({ "name": "Budi", "phone": "0812-3456-7890", "address": "Jl. Melati 5",
                                   "lat": PIN.0, "lon": PIN.1 });
            for (key, value) in change.as_object().unwrap() {
                form[key] = value.clone();
            }
            made(call(&world, &field.sales, "post", "/api/v1/leads", &form).await)
        };
        let convert = async |lead: &Value, body: Value| {
            let path = format!("/api/v1/leads/{}/convert", lead.as_str().unwrap());
            call(&world, &field.sales, "post", &path, &body).await
        };
        let bare = lead(json!({})).await;
        assert_eq!(convert(&bare, json!({})).await.fields(), "plan_id:required mode:required");
        let office = json!({ "plan_id": field.isp.postpaid_plan, "mode": "prepaid" });
        assert_eq!(convert(&bare, office).await.status, StatusCode::UNPROCESSABLE_ENTITY, "not sold prepaid");
        let chosen = json!({ "plan_id": field.isp.plan, "mode": "prepaid" });
        let path = format!("/api/v1/leads/{}/convert", bare.as_str().unwrap());
        let send = || world.ask("post", &path).session(&field.sales).json(&chosen).header("idempotency-key", "convert-0001").send();
        let (first, again) = (send().await, send().await);
        assert_eq!((first.status, first.json()), (StatusCode::CREATED, again.json()), "{:?}", first.json());
        assert_eq!(refusal(&convert(&bare, chosen.clone()).await), (409, "crm.lead_wrong_state".into()));
        // A second connection of the same customer.
        let second = lead(json!({ "name": "Budi kantor" })).await;
        let mut further = chosen.clone();
        further["customer_id"] = first.json()["customer_id"].clone();
        let further = convert(&second, further).await.json();
        assert_eq!((&further["customer_number"], &further["port"]), (&first.json()["customer_number"], &json!(2)));
        // Off the map sales must say that they sell all the same.
        let far = lead(json!({ "lat": -6.5 })).await;
        let refused = convert(&far, chosen.clone()).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{:?}", refused.json());
        assert_eq!(refusal(&convert(&json!(NOWHERE), json!({})).await), (404, "crm.lead_not_found".into()));
        let refused = call(&world, &field.noc, "post", &path, &chosen).await;
        assert_eq!(refusal(&refused), (403, "forbidden".into()));
    })
    .await;
}
