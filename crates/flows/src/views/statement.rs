//! A customer's account: everything that was charged and paid, with the balance after each.

use kernel::{CustomerId, Money, Result, Scope, Ts};
use store::{Query, QueryExt, args};
use uuid::Uuid;

store::row! {
    /// One line of the account.
    pub struct StatementRow {
        pub at: Ts,
        /// `invoice`, `credit_note`, `withholding`, `write_off`, `payment`, `reversal` or `refund`.
        pub kind: String,
        pub id: Uuid,
        /// The document's number, or the payment's channel where there is none.
        pub number: Option<String>,
        /// What it changed: charged is positive, paid negative.
        pub amount: Money,
        /// What the customer owes after it; negative is the customer's credit.
        pub balance: Money,
    }
}

/// What is charged and what is paid of one customer; every part has (at, kind, id, number, amount).
const PARTS: &str = "
  select i.issued_at as at, 'invoice' as kind, i.id, i.number, i.total as amount
    from billing_invoice i where i.customer_id = $1 and i.state = 'issued'
  union all
  select n.issued_at, 'credit_note', n.id, n.number, -n.total
    from billing_credit_note n where n.customer_id = $1
  union all
  select w.recorded_at, 'withholding', w.invoice_id, w.certificate, -w.amount
    from billing_withholding w where w.customer_id = $1 and w.cancelled_at is null
  union all
  select o.at, 'write_off', o.invoice_id, null, -o.amount
    from billing_write_off o where o.customer_id = $1
  union all
  select p.settled_at, 'payment', p.id, p.receipt_number, -p.amount
    from billing_payment p where p.customer_id = $1 and p.settled_at is not null
  union all
  select p.reversed_at, 'reversal', p.id, p.receipt_number, p.amount
    from billing_payment p
    where p.customer_id = $1 and p.settled_at is not null and p.reversed_at is not null
  union all
  select r.at, 'refund', r.payment_id, r.channel, r.amount
    from billing_refund r where r.customer_id = $1";

/// The last `limit` lines of a customer's account, newest first, each with the balance after it.
///
/// # Errors
/// `crm.customer_not_found`, also when out of scope.
pub async fn of(
    q: &mut dyn Query,
    scope: &Scope,
    customer: CustomerId,
    limit: i64,
) -> Result<Vec<StatementRow>> {
    crm::customer::find(q, scope, customer).await?;
    let sql = format!(
        "select t.at, t.kind, t.id, t.number, t.amount,
           cast(sum(t.amount) over (order by t.at, t.kind, t.id rows unbounded preceding) as bigint)
             as balance
         from ({PARTS}) t order by t.at desc, t.kind desc, t.id desc limit $2"
    );
    q.rows(&sql, args![customer, limit]).await
}
