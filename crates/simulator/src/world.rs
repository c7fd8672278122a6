//! The world: one sequential scheduler over virtual time that lives through months of an ISP.
//!
//! People, routers, a payment gateway and a bank act; the program answers through its real rooms and its
//! real RADIUS engine. Everything follows from the seed: one future at a time, no spawn, no socket, ordered
//! maps. With faults the program loses transactions and is killed between commits; people and machines
//! then do again what they would really do again, with the same keys.

mod answer;
mod base;
mod books;
mod buying;
mod calendar;
mod day;
mod field;
mod gateway;
mod house;
mod life;
mod mishap;
mod money;
mod office;
mod partner;
mod round;
mod script;
pub(crate) mod staff;
mod stage;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kernel::clock::ManualClock;
use kernel::{Clock, Day, Fault, FaultKind, InvoiceId, Result, Ts, Zone};
use store::{Db, Options};

use crate::checks::Checking;
use crate::desk::Desk;
use crate::dice::Dice;
use crate::faults::{FaultDial, Odds};
use crate::nas::SimNas;
use crate::report::Report;
use crate::sabotage::Sabotage;
use crate::street::{Shared, Street};

pub use base::{Base, Equipment};
pub use calendar::Happening;
pub use house::{Habit, House};
pub use staff::{Login, ROLES, RouterPlan, Staff};

/// What kind of world it is.
#[derive(Clone, Debug)]
pub struct Setup {
    pub seed: u64,
    pub months: i32,
    /// Connections sold over the whole time.
    pub subscriptions: usize,
    pub start: Day,
    pub odds: Odds,
    /// One harm done behind the rooms' backs.
    pub sabotage: Option<Sabotage>,
    /// Where the routers are; empty: one a branch.
    pub routers: Vec<RouterPlan>,
    /// Days until every connection is sold.
    pub sales_days: i64,
    /// Seconds between accounting interims.
    pub interim_secs: i64,
    /// Ask every invariant at the end of each day.
    pub check: bool,
    /// Nothing happens by chance: a story is told by its test.
    pub calm: bool,
    /// Technicians besides the two of [`ROLES`].
    pub more_technicians: usize,
}

impl Setup {
    /// A world of its own: starts on 1 January 2026.
    pub fn new(seed: u64, months: i32, subscriptions: usize) -> Self {
        let start = Day::ymd_clamped(2026, 1, 1);
        let days = start.days_until(start.plus_months(months));
        Self {
            seed,
            months,
            subscriptions,
            start,
            odds: Odds::NONE,
            sabotage: None,
            routers: Vec::new(),
            sales_days: (days * 2 / 5).max(1),
            interim_secs: 28_800,
            check: true,
            calm: false,
            more_technicians: subscriptions / 120,
        }
    }
    #[must_use]
    pub fn with_faults(mut self) -> Self {
        self.odds = Odds::BAD;
        self
    }
    #[must_use]
    pub fn with_sabotage(mut self, sabotage: Sabotage) -> Self {
        self.sabotage = Some(sabotage);
        self
    }
    /// Midnight in the west after the last day.
    pub fn end(&self) -> Ts {
        Ts::local(self.start.plus_months(self.months), 0, 0, Zone::Jakarta)
    }
}

/// Counts that the tables do not keep.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    pub duplicate_notices: u64,
    pub lost_notices: u64,
    /// Money whose notice was lost, found by asking the gateway.
    pub found_by_asking: u64,
    pub nas_reboots: u64,
    pub invariants_checked: u64,
    /// Refusals by code: what people were told.
    pub refused: BTreeMap<String, u64>,
}

/// The world.
pub struct World {
    pub setup: Setup,
    pub db: Db,
    pub clock: ManualClock,
    pub street: Shared,
    pub dial: FaultDial,
    pub staff: Staff,
    pub houses: Vec<House>,
    pub tally: Tally,
    pub(crate) desk: Desk,
    pub(crate) base: Base,
    pub(crate) dice: Dice,
    pub(crate) queue: BTreeMap<(Ts, u64), Happening>,
    pub(crate) gateway: gateway::Gateway,
    pub(crate) post: Arc<answer::Post>,
    /// The spool may hold what is not applied yet.
    unapplied: bool,
    /// Something was written that rings no bell: the queues have to be looked at.
    pub(crate) unlooked: bool,
    /// When the worker has something to do next, as far as it knows.
    next_due: Option<Ts>,
    keys: u64,
    scheduled: u64,
    lives: u64,
    pub(crate) seen_invoices: BTreeSet<InvoiceId>,
    pub(crate) registered: usize,
    pub(crate) broken: Option<flows::invariants::Broken>,
    pub(crate) checking: Option<Checking>,
}

impl World {
    /// Opens a world in `folder`, with databases of its own.
    ///
    /// # Errors
    /// When the databases can't be opened.
    pub async fn open(setup: Setup, folder: &Path) -> Result<Self> {
        let equipment = Equipment::of_seed(setup.seed);
        let url = format!("sqlite:{}", folder.join("world.db").display());
        // One thing happens after the other; every connection costs time at each kill.
        let options =
            Options { durable: false, readers: 1, ..Options::new(url) }.seeded(setup.seed);
        let db = Db::open(&options).await?;
        let base = Base { options: Some(options), equipment, folder: folder.to_owned() };
        base.equip(&db);
        let start = Ts::local(setup.start, 0, 0, Zone::Jakarta);
        flows::schema::migrate(&db, start).await?;
        Self::on(setup, db, base).await
    }

    /// A world on a database that is open, migrated, equipped and wired already: it is never killed.
    ///
    /// # Errors
    /// When the founding of the ISP is refused.
    pub async fn on(setup: Setup, db: Db, base: Base) -> Result<Self> {
        let start = Ts::local(setup.start, 0, 0, Zone::Jakarta);
        let clock = ManualClock::at(start);
        let dial = FaultDial::new(setup.seed, Odds::NONE);
        let spool = base.folder.join("world-spool.db");
        let desk = Desk::open(&db, &spool, false, &dial, start).await?;
        let routers = staff::routers(&setup);
        let street = Shared::new(Street {
            off: vec![false; routers.len()],
            routers: routers.iter().zip(1u64..).map(|(r, n)| router(r, setup.seed ^ n)).collect(),
            untold: Vec::new(),
            changed: Vec::new(),
            cut: Vec::new(),
            loss: 0,
            dice: Dice::new(setup.seed ^ 0x57_23),
        });
        let gateway = gateway::Gateway::open(clock.clone())?;
        gateway.register(&db);
        let mut world = Self {
            dice: Dice::new(setup.seed),
            gateway,
            post: Arc::default(),
            staff: Staff::default(),
            houses: Vec::new(),
            tally: Tally::default(),
            queue: BTreeMap::new(),
            unapplied: false,
            unlooked: true,
            next_due: None,
            keys: 0,
            scheduled: 0,
            lives: 0,
            seen_invoices: BTreeSet::new(),
            registered: 0,
            broken: None,
            checking: None,
            setup,
            db,
            clock,
            street,
            dial,
            desk,
            base,
        };
        world.found_isp(&routers).await?;
        world.plan_first_day();
        Ok(world)
    }

    pub fn now(&self) -> Ts {
        self.clock.now()
    }
    pub fn today(&self, zone: Zone) -> Day {
        self.now().day(zone)
    }

    /// Lives to the end, or to the first broken invariant. What the program should never do (a bug, a
    /// refusal that no story explains) is reported as one.
    ///
    /// # Errors
    /// When the report itself can't be made.
    pub async fn live(&mut self) -> Result<Report> {
        let lived = self.live_until(self.setup.end()).await;
        self.hear().await?;
        if let (Err(fault), None) = (lived, &self.broken) {
            let told = fault.source.as_deref().map(|s| format!(" ({s})")).unwrap_or_default();
            let detail = format!("{}: {fault}{told}", self.now());
            self.broken = Some(flows::invariants::Broken { invariant: "unexplained", detail });
        }
        self.dial.set(Odds::NONE);
        self.mend().await?;
        self.report().await
    }

    /// Lives until `end`, or to the first broken invariant.
    ///
    /// # Errors
    /// As [`World::live`].
    pub async fn live_until(&mut self, end: Ts) -> Result<()> {
        self.dial.wire(&self.db);
        self.dial.set(self.setup.odds);
        if self.setup.odds.error > 0 {
            self.street.open().loss = 15;
        }
        while self.broken.is_none() {
            let Some((&(at, no), _)) = self.queue.first_key_value() else { break };
            if at >= end {
                break;
            }
            let Some(happening) = self.queue.remove(&(at, no)) else { break };
            if at > self.now() {
                self.clock.set(at);
            }
            let what = format!("{happening:?}");
            if let Err(fault) = self.happen(happening).await {
                tracing::error!(?fault, what, at = %self.now(), "the world stops");
                let bare = fault.source.is_none();
                return Err(if bare { fault.because(Stopped(what)) } else { fault });
            }
        }
        self.dial.set(Odds::NONE);
        if end > self.now() {
            self.clock.set(end);
        }
        self.hear().await?;
        self.mend().await
    }

    /// Lets something happen `secs` from now.
    pub(crate) fn later(&mut self, secs: i64, happening: Happening) {
        self.at(self.now().plus_secs(secs), happening);
    }
    pub(crate) fn at(&mut self, at: Ts, happening: Happening) {
        self.scheduled += 1;
        self.queue.insert((at, self.scheduled), happening);
    }
    /// Time goes by while somebody waits.
    pub(crate) fn pass(&mut self, secs: i64) {
        self.clock.set(self.now().plus_secs(secs));
    }
    pub(crate) fn next_key(&mut self) -> String {
        self.keys += 1;
        format!("sim-{:08}", self.keys)
    }

    /// Starts the program anew when it was killed. What was in memory is gone; what was committed is there.
    pub(crate) async fn mend(&mut self) -> Result<()> {
        if !self.dial.is_dead() {
            return Ok(());
        }
        let Some(options) = self.base.options.clone() else {
            return Err(Fault::bug("a world on a foreign database was killed"));
        };
        self.desk.spool.close().await;
        self.db.close().await;
        self.lives += 1;
        let seed = self.setup.seed ^ self.lives.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.pass(20);
        self.db = Db::open(&options.seeded(seed)).await?;
        self.base.equip(&self.db);
        self.gateway.register(&self.db);
        self.unlooked = true;
        self.dial.revive();
        let spool = self.base.folder.join("world-spool.db");
        let odds = self.setup.odds;
        self.dial.set(Odds::NONE);
        self.desk = Desk::open(&self.db, &spool, false, &self.dial, self.now()).await?;
        self.dial.wire(&self.db);
        self.dial.set(odds);
        Ok(())
    }

    /// A failure that passes: the program is mended, and the caller tries again. Anything else goes on.
    pub(crate) async fn survive(&mut self, fault: Fault) -> Result<()> {
        if fault.kind == FaultKind::Unavailable {
            return self.mend().await;
        }
        Err(fault)
    }

    /// Ends the world; what it had beside the database goes.
    pub async fn close(self) {
        self.desk.spool.close().await;
        for name in ["world-spool.db", "world-spool.db-wal", "world-spool.db-shm"] {
            // One that is not there is fine.
            let _ = std::fs::remove_file(self.base.folder.join(name));
        }
    }

    /// The folder of the world's own files.
    pub fn folder(&self) -> PathBuf {
        self.base.folder.clone()
    }
}

/// During what the program did what it never should.
#[derive(Debug)]
struct Stopped(String);

impl std::fmt::Display for Stopped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the world stopped at {}", self.0)
    }
}
impl std::error::Error for Stopped {}

fn router(plan: &RouterPlan, seed: u64) -> SimNas {
    SimNas::new(&plan.name, plan.address, &plan.secret, plan.pool, seed)
}
