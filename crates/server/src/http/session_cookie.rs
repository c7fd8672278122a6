//! The cookie that holds a browser's session token.

use axum::http::{HeaderMap, HeaderValue, header};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use kernel::{Fault, Ts};

use super::app::App;

/// Whose session it is: the two never open each other's doors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    /// People of the ISP.
    Staff,
    /// Customers, in the portal.
    Portal,
}

/// Over TLS a cookie is bound to this very host and never sent without TLS; plain http is on loopback only.
fn name(app: &App, door: Door) -> &'static str {
    match (door, app.config.http.is_secure()) {
        (Door::Staff, true) => "__Host-sambung",
        (Door::Staff, false) => "sambung",
        (Door::Portal, true) => "__Host-sambung-me",
        (Door::Portal, false) => "sambung-me",
    }
}

/// The session token that a request carries.
pub(crate) fn read(app: &App, door: Door, headers: &HeaderMap) -> Option<String> {
    let jar = CookieJar::from_headers(headers);
    jar.get(name(app, door))
        .map(|cookie| cookie.value().to_owned())
        .filter(|token| !token.is_empty())
}

/// The header that hands a browser its session token until `expires_at`.
///
/// # Errors
/// `bug` when the cookie can't be written, which can't happen with our tokens.
pub(crate) fn set(
    app: &App,
    door: Door,
    token: &str,
    expires_at: Ts,
) -> kernel::Result<HeaderValue> {
    header_of(app, door, token, (expires_at.secs() - app.now().secs()).max(0))
}

/// The header that takes it back.
///
/// # Errors
/// As [`set`].
pub(crate) fn clear(app: &App, door: Door) -> kernel::Result<HeaderValue> {
    header_of(app, door, "", 0)
}

fn header_of(app: &App, door: Door, value: &str, secs: i64) -> kernel::Result<HeaderValue> {
    let mut cookie = Cookie::new(name(app, door), value);
    cookie.set_path("/");
    cookie.set_http_only(true);
    cookie.set_same_site(SameSite::Lax);
    cookie.set_secure(app.config.http.is_secure());
    // `Max-Age` in seconds; written by hand since the cookie crate's durations are another crate's.
    let text = format!("{cookie}; Max-Age={secs}");
    HeaderValue::from_str(&text).map_err(|e| Fault::bug(format!("{}: {e}", header::SET_COOKIE)))
}
