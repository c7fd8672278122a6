//! One client: token, time limits, so many requests in flight, classified answers. Nothing of the token is logged.

use std::time::Duration;

use kernel::{Fault, Result};
use reqwest::Method;
use serde_json::{Map, Value, json};
use tokio::sync::Semaphore;

use super::Settings;
use super::trouble::{self, Trouble};

pub(super) type Doc = Map<String, Value>;

/// Bytes that an answer may have.
const ANSWER_MAX: usize = 32 * 1024 * 1024;

pub(super) struct Http {
    client: reqwest::Client,
    base: String,
    token: store::Secret,
    gate: Semaphore,
}

impl Http {
    pub(super) fn new(settings: &Settings) -> Result<Self> {
        // A second installation in one process is refused and changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .timeout(Duration::from_secs(settings.timeout_s))
            .connect_timeout(Duration::from_secs(5))
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|e| Fault::bug(format!("no HTTP client: {e}")))?;
        Ok(Self {
            client,
            base: settings.base.trim_end_matches('/').to_owned(),
            token: store::Secret::new(format!(
                "token {}:{}",
                settings.key,
                settings.secret.expose()
            )),
            gate: Semaphore::new(settings.in_flight_max),
        })
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, String)],
        body: Option<&Doc>,
    ) -> std::result::Result<Value, Trouble> {
        let Ok(_turn) = self.gate.acquire().await else {
            return Err(Trouble::Later("the client is closed".into()));
        };
        let text = query.iter().map(|(k, v)| format!("{k}={}", encode(v))).collect::<Vec<_>>();
        let mark = if text.is_empty() { "" } else { "?" };
        let url = format!("{}{path}{mark}{}", self.base, text.join("&"));
        let mut request = self
            .client
            .request(method, url)
            .header("Accept", "application/json")
            .header("Authorization", self.token.expose());
        if let Some(body) = body {
            request = request
                .header("Content-Type", "application/json")
                .body(Value::Object(body.clone()).to_string());
        }
        let lost = |e: reqwest::Error| Trouble::Unknown(reason(&e));
        let answer = request.send().await.map_err(lost)?;
        let status = answer.status().as_u16();
        let retry =
            answer.headers().get("retry-after").and_then(|v| v.to_str().ok()).map(str::to_owned);
        let bytes = answer.bytes().await.map_err(lost)?;
        if bytes.len() > ANSWER_MAX {
            return Err(Trouble::Refused("TooLong".into(), format!("{} bytes", bytes.len())));
        }
        let text = String::from_utf8_lossy(&bytes);
        if (200..300).contains(&status) {
            return serde_json::from_str(&text)
                .map_err(|e| Trouble::Unknown(format!("not JSON: {e}")));
        }
        Err(trouble::of(status, &text, retry.as_deref()))
    }

    pub(super) async fn call(&self, method: &str) -> std::result::Result<Value, Trouble> {
        let answer = self.send(Method::GET, &format!("/api/method/{method}"), &[], None).await?;
        Ok(answer["message"].clone())
    }
    pub(super) async fn get(&self, kind: &str, name: &str) -> std::result::Result<Doc, Trouble> {
        data(self.send(Method::GET, &path(kind, Some(name)), &[], None).await?)
    }
    pub(super) async fn post(&self, kind: &str, body: &Doc) -> std::result::Result<Doc, Trouble> {
        data(self.send(Method::POST, &path(kind, None), &[], Some(body)).await?)
    }
    pub(super) async fn put(
        &self,
        kind: &str,
        name: &str,
        body: &Doc,
    ) -> std::result::Result<Doc, Trouble> {
        data(self.send(Method::PUT, &path(kind, Some(name)), &[], Some(body)).await?)
    }
    pub(super) async fn delete(&self, kind: &str, name: &str) -> std::result::Result<(), Trouble> {
        self.send(Method::DELETE, &path(kind, Some(name)), &[], None).await.map(drop)
    }
    /// Always in an order that is given: without one the server has none.
    pub(super) async fn list(
        &self,
        kind: &str,
        filters: Value,
        fields: &[&str],
        order_by: &str,
        limit: i64,
    ) -> std::result::Result<Vec<Doc>, Trouble> {
        let query = [
            ("filters", filters.to_string()),
            ("fields", json!(fields).to_string()),
            ("order_by", order_by.to_owned()),
            ("limit_page_length", limit.to_string()),
        ];
        match self.send(Method::GET, &path(kind, None), &query, None).await?["data"].take() {
            Value::Array(rows) => Ok(rows.into_iter().filter_map(object).collect()),
            _ => Err(Trouble::Unknown("a list without data".into())),
        }
    }
}

fn object(value: Value) -> Option<Doc> {
    match value {
        Value::Object(doc) => Some(doc),
        _ => None,
    }
}

fn data(mut answer: Value) -> std::result::Result<Doc, Trouble> {
    object(answer["data"].take()).ok_or_else(|| Trouble::Unknown("an answer without data".into()))
}

/// Names may hold spaces and slashes.
fn path(kind: &str, name: Option<&str>) -> String {
    match name {
        Some(name) => format!("/api/resource/{}/{}", encode(kind), encode(name)),
        None => format!("/api/resource/{}", encode(kind)),
    }
}

pub(super) fn encode(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(byte))
            }
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

/// What kind of failure, without the address (which may carry a key one day).
fn reason(error: &reqwest::Error) -> String {
    let what = if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "not reachable"
    } else {
        "connection closed without an answer"
    };
    what.to_owned()
}
