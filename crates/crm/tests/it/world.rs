//! One ISP with two branches and two plans.

use std::sync::Arc;

use catalog::write::{NewBranch, add_branch, set_plan, set_profile};
use catalog::{Plan, Profile, ProfileKind, TaxMode};
use crm::nik::Vault;
use kernel::actor::Who;
use kernel::permission::PermissionSet;
use kernel::{
    Actor, BranchId, Cause, Day, Fault, Money, PartnerId, Permission, PlanId, Scope, UserId, Zone,
};
use store::testing::{cause, now};
use store::{Db, Migrations, Tx};

pub const ROOMS: &[&Migrations] = &[&catalog::MIGRATIONS, &crm::MIGRATIONS];

#[derive(Clone)]
pub struct World {
    pub db: Db,
    pub jakarta: BranchId,
    pub makassar: BranchId,
    /// Both modes.
    pub home: PlanId,
    /// Postpaid only.
    pub office: PlanId,
}

impl World {
    pub async fn new(db: Db) -> Self {
        db.with_ext(Arc::new(Vault::new([3; 32])));
        let (jakarta, makassar, home, office) = db
            .write(&cause(now()), async |tx: &mut Tx| {
                let jakarta = add_branch(tx, &branch("JKT", Zone::Jakarta)).await?;
                let makassar = add_branch(tx, &branch("MKS", Zone::Makassar)).await?;
                let profile = Profile {
                    id: tx.new_id(),
                    code: "P20".into(),
                    name: "20 Mbps".into(),
                    kind: ProfileKind::Plan,
                    rate_down_kbps: 20_000,
                    rate_up_kbps: 10_000,
                    attributes: Vec::new(),
                    archived: false,
                };
                set_profile(tx, &profile).await?;
                let home = plan(tx, "HOME", &profile, true).await?;
                let office = plan(tx, "OFFICE", &profile, false).await?;
                Ok((jakarta, makassar, home, office))
            })
            .await
            .unwrap();
        Self { db, jakarta, makassar, home, office }
    }

    /// Runs a use-case as this actor.
    pub fn run<T, F>(
        &self,
        actor: &Actor,
        work: F,
    ) -> impl Future<Output = Result<T, Fault>> + use<T, F>
    where
        T: Send,
        F: AsyncFnOnce(&mut Tx) -> Result<T, Fault> + Clone,
    {
        self.db.write(&Cause::new(now(), actor.clone()), work)
    }
}

fn branch(code: &str, zone: Zone) -> NewBranch {
    NewBranch {
        code: code.into(),
        name: code.into(),
        zone,
        address: "Jl. Merdeka 1".into(),
        lat: -6.2,
        lon: 106.8,
    }
}

async fn plan(tx: &mut Tx, code: &str, profile: &Profile, prepaid: bool) -> Result<PlanId, Fault> {
    let plan = Plan {
        id: tx.new_id(),
        code: code.into(),
        name: code.into(),
        tax: TaxMode::Exclusive,
        prepaid_allowed: prepaid,
        postpaid_allowed: true,
        profile_id: profile.id,
        fup_profile_id: None,
        quota_bytes: None,
        install_fee: Money::ZERO,
        external_id: None,
        archived: false,
    };
    set_plan(tx, &plan, Money::rupiah(250_000), Day::ymd(2026, 1, 1).unwrap()).await
}

/// Somebody of the office: enters and verifies, draws areas.
pub fn sales(scope: Scope) -> Actor {
    let permissions = [
        Permission::LeadWrite,
        Permission::LeadVerify,
        Permission::CustomerWrite,
        Permission::CoverageWrite,
    ];
    person("sari", 1, permissions.into_iter().collect(), scope)
}

/// A reseller's user: enters, sees only their own.
pub fn reseller(partner: PartnerId) -> Actor {
    let permissions = [Permission::LeadWrite, Permission::LeadRead].into_iter().collect();
    person("mitra", 2, permissions, Scope { partner: Some(partner), ..Scope::all() })
}

pub fn technician() -> Actor {
    let user = id(3);
    let scope = Scope { technician: Some(user), ..Scope::all() };
    person("tono", 3, PermissionSet::empty(), scope)
}

fn person(name: &str, n: u8, permissions: PermissionSet, scope: Scope) -> Actor {
    Actor { who: Who::User(id(n)), name: name.into(), permissions, scope, from: None }
}

pub fn id(n: u8) -> UserId {
    other_id(n)
}

/// An id of any kind, told apart by `n`.
pub fn other_id<T>(n: u8) -> kernel::Id<T> {
    format!("0193a9d0-0000-7000-8000-0000000000{n:02x}").parse().unwrap()
}
