//! How the server says no: status, `exc_type`, and messages as recorded.

use serde_json::{Value, json};

/// A refusal, before it is rendered.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    pub status: u16,
    pub exc_type: &'static str,
    /// Of `_server_messages`; HTML as recorded. Empty: the answer has no such field.
    pub messages: Vec<String>,
    /// A bare HTML page instead of JSON.
    pub html: bool,
}

impl Refusal {
    pub(super) fn new(status: u16, exc_type: &'static str, message: impl Into<String>) -> Self {
        Self { status, exc_type, messages: vec![message.into()], html: false }
    }
    /// Nearly every business error: 417, told apart by its type only.
    pub(super) fn business(exc_type: &'static str, message: impl Into<String>) -> Self {
        Self::new(417, exc_type, message)
    }
    pub(super) fn bare(status: u16, exc_type: &'static str) -> Self {
        Self { status, exc_type, messages: Vec::new(), html: false }
    }
    pub(super) fn html(status: u16) -> Self {
        Self { status, exc_type: "", messages: Vec::new(), html: true }
    }
    pub(super) fn missing(kind: &str, name: &str) -> Self {
        Self::new(404, "DoesNotExistError", format!("{kind} {name} not found"))
    }

    /// The body as sent with tracebacks off (production): the type and the messages, nothing else.
    pub(super) fn body(&self) -> String {
        if self.html {
            return "<html>\n  <head>\n    <title>Internal Server Error</title>\n  </head>\n  <body>\n    <h1><p>Internal Server Error</p></h1>\n    \n  </body>\n</html>\n".to_owned();
        }
        let mut body = json!({ "exc_type": self.exc_type });
        if !self.messages.is_empty() {
            let each: Vec<String> = self
                .messages
                .iter()
                .map(|text| json!({ "message": text, "title": "Message" }).to_string())
                .collect();
            body["_server_messages"] = Value::String(json!(each).to_string());
        }
        body.to_string()
    }
}
