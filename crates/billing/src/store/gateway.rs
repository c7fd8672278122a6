//! Intents and notices.

use kernel::{CustomerId, IntentId, NoticeId, PaymentId, Result, Scope, Ts};
use store::{Query, QueryExt, Tx, args};

use super::scope_args;
use crate::gateway::{Checkout, Notice};
use crate::intent::Intent;
use crate::notice::NoticeRow;
use crate::words::{IntentState, NoticeState};

const INTENT: &str =
    "select id, reference, gateway, customer_id, branch_id, partner_id, invoice_id, amount,
  open_amount, state, url, code, created_at, expires_at, checked_at from billing_intent";

pub(crate) async fn insert_intent(tx: &mut Tx, i: &Intent) -> Result<()> {
    tx.exec(
        "insert into billing_intent (id, reference, gateway, customer_id, branch_id, partner_id, invoice_id,
           amount, open_amount, state, created_at, expires_at)
         values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12)",
        args![
            i.id, i.reference, i.gateway, i.customer_id, i.branch_id, i.partner_id, i.invoice_id,
            i.amount, i.open_amount, i.state, i.created_at, i.expires_at
        ],
    )
    .await?;
    Ok(())
}

/// An open intent for the same thing that has at least a minute left.
pub(crate) async fn same_intent(q: &mut dyn Query, i: &Intent) -> Result<Option<Intent>> {
    let sql = format!(
        "{INTENT} where customer_id = $1 and gateway = $2 and amount = $3 and open_amount = $4
           and state = 'open' and expires_at > $5
           and (invoice_id = $6 or (invoice_id is null and $6 is null))
         order by created_at desc limit 1"
    );
    let after = i.created_at.plus_secs(60);
    q.row_opt(&sql, args![i.customer_id, i.gateway, i.amount, i.open_amount, after, i.invoice_id])
        .await
}

pub(crate) async fn attach(tx: &mut Tx, id: IntentId, c: &Checkout) -> Result<()> {
    tx.exec(
        "update billing_intent set url = $2, code = $3, expires_at = $4 where id = $1",
        args![id, c.url, c.code, c.expires_at],
    )
    .await?;
    Ok(())
}

pub(crate) async fn intent(
    q: &mut dyn Query,
    scope: &Scope,
    id: IntentId,
) -> Result<Option<Intent>> {
    let sql = format!(
        "{INTENT} where id = $1 and ($2 is null or branch_id = $2)
           and ($3 is null or partner_id = $3) and ($4 is null or customer_id = $4)"
    );
    let mut all = args![id];
    all.extend(scope_args(scope));
    q.row_opt(&sql, all).await
}

pub(crate) async fn by_reference(q: &mut dyn Query, reference: &str) -> Result<Option<Intent>> {
    let sql = format!("{INTENT} where reference = $1");
    q.row_opt(&sql, args![reference]).await
}

pub(crate) async fn to_ask(q: &mut dyn Query, before: Ts, limit: i64) -> Result<Vec<Intent>> {
    let sql = format!(
        "{INTENT} where state = 'open' and created_at <= $1
           and (checked_at is null or checked_at <= $1)
         order by coalesce(checked_at, created_at), id limit $2"
    );
    q.rows(&sql, args![before, limit]).await
}

pub(crate) async fn asked(tx: &mut Tx, id: IntentId, at: Ts) -> Result<()> {
    tx.exec("update billing_intent set checked_at = $2 where id = $1", args![id, at]).await?;
    Ok(())
}

/// An open intent ends; a paid one stays paid.
pub(crate) async fn close_intent(tx: &mut Tx, id: IntentId, state: IntentState) -> Result<()> {
    tx.exec(
        "update billing_intent set state = $2 where id = $1 and (state = 'open' or $3)",
        args![id, state, state == IntentState::Paid],
    )
    .await?;
    Ok(())
}

const NOTICE: &str =
    "select id, gateway, notice_id, received_at, intent_reference, payment_reference, amount,
  remote_state, paid_at, conclusive, state, customer_id, payment_id, done_at from billing_notice";

/// The notice's id, and whether it is new.
pub(crate) async fn insert_notice(
    tx: &mut Tx,
    gateway: &str,
    n: &Notice,
    raw: &[u8],
) -> Result<(NoticeId, bool)> {
    let id: NoticeId = tx.new_id();
    let new = tx
        .exec(
            "insert into billing_notice (id, gateway, notice_id, raw, received_at, intent_reference,
               payment_reference, amount, remote_state, paid_at, conclusive, state)
             values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,'stored')
             on conflict (gateway, notice_id) do nothing",
            args![
                id, gateway, n.notice_id, raw, tx.now(), n.payment.intent_reference,
                n.payment.payment_reference, n.payment.amount, n.payment.state, n.payment.paid_at,
                n.conclusive
            ],
        )
        .await?;
    if new == 1 {
        return Ok((id, true));
    }
    let known: NoticeId = tx
        .value(
            "select id from billing_notice where gateway = $1 and notice_id = $2",
            args![gateway, n.notice_id],
        )
        .await?;
    Ok((known, false))
}

pub(crate) async fn notice(q: &mut dyn Query, id: NoticeId) -> Result<Option<NoticeRow>> {
    q.row_opt(&format!("{NOTICE} where id = $1"), args![id]).await
}

/// Keeps the notice's row to this transaction.
pub(crate) async fn lock_notice(tx: &mut Tx, id: NoticeId) -> Result<()> {
    tx.exec("update billing_notice set state = state where id = $1", args![id]).await?;
    Ok(())
}

pub(crate) async fn notices(
    q: &mut dyn Query,
    states: &[NoticeState],
    limit: i64,
) -> Result<Vec<NoticeRow>> {
    let sql = format!(
        "{NOTICE} where state {{AMONG}}($1) order by received_at, id limit {}",
        limit.clamp(1, 1_000)
    );
    let states: Vec<&str> = states.iter().map(|state| state.as_str()).collect();
    q.rows(&sql, args![states]).await
}

pub(crate) async fn notice_done(
    tx: &mut Tx,
    id: NoticeId,
    state: NoticeState,
    customer: Option<CustomerId>,
    payment: Option<PaymentId>,
) -> Result<()> {
    tx.exec(
        "update billing_notice set state = $2, customer_id = $3, payment_id = $4, done_at = $5
         where id = $1",
        args![id, state, customer, payment, tx.now()],
    )
    .await?;
    Ok(())
}
