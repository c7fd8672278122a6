//! The records of the catalogue.

use kernel::{BranchId, CompanyId, Day, Money, PlanId, ProfileId, Zone};
use serde::{Deserialize, Serialize};

store::words! {
    /// Whether a plan's price holds the tax.
    pub enum TaxMode { Exclusive = "exclusive", Inclusive = "inclusive", None = "none" }
}

store::words! {
    /// What a speed profile is for.
    pub enum ProfileKind { Plan = "plan", Isolation = "isolation", Fup = "fup" }
}

/// The internet provider itself, as it stands on its papers.
#[derive(Clone, Debug, PartialEq)]
pub struct Company {
    pub id: CompanyId,
    pub name: String,
    pub legal_name: String,
    pub npwp: Option<String>,
    pub address: String,
    pub phone: String,
    pub email: String,
    /// Pengusaha Kena Pajak: charges PPN. One that is not charges none, whatever a plan says.
    pub is_pkp: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Branch {
    pub id: BranchId,
    pub code: String,
    pub name: String,
    pub zone: Zone,
    pub address: String,
    pub lat: f64,
    pub lon: f64,
    pub archived: bool,
}

/// One attribute of a reply, for one vendor's routers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VendorAttribute {
    /// `mikrotik`, `cisco`, `juniper`, `huawei` or `standard`.
    pub vendor: String,
    pub name: String,
    pub value: String,
}

/// A speed profile: rates in kbit/s, and attributes that a vendor needs besides.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    pub id: ProfileId,
    pub code: String,
    pub name: String,
    pub kind: ProfileKind,
    pub rate_down_kbps: i64,
    pub rate_up_kbps: i64,
    pub attributes: Vec<VendorAttribute>,
    pub archived: bool,
}

impl Profile {
    /// Whether a session is given the same by both.
    pub fn gives_same(&self, other: &Self) -> bool {
        let gives = |p: &Self| (p.rate_down_kbps, p.rate_up_kbps);
        gives(self) == gives(other) && self.attributes == other.attributes
    }
}

/// What a customer buys. Its price is dated: [`crate::Catalog::price_at`].
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    pub id: PlanId,
    pub code: String,
    pub name: String,
    pub tax: TaxMode,
    pub prepaid_allowed: bool,
    pub postpaid_allowed: bool,
    pub profile_id: ProfileId,
    /// The profile after the quota is used up; none: the quota isolates.
    pub fup_profile_id: Option<ProfileId>,
    /// Bytes down and up together in one period; none: unlimited.
    pub quota_bytes: Option<i64>,
    pub install_fee: Money,
    pub external_id: Option<String>,
    pub archived: bool,
}

/// What a plan sells to who has used up the quota of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuotaTopUp {
    /// Added to the quota of the period in which it is paid.
    pub bytes: i64,
    /// In the terms of the plan's tax mode.
    pub price: Money,
}

/// A plan's monthly price from a day on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceRow {
    pub plan_id: PlanId,
    pub from_on: Day,
    pub price: Money,
}

/// PPN from a day on: `rate_bp` basis points on `base_num ÷ base_den` of the price.
/// Source: PMK 131/2024 (12 % on 11/12 since 1 January 2025).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaxRule {
    pub from_on: Day,
    pub code: String,
    pub rate_bp: i64,
    pub base_num: i64,
    pub base_den: i64,
}
