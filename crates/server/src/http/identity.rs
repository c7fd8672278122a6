//! Identity over HTTP: logging in, one's own account, users, API tokens.

use utoipa_axum::router::OpenApiRouter;

use super::app::App;

mod me;
mod people;
mod session;
mod tokens;
mod totp;
mod users;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(session::router())
        .merge(me::router())
        .merge(totp::router())
        .merge(tokens::router())
        .merge(users::router())
        .merge(people::router())
}
