//! Work orders as people look for them, and who may touch one.

use kernel::{Day, Fault, Permission, Result, Scope, SubscriptionId, Ts, UserId, WorkOrderId};
use store::{Query, Tx};

use crate::Page;
use crate::order::{Kind, State, WorkOrder};
use crate::photo::Photo;
use crate::store::{order as rows, photo, step};

/// One work order. A technician sees the own ones, a customer and a reseller theirs.
///
/// # Errors
/// `fulfilment.order_not_found` when there is none in scope.
pub async fn find(q: &mut dyn Query, scope: &Scope, id: WorkOrderId) -> Result<WorkOrder> {
    rows::find(q, scope, id).await?.ok_or_else(not_found)
}

/// Which work orders a list shows.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub state: Option<State>,
    pub kind: Option<Kind>,
    pub technician: Option<UserId>,
    pub subscription: Option<SubscriptionId>,
    pub scheduled_on: Option<Day>,
    /// Only those that NOC should look at.
    pub review: bool,
    /// Only those where somebody still has to do something.
    pub live: bool,
}

/// Work orders, newest first, at most 200 a page.
///
/// # Errors
/// Only when the database fails.
pub async fn list(
    q: &mut dyn Query,
    scope: &Scope,
    filter: &Filter,
    after: Option<WorkOrderId>,
    limit: i64,
) -> Result<Page<WorkOrder, WorkOrderId>> {
    let limit = limit.clamp(1, 200);
    let mut items = rows::list(q, scope, filter, after, limit + 1).await?;
    let wanted = usize::try_from(limit).unwrap_or(0);
    let more = items.len() > wanted;
    items.truncate(wanted);
    let next = if more { items.last().map(|order| order.id) } else { None };
    Ok(Page { items, next })
}

/// A technician's jobs: the live ones scheduled up to and with `until` (late ones too), and those of the
/// days from `from` on that are closed; by day, then number.
///
/// # Errors
/// Only when the database fails.
pub async fn jobs(
    q: &mut dyn Query,
    technician: UserId,
    from: Day,
    until: Day,
) -> Result<Vec<WorkOrder>> {
    rows::jobs(q, technician, from, until).await
}

/// Who does an order, by id.
///
/// # Errors
/// Only when the database fails.
pub async fn technicians_of(q: &mut dyn Query, id: WorkOrderId) -> Result<Vec<UserId>> {
    rows::technicians_of(q, id).await
}

/// The order that installs a subscription and is not closed, if any.
///
/// # Errors
/// Only when the database fails.
pub async fn live_install(
    q: &mut dyn Query,
    subscription: SubscriptionId,
) -> Result<Option<WorkOrder>> {
    let filter = Filter {
        kind: Some(Kind::Install),
        subscription: Some(subscription),
        live: true,
        ..Filter::default()
    };
    Ok(rows::list(q, &Scope::all(), &filter, None, 1).await?.pop())
}

::store::row! {
    /// One line of an order's story.
    pub struct Stage {
        pub visit: i64,
        pub step: String,
        pub user_id: Option<UserId>,
        pub actor_name: String,
        /// By the device's clock.
        pub occurred_at: Ts,
        pub recorded_at: Ts,
        pub detail: Option<String>,
    }
}

/// An order's story, oldest first. The caller has found the order in its scope.
///
/// # Errors
/// Only when the database fails.
pub async fn steps(q: &mut dyn Query, id: WorkOrderId) -> Result<Vec<Stage>> {
    step::list(q, id).await
}

/// The photos of an order without their bytes, oldest first.
///
/// # Errors
/// Only when the database fails.
pub async fn photos_of(q: &mut dyn Query, id: WorkOrderId) -> Result<Vec<Photo>> {
    photo::list(q, id).await
}

pub(crate) fn not_found() -> Fault {
    Fault::not_found(
        "fulfilment.order_not_found",
        "SPK ini tidak ada, atau bukan pekerjaan Anda.",
        "There is no such work order, or it is not your job.",
    )
}

/// Locks and loads an order for the office.
pub(crate) async fn for_office(
    tx: &mut Tx,
    id: WorkOrderId,
    permission: Permission,
) -> Result<WorkOrder> {
    tx.actor().require(permission)?;
    load(tx, id).await
}

/// Locks and loads an order for somebody who works on it: one of its technicians, or dispatch for them.
pub(crate) async fn for_work(tx: &mut Tx, id: WorkOrderId) -> Result<WorkOrder> {
    if tx.actor().may(Permission::WorkOrderDispatch) {
        return load(tx, id).await;
    }
    tx.actor().require(Permission::JobProgress)?;
    let order = load(tx, id).await?;
    let technicians = rows::technicians_of(tx, id).await?;
    match tx.actor().user() {
        Some(user) if technicians.contains(&user) => Ok(order),
        _ => Err(not_found()),
    }
}

async fn load(tx: &mut Tx, id: WorkOrderId) -> Result<WorkOrder> {
    rows::lock(tx, id).await?;
    let scope = tx.actor().scope.clone();
    find(tx, &scope, id).await
}
