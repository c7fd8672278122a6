//! What people earned beside the salary in a month, each row with what it was earned by.

use hr::rule::Kind;
use kernel::{
    BranchId, Day, EarningId, EarningRuleId, InvoiceId, Money, PlanId, Result, Scope,
    SubscriptionId, Ts, UserId, WorkOrderId,
};
use store::{Query, QueryExt, args, row};

use super::narrow::Narrow;

/// Rows of one month: several thousand new customers.
const ROWS_MAX: i64 = 20_000;

row! {
    /// One row of the ledger, with its words.
    pub struct EarningRow {
        pub id: EarningId,
        pub user_id: UserId,
        pub user_name: String,
        pub kind: Kind,
        pub base: Money,
        /// Negative: taken back.
        pub amount: Money,
        pub formula: String,
        pub earned_on: Day,
        pub accrued_at: Ts,
        pub rule_id: EarningRuleId,
        pub takes_back: Option<EarningId>,
        /// A later row takes it back.
        pub is_taken_back: bool,
        pub invoice_id: Option<InvoiceId>,
        pub invoice_number: Option<String>,
        pub work_order_id: Option<WorkOrderId>,
        pub work_order_number: Option<String>,
        pub customer_name: Option<String>,
        pub plan_name: Option<String>,
    }
}

/// The rows of a month (`month`: any day of it) in scope, by person's name and day; of one person when `user` is given.
///
/// # Errors
/// Only when the database fails.
pub async fn month(
    q: &mut dyn Query,
    scope: &Scope,
    user: Option<UserId>,
    month: Day,
) -> Result<Vec<EarningRow>> {
    if scope.partner.is_some() || scope.customer.is_some() {
        return Ok(Vec::new());
    }
    let mut narrow = Narrow::default();
    let first = month.first_of_month();
    narrow.when(Some(first), "e.earned_on >= ?");
    narrow.when(Some(first.plus_months(1)), "e.earned_on < ?");
    narrow.when(user, "e.user_id = ?");
    // Their own are shown to people whatever branch they are of now.
    narrow.when(scope.branch.filter(|_| user.is_none()), "e.branch_id = ?");
    let limit = narrow.bind(ROWS_MAX);
    let sql = format!(
        "select e.id, e.user_id, u.name as user_name, e.kind, e.base, e.amount, e.formula,
           e.earned_on, e.accrued_at, e.rule_id, e.takes_back,
           b.id is not null as is_taken_back,
           i.id as invoice_id, i.number as invoice_number,
           w.id as work_order_id, w.number as work_order_number,
           c.name as customer_name, p.name as plan_name
         from hr_earning e
         join identity_user u on u.id = e.user_id
         left join hr_earning b on b.takes_back = e.id
         left join billing_invoice i on i.id = e.source_id and e.kind = 'commission'
         left join fulfilment_work_order w on w.id = e.source_id and e.kind = 'incentive'
         left join billing_subscription s on s.id = e.subscription_id
         left join crm_customer c on c.id = s.customer_id
         left join catalog_plan p on p.id = e.plan_id
         {} order by lower(u.name), u.id, e.earned_on, e.id limit {limit}",
        narrow.clause()
    );
    q.rows(&sql, narrow.into_args()).await
}

/// Whether a month is closed: its sums stand.
///
/// # Errors
/// Only when the database fails.
pub async fn is_closed(q: &mut dyn Query, month: Day) -> Result<bool> {
    let closed: i64 = q
        .value(
            "select count(*) from hr_earning_sum where month >= $1",
            args![month.first_of_month()],
        )
        .await?;
    Ok(closed > 0)
}

row! {
    /// What a commission depends on, of one invoice.
    pub(crate) struct Sale {
        pub(crate) subscription_id: Option<SubscriptionId>,
        pub(crate) branch_id: BranchId,
        pub(crate) live: bool,
        pub(crate) written_off: Money,
        /// Before tax, without what was credited.
        pub(crate) base: Money,
        pub(crate) billed_plan: Option<PlanId>,
        pub(crate) seller: Option<UserId>,
        /// Invoices of the subscription that were paid before it. Ids rise with the issue: of two that one payment
        /// settles the older is the first.
        pub(crate) earlier: i64,
    }
}

/// An invoice with who sold what it bills; `None`: there is none of this id.
///
/// # Errors
/// Only when the database fails.
pub(crate) async fn sale(q: &mut dyn Query, invoice: InvoiceId) -> Result<Option<Sale>> {
    q.row_opt(
        "select i.subscription_id, i.branch_id, i.live, i.written_off,
           cast(coalesce((select sum(l.base - l.credited_base) from billing_invoice_line l
             where l.invoice_id = i.id), 0) as bigint) as base,
           (select l.plan_id from billing_invoice_line l where l.invoice_id = i.id
             and l.plan_id is not null order by l.no desc limit 1) as billed_plan,
           (select o.sold_by from crm_order o where o.subscription_id = i.subscription_id) as seller,
           (select count(*) from billing_invoice b
             where b.subscription_id = i.subscription_id and b.live and (i.paid_at is null
               and b.paid_at is not null or b.paid_at < i.paid_at
               or (b.paid_at = i.paid_at and b.id < i.id))) as earlier
         from billing_invoice i where i.id = $1",
        args![invoice],
    )
    .await
}
