//! The guard before every operation: who asks, may they, and is it really them.
//!
//! It stands on the router, not in the handlers: a handler can't forget it, and a route that is not in
//! the table of operations is refused.

use std::net::IpAddr;
use std::num::NonZeroU32;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use governor::clock::DefaultClock;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use identity::actor::Duty;
use kernel::{Actor, Cause, Fault, FaultKind, LoginId, TokenId};
use store::Tx;

use super::app::App;
use super::operations::{self, Access, Operation};
use super::problem::Problem;
use super::session_cookie::Door;
use super::{idempotency, peer, session_cookie};
use crate::config::Http;

/// What proved who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    /// A browser's session.
    Login(LoginId),
    /// A program's API token.
    Token(TokenId),
    /// A customer's session in the portal.
    Portal(LoginId),
    /// Nothing: a public operation.
    None,
}

/// The address of the one who asks, as text; `unknown` when there is no socket behind the request.
#[derive(Clone, Debug)]
pub struct Address(pub String);

/// Limits of public changes by address, in memory.
pub struct Limits {
    public: RateLimiter<String, DashMapStateStore<String>, DefaultClock>,
    /// Customer numbers tried on the pay page.
    numbers: RateLimiter<String, DashMapStateStore<String>, DefaultClock>,
}

/// Customer numbers that one address may try on the pay page a minute: enough for typing errors, too few to
/// read the list of customers.
const NUMBERS_PER_MINUTE: NonZeroU32 = NonZeroU32::MIN.saturating_add(9);

impl Limits {
    pub(crate) fn new(http: &Http) -> Self {
        let per_minute = NonZeroU32::new(http.public_posts_per_minute).unwrap_or(NonZeroU32::MIN);
        Self {
            public: RateLimiter::keyed(Quota::per_minute(per_minute)),
            numbers: RateLimiter::keyed(Quota::per_minute(NUMBERS_PER_MINUTE)),
        }
    }
    /// Another customer number is tried from this address.
    ///
    /// # Errors
    /// `too_many_requests`.
    pub(crate) fn check_number(&self, address: &Address) -> Result<(), Problem> {
        let key = key_of(address.0.parse().ok());
        self.numbers.check_key(&key).map_err(|_| too_many())
    }
    /// Forgets addresses that are quiet again.
    pub fn tidy(&self) {
        self.public.retain_recent();
        self.numbers.retain_recent();
    }
}

/// Lets a request through to its handler, with its [`Actor`], [`Credential`] and [`Address`].
pub(crate) async fn stand(State(app): State<App>, mut request: Request, next: Next) -> Response {
    match admit(&app, &mut request).await {
        Ok((operation, actor)) if operation.keyed => {
            idempotency::around(&app, &actor, request, next).await
        }
        Ok(_) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

async fn admit(app: &App, request: &mut Request) -> Result<(&'static Operation, Actor), Problem> {
    let operation = operation_of(request)?;
    let trusted = &app.config.http.trusted_proxies;
    let ip = peer::address(request.extensions(), request.headers(), trusted);
    let address = ip.map_or_else(|| "unknown".to_owned(), |ip| ip.to_string());
    let is_change = !matches!(*request.method(), Method::GET | Method::HEAD);
    let (actor, credential) = match operation.access {
        Access::Public => {
            if is_change {
                check_origin(app, request.headers(), false)?;
                // Who signs what it sends (a payment gateway) may send as much as it has.
                if !operation.signed {
                    check_rate(app, ip)?;
                }
            }
            (Actor::public(Some(address.clone())), Credential::None)
        }
        Access::Customer(permission) => {
            let session = of_portal(app, request.headers(), &address).await?;
            if is_change {
                check_origin(app, request.headers(), true)?;
            }
            if !session.actor.may(permission) {
                return Err(not_chosen(&session, permission).into());
            }
            let (actor, credential) = (session.actor.clone(), Credential::Portal(session.login));
            request.extensions_mut().insert(session);
            (actor, credential)
        }
        Access::May(permission) => {
            let known = identify(app, request.headers(), &address).await?;
            if is_change && matches!(known.credential, Credential::Login(_)) {
                check_origin(app, request.headers(), true)?;
            }
            if !known.actor.may(permission) {
                return Err(refusal(known.duty, &known.actor, permission).into());
            }
            (known.actor, known.credential)
        }
    };
    let extensions = request.extensions_mut();
    extensions.insert(actor.clone());
    extensions.insert(credential);
    extensions.insert(Address(address));
    Ok((operation, actor))
}

fn operation_of(request: &Request) -> Result<&'static Operation, Problem> {
    let path = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    operations::find(request.method(), path).ok_or_else(|| {
        tracing::error!(method = %request.method(), path, "a route is not in the table of operations");
        Fault::forbidden(
            "operation_unlisted",
            "Operasi ini belum dibuka.",
            "This operation has not been opened.",
        )
        .into()
    })
}

struct Known {
    actor: Actor,
    credential: Credential,
    duty: Option<Duty>,
}

async fn identify(app: &App, headers: &HeaderMap, address: &str) -> Result<Known, Problem> {
    let now = app.now();
    let from = Some(address.to_owned());
    let mut reader = app.reader();
    if let Some(token) = bearer(headers) {
        let bearer = identity::token::actor_of_token(&mut reader, token, now, from).await?;
        if bearer.stale {
            touch(app, Credential::Token(bearer.token));
        }
        let credential = Credential::Token(bearer.token);
        return Ok(Known { actor: bearer.actor, credential, duty: None });
    }
    let token = session_cookie::read(app, Door::Staff, headers).ok_or_else(not_logged_in)?;
    let session = identity::login::session_of(&mut reader, &token, now, from).await?;
    if session.stale {
        touch(app, Credential::Login(session.login));
    }
    let credential = Credential::Login(session.login);
    Ok(Known { actor: session.actor, credential, duty: session.duty })
}

/// The customer of a portal's session.
async fn of_portal(
    app: &App,
    headers: &HeaderMap,
    address: &str,
) -> Result<flows::portal::Session, Problem> {
    let token = session_cookie::read(app, Door::Portal, headers).ok_or_else(not_logged_in)?;
    let from = Some(address.to_owned());
    let session = flows::portal::session(&mut app.reader(), &token, app.now(), from).await?;
    if session.stale {
        touch(app, Credential::Portal(session.login));
    }
    Ok(session)
}

fn not_chosen(session: &flows::portal::Session, permission: kernel::Permission) -> Fault {
    if session.customer.is_some() {
        return refusal(None, &session.actor, permission);
    }
    Fault::forbidden(
        "portal.choose",
        "Nomor HP ini terdaftar pada beberapa pelanggan; pilih dulu salah satu.",
        "Several customers have this phone number; choose one first.",
    )
}

fn not_logged_in() -> Fault {
    Fault::new(
        FaultKind::Unauthenticated,
        "unauthenticated",
        "Silakan masuk dulu.",
        "Please log in first.",
    )
}

/// Writes "last seen" beside the request: it must not wait behind a long transaction.
fn touch(app: &App, credential: Credential) {
    let (db, cause) = (app.db.clone(), Cause::system(app.now(), "last_seen"));
    tokio::spawn(async move {
        let done = db
            .write(&cause, async move |tx: &mut Tx| match credential {
                Credential::Login(login) => identity::login::touch(tx, login).await,
                Credential::Token(token) => identity::token::touch(tx, token).await,
                Credential::Portal(login) => identity::portal::touch(tx, login).await,
                Credential::None => Ok(()),
            })
            .await;
        if let Err(fault) = done {
            tracing::debug!(?fault, "last seen was not written");
        }
    });
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = text.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn refusal(duty: Option<Duty>, actor: &Actor, permission: kernel::Permission) -> Fault {
    match duty {
        Some(Duty::ChangePassword) => Fault::forbidden(
            "identity.must_change_password",
            "Ganti dulu kata sandi sementara Anda.",
            "Change your temporary password first.",
        ),
        Some(Duty::SetUpTotp) => Fault::forbidden(
            "identity.must_set_up_totp",
            "Siapkan dulu kode sekali pakai; peran Anda mewajibkannya.",
            "Set up your one-time code first; your role requires it.",
        ),
        None => actor.require(permission).err().unwrap_or_else(|| Fault::bug("nothing to refuse")),
    }
}

/// A browser tells where a change comes from; another site's page may not make one in our name.
///
/// With a session (`strict`) the browser must have told; a request without one carries nothing that
/// another site could misuse, so there only a wrong origin is refused.
fn check_origin(app: &App, headers: &HeaderMap, strict: bool) -> Result<(), Problem> {
    let text = |name| headers.get(name).and_then(|v: &header::HeaderValue| v.to_str().ok());
    // A page that tells nobody where it is (the pay page: `no-referrer`) sends its forms from "null".
    let is_ours = match text(header::ORIGIN).filter(|origin| *origin != "null") {
        Some(origin) => is_our_origin(origin, text(header::HOST), &app.config.http),
        None => match text(header::HeaderName::from_static("sec-fetch-site")) {
            Some(site) => site == "same-origin" || site == "none",
            None => !strict,
        },
    };
    if is_ours {
        return Ok(());
    }
    Err(Fault::forbidden(
        "other_origin",
        "Permintaan ini datang dari situs lain, jadi ditolak.",
        "This request comes from another site and was refused.",
    )
    .into())
}

fn is_our_origin(origin: &str, host: Option<&str>, http: &Http) -> bool {
    if let Some(url) = &http.public_url
        && origin.eq_ignore_ascii_case(url.trim_end_matches('/'))
    {
        return true;
    }
    let scheme = if http.is_secure() { "https" } else { "http" };
    host.is_some_and(|host| origin.eq_ignore_ascii_case(&format!("{scheme}://{host}")))
}

fn check_rate(app: &App, ip: Option<IpAddr>) -> Result<(), Problem> {
    app.limits.public.check_key(&key_of(ip)).map_err(|_| too_many())
}

/// Whose limit it is: an address, or a line's network of IPv6 addresses.
fn key_of(ip: Option<IpAddr>) -> String {
    match ip {
        Some(IpAddr::V6(v6)) => format!("{:?}", &v6.segments()[..4]),
        Some(ip) => ip.to_string(),
        None => "unknown".to_owned(),
    }
}

fn too_many() -> Problem {
    Fault::new(
        FaultKind::TooMany,
        "too_many_requests",
        "Terlalu banyak permintaan dari alamat ini. Tunggu satu menit.",
        "Too many requests from this address. Wait a minute.",
    )
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_are_our_origin() {
        let plain = Http::default();
        let tls = Http { tls_cert: Some("a".into()), tls_key: Some("b".into()), ..Http::default() };
        let proxied = Http { public_url: Some("https://isp.example/".into()), ..Http::default() };
        let host = Some("isp.example:8443");
        for (http, origin, host, expect) in [
            (&plain, "http://isp.example:8443", host, true),
            (&plain, "https://isp.example:8443", host, false),
            (&tls, "https://isp.example:8443", host, true),
            (&tls, "http://isp.example:8443", host, false),
            (&tls, "https://isp.example:8443.evil.example", host, false),
            (&tls, "https://evil.example", host, false),
            (&tls, "null", host, false),
            (&tls, "https://isp.example:8443", None, false),
            (&proxied, "https://isp.example", Some("127.0.0.1:8080"), true),
            (&proxied, "http://isp.example", Some("127.0.0.1:8080"), false),
        ] {
            assert_eq!(is_our_origin(origin, host, http), expect, "{origin} {host:?}");
        }
    }
}
