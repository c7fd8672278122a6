//! Changing the plan: postpaid from a day on, prepaid upwards when the supplement is paid, prepaid
//! downwards with the next period.

mod apply;
mod request;
mod supplement;

pub use apply::{apply_due, cancel};
pub(crate) use apply::{give_up_all, paid};
pub(crate) use request::is_sold;
pub use request::{Requested, request};
pub(crate) use supplement::{refreshed, reprice_open};

use kernel::{Id, Result, Scope, SubscriptionId};
use store::Query;

use crate::store as sql;
pub use crate::store::subscription::ChangeRow;

/// The kind of a plan change's id.
#[derive(Debug)]
pub enum PlanChange {}
pub type PlanChangeId = Id<PlanChange>;

/// The plan changes of a subscription, oldest first.
///
/// # Errors
/// `billing.subscription_not_found`.
pub async fn list(
    q: &mut dyn Query,
    scope: &Scope,
    subscription: SubscriptionId,
) -> Result<Vec<ChangeRow>> {
    crate::subscription::find(q, scope, subscription).await?;
    sql::subscription::changes(q, subscription).await
}
