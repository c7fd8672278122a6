//! Every change by a person has a journal row.
//!
//! Every verb writes its row, whoever acts, so the question is simple: is there a row for each record, and
//! for each thing that happened to it that leaves a trace of its own?

use kernel::Result;
use store::{Query, QueryExt, args};

use super::Broken;

pub(super) async fn check(q: &mut dyn Query, broken: &mut Vec<Broken>) -> Result<()> {
    for (table, subject, name, actions) in RECORDS {
        let sql = format!(
            "select t.{name} from {table} t where not exists (
               select 1 from store_journal j where j.subject_id = t.id and j.subject = '{subject}'
                 and j.action in ({actions})) limit 20"
        );
        let found: Vec<Option<String>> = q.values(&sql, args![]).await?;
        broken.extend(found.into_iter().map(|d| {
            let named = d.unwrap_or_default();
            missing(format!("{subject} {named} has no row of {actions}"))
        }));
    }
    for (what, sql) in COUNTS {
        let found: Vec<String> = q.values(sql, args![]).await?;
        broken.extend(found.into_iter().map(|d| missing(format!("{d}: {what}"))));
    }
    Ok(())
}

fn missing(detail: String) -> Broken {
    Broken { invariant: "journal_missing", detail }
}

/// Table, subject in the journal, the column that names a record, the actions that made it.
const RECORDS: [(&str, &str, &str, &str); 20] = [
    ("crm_lead", "lead", "name", "'registered'"),
    ("crm_customer", "customer", "number", "'created', 'imported'"),
    ("crm_order", "order", "number", "'created'"),
    ("billing_subscription", "subscription", "number", "'created'"),
    ("billing_payment", "payment", "reference", "'received', 'noted'"),
    ("billing_voucher_batch", "voucher_batch", "number", "'made'"),
    ("billing_drawer", "drawer", "number", "'opened'"),
    ("billing_handover", "handover", "number", "'received'"),
    ("billing_approval", "approval", "why", "'asked'"),
    ("fulfilment_work_order", "work_order", "number", "'opened'"),
    ("fulfilment_ticket", "ticket", "number", "'opened'"),
    ("inventory_item", "item", "serial", "'received', 'imported'"),
    ("network_nas", "nas", "name", "'added'"),
    ("partner_reseller", "partner", "code", "'added'"),
    ("identity_user", "user", "username", "'created'"),
    ("catalog_company", "company", "name", "'set'"),
    ("catalog_branch", "branch", "code", "'added'"),
    ("catalog_profile", "profile", "code", "'set'"),
    ("catalog_plan", "plan", "code", "'set', 'priced'"),
    ("network_account", "account", "username", "'reserved', 'opened', 'imported'"),
];

const COUNTS: [(&str, &str); 21] = [
    (
        "its moves and its rows in the journal differ in number",
        "select i.serial from inventory_item i
         where (select count(*) from inventory_move m where m.item_id = i.id) >
           (select count(*) from store_journal j where j.subject_id = i.id and j.subject = 'item'
             and j.action in ('received', 'moved', 'imported'))
         order by i.serial limit 20",
    ),
    (
        "was reversed without a row",
        "select p.channel || ' ' || p.reference from billing_payment p
         where p.state = 'reversed' and not exists (
           select 1 from store_journal j where j.subject_id = p.id and j.action = 'reversed') limit 20",
    ),
    (
        "was settled without a row",
        "select p.channel || ' ' || p.reference from billing_payment p
         where p.settled_at is not null and not exists (
           select 1 from store_journal j where j.subject_id = p.id
             and j.action in ('received', 'settled')) limit 20",
    ),
    (
        "has holds without a row",
        "select s.number from (select subscription_id, count(*) as n from billing_hold
           group by subscription_id) h join billing_subscription s on s.id = h.subscription_id
         where h.n > (select count(*) from store_journal j
           where j.subject_id = h.subscription_id and j.action = 'hold_placed') limit 20",
    ),
    (
        "has promises without a row",
        "select s.number from (select subscription_id, count(*) as n from billing_promise
           group by subscription_id) h join billing_subscription s on s.id = h.subscription_id
         where h.n > (select count(*) from store_journal j
           where j.subject_id = h.subscription_id and j.action = 'promised') limit 20",
    ),
    (
        "has pauses without a row",
        "select s.number from (select subscription_id, count(*) as n from billing_pause
           group by subscription_id) h join billing_subscription s on s.id = h.subscription_id
         where h.n > (select count(*) from store_journal j
           where j.subject_id = h.subscription_id and j.action = 'pause_asked') limit 20",
    ),
    (
        "changed its plan without a row",
        "select s.number from (select subscription_id, count(*) as n from billing_plan_change
           group by subscription_id) h join billing_subscription s on s.id = h.subscription_id
         where h.n > (select count(*) from store_journal j
           where j.subject_id = h.subscription_id and j.action = 'plan_change_asked') limit 20",
    ),
    (
        "is closed without a row",
        "select w.number from fulfilment_work_order w
         where w.state in ('done', 'cancelled') and not exists (
           select 1 from store_journal j where j.subject_id = w.id and j.action = w.state) limit 20",
    ),
    (
        "was resolved, closed or overdue without a row",
        "select t.number from fulfilment_ticket t
         where (t.state in ('resolved', 'closed') and not exists (
             select 1 from store_journal j where j.subject_id = t.id and j.action = t.state))
           or (t.breached_at is not null and not exists (
             select 1 from store_journal j where j.subject_id = t.id and j.action = 'breached'))
         limit 20",
    ),
    // What is credited by itself follows from a verb that has its row at the same instant, or from a run.
    (
        "was issued without a row",
        "select n.number from billing_credit_note n
         where n.why <> 'Tidak dipakai: periode berakhir tanpa pembayaran' and not exists (
           select 1 from store_journal j where j.recorded_at = n.issued_at
             and j.subject in ('invoice', 'payment', 'subscription')) limit 20",
    ),
    (
        "was approved, but what it asked for has no row",
        "select a.kind || ' ' || a.why from billing_approval a
         where a.state = 'approved' and not exists (
           select 1 from store_journal j where j.subject_id = a.subject_id
             and j.recorded_at = a.decided_at and j.action = case a.kind when 'credit' then 'credited'
               when 'write_off' then 'written_off' when 'refund' then 'refunded' else 'reversed' end)
         limit 20",
    ),
    (
        "was decided without a row",
        "select a.kind || ' ' || a.why from billing_approval a
         where a.state in ('approved', 'rejected') and not exists (
           select 1 from store_journal j where j.subject_id = a.id and j.subject = 'approval'
             and j.action = a.state) limit 20",
    ),
    (
        "was paid back without a row",
        "select r.channel || ' ' || cast(r.amount as text) from billing_refund r where not exists (
           select 1 from store_journal j where j.subject_id = r.customer_id and j.action = 'refunded'
             and j.recorded_at = r.at) limit 20",
    ),
    (
        "was written off without a row",
        "select i.number from billing_write_off w join billing_invoice i on i.id = w.invoice_id
         where w.amount > 0 and not exists (
           select 1 from store_journal j where j.subject_id = w.invoice_id
             and j.action = 'written_off' and j.recorded_at = w.at) limit 20",
    ),
    (
        "has tax kept back without a row",
        "select i.number from billing_withholding w join billing_invoice i on i.id = w.invoice_id
         where not exists (select 1 from store_journal j where j.subject_id = w.invoice_id
           and j.action = 'withheld' and j.recorded_at = w.recorded_at) limit 20",
    ),
    (
        "is proven without a row",
        "select w.certificate from billing_withholding w where w.certified_at is not null
           and not exists (select 1 from store_journal j where j.subject_id = w.id
             and j.action = 'certified') limit 20",
    ),
    (
        "has add-ons or discounts without a row",
        "select s.number from (select subscription_id, count(*) as made, count(archived_at) as ended
           from billing_extra group by subscription_id) e
         join billing_subscription s on s.id = e.subscription_id
         where e.made > (select count(*) from store_journal j
             where j.subject_id = e.subscription_id and j.action = 'extra_added')
           or e.ended > (select count(*) from store_journal j
             where j.subject_id = e.subscription_id and j.action = 'extra_ended') limit 20",
    ),
    (
        "is a top-up without a row",
        "select t.channel || ' ' || t.reference from flows_top_up t where not exists (
             select 1 from store_journal j where j.subject_id = t.partner_id
               and j.action = 'top_up_asked' and j.recorded_at = t.asked_at)
           or (t.state = 'credited' and not exists (
             select 1 from store_journal j where j.subject_id = t.partner_id
               and j.action = 'topped_up' and j.recorded_at = t.decided_at))
           or (t.state = 'rejected' and not exists (
             select 1 from store_journal j where j.subject_id = t.partner_id
               and j.action = 'top_up_rejected' and j.recorded_at = t.decided_at)) limit 20",
    ),
    (
        "has commission rules without a row",
        "select p.code from partner_reseller p
         where (select count(*) from partner_rule r where r.partner_id = p.id) >
           (select count(*) from store_journal j where j.subject_id = p.id and j.action = 'rule_added')
         limit 20",
    ),
    (
        "has prices without a row",
        "select p.code from catalog_plan p
         where (select count(*) from catalog_price c where c.plan_id = p.id) >
           (select count(*) from store_journal j where j.subject_id = p.id and j.action = 'priced')
         limit 20",
    ),
    (
        "is a rule of the ISP without a row",
        "select p.scope from catalog_policy p where not exists (
           select 1 from store_journal j where j.subject_id = p.scope_id and j.subject = 'policy')
         limit 20",
    ),
];
