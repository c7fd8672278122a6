//! A small provider in a database of its own, written through the rooms' verbs before the program starts.

use std::path::PathBuf;

use billing::pay::NewPayment;
use billing::subscription::NewSubscription;
use billing::words::{Channel, Mode};
use catalog::write::{
    NewBranch, PolicyFor, add_branch, set_company, set_plan, set_policy, set_profile, set_tax,
};
use catalog::{
    Company, Plan, PolicyPatch, Profile, ProfileKind, TaxMode, TaxRule, VendorAttribute,
};
use identity::Role;
use identity::user::{self, NewUser};
use kernel::clock::{ManualClock, SystemClock};
use kernel::{
    BranchId, Cause, Clock, CustomerId, Day, Money, PlanId, ProfileId, Result, SubscriptionId, Ts,
    Zone,
};
use network::account::Reservation;
use network::nas::NasEdit;
use network::username::Parts;
use network::{AccountKind, MacPolicy, MessageAuthenticator, Secret, Vendor};
use server::config::Config;
use server::wiring;
use store::{Db, QueryExt, Tx, Value, args};

use crate::nas;
use crate::program::Start;

pub(crate) const USER: &str = "budi";
pub(crate) const PASSWORD: &str = "kuda lumping 7";
/// What a month costs: 250,000 and 11 % tax.
pub(crate) const MONTH: i64 = 277_500;
/// Subscriptions a transaction while seeding.
const CHUNK: usize = 250;

/// The provider: its folder, its database, and what a test must name.
pub(crate) struct Isp {
    pub(crate) db: Db,
    pub(crate) data: PathBuf,
    pub(crate) database: Option<String>,
    branch: BranchId,
    plan: PlanId,
    _folder: tempfile::TempDir,
}

/// One connection of one customer.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) customer: CustomerId,
    pub(crate) subscription: SubscriptionId,
    pub(crate) username: String,
    pub(crate) password: String,
}

pub(crate) fn now() -> Ts {
    SystemClock.now()
}

/// The first of the present month in Jakarta, and of those before.
pub(crate) fn first_of_month(back: i32) -> Day {
    now().day(Zone::Jakarta).first_of_month().plus_months(-back)
}

pub(crate) fn at(day: Day, hour: i8, minute: i8) -> Ts {
    Ts::local(day, hour, minute, Zone::Jakarta)
}

impl Isp {
    /// A provider on a SQLite file, or on `database`.
    pub(crate) async fn new(database: Option<String>, policy: PolicyPatch) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let config =
            Config { data_dir: data.clone(), database: database.clone(), ..Config::default() };
        let began = at(first_of_month(2), 8, 0);
        let db = wiring::open_migrated(&config, &ManualClock::at(began)).await.unwrap();
        let built =
            db.write(&Cause::system(began, "test"), async |tx: &mut Tx| build(tx, &policy).await);
        let (branch, plan) = built.await.unwrap();
        Self { db, data, database, branch, plan, _folder: folder }
    }

    /// The whole program on this provider.
    pub(crate) fn start(&self) -> Start {
        Start {
            role: "all",
            data: self.data.clone(),
            database: self.database.clone(),
            environment: Vec::new(),
        }
    }

    /// `count` connections, installed at `at`; prepaid ones have paid for their first month.
    pub(crate) async fn connect(&self, count: usize, at: Ts, mode: Mode) -> Vec<Line> {
        let mut lines = Vec::new();
        let (branch, plan) = (self.branch, self.plan);
        while lines.len() < count {
            let numbers: Vec<usize> = (lines.len()..count.min(lines.len() + CHUNK)).collect();
            let made = self.db.write(&Cause::system(at, "test"), async |tx: &mut Tx| {
                let mut made = Vec::new();
                for n in &numbers {
                    made.push(connect(tx, branch, plan, mode, *n).await?);
                }
                Ok(made)
            });
            lines.extend(made.await.unwrap());
        }
        self.forget_outbox().await;
        lines
    }

    /// What was to be told of the past was told.
    pub(crate) async fn forget_outbox(&self) {
        self.exec("delete from store_outbox").await;
    }
    async fn exec(&self, sql: &str) {
        let cause = Cause::system(now(), "test");
        self.db.write(&cause, async |tx: &mut Tx| tx.exec(sql, args![]).await).await.unwrap();
    }

    pub(crate) async fn count(&self, sql: &str) -> i64 {
        self.count_of(sql, args![]).await
    }
    pub(crate) async fn count_of(&self, sql: &str, values: Vec<Value>) -> i64 {
        self.db.reader().value(sql, values).await.unwrap()
    }

    /// Waits until no session's newest report waits in the spool any more.
    pub(crate) async fn all_applied(&self) {
        let spool = self.data.join("spool.db");
        let options = store::Options {
            readers: 1,
            ..store::Options::new(format!("sqlite:{}", spool.display()))
        };
        for _ in 0..600 {
            let db = Db::open(&options).await.unwrap();
            let waiting: i64 =
                db.reader().value("select count(*) from aaa_spool", args![]).await.unwrap();
            db.close().await;
            if waiting == 0 {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("the spool is not applied");
    }

    /// The lease that a killed process held runs out.
    pub(crate) async fn leases_run_out(&self) {
        self.exec("delete from store_lease").await;
    }

    /// Lets the one sweep go on that waits for a person.
    pub(crate) async fn approve_sweep(&self) {
        let waiting = flows::sweep::waiting(&mut self.db.reader(), None).await.unwrap();
        let [asked] = &waiting[..] else { panic!("{waiting:?}") };
        let (id, cause) = (asked.id, Cause::system(now(), "test"));
        let answered =
            self.db.write(&cause, async |tx: &mut Tx| flows::sweep::answer(tx, id, true).await);
        answered.await.unwrap();
    }

    /// Nothing that must always be true is broken.
    pub(crate) async fn check(&self) {
        let broken = flows::invariants::check(&mut self.db.reader(), now()).await.unwrap();
        assert!(
            broken.is_empty(),
            "{} broken: {:#?}",
            broken.len(),
            broken.get(..5.min(broken.len()))
        );
    }

    /// As [`Isp::count_of`]; nothing when the database is away.
    pub(crate) async fn try_count_of(&self, sql: &str, values: Vec<Value>) -> Option<i64> {
        self.db.reader().value(sql, values).await.ok()
    }

    /// Issues what is due on the first of this month, as of its first minute.
    pub(crate) async fn bill_this_month(&self) {
        let day = first_of_month(0);
        let cause = Cause::system(at(day, 0, 0), "test");
        let run = billing::issue::run(&self.db, &cause.now, &cause, day).await.unwrap();
        assert!(run.invoices > 0 && run.failed.is_empty(), "{run:?}");
        self.forget_outbox().await;
    }
}

async fn connect(
    tx: &mut Tx,
    branch: BranchId,
    plan: PlanId,
    mode: Mode,
    n: usize,
) -> Result<Line> {
    let phone = format!("0812{n:08}");
    let mut new = crm::customer::NewCustomer::new(&format!("Pelanggan {n}"), &phone, branch);
    new.email = Some(format!("pelanggan{n}@isp.example"));
    let customer = crm::customer::create(tx, new).await?.id;
    let new = NewSubscription {
        install_fee: Some(Money::ZERO),
        ..NewSubscription::of(customer, branch, plan, mode)
    };
    let subscription = billing::subscription::create(tx, new).await?;
    let (username, password) = (format!("pelanggan{n:05}"), format!("sandi-{n:05}"));
    let reservation = Reservation {
        subscription,
        customer,
        branch,
        partner: None,
        pattern: "{number}".into(),
        parts: Parts::default(),
        mac_policy: MacPolicy::Off,
        kind: AccountKind::Pppoe,
        username: Some(username.clone()),
        password: Some(Secret::new(password.clone())),
    };
    network::account::reserve(tx, &reservation).await?;
    network::account::open(tx, subscription, None).await?;
    billing::subscription::installed(tx, subscription).await?;
    if mode == Mode::Prepaid {
        let sql = "select total from billing_invoice where subscription_id = $1";
        let amount: Money = tx.value(sql, args![subscription]).await?;
        let payment = NewPayment {
            customer,
            channel: Channel::Transfer,
            reference: Some(format!("BCA-{n}")),
            amount,
            named_invoice: None,
            received_at: tx.now(),
            note: None,
        };
        billing::pay::receive(tx, payment).await?;
    }
    Ok(Line { customer, subscription, username, password })
}

async fn build(tx: &mut Tx, policy: &PolicyPatch) -> Result<(BranchId, PlanId)> {
    let company = Company {
        id: tx.new_id(),
        name: "Nusantara Net".into(),
        legal_name: "PT Nusantara Net".into(),
        npwp: Some("0012345678901000".into()),
        address: "Jl. Merdeka 1".into(),
        phone: "0211234567".into(),
        email: "halo@nusantara.example".into(),
        is_pkp: true,
    };
    set_company(tx, &company).await?;
    let branch = NewBranch {
        code: "JKT".into(),
        name: "Jakarta".into(),
        zone: Zone::Jakarta,
        address: String::new(),
        lat: -6.2,
        lon: 106.8,
    };
    let branch = add_branch(tx, &branch).await?;
    let long_ago = Day::ymd_clamped(2025, 1, 1);
    let rule = TaxRule {
        from_on: long_ago,
        code: "PPN".into(),
        rate_bp: 1_200,
        base_num: 11,
        base_den: 12,
    };
    set_tax(tx, &rule).await?;
    profile(tx, "ISOLIR", ProfileKind::Isolation, 128, Some("isolir")).await?;
    let profile_id = profile(tx, "P20", ProfileKind::Plan, 20_000, None).await?;
    let plan = Plan {
        id: tx.new_id(),
        code: "HOME20".into(),
        name: "Home 20".into(),
        tax: TaxMode::Exclusive,
        prepaid_allowed: true,
        postpaid_allowed: true,
        profile_id,
        fup_profile_id: None,
        quota_bytes: None,
        install_fee: Money::ZERO,
        external_id: None,
        archived: false,
    };
    let plan = set_plan(tx, &plan, Money::rupiah(250_000), long_ago).await?;
    set_policy(tx, PolicyFor::Isp, policy).await?;
    let router = NasEdit {
        name: "R1".into(),
        address: "127.0.0.1".into(),
        vendor: Vendor::Mikrotik,
        coa_port: None,
        branch,
        message_authenticator: MessageAuthenticator::Required,
        counters_swapped: false,
    };
    network::nas::add(tx, &router, Some(Secret::new(nas::SECRET))).await?;
    let owner = NewUser {
        username: USER.into(),
        name: "Budi Santoso".into(),
        phone: None,
        email: None,
        password: PASSWORD.into(),
        roles: vec![Role::Owner, Role::Finance],
        branch: None,
        partner: None,
    };
    user::create(tx, owner).await?;
    Ok((branch, plan))
}

async fn profile(
    tx: &mut Tx,
    code: &str,
    kind: ProfileKind,
    kbps: i64,
    list: Option<&str>,
) -> Result<ProfileId> {
    let attribute = |value: &str| VendorAttribute {
        vendor: "mikrotik".into(),
        name: "Mikrotik-Address-List".into(),
        value: value.into(),
    };
    let profile = Profile {
        id: tx.new_id(),
        code: code.into(),
        name: code.into(),
        kind,
        rate_down_kbps: kbps,
        rate_up_kbps: kbps,
        attributes: list.map(attribute).into_iter().collect(),
        archived: false,
    };
    set_profile(tx, &profile).await
}
