//! The customers' portal over HTTP: everything here is the asking customer's own.
//!
//! Its sessions are other ones than those of the staff, in another cookie; nothing but a customer's session
//! opens these operations, and it opens nothing else.

use utoipa_axum::router::OpenApiRouter;

use super::app::App;

mod bills;
mod home;
mod money;
mod session;
mod settings;
mod tickets;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(session::router())
        .merge(home::router())
        .merge(bills::router())
        .merge(money::router())
        .merge(settings::router())
        .merge(tickets::router())
        .merge(super::requests::portal())
}

/// A sentence in the language that the request asks for.
fn say(say: &flows::why::Say) -> String {
    say.of(super::context::lang()).to_owned()
}
