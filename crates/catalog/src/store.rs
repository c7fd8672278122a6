//! The catalogue's SQL.

use std::collections::BTreeMap;
use std::sync::Arc;

use kernel::{BranchId, CompanyId, Day, Fault, Money, PlanId, ProfileId, Result, Ts, Zone};
use store::{Query, QueryExt, args, row};
use uuid::Uuid;

use crate::model::{
    Branch, Company, Plan, Profile, ProfileKind, QuotaTopUp, TaxMode, TaxRule, VendorAttribute,
};
use crate::policy::PolicyScope;
use crate::snapshot::Catalog;

row! { struct CompanyRow { id: CompanyId, name: String, legal_name: String, npwp: Option<String>,
address: String, phone: String, email: String, is_pkp: bool } }
row! { struct BranchRow { id: BranchId, code: String, name: String, zone: String, address: String,
lat: f64, lon: f64, archived_at: Option<Ts> } }
row! { struct ProfileRow { id: ProfileId, code: String, name: String, kind: ProfileKind,
rate_down_kbps: i64, rate_up_kbps: i64, attributes: serde_json::Value,
archived_at: Option<Ts>, revision: i64 } }
row! { struct PastRow { profile_id: ProfileId, revision: i64, rate_down_kbps: i64, rate_up_kbps: i64,
attributes: serde_json::Value } }
row! { struct PlanRow { id: PlanId, code: String, name: String, tax: TaxMode, prepaid_allowed: bool,
postpaid_allowed: bool, profile_id: ProfileId, fup_profile_id: Option<ProfileId>,
quota_bytes: Option<i64>, install_fee: Money, external_id: Option<String>,
archived_at: Option<Ts> } }
row! { struct TaxRow { from_on: Day, code: String, rate_bp: i64, base_num: i64, base_den: i64 } }

/// The catalogue as it stands: one cheap query when nothing changed since the last call.
///
/// # Errors
/// `store.unavailable` when the database is away.
pub async fn current(q: &mut dyn Query) -> Result<Arc<Catalog>> {
    let version: i64 =
        q.value("select version from catalog_version where one = 1", args![]).await?;
    if let Some(kept) = q.db().cached::<Catalog>(version) {
        return Ok(kept);
    }
    let catalog = Arc::new(load(q, version).await?);
    // Inside a transaction that changes the catalogue the snapshot may be rolled back: `write` bumps the
    // version by a random step, so that no later version can equal it.
    q.db().keep(version, catalog.clone());
    Ok(catalog)
}

async fn load(q: &mut dyn Query, version: i64) -> Result<Catalog> {
    let company: Option<CompanyRow> = q.row_opt("select * from catalog_company", args![]).await?;
    let branches: Vec<BranchRow> = q.rows("select * from catalog_branch", args![]).await?;
    let profiles: Vec<ProfileRow> = q.rows("select * from catalog_profile", args![]).await?;
    let past: Vec<PastRow> = q.rows("select * from catalog_profile_past", args![]).await?;
    let plans: Vec<PlanRow> = q.rows("select * from catalog_plan", args![]).await?;
    let prices: Vec<(PlanId, Day, Money)> =
        q.rows("select plan_id, from_on, price from catalog_price", args![]).await?;
    let top_ups: Vec<(PlanId, i64, Money)> =
        q.rows("select plan_id, bytes, price from catalog_quota_top_up", args![]).await?;
    let taxes: Vec<TaxRow> = q.rows("select * from catalog_tax", args![]).await?;
    let policies: Vec<(PolicyScope, Uuid, serde_json::Value)> =
        q.rows("select scope, scope_id, body from catalog_policy", args![]).await?;
    let mut catalog = Catalog {
        version,
        company: company.map(company_of),
        branches: BTreeMap::new(),
        plans: plans.into_iter().map(|p| (p.id, plan_of(p))).collect(),
        profiles: BTreeMap::new(),
        revisions: profiles.iter().map(|p| (p.id, p.revision)).collect(),
        past_profiles: BTreeMap::new(),
        prices: BTreeMap::new(),
        top_ups: top_ups
            .into_iter()
            .map(|(plan, bytes, price)| (plan, QuotaTopUp { bytes, price }))
            .collect(),
        taxes: taxes.into_iter().map(|t| (t.from_on, tax_of(t))).collect(),
        policies: BTreeMap::new(),
    };
    for row in branches {
        catalog.branches.insert(row.id, branch_of(row)?);
    }
    for row in profiles {
        catalog.profiles.insert(row.id, profile_of(row)?);
    }
    for row in past {
        let Some(now) = catalog.profiles.get(&row.profile_id) else { continue };
        let then = Profile {
            rate_down_kbps: row.rate_down_kbps,
            rate_up_kbps: row.rate_up_kbps,
            attributes: attributes_of(&now.code, row.attributes)?,
            ..now.clone()
        };
        catalog.past_profiles.insert((row.profile_id, row.revision), then);
    }
    for (plan, from_on, price) in prices {
        catalog.prices.entry(plan).or_default().insert(from_on, price);
    }
    for (scope, id, body) in policies {
        let patch = serde_json::from_value(body)
            .map_err(|e| Fault::bug(format!("the policy of {scope} {id}: {e}")))?;
        catalog.policies.insert((scope, id), patch);
    }
    Ok(catalog)
}

/// The company as it stands, past any snapshot.
pub(crate) async fn company(q: &mut dyn Query) -> Result<Option<Company>> {
    let row: Option<CompanyRow> = q.row_opt("select * from catalog_company", args![]).await?;
    Ok(row.map(company_of))
}

pub(crate) async fn profile(q: &mut dyn Query, id: ProfileId) -> Result<Option<Profile>> {
    let row: Option<ProfileRow> =
        q.row_opt("select * from catalog_profile where id = $1", args![id]).await?;
    row.map(profile_of).transpose()
}

pub(crate) async fn plan(q: &mut dyn Query, id: PlanId) -> Result<Option<Plan>> {
    let row: Option<PlanRow> =
        q.row_opt("select * from catalog_plan where id = $1", args![id]).await?;
    Ok(row.map(plan_of))
}

pub(crate) async fn tax(q: &mut dyn Query, from_on: Day) -> Result<Option<TaxRule>> {
    let row: Option<TaxRow> =
        q.row_opt("select * from catalog_tax where from_on = $1", args![from_on]).await?;
    Ok(row.map(tax_of))
}

fn company_of(r: CompanyRow) -> Company {
    Company {
        id: r.id,
        name: r.name,
        legal_name: r.legal_name,
        npwp: r.npwp,
        address: r.address,
        phone: r.phone,
        email: r.email,
        is_pkp: r.is_pkp,
    }
}

fn branch_of(r: BranchRow) -> Result<Branch> {
    let zone = Zone::from_name(&r.zone)
        .ok_or_else(|| Fault::bug(format!("branch {} has the unknown zone {}", r.code, r.zone)))?;
    Ok(Branch {
        id: r.id,
        code: r.code,
        name: r.name,
        zone,
        address: r.address,
        lat: r.lat,
        lon: r.lon,
        archived: r.archived_at.is_some(),
    })
}

fn profile_of(r: ProfileRow) -> Result<Profile> {
    let attributes = attributes_of(&r.code, r.attributes)?;
    Ok(Profile {
        id: r.id,
        code: r.code,
        name: r.name,
        kind: r.kind,
        rate_down_kbps: r.rate_down_kbps,
        rate_up_kbps: r.rate_up_kbps,
        attributes,
        archived: r.archived_at.is_some(),
    })
}

fn attributes_of(code: &str, stored: serde_json::Value) -> Result<Vec<VendorAttribute>> {
    serde_json::from_value(stored)
        .map_err(|e| Fault::bug(format!("the attributes of profile {code}: {e}")))
}

fn plan_of(r: PlanRow) -> Plan {
    Plan {
        id: r.id,
        code: r.code,
        name: r.name,
        tax: r.tax,
        prepaid_allowed: r.prepaid_allowed,
        postpaid_allowed: r.postpaid_allowed,
        profile_id: r.profile_id,
        fup_profile_id: r.fup_profile_id,
        quota_bytes: r.quota_bytes,
        install_fee: r.install_fee,
        external_id: r.external_id,
        archived: r.archived_at.is_some(),
    }
}

fn tax_of(r: TaxRow) -> TaxRule {
    TaxRule {
        from_on: r.from_on,
        code: r.code,
        rate_bp: r.rate_bp,
        base_num: r.base_num,
        base_den: r.base_den,
    }
}
