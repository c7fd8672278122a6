//! Hotspot guests: a voucher's code logs in without a customer, and its clock starts at the first login.
//!
//! What a code is worth is `billing`'s; this room keeps what a login needs of it, and what came of it.
//! `aaa` writes the first login to its spool before it answers, and [`start`] takes it from there:
//! whatever is killed in between, a guest that was let in has a running clock.

mod code;
mod directory;
mod end;
mod list;
mod start;

use kernel::{BranchId, Event, PlanId, Result, Ts, VoucherBatchId, VoucherId};
use store::{QueryExt, Tx, Value, args, words};

pub use code::Code;
pub use directory::{GuestPage, GuestRow, after, newest, of_ids, page};
pub use end::{Ended, round};
pub use list::{GuestRefused, GuestSeen, clock, refused_of_batch, seen_of_batch, sessions};
pub use start::{GuestStart, start};

words! {
    /// `open`: the code may log in, by its clock. `withdrawn`: it may not, for the reason that is kept.
    pub enum GuestState { Open = "open", Withdrawn = "withdrawn" }
}
words! {
    /// Why a code is no login any more.
    pub enum Withdrawal {
        /// The batch was voided.
        Void = "void",
        /// It refilled a subscription.
        Refilled = "refilled",
        /// It was too late for a first login.
        Expired = "expired",
    }
}

/// A code that may log in from now on.
#[derive(Clone, Debug)]
pub struct NewGuest {
    pub id: VoucherId,
    pub code: Code,
    pub batch: VoucherBatchId,
    pub branch: BranchId,
    pub plan: PlanId,
    pub days: i64,
    /// A first login is too late from here on.
    pub usable_until: Ts,
}

/// Lets codes log in. Those that are known already stay as they are.
pub async fn admit(tx: &mut Tx, guests: &[NewGuest]) -> Result<()> {
    if guests.is_empty() {
        return Ok(());
    }
    let (revision, now) = (newest(tx).await? + 1, tx.now());
    let rows: Vec<Value> = guests
        .iter()
        .flat_map(|g| {
            args![
                g.id,
                g.batch,
                g.code.as_str(),
                g.branch,
                g.plan,
                g.days,
                g.usable_until,
                GuestState::Open,
                revision,
                now
            ]
        })
        .collect();
    tx.bulk(
        "insert into network_guest (id, batch_id, code, branch_id, plan_id, days, usable_until,
           state, revision, changed_at)",
        "on conflict (id) do nothing",
        10,
        rows,
    )
    .await?;
    tx.emit(Event::GuestsChanged);
    Ok(())
}

/// The codes of a batch that nobody has logged in with are no logins any more. Answers how many.
pub async fn withdraw_batch(tx: &mut Tx, batch: VoucherBatchId, why: Withdrawal) -> Result<u64> {
    let (revision, now) = (newest(tx).await? + 1, tx.now());
    let gone = tx
        .exec(
            "update network_guest set state = 'withdrawn', reason = $1, revision = $2,
               changed_at = $3
             where batch_id = $4 and state = 'open' and started_at is null",
            args![why, revision, now, batch],
        )
        .await?;
    if gone > 0 {
        tx.emit(Event::GuestsChanged);
    }
    Ok(gone)
}

/// One code is no login any more; a session that runs with it is ended.
pub async fn withdraw(tx: &mut Tx, id: VoucherId, why: Withdrawal) -> Result<bool> {
    let (revision, now) = (newest(tx).await? + 1, tx.now());
    let gone = tx
        .exec(
            "update network_guest set state = 'withdrawn', reason = $1, revision = $2,
               changed_at = $3, next_attempt_at = null, attempts = 0
             where id = $4 and state = 'open'",
            args![why, revision, now, id],
        )
        .await?;
    if gone > 0 {
        tx.emit(Event::GuestsChanged);
    }
    Ok(gone > 0)
}

/// Notes that what a login of these codes is answered from has changed; see [`crate::feed`] for what a
/// revision is.
async fn touch(tx: &mut Tx, ids: &[VoucherId]) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let (revision, now) = (newest(tx).await? + 1, tx.now());
    tx.exec(
        "update network_guest set revision = $1, changed_at = $2 where id {AMONG}($3)",
        args![revision, now, ids],
    )
    .await?;
    tx.emit(Event::GuestsChanged);
    Ok(())
}

/// How many codes of a batch are known here.
pub async fn count_of_batch(tx: &mut Tx, batch: VoucherBatchId) -> Result<i64> {
    tx.value("select count(*) from network_guest where batch_id = $1", args![batch]).await
}
