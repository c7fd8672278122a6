//! Refusals and failures on the wire: `application/problem+json` (RFC 9457) in the reader's language.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kernel::{Fault, FaultKind, Lang};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::context;

/// What a handler answers instead of a reply. Made from a [`Fault`] by `?`.
#[derive(Debug)]
pub struct Problem {
    fault: Fault,
    status: Option<StatusCode>,
}

/// What went wrong.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody {
    /// The HTTP status.
    #[schema(example = 422)]
    status: u16,
    /// Stable: `room.what`. The web app translates it.
    #[schema(example = "invalid_fields")]
    code: &'static str,
    /// The kind of problem, in the request's language.
    title: &'static str,
    /// What happened and what to do, in the request's language.
    detail: String,
    /// The fields of the request that are wrong.
    fields: Vec<FieldBody>,
    /// Quote it to the operator: it finds the log lines and the trail.
    #[schema(value_type = Option<String>, format = Uuid)]
    request_id: Option<Uuid>,
}

/// One wrong field.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProblemField)]
struct FieldBody {
    /// As in the request: `lines[2].amount`.
    name: String,
    /// Stable: `required`, `wrong_type`, …
    code: &'static str,
    detail: String,
}

impl Problem {
    /// A problem with another status than its kind's (413, 415, …).
    pub(crate) fn with_status(fault: Fault, status: StatusCode) -> Self {
        Self { fault, status: Some(status) }
    }
    pub(crate) fn status(&self) -> StatusCode {
        self.status.unwrap_or_else(|| status_of(self.fault.kind))
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self { fault, status: None }
    }
}

/// The status of each kind of fault.
pub fn status_of(kind: FaultKind) -> StatusCode {
    match kind {
        FaultKind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        FaultKind::Unauthenticated => StatusCode::UNAUTHORIZED,
        FaultKind::Forbidden => StatusCode::FORBIDDEN,
        FaultKind::NotFound => StatusCode::NOT_FOUND,
        FaultKind::Conflict => StatusCode::CONFLICT,
        FaultKind::TooMany => StatusCode::TOO_MANY_REQUESTS,
        FaultKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        FaultKind::Bug => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn title_of(status: StatusCode, lang: Lang) -> &'static str {
    let (id, en) = match status {
        StatusCode::UNPROCESSABLE_ENTITY => ("Isian belum benar", "Not valid"),
        StatusCode::UNAUTHORIZED => ("Belum masuk", "Not logged in"),
        StatusCode::FORBIDDEN => ("Tidak diizinkan", "Not allowed"),
        StatusCode::NOT_FOUND => ("Tidak ditemukan", "Not found"),
        StatusCode::METHOD_NOT_ALLOWED => ("Cara ini tidak ada", "No such method"),
        StatusCode::CONFLICT => ("Tidak bisa sekarang", "Not possible now"),
        StatusCode::PAYLOAD_TOO_LARGE => ("Terlalu besar", "Too large"),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ("Bentuk isi salah", "Wrong kind of content"),
        StatusCode::TOO_MANY_REQUESTS => ("Terlalu sering", "Too many requests"),
        StatusCode::SERVICE_UNAVAILABLE => ("Sedang tidak tersedia", "Not available now"),
        _ => ("Kesalahan sistem", "System error"),
    };
    if lang == Lang::Id { id } else { en }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status();
        if status.is_server_error() {
            // The one place where a failure is logged, with its whole chain of causes.
            tracing::error!(request_id = ?context::request_id(), fault = ?self.fault, "a request failed");
        }
        let lang = context::lang();
        let say = |id: String, en: String| if lang == Lang::Id { id } else { en };
        let fields = self.fault.fields.into_iter().map(|f| FieldBody {
            name: f.name,
            code: f.code,
            detail: say(f.id, f.en),
        });
        let body = ProblemBody {
            status: status.as_u16(),
            code: self.fault.code,
            title: title_of(status, lang),
            detail: say(self.fault.id, self.fault.en),
            fields: fields.collect(),
            request_id: context::request_id(),
        };
        let mut response = (status, Json(body)).into_response();
        let headers = response.headers_mut();
        let problem = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, problem);
        match status {
            StatusCode::UNAUTHORIZED => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            StatusCode::TOO_MANY_REQUESTS => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
            }
            _ => {}
        }
        response
    }
}

/// There is nothing at this address.
pub(crate) fn no_such_address() -> Problem {
    Fault::not_found(
        "no_such_address",
        "Alamat ini tidak ada.",
        "There is nothing at this address.",
    )
    .into()
}

/// The address exists, but not with this method.
pub(crate) async fn no_such_method() -> Problem {
    let fault = Fault::invalid(
        "no_such_method",
        "Alamat ini tidak mengenal cara (method) tersebut.",
        "This address does not know that method.",
    );
    Problem::with_status(fault, StatusCode::METHOD_NOT_ALLOWED)
}

/// A handler panicked: the client hears of a bug, the log has the place.
pub(crate) fn from_panic(panic: Box<dyn std::any::Any + Send + 'static>) -> Response {
    let what = panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()))
        .unwrap_or_else(|| "a panic".to_owned());
    Problem::from(Fault::bug(format!("a handler panicked: {what}"))).into_response()
}
