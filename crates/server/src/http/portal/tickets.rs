//! Faults that a customer reports, and how far they are.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use flows::tickets::{self, NewReport};
use flows::views::tickets::{self as views, TicketFilter, TicketPage, TicketRow};
use fulfilment::ticket::{self, Category, Entry, EntryKind, Side, TicketState};
use kernel::{
    Actor, Permission, PhotoId, Result as Fallible, SubscriptionId, TicketEntryId, TicketId, Ts,
};
use serde::{Deserialize, Serialize};
use store::Tx;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::money::own;
use crate::http::app::{App, Reply, Written};
use crate::http::can::Can;
use crate::http::extract::{At, Body, Listing};
use crate::http::problem::Problem;

/// More than a customer has open.
const NEWEST: i64 = 50;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, report))
        .routes(routes!(one))
        .routes(routes!(comment))
        .routes(routes!(close))
        .routes(routes!(reopen))
        .routes(routes!(photo))
}

/// A report of mine.
#[derive(Serialize, ToSchema)]
struct PortalTicket {
    #[schema(value_type = String, format = Uuid)]
    id: TicketId,
    number: String,
    #[schema(value_type = String)]
    category: Category,
    subject: String,
    /// `open`, `in_progress`, `waiting_customer`, `resolved`, `closed` or `reopened`.
    #[schema(value_type = String)]
    state: TicketState,
    #[schema(value_type = String, format = DateTime)]
    created_at: Ts,
    #[schema(value_type = String, format = DateTime)]
    changed_at: Ts,
}

impl From<TicketRow> for PortalTicket {
    fn from(t: TicketRow) -> Self {
        Self {
            id: t.id,
            number: t.number,
            category: t.category,
            subject: t.subject,
            state: t.state,
            created_at: t.created_at,
            changed_at: t.changed_at,
        }
    }
}

/// My reports, newest first.
#[utoipa::path(
    get, path = "/api/v1/portal/tickets", responses((status = 200, body = Listing<PortalTicket>))
)]
async fn list(State(app): State<App>, actor: Actor) -> Reply<Listing<PortalTicket>> {
    let filter = TicketFilter { customer: Some(own(&actor)?), ..TicketFilter::default() };
    let rows = views::list(&mut app.reader(), &actor.scope, &filter, None, NEWEST).await?;
    Ok(Json(Listing::whole(rows.into_iter().map(Into::into).collect())))
}

/// A fault to report.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReportFault {
    #[schema(value_type = String, format = Uuid)]
    subscription_id: SubscriptionId,
    /// `no_internet`, `slow`, `unstable`, `device`, `billing`, `request` or `other`.
    #[schema(value_type = String)]
    category: Category,
    #[serde(default)]
    text: String,
}

/// Report a fault.
///
/// While the same fault of the connection is being worked on, it is not reported twice.
#[utoipa::path(
    post, path = "/api/v1/portal/tickets", request_body = ReportFault,
    responses((status = 201, body = PortalTicket))
)]
async fn report(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<ReportFault>,
) -> Written<PortalTicket> {
    app.create(&actor, async move |tx: &mut Tx| made(tx, body).await).await
}

async fn made(tx: &mut Tx, body: ReportFault) -> Fallible<PortalTicket> {
    let new = NewReport {
        customer: None,
        subscription: Some(body.subscription_id),
        work_order: None,
        category: body.category,
        priority: None,
        subject: String::new(),
        text: body.text,
    };
    let ticket = tickets::open(tx, new).await?;
    Ok(PortalTicket {
        id: ticket.id,
        number: ticket.number,
        category: ticket.category,
        subject: ticket.subject,
        state: ticket.state,
        created_at: ticket.created_at,
        changed_at: ticket.created_at,
    })
}

/// One line of what was said and done.
#[derive(Serialize, ToSchema)]
struct PortalTicketEntry {
    #[schema(value_type = String, format = Uuid)]
    id: TicketEntryId,
    #[schema(value_type = String, format = DateTime)]
    at: Ts,
    /// `opened`, `comment`, `photo`, `started`, `waiting` (a question to me), `resolved`, `closed` or
    /// `reopened`.
    #[schema(value_type = String)]
    kind: EntryKind,
    /// It is my own word.
    mine: bool,
    text: String,
    /// Its bytes are at `/api/v1/portal/ticket-photos/{id}`.
    #[schema(value_type = Option<String>, format = Uuid)]
    photo_id: Option<PhotoId>,
}

impl From<Entry> for PortalTicketEntry {
    fn from(entry: Entry) -> Self {
        Self {
            id: entry.id,
            at: entry.at,
            kind: entry.kind,
            mine: entry.side == Side::Customer,
            text: entry.text,
            photo_id: entry.photo_id,
        }
    }
}

/// What I can do with a report now.
#[derive(Serialize, ToSchema)]
struct PortalTicketCan {
    comment: Can,
    /// Agree that it is solved.
    close: Can,
    reopen: Can,
}

/// A report of mine with its story.
#[derive(Serialize, ToSchema)]
struct PortalTicketPage {
    #[serde(flatten)]
    ticket: PortalTicket,
    /// How it was solved.
    resolution: Option<String>,
    /// Oldest first.
    story: Vec<PortalTicketEntry>,
    can: PortalTicketCan,
}

impl PortalTicketPage {
    fn of(page: TicketPage, actor: &Actor) -> Self {
        let TicketPage { ticket, row, story, .. } = page;
        let write = || actor.require(Permission::TicketWrite);
        let to = |next: TicketState| ticket.state.to(next, &ticket.number).map(drop);
        let words = ticket.state.must_be_open_for_words(&ticket.number);
        Self {
            can: PortalTicketCan {
                comment: Can::when(write().and(words)),
                close: Can::when(write().and(to(TicketState::Closed))),
                reopen: Can::when(write().and(to(TicketState::Reopened))),
            },
            resolution: ticket.resolution.clone(),
            story: story.into_iter().map(PortalTicketEntry::from).collect(),
            ticket: row.into(),
        }
    }
}

async fn seen_in(tx: &mut Tx, id: TicketId) -> Fallible<PortalTicketPage> {
    let actor = tx.actor().clone();
    Ok(PortalTicketPage::of(views::page(tx, &actor, id).await?, &actor))
}

/// A report of mine, with what was said.
#[utoipa::path(
    get, path = "/api/v1/portal/tickets/{id}", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = PortalTicketPage))
)]
async fn one(
    State(app): State<App>,
    actor: Actor,
    At(id): At<TicketId>,
) -> Reply<PortalTicketPage> {
    let page = views::page(&mut app.reader(), &actor, id).await?;
    Ok(Json(PortalTicketPage::of(page, &actor)))
}

/// Something to say.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PortalComment {
    text: String,
}

/// Answer, or add something.
///
/// What waits for my answer goes on.
#[utoipa::path(
    post, path = "/api/v1/portal/tickets/{id}/comments", params(("id" = uuid::Uuid, Path)),
    request_body = PortalComment, responses((status = 200, body = PortalTicketPage))
)]
async fn comment(
    State(app): State<App>,
    actor: Actor,
    At(id): At<TicketId>,
    Body(body): Body<PortalComment>,
) -> Written<PortalTicketPage> {
    app.write(&actor, async move |tx: &mut Tx| {
        ticket::comment(tx, id, &body.text, false).await?;
        seen_in(tx, id).await
    })
    .await
}

/// Agree that it is solved.
///
/// Final. Again it changes nothing.
#[utoipa::path(
    post, path = "/api/v1/portal/tickets/{id}/close", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = PortalTicketPage))
)]
async fn close(
    State(app): State<App>,
    actor: Actor,
    At(id): At<TicketId>,
) -> Written<PortalTicketPage> {
    app.write(&actor, async move |tx: &mut Tx| {
        ticket::close(tx, id).await?;
        seen_in(tx, id).await
    })
    .await
}

/// Why it is not solved.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PortalReopen {
    reason: String,
}

/// Say that it is not solved after all.
#[utoipa::path(
    post, path = "/api/v1/portal/tickets/{id}/reopen", params(("id" = uuid::Uuid, Path)),
    request_body = PortalReopen, responses((status = 200, body = PortalTicketPage))
)]
async fn reopen(
    State(app): State<App>,
    actor: Actor,
    At(id): At<TicketId>,
    Body(body): Body<PortalReopen>,
) -> Written<PortalTicketPage> {
    app.write(&actor, async move |tx: &mut Tx| {
        ticket::reopen(tx, id, &body.reason).await?;
        seen_in(tx, id).await
    })
    .await
}

/// A picture of one of my reports.
#[utoipa::path(
    get, path = "/api/v1/portal/ticket-photos/{id}", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, description = "The picture", content_type = "image/*", body = Vec<u8>))
)]
async fn photo(
    State(app): State<App>,
    actor: Actor,
    At(id): At<PhotoId>,
) -> Result<Response, Problem> {
    let picture = ticket::picture(&mut app.reader(), &actor, id).await?;
    Ok(([(header::CONTENT_TYPE, picture.mime)], picture.bytes).into_response())
}
