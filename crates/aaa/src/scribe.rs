//! Writing down what the answering side noticed: rejects, unknown NAS, first-seen MACs, logins.

use std::collections::BTreeMap;
use std::net::IpAddr;

use kernel::{AccountId, Cause, FaultKind, Result, Ts};
use network::nas::UnknownSeen;
use network::reject::RejectSeen;
use network::{Mac, RejectReason, account, nas, reject};
use serde_json::json;
use store::{Db, Tx};

use crate::directory::Directory;
use crate::logins::LoginLog;
use crate::note::{Hint, Login, Note, Notes, Reject};

/// Notes written in one round.
const BATCH: usize = 2_000;

/// Writes up to 2,000 notes; answers how many. Rejects of one name, reason and NAS become one row with
/// a count, so that a customer whose router dials every second costs one row a round.
///
/// # Errors
/// When the database is away: the notes are put back.
pub async fn write(
    db: &Db,
    directory: &Directory,
    notes: &Notes,
    logins: Option<&LoginLog>,
    now: Ts,
) -> Result<usize> {
    let taken = notes.take(BATCH);
    if taken.is_empty() {
        return Ok(0);
    }
    let sorted = Sorted::of(&taken, directory);
    let count = taken.len();
    if let Err(fault) = sorted.write(db, now).await {
        if fault.kind == FaultKind::Unavailable {
            notes.put_back(taken);
        }
        return Err(fault);
    }
    // Last, since what is put back comes again: neither a login nor a reject may be told twice.
    if let Some(log) = logins
        && let Err(fault) = log.write(&sorted.logins, now).await
    {
        if fault.kind == FaultKind::Unavailable {
            notes.put_back(taken.into_iter().filter(|n| matches!(n, Note::Login(_))).collect());
        }
        return Err(fault);
    }
    Ok(count)
}

#[derive(Default)]
struct Sorted {
    rejects: BTreeMap<(String, RejectReason, String), RejectSeen>,
    unknown: BTreeMap<IpAddr, UnknownSeen>,
    macs: Vec<(AccountId, Mac, Ts)>,
    logins: Vec<Login>,
}

impl Sorted {
    fn of(notes: &[Note], directory: &Directory) -> Self {
        let mut sorted = Self::default();
        for note in notes {
            match note {
                Note::Reject(one) => sorted.reject(one, directory),
                Note::UnknownNas { address, identifier, at } => {
                    let seen = sorted.unknown.entry(*address).or_insert_with(|| UnknownSeen {
                        address: *address,
                        identifier: None,
                        first_at: *at,
                        last_at: *at,
                        count: 0,
                    });
                    seen.last_at = seen.last_at.max(*at);
                    seen.count += 1;
                    seen.identifier = identifier.clone().or_else(|| seen.identifier.take());
                }
                Note::MacSeen { account, mac, at } => sorted.macs.push((*account, *mac, *at)),
                Note::Login(login) => sorted.logins.push(login.clone()),
            }
        }
        sorted
    }

    fn reject(&mut self, one: &Reject, directory: &Directory) {
        let key = (one.username.to_lowercase(), one.reason, one.nas_name.clone());
        let seen = self.rejects.entry(key).or_insert_with(|| RejectSeen {
            username: one.username.clone(),
            reason: one.reason,
            nas: one.nas_name.clone(),
            nas_branch: directory.nas().by_id(one.nas).map(|nas| nas.branch),
            account: one.account,
            mac_seen: None,
            mac_expected: None,
            first_at: one.at,
            last_at: one.at,
            count: 0,
            detail: json!(null),
        });
        seen.count += 1;
        seen.last_at = seen.last_at.max(one.at);
        seen.account = one.account;
        seen.mac_seen = one.mac_seen;
        seen.mac_expected = one.mac_expected;
        seen.detail = detail(one, directory);
    }

    async fn write(&self, db: &Db, now: Ts) -> Result<()> {
        let rejects: Vec<RejectSeen> = self.rejects.values().cloned().collect();
        let unknown: Vec<UnknownSeen> = self.unknown.values().cloned().collect();
        if rejects.is_empty() && unknown.is_empty() && self.macs.is_empty() {
            return Ok(());
        }
        db.write_bulk(&Cause::system(now, "radius"), async |tx: &mut Tx| {
            reject::record(tx, &rejects).await?;
            nas::record_unknown(tx, &unknown).await?;
            for (account, mac, at) in &self.macs {
                account::bind_seen(tx, *account, *mac, *at).await?;
            }
            Ok(())
        })
        .await
    }
}

/// The further facts of a reject, as pages show them and "Kenapa?" reads them.
fn detail(reject: &Reject, directory: &Directory) -> serde_json::Value {
    let mut detail = json!({ "method": reject.method });
    let more = match &reject.hint {
        None => return detail,
        Some(Hint::SecretDiffers) => json!({ "hint": "secret_differs" }),
        Some(Hint::NoUsableMethod) => json!({ "hint": "no_usable_method" }),
        Some(Hint::Blocked { why_code }) => json!({ "why": why_code }),
        Some(Hint::OtherLogin { mac, at }) => {
            json!({ "other_login": { "mac": mac.map(|mac| mac.to_string()), "at": at } })
        }
        Some(Hint::Pass { started_at, ends_at }) => {
            json!({ "pass": { "started_at": started_at, "ends_at": ends_at } })
        }
        Some(Hint::Usable { until }) => json!({ "usable_until": until }),
        Some(Hint::OtherSession { nas, session, mac, started_at, seen_at }) => {
            let table = directory.nas();
            json!({ "other_session": {
                "nas": table.by_id(*nas).map(|nas| nas.name.clone()),
                "session": session,
                "mac": mac.map(|mac| mac.to_string()),
                "started_at": started_at,
                "seen_at": seen_at,
            } })
        }
    };
    if let (Some(all), serde_json::Value::Object(more)) = (detail.as_object_mut(), more) {
        all.extend(more);
    }
    detail
}

#[cfg(test)]
mod tests;
