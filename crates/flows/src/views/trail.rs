//! One trail: everything that followed from one request or one turn of a task, hop by hop, with times.
//!
//! A trail crosses rooms, so each hop is shown only when its subject lies in the reader's scope, and what
//! is technical only to those who may see the network. A trail of which nothing is left does not exist.

use kernel::{Actor, Fault, Permission, Result, Scope, SubscriptionId, TrailId, Ts};
use store::{Query, QueryExt, Value, args};
use uuid::Uuid;

use super::subjects;

/// One hop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    pub at: Ts,
    /// `journal`, `reaction`, `access`, `router`, `message`, `hop`.
    pub kind: &'static str,
    /// What happened: `payment.received`, `access.isolated`, `router.change` …
    pub what: String,
    /// `payment`, `subscription` … and its id.
    pub subject: Option<String>,
    pub subject_id: Option<Uuid>,
    /// Who did it; `None`: the program by itself.
    pub by: Option<String>,
    /// What came of it: `ack`, `waiting`, `sent`, an error.
    pub outcome: Option<String>,
}

/// More hops than this are not shown: a billing run's trail is long.
const HOPS_MAX: i64 = 500;
/// What follows later than this has a trail of its own. It bounds the search in tables that are ordered by
/// time and know no trail.
const DAYS_MAX: i64 = 1;

/// The hops of a trail in the order of their times.
///
/// # Errors
/// `store.trail_not_found` when there is none, or nothing of it in the actor's scope.
pub async fn of(q: &mut dyn Query, actor: &Actor, trail: TrailId) -> Result<Vec<Hop>> {
    let mut hops = Vec::new();
    let scope = &actor.scope;
    // Technicians and customers have no trails.
    if scope.technician.is_none() && scope.customer.is_none() {
        let technical = actor.may(Permission::SessionRead);
        hops.extend(journal(q, actor, trail).await?);
        if let Some(from) = start_of(q, trail).await? {
            hops.extend(changes(q, scope, technical, trail, from).await?);
            hops.extend(messages(q, scope, trail, from).await?);
        }
        if *scope == Scope::all() {
            hops.extend(waiting(q, trail).await?);
            hops.extend(noted(q, trail).await?);
        }
    }
    if hops.is_empty() {
        return Err(Fault::not_found(
            "store.trail_not_found",
            "Jejak ini tidak ada, atau bukan wewenang Anda.",
            "There is no such trail, or it is not yours to see.",
        ));
    }
    hops.sort_by_key(|hop| hop.at);
    Ok(hops)
}

store::row! {
    struct JournalRow { recorded_at: Ts, actor: String, actor_name: String, subject: String,
        subject_id: Uuid, action: String }
}

async fn journal(q: &mut dyn Query, actor: &Actor, trail: TrailId) -> Result<Vec<Hop>> {
    let sql = format!(
        "select j.recorded_at, j.actor, j.actor_name, j.subject, j.subject_id, j.action
         from store_journal j where j.trail = $1 and ($2 is null or 1 = 1) and ($3 is null or 1 = 1)
           and {} order by j.recorded_at, j.id limit $4",
        subjects::condition(actor, "$2", "$3")
    );
    let (branch, partner) = (actor.scope.branch, actor.scope.partner);
    let rows: Vec<JournalRow> = q.rows(&sql, args![trail, branch, partner, HOPS_MAX]).await?;
    let hop = |r: JournalRow| Hop {
        at: r.recorded_at,
        kind: "journal",
        what: format!("{}.{}", r.subject, r.action),
        by: (!r.actor.starts_with("system:")).then_some(r.actor_name),
        subject: Some(r.subject),
        subject_id: Some(r.subject_id),
        outcome: None,
    };
    Ok(rows.into_iter().map(hop).collect())
}

store::row! {
    struct ChangeRow { subscription_id: SubscriptionId, version: i64, at: Ts, desired: String,
        caused_at: Ts, acked_at: Option<Ts>, enforced_at: Option<Ts>, enforced_how: Option<String> }
}
store::row! {
    struct RouterRow { subscription_id: SubscriptionId, how: String, answer: String, sent_at: Ts }
}

/// The changes of access on the trail: decided, acknowledged, enforced; and what the routers were told.
async fn changes(
    q: &mut dyn Query,
    scope: &Scope,
    technical: bool,
    trail: TrailId,
    from: Ts,
) -> Result<Vec<Hop>> {
    let rows: Vec<ChangeRow> = q
        .rows(
            "select h.subscription_id, h.version, h.at, h.desired, h.caused_at, h.acked_at,
               h.enforced_at, h.enforced_how
             from network_access_change h
             join billing_subscription s on s.id = h.subscription_id
             where h.at >= $5 and h.at < $6 and h.trail = $1 and h.effect = true
               and ($2 is null or s.branch_id = $2) and ($3 is null or s.partner_id = $3)
             order by h.at, h.id limit $4",
            args![trail, scope.branch, scope.partner, HOPS_MAX, from, from.plus_days(DAYS_MAX)],
        )
        .await?;
    let mut hops = Vec::new();
    for row in &rows {
        let hop = |at: Ts, what: String, outcome: Option<String>| Hop {
            at,
            kind: "access",
            what,
            subject: Some("subscription".to_owned()),
            subject_id: Some(row.subscription_id.uuid()),
            by: None,
            outcome,
        };
        hops.push(hop(row.at, format!("access.{}", row.desired), None));
        hops.extend(row.acked_at.map(|at| hop(at, "access.acknowledged".to_owned(), None)));
        hops.extend(
            row.enforced_at
                .map(|at| hop(at, "access.enforced".to_owned(), row.enforced_how.clone())),
        );
    }
    if technical {
        hops.extend(routers(q, &rows).await?);
    }
    Ok(hops)
}

async fn routers(q: &mut dyn Query, changes: &[ChangeRow]) -> Result<Vec<Hop>> {
    let mut hops = Vec::new();
    for chunk in changes.chunks(200) {
        let pairs: Vec<String> =
            (0..chunk.len()).map(|n| format!("(${},${})", n * 2 + 1, n * 2 + 2)).collect();
        let sql = format!(
            "select subscription_id, how, answer, sent_at from network_coa
             where (subscription_id, version) in (values {}) order by sent_at, id",
            pairs.join(",")
        );
        let values: Vec<Value> =
            chunk.iter().flat_map(|c| args![c.subscription_id, c.version]).collect();
        let rows: Vec<RouterRow> = q.rows(&sql, values).await?;
        hops.extend(rows.into_iter().map(|r| Hop {
            at: r.sent_at,
            kind: "router",
            what: format!("router.{}", r.how),
            subject: Some("subscription".to_owned()),
            subject_id: Some(r.subscription_id.uuid()),
            by: None,
            outcome: Some(r.answer),
        }));
    }
    Ok(hops)
}

store::row! {
    struct MessageRow { id: Uuid, template: String, channel: String, created_at: Ts,
        sent_at: Option<Ts>, state: String }
}

async fn messages(q: &mut dyn Query, scope: &Scope, trail: TrailId, from: Ts) -> Result<Vec<Hop>> {
    let rows: Vec<MessageRow> = q
        .rows(
            "select id, template, channel, created_at, sent_at, state from notification_message
             where created_at >= $2 and created_at < $3 and trail = $1
               and ($4 is null or branch_id = $4) and ($5 is null or partner_id = $5)
             order by created_at, id limit $6",
            args![trail, from, from.plus_days(DAYS_MAX), scope.branch, scope.partner, HOPS_MAX],
        )
        .await?;
    let mut hops = Vec::new();
    for row in rows {
        let hop = |at: Ts, what: &str, outcome: Option<String>| Hop {
            at,
            kind: "message",
            what: format!("message.{what}"),
            subject: Some("message".to_owned()),
            subject_id: Some(row.id),
            by: None,
            outcome,
        };
        let named = Some(format!("{} ({})", row.template, row.channel));
        hops.push(hop(row.created_at, "queued", named));
        hops.extend(row.sent_at.map(|at| hop(at, &row.state, None)));
    }
    Ok(hops)
}

/// When the trail began: ids made by the program carry their time, a request's is told by the journal.
async fn start_of(q: &mut dyn Query, trail: TrailId) -> Result<Option<Ts>> {
    let id = trail.uuid();
    if id.get_version_num() == 7 {
        let millis = i64::try_from(id.as_u128() >> 80).unwrap_or(0);
        return Ok(Some(Ts::from_micros(millis * 1_000)));
    }
    q.value("select min(recorded_at) from store_journal where trail = $1", args![trail]).await
}

store::row! {
    struct WaitingRow { reaction: String, event: serde_json::Value, created_at: Ts, attempts: i64,
        dead: bool, last_error: Option<String> }
}

/// Reactions of the trail that have not happened yet. Those that have leave their own hops.
async fn waiting(q: &mut dyn Query, trail: TrailId) -> Result<Vec<Hop>> {
    let rows: Vec<WaitingRow> = q
        .rows(
            "select reaction, event, created_at, attempts, dead, last_error from store_outbox
             where trail = $1 order by created_at, id, reaction limit $2",
            args![trail, HOPS_MAX],
        )
        .await?;
    Ok(rows
        .into_iter()
        .map(|r| {
            let event = r.event.get("event").and_then(|e| e.as_str()).unwrap_or("event");
            let state = if r.dead { "dead" } else { "waiting" };
            let error = r.last_error.map(|e| format!("{state}: {e}"));
            Hop {
                at: r.created_at,
                kind: "reaction",
                what: format!("{}.{event}", r.reaction),
                subject: None,
                subject_id: None,
                by: None,
                outcome: Some(error.unwrap_or_else(|| state.to_owned())),
            }
        })
        .collect())
}

async fn noted(q: &mut dyn Query, trail: TrailId) -> Result<Vec<Hop>> {
    let rows: Vec<(Ts, String)> = q
        .rows(
            "select at, hop from store_trail_hop where trail = $1 order by at, id limit $2",
            args![trail, HOPS_MAX],
        )
        .await?;
    let hop = |(at, what): (Ts, String)| Hop {
        at,
        kind: "hop",
        what,
        subject: None,
        subject_id: None,
        by: None,
        outcome: None,
    };
    Ok(rows.into_iter().map(hop).collect())
}
