//! What people changed at a RADIUS server's screen, and what its routers told it.

use std::collections::BTreeMap;

use bridge::access::{AccessSystem, AccountSeen, RejectSeen, SessionSeen};
use bridge::{Engine, engine};
use kernel::{AccountId, Cause, Clock, FaultKind, NasId, Result, Scope, Ts};
use network::{AccountingRecord, Mac, RecordKind, RejectReason};
use serde::Serialize;
use serde_json::json;
use store::{Db, QueryExt, Tx, args};

use crate::mirror::access::routers;

const OF: Engine = Engine::Freeradius;
const CURSOR: &str = "feed";
/// Refused logins a reading.
const REJECTS: i64 = 1_000;
/// Sessions a transaction.
const CHUNK: usize = 1_000;

/// Takes one field over, as NOC would set it. `false`: it can't be (a password of another form, an address that
/// is none, a lock that was taken away), and a person has to look.
pub async fn field(
    tx: &mut Tx,
    account: AccountId,
    field: &str,
    seen: &AccountSeen,
) -> Result<bool> {
    let done = match field {
        "password" => match &seen.password {
            Some(password) => {
                let chosen = Some(password.clone());
                network::account::set_password(tx, &Scope::all(), account, chosen).await.map(drop)
            }
            None => return Ok(false),
        },
        "mac" => match seen.mac.as_deref().and_then(Mac::parse) {
            Some(mac) => network::account::set_mac(tx, &Scope::all(), account, mac).await,
            None => return Ok(false),
        },
        _ => return Ok(false),
    };
    match done {
        Ok(()) => Ok(true),
        // Refused by our own rule, before anything was written.
        Err(fault) if matches!(fault.kind, FaultKind::Invalid | FaultKind::Conflict) => Ok(false),
        Err(fault) => Err(fault),
    }
}

/// What one reading brought.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Heard {
    pub sessions: usize,
    pub rejects: usize,
    /// Of a router that is not ours.
    pub unknown_nas: usize,
}

/// Reads the engine's accounting since the last time and applies it as if our own RADIUS had heard it: counters
/// never go back, and each session ends once.
pub async fn listen(db: &Db, port: &dyn AccessSystem, clock: &dyn Clock) -> Result<Heard> {
    let mut q = db.reader();
    let Some(breaker) = engine::breaker(&mut q, OF).await? else { return Ok(Heard::default()) };
    if breaker.allowed(clock.now(), 1) == 0 {
        return Ok(Heard::default());
    }
    let cursor = engine::cursor(&mut q, OF, CURSOR).await?;
    let feed = match port.feed(cursor.as_deref(), REJECTS).await {
        Ok(feed) => feed,
        Err(fault) => {
            let text = fault.to_string();
            let cause = Cause::system(clock.now(), "freeradius");
            db.write(&cause, async |tx: &mut Tx| engine::failed(tx, OF, &text).await).await?;
            return Err(fault);
        }
    };
    let mut nas: BTreeMap<String, NasId> = BTreeMap::new();
    for (id, record, used) in routers(&mut q).await? {
        if used {
            nas.insert(record.address, NasId::from_uuid(id));
        }
    }
    let now = clock.now();
    let records: Vec<AccountingRecord> =
        feed.sessions.iter().filter_map(|s| record(s, &nas, now)).collect();
    let heard = Heard {
        sessions: records.len(),
        rejects: feed.rejects.len(),
        unknown_nas: feed.sessions.len() - records.len(),
    };
    let cause = Cause::system(now, "freeradius");
    for chunk in records.chunks(CHUNK) {
        db.write(&cause, async |tx: &mut Tx| {
            network::session::apply(tx, chunk).await?;
            bind_first_devices(tx, chunk).await
        })
        .await?;
    }
    db.write(&cause, async |tx: &mut Tx| {
        let rejects = explained(tx, &feed.rejects).await?;
        network::reject::record(tx, &rejects).await?;
        engine::set_cursor(tx, OF, CURSOR, &feed.cursor).await
    })
    .await?;
    Ok(heard)
}

fn record(seen: &SessionSeen, nas: &BTreeMap<String, NasId>, now: Ts) -> Option<AccountingRecord> {
    let nas = *nas.get(&seen.nas_address)?;
    let kind = match seen.stopped_at {
        Some(_) => RecordKind::Stop,
        None if seen.secs == 0 => RecordKind::Start,
        None => RecordKind::Interim,
    };
    let at = match kind {
        RecordKind::Start => seen.started_at,
        RecordKind::Stop => seen.stopped_at.unwrap_or(seen.updated_at),
        _ => seen.updated_at,
    };
    Some(AccountingRecord {
        nas,
        kind,
        acct_session_id: seen.session_id.clone(),
        username: seen.username.clone(),
        mac: seen.mac.as_deref().and_then(Mac::parse),
        framed_ip: seen.framed_ip.as_deref().and_then(|ip| ip.parse().ok()),
        secs: seen.secs,
        bytes_in: seen.bytes_up,
        bytes_out: seen.bytes_down,
        cause: seen.cause.clone(),
        access_version: None,
        event_at: at,
        received_at: now,
    })
}

/// The first device of a login that waits for one becomes its own.
async fn bind_first_devices(tx: &mut Tx, records: &[AccountingRecord]) -> Result<()> {
    let waiting: Vec<(String, AccountId)> = tx
        .rows(
            "select username, id from network_account
             where state = 'live' and mac_policy <> 'off' and (mac_open_until >= $1 or mac is null)",
            args![tx.now()],
        )
        .await?;
    let waiting: BTreeMap<String, AccountId> = waiting.into_iter().collect();
    for record in records.iter().filter(|r| r.kind != RecordKind::Stop) {
        if let (Some(account), Some(mac)) = (waiting.get(&record.username), record.mac) {
            network::account::bind_seen(tx, *account, mac, record.event_at).await?;
        }
    }
    Ok(())
}

/// FreeRADIUS says only that it refused. Whose name it was tells the rest, but for a password and a device,
/// which it does not tell apart.
async fn explained(
    tx: &mut Tx,
    rejects: &[RejectSeen],
) -> Result<Vec<network::reject::RejectSeen>> {
    let mut all = Vec::with_capacity(rejects.len());
    for seen in rejects {
        let owner: Option<(AccountId, String)> = tx
            .row_opt(
                "select id, state from network_account where username = $1 and released_at is null",
                args![seen.username],
            )
            .await?;
        let reason = match owner.as_ref().map(|(_, state)| state.as_str()) {
            None => RejectReason::UnknownUser,
            Some("closed") => RejectReason::Terminated,
            Some("live") => RejectReason::WrongPassword,
            Some(_) => RejectReason::NotActive,
        };
        all.push(network::reject::RejectSeen {
            username: seen.username.clone(),
            reason,
            nas: OF.as_str().to_owned(),
            nas_branch: None,
            account: owner.map(|(id, _)| id),
            mac_seen: None,
            mac_expected: None,
            first_at: seen.at,
            last_at: seen.at,
            count: 1,
            detail: json!({ "told_by": OF, "maybe_mac": reason == RejectReason::WrongPassword }),
        });
    }
    Ok(all)
}
