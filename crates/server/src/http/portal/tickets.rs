//! Faults that a customer reports, and how far they are.

use axum::Json;
use axum::extract::State;
use flows::tickets::{self, NewReport};
use flows::views::tickets::{self as views, TicketFilter, TicketRow};
use fulfilment::ticket::{Category, TicketState};
use kernel::{Actor, Result as Fallible, SubscriptionId, TicketId, Ts};
use serde::{Deserialize, Serialize};
use store::Tx;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::money::own;
use crate::http::app::{App, Reply, Written};
use crate::http::extract::{Body, Listing};

/// More than a customer has open.
const NEWEST: i64 = 50;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, report))
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
