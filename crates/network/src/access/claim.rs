//! What is still to be carried out, and what is to be decided again.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use catalog::Catalog;
use kernel::{AccountId, BranchId, Cause, NasId, Result, SessionId, SubscriptionId, Ts};
use store::{Db, Query, QueryExt, Tx, args, row};

use super::attempt::{AttemptHow, Delivered};
use super::{Access, AccessRow, COLUMNS};
use crate::control::{AccessView, LiveSession};
use crate::desired::DesiredKind;
use crate::directory::{profile_of, reply_profile};
use crate::mac::Mac;
use crate::reply::ReplyProfile;
use crate::session::parse_ip;
use crate::words::{SessionState, Vendor};

/// Seconds for which a claim is this process's.
const LEASE_SECS: i64 = 60;

/// A session that does not run with the desired access yet.
#[derive(Clone, Debug)]
pub struct Target {
    pub session: LiveSession,
    pub vendor: Vendor,
    /// Only a new session can have the desired profile; see [`ReplyProfile::needs_restart`].
    pub needs_restart: bool,
    /// Its device was taken away: it has to end, whatever it runs with.
    pub unwanted: bool,
    /// What was tried for this version before, oldest first.
    pub tried: Vec<(AttemptHow, Delivered)>,
}

/// A subscription whose access is not enforced.
#[derive(Clone, Debug)]
pub struct Work {
    pub access: AccessView,
    pub attempts: i64,
    /// How often accounting of its sessions comes.
    pub interim_secs: i64,
    pub targets: Vec<Target>,
}

row! {
    struct SessionRow {
        id: SessionId, nas_id: NasId, account_id: Option<AccountId>,
        subscription_id: SubscriptionId, branch_id: BranchId, acct_session_id: String,
        username: String, mac: Option<Mac>, framed_ip: Option<String>, started_at: Ts,
        updated_at: Ts, state: SessionState, access_version: Option<i64>, acked_version: i64,
        vendor: Vendor, ran_kind: Option<DesiredKind>, ran_profile: Option<kernel::ProfileId>,
        ran_revision: Option<i64>, unwanted: bool, told: bool,
    }
}

/// Leases up to `limit` subscriptions that are not enforced and due, each with its open sessions. Until
/// the lease ends nobody else gets them. What was not attempted yet comes first: a NAS that does not
/// answer delays nobody else's.
pub async fn claim_unenforced(db: &Db, now: Ts, limit: i64) -> Result<Vec<Work>> {
    claim(db, now, limit, Due::All, &[]).await
}

/// Which of the due subscriptions are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    All,
    /// Only those that were not attempted yet.
    New,
}

/// As [`claim_unenforced`], without those that have a session at one of the NAS `except`.
pub(crate) async fn claim(
    db: &Db,
    now: Ts,
    limit: i64,
    due: Due,
    except: &[NasId],
) -> Result<Vec<Work>> {
    let only_new = if due == Due::New { "and a.attempts = 0" } else { "" };
    let elsewhere = if except.is_empty() {
        ""
    } else {
        "and not exists (select 1 from network_session s
           where s.subscription_id = a.subscription_id and s.state <> 'closed'
             and s.nas_id {AMONG}($4))"
    };
    let sql = format!(
        "update network_access set next_attempt_at = $1
         where subscription_id in (
           select a.subscription_id from network_access a
           where a.enforced_version < a.version and a.next_attempt_at <= $2 {only_new} {elsewhere}
           order by case when a.attempts = 0 then 0 else 1 end, a.next_attempt_at, a.subscription_id
           limit $3 {{SKIP_LOCKED}})
         returning {COLUMNS}"
    );
    let until = now.plus_secs(LEASE_SECS);
    db.write(&Cause::system(now, "access_enforcer"), async |tx: &mut Tx| {
        let mut params = args![until, now, limit];
        if !except.is_empty() {
            params.extend(args![except]);
        }
        let rows: Vec<AccessRow> = tx.rows(&sql, params).await?;
        let mut claimed: Vec<Access> =
            rows.into_iter().map(Access::try_from).collect::<Result<_>>()?;
        claimed.sort_by_key(|a| (a.since, a.subscription));
        work_of(tx, claimed).await
    })
    .await
}

async fn work_of(tx: &mut Tx, claimed: Vec<Access>) -> Result<Vec<Work>> {
    if claimed.is_empty() {
        return Ok(Vec::new());
    }
    let catalog = catalog::current(tx).await?;
    let ids: Vec<SubscriptionId> = claimed.iter().map(|a| a.subscription).collect();
    let mut sessions = sessions_of(tx, &ids).await?;
    let mut tried = tried_of(tx, &ids).await?;
    let interim_secs = catalog.isp_policy().interim_secs;
    let mut all = Vec::with_capacity(claimed.len());
    for access in claimed {
        let profile = profile_of(&catalog, &access.desired)?;
        let open = sessions.remove(&access.subscription).unwrap_or_default();
        let mut targets = Vec::with_capacity(open.len());
        for row in open {
            let ran = ran_profile(&catalog, &row);
            let desired = profile.as_deref();
            let edited = row.ran_revision != Some(access.profile_revision);
            if edited && is_told_nothing_else(&row, ran.as_deref(), desired) {
                runs_with(tx, row.id, access.version).await?;
                continue;
            }
            let key = (row.id, access.version);
            targets.push(Target {
                vendor: row.vendor,
                needs_restart: desired.is_some_and(|p| p.needs_restart(ran.as_deref(), row.vendor)),
                unwanted: row.unwanted,
                tried: tried.remove(&key).unwrap_or_default(),
                session: live(row),
            });
        }
        all.push(Work {
            attempts: access.attempts,
            interim_secs,
            access: AccessView {
                subscription: access.subscription,
                version: access.version,
                desired: access.desired,
                profile,
            },
            targets,
        });
    }
    Ok(all)
}

/// The profile the session runs with, in the edition that it was told, as far as the history knows.
fn ran_profile(catalog: &Catalog, row: &SessionRow) -> Option<Arc<ReplyProfile>> {
    let profile = match (row.ran_kind?, row.ran_profile) {
        (DesiredKind::Full, Some(profile)) => profile,
        (DesiredKind::Isolated, _) => catalog.isolation_profile().ok()?.id,
        _ => return None,
    };
    let then = catalog.profile_as_of(profile, row.ran_revision.unwrap_or(0))?;
    Some(Arc::new(reply_profile(then)))
}

/// Only the profile's edition differs, and it says the same to routers of this vendor: the session is left
/// in peace. Not when it was told anything since, since a change may have come although its answer did not.
fn is_told_nothing_else(
    row: &SessionRow,
    ran: Option<&ReplyProfile>,
    desired: Option<&ReplyProfile>,
) -> bool {
    let (Some(ran), Some(desired)) = (ran, desired) else { return false };
    ran.id == desired.id
        && ran.for_vendor(row.vendor) == desired.for_vendor(row.vendor)
        && !row.unwanted
        && !row.told
}

/// Notes that a session runs with this version without having been told.
async fn runs_with(tx: &mut Tx, session: SessionId, version: i64) -> Result<()> {
    tx.exec(
        "update network_session set acked_version = $1, acked_at = null
         where id = $2 and acked_version < $1",
        args![version, session],
    )
    .await?;
    Ok(())
}

fn live(row: SessionRow) -> LiveSession {
    LiveSession {
        id: row.id,
        nas: row.nas_id,
        acct_session_id: row.acct_session_id,
        username: row.username,
        account: row.account_id,
        subscription: Some(row.subscription_id),
        branch: row.branch_id,
        mac: row.mac,
        framed_ip: parse_ip(row.framed_ip.as_deref()),
        started_at: row.started_at,
        updated_at: row.updated_at,
        state: row.state,
        access_version: Some(row.access_version.unwrap_or(0).max(row.acked_version)),
    }
}

async fn sessions_of(
    tx: &mut Tx,
    ids: &[SubscriptionId],
) -> Result<BTreeMap<SubscriptionId, Vec<SessionRow>>> {
    let sql =
        "select s.id, s.nas_id, s.account_id, s.subscription_id, s.branch_id, s.acct_session_id,
           s.username, s.mac, s.framed_ip, s.started_at, s.updated_at, s.state, s.access_version,
           s.acked_version, n.vendor, c.desired as ran_kind, c.profile_id as ran_profile,
           c.profile_revision as ran_revision, s.unwanted,
           exists (select 1 from network_coa k where k.session_id = s.id and k.version >
             case when s.acked_version > coalesce(s.access_version, 0) then s.acked_version
               else coalesce(s.access_version, 0) end) as told
         from network_session s
         join network_nas n on n.id = s.nas_id
         left join network_access_change c on c.subscription_id = s.subscription_id
           and c.effect = true and c.version =
             case when s.acked_version > coalesce(s.access_version, 0) then s.acked_version
               else s.access_version end
         where s.state <> 'closed' and s.subscription_id {AMONG}($1)
         order by s.subscription_id, s.started_at, s.id";
    let rows: Vec<SessionRow> = tx.rows(sql, args![ids]).await?;
    let mut by: BTreeMap<SubscriptionId, Vec<SessionRow>> = BTreeMap::new();
    for row in rows {
        by.entry(row.subscription_id).or_default().push(row);
    }
    Ok(by)
}

type Tried = BTreeMap<(SessionId, i64), Vec<(AttemptHow, Delivered)>>;

async fn tried_of(tx: &mut Tx, ids: &[SubscriptionId]) -> Result<Tried> {
    let sql = "select c.session_id, c.version, c.how, c.answer
         from network_coa c join network_access a
           on a.subscription_id = c.subscription_id and a.version = c.version
         where c.subscription_id {AMONG}($1) order by c.sent_at, c.id";
    let rows: Vec<(SessionId, i64, AttemptHow, Delivered)> = tx.rows(sql, args![ids]).await?;
    let mut by = Tried::new();
    for (session, version, how, answer) in rows {
        by.entry((session, version)).or_default().push((how, answer));
    }
    Ok(by)
}

/// The user names of up to `limit` accounts whose access is not enforced, the newest change first.
///
/// # Errors
/// `store.unavailable` when the database is away.
pub async fn awaited(q: &mut dyn Query, limit: i64) -> Result<HashSet<String>> {
    let names: Vec<String> = q
        .values(
            // Few of many: the accounts are looked up for those only, whatever the planner thinks of it.
            "select t.username from (select subscription_id from network_access
               where enforced_version < version order by since desc, subscription_id limit $1) a
             join network_account t on t.subscription_id = a.subscription_id
             where t.released_at is null",
            args![limit],
        )
        .await?;
    Ok(names.into_iter().collect())
}

/// Subscriptions whose answer may have changed by time, in the order of their ids.
pub async fn due_rechecks(q: &mut dyn Query, now: Ts) -> Result<Vec<SubscriptionId>> {
    q.values(
        "select subscription_id from network_access where recheck_at <= $1 order by subscription_id",
        args![now],
    )
    .await
}

/// An answer that was looked at and stays as it is, but for when it is looked at again.
#[derive(Clone, Copy, Debug)]
pub struct Steady {
    pub subscription: SubscriptionId,
    /// The time before, as it was read before the facts were.
    pub was: Option<Ts>,
    /// When the answer may change by itself.
    pub recheck_at: Option<Ts>,
}

/// Writes down when answers that stay are looked at again. One that was decided meanwhile, or is to be
/// decided again ([`recheck`]), has another time by now and keeps that: no locks are needed.
pub async fn stay(tx: &mut Tx, list: &[Steady]) -> Result<()> {
    // `is true`: an index on the time would find all that came due with these.
    let sql = "update network_access set recheck_at = $1
         where (recheck_at = $2) is true and subscription_id {AMONG}($3)";
    for ((later, was), ids) in alike(list, |s| (s.recheck_at, s.was)) {
        tx.exec(sql, args![later, was, ids]).await?;
    }
    Ok(())
}

/// As [`stay`], whatever time there is: the caller holds the locks.
pub(super) async fn stay_locked(tx: &mut Tx, list: &[Steady]) -> Result<()> {
    let sql = "update network_access set recheck_at = $1 where subscription_id {AMONG}($2)";
    for (later, ids) in alike(list, |s| s.recheck_at) {
        tx.exec(sql, args![later, ids]).await?;
    }
    Ok(())
}

/// Those of the same times together: most became due at once, and will again.
fn alike<K: Ord>(
    list: &[Steady],
    times: impl Fn(&Steady) -> K,
) -> BTreeMap<K, Vec<SubscriptionId>> {
    let mut alike: BTreeMap<K, Vec<SubscriptionId>> = BTreeMap::new();
    for s in list {
        alike.entry(times(s)).or_default().push(s.subscription);
    }
    alike
}

/// Due now, and at another time than while it was due before: whoever read that sees that it changed.
const AGAIN: &str = "case when recheck_at <= $1 then recheck_at - {MILLISECOND} else $1 end";

/// Lets the next sweep ask the decision again about everybody: the rules themselves changed.
pub async fn recheck_all(tx: &mut Tx) -> Result<()> {
    let sql = format!("update network_access set recheck_at = {AGAIN} where desired <> 'blocked'");
    tx.exec(&sql, args![tx.now()]).await?;
    Ok(())
}

/// Lets the next sweep ask the decision again about these. The caller holds their locks.
pub async fn recheck(tx: &mut Tx, ids: &[SubscriptionId]) -> Result<()> {
    let sql = format!(
        "update network_access set recheck_at = {AGAIN} where subscription_id {{AMONG}}($2)"
    );
    tx.exec(&sql, args![tx.now(), ids]).await?;
    Ok(())
}
