//! The HTTP side: who asks, what for, and how the dials spoil it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};

use super::kind::{self, Kind};
use super::list::{self, Ask};
use super::money::{number, text};
use super::refusal::Refusal;
use super::site::Doc;
use super::{CONNECTOR, Inner, READER, Trouble};

/// The connection is closed without an answer.
#[derive(Debug)]
struct NoAnswer;
impl std::fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("no answer")
    }
}
impl std::error::Error for NoAnswer {}

struct Answer {
    status: u16,
    body: String,
    html: bool,
    retry_after_s: Option<u64>,
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        let (status, html) = (refusal.status, refusal.html);
        Self { status, body: refusal.body(), html, retry_after_s: None }
    }
}

pub(super) async fn listen(listener: tokio::net::TcpListener, inner: Arc<Mutex<Inner>>) {
    loop {
        let Ok((socket, _)) = listener.accept().await else { return };
        let inner = inner.clone();
        if inner.lock().unwrap_or_else(PoisonError::into_inner).dials.down {
            continue;
        }
        tokio::spawn(async move {
            let service = service_fn(move |request| one(request, inner.clone()));
            let http = hyper::server::conn::http1::Builder::new();
            // A closed connection is one of the things that are played here.
            drop(http.serve_connection(TokioIo::new(socket), service).await);
        });
    }
}

async fn one(
    request: Request<Incoming>,
    inner: Arc<Mutex<Inner>>,
) -> Result<Response<Full<Bytes>>, NoAnswer> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| NoAnswer)?.to_bytes();
    let auth = head.headers.get("authorization").and_then(|v| v.to_str().ok()).unwrap_or("");
    let path = decode(head.uri.path());
    let query = pairs(head.uri.query().unwrap_or(""));
    let asked = Asked { method: head.method, path, query, auth: auth.to_owned(), body };
    let (answer, slow_ms) = {
        let mut inner = inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.asked.push(format!("{} {}", asked.method, asked.path));
        spoiled(&mut inner, &asked)?
    };
    if let Some(ms) = slow_ms {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }
    Ok(rendered(answer))
}

fn rendered(answer: Answer) -> Response<Full<Bytes>> {
    let kind = if answer.html { "text/html; charset=utf-8" } else { "application/json" };
    let mut made = Response::new(Full::new(Bytes::from(answer.body)));
    *made.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    made.headers_mut().insert("content-type", hyper::header::HeaderValue::from_static(kind));
    if let Some(s) = answer.retry_after_s {
        made.headers_mut().insert("retry-after", s.into());
    }
    made
}

/// Does the request, or what the dials make of it.
fn spoiled(inner: &mut Inner, asked: &Asked) -> Result<(Answer, Option<u64>), NoAnswer> {
    if inner.dials.down {
        return Err(NoAnswer);
    }
    if inner.dials.maintenance {
        return Ok((Refusal::bare(503, "SessionStopped").into(), None));
    }
    if let Some(retry_after_s) = inner.dials.rate_limited {
        let answer = Answer::from(Refusal::bare(429, "TooManyRequestsError"));
        return Ok((Answer { retry_after_s: Some(retry_after_s), ..answer }, None));
    }
    let writes = asked.method != Method::GET;
    let trouble = (writes && !inner.dials.next.is_empty()).then(|| inner.dials.next.remove(0));
    match trouble {
        Some(Trouble::KilledBefore) => return Err(NoAnswer),
        Some(Trouble::Deadlock) => {
            return Ok((Refusal::bare(500, "QueryDeadlockError").into(), None));
        }
        _ => {}
    }
    let before = inner.site.clone();
    let waiting = inner.site.queue.len();
    let answer = match asked.run(inner) {
        Ok(body) => {
            let status = if asked.method == Method::DELETE { 202 } else { 200 };
            Answer { status, body: body.to_string(), html: false, retry_after_s: None }
        }
        Err(refusal) => {
            // A request is one transaction; numbers of a failed one are used again.
            inner.site = before;
            refusal.into()
        }
    };
    if inner.dials.mute || trouble == Some(Trouble::RedisDown) {
        inner.site.queue.truncate(waiting);
    }
    match trouble {
        Some(Trouble::LostAnswer) => Err(NoAnswer),
        Some(Trouble::RedisDown) => Ok((Refusal::html(500).into(), None)),
        Some(Trouble::Slow(ms)) => Ok((answer, Some(ms))),
        _ => Ok((answer, None)),
    }
}

struct Asked {
    method: Method,
    path: String,
    query: Vec<(String, String)>,
    auth: String,
    body: Bytes,
}

impl Asked {
    /// Who asks. No header at all is a guest; a wrong one is refused before anything.
    fn user(&self) -> Result<Option<&'static str>, Refusal> {
        if self.auth.is_empty() {
            return Ok(None);
        }
        for (user, key, secret) in [CONNECTOR, READER] {
            if self.auth == format!("token {key}:{secret}") {
                return Ok(Some(user));
            }
        }
        Err(Refusal::bare(401, "AuthenticationError"))
    }

    fn body(&self) -> Result<Doc, Refusal> {
        if self.body.is_empty() {
            return Ok(Doc::new());
        }
        match serde_json::from_slice(&self.body) {
            Ok(Value::Object(body)) => Ok(body),
            _ => Err(Refusal::bare(500, "JSONDecodeError")),
        }
    }

    fn run(&self, inner: &mut Inner) -> Result<Value, Refusal> {
        let user = self.user()?;
        if let Some(user) = user {
            inner.site.user = user.to_owned();
        }
        if let Some(method) = self.path.strip_prefix("/api/method/") {
            return self.call(inner, method, user);
        }
        let rest = self.path.strip_prefix("/api/resource/").unwrap_or("");
        let (name, rest) = match rest.split_once('/') {
            Some((kind, name)) => (kind, Some(name)),
            None => (rest, None),
        };
        let kind = kind::of(name).ok_or_else(|| Refusal::bare(500, "ImportError"))?;
        permitted(kind, user, &self.method)?;
        let site = &mut inner.site;
        match (&self.method, rest) {
            (&Method::GET, None) => {
                Ok(json!({ "data": list::list(site, kind, &Ask::of(&self.query)?)? }))
            }
            (&Method::POST, None) => Ok(json!({ "data": site.insert(kind, &self.body()?)? })),
            (&Method::GET, Some(name)) => Ok(json!({ "data": site.get(kind.name, name)? })),
            (&Method::PUT, Some(name)) => {
                Ok(json!({ "data": site.change(kind, name, &self.body()?)? }))
            }
            (&Method::DELETE, Some(name)) => {
                site.delete(kind, name)?;
                Ok(json!({ "data": "ok" }))
            }
            _ => Err(Refusal::bare(404, "DoesNotExistError")),
        }
    }

    fn call(&self, inner: &mut Inner, method: &str, user: Option<&str>) -> Result<Value, Refusal> {
        if method == "ping" {
            return Ok(json!({ "message": "pong" }));
        }
        let Some(user) = user else {
            let message = format!(
                "<details><summary>You are not permitted to access this resource.</summary>Function <strong>{method}</strong> is not whitelisted.</details>"
            );
            return Err(Refusal::new(403, "PermissionError", message));
        };
        let get =
            |key: &str| self.query.iter().find(|(k, _)| k == key).map_or("", |(_, v)| v.as_str());
        match method {
            "frappe.auth.get_logged_user" => Ok(json!({ "message": user })),
            "frappe.utils.change_log.get_versions" => Ok(json!({ "message": {
                "frappe": { "title": "Frappe Framework", "version": "15.50.0" },
                "erpnext": { "title": "ERPNext", "version": "15.45.0" },
                "hrms": { "title": "Frappe HR", "version": "15.33.0" } } })),
            "frappe.client.get_count" => {
                let kind =
                    kind::of(get("doctype")).ok_or_else(|| Refusal::bare(500, "ImportError"))?;
                let query = [
                    ("filters".to_owned(), get("filters").to_owned()),
                    ("limit_page_length".to_owned(), "0".to_owned()),
                ];
                let ask = Ask::of(&query)?;
                Ok(json!({ "message": list::list(&inner.site, kind, &ask)?.len() }))
            }
            "frappe.client.rename_doc" if self.method == Method::POST => {
                let body = self.body()?;
                let kind = kind::of(text(&body, "doctype"))
                    .ok_or_else(|| Refusal::bare(500, "ImportError"))?;
                inner.site.rename(kind, text(&body, "old_name"), text(&body, "new_name"))?;
                Ok(json!({ "message": text(&body, "new_name") }))
            }
            "erpnext.accounts.doctype.payment_entry.payment_entry.get_payment_entry" => {
                payment(inner, &self.body()?)
            }
            _ => {
                let module = method.rsplit_once('.').map_or(method, |(module, _)| module);
                let module = module.rsplit_once('.').map_or(module, |(module, _)| module);
                let message = format!(
                    "Failed to get method for command {method} with No module named '{module}'"
                );
                Err(Refusal::business("ValidationError", message))
            }
        }
    }
}

/// Maps an invoice to an unsaved payment. One that is paid already maps to nothing to *pay*, without an error.
fn payment(inner: &mut Inner, body: &Doc) -> Result<Value, Refusal> {
    let invoice = inner.site.get("Sales Invoice", text(body, "dn"))?;
    let left = number(invoice, "outstanding_amount");
    let (bank, debtors) = ("Bank Account - PCN", "Debtors - PCN");
    let open = left > 0.0;
    Ok(json!({ "message": {
        "doctype": "Payment Entry", "docstatus": 0, "party_type": "Customer", "party": invoice["customer"],
        "company": invoice["company"], "payment_type": if open { "Receive" } else { "Pay" },
        "paid_from": if open { debtors } else { bank }, "paid_to": if open { bank } else { debtors },
        "paid_amount": left.max(0.0), "received_amount": left.max(0.0),
        "references": [{ "reference_doctype": "Sales Invoice", "reference_name": invoice["name"],
            "total_amount": super::money::payable(invoice), "outstanding_amount": left, "allocated_amount": left }] } }))
}

/// The reader has the role *Sales User*: it sees customers and invoices and writes nothing of the books.
fn permitted(kind: &Kind, user: Option<&str>, method: &Method) -> Result<(), Refusal> {
    let Some(user) = user else {
        return Err(Refusal::new(
            403,
            "PermissionError",
            format!(
                "User <strong>Guest</strong> does not have doctype access via role permission for document <strong>{}</strong>",
                kind.name
            ),
        ));
    };
    let reads = ["Customer", "Lead", "Opportunity", "Sales Order", "Item"].contains(&kind.name);
    if user == READER.0 && !(reads && *method == Method::GET) {
        return Err(Refusal::new(
            403,
            "PermissionError",
            format!(
                "User <strong>{user}</strong> does not have doctype access via role permission for document <strong>{}</strong>",
                kind.name
            ),
        ));
    }
    Ok(())
}

fn decode(text: &str) -> String {
    let mut out = Vec::new();
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let hex = bytes.get(at + 1..at + 3).and_then(|h| std::str::from_utf8(h).ok());
        match hex.filter(|_| bytes[at] == b'%').and_then(|h| u8::from_str_radix(h, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(if bytes[at] == b'+' { b' ' } else { bytes[at] });
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn pairs(query: &str) -> Vec<(String, String)> {
    let split = |pair: &str| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(key), decode(value))
    };
    query.split('&').filter(|p| !p.is_empty()).map(split).collect()
}
