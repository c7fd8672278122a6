//! Webhooks: a bell that may ring twice, late, or never. It says only *look there*; what it says besides is not believed.

use bridge::accounting::Shelf;
use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

/// The header with base64(HMAC-SHA256(secret, raw body)).
pub const SIGNATURE: &str = "X-Frappe-Webhook-Signature";

/// What a verified bell points at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ring {
    pub shelf: Shelf,
    pub external_id: String,
    /// The same event again has the same key: name, event, version.
    pub dedupe_key: String,
}

/// Verifies and reads a webhook. A wrong or missing signature, or a body that is no notice, is nothing.
pub fn read(secret: &str, signature: Option<&str>, body: &[u8]) -> Option<Ring> {
    if secret.is_empty() || !holds(secret, signature?, body) {
        return None;
    }
    place(body)
}

/// What a notice that was verified before points at.
pub fn place(body: &[u8]) -> Option<Ring> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let word = |field: &str| body[field].as_str().filter(|s| !s.is_empty());
    let (kind, name) = (word("doctype")?, word("name")?);
    let shelf = Shelf::ALL.into_iter().find(|shelf| super::read::kind(*shelf) == kind)?;
    let key = format!(
        "{kind}/{name}/{}/{}",
        word("event").unwrap_or("?"),
        word("modified").unwrap_or("?")
    );
    Some(Ring { shelf, external_id: name.to_owned(), dedupe_key: key })
}

fn holds(secret: &str, signature: &str, body: &[u8]) -> bool {
    let (Ok(mut mac), Ok(given)) = (
        Hmac::<Sha256>::new_from_slice(secret.as_bytes()),
        BASE64.decode(signature.trim().as_bytes()),
    ) else {
        return false;
    };
    mac.update(body);
    mac.verify_slice(&given).is_ok()
}

/// What rings. `on_change` and not `on_update_after_submit`, which never fires.
pub(super) const EVENTS: [(&str, &str); 11] = [
    ("Lead", "on_update"),
    ("Customer", "on_update"),
    ("Customer", "after_insert"),
    ("Sales Order", "on_change"),
    ("Sales Invoice", "on_change"),
    ("Payment Entry", "on_submit"),
    ("Payment Entry", "on_cancel"),
    ("Issue", "on_update"),
    ("Issue", "after_insert"),
    ("Subscription", "on_update"),
    ("Subscription", "after_insert"),
];

/// What a webhook over there is called.
pub(super) fn name(kind: &str, event: &str) -> String {
    format!("Sambung {kind} {event}")
}

/// The webhooks to make over there. What the user of Sambung did itself does not ring.
pub(super) fn wanted(url: &str, secret: &str, user: &str) -> Vec<Value> {
    let one = |(kind, event): (&str, &str)| {
        let template = format!(
            r#"{{"event":"{event}","doctype":{{{{ doc.doctype | json }}}},"name":{{{{ doc.name | json }}}},"modified":"{{{{ doc.modified }}}}"}}"#
        );
        json!({
            "name": name(kind, event), "webhook_doctype": kind, "webhook_docevent": event,
            "request_url": url, "request_method": "POST", "request_structure": "JSON", "enabled": 1,
            "enable_security": 1, "webhook_secret": secret, "timeout": 5, "webhook_json": template,
            "webhook_headers": [{ "key": "Content-Type", "value": "application/json" }],
            "condition": format!("doc.modified_by != \"{user}\""),
        })
    };
    EVENTS.into_iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = br#"{"event": "on_submit", "doctype": "Payment Entry", "name": "ACC-PAY-1", "modified": "2026-11-23 03:00:00.000001"}"#;

    fn signed(secret: &str, body: &[u8]) -> String {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap_or_else(|_| unreachable!());
        mac.update(body);
        BASE64.encode(&mac.finalize().into_bytes())
    }

    #[test]
    fn a_bell_rings_only_with_its_signature() {
        let good = signed("s", BODY);
        let ring = read("s", Some(&good), BODY);
        assert_eq!(
            ring.as_ref().map(|r| (r.shelf, r.external_id.as_str())),
            Some((Shelf::Payments, "ACC-PAY-1"))
        );
        assert_eq!(read("s", None, BODY), None);
        assert_eq!(read("", Some(&signed("", BODY)), BODY), None, "no secret, no bell");
        assert_eq!(read("other", Some(&good), BODY), None);
        let mut flipped = BODY.to_vec();
        flipped[60] ^= 1;
        assert_eq!(read("s", Some(&good), &flipped), None);
        assert_eq!(read("s", Some(&signed("s", b"{}")), b"{}"), None);
    }
}
