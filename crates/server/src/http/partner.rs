//! Resellers over HTTP: who they are, their commission, their wallet.

use utoipa_axum::router::OpenApiRouter;

use super::app::App;

mod portal;
mod resellers;
mod wallet;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().merge(resellers::router()).merge(portal::router()).merge(wallet::router())
}
