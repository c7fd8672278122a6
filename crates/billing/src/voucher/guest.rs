//! A code logs a hotspot guest in, without a customer. The clock starts at the first login.

use kernel::{BranchId, Fault, Money, PlanId, Result, Ts, VoucherId};
use serde_json::{Value, json};
use store::Tx;

use super::redeem::tax_of;
use super::{VoucherBatch, expired, unknown, used, voided};
use crate::ledger::{self, Account, Entry, EntryKind, rules};
use crate::store as sql;
use crate::tax;
use crate::words::{LineKind, VoucherState};

/// What a guest may use, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuestPass {
    pub voucher: VoucherId,
    pub plan: PlanId,
    pub started_at: Ts,
    pub ends_at: Ts,
}

/// A guest logged in with the code at `at`. The first login starts the clock and takes the voucher's money
/// from the clearing: its PPN is owed now, the rest is income when the pass is over. Told of an earlier
/// login afterwards, the clock starts at that one; told again, nothing changes.
///
/// # Errors
/// `billing.voucher_unknown`, `billing.voucher_used`, `billing.voucher_void`, `billing.voucher_expired`.
pub async fn start(tx: &mut Tx, id: VoucherId, at: Ts) -> Result<GuestPass> {
    let (voucher, batch) = sql::voucher::by_id(tx, id).await?.ok_or_else(unknown)?;
    let catalog = catalog::current(tx).await?;
    let zone = catalog.zone(batch.branch_id);
    let pass =
        GuestPass { voucher: id, plan: batch.plan_id, started_at: at, ends_at: end(&batch, at) };
    match (voucher.state, voucher.used_at, voucher.ends_at) {
        (VoucherState::Used, Some(started_at), Some(ends_at)) if started_at <= at => {
            return Ok(GuestPass { started_at, ends_at, ..pass });
        }
        (VoucherState::Used, Some(_), Some(_)) => {
            let until = pass.ends_at.day(zone);
            sql::voucher::start_earlier(tx, id, at, pass.ends_at, until).await?;
            return Ok(pass);
        }
        (VoucherState::Unused, ..) => {}
        (VoucherState::Void, ..) => return Err(voided()),
        (VoucherState::Used, ..) => return Err(used()),
    }
    if at.day(zone) > batch.expires_on {
        return Err(expired(batch.expires_on));
    }
    let split = tax::split(batch.price, tax_of(&catalog, &batch), catalog.tax_at(at.day(zone)));
    let deferred = (split.base, pass.ends_at.day(zone));
    if !sql::voucher::take_for_guest(tx, &pass, deferred).await? {
        return Err(used());
    }
    let mut entry = Entry::new(EntryKind::Voucher, id.uuid(), batch.branch_id);
    sold_pass(&mut entry, batch.price, split.base, split.tax);
    ledger::post(tx, entry).await?;
    let after = json!({ "batch": batch.number, "started_at": at, "ends_at": pass.ends_at });
    tx.journal("voucher", id.uuid(), "started", Value::Null, after).await?;
    Ok(pass)
}

/// Days are whole days from the first login on, not calendar days.
fn end(batch: &VoucherBatch, at: Ts) -> Ts {
    at.plus_days(batch.days)
}

fn sold_pass(entry: &mut Entry, price: Money, base: Money, tax: Money) {
    entry.add(Account::VoucherClearing, price);
    entry.add(Account::DeferredRevenue, -base);
    entry.add(Account::TaxPayable, -tax);
}

store::row! {
    /// A pass that is over and not yet income.
    pub(crate) struct OverPass { pub id: VoucherId, pub branch_id: BranchId, pub base: Money }
}

/// The entry that makes passes of one branch income.
pub(crate) fn recognise(entry: &mut Entry, passes: &[&OverPass]) {
    for pass in passes {
        rules::recognised(entry, LineKind::Voucher, pass.base);
    }
}

/// Whether a refusal of [`start`] says that the code itself is worth nothing any more.
pub fn is_final(fault: &Fault) -> bool {
    matches!(
        fault.code,
        "billing.voucher_unknown"
            | "billing.voucher_used"
            | "billing.voucher_void"
            | "billing.voucher_expired"
    )
}
