//! What is done with a ticket.

use axum::extract::State;
use flows::tickets as flow;
use fulfilment::Kind;
use fulfilment::ticket::{self, Priority};
use kernel::{Actor, TicketId, UserId};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::NAMES;
use super::ticket_view::{TicketView, seen_in};
use crate::http::app::{App, Written};
use crate::http::extract::{At, Body};
use crate::http::wire::on_wire;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(start))
        .routes(routes!(ask))
        .routes(routes!(resolve))
        .routes(routes!(close))
        .routes(routes!(reopen))
        .routes(routes!(take))
        .routes(routes!(release))
        .routes(routes!(assign))
        .routes(routes!(priority))
        .routes(routes!(send_visit))
}

/// Begin to work on a ticket.
///
/// Whoever does is given it when nobody has it. Again it changes nothing.
#[utoipa::path(
    post, path = "/api/v1/tickets/{id}/start", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = TicketView))
)]
async fn start(State(app): State<App>, actor: Actor, At(id): At<TicketId>) -> Written<TicketView> {
    app.write(&actor, async move |tx| {
        ticket::start(tx, id).await?;
        seen_in(tx, id).await
    })
    .await
}

/// A question to the customer.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AskTicket {
    text: String,
}

/// Ask the customer; the clock stands until they answer.
///
/// The customer is told.
#[utoipa::path(
    post, path = "/api/v1/tickets/{id}/ask", params(("id" = uuid::Uuid, Path)),
    request_body = AskTicket,
    responses((status = 200, body = TicketView))
)]
async fn ask(
    State(app): State<App>,
    actor: Actor,
    At(id): At<TicketId>,
    Body(body): Body<AskTicket>,
) -> Written<TicketView> {
    app.write(&actor, async move |tx| {
        ticket::wait(tx, id, &body.text).await?;
        seen_in(tx, id).await
    })
    .await
}

/// How it was solved.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ResolveTicket {
    /// In words that the customer reads.
    resolution: String,
    /// The customer has agreed already: close it at once.
    #[serde(default)]
    agreed: bool,
}

/// Say that a ticket is solved.
///
/// The customer is told; it closes by itself some days later.
#[utoipa::path(
    post, path = "/api/v1/tickets/{id}/resolve", params(("id" = uuid::Uuid, Path)),
    request_body = ResolveTicket,
    responses((status = 200, body = TicketView))
)]
async fn resolve(
    State(app): State<App>,
    actor: Actor,
    At(id): At<TicketId>,
    Body(body): Body<ResolveTicket>,
) -> Written<TicketView> {
    app.write(&actor, async move |tx| {
        flow::resolve(tx, id, &body.resolution, body.agreed).await?;
        seen_in(tx, id).await
    })
    .await
}

/// Close a resolved ticket.
///
/// Final. The customer is told. Again it changes nothing.
#[utoipa::path(
    post, path = "/api/v1/tickets/{id}/close", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = TicketView))
)]
async fn close(State(app): State<App>, actor: Actor, At(id): At<TicketId>) -> Written<TicketView> {
    app.write(&actor, async move |tx| {
        ticket::close(tx, id).await?;
        seen_in(tx, id).await
    })
    .await
}

/// Why it is not solved.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReopenTicket {
    reason: String,
}

/// Open a resolved ticket again: it was not solved.
///
/// The clock goes on where it stood.
#[utoipa::path(
    post, path = "/api/v1/tickets/{id}/reopen", params(("id" = uuid::Uuid, Path)),
    request_body = ReopenTicket,
    responses((status = 200, body = TicketView))
)]
async fn reopen(
    State(app): State<App>,
    actor: Actor,
    At(id): At<TicketId>,
    Body(body): Body<ReopenTicket>,
) -> Written<TicketView> {
    app.write(&actor, async move |tx| {
        ticket::reopen(tx, id, &body.reason).await?;
        seen_in(tx, id).await
    })
    .await
}

/// Take a ticket.
///
/// 409 `fulfilment.ticket_taken` when somebody else has it.
#[utoipa::path(
    post, path = "/api/v1/tickets/{id}/take", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = TicketView))
)]
async fn take(State(app): State<App>, actor: Actor, At(id): At<TicketId>) -> Written<TicketView> {
    app.write(&actor, async move |tx| {
        ticket::take(tx, id).await?;
        seen_in(tx, id).await
    })
    .await
}

/// Give one's ticket back to the queue.
///
/// Again it changes nothing.
#[utoipa::path(
    post, path = "/api/v1/tickets/{id}/release", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = TicketView))
)]
async fn release(
    State(app): State<App>,
    actor: Actor,
    At(id): At<TicketId>,
) -> Written<TicketView> {
    app.write(&actor, async move |tx| {
        ticket::release(tx, id).await?;
        seen_in(tx, id).await
    })
    .await
}

/// Who has it from now on.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AssignTicket {
    /// Null: nobody, back to the queue.
    #[schema(value_type = Option<String>, format = Uuid)]
    user_id: Option<UserId>,
}

/// Give a ticket to somebody.
///
/// To one of the branch's people, or to nobody.
#[utoipa::path(
    post, path = "/api/v1/tickets/{id}/assign", params(("id" = uuid::Uuid, Path)),
    request_body = AssignTicket,
    responses((status = 200, body = TicketView))
)]
async fn assign(
    State(app): State<App>,
    actor: Actor,
    At(id): At<TicketId>,
    Body(body): Body<AssignTicket>,
) -> Written<TicketView> {
    app.write(&actor, async move |tx| {
        flow::assign(tx, id, body.user_id).await.map_err(|fault| on_wire(fault, NAMES))?;
        seen_in(tx, id).await
    })
    .await
}

/// How urgent it is.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PrioritizeTicket {
    /// `low`, `normal`, `high` or `urgent`.
    #[schema(value_type = String)]
    priority: Priority,
}

/// Set a ticket's priority.
///
/// The target is that of the new priority; what was used counts.
#[utoipa::path(
    post, path = "/api/v1/tickets/{id}/priority", params(("id" = uuid::Uuid, Path)),
    request_body = PrioritizeTicket,
    responses((status = 200, body = TicketView))
)]
async fn priority(
    State(app): State<App>,
    actor: Actor,
    At(id): At<TicketId>,
    Body(body): Body<PrioritizeTicket>,
) -> Written<TicketView> {
    app.write(&actor, async move |tx| {
        flow::prioritize(tx, id, body.priority).await?;
        seen_in(tx, id).await
    })
    .await
}

/// A visit for a ticket.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SendVisit {
    /// `repair` or `swap`; one of the ticket's `visits`.
    #[schema(value_type = String)]
    kind: Kind,
    /// For the technician; the ticket's subject when left out.
    #[serde(default)]
    note: String,
}

/// Send a visit for a ticket: a work order that is linked to it.
///
/// When it is done the ticket is offered to be resolved. 409 `flows.ticket_has_visit` while the visit
/// before is not over.
#[utoipa::path(
    post, path = "/api/v1/tickets/{id}/work-order", params(("id" = uuid::Uuid, Path)),
    request_body = SendVisit, responses((status = 201, body = TicketView))
)]
async fn send_visit(
    State(app): State<App>,
    actor: Actor,
    At(id): At<TicketId>,
    Body(body): Body<SendVisit>,
) -> Written<TicketView> {
    app.create(&actor, async move |tx| {
        let sent = flow::send_visit(tx, id, body.kind, &body.note).await;
        sent.map_err(|fault| on_wire(fault, NAMES))?;
        seen_in(tx, id).await
    })
    .await
}
