//! Work in the field over HTTP: the conversion that starts it, work orders and their dispatch, the
//! technician's jobs, the offline protocol, photos, the hand-over report; tickets.

use utoipa_axum::router::OpenApiRouter;

use super::app::App;

mod convert;
mod dispatch;
mod field;
mod jobs;
mod orders;
mod paper;
mod photos;
mod ticket_deeds;
mod ticket_view;
mod tickets;
mod view;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(convert::router())
        .merge(orders::router())
        .merge(dispatch::router())
        .merge(jobs::router())
        .merge(field::router())
        .merge(photos::router())
        .merge(paper::router())
        .merge(tickets::router())
        .merge(ticket_deeds::router())
}

/// The room's words for fields that have another name in requests.
const NAMES: &[(&str, &str)] = &[
    ("plan", "plan_id"),
    ("odp", "odp_id"),
    ("customer", "customer_id"),
    ("subscription", "subscription_id"),
    ("work_order", "work_order_id"),
    ("user", "user_id"),
];
