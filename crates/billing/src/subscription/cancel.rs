//! Batal pasang: the subscription never begins.

use kernel::{Event, InvoiceId, Result, SubscriptionId};
use store::Tx;

use crate::credit::{self, Announce};
use crate::plan_change;
use crate::settle;
use crate::store as sql;
use crate::words::SubscriptionState;

/// `pending_install | ready → cancelled`. Its open invoices are credited in full; money on them is the
/// customer's credit. Cancelling again changes nothing.
///
/// # Errors
/// `billing.subscription_not_found`; `billing.subscription_state` once it is in use: terminate it then.
pub async fn cancel(tx: &mut Tx, id: SubscriptionId) -> Result<()> {
    let mut sub = super::locked(tx, id).await?;
    if sub.state == SubscriptionState::Cancelled {
        return Ok(());
    }
    sub.must_be(&[SubscriptionState::PendingInstall, SubscriptionState::Ready])?;
    let catalog = catalog::current(tx).await?;
    let was = sub.picture();
    plan_change::give_up_all(tx, &catalog, id).await?;
    let open: Vec<InvoiceId> =
        sql::invoice::open_of(tx, id).await?.into_iter().map(|i| i.id).collect();
    credit::whole(tx, &catalog, &open, "Batal pasang", Announce::Each).await?;
    sub.state = SubscriptionState::Cancelled;
    sub.next_issue_on = None;
    sub.install_fee = kernel::Money::ZERO;
    sql::subscription::save(tx, &sub).await?;
    sql::subscription::set_state(tx, id, sub.state).await?;
    tx.journal("subscription", id.uuid(), "cancelled", was, sub.picture()).await?;
    tx.emit(Event::SubscriptionCancelled { subscription: id });
    settle::customer(tx, &catalog, sub.customer_id, settle::Named::default()).await?;
    Ok(())
}
