//! An attached stock system, end to end: our warehouse, the connector over HTTP, the recorded server.

mod attached;
mod back;
mod drift;
mod told;

use std::sync::Arc;
use std::time::Duration;

use bridge::asset::{AssetSystem, PhotoRecord};
use bridge::finding::{self, Filter, Finding};
use bridge::{Engine, FindingState, Settle, Subject, Verdict, engine, link, mark};
use connectors::inventree::{InvenTree, Options};
use flows::adopt::asset::{self as adopt, Polled};
use flows::compare::asset as compare;
use flows::mirror::asset::{Assets, mark_all, operation};
use inventory::item::NewType;
use inventory::receive::{Line, Verdict as Received, receive};
use inventory::site::{Installation, install, take_back};
use inventory::transfer::{Fate, part_with, transfer};
use inventory::{How, Item, ItemState, LocationKind, find, location};
use kernel::clock::ManualClock;
use kernel::{
    BranchId, Cause, Clock, CustomerId, Fault, ItemId, ItemTypeId, LocationId, Money, Scope,
    SubscriptionId, Ts, UserId,
};
use serde_json::{Value, json};
use simulator::replay::inventree::{Mishap, Replay, TOKEN, TOKEN_VIEWER};
use store::{Db, FaultPoint, Sealer, Secret, Tx};

const ENGINE: Engine = Engine::Inventree;

struct Isp {
    db: Db,
    replay: Replay,
    system: Arc<InvenTree>,
    carrier: Assets,
    clock: ManualClock,
    branch: BranchId,
    warehouse: LocationId,
    bags: [LocationId; 2],
    ont: ItemTypeId,
    customer: CustomerId,
    subscription: SubscriptionId,
}

fn technician(n: u8) -> UserId {
    format!("0193a9d0-0000-7000-8000-0000000000{n:02}").parse().unwrap()
}

fn connector(replay: &Replay, token: &str, timeout: Duration) -> InvenTree {
    let options = Options { timeout, ..Options::new(replay.url(), Secret::new(token)) };
    InvenTree::new(options).unwrap()
}

/// Lives a story on SQLite, then on PostgreSQL.
async fn both<F: AsyncFnMut(Isp)>(mut story: F) {
    store::testing::both(&flows::schema(), async |db: Db| story(isp(db).await).await).await;
}

async fn isp(db: Db) -> Isp {
    db.with_ext(Arc::new(Sealer::new(1, [7; 32])));
    db.with_ext(Arc::new(crm::nik::Vault::new([9; 32])));
    flows::wire(&db);
    let now = store::testing::now();
    let replay = Replay::start(now).await.unwrap();
    let system = Arc::new(connector(&replay, TOKEN, Duration::from_secs(5)));
    let made = db
        .write(&Cause::system(now, "test"), async |tx: &mut Tx| {
            let branch = catalog::write::add_branch(
                tx,
                &catalog::write::NewBranch {
                    code: "JKT".into(),
                    name: "Jakarta".into(),
                    zone: kernel::Zone::Jakarta,
                    address: String::new(),
                    lat: -6.2,
                    lon: 106.8,
                },
            )
            .await?;
            let ont = NewType {
                sku: "ZTE-F670".into(),
                name: "ONT ZTE F670".into(),
                kind: "ont".into(),
                unit: "pcs".into(),
                serialized: true,
                value: Money::rupiah(350_000),
            };
            let new = crm::customer::NewCustomer::new("Budi Santoso", "081234567890", branch);
            let customer = crm::customer::create(tx, new).await?.id;
            let secret = Secret::new(TOKEN);
            engine::attach(tx, ENGINE, &json!({ "url": "loopback" }), &secret).await?;
            Ok((
                branch,
                location::add(tx, LocationKind::Warehouse, "Gudang Utama", branch).await?,
                location::bag_of(tx, technician(1), branch, "Tas Andi").await?,
                location::bag_of(tx, technician(2), branch, "Tas Sari").await?,
                inventory::item::add_type(tx, &ont).await?,
                customer,
            ))
        })
        .await
        .unwrap();
    let (branch, warehouse, andi, sari, ont, customer) = made;
    let subscription = subscribed(&db, now, branch, customer).await;
    Isp {
        carrier: Assets::new(system.clone()),
        db,
        replay,
        system,
        clock: ManualClock::at(now),
        branch,
        warehouse,
        bags: [andi, sari],
        ont,
        customer,
        subscription,
    }
}

/// A subscription on a plan of its own.
async fn subscribed(db: &Db, now: Ts, branch: BranchId, customer: CustomerId) -> SubscriptionId {
    use catalog::write::{set_plan, set_profile};
    db.write(&Cause::system(now, "test"), async |tx: &mut Tx| {
        let profile = |id, code: &str, kind| catalog::Profile {
            id,
            code: code.into(),
            name: code.into(),
            kind,
            rate_down_kbps: 20_000,
            rate_up_kbps: 20_000,
            attributes: vec![],
            archived: false,
        };
        let id = tx.new_id();
        set_profile(tx, &profile(id, "ISOLIR", catalog::ProfileKind::Isolation)).await?;
        let id = tx.new_id();
        let fast = set_profile(tx, &profile(id, "P20", catalog::ProfileKind::Plan)).await?;
        let plan = catalog::Plan {
            id: tx.new_id(),
            code: "HOME20".into(),
            name: "HOME20".into(),
            tax: catalog::TaxMode::Exclusive,
            prepaid_allowed: true,
            postpaid_allowed: true,
            profile_id: fast,
            fup_profile_id: None,
            quota_bytes: None,
            install_fee: Money::ZERO,
            external_id: None,
            archived: false,
        };
        let plan =
            set_plan(tx, &plan, Money::rupiah(250_000), "2026-01-01".parse().unwrap()).await?;
        let mode = billing::words::Mode::Postpaid;
        let new = billing::subscription::NewSubscription::of(customer, branch, plan, mode);
        billing::subscription::create(tx, new).await
    })
    .await
    .unwrap()
}

impl Isp {
    fn now(&self) -> Ts {
        self.clock.now()
    }
    /// Time goes on for both sides.
    fn later(&self, secs: i64) {
        self.clock.set(self.now().plus_secs(secs));
        self.replay.set_now(self.now());
    }
    async fn write<T: Send>(
        &self,
        work: impl AsyncFnOnce(&mut Tx) -> kernel::Result<T> + Clone,
    ) -> kernel::Result<T> {
        self.db.write(&Cause::system(self.now(), "test"), work).await
    }
    async fn received(&self, serial: &str) -> ItemId {
        let lines = [Line { serial: serial.into(), mac: None }];
        let verdicts = self
            .write(async |tx: &mut Tx| {
                receive(tx, self.warehouse, self.ont, &lines, &How::Scanned, "SJ-1").await
            })
            .await
            .unwrap();
        match &verdicts[0] {
            Received::Received { item } => *item,
            other => panic!("{other:?}"),
        }
    }
    async fn to(&self, item: ItemId, place: LocationId) {
        self.write(async |tx: &mut Tx| transfer(tx, &[item], place, &How::Scanned, true).await)
            .await
            .unwrap();
    }
    async fn installed(&self, serial: &str) {
        let new = Installation {
            subscription: self.subscription,
            branch: self.branch,
            technician: technician(1),
            serial,
            how: &How::Scanned,
            document: "SPK-1",
        };
        self.write(async |tx: &mut Tx| install(tx, &new).await).await.unwrap();
    }
    async fn item(&self, id: ItemId) -> Item {
        find::by_id(&mut self.db.reader(), &Scope::all(), id).await.unwrap()
    }
    /// Turns of the mirror until nothing is due.
    async fn mirror(&self) {
        for _ in 0..50 {
            let done = flows::mirror::turn(&self.db, &self.carrier, &self.clock).await.unwrap();
            if done.claimed == 0 {
                return;
            }
        }
        panic!("the mirror never ends");
    }
    async fn poll(&self) -> Polled {
        adopt::poll(&self.db, &*self.system, self.now()).await.unwrap()
    }
    async fn waiting(&self) -> i64 {
        mark::backlog(&mut self.db.reader(), ENGINE).await.unwrap().waiting
    }
    async fn findings(&self) -> Vec<Finding> {
        let filter =
            Filter { engine: Some(ENGINE), state: Some(FindingState::Open), ..Filter::default() };
        finding::list(&mut self.db.reader(), &filter, None, 50).await.unwrap()
    }
    /// As [`Isp::findings`], however many there are.
    async fn open(&self) -> Vec<Finding> {
        let filter =
            Filter { engine: Some(ENGINE), state: Some(FindingState::Open), ..Filter::default() };
        finding::list(&mut self.db.reader(), &filter, None, 10_000).await.unwrap()
    }
    async fn settle(&self, choice: Settle) {
        let open = self.findings().await;
        let [one] = open.as_slice() else { panic!("{open:?}") };
        self.write(async |tx: &mut Tx| {
            let found = finding::settle(tx, one.id, choice).await?;
            adopt::settled(tx, &found, choice).await
        })
        .await
        .unwrap();
    }
    /// The place's path, or the company's name, of the one item with this serial there.
    fn there(&self, serial: &str) -> String {
        let world = self.replay.world();
        let items = world.by_serial(serial);
        let [item] = items.as_slice() else { panic!("{} of {serial}", items.len()) };
        world.name_of(item)
    }
    /// The operations in the item's history, oldest first.
    fn told(&self, serial: &str) -> Vec<String> {
        let world = self.replay.world();
        let pk = world.by_serial(serial)[0].pk;
        let rows = world.tracks.iter().filter(|t| t.item == pk);
        rows.filter_map(|t| t.notes.split(' ').next().filter(|n| n.starts_with("op:")))
            .map(str::to_owned)
            .collect()
    }
    /// A person at the stock system's own screen.
    async fn by_hand(&self, method: &str, path: &str, body: Value) -> Value {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let answer = reqwest::Client::new()
            .request(method, format!("{}{path}", self.replay.url()))
            .header("Authorization", format!("Token {TOKEN}"))
            .json(&body)
            .send()
            .await
            .unwrap();
        let status = answer.status();
        let body: Value = answer.json().await.unwrap_or_default();
        assert!(status.is_success(), "{path}: {status} {body}");
        body
    }
    fn pk(&self, serial: &str) -> i64 {
        self.replay.world().by_serial(serial)[0].pk
    }
    fn place(&self, path: &str) -> i64 {
        self.replay.world().location(path).unwrap()
    }
    async fn moved_there(&self, serial: &str, path: &str) {
        let (pk, place) = (self.pk(serial), self.place(path));
        let body = json!({ "items": [{ "pk": pk, "quantity": 1 }], "location": place });
        self.by_hand("POST", "/api/stock/transfer/", body).await;
    }
    /// Everything attached and told, and the polling begun.
    async fn attached(&self) {
        self.write(async |tx: &mut Tx| mark_all(tx).await).await.unwrap();
        self.mirror().await;
        self.poll().await;
        self.later(60);
    }
}
