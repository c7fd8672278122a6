//! What the portal lists: a customer's bills, payments, visits; and, for the office, what customers ask for.

use crm::request::{RequestKind, RequestState};
use kernel::{
    CustomerId, Day, InvoiceId, Money, PaymentId, RequestId, Result, Scope, SubscriptionId, Ts,
    WorkOrderId,
};
use store::{Query, QueryExt, args, row};

row! {
    /// Work at the customer's place.
    pub struct Visit {
        pub id: WorkOrderId,
        pub subscription_id: SubscriptionId,
        pub number: String,
        /// `install`, `repair`, `swap`, `move`, `dismantle`.
        pub kind: String,
        pub state: String,
        pub scheduled_on: Option<Day>,
        pub created_at: Ts,
        pub done_at: Option<Ts>,
        /// First of this visit's steps: on the way, at the place.
        pub on_the_way_at: Option<Ts>,
        pub on_site_at: Option<Ts>,
        /// Who comes, by name.
        pub technician: Option<String>,
    }
}

/// A customer's work orders that are open, or were finished since.
pub async fn visits(q: &mut dyn Query, customer: CustomerId, since: Ts) -> Result<Vec<Visit>> {
    q.rows(
        "select o.id, o.subscription_id, o.number, o.kind, o.state, o.scheduled_on, o.created_at,
           o.done_at,
           (select min(s.occurred_at) from fulfilment_step s where s.work_order_id = o.id
              and s.visit = o.visit and s.step = 'on_the_way') as on_the_way_at,
           (select min(s.occurred_at) from fulfilment_step s where s.work_order_id = o.id
              and s.visit = o.visit and s.step = 'on_site') as on_site_at,
           (select min(u.name) from fulfilment_technician t join identity_user u on u.id = t.user_id
              where t.work_order_id = o.id) as technician
         from fulfilment_work_order o
         where o.customer_id = $1 and o.state <> 'cancelled' and (o.done_at is null or o.done_at >= $2)
         order by o.id desc limit 20",
        args![customer, since],
    )
    .await
}

row! {
    /// A bill in the list.
    pub struct BillRow {
        pub id: InvoiceId,
        pub number: String,
        pub subscription_id: Option<SubscriptionId>,
        pub period_from: Day,
        pub period_to: Day,
        pub kind: String,
        pub issued_on: Option<Day>,
        pub due_on: Day,
        pub total: Money,
        pub outstanding: Money,
        pub paid_at: Option<Ts>,
        /// False: taken back in full.
        pub live: bool,
    }
}

/// A customer's issued bills, newest first, older than `before`.
pub async fn bills(
    q: &mut dyn Query,
    customer: CustomerId,
    before: Option<InvoiceId>,
    limit: i64,
) -> Result<Vec<BillRow>> {
    q.rows(
        "select id, number, subscription_id, period_from, period_to, kind, issued_on, due_on, total,
           total - paid - credited - withheld - written_off as outstanding, paid_at, live
         from billing_invoice
         where customer_id = $1 and state = 'issued' and ($2 is null or id < $2)
         order by id desc limit $3",
        args![customer, before, limit],
    )
    .await
}

row! {
    /// Money that came.
    pub struct PaidRow {
        pub id: PaymentId,
        pub receipt_number: Option<String>,
        pub channel: String,
        pub amount: Money,
        pub state: String,
        pub received_at: Ts,
    }
}

/// A customer's payments, newest first, older than `before`.
pub async fn payments(
    q: &mut dyn Query,
    customer: CustomerId,
    before: Option<PaymentId>,
    limit: i64,
) -> Result<Vec<PaidRow>> {
    q.rows(
        "select id, receipt_number, channel, amount, state, received_at from billing_payment
         where customer_id = $1 and ($2 is null or id < $2)
         order by id desc limit $3",
        args![customer, before, limit],
    )
    .await
}

row! {
    /// A request, with the names that the office needs.
    pub struct RequestRow {
        pub id: RequestId,
        pub number: String,
        pub customer_id: CustomerId,
        pub customer_name: String,
        pub customer_number: String,
        pub subscription_id: SubscriptionId,
        pub subscription_number: String,
        pub plan: String,
        pub kind: RequestKind,
        /// The plan wished for, by name.
        pub wished_plan: Option<String>,
        pub wished_on: Option<Day>,
        pub note: String,
        pub state: RequestState,
        pub asked_by: String,
        pub created_at: Ts,
        pub answered_by: Option<String>,
        pub answered_at: Option<Ts>,
        pub answer: Option<String>,
    }
}

const REQUEST: &str =
    "select r.id, r.number, r.customer_id, c.name as customer_name, c.number as customer_number,
      r.subscription_id, s.number as subscription_number, p.name as plan, r.kind,
      w.name as wished_plan, r.wished_on, r.note, r.state, r.asked_by, r.created_at,
      r.answered_by, r.answered_at, r.answer
    from crm_request r
    join crm_customer c on c.id = r.customer_id
    join billing_subscription s on s.id = r.subscription_id
    join catalog_plan p on p.id = s.plan_id
    left join catalog_plan w on w.id = r.plan_id";

/// Requests in scope, newest first, older than `before`, of this state when given.
pub async fn requests(
    q: &mut dyn Query,
    scope: &Scope,
    state: Option<RequestState>,
    before: Option<RequestId>,
    limit: i64,
) -> Result<Vec<RequestRow>> {
    let sql = format!(
        "{REQUEST} where ($1 is null or r.branch_id = $1) and ($2 is null or r.partner_id = $2)
           and ($3 is null or r.customer_id = $3) and ($4 is null or r.state = $4)
           and ($5 is null or r.id < $5)
         order by r.id desc limit $6"
    );
    let (branch, partner, customer) = (scope.branch, scope.partner, scope.customer);
    q.rows(&sql, args![branch, partner, customer, state, before, limit]).await
}

/// One request.
///
/// # Errors
/// `crm.request_not_found`, also when out of scope.
pub async fn request(q: &mut dyn Query, scope: &Scope, id: RequestId) -> Result<RequestRow> {
    crm::request::find(q, scope, id).await?;
    let found: Option<RequestRow> =
        q.row_opt(&format!("{REQUEST} where r.id = $1"), args![id]).await?;
    found.ok_or_else(|| kernel::Fault::bug("a request without its customer"))
}
