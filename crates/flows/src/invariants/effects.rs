//! Effects: none is lost, none happens twice.

use std::collections::BTreeSet;

use kernel::{PaymentId, Result, Ts};
use store::{Query, QueryExt, args};

use super::Broken;

/// How long an effect may wait.
const LATE_SECS: i64 = 6 * 3_600;
/// Payments looked at for their message: those of the last days.
const RECENT_SECS: i64 = 3 * 86_400;

pub(super) async fn check(q: &mut dyn Query, now: Ts, broken: &mut Vec<Broken>) -> Result<()> {
    for (invariant, what, sql) in LATE {
        let found: Vec<String> = q.values(sql, args![now.plus_secs(-LATE_SECS)]).await?;
        broken
            .extend(found.into_iter().map(|d| Broken { invariant, detail: format!("{d} {what}") }));
    }
    for (invariant, what, sql) in CHECKS {
        let found: Vec<String> = q.values(sql, args![]).await?;
        broken
            .extend(found.into_iter().map(|d| Broken { invariant, detail: format!("{d} {what}") }));
    }
    receipts(q, now, broken).await
}

const LATE: [(&str, &str, &str); 2] = [
    (
        "effect_lost",
        "is dead or waits for hours in the outbox",
        "select reaction || ' #' || cast(attempts as text) || coalesce(': ' || last_error, '')
         from store_outbox where dead = true or created_at < $1 order by created_at limit 20",
    ),
    (
        "effect_lost",
        "was overtaken by younger messages of its channel",
        "select m.template || ' ' || m.subject_key from notification_message m
         where m.state = 'queued' and m.next_attempt_at < $1 and exists (
           select 1 from notification_message y where y.channel = m.channel and y.state = 'sent'
             and y.sent_at > m.next_attempt_at and y.created_at > m.next_attempt_at)
         order by m.created_at limit 20",
    ),
];

const CHECKS: [(&str, &str, &str); 2] = [
    (
        "effect_twice",
        "was sent more than once",
        "select m.template || ' ' || m.subject_key from (select message_id from notification_attempt
           where outcome = 'sent' group by message_id having count(*) > 1) a
         join notification_message m on m.id = a.message_id limit 20",
    ),
    (
        "effect_twice",
        "has its commission twice",
        "select coalesce(i.number, 'an invoice') from partner_commission c
         left join billing_invoice i on i.id = c.invoice_id
         where c.taken_back_at is null
         group by c.invoice_id, c.partner_id, i.number having count(*) > 1 limit 20",
    ),
];

/// A customer who paid was told so, or the message is on its way.
async fn receipts(q: &mut dyn Query, now: Ts, broken: &mut Vec<Broken>) -> Result<()> {
    let since = now.plus_secs(-RECENT_SECS);
    if !catalog::current(q).await?.isp_policy().messages_on {
        return Ok(());
    }
    let paid: Vec<(PaymentId, String)> = q
        .rows(
            "select p.id, p.channel || ' ' || p.reference from billing_payment p
             where p.state = 'settled' and p.settled_at >= $1 and p.settled_at < $2
               and not exists (select 1 from notification_optout o where o.customer_id = p.customer_id)
               and exists (select 1 from crm_customer c where c.id = p.customer_id)
             order by p.settled_at, p.id",
            args![since, now.plus_secs(-LATE_SECS)],
        )
        .await?;
    let told: Vec<String> = q
        .values(
            "select distinct subject_key from notification_message
             where created_at >= $1 and subject_key like 'payment:%'",
            args![since],
        )
        .await?;
    let told: BTreeSet<String> = told.into_iter().collect();
    for (id, name) in paid.into_iter().filter(|(id, _)| !told.contains(&format!("payment:{id}"))) {
        let detail = format!("nobody told the payer of {name} ({id})");
        broken.push(Broken { invariant: "effect_lost", detail });
    }
    Ok(())
}
