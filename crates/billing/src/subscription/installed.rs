//! The device is at the site: the subscription begins.

use kernel::{Event, Result, SubscriptionId};
use store::Tx;

use crate::issue;
use crate::outcome::{self, Terms};
use crate::settle;
use crate::store as sql;
use crate::store::facts::Range;
use crate::words::{Mode, SubscriptionState};

/// Prepaid: `ready`, and the first invoice from today to the end of the period; a customer's credit that
/// covers it activates at once. Postpaid: `active`, and the days count from today. Doing it again on a
/// subscription that began changes nothing.
///
/// # Errors
/// `billing.subscription_not_found`; `billing.subscription_state` after it was cancelled or terminated.
pub async fn installed(tx: &mut Tx, id: SubscriptionId) -> Result<()> {
    let sub = super::locked(tx, id).await?;
    if sub.state.is_in_service() {
        return Ok(());
    }
    sub.must_be(&[SubscriptionState::PendingInstall])?;
    let catalog = catalog::current(tx).await?;
    let was = sub.picture();
    let Some(mut facts) = sql::facts::load(tx, &catalog, Range::one(id)).await?.pop() else {
        return Err(super::not_found());
    };
    let terms = Terms::of(&facts.sub, &catalog);
    let today = tx.now().day(terms.zone);
    facts.sub.anchor_dom = today.dom();
    match facts.sub.mode {
        Mode::Postpaid => {
            facts.sub.state = SubscriptionState::Active;
            facts.sub.activated_on = Some(today);
            facts.sub.billed(today.prev(), &terms.policy);
            sql::subscription::save(tx, &facts.sub).await?;
            sql::subscription::set_state(tx, id, facts.sub.state).await?;
            tx.journal("subscription", id.uuid(), "activated", was, facts.sub.picture()).await?;
            tx.emit(Event::SubscriptionActivated { subscription: id });
        }
        Mode::Prepaid => {
            facts.sub.state = SubscriptionState::Ready;
            let draft = outcome::prepaid_draft(&facts, &terms, today, today, 1);
            facts.sub.install_fee = kernel::Money::ZERO;
            facts.sub.billed(draft.period.to, &terms.policy);
            sql::subscription::save(tx, &facts.sub).await?;
            sql::subscription::set_state(tx, id, facts.sub.state).await?;
            tx.journal("subscription", id.uuid(), "ready", was, facts.sub.picture()).await?;
            tx.emit(Event::SubscriptionReady { subscription: id });
            let issued = issue::write(tx, &catalog, &[draft], None).await?;
            issue::announce(tx, &issued);
            let customer = facts.sub.customer_id;
            settle::customer(tx, &catalog, customer, settle::Named::default()).await?;
        }
    }
    Ok(())
}
