//! Two installs, two technicians with devices in their bags, and the reactions wired. Built once; each
//! run starts from a copy of the same file.

use std::sync::Arc;

use catalog::write::{NewBranch, add_branch, set_company, set_plan, set_profile};
use catalog::{Company, Plan, Profile, ProfileKind, TaxMode};
use data_encoding::BASE64;
use flows::field::OpResult;
use fulfilment::field::FieldOp;
use fulfilment::{Kind, Mark, NewWorkOrder, State};
use identity::{NewUser, Role};
use inventory::bulk::{BulkMove, shift};
use inventory::item::{NewType, add_type};
use inventory::receive::{Line, Verdict, receive};
use inventory::{How, LocationKind, location, transfer};
use kernel::{
    Actor, BranchId, Cause, CustomerId, Day, Id, ItemId, ItemTypeId, LocationId, Money, PlanId,
    Result, Scope, SubscriptionId, Ts, UserId, WorkOrderId, Zone,
};
use network::Sealer;
use serde_json::json;
use store::dialect::Dialect;
use store::testing::{cause, now};
use store::{Db, Query, QueryExt, Tx, args};

/// Stand for the first and second order in ops that are written before there is a world.
pub const FIRST: &str = "0193a9d0-0000-7000-8000-0000000000f1";
pub const SECOND: &str = "0193a9d0-0000-7000-8000-0000000000f2";
/// Stands for the item type of the drop cable.
pub const CABLE: &str = "0193a9d0-0000-7000-8000-0000000000cc";
const PASSWORD: &str = "kuda lumping 7";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Andi,
    Sari,
}

impl Who {
    pub fn name(self) -> &'static str {
        match self {
            Self::Andi => "Andi",
            Self::Sari => "Sari",
        }
    }
    fn username(self) -> String {
        self.name().to_lowercase()
    }
    pub async fn id(self, q: &mut dyn Query) -> UserId {
        identity::user::by_username(q, &self.username()).await.unwrap().unwrap().id
    }
    pub async fn actor(self, q: &mut dyn Query) -> Actor {
        let user = identity::user::by_username(q, &self.username()).await.unwrap().unwrap();
        identity::actor::actor_of(&user, None, None)
    }
}

/// How far the first order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    Assigned,
    /// Both technicians stand at the customer's.
    OnSite,
}

/// The devices' ops: `n` makes the id, `before` the one it is based on.
pub fn op(
    n: u8,
    seq: i64,
    subject: impl ToString,
    before: Option<u8>,
    body: serde_json::Value,
) -> FieldOp {
    FieldOp {
        op_id: thing(n),
        v: fulfilment::field::PROTOCOL,
        device: "hp-1".into(),
        seq,
        occurred_at: now().plus_secs(i64::from(n) * 60),
        subject: subject.to_string().parse().unwrap(),
        based_on: before.map(|n| thing::<()>(n).to_string()),
        body,
    }
}

/// An op with a small photo.
pub fn photo(n: u8, seq: i64, subject: impl ToString, before: Option<u8>, what: &str) -> FieldOp {
    let bytes = BASE64.encode(&[0xff, 0xd8, 0xff, 0xe0, n]);
    let body = json!({"kind": "photo", "what": what, "mime": "image/jpeg", "data": bytes});
    op(n, seq, subject, before, body)
}

fn thing<T>(n: u8) -> Id<T> {
    format!("0193a9d0-0000-7000-8000-0000000001{n:02x}").parse().unwrap()
}

pub struct World {
    pub db: Db,
    orders: [WorkOrderId; 2],
    cable: ItemTypeId,
    /// Every table as it was at the start, under another name.
    tables: Vec<String>,
    _dir: Option<tempfile::TempDir>,
}

impl World {
    /// Builds the start on SQLite.
    pub async fn new(start: Start) -> Self {
        let (db, dir) = store::testing::sqlite(&flows::schema()).await;
        Self { _dir: Some(dir), ..Self::on(&db, start).await }
    }

    /// Builds the start on this database, and keeps a copy of it to go back to.
    pub async fn on(db: &Db, start: Start) -> Self {
        db.with_ext(Arc::new(Sealer::new(1, [5; 32])));
        flows::wire(db);
        let made = build(db).await;
        if start == Start::OnSite {
            for who in [Who::Andi, Who::Sari] {
                let actor = who.actor(&mut db.reader()).await;
                arrive(db, &actor, made.orders[0]).await;
            }
        }
        let tables = snapshot(db).await;
        let Made { orders, cable } = made;
        Self { db: db.clone(), orders, cable, tables, _dir: None }
    }

    /// Goes back to the start.
    pub async fn reset(&self) {
        let without_keys = match self.db.dialect() {
            Dialect::Sqlite => "pragma defer_foreign_keys = on",
            Dialect::Postgres => "set local session_replication_role = replica",
        };
        let tables = &self.tables;
        self.db
            .write(&cause(now()), async |tx: &mut Tx| {
                tx.exec(without_keys, args![]).await?;
                for table in tables {
                    tx.exec(&format!("delete from {table}"), args![]).await?;
                    let back = format!("insert into {table} select * from start_{table}");
                    tx.exec(&back, args![]).await?;
                }
                Ok(())
            })
            .await
            .unwrap();
    }

    pub fn order(&self, n: usize) -> WorkOrderId {
        self.orders[n - 1]
    }

    pub async fn state(&self, n: usize) -> State {
        let order = fulfilment::find(&mut self.db.reader(), &Scope::all(), self.order(n)).await;
        order.unwrap().state
    }

    /// Sends ops as this technician's phone does.
    pub async fn send(&self, at: Ts, who: Who, ops: &[FieldOp]) -> Result<Vec<OpResult>> {
        let actor = who.actor(&mut self.db.reader()).await;
        let ops: Vec<FieldOp> = ops.iter().map(|op| self.real(op)).collect();
        flows::field::apply(&self.db, &Cause::new(at, actor), &ops).await
    }

    /// The op with the ids of this world in place of what stands for them.
    fn real(&self, op: &FieldOp) -> FieldOp {
        let subject = match op.subject.to_string().as_str() {
            FIRST => self.orders[0],
            SECOND => self.orders[1],
            _ => op.subject,
        };
        let body = op.body.to_string().replace(CABLE, &self.cable.to_string());
        FieldOp { subject, body: body.parse().unwrap(), ..op.clone() }
    }

    pub async fn lock_out(&self, who: Who) {
        let user = who.id(&mut self.db.reader()).await;
        self.db
            .write(&cause(now()), async |tx: &mut Tx| identity::user::disable(tx, user).await)
            .await
            .unwrap();
    }

    /// Andi installs the first order; answers the subscription.
    pub async fn install(&self) -> SubscriptionId {
        let first = self.order(1);
        let scan = json!({"kind": "scan", "serial": "ZTEA1", "how": "scanned"});
        let ops = [
            op(50, 50, first, None, scan),
            photo(51, 51, first, Some(50), "installation"),
            op(52, 52, first, Some(51), json!({"kind": "done", "note": "belum dinyalakan"})),
        ];
        self.send(now(), Who::Andi, &ops).await.unwrap();
        let order = fulfilment::find(&mut self.db.reader(), &Scope::all(), first).await.unwrap();
        assert_eq!(order.state, State::Done);
        order.subscription_id
    }

    /// A dismantle order with Sari at the customer's.
    pub async fn dismantle(&self, subscription: SubscriptionId) -> WorkOrderId {
        self.visit(Kind::Dismantle, subscription).await
    }

    /// The technician is sent there, and stands at the customer's.
    pub async fn arrive(&self, who: Who, order: WorkOrderId) {
        let db = &self.db;
        let user = who.id(&mut db.reader()).await;
        let assign =
            async |tx: &mut Tx| fulfilment::assign(tx, order, &[user], today()).await.map(drop);
        db.write(&cause(now()), assign).await.unwrap();
        arrive(db, &who.actor(&mut db.reader()).await, order).await;
    }

    /// An order of this kind with Sari at the customer's.
    pub async fn visit(&self, kind: Kind, subscription: SubscriptionId) -> WorkOrderId {
        let db = &self.db;
        let order = fulfilment::find(&mut db.reader(), &Scope::all(), self.order(1)).await.unwrap();
        let sari = Who::Sari.id(&mut db.reader()).await;
        let id = db
            .write(&cause(now()), async |tx: &mut Tx| {
                let new = NewWorkOrder {
                    kind,
                    subscription,
                    customer: order.customer_id,
                    branch: order.branch_id,
                    partner: None,
                    address: String::new(),
                    site_lat: None,
                    site_lon: None,
                    note: String::new(),
                    odp: None,
                };
                let id = fulfilment::open(tx, new).await?.id;
                fulfilment::assign(tx, id, &[sari], today()).await?;
                Ok(id)
            })
            .await
            .unwrap();
        let actor = Who::Sari.actor(&mut db.reader()).await;
        arrive(db, &actor, id).await;
        id
    }
}

/// The rooms that steps reach: only their tables change.
const REACHED: [&str; 5] = ["fulfilment_", "inventory_", "billing_", "network_", "store_"];

/// Copies every table that steps may change; answers their names.
async fn snapshot(db: &Db) -> Vec<String> {
    let sql = match db.dialect() {
        Dialect::Sqlite => {
            "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'"
        }
        Dialect::Postgres => {
            "select cast(table_name as text) from information_schema.tables
             where table_schema = current_schema()"
        }
    };
    let mut tables: Vec<String> = db.reader().values(sql, args![]).await.unwrap();
    tables.retain(|table| REACHED.iter().any(|room| table.starts_with(room)));
    let copied = tables.clone();
    db.write(&cause(now()), async move |tx: &mut Tx| {
        for table in copied {
            let copy = format!("create table start_{table} as select * from {table}");
            tx.exec(&copy, args![]).await?;
        }
        Ok(())
    })
    .await
    .unwrap();
    tables
}

pub fn today() -> Day {
    now().day(Zone::Jakarta)
}

async fn arrive(db: &Db, actor: &Actor, order: WorkOrderId) {
    db.write(&Cause::new(now(), actor.clone()), async |tx: &mut Tx| {
        let mark = Mark::at(now());
        fulfilment::accept(tx, order, mark).await?;
        fulfilment::on_the_way(tx, order, mark).await?;
        fulfilment::on_site(tx, order, mark).await
    })
    .await
    .unwrap();
}

#[derive(Clone, Copy)]
struct Made {
    orders: [WorkOrderId; 2],
    cable: ItemTypeId,
}

async fn build(db: &Db) -> Made {
    let (branch, plan) = db.write(&cause(now()), shop).await.unwrap();
    let users = db
        .write(&cause(now()), async |tx: &mut Tx| {
            user(tx, "owner", "Pemilik", Role::Owner).await?;
            Ok([
                user(tx, "andi", "Andi", Role::Technician).await?,
                user(tx, "sari", "Sari", Role::Technician).await?,
            ])
        })
        .await
        .unwrap();
    let cable =
        db.write(&cause(now()), async |tx: &mut Tx| stock(tx, branch, users).await).await.unwrap();
    let orders = db
        .write(&cause(now()), async |tx: &mut Tx| {
            let first = install(tx, branch, plan, "Budi", &users).await?;
            let second = install(tx, branch, plan, "Citra", &users[1..]).await?;
            Ok([first, second])
        })
        .await
        .unwrap();
    Made { orders, cable }
}

async fn shop(tx: &mut Tx) -> Result<(BranchId, PlanId)> {
    let company = Company {
        id: tx.new_id(),
        name: "Sambung Net".into(),
        legal_name: "PT Sambung Net".into(),
        npwp: None,
        address: "Jl. Merdeka 1".into(),
        phone: "0215550001".into(),
        email: "halo@example.net".into(),
        is_pkp: false,
    };
    set_company(tx, &company).await?;
    let branch = NewBranch {
        code: "JKT".into(),
        name: "Jakarta".into(),
        zone: Zone::Jakarta,
        address: "Jl. Merdeka 1".into(),
        lat: -6.2,
        lon: 106.8,
    };
    let branch = add_branch(tx, &branch).await?;
    let mut profile = Profile {
        id: tx.new_id(),
        code: "P20".into(),
        name: "20 Mbps".into(),
        kind: ProfileKind::Plan,
        rate_down_kbps: 20_000,
        rate_up_kbps: 10_000,
        attributes: Vec::new(),
        archived: false,
    };
    let plan_profile = set_profile(tx, &profile).await?;
    profile.id = tx.new_id();
    profile.code = "ISOLIR".into();
    profile.kind = ProfileKind::Isolation;
    set_profile(tx, &profile).await?;
    let plan = Plan {
        id: tx.new_id(),
        code: "HOME".into(),
        name: "Home".into(),
        tax: TaxMode::None,
        prepaid_allowed: true,
        postpaid_allowed: true,
        profile_id: plan_profile,
        fup_profile_id: None,
        quota_bytes: None,
        install_fee: Money::ZERO,
        external_id: None,
        archived: false,
    };
    let plan = set_plan(tx, &plan, Money::rupiah(250_000), today().first_of_month()).await?;
    Ok((branch, plan))
}

async fn user(tx: &mut Tx, username: &str, name: &str, role: Role) -> Result<UserId> {
    let new = NewUser {
        username: username.into(),
        name: name.into(),
        phone: None,
        email: None,
        password: PASSWORD.into(),
        roles: vec![role],
        branch: None,
        partner: None,
    };
    identity::user::create(tx, new).await
}

/// Two devices in Andi's bag, one and a hundred metres of cable in Sari's.
async fn stock(tx: &mut Tx, branch: BranchId, users: [UserId; 2]) -> Result<ItemTypeId> {
    let warehouse = location::add(tx, LocationKind::Warehouse, "Gudang", branch).await?;
    let kind = |sku: &str, unit: &str, serialized| NewType {
        sku: sku.into(),
        name: sku.into(),
        kind: "ont".into(),
        unit: unit.into(),
        serialized,
        value: Money::rupiah(350_000),
    };
    let ont = add_type(tx, &kind("ZTE-F670", "pcs", true)).await?;
    let cable = add_type(tx, &kind("DROPCORE", "m", false)).await?;
    let andi = location::bag_of(tx, users[0], branch, "Tas Andi").await?;
    let sari = location::bag_of(tx, users[1], branch, "Tas Sari").await?;
    for (serial, mac, bag) in [
        ("ZTEA1", "4C5E0C1122A1", andi),
        ("ZTEA2", "4C5E0C1122A2", andi),
        ("ZTEB1", "4C5E0C1122B1", sari),
    ] {
        let line = Line { serial: serial.into(), mac: Some(mac.into()) };
        let verdicts = receive(tx, warehouse, ont, &[line], &How::Scanned, "SJ-1").await?;
        hand_over(tx, item_of(&verdicts), bag).await?;
    }
    for (from, to, key) in [(None, warehouse, "in"), (Some(warehouse), sari, "out")] {
        let delivery =
            BulkMove { item_type: cable, from, to: Some(to), quantity: 100, document: "SJ-1", key };
        shift(tx, &delivery).await?;
    }
    Ok(cable)
}

fn item_of(verdicts: &[Verdict]) -> ItemId {
    match verdicts {
        [Verdict::Received { item }] => *item,
        other => panic!("{other:?}"),
    }
}

async fn hand_over(tx: &mut Tx, item: ItemId, bag: LocationId) -> Result<()> {
    transfer::transfer(tx, &[item], bag, &How::Scanned, true).await.map(drop)
}

async fn install(
    tx: &mut Tx,
    branch: BranchId,
    plan: PlanId,
    name: &str,
    technicians: &[UserId],
) -> Result<WorkOrderId> {
    let customer = crm::customer::NewCustomer::new(name, "081200000001", branch);
    let customer: CustomerId = crm::customer::create(tx, customer).await?.id;
    let mode = billing::words::Mode::Postpaid;
    let new = billing::subscription::NewSubscription::of(customer, branch, plan, mode);
    let subscription = billing::subscription::create(tx, new).await?;
    let new = NewWorkOrder {
        kind: Kind::Install,
        subscription,
        customer,
        branch,
        partner: None,
        address: "Jl. Melati 5".into(),
        site_lat: Some(-6.2),
        site_lon: Some(106.8),
        note: String::new(),
        odp: None,
    };
    let order = fulfilment::open(tx, new).await?;
    fulfilment::assign(tx, order.id, technicians, today()).await?;
    Ok(order.id)
}
