//! The catalogue over HTTP: company, branches, plans, speed profiles, tax, the ISP's rules.

use kernel::{Actor, Day, Fault, Zone};
use utoipa_axum::router::OpenApiRouter;

use super::app::App;
use super::problem::Problem;

mod company;
mod plans;
mod policy;
mod profiles;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(company::router())
        .merge(plans::router())
        .merge(profiles::router())
        .merge(policy::router())
}

/// What is the whole ISP's is not changed by somebody who is bound to a branch or a reseller.
pub(super) fn for_the_whole_isp(actor: &Actor) -> Result<(), Problem> {
    if actor.scope.branch.is_none() && actor.scope.partner.is_none() {
        return Ok(());
    }
    Err(Fault::forbidden(
        "catalog.whole_isp",
        "Ini berlaku untuk semua cabang; hanya pengguna tanpa batas cabang yang boleh mengubahnya.",
        "This holds for every branch; only a user who is bound to none may change it.",
    )
    .into())
}

/// Today, for prices: the company's papers are in WIB.
pub(super) fn today(app: &App) -> Day {
    app.now().day(Zone::Jakarta)
}
