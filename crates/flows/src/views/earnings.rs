//! What people earned beside the salary in a month, each row with what it was earned by.

use hr::rule::Kind;
use kernel::{
    Day, EarningId, EarningRuleId, InvoiceId, Money, Result, Scope, Ts, UserId, WorkOrderId,
};
use store::{Query, QueryExt, row};

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
            store::args![month.first_of_month()],
        )
        .await?;
    Ok(closed > 0)
}
