//! A small ISP on a real database, and a clock that the test moves.

use billing::issue::RunReport;
use billing::ledger::{self, Account};
use billing::pay::{NewPayment, Receipt};
use billing::subscription::{self, NewSubscription, Subscription};
use billing::words::{Channel, HoldKind, Mode};
use billing::{invariants, issue, pay, plan_change};
use catalog::{Company, Plan, PolicyPatch, Profile, ProfileKind, TaxMode, TaxRule, write};
use kernel::{
    BranchId, Cause, CustomerId, Day, Event, InvoiceId, Money, PlanId, Result, Scope,
    SubscriptionId, Ts, Zone,
};
use store::testing::both;
use store::{Db, Tx};

/// Runs the story on SQLite, then on PostgreSQL.
pub async fn story(body: impl AsyncFn(&mut World)) {
    both(&[&catalog::MIGRATIONS, &billing::MIGRATIONS], async |db: Db| {
        let mut world = World::new(db).await;
        body(&mut world).await;
        world.must_be_sound().await;
    })
    .await;
}

pub fn day(text: &str) -> Day {
    text.parse().unwrap()
}
pub fn rp(amount: i64) -> Money {
    Money::rupiah(amount)
}

fn plan_id(n: u8) -> PlanId {
    format!("00000000-0000-7000-8000-00000000000{n}").parse().unwrap()
}
/// 250,000 a month, exclusive.
pub fn home() -> PlanId {
    plan_id(1)
}
/// 400,000 a month, exclusive.
pub fn fast() -> PlanId {
    plan_id(2)
}
/// 277,500 a month, inclusive.
pub fn inclusive() -> PlanId {
    plan_id(3)
}

pub struct World {
    pub db: Db,
    pub now: Ts,
    pub branch: BranchId,
    /// What the last transaction said.
    pub said: Vec<Event>,
}

impl World {
    pub async fn new(db: Db) -> Self {
        let now = Ts::local(day("2026-05-01"), 9, 0, Zone::Jakarta);
        let cause = Cause::system(now, "test");
        let branch = db.write(&cause, async |tx: &mut Tx| seed(tx).await).await.unwrap();
        Self { db, now, branch, said: Vec::new() }
    }

    /// The clock shows `hour` on `on`, in Jakarta.
    pub fn at(&mut self, on: &str, hour: i8) -> &mut Self {
        self.now = Ts::local(day(on), hour, 0, Zone::Jakarta);
        self
    }
    pub fn cause(&self) -> Cause {
        Cause::system(self.now, "test")
    }
    /// One transaction at the clock's time.
    pub async fn try_write<T: Send>(
        &mut self,
        work: impl AsyncFn(&mut Tx) -> Result<T>,
    ) -> Result<T> {
        let cause = self.cause();
        let (done, said) = self
            .db
            .write(&cause, async |tx: &mut Tx| {
                let done = work(tx).await?;
                Ok((done, tx.events()))
            })
            .await?;
        self.said = said;
        Ok(done)
    }
    pub async fn write<T: Send>(&mut self, work: impl AsyncFn(&mut Tx) -> Result<T>) -> T {
        self.try_write(work).await.unwrap()
    }

    pub async fn policy(&mut self, patch: PolicyPatch) {
        self.write(async |tx| write::set_policy(tx, write::PolicyFor::Isp, &patch).await).await;
    }
    pub fn customer(&self) -> CustomerId {
        let n = self.now.micros();
        format!("00000000-0000-7000-8000-{:012x}", n & 0xffff_ffff_ffff).parse().unwrap()
    }
    pub async fn subscribe(&mut self, plan: PlanId, mode: Mode) -> SubscriptionId {
        let new = NewSubscription::of(self.customer(), self.branch, plan, mode);
        self.subscribe_as(new).await
    }
    pub async fn subscribe_as(&mut self, new: NewSubscription) -> SubscriptionId {
        self.write(async |tx| subscription::create(tx, new.clone()).await).await
    }
    /// A subscription that is installed at the clock's time.
    pub async fn install(&mut self, plan: PlanId, mode: Mode) -> SubscriptionId {
        let id = self.subscribe(plan, mode).await;
        self.installed(id).await;
        id
    }
    pub async fn installed(&mut self, id: SubscriptionId) {
        self.write(async |tx| subscription::installed(tx, id).await).await;
    }
    pub async fn sub(&self, id: SubscriptionId) -> Subscription {
        subscription::find(&mut self.db.reader(), &Scope::all(), id).await.unwrap()
    }
    /// The billing run of the clock's day.
    pub async fn run(&mut self) -> RunReport {
        let on = self.now.day(Zone::Jakarta);
        let expected = issue::preview(&mut self.db.reader(), self.now, on).await.unwrap();
        let report = issue::run(&self.db, &self.now, &self.cause(), on).await.unwrap();
        assert!(report.failed.is_empty(), "{:?}", report.failed);
        assert_eq!(report.hash, expected.hash, "the run is not what the preview said");
        assert_eq!(report.total, expected.total);
        report
    }
    /// What ends, pauses or changes by itself on the clock's day. Answers how many did.
    pub async fn due(&mut self) -> usize {
        let (cause, on) = (self.cause(), self.now.day(Zone::Jakarta));
        let mut bell = self.db.subscribe();
        let ended = subscription::apply_due_terminations(&self.db, &cause, on).await.unwrap();
        let paused = subscription::apply_due_pauses(&self.db, &cause, on).await.unwrap();
        let changed = plan_change::apply_due(&self.db, &cause, on).await.unwrap();
        self.said.clear();
        while let Ok(committed) = bell.try_recv() {
            self.said.extend(committed.events.clone());
        }
        for applied in [&ended, &paused, &changed] {
            assert!(applied.failed.is_empty(), "{:?}", applied.failed);
        }
        ended.done + paused.done + changed.done
    }
    /// The flow's part: the one decision isolated (or opened) the subscription.
    pub async fn isolate(&mut self, id: SubscriptionId, holds: Option<&[HoldKind]>) {
        let isolation =
            subscription::Isolation { subscription: id, holds: holds.map(<[HoldKind]>::to_vec) };
        self.write(async |tx| subscription::set_isolated(tx, vec![isolation.clone()]).await).await;
    }
    pub async fn pay(&mut self, id: SubscriptionId, amount: i64) -> Receipt {
        let customer = self.sub(id).await.customer_id;
        self.pay_with(NewPayment {
            customer,
            channel: Channel::Cash,
            reference: None,
            amount: rp(amount),
            named_invoice: None,
            received_at: self.now,
            note: None,
        })
        .await
    }
    pub async fn pay_with(&mut self, new: NewPayment) -> Receipt {
        self.write(async |tx| pay::receive(tx, new.clone()).await).await
    }

    /// Issued invoices of a subscription: first and last day, base, PPN, outstanding; oldest first.
    pub async fn invoices(&self, id: SubscriptionId) -> Vec<(String, String, i64, i64, i64)> {
        let mut all = self.rows(id).await;
        all.reverse();
        all.iter()
            .filter(|i| i.live)
            .map(|i| {
                let (from, to) = (i.period_from.to_string(), i.period_to.to_string());
                (from, to, i.base.get(), i.tax.get(), i.outstanding().get())
            })
            .collect()
    }
    /// All invoices of a subscription, newest first.
    pub async fn rows(&self, id: SubscriptionId) -> Vec<billing::invoice::Invoice> {
        let filter =
            billing::invoice::InvoiceFilter { subscription: Some(id), ..Default::default() };
        let today = self.now.day(Zone::Jakarta);
        let mut q = self.db.reader();
        billing::invoice::list(&mut q, &Scope::all(), &filter, today, None, 100).await.unwrap()
    }
    /// The newest invoice that is live.
    pub async fn newest(&self, id: SubscriptionId) -> InvoiceId {
        self.rows(id).await.iter().find(|i| i.live).unwrap().id
    }

    /// The net of every account that has postings, and that debits equal credits.
    pub async fn trial(&self) -> Vec<(Account, i64)> {
        let all = ledger::trial_balance(&mut self.db.reader(), None, None, None).await.unwrap();
        let debit: Money = all.iter().map(|b| b.debit).sum();
        let credit: Money = all.iter().map(|b| b.credit).sum();
        assert_eq!(debit, credit);
        all.iter().map(|b| (b.account, b.net().get())).filter(|(_, net)| *net != 0).collect()
    }
    pub async fn must_be_sound(&self) {
        let broken = invariants::check(&mut self.db.reader()).await.unwrap();
        assert_eq!(broken, []);
    }
}

async fn seed(tx: &mut Tx) -> Result<BranchId> {
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
    write::set_company(tx, &company).await?;
    let rule = TaxRule {
        from_on: day("2025-01-01"),
        code: "PPN12-DPP".into(),
        rate_bp: 1_200,
        base_num: 11,
        base_den: 12,
    };
    write::set_tax(tx, &rule).await?;
    let branch = write::NewBranch {
        code: "JKT".into(),
        name: "Jakarta".into(),
        zone: Zone::Jakarta,
        address: "Jl. Merdeka 1".into(),
        lat: -6.2,
        lon: 106.8,
    };
    let branch = write::add_branch(tx, &branch).await?;
    let profile = Profile {
        id: tx.new_id(),
        code: "P20".into(),
        name: "20 Mbps".into(),
        kind: ProfileKind::Plan,
        rate_down_kbps: 20_000,
        rate_up_kbps: 10_000,
        attributes: vec![],
        archived: false,
    };
    let profile = write::set_profile(tx, &profile).await?;
    for (id, code, price, tax) in [
        (home(), "HOME20", 250_000, TaxMode::Exclusive),
        (fast(), "FAST50", 400_000, TaxMode::Exclusive),
        (inclusive(), "INCL20", 277_500, TaxMode::Inclusive),
    ] {
        let plan = Plan {
            id,
            code: code.into(),
            name: code.into(),
            tax,
            prepaid_allowed: true,
            postpaid_allowed: true,
            profile_id: profile,
            fup_profile_id: None,
            quota_bytes: None,
            install_fee: Money::ZERO,
            external_id: None,
            archived: false,
        };
        write::set_plan(tx, &plan, rp(price), day("2026-01-01")).await?;
    }
    Ok(branch)
}
