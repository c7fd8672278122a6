//! Work in the field over HTTP: the conversion that starts it, work orders and their dispatch, the
//! technician's jobs, the offline protocol, photos and the hand-over report.

use utoipa_axum::router::OpenApiRouter;

use super::app::App;

mod convert;
mod dispatch;
mod field;
mod jobs;
mod orders;
mod paper;
mod photos;
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
}

/// The room's words for fields that have another name in requests.
const NAMES: &[(&str, &str)] =
    &[("plan", "plan_id"), ("odp", "odp_id"), ("customer", "customer_id")];
