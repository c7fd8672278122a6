//! Ops of the offline protocol.

use kernel::{FieldOpId, Result, Scope, Ts, UserId, WorkOrderId};
use serde_json::Value;
use store::{Query, QueryExt, Tx, args};

use crate::field::{FieldOp, Kept, OpState};

const COLUMNS: &str = "user_id, op_id, device, seq, subject, v, occurred_at, based_on, kind, body, \
     body_hash, state, result, received_at, applied_at";

/// `false`: this user's op of that id is kept already.
pub(crate) async fn insert(tx: &mut Tx, user: UserId, op: &FieldOp, hash: &[u8]) -> Result<bool> {
    let added = tx
        .exec(
            "insert into fulfilment_field_op (user_id, op_id, device, seq, subject, v, occurred_at,
               based_on, kind, body, body_hash, state, received_at)
             values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13)
             on conflict (user_id, op_id) do nothing",
            args![
                user,
                op.op_id,
                op.device,
                op.seq,
                op.subject,
                op.v,
                op.occurred_at,
                op.based_on,
                op.kind(),
                op.body,
                hash,
                OpState::Waiting,
                tx.now()
            ],
        )
        .await?;
    Ok(added == 1)
}

/// Holds an unsettled op's row until the end of the transaction. `false`: it is settled.
pub(crate) async fn lock_unsettled(tx: &mut Tx, user: UserId, op: FieldOpId) -> Result<bool> {
    let held = tx
        .exec(
            "update fulfilment_field_op set state = state
             where user_id = $1 and op_id = $2 and state in ('waiting', 'held')",
            args![user, op],
        )
        .await?;
    Ok(held == 1)
}

pub(crate) async fn settle(
    tx: &mut Tx,
    op: &Kept,
    state: OpState,
    result: Option<Value>,
    body: Option<Value>,
) -> Result<()> {
    let applied_at = (state == OpState::Applied).then(|| tx.now());
    tx.exec(
        "update fulfilment_field_op set state = $3, result = $4, applied_at = $5,
           body = coalesce($6, body)
         where user_id = $1 and op_id = $2",
        args![op.user_id, op.op_id, state, result, applied_at, body],
    )
    .await?;
    Ok(())
}

pub(crate) async fn find(q: &mut dyn Query, user: UserId, op: FieldOpId) -> Result<Option<Kept>> {
    let sql =
        format!("select {COLUMNS} from fulfilment_field_op where user_id = $1 and op_id = $2");
    q.row_opt(&sql, args![user, op]).await
}

/// The other ops of the same user, device and subject.
pub(crate) async fn chain(q: &mut dyn Query, user: UserId, op: &FieldOp) -> Result<Vec<Kept>> {
    let sql = format!(
        "select {COLUMNS} from fulfilment_field_op
         where user_id = $1 and device = $2 and subject = $3 and op_id <> $4 order by seq, op_id"
    );
    q.rows(&sql, args![user, op.device, op.subject, op.op_id]).await
}

pub(crate) async fn unsettled(q: &mut dyn Query, subject: WorkOrderId) -> Result<Vec<Kept>> {
    let sql = format!(
        "select {COLUMNS} from fulfilment_field_op
         where subject = $1 and state in ('waiting', 'held') order by user_id, device, seq, op_id"
    );
    q.rows(&sql, args![subject]).await
}

pub(crate) async fn troubled(q: &mut dyn Query, scope: &Scope) -> Result<Vec<Kept>> {
    let columns: Vec<String> = COLUMNS.split(", ").map(|column| format!("o.{column}")).collect();
    let columns = columns.join(", ");
    let sql = format!(
        "select {columns} from fulfilment_field_op o
         join fulfilment_work_order w on w.id = o.subject
         where o.state in ('waiting', 'held', 'refused') and w.state not in ('done', 'cancelled')
           and ($1 is null or w.branch_id = $1) and ($2 is null or w.partner_id = $2)
           and ($3 is null or o.user_id = $3)
         order by o.received_at desc, o.seq desc limit 200"
    );
    q.rows(&sql, args![scope.branch, scope.partner, scope.technician]).await
}

pub(crate) async fn forget(tx: &mut Tx, before: Ts) -> Result<u64> {
    tx.exec(
        "delete from fulfilment_field_op
         where received_at < $1 and state in ('applied', 'refused')",
        args![before],
    )
    .await
}
