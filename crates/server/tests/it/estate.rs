//! One branch with everything in it: a record of every kind that an address or a body can name.

use std::collections::HashMap;

use axum::http::StatusCode;
use crm::Mode;
use data_encoding::BASE64;
use identity::Role;
use kernel::{Cause, PartnerId, RunId, UserId};
use network::RecordKind;
use serde_json::{Value, json};
use store::testing::cause;
use store::{QueryExt, Tx, Value as Sql, args};

use crate::http_billing::{FIRST, open, post};
use crate::http_gateway::{activate, offered, told};
use crate::isp::{client, get, items, made, parsed};
use crate::street::{Home, Street, later};
use crate::world::{Reply, World};

/// In every name of the branch: what nobody elsewhere may ever read.
pub(crate) const MARK: &str = "Rahasia";
const JPEG: [u8; 6] = [0xff, 0xd8, 0xff, 0xe0, 0, 7];

/// The branch (Jakarta), and what is in it by name.
pub(crate) struct Estate {
    pub(crate) street: Street,
    pub(crate) keeper: String,
    pub(crate) technician: String,
    pub(crate) reseller: String,
    /// Ids by what they are: `customer`, `invoice`, `draft`, `work-order` …
    ids: HashMap<&'static str, Value>,
}

impl Estate {
    /// The id of the branch's `what`, as an address has it.
    pub(crate) fn id(&self, what: &str) -> String {
        match self.ids.get(what) {
            Some(Value::String(text)) => text.clone(),
            other => panic!("the estate has no {what}: {other:?}"),
        }
    }
    /// The ids that nobody elsewhere may read. What is the whole ISP's (plans, types of items) is not among
    /// them.
    pub(crate) fn own_ids(&self) -> impl Iterator<Item = (&'static str, String)> {
        const COMMON: &[&str] =
            &["plan", "profile", "type", "cable", "run", "branch", "supplier", "other plan"];
        self.ids.keys().filter(|what| !COMMON.contains(what)).map(|what| (*what, self.id(what)))
    }

    pub(crate) async fn build(world: &World) -> Self {
        let street = open(world).await;
        let jakarta = street.isp.jakarta;
        let staff =
            async |name: &str, role: Role| client(world, name, role, Some(jakarta), None).await;
        let (keeper_id, keeper) = staff("gudang.a", Role::Warehouse).await;
        let (andi, technician) = staff("andi.a", Role::Technician).await;
        let partner =
            json!({ "code": "MA", "name": format!("Mitra {MARK}"), "phone": "081277770000" });
        let partner = made(post(world, &street.finance, "/api/v1/partners", partner).await);
        let reseller =
            client(world, "mitra.a", Role::Reseller, Some(jakarta), Some(parsed(&partner))).await.1;
        let ids = HashMap::from([
            ("branch", json!(jakarta)),
            ("plan", street.isp.plan.clone()),
            ("other plan", street.isp.postpaid_plan.clone()),
            ("user", json!(keeper_id)),
            ("technician", json!(andi)),
            ("partner", partner),
            ("nas", json!(street.router)),
        ]);
        let mut estate = Self { street, keeper, technician, reseller, ids };
        estate.people(world).await;
        estate.map(world).await;
        estate.stock(world, andi).await;
        estate.sales(world).await;
        estate.field(world, andi).await;
        estate.money(world).await;
        estate.network(world).await;
        estate.rest(world).await;
        estate
    }

    async fn make(&self, world: &World, who: &str, path: &str, body: Value) -> Value {
        let reply = post(world, who, path, body).await;
        assert!(reply.status.is_success(), "{path}: {} {:?}", reply.status, reply.json());
        reply.json()
    }

    async fn one(&self, world: &World, sql: &str, values: Vec<Sql>) -> Value {
        let found: Option<uuid::Uuid> = world.db.reader().value_opt(sql, values).await.unwrap();
        json!(found.unwrap_or_else(|| panic!("nothing found by {sql}")))
    }

    /// A token and a login of somebody of the branch.
    async fn people(&mut self, world: &World) {
        let body = json!({ "name": format!("Laporan {MARK}"), "permissions": ["plan_read"],
                           "expires_at": world.now().plus_days(30) });
        let token = self.make(world, &self.street.finance, "/api/v1/tokens", body).await;
        self.ids.insert("token", token["id"].clone());
        let logins = items(world, &self.street.finance, "/api/v1/me/sessions").await;
        self.ids.insert("login", logins[0]["id"].clone());
        let profiles = items(world, &self.street.noc, "/api/v1/profiles").await;
        self.ids.insert("profile", profiles[0]["id"].clone());
    }

    async fn map(&mut self, world: &World) {
        let ring =
            [[106.80, -6.21], [106.82, -6.21], [106.82, -6.19], [106.80, -6.19], [106.80, -6.21]];
        let area = json!({ "name": format!("Menteng {MARK}"),
                           "polygon": { "type": "Polygon", "coordinates": [ring] } });
        let area = self.make(world, &self.street.noc, "/api/v1/areas", area).await;
        let odp = json!({ "code": "ODP-RAHASIA", "name": format!("Tiang {MARK}"), "lat": -6.2,
                          "lon": 106.81, "ports": 8, "reach_m": 250 });
        let odp = self.make(world, &self.street.noc, "/api/v1/odps", odp).await;
        self.ids.insert("area", area["id"].clone());
        self.ids.insert("odp", odp["id"].clone());
    }

    async fn stock(&mut self, world: &World, andi: UserId) {
        let keeper = self.keeper.clone();
        let place = json!({ "kind": "warehouse", "name": format!("Gudang {MARK}") });
        let place = self.make(world, &keeper, "/api/v1/locations", place).await["id"].clone();
        let bag = json!({ "kind": "bag", "technician_id": andi });
        let bag = self.make(world, &keeper, "/api/v1/locations", bag).await["id"].clone();
        let modem = json!({ "code": "ONT-1", "name": "ONT HG8145V5", "kind": "ont", "unit": "pcs",
                            "serialized": true, "value": 350_000 });
        let modem = self.make(world, &keeper, "/api/v1/item-types", modem).await["id"].clone();
        let cable = json!({ "code": "DROP", "name": "Kabel drop", "kind": "cable", "unit": "m",
                            "serialized": false });
        let cable = self.make(world, &keeper, "/api/v1/item-types", cable).await["id"].clone();
        let delivery = json!({ "warehouse_id": place, "type_id": modem, "document": "SJ-1",
            "lines": [{ "serial": "RAHASIA001" }, { "serial": "RAHASIA002" }] });
        self.make(world, &keeper, "/api/v1/items/receive", delivery).await;
        let hand = json!({ "serials": ["RAHASIA001"], "to_location_id": bag, "how": "scanned" });
        self.make(world, &keeper, "/api/v1/moves", hand).await;
        let accept = json!({ "serials": ["RAHASIA001"] });
        self.make(world, &self.technician, "/api/v1/bag/accept", accept).await;
        let counted = json!({ "type_id": cable, "to_location_id": place, "quantity": 100 });
        self.make(world, &keeper, "/api/v1/moves/counted", counted).await;
        let item = get(world, &keeper, "/api/v1/items/RAHASIA001").await["id"].clone();
        let supplier = json!({ "name": format!("Pemasok {MARK}"), "contact": MARK });
        let supplier = self.make(world, &keeper, "/api/v1/suppliers", supplier).await;
        self.ids.insert("supplier", supplier["id"].clone());
        let order = json!({ "supplier_id": self.id("supplier"), "warehouse_id": place, "note": MARK,
            "lines": [{ "type_id": modem, "quantity": 1, "price": 350_000 }] });
        let order = self.make(world, &keeper, "/api/v1/purchases", order).await;
        self.ids.insert("purchase line", order["lines"][0]["id"].clone());
        self.ids.insert("purchase", order["id"].clone());
        for (what, id) in [
            ("location", place),
            ("bag", bag),
            ("type", modem),
            ("cable", cable),
            ("item", item),
            ("serial", json!("RAHASIA001")),
            ("serial in store", json!("RAHASIA002")),
        ] {
            self.ids.insert(what, id);
        }
    }

    /// A lead, and two customers of the branch's reseller.
    async fn sales(&mut self, world: &World) {
        later(world, 1);
        let lead = json!({ "name": format!("Calon {MARK}"), "phone": "0813-3456-7890",
                           "address": format!("Jl. {MARK} 9"), "plan_id": self.street.isp.plan,
                           "mode": "prepaid", "lat": -6.2, "lon": 106.81 });
        let lead = self.make(world, &self.street.sales, "/api/v1/leads", lead).await;
        self.ids.insert("lead", lead["id"].clone());
        let home = self.connect(world, "Ani", Mode::Prepaid).await;
        let order = "select id from crm_order where customer_id = $1";
        let order = self.one(world, order, args![home.customer]).await;
        let job = "select id from fulfilment_work_order where subscription_id = $1";
        let job = self.one(world, job, args![home.subscription]).await;
        let invoice = self.street.invoice(world, &home).await;
        for (what, id) in [
            ("customer", json!(home.customer)),
            ("subscription", json!(home.subscription)),
            ("account", json!(home.account)),
            ("order", order),
            ("work-order", job),
            ("invoice", json!(invoice)),
        ] {
            self.ids.insert(what, id);
        }
        later(world, 60);
        self.street.report(world, &home, RecordKind::Start, "s1", 0).await;
        let session = "select id from network_session where subscription_id = $1";
        let session = self.one(world, session, args![home.subscription]).await;
        self.ids.insert("session", session);
    }

    async fn connect(&self, world: &World, name: &str, mode: Mode) -> Home {
        let partner: PartnerId = parsed(&self.ids["partner"]);
        let name = format!("{name} {MARK}");
        self.street.connect(world, &name, mode, self.street.isp.jakarta, Some(partner)).await
    }

    /// The order is given to the branch's technician, who is there and takes a photo.
    async fn field(&mut self, world: &World, andi: UserId) {
        let job = self.id("work-order");
        let path = format!("/api/v1/work-orders/{job}");
        let today = world.now().day(kernel::Zone::Jakarta);
        let body = json!({ "technicians": [andi], "scheduled_on": today });
        self.make(world, &self.street.noc, &format!("{path}/assign"), body).await;
        let ops: Vec<Value> = ["accept", "on_the_way", "on_site"]
            .iter()
            .zip(1..)
            .map(|(kind, seq)| {
                json!({ "op_id": op_id(seq), "v": 1, "device": "hp-1", "seq": seq,
                        "occurred_at": world.now().plus_secs(seq), "subject": job,
                        "based_on": (seq > 1).then(|| op_id(seq - 1)), "body": { "kind": kind } })
            })
            .collect();
        let done =
            self.make(world, &self.technician, "/api/v1/field/ops", json!({ "ops": ops })).await;
        assert_eq!(done["results"][2]["result"], "applied", "{done}");
        // One that no order of theirs has: it stands in the list of troubled steps.
        let lost = json!({ "op_id": op_id(9), "v": 1, "device": "hp-1", "seq": 9,
                           "occurred_at": world.now(), "subject": job, "based_on": null,
                           "body": { "kind": "dance" } });
        self.make(world, &self.technician, "/api/v1/field/ops", json!({ "ops": [lost] })).await;
        // Came to work, with a picture.
        let comes = json!({ "op_id": op_id(20), "v": 1, "device": "hp-1", "seq": 20,
                            "occurred_at": world.now(), "subject": andi, "based_on": null,
                            "body": { "kind": "check_in", "lat": -6.2, "lon": 106.81,
                                      "accuracy_m": 7, "data": BASE64.encode(&JPEG) } });
        let done = self
            .make(world, &self.technician, "/api/v1/field/ops", json!({ "ops": [comes] }))
            .await;
        assert_eq!(done["results"][0]["result"], "applied", "{done}");
        let own = get(world, &self.technician, "/api/v1/me/attendance").await;
        self.ids.insert("attendance", own["items"][0]["id"].clone());
        let photo = world
            .ask("post", &format!("{path}/photos?what=other"))
            .session(&self.technician)
            .header("content-type", "image/jpeg");
        let photo: Reply = photo.bytes(&JPEG).send().await;
        assert!(photo.status.is_success(), "{:?}", photo.json());
        self.ids.insert("photo", photo.json()["id"].clone());
        self.ticket(world).await;
        self.request(world).await;
    }

    /// Something is wrong at the customer's, with a picture of it.
    /// The reseller asks for the end of a sub-customer's subscription.
    async fn request(&mut self, world: &World) {
        let body = json!({ "subscription_id": self.id("subscription"), "kind": "contact",
                           "note": format!("pindah ke {MARK}") });
        let request = self.make(world, &self.reseller, "/api/v1/requests", body).await;
        self.ids.insert("request", request["id"].clone());
    }

    async fn ticket(&mut self, world: &World) {
        let body = json!({ "subscription_id": self.id("subscription"), "category": "no_internet",
                           "subject": format!("Mati {MARK}"), "text": format!("Kata {MARK}") });
        let sales = self.street.sales.clone();
        let ticket = self.make(world, &sales, "/api/v1/tickets", body).await;
        self.ids.insert("ticket", ticket["id"].clone());
        let path = format!("/api/v1/tickets/{}/photos", self.id("ticket"));
        let photo = world.ask("post", &path).session(&sales).header("content-type", "image/jpeg");
        let photo: Reply = photo.bytes(&JPEG).send().await;
        assert!(photo.status.is_success(), "{:?}", photo.json());
        self.ids.insert("ticket photo", photo.json()["story"][1]["photo_id"].clone());
    }

    async fn money(&mut self, world: &World) {
        let finance = self.street.finance.clone();
        let second = client(world, "fina.a", Role::Finance, Some(self.street.isp.jakarta), None);
        let second = second.await.1;
        let (customer, subscription) = (self.id("customer"), self.id("subscription"));
        let invoice = format!("/api/v1/invoices/{}", self.id("invoice"));
        let part = json!({ "customer_id": customer, "channel": "cash", "amount": 1_000 });
        let payment = self.make(world, &finance, "/api/v1/payments", part).await;
        self.ids.insert("payment", payment["payment_id"].clone());
        let reverse = format!("/api/v1/payments/{}/reverse", self.id("payment"));
        let why = json!({ "why": format!("salah {MARK}") });
        let approval = self.make(world, &finance, &reverse, why.clone()).await;
        self.ids.insert("approval", approval["id"].clone());
        let kept = json!({ "kind": "pph23", "amount": 1_500 });
        let kept = self.make(world, &finance, &format!("{invoice}/withholdings"), kept).await;
        self.ids.insert("withholding", kept["id"].clone());
        let draft = json!({ "customer_id": customer, "draft": true, "key": "SPK-9",
                            "lines": [{ "name": "Geser kabel", "amount": 100_000 }] });
        let draft = self.make(world, &finance, "/api/v1/invoices", draft).await;
        self.ids.insert("draft", draft["id"].clone());

        let other = self.connect(world, "Budi", Mode::Prepaid).await;
        let credited = self.street.invoice(world, &other).await;
        let credit = format!("/api/v1/invoices/{credited}/credit-notes");
        let asked = self.make(world, &second, &credit, why).await;
        let approve = format!("/api/v1/approvals/{}/approve", asked["id"].as_str().unwrap());
        self.make(world, &finance, &approve, Value::Null).await;
        let note = "select id from billing_credit_note where invoice_id = $1";
        let note = self.one(world, note, args![credited]).await;
        self.ids.insert("credit-note", note);

        let third = self.connect(world, "Cici", Mode::Postpaid).await;
        let at = format!("/api/v1/subscriptions/{}", third.subscription);
        let extra = json!({ "kind": "add_on", "name": "IP tetap", "amount": 50_000,
                            "from": "2026-12-01" });
        let extra = self.make(world, &self.street.sales, &format!("{at}/extras"), extra).await;
        self.ids.insert("extra", extra["extras"][0]["id"].clone());
        let change = json!({ "plan_id": self.street.isp.postpaid_plan, "from_day": "2026-12-10" });
        let change =
            self.make(world, &self.street.sales, &format!("{at}/plan-change"), change).await;
        self.ids.insert("change", change["id"].clone());
        self.ids.insert("changed subscription", json!(third.subscription));
        let hold = json!({ "subscription_id": third.subscription, "why": format!("cek {MARK}") });
        self.make(world, &finance, "/api/v1/holds/manual", hold.clone()).await;
        self.make(world, &self.street.noc, "/api/v1/holds/abuse", hold).await;

        let promise = json!({ "subscription_id": subscription, "until": "2026-11-24" });
        self.make(world, &self.street.sales, "/api/v1/promises", promise).await;
        let promises = format!("/api/v1/subscriptions/{subscription}/promises");
        let promises = items(world, &self.street.sales, &promises).await;
        self.ids.insert("promise", promises[0]["id"].clone());
        let vouchers = json!({ "plan_id": self.street.isp.plan, "days": 30, "count": 2,
                               "price": 277_500, "expires_on": "2027-06-30" });
        let vouchers = self.make(world, &finance, "/api/v1/vouchers", vouchers).await;
        self.ids.insert("voucher", vouchers["id"].clone());
        let codes = format!("/api/v1/vouchers/{}/codes", self.id("voucher"));
        let code = items(world, &finance, &codes).await[0]["code"].clone();
        self.ids.insert("code", code);
        self.gateway(world).await;
        self.cash(world).await;
        let wallet = format!("/api/v1/wallet/{}/top-up", self.id("partner"));
        let top_up = json!({ "amount": 400_000, "channel": "transfer", "reference": "TRF-1" });
        let top_up = self.make(world, &self.reseller, &wallet, top_up).await;
        self.ids.insert("top-up", top_up["id"].clone());
        let today = world.now().day(kernel::Zone::Jakarta);
        let done = billing::issue::run(
            &world.db,
            &world.now(),
            &Cause::system(world.now(), "test"),
            today,
        )
        .await;
        self.ids.insert("run", json!(done.unwrap().run));
    }

    /// A drawer that waits for a second person, money handed over to it, a line of the bank.
    async fn cash(&mut self, world: &World) {
        let finance = self.street.finance.clone();
        let collected = json!({ "customer_id": self.id("customer"), "amount": 2_000 });
        let sales = self.street.sales.clone();
        let taken = self.make(world, &sales, "/api/v1/cash/collections", collected).await;
        self.ids.insert("collection", taken["payment_id"].clone());
        let open = json!({ "float": 50_000, "branch_id": self.id("branch") });
        let drawer = self.make(world, &finance, "/api/v1/cash/drawers", open).await;
        self.ids.insert("drawer", drawer["id"].clone());
        let holder = items(world, &finance, "/api/v1/cash/holders").await[0]["user_id"].clone();
        self.ids.insert("holder", holder.clone());
        let over = json!({ "collector_id": holder, "amount": 1_000 });
        let over = self.make(world, &finance, "/api/v1/cash/handovers", over).await;
        self.ids.insert("handover", over["id"].clone());
        let count = format!("/api/v1/cash/drawers/{}/count", self.id("drawer"));
        let counted = json!({ "counted": 1_000, "why": format!("hilang {MARK}") });
        self.make(world, &finance, &count, counted).await;
        let text = format!("Tanggal,Keterangan,Jumlah\n01/11/2026,TRSF {MARK},50000");
        let file = json!({ "account": "BCA 1", "file_name": "a.csv", "content": text });
        let whole = client(world, "fina.pusat", Role::Finance, None, None).await.1;
        self.make(world, &whole, "/api/v1/bank/imports", file).await;
        let line = items(world, &whole, "/api/v1/bank/lines").await[0]["id"].clone();
        self.ids.insert("bank-line", line);
    }

    /// A payment begun at the gateway, and money of another amount that came for it.
    async fn gateway(&mut self, world: &World) {
        let remote = offered(world);
        let body = json!({ "invoice_id": self.id("invoice") });
        let intent = self.make(world, &self.reseller, "/api/v1/intents", body).await;
        self.ids.insert("intent", intent["id"].clone());
        let named = "select reference from billing_intent where id = $1";
        let id: uuid::Uuid = self.id("intent").parse().unwrap();
        let reference: String = world.db.reader().value(named, args![id]).await.unwrap();
        let notice =
            remote.pay(&reference, Some(kernel::Money::rupiah(12_345)), world.now()).unwrap();
        assert_eq!(told(world, &notice).await.status, StatusCode::OK);
        activate(world).await;
        let notice = self.one(world, "select id from billing_notice", args![]).await;
        self.ids.insert("notice", notice);
    }

    async fn network(&mut self, world: &World) {
        let account: kernel::AccountId = parsed(&self.ids["account"]);
        let branch = self.street.isp.jakarta;
        let at = world.now();
        let done = world.db.write(&cause(at), async |tx: &mut Tx| {
            let username: String = tx
                .value("select username from network_account where id = $1", args![account])
                .await?;
            let seen = network::reject::RejectSeen {
                username,
                reason: network::words::RejectReason::MacDiffers,
                nas: "BRAS-1".into(),
                nas_branch: Some(branch),
                account: Some(account),
                mac_seen: network::Mac::parse("A0:B2:C3:D4:E5:99"),
                mac_expected: None,
                first_at: at,
                last_at: at,
                count: 1,
                detail: json!({}),
            };
            network::reject::record(tx, &[seen]).await
        });
        done.await.unwrap();
    }

    /// Messages, a stopped sweep, a trail.
    async fn rest(&mut self, world: &World) {
        flows::tasks::drain_outbox(&world.db, world.now(), 500).await.unwrap();
        let customer: kernel::CustomerId = parsed(&self.ids["customer"]);
        let message =
            "select id from notification_message where customer_id = $1 order by id limit 1";
        let message = self.one(world, message, args![customer]).await;
        let branch = self.street.isp.jakarta;
        let done = world.db.write(&cause(world.now()), async |tx: &mut Tx| {
            let id: RunId = tx.new_id();
            tx.exec(
                "insert into flows_sweep (id, branch_id, mode, instant, reached, isolated, state,
                   doubt, created_at) values ($1,$2,'postpaid',$3,200,150,'waiting',$4,$3)",
                args![id, branch, tx.now(), json!({ "kind": "silent", "hours": 7 })],
            )
            .await?;
            tx.exec(
                "update notification_message set state = 'dead' where customer_id = $1",
                args![customer],
            )
            .await?;
            Ok(id)
        });
        let sweep = json!(done.await.unwrap());
        let trail = "select trail from store_journal where subject_id = $1 limit 1";
        let payment: kernel::PaymentId = parsed(&self.ids["payment"]);
        let trail = self.one(world, trail, args![payment]).await;
        for (what, id) in [("message", message), ("sweep", sweep), ("trail", trail)] {
            self.ids.insert(what, id);
        }
        let open = json!({ "location_id": self.id("location") });
        let count = self.make(world, &self.keeper, "/api/v1/counts", open).await;
        self.ids.insert("count", count["id"].clone());
        assert!(FIRST > 0 && self.ids.values().all(|id| !id.is_null()), "{:?}", self.ids);
    }
}

fn op_id(seq: i64) -> String {
    format!("0193a9d0-0000-7000-8000-{:012x}", 0xe000 + seq)
}
