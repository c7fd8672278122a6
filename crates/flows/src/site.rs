//! At the customer's: is the job's device online, and with which login?

use fulfilment::WorkOrder;
use kernel::{Result, Scope, UserId, WorkOrderId};
use network::reject::Reject;
use network::session::SessionView;
use network::{Mac, Secret, SessionState};
use store::Query;

use crate::views::work_orders::WorkOrderPage;

/// What the network knows of a job's device.
#[derive(Clone, Debug)]
pub enum Line {
    Online(SessionView),
    /// It knocked and was refused since the scan.
    Rejected(Reject),
    /// Nothing was heard of it yet.
    Waiting,
}

/// Asks for one work order in scope: what the technician looks at before closing it.
///
/// # Errors
/// `fulfilment.order_not_found`.
pub async fn line(q: &mut dyn Query, scope: &Scope, id: WorkOrderId) -> Result<Line> {
    let order = fulfilment::find(q, scope, id).await?;
    of_order(q, &order).await
}

/// As [`line`], of an order that was found before.
pub(crate) async fn of_order(q: &mut dyn Query, order: &WorkOrder) -> Result<Line> {
    let newest = network::session::of_subscription(q, order.subscription_id, 1).await?.pop();
    if let Some(session) = newest.filter(|session| is_of_the_device(session, order)) {
        return Ok(Line::Online(session));
    }
    let since = order.scanned_at.unwrap_or(order.created_at);
    let reject = network::reject::latest(q, order.subscription_id, since).await?;
    Ok(reject.map_or(Line::Waiting, Line::Rejected))
}

/// A live session that began after the scan, or comes from the very device that was scanned. After a swap
/// the old device's session may live on for a while: it does not count.
fn is_of_the_device(session: &SessionView, order: &WorkOrder) -> bool {
    if session.state != SessionState::Live {
        return false;
    }
    let Some(scanned_at) = order.scanned_at else { return true };
    let scanned = order.mac_scanned.as_deref().and_then(Mac::parse);
    // Accounting counts in whole seconds.
    session.started_at.plus_secs(1) >= scanned_at || (scanned.is_some() && session.mac == scanned)
}

/// The password that the technician sets on the device: theirs alone, while the visit goes on.
///
/// # Errors
/// `network.unreadable_secret` when the program's key does not open it.
pub async fn password(
    q: &mut dyn Query,
    page: &WorkOrderPage,
    reader: Option<UserId>,
) -> Result<Option<Secret>> {
    if !page.may_know_password(reader) {
        return Ok(None);
    }
    let login = network::account::credentials(q, page.order.subscription_id).await?;
    Ok(login.map(|(_, password)| password))
}
