//! A branch, a plan and customers for the views' tests.
#![cfg(test)]

use catalog::write::{NewBranch, add_branch, set_plan, set_profile};
use catalog::{Plan, Profile, ProfileKind, TaxMode};
use crm::customer::{NewCustomer, create};
use kernel::{BranchId, CustomerId, Money, PlanId, SubscriptionId, Zone};
use store::testing::{cause, now};
use store::{Db, Tx, Value};

pub(crate) struct Ground {
    pub(crate) branch: BranchId,
    pub(crate) other: BranchId,
    plan: PlanId,
}

impl Ground {
    pub(crate) async fn lay(db: &Db) -> Self {
        db.write(&cause(now()), async |tx: &mut Tx| {
            let (branch, other) = (add(tx, "JKT").await?, add(tx, "BDG").await?);
            let profile = Profile {
                id: tx.new_id(),
                code: "20M".into(),
                name: "20 Mbps".into(),
                kind: ProfileKind::Plan,
                rate_down_kbps: 20_000,
                rate_up_kbps: 10_000,
                attributes: Vec::new(),
                archived: false,
            };
            set_profile(tx, &profile).await?;
            let plan = Plan {
                id: tx.new_id(),
                code: "HOME20".into(),
                name: "Rumah 20".into(),
                tax: TaxMode::None,
                prepaid_allowed: true,
                postpaid_allowed: true,
                profile_id: profile.id,
                fup_profile_id: None,
                quota_bytes: None,
                install_fee: Money::ZERO,
                external_id: None,
                archived: false,
            };
            let today = tx.now().day(Zone::Jakarta);
            set_plan(tx, &plan, Money::rupiah(250_000), today).await?;
            Ok(Self { branch, other, plan: plan.id })
        })
        .await
        .unwrap()
    }

    /// The `n`-th customer, newer than those before.
    pub(crate) async fn customer(&self, db: &Db, n: i64, name: &str) -> CustomerId {
        let new = NewCustomer::new(name, "081234567890", self.branch);
        let work = async |tx: &mut Tx| create(tx, new.clone()).await.map(|customer| customer.id);
        db.write(&cause(now().plus_secs(n)), work).await.unwrap()
    }

    /// A subscription in this state.
    pub(crate) async fn subscription(
        &self,
        db: &Db,
        customer: CustomerId,
        state: &str,
    ) -> SubscriptionId {
        let new = billing::subscription::NewSubscription::of(
            customer,
            self.branch,
            self.plan,
            billing::words::Mode::Postpaid,
        );
        let work = async |tx: &mut Tx| {
            let id = billing::subscription::create(tx, new.clone()).await?;
            let args = store::args![id, state];
            tx.exec("update billing_subscription set state = $2 where id = $1", args).await?;
            Ok(id)
        };
        db.write(&cause(now()), work).await.unwrap()
    }
}

async fn add(tx: &mut Tx, code: &str) -> kernel::Result<BranchId> {
    let branch = NewBranch {
        code: code.into(),
        name: code.into(),
        zone: Zone::Jakarta,
        address: String::new(),
        lat: -6.2,
        lon: 106.8,
    };
    add_branch(tx, &branch).await
}

/// Writes a row as it would stand there.
pub(crate) async fn put(db: &Db, sql: &str, args: Vec<Value>) {
    let work = async |tx: &mut Tx| tx.exec(sql, args.clone()).await.map(drop);
    db.write(&cause(now()), work).await.unwrap();
}
