//! What `aaa` keeps in memory of each code.

use std::collections::BTreeMap;
use std::sync::Arc;

use catalog::Catalog;
use kernel::{CustomerId, PlanId, Result, Ts, VoucherId};
use store::{Query, QueryExt, args, row};

use super::{Code, GuestState, Withdrawal};
use crate::directory::reply_profile;
use crate::reply::ReplyProfile;

/// One code as a login is answered from it.
#[derive(Clone, Debug)]
pub struct GuestRow {
    pub id: VoucherId,
    pub code: Code,
    pub days: i64,
    /// A first login is too late from here on.
    pub usable_until: Ts,
    pub withdrawn: Option<Withdrawal>,
    pub started_at: Option<Ts>,
    pub ends_at: Option<Ts>,
    /// Devices that may be on line at the same time.
    pub devices: i64,
    pub interim_secs: i64,
    /// The plan's. Rows of one page share it.
    pub profile: Arc<ReplyProfile>,
}

/// Days that a code stays known after it ended or expired, so that a login can be told why.
const REMEMBERED_DAYS: i64 = 30;

row! {
    struct Joined {
        id: VoucherId, code: String, plan_id: PlanId, days: i64, usable_until: Ts,
        state: GuestState, reason: Option<Withdrawal>, started_at: Option<Ts>, ends_at: Option<Ts>,
    }
}

const JOINED: &str = "select t.id, t.code, t.plan_id, t.days, t.usable_until, t.state, t.reason, \
    t.started_at, t.ends_at from network_guest t";

/// One page, and where the next one begins; `None`: the end. (Rows may be fewer than asked for.)
#[derive(Clone, Debug)]
pub struct GuestPage {
    pub rows: Vec<GuestRow>,
    pub next: Option<VoucherId>,
}

/// Codes in the order of their ids, after the given one, without those that ended long before `now`.
pub async fn page(
    q: &mut dyn Query,
    after: Option<VoucherId>,
    now: Ts,
    limit: i64,
) -> Result<GuestPage> {
    let sql = format!(
        "{JOINED} where coalesce(t.ends_at, t.usable_until) > $1 and t.id > $2
         order by t.id limit $3"
    );
    let since = now.plus_days(-REMEMBERED_DAYS);
    let rows: Vec<Joined> =
        q.rows(&sql, args![since, after.unwrap_or(VoucherId::nil()), limit]).await?;
    let next = rows.last().map(|r| r.id);
    Ok(GuestPage { rows: build(q, rows).await?, next })
}

/// The codes with these ids.
pub async fn of_ids(q: &mut dyn Query, ids: &[VoucherId]) -> Result<Vec<GuestRow>> {
    let sql = format!("{JOINED} where t.id {{AMONG}}($1) order by t.id");
    let rows = q.rows(&sql, args![ids]).await?;
    build(q, rows).await
}

/// The highest revision; see [`crate::feed`].
pub async fn newest(q: &mut dyn Query) -> Result<i64> {
    q.value("select coalesce(max(revision), 0) from network_guest", args![]).await
}

/// The codes touched after `revision`, each with its own.
pub async fn after(q: &mut dyn Query, revision: i64) -> Result<Vec<(VoucherId, i64)>> {
    q.rows(
        "select id, revision from network_guest where revision > $1 order by revision, id",
        args![revision],
    )
    .await
}

async fn build(q: &mut dyn Query, rows: Vec<Joined>) -> Result<Vec<GuestRow>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let catalog = catalog::current(q).await?;
    let interim_secs = catalog.isp_policy().interim_secs;
    let mut plans: BTreeMap<PlanId, (Arc<ReplyProfile>, i64)> = BTreeMap::new();
    let mut built = Vec::with_capacity(rows.len());
    for row in rows {
        let terms = match plans.get(&row.plan_id) {
            Some(known) => Ok(known.clone()),
            None => terms_of(&catalog, row.plan_id),
        };
        // Never a login without a rate: a code whose plan can't be served is unknown at the door.
        let (profile, devices) = match terms {
            Ok(terms) => terms,
            Err(fault) => {
                tracing::error!(voucher = %row.id, %fault, "a voucher can't be served");
                continue;
            }
        };
        plans.entry(row.plan_id).or_insert_with(|| (Arc::clone(&profile), devices));
        let Some(code) = Code::read(row.code.as_bytes()) else { continue };
        let withdrawn = match row.state {
            GuestState::Open => None,
            GuestState::Withdrawn => Some(row.reason.unwrap_or(Withdrawal::Void)),
        };
        built.push(GuestRow {
            id: row.id,
            code,
            days: row.days,
            usable_until: row.usable_until,
            withdrawn,
            started_at: row.started_at,
            ends_at: row.ends_at,
            devices,
            interim_secs,
            profile,
        });
    }
    Ok(built)
}

fn terms_of(catalog: &Catalog, plan: PlanId) -> Result<(Arc<ReplyProfile>, i64)> {
    let profile = catalog.profile(catalog.plan(plan)?.profile_id)?;
    let devices = catalog.policy(plan, CustomerId::nil()).guest_devices.max(1);
    Ok((Arc::new(reply_profile(profile)), devices))
}
