//! The whole catalogue in memory.

use std::collections::BTreeMap;

use kernel::{BranchId, CustomerId, Day, Fault, Money, PlanId, ProfileId, Result, Zone};
use uuid::Uuid;

use crate::model::{Branch, Company, Plan, Profile, ProfileKind, QuotaTopUp, TaxMode, TaxRule};
use crate::policy::{Policy, PolicyPatch, PolicyScope};

/// One consistent reading of the catalogue.
#[derive(Clone, Debug)]
pub struct Catalog {
    pub version: i64,
    /// None until the company was entered.
    pub company: Option<Company>,
    pub branches: BTreeMap<BranchId, Branch>,
    pub plans: BTreeMap<PlanId, Plan>,
    pub profiles: BTreeMap<ProfileId, Profile>,
    /// The edition of each profile: raised when its rates or attributes change.
    pub revisions: BTreeMap<ProfileId, i64>,
    /// What a profile gave in its earlier editions.
    pub past_profiles: BTreeMap<(ProfileId, i64), Profile>,
    /// By plan, prices by the day they hold from.
    pub prices: BTreeMap<PlanId, BTreeMap<Day, Money>>,
    /// By plan; those without one sell none.
    pub top_ups: BTreeMap<PlanId, QuotaTopUp>,
    /// By the day they hold from.
    pub taxes: BTreeMap<Day, TaxRule>,
    pub policies: BTreeMap<(PolicyScope, Uuid), PolicyPatch>,
}

/// What is answered about a plan that is not there, or not for the one who asks.
pub fn no_such_plan() -> Fault {
    Fault::not_found("catalog.plan_not_found", "Paket tidak ada.", "No such plan.")
}

impl Catalog {
    /// # Errors
    /// `catalog.no_company` before the company was entered.
    pub fn company(&self) -> Result<&Company> {
        self.company.as_ref().ok_or_else(|| {
            Fault::conflict(
                "catalog.no_company",
                "Data perusahaan belum diisi (Pengaturan → Perusahaan).",
                "The company has not been entered yet (Settings → Company).",
            )
        })
    }
    /// # Errors
    /// `catalog.branch_not_found`.
    pub fn branch(&self, id: BranchId) -> Result<&Branch> {
        self.branches.get(&id).ok_or_else(|| {
            Fault::not_found("catalog.branch_not_found", "Cabang tidak ada.", "No such branch.")
        })
    }
    /// The branch's zone; WIB for an unknown branch.
    pub fn zone(&self, branch: BranchId) -> Zone {
        self.branches.get(&branch).map_or(Zone::Jakarta, |b| b.zone)
    }
    /// # Errors
    /// `catalog.plan_not_found`.
    pub fn plan(&self, id: PlanId) -> Result<&Plan> {
        self.plans.get(&id).ok_or_else(no_such_plan)
    }
    pub fn plan_by_code(&self, code: &str) -> Option<&Plan> {
        self.plans.values().find(|p| p.code == code)
    }
    /// # Errors
    /// `catalog.profile_not_found`.
    pub fn profile(&self, id: ProfileId) -> Result<&Profile> {
        self.profiles.get(&id).ok_or_else(|| {
            Fault::not_found("catalog.profile_not_found", "Profil tidak ada.", "No such profile.")
        })
    }
    /// The edition of a profile that is in force; 0 for an unknown one.
    pub fn profile_revision(&self, id: ProfileId) -> i64 {
        self.revisions.get(&id).copied().unwrap_or(0)
    }
    /// What the profile gave in that edition; `None` when nobody remembers.
    pub fn profile_as_of(&self, id: ProfileId, revision: i64) -> Option<&Profile> {
        if revision == self.profile_revision(id) {
            return self.profiles.get(&id);
        }
        self.past_profiles.get(&(id, revision))
    }
    /// The profile of isolated sessions.
    ///
    /// # Errors
    /// `catalog.no_isolation_profile` when none was entered.
    pub fn isolation_profile(&self) -> Result<&Profile> {
        let isolates = |p: &&Profile| p.kind == ProfileKind::Isolation && !p.archived;
        self.profiles.values().find(isolates).ok_or_else(|| {
            Fault::conflict(
                "catalog.no_isolation_profile",
                "Profil isolir belum dibuat.",
                "There is no isolation profile yet.",
            )
        })
    }
    /// The plan's monthly price on `day`: the latest row from that day or before, else the first row.
    pub fn price_at(&self, plan: PlanId, day: Day) -> Money {
        let Some(rows) = self.prices.get(&plan) else { return Money::ZERO };
        let in_force = rows.range(..=day).next_back().or_else(|| rows.iter().next());
        in_force.map_or(Money::ZERO, |(_, price)| *price)
    }
    /// The plan's tax mode; `None` for an ISP that is not PKP.
    pub fn tax_mode(&self, plan: &Plan) -> TaxMode {
        if self.charges_tax() { plan.tax } else { TaxMode::None }
    }
    pub fn charges_tax(&self) -> bool {
        self.company.as_ref().is_some_and(|c| c.is_pkp)
    }
    /// The tax rule in force on `day`, if any.
    pub fn tax_at(&self, day: Day) -> Option<&TaxRule> {
        self.taxes.range(..=day).next_back().map(|(_, rule)| rule)
    }
    /// The rules for a customer on a plan: ISP, then plan, then customer.
    pub fn policy(&self, plan: PlanId, customer: CustomerId) -> Policy {
        let layers = [
            (PolicyScope::Isp, Uuid::nil()),
            (PolicyScope::Plan, plan.uuid()),
            (PolicyScope::Customer, customer.uuid()),
        ];
        layers
            .iter()
            .filter_map(|layer| self.policies.get(layer))
            .fold(Policy::default(), Policy::overlaid)
    }
    /// The rules of the ISP as a whole.
    pub fn isp_policy(&self) -> Policy {
        self.policies
            .get(&(PolicyScope::Isp, Uuid::nil()))
            .map_or_else(Policy::default, |patch| Policy::default().overlaid(patch))
    }
}
