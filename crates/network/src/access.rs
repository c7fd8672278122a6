//! Desired and enforced access.
//!
//! `flows::access` decides and writes the decision here with [`intend`]; RADIUS answers by it from that
//! commit on; [`crate::enforce`] brings live sessions to it; it is *enforced* when every open session
//! runs with it, or none is open.

mod agree;
mod attempt;
mod claim;
mod intend;
mod list;

use kernel::{AccountId, ProfileId, Result, SubscriptionId, TrailId, Ts};
use serde_json::Value as Json;
use store::{Query, QueryExt, args, row};

use crate::desired::{Desired, DesiredKind, Why};

pub use agree::{How, Running, agreement};
pub(crate) use agree::{end_of_device, reopen_raced, settle};
pub use attempt::{Attempt, AttemptHow, Delivered, enforced, record_attempt, record_attempts};
pub(crate) use claim::{Due, claim};
pub use claim::{
    Steady, Target, Work, awaited, claim_unenforced, due_rechecks, recheck, recheck_all, stay,
};
pub use intend::{Intention, edition, intend, intend_many};
pub use list::{AttemptRow, Change, NotEnforced, Timing, attempts, changes, not_enforced, timings};

/// The access of one subscription as it stands.
#[derive(Clone, Debug)]
pub struct Access {
    pub subscription: SubscriptionId,
    pub account: Option<AccountId>,
    pub desired: Desired,
    pub why: Why,
    /// The edition of the profile that is desired; 0 when blocked.
    pub profile_revision: i64,
    /// Rises by one whenever a NAS has to be told something else.
    pub version: i64,
    /// When the cause of the present effect happened.
    pub caused_at: Ts,
    pub since: Ts,
    pub recheck_at: Option<Ts>,
    pub enforced_version: i64,
    pub enforced_at: Option<Ts>,
    pub next_attempt_at: Option<Ts>,
    pub attempts: i64,
    pub trail: TrailId,
}

impl Access {
    pub const fn is_enforced(&self) -> bool {
        self.enforced_version >= self.version
    }
}

row! {
    pub(crate) struct AccessRow {
        pub subscription_id: SubscriptionId,
        pub account_id: Option<AccountId>,
        pub desired: DesiredKind,
        pub profile_id: Option<ProfileId>,
        pub reason: Option<String>,
        pub holds: Json,
        pub why: Json,
        pub profile_revision: i64,
        pub version: i64,
        pub caused_at: Ts,
        pub since: Ts,
        pub recheck_at: Option<Ts>,
        pub enforced_version: i64,
        pub enforced_at: Option<Ts>,
        pub next_attempt_at: Option<Ts>,
        pub attempts: i64,
        pub trail: TrailId,
    }
}

pub(crate) const COLUMNS: &str = "subscription_id, account_id, desired, profile_id, reason, holds, \
    why, profile_revision, version, caused_at, since, recheck_at, enforced_version, enforced_at, next_attempt_at, \
    attempts, trail";

impl TryFrom<AccessRow> for Access {
    type Error = kernel::Fault;
    fn try_from(row: AccessRow) -> Result<Self> {
        Ok(Self {
            subscription: row.subscription_id,
            account: row.account_id,
            desired: Desired::stored(row.desired, row.profile_id, row.reason, &row.holds)?,
            why: Why::from_json(&row.why),
            profile_revision: row.profile_revision,
            version: row.version,
            caused_at: row.caused_at,
            since: row.since,
            recheck_at: row.recheck_at,
            enforced_version: row.enforced_version,
            enforced_at: row.enforced_at,
            next_attempt_at: row.next_attempt_at,
            attempts: row.attempts,
            trail: row.trail,
        })
    }
}

/// The subscription's access, when a decision was made. The caller has checked the scope.
pub async fn of(q: &mut dyn Query, subscription: SubscriptionId) -> Result<Option<Access>> {
    let sql = format!("select {COLUMNS} from network_access where subscription_id = $1");
    let row: Option<AccessRow> = q.row_opt(&sql, args![subscription]).await?;
    row.map(Access::try_from).transpose()
}

/// The access of these subscriptions, in the order of their ids; those without one are left out.
pub async fn of_many(q: &mut dyn Query, ids: &[SubscriptionId]) -> Result<Vec<Access>> {
    let sql = format!(
        "select {COLUMNS} from network_access where subscription_id {{AMONG}}($1)
         order by subscription_id"
    );
    let rows: Vec<AccessRow> = q.rows(&sql, args![ids]).await?;
    rows.into_iter().map(Access::try_from).collect()
}

/// The access of every subscription from `first` to `last` (both with) by id, in that order: for passes
/// over all of them.
pub async fn between(
    q: &mut dyn Query,
    first: SubscriptionId,
    last: SubscriptionId,
) -> Result<Vec<Access>> {
    let sql = format!(
        "select {COLUMNS} from network_access where subscription_id >= $1 and subscription_id <= $2
         order by subscription_id"
    );
    let rows: Vec<AccessRow> = q.rows(&sql, args![first, last]).await?;
    rows.into_iter().map(Access::try_from).collect()
}
