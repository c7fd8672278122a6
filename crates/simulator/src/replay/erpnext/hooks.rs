//! Webhooks: rendered from their template, signed over the raw bytes, tried three times, then dropped for ever.

use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::money::{flag, text};
use super::site::{Doc, Site};

/// The events that `run_webhooks` knows. `on_update_after_submit` is offered by the form and is not among them.
const FIRES: &[&str] =
    &["after_insert", "on_update", "on_submit", "on_cancel", "on_change", "on_trash"];

/// One signed body for one address.
#[derive(Clone, Debug)]
pub struct Delivery {
    pub webhook: String,
    pub document: String,
    pub url: String,
    pub body: String,
    /// base64(HMAC-SHA256(secret, raw body)); `None` when security is off.
    pub signature: Option<String>,
    /// Only what the webhook configures: by itself the server sends no Content-Type.
    pub content_type: Option<String>,
}

/// Puts what an event causes into the queue.
pub(super) fn fire(site: &mut Site, kind: &str, event: &str, doc: &Doc) {
    if !FIRES.contains(&event) {
        return;
    }
    let hooks: Vec<Doc> = site.docs.get("Webhook").into_iter().flatten().cloned().collect();
    for hook in hooks {
        let wanted =
            text(&hook, "webhook_doctype") == kind && text(&hook, "webhook_docevent") == event;
        if !wanted || !flag(&hook, "enabled") || !allowed(&hook, doc) {
            continue;
        }
        // A template that cannot be rendered loses the event, with a log row and nothing else.
        if let Some(body) = render(&hook, doc) {
            let signature =
                flag(&hook, "enable_security").then(|| sign(text(&hook, "webhook_secret"), &body));
            site.queue.push(Delivery {
                webhook: text(&hook, "name").to_owned(),
                document: text(doc, "name").to_owned(),
                url: text(&hook, "request_url").to_owned(),
                body,
                signature,
                content_type: header(&hook, "Content-Type"),
            });
        }
    }
}

fn header(hook: &Doc, name: &str) -> Option<String> {
    let all = hook.get("webhook_headers")?.as_array()?;
    let row = all.iter().find(|row| row["key"] == name)?;
    row["value"].as_str().map(str::to_owned)
}

/// `condition`, of the one form that is recorded: `doc.modified_by != "user"`.
fn allowed(hook: &Doc, doc: &Doc) -> bool {
    let condition = text(hook, "condition");
    match condition.split_once("!=") {
        Some((field, user)) => {
            let field = field.trim().trim_start_matches("doc.");
            text(doc, field) != user.trim().trim_matches(['"', '\''])
        }
        None => true,
    }
}

fn render(hook: &Doc, doc: &Doc) -> Option<String> {
    let template = text(hook, "webhook_json");
    if template.is_empty() {
        let fields =
            hook.get("webhook_data").and_then(Value::as_array).cloned().unwrap_or_default();
        let pick = |row: &Value| {
            let key = row["key"].as_str()?.to_owned();
            Some((key, doc.get(row["fieldname"].as_str()?).cloned().unwrap_or(Value::Null)))
        };
        return Some(python(&Value::Object(fields.iter().filter_map(pick).collect())));
    }
    let mut env = minijinja::Environment::new();
    env.add_filter("json", |value: minijinja::Value| {
        minijinja::Value::from_safe_string(serde_json::to_string(&value).unwrap_or_default())
    });
    let text = env.render_str(template, minijinja::value::Serde(json!({ "doc": doc }))).ok()?;
    Some(python(&serde_json::from_str(&text).ok()?))
}

/// As Python's `json.dumps` writes it: `, ` and `: ` between, everything beyond ASCII escaped.
pub(super) fn python(value: &Value) -> String {
    match value {
        Value::Object(all) => {
            let each = all.iter().map(|(k, v)| format!("{}: {}", ascii(k), python(v)));
            format!("{{{}}}", each.collect::<Vec<_>>().join(", "))
        }
        Value::Array(all) => format!("[{}]", all.iter().map(python).collect::<Vec<_>>().join(", ")),
        Value::String(s) => ascii(s),
        other => other.to_string(),
    }
}

fn ascii(text: &str) -> String {
    let mut out = String::new();
    for c in json!(text).to_string().chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    out
}

/// base64(HMAC-SHA256(secret, body)).
pub fn sign(secret: &str, body: &str) -> String {
    match Hmac::<Sha256>::new_from_slice(secret.as_bytes()) {
        Ok(mut mac) => {
            mac.update(body.as_bytes());
            BASE64.encode(&mac.finalize().into_bytes())
        }
        Err(_) => String::new(),
    }
}
