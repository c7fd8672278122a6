//! Drawers, handovers and the movements of cash.

use kernel::{BranchId, CustomerId, EntryId, Money, Result, Scope, Ts, UserId};
use serde_json::Value as Json;
use store::{Lock, Query, QueryExt, Tx, args, row};
use uuid::Uuid;

use super::Wheres;
use crate::cash::{
    CashMove, CashMoveId, Drawer, DrawerId, DrawerState, Handover, HandoverId, MoveKind, Till,
};
use crate::ledger::Account;

/// Keeps a person's drawer and what they hold to this transaction.
pub(crate) async fn lock_user(tx: &mut Tx, user: UserId) -> Result<()> {
    tx.lock(Lock::Named(&format!("billing.cash.{user}"))).await
}

pub(crate) async fn lock_safe(tx: &mut Tx, branch: BranchId) -> Result<()> {
    tx.lock(Lock::Named(&format!("billing.safe.{branch}"))).await
}

const DRAWER: &str = "select d.id, d.number, d.branch_id, d.user_id, d.cashier, d.state, d.opened_at,
   d.float_amount, d.expected, d.counted, d.pieces, d.why, d.counted_at, d.accepted_by, d.accepted_at,
   d.closed_at,
   (select cast(coalesce(sum(m.amount), 0) as bigint) from billing_cash_move m
     where m.drawer_id = d.id) as balance,
   (select cast(coalesce(sum(m.amount), 0) as bigint) from billing_cash_move m
     where m.drawer_id = d.id and m.kind in ('payment', 'voucher', 'top_up', 'handover')) as taken,
   (select cast(coalesce(sum(m.amount), 0) as bigint) from billing_cash_move m
     where m.drawer_id = d.id and m.kind in ('refund', 'reversal')) as given
 from billing_drawer d";

pub(crate) async fn drawer(
    q: &mut dyn Query,
    scope: &Scope,
    id: DrawerId,
) -> Result<Option<Drawer>> {
    let Some(mut wheres) = scoped("d", scope) else { return Ok(None) };
    wheres.add("d.id =", Some(id));
    q.row_opt(&format!("{DRAWER} {}", wheres.text()), wheres.args).await
}

pub(crate) async fn live_of(q: &mut dyn Query, user: UserId) -> Result<Option<Drawer>> {
    let sql = format!(
        "{DRAWER} where d.user_id = $1 and d.state <> 'closed'
         order by case d.state when 'open' then 0 else 1 end, d.id limit 1"
    );
    q.row_opt(&sql, args![user]).await
}

pub(crate) async fn drawers(
    q: &mut dyn Query,
    scope: &Scope,
    state: Option<DrawerState>,
    after: Option<DrawerId>,
    limit: i64,
) -> Result<Vec<Drawer>> {
    let Some(mut wheres) = scoped("d", scope) else { return Ok(Vec::new()) };
    wheres.add("d.state =", state);
    wheres.add("d.id <", after);
    let sql =
        format!("{DRAWER} {} order by d.id desc limit {}", wheres.text(), limit.clamp(1, 1_000));
    q.rows(&sql, wheres.args).await
}

/// `None`: resellers, technicians and customers see no drawers.
fn scoped(table: &str, scope: &Scope) -> Option<Wheres> {
    if scope.partner.is_some() || scope.technician.is_some() || scope.customer.is_some() {
        return None;
    }
    let mut wheres = Wheres::default();
    wheres.add(&format!("{table}.branch_id ="), scope.branch);
    Some(wheres)
}

pub(crate) async fn insert_drawer(
    tx: &mut Tx,
    id: DrawerId,
    number: &str,
    branch: BranchId,
    user: UserId,
    float: Money,
) -> Result<()> {
    let (now, name) = (tx.now(), tx.actor().name.clone());
    tx.exec(
        "insert into billing_drawer (id, number, branch_id, user_id, cashier, state, opened_at, float_amount)
         values ($1,$2,$3,$4,$5,'open',$6,$7)",
        args![id, number, branch, user, name, now, float],
    )
    .await?;
    Ok(())
}

pub(crate) async fn open_of(q: &mut dyn Query, user: UserId) -> Result<Option<DrawerId>> {
    q.value_opt("select id from billing_drawer where user_id = $1 and state = 'open'", args![user])
        .await
}

pub(crate) async fn is_open(q: &mut dyn Query, id: DrawerId) -> Result<bool> {
    let found: Option<DrawerId> = q
        .value_opt("select id from billing_drawer where id = $1 and state = 'open'", args![id])
        .await?;
    Ok(found.is_some())
}

/// # Errors
/// When there is no such drawer, or the database fails.
pub(crate) async fn branch_of(q: &mut dyn Query, id: DrawerId) -> Result<BranchId> {
    q.value("select branch_id from billing_drawer where id = $1", args![id]).await
}

pub(crate) async fn balance(q: &mut dyn Query, id: DrawerId) -> Result<Money> {
    q.value(
        "select cast(coalesce(sum(amount), 0) as bigint) from billing_cash_move where drawer_id = $1",
        args![id],
    )
    .await
}

pub(crate) async fn counted(
    tx: &mut Tx,
    id: DrawerId,
    expected: Money,
    counted: Money,
    pieces: Option<Json>,
    why: Option<&str>,
) -> Result<()> {
    tx.exec(
        "update billing_drawer set state = 'counted', expected = $2, counted = $3, pieces = $4, why = $5,
           counted_at = $6 where id = $1",
        args![id, expected, counted, pieces, why, tx.now()],
    )
    .await?;
    Ok(())
}

pub(crate) async fn accepted(tx: &mut Tx, id: DrawerId) -> Result<()> {
    let name = tx.actor().name.clone();
    tx.exec(
        "update billing_drawer set accepted_by = $2, accepted_at = $3 where id = $1",
        args![id, name, tx.now()],
    )
    .await?;
    Ok(())
}

pub(crate) async fn closed(tx: &mut Tx, id: DrawerId) -> Result<()> {
    tx.exec(
        "update billing_drawer set state = 'closed', closed_at = $2 where id = $1",
        args![id, tx.now()],
    )
    .await?;
    Ok(())
}

/// A movement to write.
pub(crate) struct NewMove {
    pub till: Till,
    pub kind: MoveKind,
    pub subject: Uuid,
    pub entry: EntryId,
    pub customer: Option<CustomerId>,
    pub amount: Money,
}

pub(crate) async fn insert_move(tx: &mut Tx, m: &NewMove) -> Result<()> {
    let (drawer, collector) = match m.till {
        Till::Drawer(id) => (Some(id), None),
        Till::Collector(id) => (None, Some(id)),
        Till::Loose => return Ok(()),
    };
    let (id, now): (CashMoveId, Ts) = (tx.new_id(), tx.now());
    tx.exec(
        "insert into billing_cash_move (id, drawer_id, collector_id, kind, subject_id, entry_id,
           customer_id, amount, at) values ($1,$2,$3,$4,$5,$6,$7,$8,$9)",
        args![id, drawer, collector, m.kind, m.subject, m.entry, m.customer, m.amount, now],
    )
    .await?;
    Ok(())
}

row! {
    /// Who took a payment's cash.
    pub(crate) struct Took {
        pub drawer_id: Option<DrawerId>,
        pub collector_id: Option<UserId>,
        pub user_id: Option<UserId>,
    }
}

pub(crate) async fn taken_by(q: &mut dyn Query, payment: Uuid) -> Result<Option<Took>> {
    q.row_opt(
        "select m.drawer_id, m.collector_id, d.user_id from billing_cash_move m
         left join billing_drawer d on d.id = m.drawer_id
         where m.subject_id = $1 and m.kind = 'payment'",
        args![payment],
    )
    .await
}

const MOVE: &str =
    "select m.id, m.drawer_id, m.collector_id, m.kind, m.subject_id, m.customer_id, m.amount,
   m.at, coalesce(p.receipt_number, h.number) as number
 from billing_cash_move m left join billing_payment p on p.id = m.subject_id
 left join billing_handover h on h.id = m.subject_id";

pub(crate) async fn moves(
    q: &mut dyn Query,
    id: DrawerId,
    after: Option<CashMoveId>,
    limit: i64,
) -> Result<Vec<CashMove>> {
    let mut wheres = Wheres::default();
    wheres.add("m.drawer_id =", Some(id));
    wheres.add("m.id >", after);
    let sql = format!("{MOVE} {} order by m.id limit {}", wheres.text(), limit.clamp(1, 1_000));
    q.rows(&sql, wheres.args).await
}

pub(crate) async fn moves_of(q: &mut dyn Query, user: UserId, limit: i64) -> Result<Vec<CashMove>> {
    let sql = format!(
        "{MOVE} where m.collector_id = $1 order by m.id desc limit {}",
        limit.clamp(1, 1_000)
    );
    q.rows(&sql, args![user]).await
}

pub(crate) async fn held(q: &mut dyn Query, user: UserId) -> Result<Money> {
    q.value(
        "select cast(coalesce(sum(amount), 0) as bigint) from billing_cash_move where collector_id = $1",
        args![user],
    )
    .await
}

/// What a person holds of each branch's money.
pub(crate) async fn held_of(q: &mut dyn Query, user: UserId) -> Result<Vec<(BranchId, Money)>> {
    q.rows(
        "select e.branch_id, cast(sum(m.amount) as bigint) as held from billing_cash_move m
         join billing_entry e on e.id = m.entry_id where m.collector_id = $1
         group by e.branch_id having sum(m.amount) <> 0 order by e.branch_id",
        args![user],
    )
    .await
}

/// Who holds something, how much, and when they took or gave something last.
pub(crate) async fn holders(q: &mut dyn Query) -> Result<Vec<(UserId, Money, Ts)>> {
    q.rows(
        "select collector_id, cast(sum(amount) as bigint) as held, max(at) as at from billing_cash_move
         where collector_id is not null group by collector_id having sum(amount) <> 0
         order by held desc, collector_id",
        args![],
    )
    .await
}

/// A handover to write.
pub(crate) struct NewHandover<'a> {
    pub id: HandoverId,
    pub number: &'a str,
    pub drawer: DrawerId,
    pub collector: UserId,
    pub name: &'a str,
    pub amount: Money,
    pub left: Money,
}

pub(crate) async fn insert_handover(
    tx: &mut Tx,
    h: &NewHandover<'_>,
    note: Option<&str>,
) -> Result<()> {
    let (now, by) = (tx.now(), tx.actor().name.clone());
    tx.exec(
        "insert into billing_handover (id, number, drawer_id, collector_id, collector, amount, left_over,
           received_by, at, note) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)",
        args![h.id, h.number, h.drawer, h.collector, h.name, h.amount, h.left, by, now, note],
    )
    .await?;
    Ok(())
}

pub(crate) async fn handovers(
    q: &mut dyn Query,
    scope: &Scope,
    id: Option<HandoverId>,
    collector: Option<UserId>,
    after: Option<HandoverId>,
    limit: i64,
) -> Result<Vec<Handover>> {
    let Some(mut wheres) = scoped("d", scope) else { return Ok(Vec::new()) };
    wheres.add("h.id =", id);
    wheres.add("h.collector_id =", collector);
    wheres.add("h.id <", after);
    let sql = format!(
        "select h.id, h.number, h.drawer_id, d.number as drawer_number, d.branch_id, h.collector_id,
           h.collector, h.amount, h.left_over, h.received_by, h.at, h.note
         from billing_handover h join billing_drawer d on d.id = h.drawer_id
         {} order by h.id desc limit {}",
        wheres.text(),
        limit.clamp(1, 1_000)
    );
    q.rows(&sql, wheres.args).await
}

pub(crate) async fn in_safe(q: &mut dyn Query, branch: BranchId) -> Result<Money> {
    q.value(
        "select cast(coalesce(sum(p.amount), 0) as bigint) from billing_posting p
         join billing_entry e on e.id = p.entry_id where p.account = $1 and e.branch_id = $2",
        args![Account::CashSafe, branch],
    )
    .await
}
