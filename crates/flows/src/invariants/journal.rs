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
const RECORDS: [(&str, &str, &str, &str); 13] = [
    ("crm_lead", "lead", "name", "'registered'"),
    ("crm_customer", "customer", "number", "'created', 'imported'"),
    ("crm_order", "order", "number", "'created'"),
    ("billing_subscription", "subscription", "number", "'created'"),
    ("billing_payment", "payment", "reference", "'received', 'noted'"),
    ("billing_voucher_batch", "voucher_batch", "number", "'made'"),
    ("billing_approval", "approval", "why", "'asked'"),
    ("fulfilment_work_order", "work_order", "number", "'opened'"),
    ("inventory_item", "item", "serial", "'received', 'customer_owned', 'imported'"),
    ("network_nas", "nas", "name", "'added'"),
    ("partner_reseller", "partner", "code", "'added'"),
    ("identity_user", "user", "username", "'created'"),
    ("network_account", "account", "username", "'reserved', 'opened', 'imported'"),
];

const COUNTS: [(&str, &str); 8] = [
    (
        "its moves and its rows in the journal differ in number",
        "select i.serial from inventory_item i
         where (select count(*) from inventory_move m where m.item_id = i.id) >
           (select count(*) from store_journal j where j.subject_id = i.id and j.subject = 'item'
             and j.action in ('received', 'customer_owned', 'moved', 'imported'))
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
        "select s.number from billing_subscription s
         where (select count(*) from billing_hold h where h.subscription_id = s.id) >
           (select count(*) from store_journal j where j.subject_id = s.id and j.action = 'hold_placed')
         limit 20",
    ),
    (
        "has promises without a row",
        "select s.number from billing_subscription s
         where (select count(*) from billing_promise h where h.subscription_id = s.id) >
           (select count(*) from store_journal j where j.subject_id = s.id and j.action = 'promised')
         limit 20",
    ),
    (
        "has pauses without a row",
        "select s.number from billing_subscription s
         where (select count(*) from billing_pause h where h.subscription_id = s.id) >
           (select count(*) from store_journal j where j.subject_id = s.id and j.action = 'pause_asked')
         limit 20",
    ),
    (
        "changed its plan without a row",
        "select s.number from billing_subscription s
         where (select count(*) from billing_plan_change h where h.subscription_id = s.id) >
           (select count(*) from store_journal j where j.subject_id = s.id
             and j.action = 'plan_change_asked')
         limit 20",
    ),
    (
        "is closed without a row",
        "select w.number from fulfilment_work_order w
         where w.state in ('done', 'cancelled') and not exists (
           select 1 from store_journal j where j.subject_id = w.id and j.action = w.state) limit 20",
    ),
];
