//! Statement lines and their accounts.

use kernel::{BranchId, CustomerId, Day, Money, PaymentId, Result, Ts, Zone};
use serde_json::Value as Json;
use store::{Query, QueryExt, Tx, args};
use uuid::Uuid;

use super::Wheres;
use crate::bank::statement::Line;
use crate::bank::{BankAccount, BankAccountId, BankLine, BankLineId, LineState, LooseTransfer};
use crate::ledger::Account;

const LINE: &str = "select l.id, l.account_id, a.name as account, l.on_day, l.amount, l.text, l.reference,
   l.print, l.state, l.customer_id, l.payment_id, p.receipt_number, l.why, l.decided_by, l.decided_at
 from billing_bank_line l join billing_bank_account a on a.id = l.account_id
 left join billing_payment p on p.id = l.payment_id";

pub(crate) async fn line(q: &mut dyn Query, id: BankLineId) -> Result<Option<BankLine>> {
    q.row_opt(&format!("{LINE} where l.id = $1"), args![id]).await
}

pub(crate) async fn lines(
    q: &mut dyn Query,
    state: Option<LineState>,
    after: Option<(Day, BankLineId)>,
    limit: i64,
) -> Result<Vec<BankLine>> {
    let mut wheres = Wheres::default();
    wheres.add("l.state =", state);
    if let Some((day, id)) = after {
        wheres.add("(l.on_day <", Some(day));
        let (same, than) = (wheres.args.len() + 1, wheres.args.len() + 2);
        wheres.args.extend(args![day, id]);
        wheres.more(&format!(" or (l.on_day = ${same} and l.id < ${than}))"));
    }
    let sql = format!(
        "{LINE} {} order by l.on_day desc, l.id desc limit {}",
        wheres.text(),
        limit.clamp(1, 1_000)
    );
    q.rows(&sql, wheres.args).await
}

pub(crate) async fn waiting(q: &mut dyn Query) -> Result<(i64, Money)> {
    q.row(
        "select count(*) as n, cast(coalesce(sum(amount), 0) as bigint) as sum from billing_bank_line
         where state = 'open'",
        args![],
    )
    .await
}

pub(crate) async fn accounts(q: &mut dyn Query) -> Result<Vec<BankAccount>> {
    q.rows(
        "select a.id, a.name, a.columns, count(l.id) as lines,
           cast(coalesce(sum(case when l.state = 'open' then 1 else 0 end), 0) as bigint) as open,
           max(l.on_day) as last_day
         from billing_bank_account a left join billing_bank_line l on l.account_id = a.id
         group by a.id, a.name, a.columns order by a.name",
        args![],
    )
    .await
}

pub(crate) async fn account_named(q: &mut dyn Query, name: &str) -> Result<Option<BankAccountId>> {
    q.value_opt("select id from billing_bank_account where name = $1", args![name.trim()]).await
}

/// The account of this name, made when it is new; its columns are remembered.
pub(crate) async fn keep_account(tx: &mut Tx, name: &str, columns: &Json) -> Result<BankAccountId> {
    if let Some(id) = account_named(tx, name).await? {
        tx.exec(
            "update billing_bank_account set columns = $2 where id = $1",
            args![id, columns.clone()],
        )
        .await?;
        return Ok(id);
    }
    let (id, now): (BankAccountId, Ts) = (tx.new_id(), tx.now());
    tx.exec(
        "insert into billing_bank_account (id, name, columns, created_at) values ($1,$2,$3,$4)",
        args![id, name, columns.clone(), now],
    )
    .await?;
    Ok(id)
}

pub(crate) async fn known(
    q: &mut dyn Query,
    account: BankAccountId,
    prints: &[String],
) -> Result<Vec<String>> {
    let sql = "select print from billing_bank_line where account_id = $1 and print {AMONG}($2)";
    q.values(sql, args![account, prints]).await
}

pub(crate) async fn insert_line(
    tx: &mut Tx,
    id: BankLineId,
    account: BankAccountId,
    import: Uuid,
    line: &Line,
    state: LineState,
    payment: Option<(PaymentId, CustomerId)>,
) -> Result<()> {
    let (payment, customer) = (payment.map(|p| p.0), payment.map(|p| p.1));
    tx.exec(
        "insert into billing_bank_line (id, account_id, import_id, on_day, amount, text, reference, print,
           state, customer_id, payment_id) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)",
        args![
            id, account, import, line.on_day, line.amount, line.text, line.reference, line.print,
            state, customer, payment
        ],
    )
    .await?;
    Ok(())
}

pub(crate) async fn decide(
    tx: &mut Tx,
    id: BankLineId,
    state: LineState,
    payment: Option<(PaymentId, CustomerId)>,
    why: Option<&str>,
) -> Result<()> {
    let (payment, customer) = (payment.map(|p| p.0), payment.map(|p| p.1));
    let (by, now) = (tx.actor().name.clone(), tx.now());
    let (by, at) = match state {
        LineState::Open => (None, None),
        _ => (Some(by), Some(now)),
    };
    tx.exec(
        "update billing_bank_line set state = $2, payment_id = $3, customer_id = $4, why = $5,
           decided_by = $6, decided_at = $7 where id = $1",
        args![id, state, payment, customer, why, by, at],
    )
    .await?;
    Ok(())
}

pub(crate) async fn is_matched(q: &mut dyn Query, payment: PaymentId) -> Result<bool> {
    let found: Option<BankLineId> = q
        .value_opt("select id from billing_bank_line where payment_id = $1", args![payment])
        .await?;
    Ok(found.is_some())
}

pub(crate) async fn loose_transfers(
    q: &mut dyn Query,
    amounts: &[Money],
    from: Day,
    to: Day,
) -> Result<Vec<LooseTransfer>> {
    let (from, to) =
        (Ts::local(from, 0, 0, Zone::Jakarta), Ts::local(to.next(), 0, 0, Zone::Jakarta));
    let sql = "select p.id, p.customer_id, p.amount, p.reference, p.receipt_number, p.state, p.received_at
         from billing_payment p
         where p.channel = 'transfer' and p.state in ('pending', 'settled')
           and p.received_at >= $1 and p.received_at < $2 and p.amount {AMONG}($3)
           and not exists (select 1 from billing_bank_line l where l.payment_id = p.id)
         order by p.received_at, p.id";
    q.rows(sql, args![from, to, amounts]).await
}

/// What the gateways hold, by branch.
pub(crate) async fn clearing(q: &mut dyn Query) -> Result<Vec<(BranchId, Money)>> {
    q.rows(
        "select e.branch_id, cast(sum(p.amount) as bigint) as held from billing_posting p
         join billing_entry e on e.id = p.entry_id where p.account = $1
         group by e.branch_id having sum(p.amount) <> 0 order by e.branch_id",
        args![Account::GatewayClearing],
    )
    .await
}
