//! The HTTP API and the web app.
//!
//! **Owns** wire types, the table of operations, reading requests and writing answers.
//! **Never** decides a business rule, runs SQL, or calls two rooms in one handler (that is a flow).
//! **Enter here:** [`router`]. A room's operations are in the file of its name; how to add one is in
//! `CONTRIBUTING.md`, "Add an endpoint".

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{from_fn, from_fn_with_state};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::trace::TraceLayer;
use utoipa_axum::router::OpenApiRouter;

pub mod app;
mod assets;
mod bells;
mod bulk;
mod can;
mod context;
mod cursor;
pub mod extract;
mod guard;
pub mod idempotency;
mod live;
pub mod openapi;
pub mod operations;
mod peer;
pub mod problem;
mod session_cookie;
mod wire;

mod billing;
mod catalog;
mod crm;
mod dashboard;
mod engines;
mod export;
mod figures;
mod fulfilment;
mod gateway;
mod health;
mod hr;
mod identity;
mod inventory;
mod journal;
mod message_texts;
mod messages;
mod network;
mod partner;
mod pay;
mod portal;
mod requests;
mod search;
pub mod simgateway;
mod tasks;
mod timeline;
mod trails;
mod why;

pub use app::{Answer, App, Reply, Written};
pub use context::{lang, request_id};
pub use extract::{At, Body, ListQuery, Listing, Raw, Search, page_size};
pub use guard::{Address, Credential};
pub use problem::Problem;

/// Every room's routes. A new room is one line here and its operations in the table.
const ROOMS: &[fn() -> OpenApiRouter<App>] = &[
    health::router,
    live::router,
    identity::router,
    catalog::router,
    crm::router,
    inventory::router,
    fulfilment::router,
    hr::router,
    network::router,
    billing::router,
    partner::router,
    gateway::router,
    bells::router,
    pay::router,
    portal::router,
    requests::router,
    simgateway::router,
    journal::router,
    message_texts::router,
    messages::router,
    why::router,
    dashboard::router,
    figures::router,
    timeline::router,
    search::router,
    trails::router,
    engines::router,
    tasks::router,
];

fn rooms() -> OpenApiRouter<App> {
    let base = OpenApiRouter::with_openapi(openapi::base());
    ROOMS.iter().fold(base, |all, room| all.merge(room()))
}

/// The whole server: API, guard, web app.
pub fn router(app: App) -> Router {
    let (routes, _) = rooms().split_for_parts();
    let body_limit = app.config.http.body_limit_bytes;
    let is_secure = app.config.http.is_secure();
    routes
        .route_layer(from_fn_with_state(app.clone(), guard::stand))
        .route_layer(header_layer(header::CACHE_CONTROL, "no-store"))
        .method_not_allowed_fallback(problem::no_such_method)
        .fallback(assets::serve)
        .layer(from_fn_with_state(app.clone(), pages))
        .layer(DefaultBodyLimit::max(body_limit))
        .layer(CatchPanicLayer::custom(problem::from_panic))
        .layer(TraceLayer::new_for_http().make_span_with(span_of))
        .layer(from_fn(context::enter))
        .layer(CompressionLayer::new())
        .layer(header_layer(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header_layer(header::X_FRAME_OPTIONS, "DENY"))
        .layer(header_layer(header::REFERRER_POLICY, "same-origin"))
        .layer(header_layer(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
        .layer(header_layer(HeaderName::from_static("permissions-policy"), PERMISSIONS_POLICY))
        .layer(tower::util::option_layer(
            is_secure.then(|| header_layer(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000")),
        ))
        .with_state(app)
}

/// Scripts, fonts and connections from here only. Styles may be inline (the component library sets them
/// on elements); the scanner is WebAssembly; the map draws in a worker made from a blob.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; \
style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; worker-src 'self' blob:; \
connect-src 'self'; font-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; \
frame-ancestors 'none'";

/// Camera and position are for the technician's own pages.
const PERMISSIONS_POLICY: &str = "camera=(self), geolocation=(self), microphone=(), payment=()";

/// Sets a header unless the handler did.
fn header_layer(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}

/// Refusals on the pay page are pages.
async fn pages(
    axum::extract::State(app): axum::extract::State<App>,
    request: axum::extract::Request,
    next: axum::middleware::Next,
) -> axum::response::Response {
    pay::page::problems_as_pages(app, request, next).await
}

/// What a request's log lines carry: never the query, which may hold names and phone numbers, and never the
/// token of a signed link, which pays.
fn span_of(request: &axum::extract::Request) -> tracing::Span {
    let id = context::request_id();
    let path = request.uri().path();
    let path = if path.starts_with("/pay/t/") { "/pay/t/{token}" } else { path };
    tracing::info_span!("http", method = %request.method(), path, ?id)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn no_two_rooms_give_the_same_name_to_different_wire_types() {
        let mut seen = BTreeMap::new();
        for room in ROOMS {
            let (_, api) = room().split_for_parts();
            for (name, schema) in api.components.map(|c| c.schemas).unwrap_or_default() {
                let schema = serde_json::to_value(&schema).unwrap();
                let before = seen.entry(name.clone()).or_insert_with(|| schema.clone());
                assert_eq!(*before, schema, "two wire types are called {name}");
            }
        }
        assert!(seen.contains_key("UserView"));
    }
}
