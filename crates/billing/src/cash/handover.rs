//! Setoran: a collector or technician hands over the cash that they took.

use kernel::{BranchId, Fault, Id, Money, PaymentId, Result, Scope, Ts, UserId};
use serde_json::{Value, json};
use store::{Query, Tx};

use super::{CashMove, DrawerId, MoveKind, Till, apart, drawer::person, handed, taken_from};
use crate::ledger::{self, Account, Entry, EntryKind};
use crate::numbers::{self, Document};
use crate::store as sql;

/// The kind of a handover's id.
#[derive(Debug)]
pub enum HandoverKind {}
pub type HandoverId = Id<HandoverKind>;

store::row! {
    /// A handover as stored.
    pub struct Handover {
        pub id: HandoverId,
        pub number: String,
        pub drawer_id: DrawerId,
        pub drawer_number: String,
        pub branch_id: BranchId,
        pub collector_id: UserId,
        pub collector: String,
        pub amount: Money,
        pub left_over: Money,
        pub received_by: String,
        pub at: Ts,
        pub note: Option<String>,
    }
}

/// Takes a collector's money into the actor's open drawer and gives it a receipt number. Less than they
/// hold may be handed over: the rest stays with them.
///
/// # Errors
/// `billing.drawer_needed`; `billing.handover_own` for one's own money; a field error on `amount` beyond
/// what they hold.
pub async fn hand_over(
    tx: &mut Tx,
    collector: UserId,
    name: &str,
    amount: Money,
    note: Option<&str>,
) -> Result<HandoverId> {
    let user = person(tx)?;
    if user == collector {
        return Err(Fault::conflict(
            "billing.handover_own",
            "Setoran sendiri diterima orang lain.",
            "Somebody else takes what you hand over.",
        ));
    }
    // In one order, whoever hands over to whom.
    for one in [user.min(collector), user.max(collector)] {
        sql::cash::lock_user(tx, one).await?;
    }
    let Some(drawer) = sql::cash::open_of(tx, user).await? else {
        return super::till(None, true, true).and(Err(Fault::bug("no drawer, and no refusal")));
    };
    let held = sql::cash::held(tx, collector).await?;
    if !amount.is_positive() || amount > held {
        return Err(Fault::field(
            "amount",
            "range",
            format!("harus antara Rp 1 dan yang dipegang ({held})"),
            format!("must be between Rp 1 and what they hold ({held})"),
        ));
    }
    let scope = tx.actor().scope.clone();
    let branch = super::find(tx, &scope, drawer).await?.branch_id;
    let on = tx.now().day(catalog::current(tx).await?.zone(branch));
    let (_, seq) = numbers::take(tx, Document::Handover, on, 1).await?;
    let number = numbers::text(Document::Handover, on, seq);
    let id: HandoverId = tx.new_id();
    let left = held - amount;
    let row = sql::cash::NewHandover { id, number: &number, drawer, collector, name, amount, left };
    sql::cash::insert_handover(tx, &row, note).await?;
    let of_branches = sql::cash::held_of(tx, collector).await?;
    for (owner, part) in taken_from(&of_branches, amount, branch) {
        let mut entry = Entry::new(EntryKind::Handover, id.uuid(), owner);
        handed(&mut entry, part);
        let (claim, holding) = apart(entry, Account::CashDrawer, branch);
        let here = ledger::post_one(tx, holding).await?;
        let there = match claim {
            Some(claim) => ledger::post_one(tx, claim).await?,
            None => here,
        };
        let moves =
            [(Till::Drawer(drawer), here, part), (Till::Collector(collector), there, -part)];
        for (till, entry, amount) in moves {
            let (kind, subject) = (MoveKind::Handover, id.uuid());
            let row = sql::cash::NewMove { till, kind, subject, entry, customer: None, amount };
            sql::cash::insert_move(tx, &row).await?;
        }
    }
    let after = json!({ "number": number, "collector": collector, "amount": amount, "left": left });
    tx.journal("handover", id.uuid(), "received", Value::Null, after).await?;
    Ok(id)
}

/// # Errors
/// `billing.handover_not_found`.
pub async fn handover(q: &mut dyn Query, scope: &Scope, id: HandoverId) -> Result<Handover> {
    let found = sql::cash::handovers(q, scope, Some(id), None, None, 1).await?;
    found.into_iter().next().ok_or_else(|| {
        Fault::not_found("billing.handover_not_found", "Setoran tidak ada.", "No such handover.")
    })
}

/// Handovers, newest first, after the id `after`; of one collector, if they are given.
pub async fn handovers(
    q: &mut dyn Query,
    scope: &Scope,
    collector: Option<UserId>,
    after: Option<HandoverId>,
    limit: i64,
) -> Result<Vec<Handover>> {
    sql::cash::handovers(q, scope, None, collector, after, limit).await
}

/// Whether this person took the payment's cash outside of the office.
///
/// # Errors
/// `billing.payment_not_found` when they did not.
pub async fn must_have_collected(q: &mut dyn Query, user: UserId, id: PaymentId) -> Result<()> {
    let took = sql::cash::taken_by(q, id.uuid()).await?;
    if took.and_then(|took| took.collector_id) == Some(user) {
        return Ok(());
    }
    Err(crate::pay::not_found())
}

/// What a person holds, and what they took and handed over, newest first.
pub async fn held_by(
    q: &mut dyn Query,
    user: UserId,
    limit: i64,
) -> Result<(Money, Vec<CashMove>)> {
    let held = sql::cash::held(q, user).await?;
    Ok((held, sql::cash::moves_of(q, user, limit).await?))
}

/// Everybody who holds cash: how much, of how many customers' payments, since when.
pub async fn holders(q: &mut dyn Query) -> Result<Vec<(UserId, Money, Ts)>> {
    sql::cash::holders(q).await
}
