//! The door for payment gateways' notices: verified over the raw bytes, stored raw, answered at once.
//!
//! What can't be verified is counted and forgotten: no key, a wrong signature and a body that is none all
//! get the same 401, so that nobody learns what was wrong. What a notice means is found out later, by
//! `flows::inbox`.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use flows::inbox::Gateways;
use kernel::{Actor, Fault, FaultKind};
use store::Tx;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::app::App;
use super::extract::{At, Raw};
use super::problem::{Problem, no_such_address};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(notice))
}

/// A payment gateway tells of a payment.
///
/// The gateway's own format and signature. A notice that comes again is stored once.
#[utoipa::path(
    post, path = "/gateway/{name}/notice", params(("name" = String, Path)),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200))
)]
async fn notice(
    State(app): State<App>,
    actor: Actor,
    At(name): At<String>,
    headers: HeaderMap,
    Raw(raw): Raw,
) -> Result<StatusCode, Problem> {
    let gateways = app.db.ext::<Gateways>().ok_or_else(no_such_address)?;
    let gateway = gateways.named(&name).ok_or_else(no_such_address)?;
    let notice = gateway.verify(&pairs(&headers), &raw).map_err(|error| {
        gateways.count_refused(&name);
        tracing::warn!(gateway = name, ?error, "a notice was refused");
        Fault::new(
            FaultKind::Unauthenticated,
            "gateway.refused",
            "Notifikasi ini tidak bisa dibuktikan, jadi ditolak.",
            "This notice could not be verified and was refused.",
        )
    })?;
    app.change(&actor, async move |tx: &mut Tx| {
        billing::notice::record(tx, &name, &notice, &raw).await.map(drop)
    })
    .await?;
    gateways.ring();
    Ok(StatusCode::OK)
}

/// Header names in lower case, and values that are text.
fn pairs(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |(name, value): (&axum::http::HeaderName, &axum::http::HeaderValue)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    };
    headers.iter().filter_map(text).collect()
}
