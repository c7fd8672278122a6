//! A code logs a hotspot guest in, without a customer. The clock starts at the first login.

use kernel::{Fault, PlanId, Result, Ts, VoucherId};
use serde_json::{Value, json};
use store::Tx;

use super::redeem::tax_of;
use super::{code, expired, unknown, used};
use crate::ledger::{self, Account, Entry, EntryKind};
use crate::store as sql;
use crate::tax;
use crate::words::VoucherState;

/// What a guest may use, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuestPass {
    pub voucher: VoucherId,
    pub plan: PlanId,
    pub started_at: Ts,
    pub ends_at: Ts,
}

/// Logs a guest in with a code. The first login starts the clock and makes the voucher's money income; a
/// later one within the time gives the same pass.
///
/// # Errors
/// `billing.voucher_unknown`, `billing.voucher_used`, `billing.voucher_expired`, `billing.voucher_over`.
pub async fn guest(tx: &mut Tx, text: &str) -> Result<GuestPass> {
    let (voucher, batch) =
        sql::voucher::by_code(tx, &code::typed(text)).await?.ok_or_else(unknown)?;
    let catalog = catalog::current(tx).await?;
    let now = tx.now();
    match (voucher.state, voucher.used_at, voucher.ends_at) {
        (VoucherState::Used, Some(started_at), Some(ends_at)) => {
            let pass = GuestPass { voucher: voucher.id, plan: batch.plan_id, started_at, ends_at };
            return if now < ends_at { Ok(pass) } else { Err(over()) };
        }
        (VoucherState::Unused, ..) => {}
        _ => return Err(used()),
    }
    if now.day(catalog.zone(batch.branch_id)) > batch.expires_on {
        return Err(expired(batch.expires_on));
    }
    let ends_at = now.plus_days(batch.days);
    if !sql::voucher::take(tx, voucher.id, None, Some(ends_at)).await? {
        return Err(used());
    }
    let today = now.day(catalog.zone(batch.branch_id));
    let split = tax::split(batch.price, tax_of(&catalog, &batch), catalog.tax_at(today));
    let entry = Entry::new(EntryKind::Voucher, voucher.id.uuid(), batch.branch_id)
        .dr(Account::VoucherClearing, batch.price)
        .cr(Account::Revenue, split.base)
        .cr(Account::TaxPayable, split.tax);
    ledger::post(tx, entry).await?;
    let after = json!({ "batch": batch.number, "ends_at": ends_at });
    tx.journal("voucher", voucher.id.uuid(), "started", Value::Null, after).await?;
    Ok(GuestPass { voucher: voucher.id, plan: batch.plan_id, started_at: now, ends_at })
}

fn over() -> Fault {
    Fault::conflict(
        "billing.voucher_over",
        "Waktu voucher ini sudah habis.",
        "This voucher's time is over.",
    )
}
