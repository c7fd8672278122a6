//! Subscriptions as a list, with customer, plan and what is owed.

use billing::words::{Calendar, Mode, SubscriptionState};
use crm::word::Subject;
use kernel::{
    BranchId, CustomerId, Day, Money, PartnerId, PlanId, Result, Scope, SubscriptionId, Ts,
};
use store::{Query, QueryExt};

use super::narrow::{Narrow, clean, pattern};
use super::words::Found;

store::row! {
    pub struct SubscriptionRow {
        pub id: SubscriptionId,
        pub number: String,
        pub customer_id: CustomerId,
        pub customer_number: String,
        pub customer_name: String,
        pub branch_id: BranchId,
        pub partner_id: Option<PartnerId>,
        pub plan_id: PlanId,
        pub plan_name: String,
        pub mode: Mode,
        pub calendar: Calendar,
        pub state: SubscriptionState,
        pub label: Option<String>,
        pub activated_on: Option<Day>,
        pub terminated_on: Option<Day>,
        pub billed_to: Option<Day>,
        pub next_issue_on: Option<Day>,
        pub termination_proposed_on: Option<Day>,
        pub outstanding: Money,
        pub created_at: Ts,
    }
}

/// What a list of subscriptions is narrowed by.
#[derive(Clone, Debug, Default)]
pub struct SubscriptionFilter {
    pub state: Option<SubscriptionState>,
    pub mode: Option<Mode>,
    pub plan: Option<PlanId>,
    pub customer: Option<CustomerId>,
    /// Only those whose end the program proposes.
    pub to_terminate: bool,
    /// The number, part of the label, or words of the customer ([`crm::word`]).
    pub text: Option<String>,
}

/// Subscriptions, newest first, after `after`.
///
/// # Errors
/// Only when the database fails.
pub async fn list(
    q: &mut dyn Query,
    scope: &Scope,
    filter: &SubscriptionFilter,
    after: Option<SubscriptionId>,
    limit: i64,
) -> Result<Vec<SubscriptionRow>> {
    let Some(mut narrow) = scoped(scope) else { return Ok(Vec::new()) };
    narrow.when(filter.state, "s.state = ?");
    narrow.when(filter.mode, "s.mode = ?");
    narrow.when(filter.plan, "s.plan_id = ?");
    narrow.when(filter.customer, "s.customer_id = ?");
    if filter.to_terminate {
        narrow.only(
            "s.termination_proposed_on is not null and s.state not in ('terminated', 'cancelled')",
        );
    }
    let text = filter.text.as_deref();
    if let Some(found) = Found::of(q, Subject::Customer, text, false).await? {
        let whole = |narrow: &mut Narrow| {
            let number = narrow.bind(clean(text.unwrap_or_default()).to_uppercase());
            let like = narrow.bind(pattern(text));
            vec![
                format!("y.number = {number}"),
                format!("y.label is not null and lower(y.label) like {like}"),
            ]
        };
        let condition = found.rows(&mut narrow, ("s", "billing_subscription"), whole);
        narrow.only(&condition);
    }
    narrow.when(after, "s.id < ?");
    let limit = narrow.bind(limit);
    let sql = rows_of(&narrow.clause(), &limit);
    q.rows(&sql, narrow.into_args()).await
}

/// One subscription.
///
/// # Errors
/// `billing.subscription_not_found` when there is none in scope.
pub async fn find(q: &mut dyn Query, scope: &Scope, id: SubscriptionId) -> Result<SubscriptionRow> {
    let missing = || {
        kernel::Fault::not_found(
            "billing.subscription_not_found",
            "Langganan tidak ada.",
            "No such subscription.",
        )
    };
    let mut narrow = scoped(scope).ok_or_else(missing)?;
    narrow.when(Some(id), "s.id = ?");
    let sql = rows_of(&narrow.clause(), "1");
    let found: Option<SubscriptionRow> = q.row_opt(&sql, narrow.into_args()).await?;
    found.ok_or_else(missing)
}

fn rows_of(clause: &str, limit: &str) -> String {
    format!(
        "select s.id, s.number, s.customer_id, c.number as customer_number, c.name as customer_name,
           s.branch_id, s.partner_id, s.plan_id, p.name as plan_name, s.mode, s.calendar, s.state,
           s.label, s.activated_on, s.terminated_on, s.billed_to, s.next_issue_on,
           s.termination_proposed_on, s.created_at,
           cast(coalesce((select sum(i.total - i.paid - i.credited - i.withheld - i.written_off)
             from billing_invoice i where i.subscription_id = s.id and i.state = 'issued'), 0) as bigint)
             as outstanding
         from billing_subscription s
         join crm_customer c on c.id = s.customer_id
         join catalog_plan p on p.id = s.plan_id
         {clause} order by s.id desc limit {limit}"
    )
}

/// `None` for technicians: they see a connection through a job.
fn scoped(scope: &Scope) -> Option<Narrow> {
    if scope.technician.is_some() {
        return None;
    }
    let mut narrow = Narrow::default();
    narrow.when(scope.branch, "s.branch_id = ?");
    narrow.when(scope.partner, "s.partner_id = ?");
    narrow.when(scope.customer, "s.customer_id = ?");
    Some(narrow)
}
