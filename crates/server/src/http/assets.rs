//! The web app, inside the program.
//!
//! Files under `assets/` carry a hash in their name and are kept for ever by browsers; everything else
//! is asked for again each time and answered 304 when it did not change. Any other address that is not
//! the API's is the app's own (its router reads it), so it gets a page: `index.html`, or the one that names
//! the files of its face ([`page_of`]). The build packs its files ahead; they are handed out as they are.

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

/// The page of an address of the app: that of its face, whose files it names, as `web/faces.mjs` writes them.
fn page_of(path: &str) -> &'static str {
    match path.trim_end_matches('/') {
        "" => "home.html",
        "me/login" => "door.html",
        "field" => "field.html",
        "partner" => "partner.html",
        "me" => "me.html",
        inside => match inside.split('/').next() {
            Some("field") => "field.html",
            Some("partner") => "partner.html",
            Some("me") => "me.html",
            _ => "index.html",
        },
    }
}

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
    let page = page_of(path);
    match Web::get(page).or_else(|| Web::get("index.html")) {
        Some(file) => file_response(page, file, &headers),
        None => {
            (StatusCode::OK, [(header::CACHE_CONTROL, "no-store")], Html(NOT_BUILT)).into_response()
        }
    }
}

/// How a file may come packed: the word for it, and what its name ends in. The smallest first.
const PACKED: [(&str, &str); 2] = [("br", "br"), ("gzip", "gz")];

/// The packed file that the asker takes.
fn packed(path: &str, headers: &HeaderMap) -> Option<(&'static str, EmbeddedFile)> {
    PACKED.into_iter().filter(|(word, _)| takes(headers, word)).find_map(|(word, end)| {
        let file = Web::get(&format!("{path}.{end}"))?;
        Some((word, file))
    })
}

/// Whether `Accept-Encoding` names this word, and not with a weight of zero.
fn takes(headers: &HeaderMap, word: &str) -> bool {
    let asked = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|v| v.to_str().ok());
    asked.flat_map(|line| line.split(',')).any(|one| {
        let (name, weight) = one.split_once(';').unwrap_or((one, ""));
        let weight = weight.trim().trim_start_matches("q=").parse::<f32>();
        name.trim().eq_ignore_ascii_case(word) && weight.map_or(true, |w| w > 0.0)
    })
}

fn file_response(path: &str, plain: EmbeddedFile, headers: &HeaderMap) -> Response {
    let kind = plain.metadata.mimetype().to_owned();
    let (how, file) = match packed(path, headers) {
        Some((how, file)) => (Some(how), file),
        None => (None, plain),
    };
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
    out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(how) = how {
        out.insert(header::CONTENT_ENCODING, HeaderValue::from_static(how));
    }
    for (name, value) in [(header::ETAG, etag.as_str()), (header::CONTENT_TYPE, kind.as_str())] {
        if let Ok(value) = HeaderValue::from_str(value) {
            out.insert(name, value);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_gets_the_page_of_its_face() {
        for (path, page) in [
            ("", "home.html"),
            ("field", "field.html"),
            ("field/jobs/7", "field.html"),
            ("fieldwork", "index.html"),
            ("partner/", "partner.html"),
            ("me", "me.html"),
            ("me/bills/7", "me.html"),
            ("me/login", "door.html"),
            ("messages", "index.html"),
            ("customers/7", "index.html"),
        ] {
            assert_eq!(page_of(path), page, "{path}");
        }
    }

    #[test]
    fn a_packed_file_goes_only_to_who_takes_it() {
        let asks = |line: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(line));
            (takes(&headers, "br"), takes(&headers, "gzip"))
        };
        assert_eq!(asks("gzip, deflate, br, zstd"), (true, true));
        assert_eq!(asks("GZIP;q=0.5, br;q=0"), (false, true));
        assert_eq!(asks("identity"), (false, false));
        assert!(!takes(&HeaderMap::new(), "br"));
    }
}
