//! What follows from what happened: one exhaustive match. A new event does not compile until somebody has
//! decided here what it means.

use kernel::{Event, Result, SubscriptionId};
use store::{BoxFuture, Db, Reactor, Tx};

use crate::{access, activation, commission, earnings, guests, messages, mirror, tickets};

/// The name of the after reaction that tells people.
pub const MESSAGE: &str = "message";
/// The one that computes every next billing day anew; [`crate::tasks`] does it in pages of its own.
pub const RESCHEDULE: &str = "reschedule";

/// Registers the reactions on a database. Do it once, right after opening.
pub fn wire(db: &Db) {
    db.set_reactor(std::sync::Arc::new(Reactions));
}

struct Reactions;

impl Reactor for Reactions {
    fn inside<'a>(&'a self, tx: &'a mut Tx, event: &'a Event) -> BoxFuture<'a, Result<()>> {
        Box::pin(inside(tx, event))
    }
    fn together<'a>(&'a self, tx: &'a mut Tx, events: &'a [Event]) -> BoxFuture<'a, Result<()>> {
        // The mark is a row of our own: it is committed with its cause or not at all.
        Box::pin(mirror::mark(tx, events))
    }
    fn after(&self, event: &Event) -> &'static [&'static str] {
        after(event)
    }
}

/// What must never be seen apart from its cause: access, ledger, commission, stock ↔ subscription.
async fn inside(tx: &mut Tx, event: &Event) -> Result<()> {
    match event {
        Event::SubscriptionCreated { subscription }
        | Event::SubscriptionReady { subscription }
        | Event::SubscriptionPaused { subscription }
        | Event::SubscriptionResumed { subscription }
        | Event::HoldsChanged { subscription }
        | Event::PromiseChanged { subscription }
        | Event::QuotaCrossed { subscription } => again(tx, *subscription).await,
        Event::SubscriptionActivated { subscription }
        | Event::PlanChanged { subscription }
        | Event::EntitlementChanged { subscription } => {
            access::roll_quota(tx, *subscription).await?;
            again(tx, *subscription).await
        }
        Event::SubscriptionTerminated { subscription } => {
            again(tx, *subscription).await?;
            activation::ended(tx, *subscription).await
        }
        Event::SubscriptionCancelled { subscription } => {
            again(tx, *subscription).await?;
            activation::cancelled(tx, *subscription).await
        }
        Event::PolicyChanged | Event::ProfilesChanged => network::access::recheck_all(tx).await,
        Event::InvoiceIssued { subscription, .. } => billed(tx, *subscription).await,
        Event::InvoiceCredited { invoice, subscription } => {
            commission::credited(tx, *invoice).await?;
            earnings::credited(tx, *invoice).await?;
            access::bought_quota_again(tx, *invoice).await?;
            billed(tx, *subscription).await
        }
        Event::InvoicesIssued { invoices, .. } => access::reconsider_issued(tx, invoices).await,
        Event::InvoicePaid { invoice, subscription, .. } => {
            maybe(tx, *subscription).await?;
            earnings::paid(tx, *invoice).await?;
            commission::accrue(tx, *invoice).await
        }
        Event::InvoiceReopened { invoice, subscription } => {
            commission::take_back(tx, *invoice).await?;
            earnings::take_back(tx, *invoice).await?;
            access::bought_quota_again(tx, *invoice).await?;
            maybe(tx, *subscription).await
        }
        Event::PaymentReceived { customer, .. } | Event::PaymentReversed { customer, .. } => {
            access::reconsider_customer(tx, *customer).await
        }
        Event::WorkOrderAssigned { work_order } => activation::assigned(tx, *work_order).await,
        Event::DeviceScanned { work_order, subscription, item } => {
            activation::scanned(tx, *work_order, *subscription, *item).await
        }
        Event::WorkOrderDone { work_order, subscription } => {
            activation::done(tx, *work_order, *subscription).await?;
            earnings::installed(tx, *work_order).await?;
            tickets::order_ended(tx, *work_order, true).await
        }
        Event::WorkOrderReviewed { work_order, .. } => earnings::installed(tx, *work_order).await,
        Event::WorkOrderFailed { work_order } | Event::WorkOrderCancelled { work_order } => {
            activation::visit_over(tx, *work_order).await?;
            tickets::order_ended(tx, *work_order, false).await
        }
        Event::VouchersMade { batch } => guests::admit(tx, *batch).await,
        Event::VouchersVoided { batch } => guests::voided(tx, *batch).await,
        Event::VoucherRedeemed { voucher } => guests::redeemed(tx, *voucher).await,
        Event::GuestStarted { voucher } => guests::started(tx, *voucher).await,
        Event::LeadRegistered { .. }
        | Event::LeadConverted { .. }
        | Event::CustomerAmended { .. }
        | Event::PlanSet { .. }
        | Event::ProfileSet { .. }
        | Event::TerminationProposed { .. }
        | Event::WorkOrderOpened { .. }
        | Event::WorkOrderOnTheWay { .. }
        | Event::TicketOpened { .. }
        | Event::TicketChanged { .. }
        | Event::TicketAsked { .. }
        | Event::TicketResolved { .. }
        | Event::TicketReopened { .. }
        | Event::TicketClosed { .. }
        | Event::TicketBreached { .. }
        | Event::ItemMoved { .. }
        | Event::AccountChanged { .. }
        | Event::NasChanged { .. }
        | Event::AccessChanged { .. }
        | Event::AccessEnforced { .. }
        | Event::SessionOpened { .. }
        | Event::SessionClosed { .. }
        | Event::GuestsChanged
        | Event::WalletChanged { .. }
        | Event::UserChanged { .. }
        | Event::AttendanceRecorded { .. }
        | Event::EarningsClosed { .. } => Ok(()),
    }
}

/// What reaches outside, from the outbox, each reaction by itself.
fn after(event: &Event) -> &'static [&'static str] {
    match event {
        Event::LeadConverted { .. }
        | Event::WorkOrderAssigned { .. }
        | Event::WorkOrderOnTheWay { .. }
        | Event::SubscriptionActivated { .. }
        | Event::SubscriptionTerminated { .. }
        | Event::InvoiceIssued { .. }
        | Event::InvoicesIssued { .. }
        | Event::PaymentReceived { .. }
        | Event::PaymentReversed { .. }
        | Event::AccessChanged { .. }
        | Event::TicketOpened { .. }
        | Event::TicketAsked { .. }
        | Event::TicketResolved { .. }
        | Event::TicketClosed { .. }
        | Event::WalletChanged { .. } => &[MESSAGE],
        Event::PolicyChanged => &[RESCHEDULE],
        Event::LeadRegistered { .. }
        | Event::CustomerAmended { .. }
        | Event::PlanSet { .. }
        | Event::ProfileSet { .. }
        | Event::SubscriptionCreated { .. }
        | Event::SubscriptionReady { .. }
        | Event::SubscriptionPaused { .. }
        | Event::SubscriptionResumed { .. }
        | Event::SubscriptionCancelled { .. }
        | Event::PlanChanged { .. }
        | Event::HoldsChanged { .. }
        | Event::PromiseChanged { .. }
        | Event::EntitlementChanged { .. }
        | Event::ProfilesChanged
        | Event::TerminationProposed { .. }
        | Event::InvoiceCredited { .. }
        | Event::InvoicePaid { .. }
        | Event::InvoiceReopened { .. }
        | Event::WorkOrderOpened { .. }
        | Event::DeviceScanned { .. }
        | Event::WorkOrderDone { .. }
        | Event::WorkOrderReviewed { .. }
        | Event::WorkOrderFailed { .. }
        | Event::WorkOrderCancelled { .. }
        | Event::TicketChanged { .. }
        | Event::TicketReopened { .. }
        | Event::TicketBreached { .. }
        | Event::ItemMoved { .. }
        | Event::AccountChanged { .. }
        | Event::NasChanged { .. }
        | Event::AccessEnforced { .. }
        | Event::SessionOpened { .. }
        | Event::SessionClosed { .. }
        | Event::VouchersMade { .. }
        | Event::VouchersVoided { .. }
        | Event::VoucherRedeemed { .. }
        | Event::GuestStarted { .. }
        | Event::GuestsChanged
        | Event::QuotaCrossed { .. }
        | Event::UserChanged { .. }
        | Event::AttendanceRecorded { .. }
        | Event::EarningsClosed { .. } => &[],
    }
}

/// Does one after reaction, in the transaction that also removes it from the outbox.
pub async fn perform(tx: &mut Tx, reaction: &str, event: &Event) -> Result<()> {
    match reaction {
        MESSAGE => messages::tell(tx, event).await,
        RESCHEDULE => Ok(()),
        other => Err(kernel::Fault::bug(format!("nobody does the reaction {other}"))),
    }
}

async fn again(tx: &mut Tx, subscription: SubscriptionId) -> Result<()> {
    access::reconsider(tx, subscription).await.map(drop)
}

async fn billed(tx: &mut Tx, subscription: Option<SubscriptionId>) -> Result<()> {
    match subscription {
        Some(id) => access::reconsider_billed(tx, id).await,
        None => Ok(()),
    }
}

async fn maybe(tx: &mut Tx, subscription: Option<SubscriptionId>) -> Result<()> {
    match subscription {
        Some(id) => again(tx, id).await,
        None => Ok(()),
    }
}
