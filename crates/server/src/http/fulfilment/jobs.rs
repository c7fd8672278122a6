//! The technician's day: the jobs that may lie on a phone, and whether a device is online.

use axum::Json;
use axum::extract::State;
use flows::site::{self, Line};
use flows::views::work_orders::{self, BagItem};
use kernel::{Actor, ItemId, Lang, Ts, WorkOrderId};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::view::WorkOrderView;
use crate::http::app::{App, Reply};
use crate::http::context;
use crate::http::extract::At;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(jobs)).routes(routes!(online))
}

/// A device in the bag: enough to check a scan without a network.
#[derive(Serialize, ToSchema)]
struct JobBagItem {
    #[schema(value_type = String, format = Uuid)]
    id: ItemId,
    serial: String,
    mac: Option<String>,
    type_name: String,
    /// Handed over by the warehouse, not yet accepted.
    offered: bool,
}

impl From<BagItem> for JobBagItem {
    fn from(item: BagItem) -> Self {
        Self {
            id: item.id,
            serial: item.serial,
            mac: item.mac,
            type_name: item.type_name,
            offered: item.offered,
        }
    }
}

/// What a technician has to do.
#[derive(Serialize, ToSchema)]
struct Jobs {
    /// By day. What is closed stays until the day is over.
    items: Vec<WorkOrderView>,
    /// Always null: there is one page.
    next: Option<String>,
    bag: Vec<JobBagItem>,
}

/// One's own jobs of today and tomorrow, late ones too, and the bag.
///
/// With customer, place and, for a device that is to be set up, user name and password. Nothing more may
/// lie on a phone.
#[utoipa::path(get, path = "/api/v1/jobs", responses((status = 200, body = Jobs)))]
async fn jobs(State(app): State<App>, actor: Actor) -> Reply<Jobs> {
    let Some(user) = actor.user() else {
        return Ok(Json(Jobs { items: Vec::new(), next: None, bag: Vec::new() }));
    };
    let mut reader = app.reader();
    let pages = work_orders::jobs(&mut reader, user, &actor.scope, app.now()).await?;
    let mut items = Vec::with_capacity(pages.len());
    for page in pages {
        items.push(WorkOrderView::of(&mut reader, page, &actor).await?);
    }
    let bag = work_orders::bag(&mut reader, user).await?;
    Ok(Json(Jobs { items, next: None, bag: bag.into_iter().map(JobBagItem::from).collect() }))
}

/// Whether a job's device is online.
#[derive(Serialize, ToSchema)]
struct OnlineState {
    /// `online`, `rejected` or `waiting`.
    state: &'static str,
    /// Why it is refused, in the request's language.
    reason: Option<String>,
    /// Stable: `mac_differs`, `wrong_password`, …
    code: Option<&'static str>,
    ip: Option<String>,
    nas: Option<String>,
    /// The MAC that logs in or knocks.
    mac: Option<String>,
    /// Since when it is online, or when it was refused last.
    #[schema(value_type = Option<String>, format = DateTime)]
    since: Option<Ts>,
    /// Online, but with the access of somebody who has not paid.
    isolated: bool,
}

impl From<Line> for OnlineState {
    fn from(line: Line) -> Self {
        let nothing = Self {
            state: "waiting",
            reason: None,
            code: None,
            ip: None,
            nas: None,
            mac: None,
            since: None,
            isolated: false,
        };
        match line {
            Line::Waiting => nothing,
            Line::Online(session) => Self {
                state: "online",
                ip: session.framed_ip,
                nas: Some(session.nas_name),
                mac: session.mac.map(|mac| mac.to_string()),
                since: Some(session.started_at),
                isolated: session.isolated,
                ..nothing
            },
            Line::Rejected(reject) => {
                let (id, en) = reject.reason.sentence();
                let said = if context::lang() == Lang::Id { id } else { en };
                Self {
                    state: "rejected",
                    reason: Some(said.to_owned()),
                    code: Some(reject.reason.as_str()),
                    nas: Some(reject.nas),
                    mac: reject.mac_seen.map(|mac| mac.to_string()),
                    since: Some(reject.last_at),
                    ..nothing
                }
            }
        }
    }
}

/// Is the job's device online, or refused and why?
///
/// Only what happened since the scan counts.
#[utoipa::path(
    get, path = "/api/v1/work-orders/{id}/online", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = OnlineState))
)]
async fn online(
    State(app): State<App>,
    actor: Actor,
    At(id): At<WorkOrderId>,
) -> Reply<OnlineState> {
    let line = site::line(&mut app.reader(), &actor.scope, id).await?;
    Ok(Json(line.into()))
}
