//! Requests, answers, and which request is whose.

use axum::body::Body;
use axum::http::{Method, Response, StatusCode, header};
use serde_json::{Value, json};

use super::world::{User, World};
use super::{lists, orders, stock, things};

/// A request, read.
pub(super) struct Asked {
    pub method: Method,
    pub path: String,
    pub query: Vec<(String, String)>,
    pub body: Value,
    pub user: Option<User>,
    pub auth: String,
    pub host: String,
}

impl Asked {
    pub(super) fn q(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(k, _)| k == name).map(|(_, v)| v.as_str())
    }
    pub(super) fn is(&self, name: &str) -> bool {
        self.q(name) == Some("true")
    }
    pub(super) fn text(&self, name: &str) -> &str {
        self.body[name].as_str().unwrap_or("")
    }
    pub(super) fn user_pk(&self) -> Option<i64> {
        self.user.map(User::pk)
    }
}

/// What a request comes to: an answer, or a change whose conditions were looked at already.
pub(super) enum Outcome {
    Done(Reply),
    Change(Box<dyn FnOnce(&mut World) -> Reply + Send>),
}

impl From<Reply> for Outcome {
    fn from(reply: Reply) -> Self {
        Self::Done(reply)
    }
}

pub(super) fn change(f: impl FnOnce(&mut World) -> Reply + Send + 'static) -> Outcome {
    Outcome::Change(Box::new(f))
}

pub(super) struct Reply {
    pub status: u16,
    pub body: Value,
    pub cookie: bool,
}

impl Reply {
    pub(super) fn new(status: u16, body: Value) -> Self {
        Self { status, body, cookie: false }
    }
    pub(super) fn detail(status: u16, detail: &str) -> Self {
        Self::new(status, json!({ "detail": detail }))
    }
    /// 400 with the message under the field.
    pub(super) fn wrong(field: &str, message: &str) -> Self {
        let mut body = json!({});
        body[field] = json!([message]);
        Self::new(400, body)
    }
    /// 500 while its database is busy: nothing was done.
    pub(super) fn locked(path: &str) -> Self {
        let mut body = super::world::fixture(include_str!(
            "../../../fixtures/inventree/026-error-500-database-locked.json"
        ));
        body["path"] = json!(path);
        Self::new(500, body)
    }
    pub(super) fn not_recorded(asked: &Asked) -> Self {
        Self::detail(501, &format!("not in a recording: {} {}", asked.method, asked.path))
    }
    pub(super) fn into_response(self) -> Response<Body> {
        let bytes =
            if self.status == 204 { Vec::new() } else { self.body.to_string().into_bytes() };
        let mut response = Response::new(Body::from(bytes));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        let json = header::HeaderValue::from_static("application/json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        if self.cookie {
            let cookie = header::HeaderValue::from_static("sessionid=abc; Path=/; HttpOnly");
            response.headers_mut().insert(header::SET_COOKIE, cookie);
        }
        response
    }
}

/// `a=1&b=x%20y` as pairs.
pub(super) fn pairs(query: &str) -> Vec<(String, String)> {
    query
        .split('&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (decoded(name), decoded(value))
        })
        .collect()
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let hex = tail.get(..2).and_then(|h| std::str::from_utf8(h).ok());
        match (first, hex.and_then(|h| u8::from_str_radix(h, 16).ok())) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            (b'+', _) => {
                bytes.push(b' ');
                rest = tail;
            }
            _ => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

const FORBIDDEN: &str = "You do not have permission to perform this action.";

/// Looks at a request; what it would change is not changed yet.
pub(super) fn route(world: &World, asked: &Asked) -> Outcome {
    let path = asked.path.as_str();
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    if !path.ends_with('/') || parts.first() != Some(&"api") {
        return unknown(asked);
    }
    let parts = &parts[1..];
    match parts {
        [] => return things::handshake(world, asked).into(),
        ["user", "token"] => return things::token(asked).into(),
        _ => {}
    }
    let Some(user) = asked.user else {
        let detail = if asked.auth.is_empty() {
            "Authentication credentials were not provided."
        } else {
            "Invalid token."
        };
        return Reply::detail(401, detail).into();
    };
    if let Some(role) = role_of(parts)
        && !world.may(user, role, &asked.method)
    {
        return Reply::detail(403, FORBIDDEN).into();
    }
    let get = asked.method == Method::GET;
    match (parts, asked.method.as_str()) {
        (["user", "me"], "GET") => things::me().into(),
        (["user", "roles"], "GET") => things::roles(world).into(),
        (["version"], "GET") if user == User::Admin => Reply::not_recorded(asked).into(),
        (["version"], "GET") => Reply::detail(403, FORBIDDEN).into(),
        (["settings", "global", key], "GET") => things::setting(world, key, asked).into(),
        (["generic", "status", "custom"], "POST") if user == User::Admin => {
            things::custom_status(asked)
        }
        (["generic", "status", "custom"], "POST") => Reply::detail(403, FORBIDDEN).into(),
        (["part" | "company", ..] | ["stock", "location" | "location-type", ..], _) => {
            things::route(world, asked, parts)
        }
        (["attachment"], _) => things::attachments(world, asked),
        (["order", rest @ ..], _) => orders::route(world, asked, rest),
        (["webhook", _], "POST") => Reply::detail(404, "Not found.").into(),
        (["stock", "status"], "GET") => Reply::new(200, world.statuses()).into(),
        (["stock", "track"], "GET") => lists::track(world, asked).into(),
        (["stock"], "GET") => lists::stock(world, asked).into(),
        (["stock", rest @ ..], _) => stock::route(world, asked, rest, get),
        _ => unknown(asked),
    }
}

fn role_of(parts: &[&str]) -> Option<&'static str> {
    match parts {
        ["stock", "location" | "location-type", ..] => Some("stock_location"),
        ["stock", ..] => Some("stock"),
        ["part", "category", ..] => Some("part_category"),
        ["part", ..] => Some("part"),
        ["order", "po" | "po-line", ..] => Some("purchase_order"),
        ["company", ..] => Some("company"),
        _ => None,
    }
}

pub(super) fn unknown(asked: &Asked) -> Outcome {
    let url = format!("http://{}{}", asked.host, asked.path);
    Reply::new(404, json!({ "detail": "API endpoint not found", "url": url })).into()
}
