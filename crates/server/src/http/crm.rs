//! Sales over HTTP: leads, customers, coverage, orders.

use utoipa_axum::router::OpenApiRouter;

use super::app::App;

mod chain;
mod coverage;
mod customers;
mod leads;
mod network_map;
mod orders;
mod public;
mod sellers;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(leads::router())
        .merge(sellers::router())
        .merge(public::router())
        .merge(customers::router())
        .merge(coverage::router())
        .merge(network_map::router())
        .merge(orders::router())
}

/// The room's words for fields that have another name in requests.
const NAMES: &[(&str, &str)] = &[("plan", "plan_id"), ("branch", "branch_id")];
