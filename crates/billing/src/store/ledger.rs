//! Entries and postings.

use kernel::{BranchId, CustomerId, Day, EntryId, Money, Result, Ts};
use store::{Query, QueryExt, Tx, Value, args, row};
use uuid::Uuid;

use super::Wheres;
use crate::ledger::{Account, Entry, EntryKind};

row! { pub(crate) struct EntryRow { pub id: EntryId, pub at: Ts, pub on_day: Day, pub kind: EntryKind,
pub subject_id: Uuid, pub branch_id: BranchId, pub customer_id: Option<CustomerId> } }
row! { pub(crate) struct PostingRow { pub entry_id: EntryId, pub account: Account, pub amount: Money } }
row! { pub(crate) struct SumRow { pub account: Account, pub debit: Money, pub credit: Money } }

/// Inserts entries that were checked to balance; answers their ids.
pub(crate) async fn insert(tx: &mut Tx, entries: &[&Entry], on_day: Day) -> Result<Vec<EntryId>> {
    let mut ids = Vec::with_capacity(entries.len());
    let now = tx.now();
    let mut heads: Vec<Value> = Vec::with_capacity(entries.len() * 7);
    let mut postings: Vec<Value> = Vec::with_capacity(entries.len() * 12);
    for entry in entries {
        let id: EntryId = tx.new_id();
        ids.push(id);
        heads.extend(args![
            id,
            now,
            on_day,
            entry.kind,
            entry.subject,
            entry.branch,
            entry.customer
        ]);
        for (account, amount) in &entry.postings {
            postings.extend(args![id, account, amount]);
        }
    }
    super::bulk(
        tx,
        "insert into billing_entry (id, at, on_day, kind, subject_id, branch_id, customer_id)",
        7,
        heads,
    )
    .await?;
    super::bulk(tx, "insert into billing_posting (entry_id, account, amount)", 3, postings).await?;
    Ok(ids)
}

/// Sums of every account that has postings, by code.
pub(crate) async fn sums(
    q: &mut dyn Query,
    branch: Option<BranchId>,
    from: Option<Day>,
    to: Option<Day>,
) -> Result<Vec<SumRow>> {
    let mut wheres = Wheres::default();
    wheres.add("e.branch_id =", branch);
    wheres.add("e.on_day >=", from);
    wheres.add("e.on_day <=", to);
    let join =
        if wheres.args.is_empty() { "" } else { "join billing_entry e on e.id = p.entry_id" };
    let sql = format!(
        "select p.account,
           cast(sum(case when p.amount > 0 then p.amount else 0 end) as bigint) as debit,
           cast(sum(case when p.amount < 0 then -p.amount else 0 end) as bigint) as credit
         from billing_posting p {join} {} group by p.account order by p.account",
        wheres.text()
    );
    q.rows(&sql, wheres.args).await
}

/// Entries, newest first, with their postings.
pub(crate) async fn entries(
    q: &mut dyn Query,
    branch: Option<BranchId>,
    subject: Option<Uuid>,
    account: Option<Account>,
    after: Option<EntryId>,
    limit: i64,
) -> Result<(Vec<EntryRow>, Vec<PostingRow>)> {
    let mut wheres = Wheres::default();
    wheres.add("e.branch_id =", branch);
    wheres.add("e.subject_id =", subject);
    wheres.add("e.id <", after);
    if let Some(account) = account {
        wheres.add(
            "exists (select 1 from billing_posting p where p.entry_id = e.id and p.account =",
            Some(account),
        );
        wheres.close();
    }
    let sql = format!(
        "select e.id, e.at, e.on_day, e.kind, e.subject_id, e.branch_id, e.customer_id
         from billing_entry e {} order by e.id desc limit {}",
        wheres.text(),
        limit.clamp(1, 1_000)
    );
    let heads: Vec<EntryRow> = q.rows(&sql, wheres.args).await?;
    let ids: Vec<EntryId> = heads.iter().map(|e| e.id).collect();
    let sql = "select entry_id, account, amount from billing_posting where entry_id {AMONG}($1)
         order by entry_id, account";
    let postings = q.rows(sql, args![ids]).await?;
    Ok((heads, postings))
}

pub(crate) async fn last_closed(q: &mut dyn Query) -> Result<Option<String>> {
    q.value("select max(month) from billing_close", args![]).await
}

/// `false`: it was closed before.
pub(crate) async fn close(tx: &mut Tx, month: &str) -> Result<bool> {
    let by = tx.actor().name.clone();
    let changed = tx
        .exec(
            "insert into billing_close (month, closed_at, closed_by) values ($1,$2,$3)
             on conflict (month) do nothing",
            args![month, tx.now(), by],
        )
        .await?;
    Ok(changed == 1)
}

row! { pub(crate) struct DeferredRow { pub id: kernel::InvoiceLineId, pub invoice_id: kernel::InvoiceId,
pub branch_id: BranchId, pub kind: crate::words::LineKind, pub remains: Money } }

/// Deferred lines whose days are over before `day`, oldest first. What credit notes took back is off.
pub(crate) async fn deferred_before(
    q: &mut dyn Query,
    day: Day,
    limit: i64,
) -> Result<Vec<DeferredRow>> {
    q.rows(
        "select l.id, l.invoice_id, i.branch_id, l.kind, l.base - l.credited_base as remains
         from billing_invoice_line l join billing_invoice i on i.id = l.invoice_id
         where l.deferred and l.recognised_on is null and l.to_on < $1 order by l.to_on, l.id limit $2",
        args![day, limit],
    )
    .await
}

pub(crate) async fn mark_recognised(
    tx: &mut Tx,
    ids: &[kernel::InvoiceLineId],
    on: Day,
) -> Result<()> {
    let sql = "update billing_invoice_line set recognised_on = $1 where id {AMONG}($2)";
    tx.exec(sql, args![on, ids]).await?;
    Ok(())
}
