//! Aging: what is owed on a day, by how late it is, for branches, customers and invoices.
//!
//! An invoice's open amount on a day is its total less what settled it until that day's end in its branch's
//! zone: what the ledger's receivable account says of the same day.

use billing::aging::Bucket;
use billing::ledger::{self, Account};
use kernel::{BranchId, CustomerId, Day, InvoiceId, Money, Result, Scope, Ts, Zone};
use store::{Query, QueryExt};

use super::narrow::Narrow;

/// Which receivables.
#[derive(Clone, Copy, Debug)]
pub struct AgingFilter {
    pub as_of: Day,
    pub branch: Option<BranchId>,
    pub customer: Option<CustomerId>,
    pub bucket: Option<Bucket>,
}

store::row! {
    pub struct BranchAging {
        pub branch_id: BranchId,
        pub invoices: i64,
        pub not_due: Money,
        pub month1: Money,
        pub month2: Money,
        pub month3: Money,
        pub older: Money,
    }
}

store::row! {
    pub struct CustomerAging {
        pub customer_id: CustomerId,
        pub number: String,
        pub name: String,
        pub phone: String,
        pub branch_id: BranchId,
        pub invoices: i64,
        pub oldest_due_on: Day,
        pub not_due: Money,
        pub month1: Money,
        pub month2: Money,
        pub month3: Money,
        pub older: Money,
        pub total: Money,
    }
}

store::row! {
    pub struct InvoiceAging {
        pub id: InvoiceId,
        pub number: Option<String>,
        pub customer_id: CustomerId,
        pub customer_number: String,
        pub customer_name: String,
        pub branch_id: BranchId,
        pub issued_on: Option<Day>,
        pub due_on: Day,
        pub total: Money,
        pub open: Money,
    }
}

/// Everything that was owed on the day, as rows `o` of one invoice each.
fn open(scope: &Scope, filter: &AgingFilter) -> Option<(String, Narrow)> {
    if scope.technician.is_some() {
        return None;
    }
    let mut narrow = Narrow::default();
    let end = |zone: Zone| Ts::local(filter.as_of.next(), 0, 0, zone);
    let mut cut = String::from("case b.zone");
    for zone in [Zone::Jakarta, Zone::Makassar] {
        let at = narrow.bind(end(zone));
        cut.push_str(&format!(" when '{}' then {at}", zone.name()));
    }
    let at = narrow.bind(end(Zone::Jayapura));
    cut.push_str(&format!(" else {at} end"));
    let own = scope.branch.or(filter.branch);
    narrow.only("i.state = 'issued'");
    narrow.only("i.issued_at < z.cut");
    // What was settled before and still is was settled on that day.
    narrow.only(
        "(i.total <> i.paid + i.credited + i.withheld + i.written_off or i.paid_at is null
          or i.paid_at >= z.cut)",
    );
    narrow.when(own, "i.branch_id = ?");
    narrow.when(scope.partner, "i.partner_id = ?");
    narrow.when(scope.customer.or(filter.customer), "i.customer_id = ?");
    if let Some(bucket) = filter.bucket {
        let (from, to) = bucket.due_days(filter.as_of);
        narrow.when(from, "i.due_on >= ?");
        narrow.when(to, "i.due_on <= ?");
    }
    let settled = |table: &str, at: &str, more: &str| {
        format!(
            "coalesce((select sum(s.{}) from {table} s where s.invoice_id = i.id and s.{at} < z.cut {more}), 0)",
            if table == "billing_credit_note" { "total" } else { "amount" }
        )
    };
    let sql = format!(
        "select i.id, i.number, i.customer_id, i.branch_id, i.issued_on, i.due_on, i.total,
           cast(i.total - {} - {} - {} - {} as bigint) as open
         from billing_invoice i
         join (select b.id, {cut} as cut from catalog_branch b) z on z.id = i.branch_id
         {}",
        settled("billing_allocation", "at", ""),
        settled("billing_credit_note", "issued_at", ""),
        settled(
            "billing_withholding",
            "recorded_at",
            "and (s.cancelled_at is null or s.cancelled_at >= z.cut)"
        ),
        settled("billing_write_off", "at", ""),
        narrow.clause()
    );
    Some((sql, narrow))
}

/// The five sums of the buckets on `as_of`.
fn sums(narrow: &mut Narrow, as_of: Day) -> String {
    let mut columns = Vec::new();
    let names = ["not_due", "month1", "month2", "month3", "older"];
    for (bucket, name) in Bucket::ALL.iter().zip(names) {
        let (from, to) = bucket.due_days(as_of);
        let mut both = Vec::new();
        if let Some(from) = from {
            both.push(format!("o.due_on >= {}", narrow.bind(from)));
        }
        if let Some(to) = to {
            both.push(format!("o.due_on <= {}", narrow.bind(to)));
        }
        let inside = both.join(" and ");
        columns.push(format!(
            "cast(coalesce(sum(case when {inside} then o.open else 0 end), 0) as bigint) as {name}"
        ));
    }
    columns.join(",\n")
}

/// By branch; only branches where something is owed.
///
/// # Errors
/// Only when the database fails.
pub async fn branches(
    q: &mut dyn Query,
    scope: &Scope,
    filter: &AgingFilter,
) -> Result<Vec<BranchAging>> {
    let Some((open, mut narrow)) = open(scope, filter) else { return Ok(Vec::new()) };
    let sums = sums(&mut narrow, filter.as_of);
    let sql = format!(
        "select o.branch_id, count(*) as invoices, {sums} from ({open}) o where o.open <> 0
         group by o.branch_id order by o.branch_id"
    );
    q.rows(&sql, narrow.into_args()).await
}

/// By customer, who owes most first; `after` is the total and the customer of the last row before.
///
/// # Errors
/// Only when the database fails.
pub async fn customers(
    q: &mut dyn Query,
    scope: &Scope,
    filter: &AgingFilter,
    after: Option<(Money, CustomerId)>,
    limit: i64,
) -> Result<Vec<CustomerAging>> {
    let Some((open, mut narrow)) = open(scope, filter) else { return Ok(Vec::new()) };
    let sums = sums(&mut narrow, filter.as_of);
    let from = match after {
        None => String::new(),
        Some((total, customer)) => {
            let (total, customer) = (narrow.bind(total), narrow.bind(customer));
            format!("where t.total < {total} or (t.total = {total} and t.customer_id > {customer})")
        }
    };
    let limit = narrow.bind(limit);
    let sql = format!(
        "select t.customer_id, c.number, c.name, c.phone, c.branch_id, t.invoices, t.oldest_due_on,
           t.not_due, t.month1, t.month2, t.month3, t.older, t.total
         from (select o.customer_id, count(*) as invoices, min(o.due_on) as oldest_due_on, {sums},
                 cast(sum(o.open) as bigint) as total
               from ({open}) o where o.open <> 0 group by o.customer_id) t
         join crm_customer c on c.id = t.customer_id
         {from} order by t.total desc, t.customer_id limit {limit}"
    );
    q.rows(&sql, narrow.into_args()).await
}

/// The invoices, longest due first; `after` is the due day and the id of the last row before.
///
/// # Errors
/// Only when the database fails.
pub async fn invoices(
    q: &mut dyn Query,
    scope: &Scope,
    filter: &AgingFilter,
    after: Option<(Day, InvoiceId)>,
    limit: i64,
) -> Result<Vec<InvoiceAging>> {
    let Some((open, mut narrow)) = open(scope, filter) else { return Ok(Vec::new()) };
    let from = match after {
        None => String::new(),
        Some((due, id)) => {
            let (due, id) = (narrow.bind(due), narrow.bind(id));
            format!("and (o.due_on > {due} or (o.due_on = {due} and o.id > {id}))")
        }
    };
    let limit = narrow.bind(limit);
    let sql = format!(
        "select o.id, o.number, o.customer_id, c.number as customer_number, c.name as customer_name,
           o.branch_id, o.issued_on, o.due_on, o.total, o.open
         from ({open}) o join crm_customer c on c.id = o.customer_id
         where o.open <> 0 {from} order by o.due_on, o.id limit {limit}"
    );
    q.rows(&sql, narrow.into_args()).await
}

/// What the books say of the same day: the receivable account.
///
/// # Errors
/// Only when the database fails.
pub async fn in_ledger(q: &mut dyn Query, branch: Option<BranchId>, as_of: Day) -> Result<Money> {
    let balances = ledger::trial_balance(q, branch, None, Some(as_of)).await?;
    let receivable = balances.into_iter().find(|b| b.account == Account::Receivable);
    Ok(receivable.map_or(Money::ZERO, |b| b.net()))
}
