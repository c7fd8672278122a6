//! The door for engines' webhooks: a bell that says only *look there*. Verified over the raw bytes, stored, answered at
//! once; what changed is read from the engine itself.
//!
//! What can't be verified is counted and forgotten, with one and the same 401.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use bridge::{Engine, engine, inbox};
use connectors::{erpnext, inventree};
use kernel::{Actor, Fault, FaultKind};
use store::Tx;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::app::App;
use super::extract::{At, Raw};
use super::problem::{Problem, no_such_address};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(rung))
}

/// An engine rings: something changed there.
///
/// ERPNext's own format and signature, or that of Sambung's plugin for InvenTree. The same event again is stored
/// once.
#[utoipa::path(
    post, path = "/bells/{engine}", params(("engine" = String, Path)),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200))
)]
async fn rung(
    State(app): State<App>,
    actor: Actor,
    At(name): At<String>,
    headers: HeaderMap,
    Raw(raw): Raw,
) -> Result<StatusCode, Problem> {
    let of = Engine::parse(&name).ok_or_else(no_such_address)?;
    let settings = engine::settings(&mut app.reader(), of).await?.ok_or_else(no_such_address)?;
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let key = match of {
        Engine::Erpnext => {
            let secret = crate::books::bell_secret(&settings)?;
            let signature = header(erpnext::bell::SIGNATURE);
            erpnext::bell::read(&secret, signature, &raw).map(|ring| ring.dedupe_key)
        }
        Engine::Inventree => {
            let signature = header(inventree::bell::SIGNATURE);
            inventree::bell::read(settings.secret.expose(), signature, &raw)
        }
        // It has no voice of its own.
        Engine::Freeradius => return Err(no_such_address()),
    };
    let key = key.ok_or_else(|| {
        app.outside.engines.count_refused(of);
        tracing::warn!(engine = %of, "a notice was refused");
        Fault::new(
            FaultKind::Unauthenticated,
            "bridge.notice_refused",
            "Notifikasi ini tidak bisa dibuktikan, jadi ditolak.",
            "This notice could not be verified and was refused.",
        )
    })?;
    let text = String::from_utf8_lossy(&raw).into_owned();
    app.change(&actor, async move |tx: &mut Tx| {
        inbox::receive(tx, of, &key, &text).await.map(drop)
    })
    .await?;
    app.outside.engines.ring(of);
    Ok(StatusCode::OK)
}
