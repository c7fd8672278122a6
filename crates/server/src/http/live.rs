//! What is happening, as it happens: server-sent events.
//!
//! An event is a doorbell: its name and the ids in it, so that a page knows what to read again. It goes
//! only to those who may read the subject, and only to those without a limit on rows: an event carries
//! no branch or reseller to compare, so who is bound to one gets none and reads on a timer.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::Sse;
use axum::response::sse::{Event as SseEvent, KeepAlive};
use futures::Stream;
use kernel::permission::PermissionSet;
use kernel::{Actor, Event, Permission, Scope};
use tokio::sync::broadcast::error::RecvError;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::app::App;

/// A stream ends after this long; the browser opens the next one and shows who it is again.
const LONGEST: Duration = Duration::from_secs(15 * 60);

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(events))
}

/// Who may hear of an event. Exhaustive: a new event does not compile without an answer.
fn permission_of(event: &Event) -> Permission {
    use Event as E;
    match event {
        E::LeadRegistered { .. } | E::LeadConverted { .. } => Permission::LeadRead,
        E::CustomerAmended { .. } => Permission::CustomerRead,
        E::PlanSet { .. } | E::ProfileSet { .. } => Permission::PlanRead,
        E::SubscriptionCreated { .. }
        | E::SubscriptionReady { .. }
        | E::SubscriptionActivated { .. }
        | E::SubscriptionPaused { .. }
        | E::SubscriptionResumed { .. }
        | E::SubscriptionTerminated { .. }
        | E::SubscriptionCancelled { .. }
        | E::PlanChanged { .. }
        | E::HoldsChanged { .. }
        | E::PromiseChanged { .. }
        | E::EntitlementChanged { .. }
        | E::TerminationProposed { .. } => Permission::SubscriptionRead,
        E::PolicyChanged | E::ProfilesChanged => Permission::PolicyRead,
        E::InvoiceIssued { .. }
        | E::InvoicesIssued { .. }
        | E::InvoiceCredited { .. }
        | E::InvoicePaid { .. }
        | E::InvoiceReopened { .. } => Permission::InvoiceRead,
        E::PaymentReceived { .. } | E::PaymentReversed { .. } => Permission::PaymentRead,
        E::WorkOrderOpened { .. }
        | E::WorkOrderAssigned { .. }
        | E::WorkOrderOnTheWay { .. }
        | E::DeviceScanned { .. }
        | E::WorkOrderDone { .. }
        | E::WorkOrderReviewed { .. }
        | E::WorkOrderFailed { .. }
        | E::WorkOrderCancelled { .. } => Permission::WorkOrderRead,
        E::TicketOpened { .. }
        | E::TicketChanged { .. }
        | E::TicketAsked { .. }
        | E::TicketResolved { .. }
        | E::TicketReopened { .. }
        | E::TicketClosed { .. }
        | E::TicketBreached { .. } => Permission::TicketRead,
        E::VouchersMade { .. }
        | E::VouchersVoided { .. }
        | E::VoucherRedeemed { .. }
        | E::GuestStarted { .. }
        | E::GuestsChanged => Permission::VoucherRead,
        E::ItemMoved { .. } => Permission::StockRead,
        E::AccountChanged { .. } => Permission::AccountRead,
        E::NasChanged { .. } => Permission::NasRead,
        E::AccessChanged { .. }
        | E::AccessEnforced { .. }
        | E::SessionOpened { .. }
        | E::SessionClosed { .. }
        | E::QuotaCrossed { .. } => Permission::OnlineRead,
        E::WalletChanged { .. } => Permission::WalletRead,
        E::UserChanged { .. } => Permission::StaffRead,
        E::AttendanceRecorded { .. } => Permission::AttendanceRead,
        E::EarningsClosed { .. } => Permission::EarningRead,
    }
}

/// What somebody may hear.
struct Ears {
    permissions: PermissionSet,
    is_unlimited: bool,
}

impl Ears {
    fn of(actor: &Actor) -> Self {
        Self { permissions: actor.permissions, is_unlimited: actor.scope == Scope::all() }
    }
    fn hear(&self, event: &Event) -> bool {
        self.is_unlimited && self.permissions.has(permission_of(event))
    }
}

/// Live events.
///
/// A `text/event-stream`. Each message's `event` is the event's name (`invoice_paid`), its `data` the
/// event as JSON. `event: lagged` says that some were missed: read everything again.
#[utoipa::path(
    get, path = "/api/v1/events",
    responses((status = 200, description = "A stream of events", content_type = "text/event-stream", body = String))
)]
async fn events(
    State(app): State<App>,
    actor: Actor,
) -> Sse<impl Stream<Item = Result<SseEvent, Infallible>>> {
    let ears = Ears::of(&actor);
    let mut heard = app.db.subscribe();
    let mut stopping = app.stopping.clone();
    let (sender, receiver) = futures::channel::mpsc::channel(64);
    tokio::spawn(async move {
        let mut sender = sender;
        let end = tokio::time::sleep(LONGEST);
        tokio::pin!(end);
        loop {
            let messages = tokio::select! {
                () = &mut end => return,
                _ = stopping.wait_for(|stop| *stop) => return,
                received = heard.recv() => match received {
                    Ok(committed) => messages_of(&ears, &committed.events),
                    Err(RecvError::Lagged(_)) => vec![SseEvent::default().event("lagged").data("{}")],
                    Err(RecvError::Closed) => return,
                },
            };
            for message in messages {
                // A reader that does not keep up, or is gone, loses the stream and opens another.
                if sender.try_send(Ok(message)).is_err() {
                    return;
                }
            }
            if sender.is_closed() {
                return;
            }
        }
    });
    Sse::new(receiver).keep_alive(KeepAlive::new().interval(Duration::from_secs(20)))
}

fn messages_of(ears: &Ears, events: &[Event]) -> Vec<SseEvent> {
    let heard = events.iter().filter(|event| ears.hear(event));
    let message = |event: &Event| {
        let data = serde_json::to_string(event).unwrap_or_else(|_| "{}".to_owned());
        SseEvent::default().event(event.name()).data(data)
    };
    heard.map(message).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{BranchId, InvoiceId, ItemId};

    #[test]
    fn one_hears_only_what_one_may_read_and_nothing_when_bound_to_rows() {
        let mut actor = Actor::public(None);
        actor.permissions = identity::matrix::permissions(identity::Role::Finance);
        let invoice = Event::InvoiceCredited { invoice: InvoiceId::nil(), subscription: None };
        let session = Event::QuotaCrossed { subscription: kernel::SubscriptionId::nil() };
        let item = Event::ItemMoved { item: ItemId::nil() };
        let ears = Ears::of(&actor);
        assert!(ears.hear(&invoice) && ears.hear(&item) && !ears.hear(&session));
        actor.scope.branch = Some(BranchId::nil());
        assert!(!Ears::of(&actor).hear(&invoice));
    }
}
