//! Reactions: inside the transaction of their cause, or after it from a queue.
//!
//! One row a (event, reaction); the row goes in the transaction of the reaction's effect, so that on our
//! own tables the effect happens exactly once.

use kernel::{Event, EventId, Fault, Result, TrailId, Ts};

use crate::query::QueryExt;
use crate::{Db, Tx, Value, args, row};

/// More rounds than any story needs: reactions that chase each other are a bug.
const ROUNDS_MAX: usize = 100_000;
/// Tries before a row waits for a person.
const ATTEMPTS_MAX: i64 = 12;

/// Runs the inside reactions until nothing new is said, and queues the after reactions.
pub(crate) async fn react(tx: &mut Tx) -> Result<()> {
    let reactor = crate::Query::db(tx).reactor();
    let mut rounds = 0;
    let mut queued = Vec::new();
    while !tx.pending.is_empty() {
        let events = std::mem::take(&mut tx.pending);
        rounds += events.len();
        if rounds > ROUNDS_MAX {
            return Err(Fault::bug("reactions chase each other"));
        }
        if let Some(reactor) = &reactor {
            for event in &events {
                reactor.inside(tx, event).await?;
                queued.extend(rows(tx, event, reactor.after(event))?);
            }
            reactor.together(tx, &events).await?;
        }
        tx.said.extend(events);
    }
    tx.bulk(
        "insert into store_outbox (id, reaction, event, trail, created_at, next_attempt_at)",
        "",
        6,
        queued,
    )
    .await
    .map(drop)
}

/// The rows that queue an event's after reactions.
fn rows(tx: &mut Tx, event: &Event, reactions: &[&str]) -> Result<Vec<Value>> {
    if reactions.is_empty() {
        return Ok(Vec::new());
    }
    let id: EventId = tx.new_id();
    let json = serde_json::to_value(event).map_err(|e| Fault::bug(e.to_string()))?;
    let (trail, now) = (tx.trail(), tx.now());
    Ok(reactions.iter().flat_map(|name| args![id, *name, json.clone(), trail, now, now]).collect())
}

row! {
    struct DeliveryRow { id: EventId, reaction: String, event: serde_json::Value, trail: TrailId,
        attempts: i64, created_at: Ts }
}

/// An after reaction that this process has leased.
#[derive(Clone, Debug)]
pub struct Delivery {
    pub id: EventId,
    pub reaction: String,
    pub event: Event,
    pub trail: TrailId,
    pub attempts: i64,
    pub created_at: Ts,
}

/// Leases up to `limit` due rows for `lease_secs`.
pub async fn claim(db: &Db, now: Ts, limit: i64, lease_secs: i64) -> Result<Vec<Delivery>> {
    let cause = kernel::Cause::system(now, "outbox");
    let mut rows: Vec<DeliveryRow> = db
        .write_bulk(&cause, async |tx: &mut Tx| {
            tx.rows(
                "update store_outbox set locked_until = $1, attempts = attempts + 1
                 where (id, reaction) in (
                   select id, reaction from store_outbox
                   where dead = false and next_attempt_at <= $2
                     and (locked_until is null or locked_until < $2)
                   order by next_attempt_at, id limit $3 {SKIP_LOCKED})
                 returning id, reaction, event, trail, attempts, created_at",
                args![now.plus_secs(lease_secs), now, limit],
            )
            .await
        })
        .await?;
    rows.sort_by(|a, b| (a.created_at, a.id, &a.reaction).cmp(&(b.created_at, b.id, &b.reaction)));
    rows.into_iter()
        .map(|r| {
            let event = serde_json::from_value(r.event)
                .map_err(|e| Fault::bug(format!("an event in the outbox: {e}")))?;
            Ok(Delivery {
                id: r.id,
                reaction: r.reaction,
                event,
                trail: r.trail,
                attempts: r.attempts,
                created_at: r.created_at,
            })
        })
        .collect()
}

/// Removes the row, in the transaction of the reaction's effect. `false`: somebody else did it before,
/// so the caller must leave the effect out.
pub async fn done(tx: &mut Tx, delivery: &Delivery) -> Result<bool> {
    let gone = tx
        .exec(
            "delete from store_outbox where id = $1 and reaction = $2",
            args![delivery.id, delivery.reaction],
        )
        .await?;
    Ok(gone == 1)
}

/// Puts the row back with a growing delay; after twelve tries it is dead and waits for a person.
pub async fn failed(db: &Db, delivery: &Delivery, now: Ts, error: &str) -> Result<()> {
    let delay_secs = 2i64.saturating_pow(u32::try_from(delivery.attempts).unwrap_or(12).min(11));
    let dead = delivery.attempts >= ATTEMPTS_MAX;
    db.write_bulk(&kernel::Cause::system(now, "outbox"), async |tx: &mut Tx| {
        tx.exec(
            "update store_outbox set locked_until = null, next_attempt_at = $1, last_error = $2,
               dead = $3 where id = $4 and reaction = $5",
            args![now.plus_secs(delay_secs), error, dead, delivery.id, delivery.reaction],
        )
        .await
    })
    .await?;
    Ok(())
}

/// How many rows wait, and since when the oldest.
pub async fn backlog(db: &Db) -> Result<(i64, Option<Ts>, i64)> {
    db.reader()
        .row(
            "select count(*), min(created_at), cast(coalesce(sum(case when dead then 1 else 0 end), 0) as bigint)
             from store_outbox",
            args![],
        )
        .await
}
