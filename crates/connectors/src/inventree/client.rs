//! One request at a time through a gate: address, token, timeouts, and what an error means.

use std::time::Duration;

use kernel::{Fault, Result};
use reqwest::{Method, StatusCode, Url, multipart::Form, redirect::Policy};
use serde::de::DeserializeOwned;
use serde_json::Value;
use store::Secret;
use tokio::sync::{OnceCell, Semaphore};

use super::wire::INSTALLED;

/// The largest answer that is read; a page of 100 items has 150 kB.
const ANSWER_MAX: usize = 16 << 20;

/// How to reach a server.
#[derive(Clone, Debug)]
pub struct Options {
    /// `https://inventree.example.id`.
    pub url: String,
    pub token: Secret,
    /// Of one request, connecting included.
    pub timeout: Duration,
    /// Requests under way at once.
    pub in_flight_max: usize,
}

impl Options {
    /// 15 seconds, two requests at once.
    pub fn new(url: impl Into<String>, token: Secret) -> Self {
        Self { url: url.into(), token, timeout: Duration::from_secs(15), in_flight_max: 2 }
    }
}

pub(super) struct Client {
    http: reqwest::Client,
    base: Url,
    token: Secret,
    gate: Semaphore,
    /// Whether the own status code for installed items is there.
    installed: OnceCell<bool>,
    version: OnceCell<i64>,
}

fn bad_address() -> Fault {
    Fault::invalid(
        "bridge.engine_address",
        "Alamat InvenTree tidak benar; contoh: https://inventree.contoh.id.",
        "The InvenTree address is not right; for example https://inventree.example.id.",
    )
}

fn away(why: &str) -> Fault {
    Fault::unavailable(
        "bridge.engine_away",
        format!("InvenTree tidak menjawab ({why}); dicoba lagi nanti."),
        format!("InvenTree does not answer ({why}); it is tried again later."),
    )
}

fn base(url: &str) -> Result<Url> {
    let mut base = Url::parse(url.trim()).map_err(|_| bad_address())?;
    if !matches!(base.scheme(), "http" | "https") || base.host_str().is_none() {
        return Err(bad_address());
    }
    if !base.path().ends_with('/') {
        let path = format!("{}/", base.path());
        base.set_path(&path);
    }
    Ok(base)
}

/// No cookies (the token's answer sets some), no redirects (the token would go along).
fn http(timeout: Duration) -> Result<reqwest::Client> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .timeout(timeout)
        .redirect(Policy::none())
        .build()
        .map_err(|e| Fault::bug(format!("an HTTP client: {e}")))
}

/// Asks for the token of a user, by name and password; the same name gives the same token. It ends after a
/// year.
///
/// # Errors
/// `bridge.engine_login` for a wrong password.
pub async fn login(url: &str, user: &str, password: &Secret, timeout: Duration) -> Result<Secret> {
    let address = base(url)?.join("api/user/token/?name=sambung").map_err(|_| bad_address())?;
    let answer = http(timeout)?
        .get(address)
        .basic_auth(user, Some(password.expose()))
        .header("Accept", "application/json")
        .send()
        .await
        .map_err(|e| away(kind_of(&e)))?;
    match answer.status() {
        StatusCode::OK => {}
        status => return Err(refused(status, &Value::Null)),
    }
    let body: Value = answer.json().await.map_err(|e| away(kind_of(&e)))?;
    body["token"].as_str().map(Secret::new).ok_or_else(|| away("no token"))
}

/// What kind of transport error, without its address.
fn kind_of(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "timeout"
    } else if error.is_connect() {
        "no connection"
    } else {
        "connection broke"
    }
}

/// An error answer in words. The server's own text goes along; ours never holds the token.
pub(super) fn refused(status: StatusCode, body: &Value) -> Fault {
    let said: String = if body.is_null() { String::new() } else { body.to_string() };
    let said: String = said.chars().take(300).collect();
    match status.as_u16() {
        401 => Fault::unavailable(
            "bridge.engine_login",
            "InvenTree menolak token (salah atau kedaluwarsa); pasang ulang dengan token baru.",
            "InvenTree refuses the token (wrong or expired); attach again with a new one.",
        ),
        403 => Fault::unavailable(
            "bridge.engine_forbidden",
            format!("Akun InvenTree kurang izin: {said}"),
            format!("The InvenTree account lacks a permission: {said}"),
        ),
        // Its own mistake about what we sent: sending it again would not help.
        500 if body["error"] == "ValueError" => Fault::conflict(
            "bridge.engine_refused",
            "InvenTree gagal memproses permintaan (ValueError).",
            "InvenTree failed on the request (ValueError).",
        ),
        429 | 500.. => away(&format!("{status}")),
        _ => Fault::conflict(
            "bridge.engine_refused",
            format!("InvenTree menolak: {said}"),
            format!("InvenTree refuses: {said}"),
        ),
    }
}

impl Client {
    pub(super) fn new(options: Options) -> Result<Self> {
        Ok(Self {
            http: http(options.timeout)?,
            base: base(&options.url)?,
            token: options.token,
            gate: Semaphore::new(options.in_flight_max.max(1)),
            installed: OnceCell::new(),
            version: OnceCell::new(),
        })
    }

    /// The server's API version; asked once.
    pub(super) async fn version(&self) -> Result<i64> {
        let ask = || async {
            let hello: Option<Value> = self.get("api/", &[]).await?;
            Ok(hello.and_then(|h| h["apiVersion"].as_i64()).unwrap_or(0))
        };
        self.version.get_or_try_init(ask).await.copied()
    }
    /// Whether the own status code for installed items is there; asked once.
    pub(super) async fn knows_installed(&self) -> Result<bool> {
        let ask = || async {
            let codes: Option<Value> = self.get("api/stock/status/", &[]).await?;
            let values = codes.as_ref().and_then(|c| c["values"].as_object());
            Ok(values.is_some_and(|v| v.values().any(|code| code["key"] == INSTALLED)))
        };
        self.installed.get_or_try_init(ask).await.copied()
    }

    /// One request. `path` ends with a slash: without it the server answers 404.
    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Body<'_>,
    ) -> Result<(StatusCode, Value)> {
        let Ok(_pass) = self.gate.acquire().await else { return Err(away("closed")) };
        let address = self.base.join(path).map_err(|_| Fault::bug(format!("the path {path}")))?;
        let request = self
            .http
            .request(method, address)
            .header("Authorization", format!("Token {}", self.token.expose()))
            .header("Accept", "application/json");
        let request = match body {
            Body::Query(query) => request.query(query),
            Body::Json(json) => request.json(json),
            Body::Form(form) => request.multipart(form),
        };
        let mut answer = request.send().await.map_err(|e| away(kind_of(&e)))?;
        let status = answer.status();
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|e| away(kind_of(&e)))? {
            if bytes.len() + chunk.len() > ANSWER_MAX {
                return Err(away("answer too large"));
            }
            bytes.extend_from_slice(&chunk);
        }
        let body = if bytes.is_empty() {
            Value::Null
        } else {
            match serde_json::from_slice(&bytes) {
                Ok(body) => body,
                // A proxy's page in its place.
                Err(_) if !status.is_success() => Value::Null,
                Err(_) => return Err(away("not JSON")),
            }
        };
        Ok((status, body))
    }

    /// `None` for 404.
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, String)],
    ) -> Result<Option<T>> {
        let (status, body) = self.send(Method::GET, path, Body::Query(query)).await?;
        match status {
            StatusCode::OK => read(body).map(Some),
            // An unknown route is not a missing record.
            StatusCode::NOT_FOUND if body.get("url").is_none() && !body.is_null() => Ok(None),
            StatusCode::NOT_FOUND => Err(no_such_route(path)),
            status => Err(refused(status, &body)),
        }
    }

    /// # Errors
    /// As the server refuses; a lost answer is `bridge.engine_away`.
    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        let (status, answer) = self.send(Method::POST, path, Body::Json(body)).await?;
        done(path, status, answer)
    }
    pub(super) async fn patch(&self, path: &str, body: &Value) -> Result<Value> {
        let (status, answer) = self.send(Method::PATCH, path, Body::Json(body)).await?;
        done(path, status, answer)
    }
    pub(super) async fn upload(&self, path: &str, form: Form) -> Result<Value> {
        let (status, answer) = self.send(Method::POST, path, Body::Form(form)).await?;
        done(path, status, answer)
    }
}

enum Body<'a> {
    Query(&'a [(&'a str, String)]),
    Json(&'a Value),
    Form(Form),
}

fn no_such_route(path: &str) -> Fault {
    Fault::conflict(
        "bridge.engine_version",
        format!("Versi InvenTree ini tidak mengenal /{path}."),
        format!("This version of InvenTree does not know /{path}."),
    )
}

fn done(path: &str, status: StatusCode, answer: Value) -> Result<Value> {
    match status {
        status if status.is_success() => Ok(answer),
        StatusCode::NOT_FOUND if answer.get("url").is_some() => Err(no_such_route(path)),
        status => Err(refused(status, &answer)),
    }
}

pub(super) fn read<T: DeserializeOwned>(body: Value) -> Result<T> {
    serde_json::from_value(body).map_err(|e| {
        Fault::conflict(
            "bridge.engine_version",
            format!("Jawaban InvenTree tidak dikenal: {e}"),
            format!("InvenTree's answer is not understood: {e}"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::FaultKind;
    use serde_json::json;

    #[test]
    fn an_address_is_http_with_a_host() {
        assert_eq!(base("https://inv.id/stok").unwrap().as_str(), "https://inv.id/stok/");
        for wrong in ["", "inv.id", "ftp://inv.id", "file:///etc"] {
            assert_eq!(base(wrong).unwrap_err().code, "bridge.engine_address");
        }
    }

    #[test]
    fn what_helps_is_trying_later_or_a_person() {
        let kind =
            |status: u16, body: Value| refused(StatusCode::from_u16(status).unwrap(), &body).kind;
        assert_eq!(kind(500, json!({ "error": "OperationalError" })), FaultKind::Unavailable);
        assert_eq!(kind(500, json!({ "error": "ValueError" })), FaultKind::Conflict);
        assert_eq!(kind(502, Value::Null), FaultKind::Unavailable);
        assert_eq!(kind(429, Value::Null), FaultKind::Unavailable);
        assert_eq!(kind(401, Value::Null), FaultKind::Unavailable);
        assert_eq!(kind(400, json!({ "location": ["x"] })), FaultKind::Conflict);
    }

    #[test]
    fn the_token_is_in_no_debug_output() {
        let options = Options::new("https://inv.id", Secret::new("inv-1234"));
        assert!(!format!("{options:?}").contains("1234"));
    }
}
