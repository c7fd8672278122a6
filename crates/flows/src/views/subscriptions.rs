//! Subscriptions as a list, with customer, plan and what is owed.

use billing::words::{Calendar, Mode, SubscriptionState};
use crm::word::Subject;
use kernel::{
    BranchId, CustomerId, Day, Money, PartnerId, PlanId, Result, Scope, SubscriptionId, Ts,
};
use store::{Query, QueryExt};
use uuid::Uuid;

use super::narrow::{Narrow, Span, clean, pattern};
use super::order::{self, Key, Kind, Order, Place, Sorted, sorts};
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

store::words! {
    /// What the list of subscriptions is sorted by.
    pub enum SubscriptionSort {
        Newest = "newest",
        Activated = "activated",
        Terminated = "terminated",
        NextIssue = "next_issue",
    }
}
sorts! { SubscriptionSort, Newest;
    Newest => Made, Down;
    Activated => Maybe("s.activated_on", Kind::Day), Down;
    Terminated => Maybe("s.terminated_on", Kind::Day), Down;
    NextIssue => Maybe("s.next_issue_on", Kind::Day), Up;
}

impl Sorted<SubscriptionSort> for SubscriptionRow {
    fn place(&self) -> Uuid {
        self.id.uuid()
    }
    fn key(&self, by: SubscriptionSort) -> Option<Key> {
        match by {
            SubscriptionSort::Newest => None,
            SubscriptionSort::Activated => self.activated_on.map(Key::Day),
            SubscriptionSort::Terminated => self.terminated_on.map(Key::Day),
            SubscriptionSort::NextIssue => self.next_issue_on.map(Key::Day),
        }
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
    /// First day of use within these days, both counted.
    pub activated: Span,
    /// Last day of use within these days, both counted.
    pub terminated: Span,
    pub order: Order<SubscriptionSort>,
}

/// Subscriptions, after `after`.
///
/// # Errors
/// A field error on `after` that a list in another order gave.
pub async fn list(
    q: &mut dyn Query,
    scope: &Scope,
    filter: &SubscriptionFilter,
    after: Option<&Place>,
    limit: i64,
) -> Result<Vec<SubscriptionRow>> {
    let Some(mut narrow) = scoped(scope) else { return Ok(Vec::new()) };
    narrow.when(filter.state, "s.state = ?");
    narrow.when(filter.mode, "s.mode = ?");
    narrow.when(filter.plan, "s.plan_id = ?");
    narrow.when(filter.customer, "s.customer_id = ?");
    filter.activated.narrow(&mut narrow, "s.activated_on");
    filter.terminated.narrow(&mut narrow, "s.terminated_on");
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
    let page = |clause: &str, order: &str, limit: &str| {
        let ids = "select s.id from billing_subscription s";
        rows_of(&format!("{ids} {clause} order by {order} limit {limit}"), order)
    };
    order::page(q, &narrow, (filter.order, "s.id"), after, limit, &page).await
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
    let page = format!("select s.id from billing_subscription s {}", narrow.clause());
    let sql = rows_of(&page, "s.id");
    let found: Option<SubscriptionRow> = q.row_opt(&sql, narrow.into_args()).await?;
    found.ok_or_else(missing)
}

/// The page of ids is found first; sums are made only for the rows that are shown.
fn rows_of(page: &str, order: &str) -> String {
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
         where s.id in ({page}) order by {order}"
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
