//! Requests for a second person.

use kernel::{BranchId, Result};
use store::{Query, QueryExt, Tx, args};

use super::Wheres;
use crate::approval::{ApprovalId, ApprovalRow};
use crate::words::ApprovalState;

const COLUMNS: &str =
    "select a.id, a.kind, a.subject_id, a.branch_id, a.body, a.amount, a.why, a.asked_by,
  a.asked_at, a.state, a.decided_by, a.decided_at from billing_approval a";

pub(crate) async fn insert(tx: &mut Tx, a: &ApprovalRow) -> Result<()> {
    tx.exec(
        "insert into billing_approval (id, kind, subject_id, branch_id, body, amount, why, asked_by,
           asked_at, state) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)",
        args![
            a.id, a.kind, a.subject_id, a.branch_id, a.body, a.amount, a.why, a.asked_by,
            a.asked_at, a.state
        ],
    )
    .await?;
    Ok(())
}

pub(crate) async fn find(q: &mut dyn Query, id: ApprovalId) -> Result<Option<ApprovalRow>> {
    q.row_opt(&format!("{COLUMNS} where a.id = $1"), args![id]).await
}

pub(crate) async fn decide(tx: &mut Tx, id: ApprovalId, state: ApprovalState) -> Result<()> {
    let by = tx.actor().tag();
    tx.exec(
        "update billing_approval set state = $2, decided_by = $3, decided_at = $4
         where id = $1 and state = 'open'",
        args![id, state, by, tx.now()],
    )
    .await?;
    Ok(())
}

pub(crate) async fn waiting(
    q: &mut dyn Query,
    branch: Option<BranchId>,
    limit: i64,
) -> Result<Vec<ApprovalRow>> {
    let mut wheres = Wheres::default();
    wheres.plain("a.state = 'open'");
    wheres.add("a.branch_id =", branch);
    let sql = format!(
        "{COLUMNS} {} order by a.asked_at, a.id limit {}",
        wheres.text(),
        limit.clamp(1, 1_000)
    );
    q.rows(&sql, wheres.args).await
}
