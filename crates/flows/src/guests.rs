//! Vouchers as logins: `billing` says what a code is worth, `network` lets it in.
//!
//! A batch's codes may log in from the transaction that made them. The first login comes back from the
//! network ([`started`]) and is settled in the same transaction: money, clock and journal. A code that was
//! spent or voided in the meantime is withdrawn, and its session ended.

use billing::voucher;
use billing::words::VoucherState;
use kernel::{Cause, Result, Scope, Ts, VoucherBatchId, VoucherId};
use network::guest::{self, Code, NewGuest, Withdrawal};
use store::{Db, Tx};

/// The unused codes of a batch may log in.
pub(crate) async fn admit(tx: &mut Tx, batch: VoucherBatchId) -> Result<()> {
    let (batch, codes) = voucher::batch(tx, &Scope::all(), batch).await?;
    let zone = catalog::current(tx).await?.zone(batch.branch_id);
    let usable_until = Ts::local(batch.expires_on.next(), 0, 0, zone);
    let unused = codes.iter().filter(|v| v.state == VoucherState::Unused);
    let guests: Vec<NewGuest> = unused
        .filter_map(|v| {
            Some(NewGuest {
                id: v.id,
                code: Code::read(v.code.as_bytes())?,
                batch: batch.id,
                branch: batch.branch_id,
                plan: batch.plan_id,
                days: batch.days,
                usable_until,
            })
        })
        .collect();
    guest::admit(tx, &guests).await
}

pub(crate) async fn voided(tx: &mut Tx, batch: VoucherBatchId) -> Result<()> {
    guest::withdraw_batch(tx, batch, Withdrawal::Void).await.map(drop)
}

pub(crate) async fn redeemed(tx: &mut Tx, voucher: VoucherId) -> Result<()> {
    guest::withdraw(tx, voucher, Withdrawal::Refilled).await.map(drop)
}

/// A guest's first login, which the router was answered by.
pub(crate) async fn started(tx: &mut Tx, id: VoucherId) -> Result<()> {
    let at = guest::clock(tx, id).await?;
    match voucher::start(tx, id, at).await {
        Ok(_) => Ok(()),
        Err(fault) if voucher::is_final(&fault) => {
            let why = match fault.code {
                "billing.voucher_used" => Withdrawal::Refilled,
                "billing.voucher_expired" => Withdrawal::Expired,
                _ => Withdrawal::Void,
            };
            guest::withdraw(tx, id, why).await.map(drop)
        }
        Err(fault) => Err(fault),
    }
}

/// Batches looked at in one transaction.
const BATCHES: i64 = 20;

/// Lets the codes of batches in that were made before codes could log in. Doing it again changes nothing.
/// Answers how many batches.
///
/// # Errors
/// When the database is away.
pub async fn fill(db: &Db, cause: &Cause) -> Result<usize> {
    let (mut after, mut filled) = (None, 0);
    loop {
        let page = voucher::batches(&mut db.reader(), &Scope::all(), after, BATCHES).await?;
        let Some(last) = page.last() else { return Ok(filled) };
        after = Some(last.id);
        filled += db
            .write_bulk(cause, async |tx: &mut Tx| {
                let mut filled = 0;
                for batch in &page {
                    if guest::count_of_batch(tx, batch.id).await? == 0 {
                        admit(tx, batch.id).await?;
                        filled += 1;
                    }
                }
                Ok(filled)
            })
            .await?;
    }
}
