//! Posting what moves cash, with the row of whoever holds it.

use kernel::{CustomerId, Result, UserId};
use store::Tx;

use super::{MoveKind, Till, must_hold, till};
use crate::ledger::{self, Account, Entry, EntryKind};
use crate::store as sql;

/// Whose hands cash passes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    /// The drawer of the person who acts.
    Actor,
    /// The drawer of the person who asked for it; the actor's, when they have none open.
    AskedBy(UserId),
    /// A collector takes it along.
    Collector,
}

/// Posts an entry that may move cash: its posting on the drawers' account goes where the cash really is.
/// Without cash in it, it is just posted.
///
/// # Errors
/// As [`ledger::post`]; `billing.drawer_needed`; `billing.drawer_short`.
pub(crate) async fn book(tx: &mut Tx, mut entry: Entry, whose: Whose) -> Result<()> {
    let kind = match entry.kind {
        EntryKind::Reversal => return reversed(tx, entry).await,
        EntryKind::Refund => MoveKind::Refund,
        EntryKind::Voucher => MoveKind::Voucher,
        EntryKind::Wallet => MoveKind::TopUp,
        _ => MoveKind::Payment,
    };
    let Some(cash) = entry.on(Account::CashDrawer) else { return ledger::post(tx, entry).await };
    let till = match (whose, tx.actor().user()) {
        (Whose::Collector, Some(user)) => Till::Collector(user),
        (Whose::AskedBy(asked), user) => at_counter(tx, &[Some(asked), user]).await?,
        (_, user) => at_counter(tx, &[user]).await?,
    };
    match till {
        Till::Loose => return ledger::post(tx, entry).await,
        Till::Collector(_) => entry.move_to(Account::CashDrawer, Account::CashCollectors),
        Till::Drawer(id) if cash.is_negative() => {
            must_hold(sql::cash::balance(tx, id).await?, -cash)?;
        }
        Till::Drawer(_) => {}
    }
    let (subject, customer) = (entry.subject, entry.customer);
    let posted = ledger::post_one(tx, entry).await?;
    let row = sql::cash::NewMove { till, kind, subject, entry: posted, customer, amount: cash };
    sql::cash::insert_move(tx, &row).await
}

/// The first of these people whose drawer is open; it stays open until the transaction ends.
async fn at_counter(tx: &mut Tx, people: &[Option<UserId>]) -> Result<Till> {
    let mut open = None;
    for user in people.iter().flatten() {
        sql::cash::lock_user(tx, *user).await?;
        open = sql::cash::open_of(tx, *user).await?;
        if open.is_some() {
            break;
        }
    }
    let needed = catalog::current(tx).await?.isp_policy().cash_needs_drawer;
    till(open, needed, tx.actor().user().is_some())
}

/// A cash payment is taken back. It leaves the hands that it is in: an open drawer, or the collector's. A
/// drawer that was counted since knew nothing of the mistake: the difference of its count is corrected.
async fn reversed(tx: &mut Tx, mut entry: Entry) -> Result<()> {
    let Some(cash) = entry.on(Account::CashDrawer) else { return ledger::post(tx, entry).await };
    let Some(took) = sql::cash::taken_by(tx, entry.subject).await? else {
        return ledger::post(tx, entry).await;
    };
    let till = match (took.drawer_id, took.collector_id) {
        (Some(id), _) => {
            sql::cash::lock_user(tx, took.user_id.unwrap_or(UserId::nil())).await?;
            if !sql::cash::is_open(tx, id).await? {
                entry.move_to(Account::CashDrawer, Account::CashDifference);
                return ledger::post(tx, entry).await;
            }
            must_hold(sql::cash::balance(tx, id).await?, -cash)?;
            Till::Drawer(id)
        }
        (None, Some(user)) => {
            sql::cash::lock_user(tx, user).await?;
            entry.move_to(Account::CashDrawer, Account::CashCollectors);
            Till::Collector(user)
        }
        (None, None) => Till::Loose,
    };
    let (subject, customer): (_, Option<CustomerId>) = (entry.subject, entry.customer);
    let posted = ledger::post_one(tx, entry).await?;
    let kind = MoveKind::Reversal;
    let row = sql::cash::NewMove { till, kind, subject, entry: posted, customer, amount: cash };
    sql::cash::insert_move(tx, &row).await
}
