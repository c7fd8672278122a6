//! A small provider on a real database, whose clock is the test's. Things happen through the rooms' verbs;
//! the network is told by accounting records.

use std::sync::Arc;

use billing::pay::NewPayment;
use billing::subscription::NewSubscription;
use billing::words::{Calendar, Channel, Mode};
use catalog::write::{NewBranch, add_branch, set_company, set_plan, set_profile, set_tax};
use catalog::{Company, Plan, Profile, ProfileKind, TaxMode, TaxRule};
use kernel::{
    BranchId, Cause, CustomerId, Day, InvoiceId, Money, NasId, PaymentId, PlanId, ProfileId,
    Result, Scope, SubscriptionId, Ts, Zone,
};
use network::{AccountingRecord, Mac, RecordKind, Sealer};
use store::{Db, QueryExt, Tx, args};

pub fn day(text: &str) -> Day {
    text.parse().unwrap()
}
/// `hour:minute` on a day in Jakarta.
pub fn at(date: &str, hour: i8, minute: i8) -> Ts {
    Ts::local(day(date), hour, minute, Zone::Jakarta)
}

#[derive(Clone)]
pub struct World {
    pub db: Db,
    pub branch: BranchId,
    pub plan: PlanId,
    pub big_plan: PlanId,
    pub quota_plan: PlanId,
    pub nas: NasId,
    pub mac: Mac,
}

impl World {
    /// Builds the provider on this database.
    pub async fn on(db: &Db) -> Self {
        db.with_ext(Arc::new(Sealer::new(1, [7; 32])));
        db.with_ext(Arc::new(crm::nik::Vault::new([9; 32])));
        flows::wire(db);
        let cause = Cause::system(at("2026-11-01", 8, 0), "test");
        db.write(&cause, async |tx: &mut Tx| build(tx, db.clone()).await).await.unwrap()
    }

    pub async fn write<T, F>(&self, now: Ts, work: F) -> T
    where
        T: Send,
        F: AsyncFnOnce(&mut Tx) -> Result<T> + Clone,
    {
        self.db.write(&Cause::system(now, "test"), work).await.unwrap()
    }

    /// An installed subscription of a new customer.
    pub async fn installed(
        &self,
        mode: Mode,
        plan: PlanId,
        now: Ts,
    ) -> (CustomerId, SubscriptionId) {
        let (branch, mac) = (self.branch, self.mac);
        self.write(now, async move |tx: &mut Tx| {
            let new = crm::customer::NewCustomer::new("Budi Santoso", "081234567890", branch);
            let customer = crm::customer::create(tx, new).await?.id;
            let new = NewSubscription {
                calendar: Calendar::Calendar,
                install_fee: Some(Money::ZERO),
                ..NewSubscription::of(customer, branch, plan, mode)
            };
            let sub = billing::subscription::create(tx, new).await?;
            flows::activation::reserve(tx, sub).await?;
            network::account::open(tx, sub, Some(mac)).await?;
            billing::subscription::installed(tx, sub).await?;
            Ok((customer, sub))
        })
        .await
    }

    /// Runs the day's billing and the sweep at an instant.
    pub async fn live(&self, now: Ts) {
        flows::tasks::run_day(&self.db, &now).await.unwrap();
        flows::sweep::sweep(&self.db, now).await.unwrap();
    }

    /// Lives day by day: billing at 00:00, the sweep at 00:01.
    pub async fn live_until(&self, from: &str, to: &str) {
        let (mut now, last) = (day(from), day(to));
        while now <= last {
            let midnight = Ts::local(now, 0, 0, Zone::Jakarta);
            self.live(midnight).await;
            self.live(midnight.plus_secs(60)).await;
            now = now.next();
        }
    }

    pub async fn open_invoice(&self, sub: SubscriptionId) -> InvoiceId {
        self.db
            .reader()
            .value(
                "select id from billing_invoice where subscription_id = $1 and live
                 and paid + credited + withheld + written_off < total order by due_on, id limit 1",
                args![sub],
            )
            .await
            .unwrap()
    }

    pub async fn pay(&self, customer: CustomerId, amount: i64, now: Ts) -> PaymentId {
        self.write(now, async move |tx: &mut Tx| {
            let new = NewPayment {
                customer,
                channel: Channel::Transfer,
                reference: Some(format!("BCA-{}", tx.trail())),
                amount: Money::rupiah(amount),
                named_invoice: None,
                received_at: tx.now(),
                note: None,
            };
            billing::pay::receive(tx, new).await.map(|r| r.payment.id)
        })
        .await
    }

    pub async fn username(&self, sub: SubscriptionId) -> String {
        let account = network::account::of_subscription(&mut self.db.reader(), sub).await.unwrap();
        account.unwrap().username
    }

    /// The router reports.
    pub async fn report(
        &self,
        sub: SubscriptionId,
        kind: RecordKind,
        now: Ts,
        secs: i64,
        bytes: i64,
    ) {
        let access = network::access::of(&mut self.db.reader(), sub).await.unwrap();
        let record = AccountingRecord {
            nas: self.nas,
            kind,
            acct_session_id: "81000001".into(),
            username: self.username(sub).await,
            mac: Some(self.mac),
            framed_ip: Some("100.64.0.10".parse().unwrap()),
            secs,
            bytes_in: 0,
            bytes_out: bytes,
            cause: (kind == RecordKind::Stop).then(|| "Lost-Carrier".to_owned()),
            access_version: access.map(|a| a.version),
            event_at: now,
            received_at: now,
        };
        self.write(now, async |tx: &mut Tx| {
            network::session::apply(tx, std::slice::from_ref(&record)).await.map(drop)
        })
        .await;
    }

    pub async fn why(&self, sub: SubscriptionId, now: Ts) -> flows::why::Why {
        let reader = flows::why::Reader::all();
        flows::why::kenapa(&mut self.db.reader(), &Scope::all(), sub, now, reader).await.unwrap()
    }
}

async fn build(tx: &mut Tx, db: Db) -> Result<World> {
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
    let rule = TaxRule {
        from_on: day("2025-01-01"),
        code: "PPN".into(),
        rate_bp: 1_200,
        base_num: 11,
        base_den: 12,
    };
    set_tax(tx, &rule).await?;
    profile(tx, "ISOLIR", ProfileKind::Isolation, 128).await?;
    let fast = profile(tx, "P20", ProfileKind::Plan, 20_000).await?;
    let faster = profile(tx, "P50", ProfileKind::Plan, 50_000).await?;
    let plan = plan(tx, "HOME20", fast, 250_000, None).await?;
    let big_plan = self::plan(tx, "HOME50", faster, 400_000, None).await?;
    let quota_plan = self::plan(tx, "KUOTA", fast, 150_000, Some(5 << 30)).await?;
    let edit = network::nas::NasEdit {
        name: "R1".into(),
        address: "127.0.0.1".into(),
        vendor: network::Vendor::Mikrotik,
        coa_port: Some(3799),
        branch,
        message_authenticator: network::MessageAuthenticator::Required,
        counters_swapped: false,
    };
    let nas = network::nas::add(tx, &edit, None).await?.id;
    let mac = Mac::parse("AA:BB:CC:00:00:01").unwrap();
    Ok(World { db, branch, plan, big_plan, quota_plan, nas, mac })
}

async fn profile(tx: &mut Tx, code: &str, kind: ProfileKind, kbps: i64) -> Result<ProfileId> {
    let profile = Profile {
        id: tx.new_id(),
        code: code.into(),
        name: code.into(),
        kind,
        rate_down_kbps: kbps,
        rate_up_kbps: kbps,
        attributes: vec![],
        archived: false,
    };
    set_profile(tx, &profile).await
}

async fn plan(
    tx: &mut Tx,
    code: &str,
    profile_id: ProfileId,
    price: i64,
    quota_bytes: Option<i64>,
) -> Result<PlanId> {
    let plan = Plan {
        id: tx.new_id(),
        code: code.into(),
        name: code.into(),
        tax: TaxMode::Exclusive,
        prepaid_allowed: true,
        postpaid_allowed: true,
        profile_id,
        fup_profile_id: None,
        quota_bytes,
        install_fee: Money::ZERO,
        external_id: None,
        archived: false,
    };
    set_plan(tx, &plan, Money::rupiah(price), day("2026-01-01")).await
}
