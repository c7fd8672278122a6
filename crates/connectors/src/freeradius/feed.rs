//! What the routers told FreeRADIUS: sessions from radacct, refused logins from radpostauth.
//!
//! Counters there can go back (a late report overwrites a newer one) and change after the end; the reader here
//! keeps the greatest. The column `pass` of radpostauth, which holds clear passwords, is never read.

use bridge::access::{Feed, RejectSeen, SessionSeen};
use kernel::{Result, Ts};

use super::sql::{Database, Texts};

/// How far back each reading begins anew: rows are written with the time of the router's report.
const OVERLAP_SECS: i64 = 30;
const DAY_SECS: i64 = 86_400;

/// The cursor: the engine's own clock when it was read, in seconds since 1970, and the last refused login.
pub(super) async fn read(db: &Database, cursor: Option<&str>, limit: i64) -> Result<Feed> {
    let now = db.rows("select cast(floor({NOW}) as {TEXT})", &[]).await?;
    let now = now.first().and_then(|r| number(r, 0)).unwrap_or_default();
    let (time, last) = cursor.and_then(|c| c.split_once(':')).unwrap_or_default();
    let since = time.parse::<i64>().unwrap_or(now - DAY_SECS) - OVERLAP_SECS;
    let sessions = sessions(db, since).await?;
    let (rejects, last) = rejects(db, since, last.parse().unwrap_or(0), limit).await?;
    let more = i64::try_from(rejects.len()).unwrap_or(i64::MAX) >= limit;
    Ok(Feed { sessions, rejects, cursor: format!("{now}:{last}"), more })
}

async fn sessions(db: &Database, since: i64) -> Result<Vec<SessionSeen>> {
    let sql = format!(
        "select cast(acctsessionid as {{TEXT}}), cast(username as {{TEXT}}),
           cast(nasipaddress as {{TEXT}}), cast(callingstationid as {{TEXT}}),
           cast(framedipaddress as {{TEXT}}),
           cast(floor({{EPOCH(acctstarttime)) as {{TEXT}}),
           cast(floor({{EPOCH(acctupdatetime)) as {{TEXT}}),
           cast(floor({{EPOCH(acctstoptime)) as {{TEXT}}),
           cast(acctinputoctets as {{TEXT}}), cast(acctoutputoctets as {{TEXT}}),
           cast(acctsessiontime as {{TEXT}}), cast(acctterminatecause as {{TEXT}})
         from radacct
         where (acctstoptime is null and acctupdatetime >= {{AT({since})AT}})
            or acctstoptime >= {{AT({since})AT}}
         order by radacctid"
    );
    let rows = db.rows(&sql, &[]).await?;
    Ok(rows.iter().filter_map(session).collect())
}

fn session(row: &Texts) -> Option<SessionSeen> {
    let started = number(row, 5).or_else(|| number(row, 6))?;
    let some = |at: usize| text(row, at).filter(|t| !t.is_empty());
    Some(SessionSeen {
        session_id: some(0)?,
        username: some(1)?.to_lowercase(),
        // PostgreSQL writes an address with its width.
        nas_address: some(2)?.trim_end_matches("/32").to_owned(),
        mac: some(3),
        framed_ip: some(4).map(|ip| ip.trim_end_matches("/32").to_owned()),
        started_at: Ts::from_secs(started),
        updated_at: Ts::from_secs(number(row, 6).unwrap_or(started)),
        stopped_at: number(row, 7).map(Ts::from_secs),
        bytes_up: number(row, 8).unwrap_or_default(),
        bytes_down: number(row, 9).unwrap_or_default(),
        secs: number(row, 10).unwrap_or_default(),
        cause: some(11),
    })
}

/// Those after the last one read, and which the last one is.
async fn rejects(
    db: &Database,
    since: i64,
    last: i64,
    limit: i64,
) -> Result<(Vec<RejectSeen>, i64)> {
    let sql = format!(
        "select cast(username as {{TEXT}}), cast(floor({{EPOCH(authdate)) as {{TEXT}}), cast(id as {{TEXT}})
         from radpostauth
         where authdate >= {{AT({since})AT}} and id > {last} and reply = 'Access-Reject'
         order by id limit {limit}"
    );
    let rows = db.rows(&sql, &[]).await?;
    let last = rows.last().and_then(|row| number(row, 2)).unwrap_or(last);
    let one = |row: &Texts| {
        let username = text(row, 0)?.to_lowercase();
        Some(RejectSeen { username, at: Ts::from_secs(number(row, 1)?) })
    };
    Ok((rows.iter().filter_map(one).collect(), last))
}

fn text(row: &Texts, at: usize) -> Option<String> {
    row.get(at).cloned().flatten()
}

fn number(row: &Texts, at: usize) -> Option<i64> {
    text(row, at)?.parse().ok()
}
