//! What must be true of the money, checked on live data: invariants 1, 2 and 3 of the domain.

use kernel::Result;
use store::Query;

use crate::store as sql;

/// An invariant that is broken, with enough to find the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The invariant's number in the domain.
    pub invariant: u8,
    pub code: &'static str,
    pub detail: String,
}

/// Everything that is broken, at most twenty of a kind; empty when all is well.
///
/// 1: entries balance; an invoice's sums are those of its lines, allocations, credit notes, withholdings and
/// write-offs, and its outstanding amount is not negative; receivables, customer credit, deferred income and
/// withheld tax in the ledger are the sums of their subledgers. 2: one live invoice per subscription, period
/// start, kind and key, no two live regular ones over the same days, no gap in a number series. 3: a payment's
/// allocations never exceed it, and a (channel, reference) counts once.
pub async fn check(q: &mut dyn Query) -> Result<Vec<Broken>> {
    let mut broken = Vec::new();
    for (invariant, code, statement) in sql::invariants::CHECKS {
        for detail in sql::invariants::found(q, statement).await? {
            broken.push(Broken { invariant: *invariant, code, detail });
        }
    }
    for (code, ledger, subledger) in sql::invariants::tied(q).await? {
        if ledger != subledger {
            let detail = format!("ledger {ledger}, subledger {subledger}");
            broken.push(Broken { invariant: 1, code, detail });
        }
    }
    Ok(broken)
}
