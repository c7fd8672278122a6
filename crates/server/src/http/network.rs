//! The network over HTTP: accounts, routers, sessions, access and what became of it, rejects.

use utoipa_axum::router::OpenApiRouter;

use super::app::App;

mod access;
mod accounts;
mod nas;
mod rejects;
mod routeros;
mod sessions;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(accounts::router())
        .merge(nas::router())
        .merge(sessions::router())
        .merge(access::router())
        .merge(rejects::router())
}
