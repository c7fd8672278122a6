//! Importing a statement.

use kernel::{Fault, Id, Money, Result, Zone};
use serde_json::{Value, json};
use store::Tx;
use uuid::Uuid;

use super::rank::names;
use super::statement::{Columns, Line};
use super::{BankAccountId, BankLineId, LineState, LooseTransfer};
use crate::store as sql;
use crate::words::PaymentState;

/// What an import did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    pub import: Uuid,
    /// Lines that were not there before.
    pub new: usize,
    /// Lines that were: nothing was doubled.
    pub known: usize,
    /// New lines that are payments we knew of.
    pub matched: usize,
    /// New lines of money out.
    pub out: usize,
    /// New lines that wait for a person, and their sum.
    pub open: usize,
    pub open_sum: Money,
}

/// Keeps the lines of a statement, each once, and matches those whose text names a settled transfer of
/// their amount. Counts no money.
///
/// # Errors
/// A field error on `account` without a name.
pub async fn import(
    tx: &mut Tx,
    account: &str,
    file: &str,
    columns: &Columns,
    lines: &[Line],
) -> Result<Imported> {
    let account = account.trim();
    if account.is_empty() {
        return Err(Fault::fields(vec![kernel::Field::required("account")]));
    }
    tx.lock(store::Lock::Named("billing.bank")).await?;
    let columns = serde_json::to_value(columns).map_err(|e| Fault::bug(e.to_string()))?;
    let id = sql::bank::keep_account(tx, account, &columns).await?;
    let import: Id<()> = tx.new_id();
    let mut done = Imported { import: import.uuid(), ..Imported::default() };
    let prints: Vec<String> = lines.iter().map(|l| l.print.clone()).collect();
    let known = sql::bank::known(tx, id, &prints).await?;
    let fresh: Vec<&Line> = lines.iter().filter(|l| !known.contains(&l.print)).collect();
    done.known = lines.len() - fresh.len();
    let mut loose = loose(tx, &fresh).await?;
    for line in fresh {
        keep(tx, id, line, &mut loose, &mut done).await?;
    }
    let after = json!({ "account": account, "file": file, "new": done.new, "known": done.known,
                        "matched": done.matched });
    tx.journal("bank_import", import.uuid(), "imported", Value::Null, after).await?;
    Ok(done)
}

async fn loose(tx: &mut Tx, fresh: &[&Line]) -> Result<Vec<LooseTransfer>> {
    let incoming = || fresh.iter().filter(|l| l.amount.is_positive());
    let (Some(first), Some(last)) =
        (incoming().map(|l| l.on_day).min(), incoming().map(|l| l.on_day).max())
    else {
        return Ok(Vec::new());
    };
    let mut amounts: Vec<Money> = incoming().map(|l| l.amount).collect();
    amounts.sort_unstable();
    amounts.dedup();
    sql::bank::loose_transfers(tx, &amounts, first.plus_days(-7), last.plus_days(7)).await
}

async fn keep(
    tx: &mut Tx,
    account: BankAccountId,
    line: &Line,
    loose: &mut Vec<LooseTransfer>,
    done: &mut Imported,
) -> Result<()> {
    let is_it = |p: &LooseTransfer| {
        p.state == PaymentState::Settled
            && p.amount == line.amount
            && line.on_day.days_until(p.received_at.day(Zone::Jakarta)).abs() <= 7
            && names(&line.text, line.reference.as_deref(), &p.reference)
    };
    let found = loose.iter().position(is_it).map(|at| loose.remove(at));
    let state = match (&found, line.amount.is_negative()) {
        (_, true) => LineState::Out,
        (Some(_), false) => LineState::Matched,
        (None, false) => LineState::Open,
    };
    done.new += 1;
    match state {
        LineState::Out => done.out += 1,
        LineState::Matched => done.matched += 1,
        _ => {
            done.open += 1;
            done.open_sum += line.amount;
        }
    }
    let id: BankLineId = tx.new_id();
    let payment = found.map(|p| (p.id, p.customer_id));
    sql::bank::insert_line(tx, id, account, done.import, line, state, payment).await
}
