//! The cookie that holds a browser's session token.

use axum::http::{HeaderMap, HeaderValue, header};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use kernel::{Fault, Ts};

use super::app::App;

/// Over TLS: bound to this very host, never sent without TLS.
const SECURE: &str = "__Host-sambung";
/// Plain http is on loopback only.
const PLAIN: &str = "sambung";

fn name(app: &App) -> &'static str {
    if app.config.http.is_secure() { SECURE } else { PLAIN }
}

/// The session token that a request carries.
pub(crate) fn read(app: &App, headers: &HeaderMap) -> Option<String> {
    let jar = CookieJar::from_headers(headers);
    jar.get(name(app)).map(|cookie| cookie.value().to_owned()).filter(|token| !token.is_empty())
}

/// The header that hands a browser its session token until `expires_at`.
///
/// # Errors
/// `bug` when the cookie can't be written, which can't happen with our tokens.
pub(crate) fn set(app: &App, token: &str, expires_at: Ts) -> kernel::Result<HeaderValue> {
    header_of(app, token, (expires_at.secs() - app.now().secs()).max(0))
}

/// The header that takes it back.
///
/// # Errors
/// As [`set`].
pub(crate) fn clear(app: &App) -> kernel::Result<HeaderValue> {
    header_of(app, "", 0)
}

fn header_of(app: &App, value: &str, secs: i64) -> kernel::Result<HeaderValue> {
    let mut cookie = Cookie::new(name(app), value);
    cookie.set_path("/");
    cookie.set_http_only(true);
    cookie.set_same_site(SameSite::Lax);
    cookie.set_secure(app.config.http.is_secure());
    // `Max-Age` in seconds; written by hand since the cookie crate's durations are another crate's.
    let text = format!("{cookie}; Max-Age={secs}");
    HeaderValue::from_str(&text).map_err(|e| Fault::bug(format!("{}: {e}", header::SET_COOKIE)))
}
