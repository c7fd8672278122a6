//! Whether a subscription is online: what sales, resellers and customers may know of the network.

use kernel::{Day, Fault, Result, Scope, SubscriptionId, Ts};
use network::usage::{UsageDay, UsageFacts};
use network::{DesiredKind, SessionState};
use store::{Query, QueryExt, args};

use crate::why::Say;

store::row! {
    struct AccessRow { desired: DesiredKind, why: serde_json::Value, since: Ts, enforced: bool,
        enforced_at: Option<Ts>, caused_at: Ts }
}
store::row! {
    struct SessionRow { state: SessionState, started_at: Ts, updated_at: Ts, stopped_at: Option<Ts>,
        isolated: bool }
}

store::words! {
    /// In one word. `suspect`: its last three reports are missing.
    pub enum Condition {
        Online = "online",
        Isolated = "isolated",
        Suspect = "suspect",
        Offline = "offline",
    }
}

/// The connection of a subscription as it is now.
#[derive(Clone, Debug)]
pub struct Online {
    pub condition: Condition,
    /// Since when the session runs, or when the last one ended.
    pub since: Option<Ts>,
    pub last_seen_at: Option<Ts>,
    /// What it should have; `None` before the first decision.
    pub desired: Option<DesiredKind>,
    /// Why, as the decision says.
    pub why: Option<Say>,
    /// The routers run what is desired.
    pub enforced: bool,
    pub enforced_at: Option<Ts>,
    /// When the cause of what is desired happened.
    pub caused_at: Option<Ts>,
}

/// The connection of one subscription.
///
/// # Errors
/// `billing.subscription_not_found` when there is none in scope.
pub async fn of(q: &mut dyn Query, scope: &Scope, id: SubscriptionId) -> Result<Online> {
    billing::subscription::find(q, scope, id).await?;
    let access: Option<AccessRow> = q
        .row_opt(
            "select desired, why, since, (enforced_version >= version) as enforced, enforced_at,
               caused_at
             from network_access where subscription_id = $1",
            args![id],
        )
        .await?;
    let session: Option<SessionRow> = q
        .row_opt(
            "select state, started_at, updated_at, stopped_at, isolated from network_session
             where subscription_id = $1
             order by case state when 'live' then 1 when 'suspect' then 2 else 3 end,
               started_at desc, id desc limit 1",
            args![id],
        )
        .await?;
    let condition = match &session {
        Some(s) if s.state == SessionState::Suspect => Condition::Suspect,
        Some(s) if s.state == SessionState::Live && s.isolated => Condition::Isolated,
        Some(s) if s.state == SessionState::Live => Condition::Online,
        _ => Condition::Offline,
    };
    let since = session.as_ref().and_then(|s| match s.state {
        SessionState::Closed => s.stopped_at,
        _ => Some(s.started_at),
    });
    Ok(Online {
        condition,
        since,
        last_seen_at: session.map(|s| s.updated_at),
        desired: access.as_ref().map(|a| a.desired),
        why: access.as_ref().map(|a| said(&a.why)),
        enforced: access.as_ref().is_some_and(|a| a.enforced),
        enforced_at: access.as_ref().and_then(|a| a.enforced_at),
        caused_at: access.map(|a| a.caused_at),
    })
}

/// The sentences of a stored reason.
pub fn said(why: &serde_json::Value) -> Say {
    let text = |key: &str| why.get(key).and_then(|v| v.as_str()).unwrap_or_default().to_owned();
    Say { id: text("id"), en: text("en") }
}

/// Days shown when nothing is asked for, and at most.
const USAGE_DAYS: i32 = 30;
const USAGE_DAYS_MAX: i64 = 400;

/// What a subscription moved, day by day.
#[derive(Clone, Debug)]
pub struct Usage {
    pub from: Day,
    pub to: Day,
    /// Days without traffic are left out.
    pub days: Vec<UsageDay>,
    /// The quota of the running period; `None` when the plan has none.
    pub quota: Option<UsageFacts>,
}

/// The usage of one subscription from `from` to `to`, both counted; the last 30 days when not given.
///
/// # Errors
/// `billing.subscription_not_found` when there is none in scope; names `from` or `to` when the days are
/// the wrong way round or more than 400.
pub async fn usage(
    q: &mut dyn Query,
    scope: &Scope,
    id: SubscriptionId,
    (from, to): (Option<Day>, Option<Day>),
    now: Ts,
) -> Result<Usage> {
    let found = billing::subscription::find(q, scope, id).await?;
    let zone = catalog::current(q).await?.zone(found.branch_id);
    let to = to.unwrap_or_else(|| now.day(zone));
    let from = from.unwrap_or_else(|| to.plus_days(1 - USAGE_DAYS));
    if from > to {
        let (id, en) = ("tidak boleh setelah hari terakhir", "must not be after the last day");
        return Err(Fault::field("from", "range", id, en));
    }
    if from.days_until(to) >= USAGE_DAYS_MAX {
        let (id, en) = ("paling banyak 400 hari", "at most 400 days");
        return Err(Fault::field("from", "range", id, en));
    }
    let days = network::usage::days(q, id, from, to).await?;
    let quota = network::usage::facts(q, id).await?.filter(|facts| facts.limit_bytes.is_some());
    Ok(Usage { from, to, days, quota })
}
