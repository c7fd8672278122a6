//! What an engine has to know when it is attached, for the first time or again.

use bridge::Subject;
use kernel::{Result, Ts};
use store::{QueryExt, Tx, args};
use uuid::Uuid;

use super::ENGINE;

/// Invoices that have to stand there: owed now or given since then, those that free money of a customer settled,
/// and whatever shares a payment with one of them. What is older stays where it is booked.
const NEEDED: &str = "with recursive seed(invoice_id) as (
    select id from billing_invoice where state = 'issued' and live
      and (total > paid + credited + withheld + written_off or issued_at >= $1)
    union
    select a.invoice_id from billing_allocation a join billing_payment p on p.id = a.payment_id
      where p.state = 'settled' and (p.amount > p.allocated + p.refunded or p.received_at >= $1)
  ), need(invoice_id) as (
    select invoice_id from seed
    union
    select other.invoice_id from need n
      join billing_allocation own on own.invoice_id = n.invoice_id
      join billing_allocation other on other.payment_id = own.payment_id
  )";

/// Marks everything that an engine just attached has to know: plans, customers in use, invoices that are still owed
/// or were issued since `since`, their payments and credit notes, money that settles nothing yet, live complaints; who
/// works here, their coming and going and the months closed since then.
/// Gives how many.
///
/// # Errors
/// Only when the database fails.
pub async fn begin(tx: &mut Tx, since: Ts) -> Result<u64> {
    let mut wanted = Vec::new();
    for (subject, sql) in [
        (
            Subject::Employee,
            "select u.id from identity_user u where u.partner_id is null and (u.disabled_at is null
               or exists (select 1 from bridge_link l where l.engine = $1 and l.subject = 'employee'
                 and l.local_id = u.id)) order by u.id"
                .to_owned(),
        ),
        (Subject::Plan, "select id from catalog_plan order by id".to_owned()),
        (
            Subject::Customer,
            "select c.id from crm_customer c where c.archived_at is null or exists (
               select 1 from bridge_link l where l.engine = $1 and l.subject = 'customer'
                 and l.local_id = c.id) order by c.id"
                .to_owned(),
        ),
        (Subject::Invoice, format!("{NEEDED} select invoice_id from need order by invoice_id")),
        (
            Subject::CreditNote,
            format!(
                "{NEEDED} select distinct c.invoice_id from billing_credit_note c
                 join need n on n.invoice_id = c.invoice_id order by c.invoice_id"
            ),
        ),
        (
            Subject::Payment,
            format!(
                "{NEEDED} select p.id from billing_payment p where p.state = 'settled'
                   and (p.amount > p.allocated + p.refunded or p.received_at >= $1
                     or p.id in (select a.payment_id from billing_allocation a
                       join need n on n.invoice_id = a.invoice_id))
                 order by p.id"
            ),
        ),
        (
            Subject::Ticket,
            "select id from fulfilment_ticket where state not in ('resolved', 'closed')
             order by id"
                .to_owned(),
        ),
        (
            Subject::Attendance,
            "select id from hr_attendance where recorded_at >= $1 order by id".to_owned(),
        ),
        (
            Subject::Commission,
            "select id from hr_earning_sum where closed_at >= $1 order by id".to_owned(),
        ),
    ] {
        let ids: Vec<Uuid> = match subject {
            Subject::Plan | Subject::Ticket => tx.values(&sql, args![]).await?,
            Subject::Customer | Subject::Employee => tx.values(&sql, args![ENGINE]).await?,
            _ => tx.values(&sql, args![since]).await?,
        };
        wanted.extend(ids.into_iter().map(|id| (ENGINE, subject, id)));
    }
    bridge::mark::mark_all(tx, &wanted).await
}
