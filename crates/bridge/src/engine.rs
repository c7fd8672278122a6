//! An engine's settings, sealed, and how it is.

use kernel::{Fault, Id, Result, Ts};
use serde_json::{Value as Json, json};
use store::{Lock, Query, QueryExt, Sealer, Secret, Tx, args, row};
use uuid::Uuid;

use crate::breaker::Breaker;
use crate::kind::Engine;
use crate::{inbox, mark};

const TABLE: &str = "bridge_engine";

/// The kind of an engine row's id: what its secret is sealed to.
#[derive(Debug)]
enum EngineKind {}
type EngineId = Id<EngineKind>;

store::words! {
    pub enum EngineState { Attached = "attached", Detached = "detached" }
}

/// How to reach an engine. `shown` is for people (address, account, options); `secret` is for the
/// connector alone, in whatever form it likes.
#[derive(Clone, Debug)]
pub struct Settings {
    pub shown: Json,
    pub secret: Secret,
    /// Rises with every change: whoever keeps a connection made of the settings makes a new one.
    pub changed_at: Ts,
}

/// Attaches the engine, or gives it new settings. Links of an earlier time are kept: attaching again finds
/// what is there.
pub async fn attach(tx: &mut Tx, engine: Engine, shown: &Json, secret: &Secret) -> Result<()> {
    tx.lock(Lock::Named("bridge.engine")).await?;
    let known: Option<(EngineId, Json)> = tx
        .row_opt("select id, settings from bridge_engine where engine = $1", args![engine])
        .await?;
    let (id, before) = match known {
        Some((id, before)) => (id, before),
        None => (tx.new_id(), Json::Null),
    };
    let sealed = sealer(tx)?.seal(TABLE, id, secret)?;
    tx.exec(
        "insert into bridge_engine (engine, id, state, settings, secret_enc, attached_at, changed_at)
         values ($1,$2,'attached',$3,$4,$5,$5)
         on conflict (engine) do update set state = 'attached', settings = excluded.settings,
           secret_enc = excluded.secret_enc, detached_at = null, changed_at = excluded.changed_at,
           attached_at = case when bridge_engine.state = 'attached'
             then bridge_engine.attached_at else excluded.attached_at end,
           failures = 0, open_until = null",
        args![engine, id, shown, sealed, tx.now()],
    )
    .await?;
    tx.journal("engine", id.uuid(), "attached", before, shown.clone()).await
}

/// Detaches the engine: nothing is told to it or taken from it any more, its credentials are forgotten.
/// What it holds stays there, and its links stay here.
///
/// # Errors
/// `bridge.not_attached`.
pub async fn detach(tx: &mut Tx, engine: Engine) -> Result<()> {
    tx.lock(Lock::Named("bridge.engine")).await?;
    let changed = tx
        .exec(
            "update bridge_engine set state = 'detached', detached_at = $2, changed_at = $2,
               secret_enc = null, reachable = false, failures = 0, open_until = null
             where engine = $1 and state = 'attached'",
            args![engine, tx.now()],
        )
        .await?;
    if changed == 0 {
        return Err(not_attached(engine));
    }
    mark::forget_all(tx, engine).await?;
    tx.exec("delete from bridge_cursor where engine = $1", args![engine]).await?;
    let id = row_id(tx, engine).await?;
    tx.journal("engine", id, "detached", json!(null), json!(null)).await
}

/// The settings of an attached engine; `None` when it is not attached.
///
/// # Errors
/// `network.unreadable_secret` when the encryption key does not open them.
pub async fn settings(q: &mut dyn Query, engine: Engine) -> Result<Option<Settings>> {
    let found: Option<(EngineId, Json, Option<Vec<u8>>, Ts)> = q
        .row_opt(
            "select id, settings, secret_enc, changed_at from bridge_engine
             where engine = $1 and state = 'attached'",
            args![engine],
        )
        .await?;
    let Some((id, shown, Some(sealed), changed_at)) = found else { return Ok(None) };
    let secret = sealer(q)?.open(TABLE, id, &sealed)?;
    Ok(Some(Settings { shown, secret, changed_at }))
}

row! {
    /// What is left of an earlier time with an engine.
    pub struct Former { pub settings: Json, pub detached_at: Option<Ts> }
}

/// The settings that an engine has or had, without secrets; `None` when it was never attached.
pub async fn former(q: &mut dyn Query, engine: Engine) -> Result<Option<Former>> {
    q.row_opt("select settings, detached_at from bridge_engine where engine = $1", args![engine])
        .await
}

/// The engines that are attached. Cheap.
pub async fn attached(q: &mut dyn Query) -> Result<Vec<Engine>> {
    q.values("select engine from bridge_engine where state = 'attached' order by engine", args![])
        .await
}

/// When an attached engine's settings were last changed; `None` when it is not attached. Cheap.
pub async fn changed_at(q: &mut dyn Query, engine: Engine) -> Result<Option<Ts>> {
    q.value_opt(
        "select changed_at from bridge_engine where engine = $1 and state = 'attached'",
        args![engine],
    )
    .await
}

/// Where a feed of the engine was read to.
pub async fn cursor(q: &mut dyn Query, engine: Engine, name: &str) -> Result<Option<String>> {
    q.value_opt(
        "select value from bridge_cursor where engine = $1 and name = $2",
        args![engine, name],
    )
    .await
}

/// The names of cursors that begin so, without the beginning.
pub async fn cursors(q: &mut dyn Query, engine: Engine, prefix: &str) -> Result<Vec<String>> {
    let names: Vec<String> = q
        .values(
            "select name from bridge_cursor where engine = $1 and name like $2",
            args![engine, format!("{prefix}%")],
        )
        .await?;
    Ok(names.iter().filter_map(|n| n.strip_prefix(prefix)).map(str::to_owned).collect())
}

/// Moves it, in the transaction that stores what was read.
pub async fn set_cursor(tx: &mut Tx, engine: Engine, name: &str, value: &str) -> Result<()> {
    tx.exec(
        "insert into bridge_cursor (engine, name, value, moved_at) values ($1,$2,$3,$4)
         on conflict (engine, name) do update set value = excluded.value, moved_at = excluded.moved_at",
        args![engine, name, value, tx.now()],
    )
    .await?;
    Ok(())
}

/// Forgets a cursor.
pub async fn drop_cursor(tx: &mut Tx, engine: Engine, name: &str) -> Result<()> {
    tx.exec("delete from bridge_cursor where engine = $1 and name = $2", args![engine, name])
        .await
        .map(drop)
}

row! { struct BreakerRow { failures: i64, open_until: Option<Ts> } }

/// The breaker of an attached engine; `None` when it is not attached.
pub async fn breaker(q: &mut dyn Query, engine: Engine) -> Result<Option<Breaker>> {
    let found: Option<BreakerRow> = q
        .row_opt(
            "select failures, open_until from bridge_engine
             where engine = $1 and state = 'attached'",
            args![engine],
        )
        .await?;
    Ok(found.map(|b| Breaker { failures: b.failures, open_until: b.open_until }))
}

/// The engine answered, after `lag_ms`. `version` when the answer told it.
pub async fn answered(
    tx: &mut Tx,
    engine: Engine,
    version: Option<&str>,
    lag_ms: Option<i64>,
) -> Result<()> {
    tx.exec(
        "update bridge_engine set reachable = true, last_tried_at = $2, last_ok_at = $2,
           last_error = null, failures = 0, open_until = null,
           version = coalesce($3, version), lag_ms = coalesce($4, lag_ms)
         where engine = $1 and state = 'attached'",
        args![engine, tx.now(), version, lag_ms],
    )
    .await?;
    Ok(())
}

/// The engine took `told` records in `took_ms`: how fast it is, the newest turn as a fifth of the whole.
pub async fn measured(tx: &mut Tx, engine: Engine, told: usize, took_ms: i64) -> Result<()> {
    let per_hour = rate(told, took_ms);
    tx.exec(
        "update bridge_engine set told_per_hour =
           case when told_per_hour is null then $2 else (told_per_hour * 4 + $2) / 5 end
         where engine = $1 and state = 'attached'",
        args![engine, per_hour],
    )
    .await
    .map(drop)
}

/// Records an hour.
fn rate(told: usize, took_ms: i64) -> i64 {
    i64::try_from(told).unwrap_or(i64::MAX).saturating_mul(3_600_000) / took_ms.max(1)
}

/// In how many seconds a backlog is told at the measured rate; `None` while nobody can tell: it is away, or what
/// waits was refused.
fn empty_in(backlog: &mark::Backlog, reachable: bool, per_hour: Option<i64>) -> Option<i64> {
    let due = backlog.waiting - backlog.failing;
    match per_hour {
        _ if backlog.waiting == 0 => Some(0),
        Some(rate) if reachable && rate > 0 && due > 0 => Some((due * 3_600 + rate - 1) / rate),
        _ => None,
    }
}

/// The engine did not answer, or answered nonsense. Answers its breaker after that.
pub async fn failed(tx: &mut Tx, engine: Engine, error: &str) -> Result<Breaker> {
    tx.lock(Lock::Named("bridge.engine")).await?;
    let breaker = breaker(tx, engine).await?.unwrap_or_default().failed(tx.now());
    tx.exec(
        "update bridge_engine set reachable = false, last_tried_at = $2, last_error = $3,
           failures = $4, open_until = $5 where engine = $1 and state = 'attached'",
        args![engine, tx.now(), error, breaker.failures, breaker.open_until],
    )
    .await?;
    Ok(breaker)
}

row! {
    struct HealthRow {
        engine: Engine, state: EngineState, settings: Json, version: Option<String>, reachable: bool,
        attached_at: Ts, detached_at: Option<Ts>, last_tried_at: Option<Ts>, last_ok_at: Option<Ts>,
        last_error: Option<String>, lag_ms: Option<i64>, failures: i64, open_until: Option<Ts>,
        told_per_hour: Option<i64>,
    }
}

/// How an engine is, for a page.
#[derive(Clone, Debug)]
pub struct Health {
    pub engine: Engine,
    pub state: EngineState,
    /// Without secrets.
    pub settings: Json,
    pub version: Option<String>,
    pub reachable: bool,
    pub attached_at: Ts,
    pub detached_at: Option<Ts>,
    pub last_tried_at: Option<Ts>,
    pub last_ok_at: Option<Ts>,
    pub last_error: Option<String>,
    /// How long its last answer took.
    pub lag_ms: Option<i64>,
    pub breaker: Breaker,
    /// Records that wait to be told, and the oldest of them.
    pub backlog: mark::Backlog,
    /// Records that it took in an hour of being told, as measured.
    pub told_per_hour: Option<i64>,
    /// In how many seconds all that waits is told.
    pub empty_in_secs: Option<i64>,
    /// Notices of it that wait to be dealt with.
    pub notices: i64,
}

/// Every engine that was ever attached.
pub async fn health(q: &mut dyn Query) -> Result<Vec<Health>> {
    let rows: Vec<HealthRow> = q
        .rows(
            "select engine, state, settings, version, reachable, attached_at, detached_at,
               last_tried_at, last_ok_at, last_error, lag_ms, failures, open_until,
               told_per_hour
             from bridge_engine order by engine",
            args![],
        )
        .await?;
    let mut all = Vec::with_capacity(rows.len());
    for r in rows {
        let backlog = mark::backlog(q, r.engine).await?;
        all.push(Health {
            empty_in_secs: empty_in(&backlog, r.reachable, r.told_per_hour),
            told_per_hour: r.told_per_hour,
            backlog,
            notices: inbox::waiting(q, r.engine).await?.0,
            engine: r.engine,
            state: r.state,
            settings: r.settings,
            version: r.version,
            reachable: r.reachable,
            attached_at: r.attached_at,
            detached_at: r.detached_at,
            last_tried_at: r.last_tried_at,
            last_ok_at: r.last_ok_at,
            last_error: r.last_error,
            lag_ms: r.lag_ms,
            breaker: Breaker { failures: r.failures, open_until: r.open_until },
        });
    }
    Ok(all)
}

/// The id an engine's journal rows stand under.
pub(crate) async fn row_id(q: &mut dyn Query, engine: Engine) -> Result<Uuid> {
    let id: Option<Uuid> =
        q.value_opt("select id from bridge_engine where engine = $1", args![engine]).await?;
    id.ok_or_else(|| not_attached(engine))
}

pub fn not_attached(engine: Engine) -> Fault {
    Fault::conflict(
        "bridge.not_attached",
        format!("{engine} belum dipasang; pasang dengan: sambung engine attach {engine}"),
        format!("{engine} is not attached; attach it with: sambung engine attach {engine}"),
    )
}

fn sealer(q: &mut dyn Query) -> Result<std::sync::Arc<Sealer>> {
    q.ext::<Sealer>().ok_or_else(|| {
        Fault::unavailable(
            "bridge.no_key",
            "Kunci enkripsi belum dipasang; hubungi admin.",
            "The encryption key is not configured; call the admin.",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backlog_is_over_at_the_measured_rate_and_nobody_guesses_without_one() {
        let backlog = |waiting, failing| mark::Backlog { waiting, failing, oldest: None };
        assert_eq!(rate(500, 250), 7_200_000);
        assert_eq!(rate(1, 0), 3_600_000);
        assert_eq!(empty_in(&backlog(7_200, 0), true, Some(3_600)), Some(7_200));
        assert_eq!(empty_in(&backlog(1, 0), true, Some(7_200_000)), Some(1));
        assert_eq!(empty_in(&backlog(0, 0), false, None), Some(0));
        assert_eq!(empty_in(&backlog(10, 0), true, None), None);
        assert_eq!(empty_in(&backlog(10, 0), false, Some(100)), None, "it is away");
        assert_eq!(empty_in(&backlog(10, 10), true, Some(100)), None, "all were refused");
    }
}
