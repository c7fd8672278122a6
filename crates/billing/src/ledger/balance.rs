//! Reading the books.

use kernel::{BranchId, CustomerId, Day, EntryId, Money, Result, Ts};
use store::Query;
use uuid::Uuid;

use super::{Account, EntryKind};
use crate::store as sql;

/// One account's sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Balance {
    pub account: Account,
    pub debit: Money,
    pub credit: Money,
}

impl Balance {
    /// Debit less credit.
    pub fn net(self) -> Money {
        self.debit - self.credit
    }
}

/// The sums of every account with postings, by code; of one branch and some days, if they are given.
/// Debits and credits of the whole are equal.
pub async fn trial_balance(
    q: &mut dyn Query,
    branch: Option<BranchId>,
    from: Option<Day>,
    to: Option<Day>,
) -> Result<Vec<Balance>> {
    let rows = sql::ledger::sums(q, branch, from, to).await?;
    Ok(rows
        .into_iter()
        .map(|r| Balance { account: r.account, debit: r.debit, credit: r.credit })
        .collect())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PostingView {
    pub account: Account,
    /// Debit positive, credit negative.
    pub amount: Money,
}

/// An entry with its postings.
#[derive(Clone, Debug)]
pub struct EntryView {
    pub id: EntryId,
    pub at: Ts,
    pub on_day: Day,
    pub kind: EntryKind,
    pub subject: Uuid,
    pub branch: BranchId,
    pub customer: Option<CustomerId>,
    pub postings: Vec<PostingView>,
}

/// Entries, newest first, after the id `after`; of one subject or account, if they are given.
pub async fn entries(
    q: &mut dyn Query,
    branch: Option<BranchId>,
    subject: Option<Uuid>,
    account: Option<Account>,
    after: Option<EntryId>,
    limit: i64,
) -> Result<Vec<EntryView>> {
    let (heads, postings) = sql::ledger::entries(q, branch, subject, account, after, limit).await?;
    Ok(heads
        .into_iter()
        .map(|e| EntryView {
            postings: postings
                .iter()
                .filter(|p| p.entry_id == e.id)
                .map(|p| PostingView { account: p.account, amount: p.amount })
                .collect(),
            id: e.id,
            at: e.at,
            on_day: e.on_day,
            kind: e.kind,
            subject: e.subject_id,
            branch: e.branch_id,
            customer: e.customer_id,
        })
        .collect())
}
