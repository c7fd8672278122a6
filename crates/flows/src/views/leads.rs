//! Leads as screens show them: with the names of plan, branch, reseller and seller.

use crm::lead::LeadState;
use crm::word::Subject;
use crm::{Channel, Mode};
use kernel::{
    BranchId, CustomerId, Fault, LeadId, OdpId, PartnerId, Phone, PlanId, Result, Scope,
    SubscriptionId, Ts, UserId,
};
use store::{Query, QueryExt};
use uuid::Uuid;

use super::narrow::Narrow;
use super::order::{self, Key, Order, Place, Sorted, sorts};
use super::words::Found;

store::row! {
    pub struct LeadRow {
        pub id: LeadId,
        pub state: LeadState,
        pub name: String,
        pub phone: Phone,
        pub email: Option<String>,
        pub address: String,
        pub lat: Option<f64>,
        pub lon: Option<f64>,
        pub plan_id: Option<PlanId>,
        pub plan_name: Option<String>,
        pub mode: Option<Mode>,
        pub channel: Channel,
        pub note: String,
        pub lang: String,
        pub branch_id: BranchId,
        pub branch_name: String,
        pub partner_id: Option<PartnerId>,
        pub partner_name: Option<String>,
        pub sold_by: Option<UserId>,
        pub sold_by_name: Option<String>,
        /// The coverage answer when it was last asked; `None`: not known.
        pub covered: Option<bool>,
        pub area_name: Option<String>,
        pub odp_id: Option<OdpId>,
        pub odp_code: Option<String>,
        pub odp_distance_m: Option<i64>,
        pub reason: Option<String>,
        pub customer_id: Option<CustomerId>,
        pub customer_number: Option<String>,
        pub subscription_id: Option<SubscriptionId>,
        pub has_nik: bool,
        pub registered_at: Ts,
        pub verified_at: Option<Ts>,
        pub verified_by_name: Option<String>,
    }
}

const LEADS: &str =
    "select l.id, l.state, l.name, l.phone, l.email, l.address, l.lat, l.lon, l.plan_id,
    p.name as plan_name, l.mode, l.channel, l.note, l.lang, l.branch_id, b.name as branch_name,
    l.partner_id, r.name as partner_name, l.sold_by, u.name as sold_by_name, l.covered,
    a.name as area_name, l.odp_id, o.code as odp_code, l.odp_distance_m, l.reason, l.customer_id,
    c.number as customer_number, l.subscription_id, (l.nik_print is not null) as has_nik,
    l.registered_at, l.verified_at, v.name as verified_by_name
  from crm_lead l
  join catalog_branch b on b.id = l.branch_id
  left join catalog_plan p on p.id = l.plan_id
  left join partner_reseller r on r.id = l.partner_id
  left join identity_user u on u.id = l.sold_by
  left join identity_user v on v.id = l.verified_by
  left join crm_area a on a.id = l.area_id
  left join crm_odp o on o.id = l.odp_id
  left join crm_customer c on c.id = l.customer_id";

store::words! {
    /// What the list of leads is sorted by.
    pub enum LeadSort {
        Newest = "newest",
        Name = "name",
    }
}
sorts! { LeadSort, Newest; Newest => Made, Down; Name => Name("l.name"), Up; }

impl Sorted<LeadSort> for LeadRow {
    fn place(&self) -> Uuid {
        self.id.uuid()
    }
    fn key(&self, by: LeadSort) -> Option<Key> {
        match by {
            LeadSort::Newest => None,
            LeadSort::Name => Some(Key::Text(self.name.clone())),
        }
    }
}

/// What a list of leads is narrowed by.
#[derive(Clone, Debug, Default)]
pub struct LeadFilter {
    pub state: Option<LeadState>,
    pub channel: Option<Channel>,
    /// Words of name, phone or address, each by its beginning.
    pub text: Option<String>,
    /// Whose sale it is.
    pub sold_by: Option<UserId>,
    pub order: Order<LeadSort>,
}

/// Leads, after `after`.
///
/// # Errors
/// A field error on `after` that a list in another order gave.
pub async fn list(
    q: &mut dyn Query,
    scope: &Scope,
    filter: &LeadFilter,
    after: Option<&Place>,
    limit: i64,
) -> Result<Vec<LeadRow>> {
    let Some(mut narrow) = scoped(scope) else { return Ok(Vec::new()) };
    narrow.when(filter.state, "l.state = ?");
    narrow.when(filter.channel, "l.channel = ?");
    narrow.when(filter.sold_by, "l.sold_by = ?");
    if let Some(found) = Found::of(q, Subject::Lead, filter.text.as_deref(), false).await? {
        let condition = found.among(&mut narrow, "l.id", |_| Vec::new());
        narrow.only(&condition);
    }
    let page = |clause: &str, order: &str, limit: &str| {
        format!("{LEADS} {clause} order by {order} limit {limit}")
    };
    order::page(q, &narrow, (filter.order, "l.id"), after, limit, &page).await
}

/// One lead.
///
/// # Errors
/// `crm.lead_not_found` when there is none in scope.
pub async fn find(q: &mut dyn Query, scope: &Scope, id: LeadId) -> Result<LeadRow> {
    let found: Option<LeadRow> = match scoped(scope) {
        None => None,
        Some(mut narrow) => {
            narrow.when(Some(id), "l.id = ?");
            let sql = format!("{LEADS} {}", narrow.clause());
            q.row_opt(&sql, narrow.into_args()).await?
        }
    };
    found.ok_or_else(|| {
        Fault::not_found(
            "crm.lead_not_found",
            "Prospek ini tidak ada, atau bukan wewenang Anda.",
            "There is no such lead, or it is not yours to see.",
        )
    })
}

/// `None` for those who have no leads: technicians and customers.
fn scoped(scope: &Scope) -> Option<Narrow> {
    if scope.technician.is_some() || scope.customer.is_some() {
        return None;
    }
    let mut narrow = Narrow::default();
    narrow.when(scope.branch, "l.branch_id = ?");
    narrow.when(scope.partner, "l.partner_id = ?");
    Some(narrow)
}
