//! Reading invoices and their lines.

use kernel::{CustomerId, Day, InvoiceId, Money, Result, Scope, SubscriptionId};
use store::{Query, QueryExt, args, row};

use super::facts::{OPEN, OUTSTANDING};
use super::{Wheres, scope_args};
use crate::allocate::Wanting;
use crate::invoice::{Invoice, InvoiceFilter, InvoiceLine, Standing};

const COLUMNS: &str = "i.id, i.number, i.customer_id, i.subscription_id, i.branch_id, i.partner_id, i.kind,
  i.key, i.period_from, i.period_to, i.months, i.state, i.issued_on, i.issued_at, i.due_on, i.isolate_at,
  i.grace_until, i.base, i.tax, i.total, i.paid, i.credited, i.withheld, i.written_off, i.paid_at, i.live,
  i.hash, i.note, i.run_id";

const LINE: &str =
    "id, invoice_id, no, kind, plan_id, extra_id, name, from_on, to_on, days, of_days, periods, price,
  base, tax, credited_base, credited_tax, deferred, recognised_on";

pub(crate) async fn find(
    q: &mut dyn Query,
    scope: &Scope,
    id: InvoiceId,
) -> Result<Option<Invoice>> {
    if scope.technician.is_some() {
        return Ok(None);
    }
    let sql = format!(
        "select {COLUMNS} from billing_invoice i where i.id = $1
           and ($2 is null or i.branch_id = $2) and ($3 is null or i.partner_id = $3)
           and ($4 is null or i.customer_id = $4)"
    );
    let mut all = args![id];
    all.extend(scope_args(scope));
    q.row_opt(&sql, all).await
}

/// Invoices by id, in the order of their ids.
pub(crate) async fn by_ids(q: &mut dyn Query, ids: &[InvoiceId]) -> Result<Vec<Invoice>> {
    let sql =
        format!("select {COLUMNS} from billing_invoice i where i.id {{AMONG}}($1) order by i.id");
    q.rows(&sql, args![ids]).await
}

/// The lines of invoices, in order.
pub(crate) async fn lines(q: &mut dyn Query, ids: &[InvoiceId]) -> Result<Vec<InvoiceLine>> {
    let sql = format!(
        "select {LINE} from billing_invoice_line where invoice_id {{AMONG}}($1)
         order by invoice_id, no"
    );
    q.rows(&sql, args![ids]).await
}

row! { struct WantingRow { id: InvoiceId, subscription_id: Option<SubscriptionId>, due_on: Day,
number: String, outstanding: Money } }

/// What a customer owes, oldest first.
pub(crate) async fn wanting(q: &mut dyn Query, customer: CustomerId) -> Result<Vec<Wanting>> {
    let sql = format!(
        "select i.id, i.subscription_id, i.due_on, i.number, {OUTSTANDING} as outstanding
         from billing_invoice i where i.customer_id = $1 and {OPEN} order by i.due_on, i.number"
    );
    let rows: Vec<WantingRow> = q.rows(&sql, args![customer]).await?;
    Ok(rows
        .into_iter()
        .map(|r| Wanting {
            invoice: r.id,
            subscription: r.subscription_id,
            due_on: r.due_on,
            number: r.number,
            outstanding: r.outstanding,
        })
        .collect())
}

/// Open invoices of a subscription, of every kind.
pub(crate) async fn open_of(
    q: &mut dyn Query,
    subscription: SubscriptionId,
) -> Result<Vec<Invoice>> {
    let sql = format!(
        "select {COLUMNS} from billing_invoice i where i.subscription_id = $1 and {OPEN}
         order by i.due_on, i.id"
    );
    q.rows(&sql, args![subscription]).await
}

/// Open regular and supplement invoices of a subscription whose days were never given.
pub(crate) async fn open_unused(
    q: &mut dyn Query,
    subscription: SubscriptionId,
) -> Result<Vec<InvoiceId>> {
    let sql = format!(
        "select i.id from billing_invoice i where i.subscription_id = $1 and i.kind <> 'one_off'
           and {OPEN} and not exists (select 1 from billing_entitlement e where e.invoice_id = i.id)
         order by i.id"
    );
    q.values(&sql, args![subscription]).await
}

/// Live regular invoices of a subscription that touch days from `from` on, oldest first.
pub(crate) async fn regular_from(
    q: &mut dyn Query,
    subscription: SubscriptionId,
    from: Day,
) -> Result<Vec<Invoice>> {
    let sql = format!(
        "select {COLUMNS} from billing_invoice i where i.subscription_id = $1 and i.live
           and i.kind in ('regular', 'supplement') and i.state = 'issued' and i.period_to >= $2
         order by i.period_from, i.id"
    );
    q.rows(&sql, args![subscription, from]).await
}

pub(crate) async fn list(
    q: &mut dyn Query,
    scope: &Scope,
    filter: &InvoiceFilter,
    today: Day,
    after: Option<InvoiceId>,
    limit: i64,
) -> Result<Vec<Invoice>> {
    if scope.technician.is_some() {
        return Ok(Vec::new());
    }
    let mut wheres = Wheres::default();
    wheres.scope("i", scope);
    wheres.add("i.customer_id =", filter.customer);
    wheres.add("i.subscription_id =", filter.subscription);
    wheres.add("i.issued_on >=", filter.month.map(Day::first_of_month));
    wheres.add("i.issued_on <=", filter.month.map(Day::last_of_month));
    wheres.add(
        "lower(i.number) like",
        filter.text.as_ref().map(|t| format!("%{}%", t.to_lowercase())),
    );
    wheres.add("i.id <", after);
    match filter.standing {
        None => {}
        Some(Standing::Draft) => wheres.plain("i.state = 'draft'"),
        Some(Standing::Cancelled) => wheres.plain("i.live = false"),
        Some(Standing::Paid) => wheres.plain(
            "i.state = 'issued' and i.live
             and i.paid + i.credited + i.withheld + i.written_off >= i.total",
        ),
        Some(Standing::Overdue) => {
            wheres.plain(OPEN);
            wheres.add("i.due_on <", Some(today));
        }
        Some(open) => {
            wheres.plain(OPEN);
            wheres.plain(if open == Standing::Open { "i.paid = 0" } else { "i.paid > 0" });
            wheres.add("i.due_on >=", Some(today));
        }
    }
    let sql = format!(
        "select {COLUMNS} from billing_invoice i {} order by i.id desc limit {}",
        wheres.text(),
        limit.clamp(1, 1_000)
    );
    q.rows(&sql, wheres.args).await
}
