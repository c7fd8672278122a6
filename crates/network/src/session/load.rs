//! Everything a batch of records needs to be folded, read in a few statements.

use std::collections::{BTreeMap, BTreeSet};

use kernel::{
    AccountId, BranchId, NasId, PartnerId, Result, SessionId, SubscriptionId, Ts, VoucherId,
};
use store::{QueryExt, Tx, Value, args, row};

use super::fold::{EndedBy, Held};
use crate::accounting::{AccountingRecord, Counters};
use crate::guest::Code;
use crate::mac::Mac;
use crate::sql::{KEYS, pairs};
use crate::words::SessionState;

/// Closed sessions are kept in view this long for late records.
const LATE_DAYS: i64 = 7;

row! {
    pub(crate) struct AccountRow {
        pub id: AccountId, pub subscription_id: SubscriptionId, pub branch_id: BranchId,
        pub partner_id: Option<PartnerId>, pub username: String, pub released_at: Option<Ts>,
    }
}
row! {
    pub(crate) struct NasRow { pub id: NasId, pub branch_id: BranchId, pub counters_swapped: bool }
}
row! {
    struct SessionRow {
        id: SessionId, nas_id: NasId, account_id: Option<AccountId>,
        subscription_id: Option<SubscriptionId>, guest_id: Option<VoucherId>,
        branch_id: BranchId, partner_id: Option<PartnerId>, acct_session_id: String, username: String,
        mac: Option<Mac>, framed_ip: Option<String>, started_at: Ts, updated_at: Ts,
        stopped_at: Option<Ts>, state: SessionState, bytes_in: i64, bytes_out: i64, secs: i64,
        cause: Option<String>, ended_by: Option<EndedBy>, access_version: Option<i64>,
        acked_version: i64, acked_at: Option<Ts>, isolated: bool,
    }
}

pub(super) const COLUMNS: &str = "id, nas_id, account_id, subscription_id, guest_id, branch_id, \
    partner_id, acct_session_id, username, mac, framed_ip, started_at, updated_at, stopped_at, state, bytes_in, \
    bytes_out, secs, cause, ended_by, access_version, acked_version, acked_at, isolated";

impl From<SessionRow> for Held {
    fn from(r: SessionRow) -> Self {
        Self {
            id: r.id,
            nas: r.nas_id,
            account: r.account_id,
            subscription: r.subscription_id,
            guest: r.guest_id,
            branch: r.branch_id,
            partner: r.partner_id,
            acct_session_id: r.acct_session_id,
            username: r.username,
            mac: r.mac,
            framed_ip: r.framed_ip,
            started_at: r.started_at,
            updated_at: r.updated_at,
            stopped_at: r.stopped_at,
            state: r.state,
            counters: Counters { bytes_in: r.bytes_in, bytes_out: r.bytes_out, secs: r.secs },
            cause: r.cause,
            ended_by: r.ended_by,
            access_version: r.access_version,
            acked_version: r.acked_version,
            acked_at: r.acked_at,
            isolated: r.isolated,
            fresh: false,
            dirty: false,
            opened: false,
            closed: false,
        }
    }
}

/// The NAS by id: where their sessions belong, and whether they count the wrong way round.
pub(super) async fn nas(tx: &mut Tx) -> Result<BTreeMap<NasId, NasRow>> {
    let rows: Vec<NasRow> =
        tx.rows("select id, branch_id, counters_swapped from network_nas", args![]).await?;
    Ok(rows.into_iter().map(|r| (r.id, r)).collect())
}

/// The accounts by user name: the one that has the name now, else the last that had it.
pub(super) async fn accounts(
    tx: &mut Tx,
    records: &[AccountingRecord],
) -> Result<BTreeMap<String, AccountRow>> {
    let names: BTreeSet<String> =
        records.iter().map(|r| r.username.trim().to_ascii_lowercase()).collect();
    let names: Vec<String> = names.into_iter().collect();
    let mut by: BTreeMap<String, AccountRow> = BTreeMap::new();
    let rows: Vec<AccountRow> = tx
        .rows(
            "select id, subscription_id, branch_id, partner_id, username, released_at
             from network_account where username {AMONG}($1) order by created_at, id",
            args![names],
        )
        .await?;
    for row in rows {
        let keep = by.get(&row.username).is_some_and(|b| b.released_at.is_none());
        if !keep {
            by.insert(row.username.clone(), row);
        }
    }
    Ok(by)
}

/// The guests whose code is the user name of a record.
pub(super) async fn guests(
    tx: &mut Tx,
    records: &[AccountingRecord],
) -> Result<BTreeMap<Code, VoucherId>> {
    let codes: BTreeSet<Code> =
        records.iter().filter_map(|r| Code::read(r.username.as_bytes())).collect();
    if codes.is_empty() {
        return Ok(BTreeMap::new());
    }
    let codes: Vec<&str> = codes.iter().map(Code::as_str).collect();
    let sql = "select id, code from network_guest where code {AMONG}($1)";
    let rows: Vec<(VoucherId, String)> = tx.rows(sql, args![codes]).await?;
    Ok(rows.into_iter().filter_map(|(id, c)| Some((Code::read(c.as_bytes())?, id))).collect())
}

/// The sessions that records may speak of, the latest start last.
pub(super) async fn sessions(tx: &mut Tx, records: &[AccountingRecord]) -> Result<Vec<Held>> {
    let keys: BTreeSet<(NasId, &str)> =
        records.iter().map(|r| (r.nas, r.acct_session_id.as_str())).collect();
    let keys: Vec<(NasId, &str)> = keys.into_iter().collect();
    let oldest = records.iter().map(|r| r.event_at).min().unwrap_or(tx.now());
    let mut held = Vec::new();
    for chunk in keys.chunks(KEYS) {
        let sql = format!(
            "select {COLUMNS} from network_session
             where (nas_id, acct_session_id) in ({})
               and (state <> 'closed' or updated_at >= ${})
             order by started_at, id",
            pairs(chunk.len()),
            chunk.len() * 2 + 1
        );
        let mut params: Vec<Value> =
            chunk.iter().flat_map(|(nas, session)| args![nas, *session]).collect();
        params.extend(args![oldest.plus_days(-LATE_DAYS)]);
        let rows: Vec<SessionRow> = tx.rows(&sql, params).await?;
        held.extend(rows.into_iter().map(Held::from));
    }
    Ok(held)
}

/// Other open sessions of accounts that have just begun one.
pub(super) async fn open_of_accounts(tx: &mut Tx, accounts: &[AccountId]) -> Result<Vec<Held>> {
    if accounts.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "select {COLUMNS} from network_session
         where state <> 'closed' and account_id {{AMONG}}($1) order by started_at, id"
    );
    let rows: Vec<SessionRow> = tx.rows(&sql, args![accounts]).await?;
    Ok(rows.into_iter().map(Held::from).collect())
}
