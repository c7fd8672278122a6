//! Deferred prepaid income becomes income when its days are over.

use std::collections::BTreeMap;

use kernel::{BranchId, Cause, Day, InvoiceLineId, Result, Ts, VoucherId};
use store::{Db, Tx};

use crate::ledger::{self, Entry, EntryKind, rules};
use crate::store as sql;
use crate::store::ledger::DeferredRow;
use crate::voucher::{self, OverPass};

/// Lines a transaction.
const BATCH: i64 = 2_000;

/// Recognises every deferred line, and every guest's pass, whose last day is before `day`, once that day has
/// begun in every branch. Doing it again changes nothing. Answers how many lines and passes.
pub async fn due(db: &Db, cause: &Cause, day: Day) -> Result<usize> {
    let catalog = catalog::current(&mut db.reader()).await?;
    let begun = catalog.branches.values().map(|b| cause.now.day(b.zone)).min();
    let day = begun.map_or(day, |begun| day.min(begun));
    let mut done = 0;
    let mut at = cause.clone();
    loop {
        let batch = db.write_bulk(&at, async |tx: &mut Tx| one_batch(tx, day).await).await?;
        at.now = at.now.plus_millis(1);
        done += batch;
        if batch == 0 {
            return Ok(done);
        }
    }
}

async fn one_batch(tx: &mut Tx, day: Day) -> Result<usize> {
    tx.lock(store::Lock::Named("billing.recognise")).await?;
    let rows = sql::ledger::deferred_before(tx, day, BATCH).await?;
    if rows.is_empty() {
        return passes(tx, day).await;
    }
    let now: Ts = tx.now();
    let mut by_branch: BTreeMap<BranchId, Vec<&DeferredRow>> = BTreeMap::new();
    for row in &rows {
        by_branch.entry(row.branch_id).or_default().push(row);
    }
    let mut entries = Vec::new();
    for (branch, lines) in by_branch {
        let batch: kernel::EntryId = tx.new_id();
        let mut entry = Entry::new(EntryKind::Recognition, batch.uuid(), branch);
        for line in lines {
            rules::recognised(&mut entry, line.kind, line.remains);
        }
        entries.push(entry);
    }
    ledger::post_all(tx, &entries).await?;
    let ids: Vec<InvoiceLineId> = rows.iter().map(|r| r.id).collect();
    let on = now.day(kernel::Zone::Jakarta);
    sql::ledger::mark_recognised(tx, &ids, on).await?;
    Ok(rows.len())
}

/// The passes of guests that are over.
async fn passes(tx: &mut Tx, day: Day) -> Result<usize> {
    let rows = sql::voucher::passes_over(tx, day, BATCH).await?;
    let mut by_branch: BTreeMap<BranchId, Vec<&OverPass>> = BTreeMap::new();
    for row in &rows {
        by_branch.entry(row.branch_id).or_default().push(row);
    }
    let mut entries = Vec::new();
    for (branch, passes) in by_branch {
        let batch: kernel::EntryId = tx.new_id();
        let mut entry = Entry::new(EntryKind::Recognition, batch.uuid(), branch);
        voucher::recognise(&mut entry, &passes);
        entries.push(entry);
    }
    ledger::post_all(tx, &entries).await?;
    let ids: Vec<VoucherId> = rows.iter().map(|r| r.id).collect();
    let on = tx.now().day(kernel::Zone::Jakarta);
    sql::voucher::mark_recognised(tx, &ids, on).await?;
    Ok(rows.len())
}
