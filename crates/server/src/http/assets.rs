//! The web app, inside the program.
//!
//! Files under `assets/` carry a hash in their name and are kept for ever by browsers; everything else
//! is asked for again each time and answered 304 when it did not change. Any other address that is not
//! the API's is the app's own (its router reads it), so it gets `index.html`.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use data_encoding::HEXLOWER;
use rust_embed::{EmbeddedFile, RustEmbed};

use super::problem::no_such_address;

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Web;

const FOR_EVER: &str = "public, max-age=31536000, immutable";
const ASK_AGAIN: &str = "no-cache";

/// Addresses of the server itself: what is not found there is not a page of the app.
const OURS: &[&str] = &["api", "pay", "gateway", "bells", "sim-gateway"];

const NOT_BUILT: &str = "<!doctype html><meta charset=utf-8><title>Sambung</title>\
<p>Server berjalan, tetapi aplikasi web belum dibangun: jalankan <code>make build</code>.</p>\
<p lang=en>The server runs, but the web app was not built: run <code>make build</code>.</p>";

/// Answers what no route did.
pub(crate) async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    let first = path.split('/').next().unwrap_or("");
    if OURS.contains(&first) || !matches!(method, Method::GET | Method::HEAD) {
        return no_such_address().into_response();
    }
    if let Some(file) = Web::get(path) {
        return file_response(path, file, &headers);
    }
    // A file that is gone (an old build's) must not be answered with a page.
    if first == "assets" || path.rsplit('/').next().is_some_and(|name| name.contains('.')) {
        return StatusCode::NOT_FOUND.into_response();
    }
    match Web::get("index.html") {
        Some(file) => file_response("index.html", file, &headers),
        None => {
            (StatusCode::OK, [(header::CACHE_CONTROL, "no-store")], Html(NOT_BUILT)).into_response()
        }
    }
}

fn file_response(path: &str, file: EmbeddedFile, headers: &HeaderMap) -> Response {
    let etag = format!("\"{}\"", HEXLOWER.encode(&file.metadata.sha256_hash()[..16]));
    let cache = if path.starts_with("assets/") { FOR_EVER } else { ASK_AGAIN };
    let same =
        headers.get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok()).is_some_and(|tags| {
            tags.split(',').map(|tag| tag.trim().trim_start_matches("W/")).any(|tag| tag == etag)
        });
    let mut response = if same {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Body::from(file.data.into_owned()).into_response()
    };
    let out = response.headers_mut();
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    for (name, value) in
        [(header::ETAG, etag.as_str()), (header::CONTENT_TYPE, file.metadata.mimetype())]
    {
        if let Ok(value) = HeaderValue::from_str(value) {
            out.insert(name, value);
        }
    }
    response
}
