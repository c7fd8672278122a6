//! Posting what moves cash, with the row of whoever holds it.

use kernel::{Money, Result, UserId};
use store::Tx;

use super::{DrawerId, MoveKind, Till, apart, must_hold, till};
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
    hold(tx, entry, till, kind, cash).await
}

/// Posts an entry whose cash is in these hands, where they are, with its row.
async fn hold(tx: &mut Tx, entry: Entry, till: Till, kind: MoveKind, amount: Money) -> Result<()> {
    let (subject, customer) = (entry.subject, entry.customer);
    let entry = match till {
        Till::Drawer(id) => there(tx, entry, Account::CashDrawer, id).await?,
        _ => entry,
    };
    let entry = ledger::post_one(tx, entry).await?;
    let row = sql::cash::NewMove { till, kind, subject, entry, customer, amount };
    sql::cash::insert_move(tx, &row).await
}

/// Posts the claim of an entry on the drawer's branch, if that is another; answers what that branch has to post.
async fn there(tx: &mut Tx, entry: Entry, account: Account, drawer: DrawerId) -> Result<Entry> {
    let hands = sql::cash::branch_of(tx, drawer).await?;
    let (claim, holding) = apart(entry, account, hands);
    if let Some(claim) = claim {
        ledger::post(tx, claim).await?;
    }
    Ok(holding)
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
                let entry = there(tx, entry, Account::CashDifference, id).await?;
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
    hold(tx, entry, till, MoveKind::Reversal, cash).await
}
