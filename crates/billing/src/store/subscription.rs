//! Subscriptions, their isolations, pauses and holds.

use std::collections::{BTreeMap, BTreeSet};

use kernel::{CustomerId, Day, HoldId, PauseId, PlanId, Result, Scope, SubscriptionId, Ts};
use store::{Query, QueryExt, Tx, Value, args, row};

use super::{bulk, scope_args};
use crate::subscription::Subscription;
use crate::words::{ChangeState, HoldKind, PauseState, SubscriptionState};

const IN_SCOPE: &str = "($2 is null or branch_id = $2) and ($3 is null or partner_id = $3)
  and ($4 is null or customer_id = $4)";

pub(crate) async fn find(
    q: &mut dyn Query,
    scope: &Scope,
    id: SubscriptionId,
) -> Result<Option<Subscription>> {
    if scope.technician.is_some() {
        return Ok(None);
    }
    let sql = format!("select * from billing_subscription where id = $1 and {IN_SCOPE}");
    let mut all = args![id];
    all.extend(scope_args(scope));
    q.row_opt(&sql, all).await
}

/// Those of these ids that there are.
pub(crate) async fn of_ids(q: &mut dyn Query, ids: &[SubscriptionId]) -> Result<Vec<Subscription>> {
    q.rows("select * from billing_subscription where id {AMONG}($1)", args![ids]).await
}

pub(crate) async fn of_customer(
    q: &mut dyn Query,
    scope: &Scope,
    customer: CustomerId,
) -> Result<Vec<Subscription>> {
    if scope.technician.is_some() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "select * from billing_subscription where customer_id = $1 and {IN_SCOPE} order by id"
    );
    let mut all = args![customer];
    all.extend(scope_args(scope));
    q.rows(&sql, all).await
}

pub(crate) async fn insert(tx: &mut Tx, s: &Subscription) -> Result<()> {
    tx.exec(
        "insert into billing_subscription (id, number, customer_id, branch_id, partner_id, plan_id,
           mode, calendar, anchor_dom, state, label, install_fee, external_id, created_at)
         values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14)",
        args![
            s.id,
            s.number,
            s.customer_id,
            s.branch_id,
            s.partner_id,
            s.plan_id,
            s.mode,
            s.calendar,
            s.anchor_dom,
            s.state,
            s.label,
            s.install_fee,
            s.external_id,
            s.created_at
        ],
    )
    .await?;
    Ok(())
}

/// Saves what billing decides of a subscription, under its money account's lock. The state is not among
/// it: the one decision about access moves `active ⇄ isolated` without that lock ([`set_state`],
/// [`move_states`]).
pub(crate) async fn save(tx: &mut Tx, s: &Subscription) -> Result<()> {
    tx.exec(
        "update billing_subscription set plan_id = $2, anchor_dom = $3, label = $4, activated_on = $5,
           terminated_on = $6, billed_to = $7, next_issue_on = $8, install_fee = $9,
           unused_in_row = $10, termination_proposed_on = $11
         where id = $1",
        args![
            s.id,
            s.plan_id,
            s.anchor_dom,
            s.label,
            s.activated_on,
            s.terminated_on,
            s.billed_to,
            s.next_issue_on,
            s.install_fee,
            s.unused_in_row,
            s.termination_proposed_on
        ],
    )
    .await?;
    Ok(())
}

/// A new state, whatever it was.
pub(crate) async fn set_state(
    tx: &mut Tx,
    id: SubscriptionId,
    state: SubscriptionState,
) -> Result<()> {
    tx.exec("update billing_subscription set state = $2 where id = $1", args![id, state]).await?;
    Ok(())
}

/// A new state for those that are still `from`; answers them.
pub(crate) async fn move_states(
    tx: &mut Tx,
    ids: &[SubscriptionId],
    from: SubscriptionState,
    to: SubscriptionState,
) -> Result<BTreeSet<SubscriptionId>> {
    let sql = "update billing_subscription set state = $2 where state = $1 and id {AMONG}($3)
         returning id";
    Ok(tx.values::<SubscriptionId>(sql, args![from, to, ids]).await?.into_iter().collect())
}

/// Nobody proposes their end any more.
pub(crate) async fn propose_no_end(tx: &mut Tx, ids: &[SubscriptionId]) -> Result<()> {
    let sql = "update billing_subscription set termination_proposed_on = null
         where termination_proposed_on is not null and id {AMONG}($1)";
    tx.exec(sql, args![ids]).await?;
    Ok(())
}

/// On which day the end of a subscription was proposed.
pub(crate) async fn propose_end(tx: &mut Tx, id: SubscriptionId, on: Day) -> Result<()> {
    tx.exec(
        "update billing_subscription set termination_proposed_on = $2 where id = $1",
        args![id, on],
    )
    .await?;
    Ok(())
}

/// Subscriptions to terminate because their last day is over.
pub(crate) async fn past_last_day(
    q: &mut dyn Query,
    day: Day,
    limit: i64,
) -> Result<Vec<SubscriptionId>> {
    q.values(
        "select id from billing_subscription
         where terminated_on < $1 and state in ('active', 'isolated', 'paused') order by id limit $2",
        args![day, limit],
    )
    .await
}

// Isolation.

row! {
    pub(crate) struct IsolationRow { pub subscription_id: SubscriptionId, pub from_at: Ts,
        pub to_at: Option<Ts>, pub holds: serde_json::Value, pub isolated_since: Ts,
        pub unpaid_since: Option<Ts> }
}

/// The interval of each that goes on.
pub(crate) async fn open_isolations(
    q: &mut dyn Query,
    ids: &[SubscriptionId],
) -> Result<BTreeMap<SubscriptionId, IsolationRow>> {
    let sql = "select subscription_id, from_at, to_at, holds, isolated_since, unpaid_since
         from billing_isolation where to_at is null and subscription_id {AMONG}($1)";
    let rows: Vec<IsolationRow> = q.rows(sql, args![ids]).await?;
    Ok(rows.into_iter().map(|row| (row.subscription_id, row)).collect())
}

pub(crate) async fn close_isolations(tx: &mut Tx, ids: &[SubscriptionId]) -> Result<()> {
    let sql = "update billing_isolation set to_at = $1
         where to_at is null and subscription_id {AMONG}($2)";
    tx.exec(sql, args![tx.now(), ids]).await?;
    Ok(())
}

/// Rows of id, subscription, begin, holds, isolated since and unpaid since.
pub(crate) async fn begin_isolations(tx: &mut Tx, rows: Vec<Value>) -> Result<()> {
    let head = "insert into billing_isolation (id, subscription_id, from_at, holds, isolated_since,
        unpaid_since)";
    bulk(tx, head, 6, rows).await
}

/// Isolations for `unpaid` that began on or before `since` and go on, where nobody proposed anything yet.
pub(crate) async fn long_unpaid(
    q: &mut dyn Query,
    since: Ts,
    limit: i64,
) -> Result<Vec<(SubscriptionId, Ts)>> {
    q.rows(
        "select s.id, i.unpaid_since from billing_isolation i
         join billing_subscription s on s.id = i.subscription_id
         where i.to_at is null and i.unpaid_since <= $1 and s.termination_proposed_on is null
           and s.mode = 'postpaid' and s.state = 'isolated'
         order by s.id limit $2",
        args![since, limit],
    )
    .await
}

// Holds.

row! {
    pub(crate) struct HoldRow { pub subscription_id: SubscriptionId, pub kind: HoldKind,
        pub why: String, pub until_at: Option<Ts>, pub placed_by: String, pub placed_at: Ts }
}

pub(crate) async fn place_hold(
    tx: &mut Tx,
    id: SubscriptionId,
    kind: HoldKind,
    why: &str,
    until: Option<Ts>,
) -> Result<()> {
    let row: HoldId = tx.new_id();
    let by = tx.actor().name.clone();
    tx.exec(
        "insert into billing_hold (id, subscription_id, kind, why, until_at, placed_by, placed_at)
         values ($1,$2,$3,$4,$5,$6,$7)",
        args![row, id, kind, why, until, by, tx.now()],
    )
    .await?;
    Ok(())
}

/// `false`: there was none.
pub(crate) async fn release_hold(tx: &mut Tx, id: SubscriptionId, kind: HoldKind) -> Result<bool> {
    let by = tx.actor().name.clone();
    let changed = tx
        .exec(
            "update billing_hold set released_at = $3, released_by = $4
             where subscription_id = $1 and kind = $2 and released_at is null",
            args![id, kind, tx.now(), by],
        )
        .await?;
    Ok(changed > 0)
}

// Pauses.

row! {
    pub(crate) struct PauseRow { pub id: PauseId, pub subscription_id: SubscriptionId,
        pub from_on: Day, pub to_on: Option<Day>, pub state: PauseState }
}

pub(crate) async fn insert_pause(tx: &mut Tx, p: &PauseRow) -> Result<()> {
    tx.exec(
        "insert into billing_pause (id, subscription_id, from_on, to_on, state, asked_at)
         values ($1,$2,$3,$4,$5,$6)",
        args![p.id, p.subscription_id, p.from_on, p.to_on, p.state, tx.now()],
    )
    .await?;
    Ok(())
}

pub(crate) async fn save_pause(tx: &mut Tx, p: &PauseRow) -> Result<()> {
    tx.exec(
        "update billing_pause set from_on = $2, to_on = $3, state = $4 where id = $1",
        args![p.id, p.from_on, p.to_on, p.state],
    )
    .await?;
    Ok(())
}

pub(crate) async fn pauses(q: &mut dyn Query, id: SubscriptionId) -> Result<Vec<PauseRow>> {
    q.rows(
        "select id, subscription_id, from_on, to_on, state from billing_pause
         where subscription_id = $1 order by from_on, id",
        args![id],
    )
    .await
}

/// Pauses that begin or end by `day`.
pub(crate) async fn due_pauses(q: &mut dyn Query, day: Day, limit: i64) -> Result<Vec<PauseRow>> {
    q.rows(
        "select id, subscription_id, from_on, to_on, state from billing_pause
         where (state = 'scheduled' and from_on <= $1) or (state = 'running' and to_on < $1)
         order by from_on, id limit $2",
        args![day, limit],
    )
    .await
}

// Plan changes.

row! {
    /// A change of plan as stored.
    pub struct ChangeRow {
        pub id: crate::plan_change::PlanChangeId,
        pub subscription_id: SubscriptionId,
        pub old_plan: PlanId,
        pub new_plan: PlanId,
        /// First day of the new plan.
        pub from_on: Day,
        pub state: ChangeState,
        /// The supplement of a prepaid upgrade.
        pub invoice_id: Option<kernel::InvoiceId>,
        pub asked_at: Ts,
        pub applied_at: Option<Ts>,
    }
}

const CHANGE: &str = "select id, subscription_id, old_plan, new_plan, from_on, state, invoice_id, asked_at, applied_at
  from billing_plan_change";

pub(crate) async fn insert_change(tx: &mut Tx, c: &ChangeRow) -> Result<()> {
    let by = tx.actor().name.clone();
    tx.exec(
        "insert into billing_plan_change (id, subscription_id, old_plan, new_plan, from_on, state,
           invoice_id, asked_at, asked_by, applied_at)
         values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)",
        args![
            c.id,
            c.subscription_id,
            c.old_plan,
            c.new_plan,
            c.from_on,
            c.state,
            c.invoice_id,
            c.asked_at,
            by,
            c.applied_at
        ],
    )
    .await?;
    Ok(())
}

pub(crate) async fn save_change(tx: &mut Tx, c: &ChangeRow) -> Result<()> {
    tx.exec(
        "update billing_plan_change set from_on = $2, state = $3, invoice_id = $4, applied_at = $5
         where id = $1",
        args![c.id, c.from_on, c.state, c.invoice_id, c.applied_at],
    )
    .await?;
    Ok(())
}

pub(crate) async fn changes(q: &mut dyn Query, id: SubscriptionId) -> Result<Vec<ChangeRow>> {
    let sql = format!("{CHANGE} where subscription_id = $1 order by from_on, id");
    q.rows(&sql, args![id]).await
}

pub(crate) async fn change_of_invoice(
    q: &mut dyn Query,
    subscription: SubscriptionId,
    invoice: kernel::InvoiceId,
) -> Result<Option<ChangeRow>> {
    let sql = format!("{CHANGE} where subscription_id = $1 and invoice_id = $2");
    q.row_opt(&sql, args![subscription, invoice]).await
}

pub(crate) async fn due_changes(q: &mut dyn Query, day: Day, limit: i64) -> Result<Vec<ChangeRow>> {
    let sql = format!(
        "{CHANGE} where state = 'scheduled' and from_on <= $1 order by from_on, id limit $2"
    );
    q.rows(&sql, args![day, limit]).await
}

/// First and last id of the next page of all subscriptions.
pub(crate) async fn page_ends(
    q: &mut dyn Query,
    after: SubscriptionId,
    limit: i64,
) -> Result<Option<(SubscriptionId, SubscriptionId)>> {
    let ids: Vec<SubscriptionId> = q
        .values(
            "select id from billing_subscription where id > $1 order by id limit $2",
            args![after, limit],
        )
        .await?;
    Ok(ids.first().copied().zip(ids.last().copied()))
}

/// Subscriptions of a range that a run will look at.
pub(crate) async fn scheduled_in(
    q: &mut dyn Query,
    first: SubscriptionId,
    last: SubscriptionId,
) -> Result<Vec<Subscription>> {
    q.rows(
        "select * from billing_subscription where id >= $1 and id <= $2 and next_issue_on is not null
         order by id",
        args![first, last],
    )
    .await
}
