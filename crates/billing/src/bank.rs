//! Bank statements: every line once, matched to money that is known or told whose it is by a person.
//!
//! A line is imported raw; money is only counted when a payment is known to be it, or when a person assigns
//! it. [`statement`] reads a bank's columns (pure), [`rank`] says how likely a line is somebody's (pure).

mod decide;
mod import;
pub mod rank;
pub mod statement;

pub use decide::{
    Assigned, assign, deposit, match_payment, not_ours, reopen, settle_gateway, settlement,
};
pub use import::{Imported, import};

use kernel::{CustomerId, Day, Fault, Id, Money, PaymentId, Result, Ts};
use serde_json::Value;
use store::Query;

use crate::store as sql;

/// The kind of a bank account's id.
#[derive(Debug)]
pub enum BankAccountKind {}
pub type BankAccountId = Id<BankAccountKind>;

/// The kind of a statement line's id.
#[derive(Debug)]
pub enum BankLineKind {}
pub type BankLineId = Id<BankLineKind>;

store::words! {
    /// What became of a line.
    pub enum LineState {
        /// Money in that nobody has claimed: waits for a person.
        Open = "open",
        /// It is a payment that was known.
        Matched = "matched",
        /// A person said whose it is: it was counted then.
        Assigned = "assigned",
        /// A gateway paid out what it had collected.
        Settlement = "settlement",
        /// Cash from the safe.
        Deposit = "deposit",
        /// Not a customer's money.
        NotOurs = "not_ours",
        /// Money out.
        Out = "out",
    }
}

store::row! {
    /// A line as stored.
    pub struct BankLine {
        pub id: BankLineId,
        pub account_id: BankAccountId,
        pub account: String,
        pub on_day: Day,
        pub amount: Money,
        pub text: String,
        pub reference: Option<String>,
        pub print: String,
        pub state: LineState,
        pub customer_id: Option<CustomerId>,
        pub payment_id: Option<PaymentId>,
        pub receipt_number: Option<String>,
        pub why: Option<String>,
        pub decided_by: Option<String>,
        pub decided_at: Option<Ts>,
    }
}

store::row! {
    /// An account with what was imported of it.
    pub struct BankAccount {
        pub id: BankAccountId,
        pub name: String,
        pub columns: Value,
        pub lines: i64,
        pub open: i64,
        pub last_day: Option<Day>,
    }
}

/// # Errors
/// `billing.bank_line_not_found`.
pub async fn find(q: &mut dyn Query, id: BankLineId) -> Result<BankLine> {
    sql::bank::line(q, id).await?.ok_or_else(|| {
        Fault::not_found(
            "billing.bank_line_not_found",
            "Baris mutasi tidak ada.",
            "No such statement line.",
        )
    })
}

/// Lines, newest first, after the line `after`; in one state, if it is given.
pub async fn lines(
    q: &mut dyn Query,
    state: Option<LineState>,
    after: Option<(Day, BankLineId)>,
    limit: i64,
) -> Result<Vec<BankLine>> {
    sql::bank::lines(q, state, after, limit).await
}

/// How many lines wait for a person, and their sum.
pub async fn waiting(q: &mut dyn Query) -> Result<(i64, Money)> {
    sql::bank::waiting(q).await
}

/// The accounts, by name.
pub async fn accounts(q: &mut dyn Query) -> Result<Vec<BankAccount>> {
    sql::bank::accounts(q).await
}

/// Of these fingerprints those that are known of the account called `name`.
pub async fn known(q: &mut dyn Query, name: &str, prints: &[String]) -> Result<Vec<String>> {
    match sql::bank::account_named(q, name).await? {
        Some(id) => sql::bank::known(q, id, prints).await,
        None => Ok(Vec::new()),
    }
}

/// Transfers that may be one of these amounts and belong to no line yet: noted or settled, around the days.
pub async fn loose_transfers(
    q: &mut dyn Query,
    amounts: &[Money],
    from: Day,
    to: Day,
) -> Result<Vec<LooseTransfer>> {
    sql::bank::loose_transfers(q, amounts, from, to).await
}

store::row! {
    /// A transfer that no statement line is matched to.
    #[derive(PartialEq, Eq)]
    pub struct LooseTransfer {
        pub id: PaymentId,
        pub customer_id: CustomerId,
        pub amount: Money,
        pub reference: String,
        pub receipt_number: Option<String>,
        pub state: crate::words::PaymentState,
        pub received_at: Ts,
    }
}

/// What the gateways hold of ours by the books.
pub async fn in_clearing(q: &mut dyn Query) -> Result<Money> {
    Ok(sql::bank::clearing(q).await?.into_iter().map(|(_, held)| held).sum())
}
