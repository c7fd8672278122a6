//! Writing entries.

use std::collections::BTreeMap;

use kernel::{BranchId, Day, EntryId, Fault, Money, Result};
use store::Tx;

use super::{Account, Entry, EntryKind};
use crate::store as sql;

/// Writes one entry on the branch's day of now. An entry without postings writes nothing.
///
/// # Errors
/// A bug when it does not balance; `billing.month_closed` when its month is closed.
pub async fn post(tx: &mut Tx, entry: Entry) -> Result<()> {
    post_all(tx, &[entry]).await
}

/// Writes one entry that posts something, and answers its id.
///
/// # Errors
/// As [`post`].
pub(crate) async fn post_one(tx: &mut Tx, entry: Entry) -> Result<EntryId> {
    entry.check()?;
    let on_day = tx.now().day(catalog::current(tx).await?.zone(entry.branch));
    must_be_open(tx, on_day).await?;
    let ids = sql::ledger::insert(tx, &[&entry], on_day).await?;
    ids.first().copied().ok_or_else(|| Fault::bug("an entry without its id"))
}

/// Writes many entries, each on its own branch's day.
///
/// # Errors
/// As [`post`].
pub async fn post_all(tx: &mut Tx, entries: &[Entry]) -> Result<()> {
    for entry in entries {
        entry.check()?;
    }
    let catalog = catalog::current(tx).await?;
    let mut by_day: BTreeMap<Day, Vec<&Entry>> = BTreeMap::new();
    for entry in entries.iter().filter(|e| !e.postings.is_empty()) {
        by_day.entry(tx.now().day(catalog.zone(entry.branch))).or_default().push(entry);
    }
    for (on_day, entries) in by_day {
        must_be_open(tx, on_day).await?;
        sql::ledger::insert(tx, &entries, on_day).await?;
    }
    Ok(())
}

async fn must_be_open(tx: &mut Tx, day: Day) -> Result<()> {
    let closed = sql::ledger::last_closed(tx).await?;
    if closed.is_none_or(|month| month_of(day) > month) {
        return Ok(());
    }
    Err(Fault::conflict(
        "billing.month_closed",
        format!("Buku bulan {} sudah ditutup.", month_of(day)),
        format!("The books of {} are closed.", month_of(day)),
    ))
}

/// `2026-12`: sorts as it counts.
pub(crate) fn month_of(day: Day) -> String {
    format!("{:04}-{:02}", day.year(), day.month())
}

/// Moves money between two accounts of the ISP's own: drawer to bank, gateway to bank less its fee,
/// a counted difference of the drawer.
///
/// # Errors
/// `billing.transfer` for an amount that is not positive or an account that is not money of ours.
pub async fn transfer(
    tx: &mut Tx,
    branch: BranchId,
    from: Account,
    to: Account,
    amount: Money,
) -> Result<()> {
    let ours = [
        Account::CashDrawer,
        Account::Bank,
        Account::GatewayClearing,
        Account::GatewayFee,
        Account::CashDifference,
        Account::VoucherClearing,
    ];
    if !amount.is_positive() || from == to || !ours.contains(&from) || !ours.contains(&to) {
        return Err(Fault::field(
            "amount",
            "billing.transfer",
            "jumlah harus lebih dari nol dan antara dua akun kas sendiri",
            "must be above zero and between two money accounts of ours",
        ));
    }
    let id: kernel::EntryId = tx.new_id();
    let entry = Entry::new(EntryKind::Transfer, id.uuid(), branch).dr(to, amount).cr(from, amount);
    post(tx, entry).await?;
    let after = serde_json::json!({ "from": from, "to": to, "amount": amount });
    tx.journal("ledger", id.uuid(), "transferred", serde_json::Value::Null, after).await
}
