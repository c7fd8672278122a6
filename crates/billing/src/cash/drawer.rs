//! Opening a drawer, counting it, accepting the difference.

use kernel::{BranchId, Fault, FaultKind, Money, Permission, Result, Scope, UserId};
use serde_json::{Value, json};
use store::{Query, Tx};

use super::{
    CashMove, CashMoveId, Drawer, DrawerId, DrawerState, MoveKind, Till, closed, must_be_accepted,
    opened,
};
use crate::ledger::{self, Entry, EntryKind};
use crate::numbers::{self, Document};
use crate::store as sql;

/// Opens the actor's drawer with a float from the branch's safe.
///
/// # Errors
/// `billing.drawer_open` when they have one open; a field error on `float` below zero; `forbidden` for
/// the program itself.
pub async fn open(tx: &mut Tx, branch: BranchId, float: Money) -> Result<DrawerId> {
    let user = person(tx)?;
    if float.is_negative() {
        return Err(Fault::field("float", "range", "tidak boleh minus", "must not be below zero"));
    }
    sql::cash::lock_user(tx, user).await?;
    if sql::cash::open_of(tx, user).await?.is_some() {
        return Err(Fault::conflict(
            "billing.drawer_open",
            "Kas Anda sudah terbuka. Tutup dulu sebelum membuka yang baru.",
            "Your drawer is open already. Close it before you open another.",
        ));
    }
    let on = tx.now().day(catalog::current(tx).await?.zone(branch));
    let (_, seq) = numbers::take(tx, Document::Drawer, on, 1).await?;
    let number = numbers::text(Document::Drawer, on, seq);
    let id: DrawerId = tx.new_id();
    sql::cash::insert_drawer(tx, id, &number, branch, user, float).await?;
    sql::cash::lock_safe(tx, branch).await?;
    let safe = sql::cash::in_safe(tx, branch).await?;
    let mut entry = Entry::new(EntryKind::Drawer, id.uuid(), branch);
    opened(&mut entry, float, safe);
    if !float.is_zero() {
        move_drawer(tx, id, MoveKind::Float, entry, float).await?;
    }
    let after = json!({ "number": number, "float": float });
    tx.journal("drawer", id.uuid(), "opened", Value::Null, after).await?;
    Ok(id)
}

/// What a cashier counted.
#[derive(Clone, Debug)]
pub struct Count {
    pub counted: Money,
    /// Denomination and how many, when it was counted by pieces.
    pub pieces: Option<Vec<(i64, i64)>>,
    pub why: Option<String>,
}

/// Counts one's own drawer and closes it. With a difference above the policy's limit it waits for a second
/// person; until then it can be counted again.
///
/// # Errors
/// `billing.drawer_not_found`, `billing.drawer_closed`; `billing.drawer_not_own`; a field error on `why`
/// when there is a difference and no word about it, on `counted` below zero.
pub async fn count(tx: &mut Tx, id: DrawerId, what: &Count) -> Result<Drawer> {
    let drawer = locked(tx, id).await?;
    if tx.actor().user() != Some(drawer.user_id) {
        return Err(Fault::forbidden(
            "billing.drawer_not_own",
            "Kas dihitung oleh kasirnya sendiri.",
            "A drawer is counted by its own cashier.",
        ));
    }
    let expected = drawer.balance;
    let difference = what.counted - expected;
    let why = what.why.as_deref().map(str::trim).filter(|w| !w.is_empty());
    check(what.counted, difference, why)?;
    let limit = catalog::current(tx).await?.isp_policy().cash_difference_limit;
    let waits = must_be_accepted(difference, limit);
    let pieces = what.pieces.as_ref().map(|p| json!(p));
    sql::cash::counted(tx, id, expected, what.counted, pieces, why).await?;
    let after = json!({ "expected": expected, "counted": what.counted, "why": why });
    tx.journal("drawer", id.uuid(), "counted", Value::Null, after).await?;
    if !waits {
        close(tx, &drawer, expected, what.counted).await?;
    }
    find(tx, &Scope::all(), id).await
}

fn check(counted: Money, difference: Money, why: Option<&str>) -> Result<()> {
    if counted.is_negative() {
        return Err(Fault::field(
            "counted",
            "range",
            "tidak boleh minus",
            "must not be below zero",
        ));
    }
    if !difference.is_zero() && why.is_none() {
        return Err(Fault::field(
            "why",
            "required",
            format!("ada selisih {difference}: tulis kemungkinan sebabnya"),
            format!("there is a difference of {difference}: say what may have caused it"),
        ));
    }
    Ok(())
}

/// A second person accepts the difference: it is posted, and the drawer is closed.
///
/// # Errors
/// `billing.drawer_not_found`; `billing.drawer_not_counted`; `forbidden`; `billing.approval_own` for the
/// cashier, unless the policy switched four eyes off.
pub async fn accept(tx: &mut Tx, id: DrawerId) -> Result<Drawer> {
    tx.actor().require(Permission::PaymentApprove)?;
    let drawer = locked(tx, id).await?;
    let (DrawerState::Counted, Some(expected), Some(counted)) =
        (drawer.state, drawer.expected, drawer.counted)
    else {
        return Err(Fault::conflict(
            "billing.drawer_not_counted",
            "Kas ini tidak menunggu persetujuan.",
            "This drawer does not wait for anybody's acceptance.",
        ));
    };
    let four_eyes = catalog::current(tx).await?.isp_policy().four_eyes;
    if tx.actor().user() == Some(drawer.user_id) && four_eyes {
        return Err(Fault::new(
            FaultKind::Forbidden,
            "billing.approval_own",
            "Selisih kas sendiri harus disetujui orang lain.",
            "Somebody else has to accept the difference of your own drawer.",
        ));
    }
    sql::cash::accepted(tx, id).await?;
    close(tx, &drawer, expected, counted).await?;
    let after = json!({ "difference": counted - expected });
    tx.journal("drawer", id.uuid(), "accepted", Value::Null, after).await?;
    find(tx, &Scope::all(), id).await
}

async fn close(tx: &mut Tx, drawer: &Drawer, expected: Money, counted: Money) -> Result<()> {
    sql::cash::lock_safe(tx, drawer.branch_id).await?;
    let mut entry = Entry::new(EntryKind::Drawer, drawer.id.uuid(), drawer.branch_id);
    closed(&mut entry, expected, counted);
    if expected.is_zero() {
        // Nothing leaves the drawer; what was found in it is posted.
        ledger::post(tx, entry).await?;
    } else {
        move_drawer(tx, drawer.id, MoveKind::Close, entry, -expected).await?;
    }
    sql::cash::closed(tx, drawer.id).await?;
    let after = json!({ "counted": counted, "difference": counted - expected });
    tx.journal("drawer", drawer.id.uuid(), "closed", Value::Null, after).await
}

async fn move_drawer(
    tx: &mut Tx,
    id: DrawerId,
    kind: MoveKind,
    entry: Entry,
    amount: Money,
) -> Result<()> {
    let posted = ledger::post_one(tx, entry).await?;
    let till = Till::Drawer(id);
    let subject = id.uuid();
    let row = sql::cash::NewMove { till, kind, subject, entry: posted, customer: None, amount };
    sql::cash::insert_move(tx, &row).await
}

pub(super) fn person(tx: &Tx) -> Result<UserId> {
    tx.actor().user().ok_or_else(|| {
        Fault::forbidden(
            "billing.drawer_person",
            "Laci kas hanya dibuka oleh orang.",
            "A drawer belongs to a person.",
        )
    })
}

/// The drawer, while nobody else moves its money.
async fn locked(tx: &mut Tx, id: DrawerId) -> Result<Drawer> {
    let scope = tx.actor().scope.clone();
    let user = find(tx, &scope, id).await?.user_id;
    sql::cash::lock_user(tx, user).await?;
    let drawer = find(tx, &scope, id).await?;
    if drawer.state != DrawerState::Closed {
        return Ok(drawer);
    }
    Err(Fault::conflict(
        "billing.drawer_closed",
        "Kas ini sudah ditutup.",
        "This drawer is closed.",
    ))
}

/// # Errors
/// `billing.drawer_not_found`.
pub async fn find(q: &mut dyn Query, scope: &Scope, id: DrawerId) -> Result<Drawer> {
    sql::cash::drawer(q, scope, id).await?.ok_or_else(|| {
        Fault::not_found("billing.drawer_not_found", "Laci kas tidak ada.", "No such drawer.")
    })
}

/// A person's open drawer, or the one of theirs that waits for a second person.
pub async fn drawer_of(q: &mut dyn Query, user: UserId) -> Result<Option<Drawer>> {
    sql::cash::live_of(q, user).await
}

/// Drawers, newest first, after the id `after`; in one state, if it is given.
pub async fn list(
    q: &mut dyn Query,
    scope: &Scope,
    state: Option<DrawerState>,
    after: Option<DrawerId>,
    limit: i64,
) -> Result<Vec<Drawer>> {
    sql::cash::drawers(q, scope, state, after, limit).await
}

/// The movements of a drawer, oldest first, after the id `after`.
///
/// # Errors
/// `billing.drawer_not_found`.
pub async fn moves(
    q: &mut dyn Query,
    scope: &Scope,
    id: DrawerId,
    after: Option<CashMoveId>,
    limit: i64,
) -> Result<Vec<CashMove>> {
    find(q, scope, id).await?;
    sql::cash::moves(q, id, after, limit).await
}
