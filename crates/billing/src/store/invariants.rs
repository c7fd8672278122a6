//! The questions of [`crate::invariants`]. Each answers rows of text that should not be there.

use kernel::{Money, Result};
use store::{Query, QueryExt, args};

use crate::ledger::Account;

/// Invariant, code, and a statement whose first column names what is broken.
pub(crate) const CHECKS: &[(u8, &str, &str)] = &[
    (
        1,
        "entry_unbalanced",
        "select e.kind || ' of ' || cast(e.on_day as text) || ' is out by ' || cast(p.out_by as text)
         from (select entry_id, sum(amount) as out_by from billing_posting
               group by entry_id having sum(amount) <> 0) p
         left join billing_entry e on e.id = p.entry_id limit 20",
    ),
    (
        1,
        "entry_without_head",
        "select 'a posting on ' || p.account || ' belongs to no entry' from billing_posting p
         where not exists (select 1 from billing_entry e where e.id = p.entry_id) limit 20",
    ),
    (
        1,
        "cash_unbooked",
        "select m.kind || ' of ' || cast(m.amount as text) from billing_cash_move m
         left join billing_posting p on p.entry_id = m.entry_id
           and p.account = case when m.drawer_id is null then '1105' else '1101' end
         where p.amount is null or p.amount <> m.amount
           or (m.drawer_id is null) = (m.collector_id is null) limit 20",
    ),
    (
        1,
        "branches",
        "select 'branches owe each other ' || cast(sum(amount) as text) from billing_posting
         where account = '2107' having sum(amount) <> 0",
    ),
    (
        1,
        "drawer_balance",
        "select d.number from billing_drawer d
         left join (select drawer_id, sum(amount) as all_of_it,
                      sum(case when kind = 'float' then amount else 0 end) as float_of_it,
                      sum(case when kind = 'close' then 0 else amount end) as before_close
                    from billing_cash_move group by drawer_id) m on m.drawer_id = d.id
         where d.float_amount <> coalesce(m.float_of_it, 0) or coalesce(m.all_of_it, 0) < 0
           or (d.state = 'closed' and coalesce(m.all_of_it, 0) <> 0)
           or (d.state <> 'open' and (d.counted is null or d.expected is null
             or d.expected <> coalesce(m.before_close, 0))) limit 20",
    ),
    (
        1,
        "handover",
        "select h.number from billing_handover h
         where h.amount <> (select coalesce(sum(m.amount), 0) from billing_cash_move m
             where m.subject_id = h.id and m.drawer_id = h.drawer_id)
           or -h.amount <> (select coalesce(sum(m.amount), 0) from billing_cash_move m
             where m.subject_id = h.id and m.collector_id = h.collector_id) limit 20",
    ),
    (
        3,
        "bank_line",
        "select a.name || ' ' || cast(l.on_day as text) || ' ' || cast(l.amount as text)
         from billing_bank_line l join billing_bank_account a on a.id = l.account_id
         left join billing_payment p on p.id = l.payment_id
         where (l.state in ('matched', 'assigned')) <> (l.payment_id is not null)
           or (l.payment_id is not null and (p.id is null or p.amount <> l.amount
             or p.channel <> 'transfer')) limit 20",
    ),
    (
        1,
        "outstanding_negative",
        "select coalesce(number, 'draft') from billing_invoice
         where total - paid - credited - withheld - written_off < 0 limit 20",
    ),
    (
        1,
        "invoice_lines",
        "select coalesce(i.number, 'draft') from billing_invoice i
         left join (select invoice_id, sum(base) as base, sum(tax) as tax from billing_invoice_line
                    group by invoice_id) l on l.invoice_id = i.id
         where i.base <> coalesce(l.base, 0) or i.tax <> coalesce(l.tax, 0) or i.base + i.tax <> i.total
         limit 20",
    ),
    (
        1,
        "invoice_paid",
        "select coalesce(i.number, 'draft') from billing_invoice i
         left join (select invoice_id, sum(amount) as amount from billing_allocation
                    group by invoice_id) a on a.invoice_id = i.id
         where i.paid <> coalesce(a.amount, 0) limit 20",
    ),
    (
        1,
        "invoice_credited",
        "select coalesce(i.number, 'draft') from billing_invoice i
         left join (select invoice_id, sum(total) as total from billing_credit_note
                    group by invoice_id) c on c.invoice_id = i.id
         where i.credited <> coalesce(c.total, 0)
           or (i.live = false and i.credited <> i.total) limit 20",
    ),
    (
        1,
        "invoice_withheld",
        "select coalesce(i.number, 'draft') from billing_invoice i
         left join (select invoice_id, sum(amount) as amount from billing_withholding
                    where cancelled_at is null group by invoice_id) w on w.invoice_id = i.id
         left join (select invoice_id, sum(amount) as amount from billing_write_off
                    group by invoice_id) o on o.invoice_id = i.id
         where i.withheld <> coalesce(w.amount, 0) or i.written_off <> coalesce(o.amount, 0) limit 20",
    ),
    (
        2,
        "invoice_twice",
        "select min(number) || ' and ' || max(number) from billing_invoice
         where live and subscription_id is not null
         group by subscription_id, period_from, kind, key having count(*) > 1 limit 20",
    ),
    (
        2,
        "days_billed_twice",
        "select number || ' begins before the end of an earlier one' from (
           select number, period_from,
             max(period_to) over (partition by subscription_id order by period_from, id
               rows between unbounded preceding and 1 preceding) as before_to
           from billing_invoice
           where live and kind = 'regular' and state = 'issued' and subscription_id is not null) x
         where before_to >= period_from limit 20",
    ),
    (
        2,
        "series_gap",
        "select series || ' has ' || cast(n as text) || ' numbers up to ' || cast(last as text) from (
           select series, count(*) as n, count(distinct seq) as each_once, min(seq) as first, max(seq) as last
           from (select series, seq from billing_invoice where series is not null
                 union all select series, seq from billing_credit_note
                 union all select series, seq from billing_payment where series is not null) s
           group by series) t
         where n <> last or first <> 1 or each_once <> n limit 20",
    ),
    (
        3,
        "payment_exceeded",
        "select channel || ' ' || reference from billing_payment
         where allocated < 0 or refunded < 0 or allocated + refunded > amount
           or (state <> 'settled' and (allocated <> 0 or refunded <> 0)) limit 20",
    ),
    (
        3,
        "payment_allocated",
        "select p.channel || ' ' || p.reference from billing_payment p
         left join (select payment_id, sum(amount) as amount from billing_allocation
                    group by payment_id) a on a.payment_id = p.id
         left join (select payment_id, sum(amount) as amount from billing_refund
                    group by payment_id) r on r.payment_id = p.id
         where p.allocated <> coalesce(a.amount, 0) or p.refunded <> coalesce(r.amount, 0) limit 20",
    ),
    (
        3,
        "payment_twice",
        "select channel || ' ' || reference from billing_payment
         group by channel, reference having count(*) > 1 limit 20",
    ),
];

pub(crate) async fn found(q: &mut dyn Query, statement: &str) -> Result<Vec<String>> {
    let rows: Vec<Option<String>> = q.values(statement, args![]).await?;
    Ok(rows.into_iter().map(|r| r.unwrap_or_else(|| "(unnamed)".to_owned())).collect())
}

/// Code, the ledger's balance and the subledger's sum, of every account that has a subledger here.
pub(crate) async fn tied(q: &mut dyn Query) -> Result<Vec<(&'static str, Money, Money)>> {
    const TIES: [(&str, Account, &str); 6] = [
        (
            "receivable",
            Account::Receivable,
            "select cast(coalesce(sum(total - paid - credited - withheld - written_off), 0) as bigint)
             from billing_invoice where state = 'issued'",
        ),
        (
            "customer_credit",
            Account::CustomerCredit,
            "select cast(-coalesce(sum(amount - allocated - refunded), 0) as bigint)
             from billing_payment where state = 'settled'",
        ),
        (
            "deferred",
            Account::DeferredRevenue,
            "select (select cast(-coalesce(sum(l.base - l.credited_base), 0) as bigint)
               from billing_invoice_line l join billing_invoice i on i.id = l.invoice_id
               where i.state = 'issued' and l.deferred and l.recognised_on is null)
             + (select cast(-coalesce(sum(v.deferred_base), 0) as bigint) from billing_voucher v
               where v.deferred_base is not null and v.recognised_on is null)",
        ),
        (
            "pph23",
            Account::Pph23Receivable,
            "select cast(coalesce(sum(amount), 0) as bigint) from billing_withholding
             where kind = 'pph23' and certified_at is null and cancelled_at is null",
        ),
        (
            "wapu",
            Account::WapuReceivable,
            "select cast(coalesce(sum(amount), 0) as bigint) from billing_withholding
             where kind = 'wapu' and certified_at is null and cancelled_at is null",
        ),
        (
            "collectors",
            Account::CashCollectors,
            "select cast(coalesce(sum(amount), 0) as bigint) from billing_cash_move
             where collector_id is not null",
        ),
    ];
    let mut answers = Vec::with_capacity(TIES.len());
    for (code, account, statement) in TIES {
        let ledger: Money = q
            .value(
                "select cast(coalesce(sum(amount), 0) as bigint) from billing_posting where account = $1",
                args![account],
            )
            .await?;
        let subledger: Money = q.value(statement, args![]).await?;
        answers.push((code, ledger, subledger));
    }
    Ok(answers)
}
