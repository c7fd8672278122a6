//! The safe (kas besar): cash of a branch that lies in no drawer.

use kernel::{BranchId, Fault, Money, Result};
use serde_json::{Value, json};
use store::{Query, Tx};

use crate::ledger::{self, Account, Entry, EntryKind};
use crate::store as sql;

store::words! {
    /// How money goes into the safe or out of it, beside drawers.
    pub enum SafeMove {
        /// Paid into the bank.
        ToBank = "to_bank",
        /// Drawn from the bank.
        FromBank = "from_bank",
    }
}

/// Moves money between a branch's safe and the bank.
///
/// # Errors
/// A field error on `amount` that is not positive; `billing.safe_short` beyond what the safe holds.
pub async fn move_safe(
    tx: &mut Tx,
    branch: BranchId,
    what: SafeMove,
    amount: Money,
    note: Option<&str>,
) -> Result<Money> {
    if !amount.is_positive() {
        return Err(Fault::field("amount", "range", "harus lebih dari nol", "must be above zero"));
    }
    sql::cash::lock_safe(tx, branch).await?;
    let held = sql::cash::in_safe(tx, branch).await?;
    let (to, from, after) = match what {
        SafeMove::ToBank if amount > held => {
            return Err(Fault::conflict(
                "billing.safe_short",
                format!("Kas besar hanya {held}."),
                format!("The safe holds {held}."),
            ));
        }
        SafeMove::ToBank => (Account::Bank, Account::CashSafe, held - amount),
        SafeMove::FromBank => (Account::CashSafe, Account::Bank, held + amount),
    };
    let id: kernel::EntryId = tx.new_id();
    let entry = Entry::new(EntryKind::Transfer, id.uuid(), branch).dr(to, amount).cr(from, amount);
    ledger::post(tx, entry).await?;
    let told = json!({ "branch": branch, "what": what, "amount": amount, "note": note });
    tx.journal("safe", id.uuid(), "moved", Value::Null, told).await?;
    Ok(after)
}

/// What a branch's safe holds.
pub async fn in_safe(q: &mut dyn Query, branch: BranchId) -> Result<Money> {
    sql::cash::in_safe(q, branch).await
}
