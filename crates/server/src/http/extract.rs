//! Reading requests. Whatever is wrong with one becomes a problem that names the field; never a 500.

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use kernel::{Actor, Fault, FaultKind, Field};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::{IntoParams, ToSchema};

use super::app::App;
use super::problem::{Problem, no_such_address};

/// The JSON body.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = Problem;
    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            let fault = Fault::invalid(
                "body.not_json",
                "Kirim isi sebagai JSON (Content-Type: application/json).",
                "Send the body as JSON (Content-Type: application/json).",
            );
            return Err(Problem::with_status(fault, StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
        let bytes = Bytes::from_request(request, app).await.map_err(too_large)?;
        Ok(Self(parse(&bytes)?))
    }
}

/// A body read as it is: files, photos, signed notices.
pub struct Raw(pub Bytes);

impl FromRequest<App> for Raw {
    type Rejection = Problem;
    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        Bytes::from_request(request, app).await.map(Self).map_err(too_large)
    }
}

/// The parts of the address: `At(id): At<CustomerId>`. What can't be an id names no record: 404.
pub struct At<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for At<T> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        match Path::<T>::from_request_parts(parts, app).await {
            Ok(Path(value)) => Ok(Self(value)),
            Err(_) => Err(no_such_address()),
        }
    }
}

/// The query string: `Search(query): Search<ListQuery>`.
pub struct Search<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Search<T> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        // As in bodies: PostgreSQL keeps no NUL.
        if parts.uri.query().is_some_and(|query| query.contains("%00")) {
            return Err(
                Fault::field("query", "nul", "memuat karakter NUL", "has a NUL character").into()
            );
        }
        match Query::<T>::from_request_parts(parts, app).await {
            Ok(Query(value)) => Ok(Self(value)),
            Err(rejection) => Err(bad_query(&rejection).into()),
        }
    }
}

/// The one who acts, as the guard found them.
impl FromRequestParts<App> for Actor {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _app: &App) -> Result<Self, Problem> {
        // The guard stands before every handler; without it nobody may do anything.
        parts.extensions.get::<Self>().cloned().ok_or_else(|| {
            let fault = Fault::new(
                FaultKind::Unauthenticated,
                "unauthenticated",
                "Silakan masuk dulu.",
                "Please log in first.",
            );
            fault.into()
        })
    }
}

/// The usual query of a list. Lists with more filters have a struct of their own with these three.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// `next` of the page before.
    pub after: Option<String>,
    /// Rows a page: 1–200, 50 when not given.
    pub limit: Option<i64>,
    /// What is searched for.
    pub q: Option<String>,
}

/// Rows a page.
pub fn page_size(limit: Option<i64>) -> i64 {
    limit.unwrap_or(50).clamp(1, 200)
}

/// A page of a list.
#[derive(Debug, serde::Serialize, ToSchema)]
pub struct Listing<T> {
    pub items: Vec<T>,
    /// Give it as `after` to get the next page; null on the last one.
    pub next: Option<String>,
}

impl<T> Listing<T> {
    /// A list that has one page.
    pub fn whole(items: Vec<T>) -> Self {
        Self { items, next: None }
    }
    /// One page of at most `limit` rows from `limit + 1` asked for. `key` is what `after` takes.
    pub fn page<R>(
        rows: Vec<R>,
        limit: i64,
        key: impl Fn(&R) -> String,
        view: impl Fn(R) -> T,
    ) -> Self {
        let limit = usize::try_from(limit).unwrap_or(0);
        let more = rows.len() > limit;
        let mut rows = rows;
        rows.truncate(limit);
        let next = if more { rows.last().map(key) } else { None };
        Self { items: rows.into_iter().map(view).collect(), next }
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let text = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
    let kind = text.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

fn too_large(rejection: BytesRejection) -> Problem {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        let fault = Fault::invalid(
            "body.too_large",
            "Isi permintaan terlalu besar.",
            "The request body is too large.",
        );
        return Problem::with_status(fault, StatusCode::PAYLOAD_TOO_LARGE);
    }
    let fault = Fault::invalid(
        "body.unreadable",
        "Isi permintaan terputus sebelum selesai dibaca.",
        "The request body broke off before it was read.",
    );
    Problem::from(fault)
}

/// Reads JSON; says which field is wrong and how.
///
/// # Errors
/// `body.malformed` (not JSON at all), or the field that does not fit.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Fault> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        explain(&path, error.inner())
    })?;
    reader.end().map_err(|error| explain(".", &error))?;
    without_nul(bytes)?;
    Ok(value)
}

/// A NUL is in no text of ours, and PostgreSQL keeps none: it is refused here, by the field's name.
fn without_nul(bytes: &[u8]) -> Result<(), Fault> {
    if !bytes.windows(6).any(|six| six == br"\u0000") {
        return Ok(());
    }
    let value: serde_json::Value =
        serde_json::from_slice(bytes).map_err(|error| explain(".", &error))?;
    match nul_in(&value, String::new()) {
        None => Ok(()),
        Some(name) => {
            let (id, en) = ("memuat karakter NUL", "has a NUL character");
            Err(Fault::field(&name, "nul", id, en))
        }
    }
}

/// The first field, by its path, whose text or name has a NUL.
fn nul_in(value: &serde_json::Value, path: String) -> Option<String> {
    match value {
        serde_json::Value::String(text) => text.contains('\0').then_some(path),
        serde_json::Value::Array(all) => {
            all.iter().enumerate().find_map(|(n, one)| nul_in(one, format!("{path}[{n}]")))
        }
        serde_json::Value::Object(all) => all.iter().find_map(|(name, one)| {
            if name.contains('\0') {
                return Some(path.clone());
            }
            nul_in(one, join(&path, name))
        }),
        _ => None,
    }
}

fn explain(path: &str, error: &serde_json::Error) -> Fault {
    use serde_json::error::Category;
    if matches!(error.classify(), Category::Syntax | Category::Eof | Category::Io) {
        return Fault::invalid(
            "body.malformed",
            format!(
                "Isi bukan JSON yang benar (baris {}, kolom {}).",
                error.line(),
                error.column()
            ),
            format!(
                "The body is not valid JSON (line {}, column {}).",
                error.line(),
                error.column()
            ),
        );
    }
    let path = if path == "." { "" } else { path };
    Fault::fields(vec![field_of(path, &error.to_string())])
}

/// Serde's sentence as a field fault. Its English goes on; the Indonesian says the same.
fn field_of(path: &str, message: &str) -> Field {
    let message = message.split(" at line ").next().unwrap_or(message);
    if let Some(name) = quoted(message, "missing field `") {
        return Field::required(join(path, name));
    }
    if let Some(name) = quoted(message, "unknown field `") {
        // serde_path_to_error's path already ends with an unknown field's name.
        let path =
            if path.rsplit('.').next() == Some(name) { path.to_owned() } else { join(path, name) };
        return Field::new(path, "unknown", "isian ini tidak dikenal", "is not a known field");
    }
    let name = if path.is_empty() { "body".to_owned() } else { path.to_owned() };
    if message.contains(OUT_OF_YEARS) {
        return out_of_years(name);
    }
    // Serde says "one of" from three choices on.
    let choices = message.split_once("expected one of ").or_else(|| {
        message.strip_prefix("unknown variant ").and_then(|rest| rest.split_once("expected "))
    });
    if let Some((_, allowed)) = choices {
        let allowed = allowed.replace('`', "");
        return Field::new(
            name,
            "choice",
            format!("harus salah satu dari: {allowed}"),
            format!("must be one of: {allowed}"),
        );
    }
    match message.split_once("expected ") {
        Some((_, expected)) if message.starts_with("invalid") => {
            let (id, en) = in_words(&expected.replace('`', ""));
            let id = format!("bentuknya salah; seharusnya {id}");
            Field::new(name, "wrong_type", id, format!("has the wrong form; expected {en}"))
        }
        _ => Field::new(name, "wrong_form", "bentuknya salah", "has the wrong form"),
    }
}

/// What serde calls the usual forms, in the words of people.
fn in_words(expected: &str) -> (String, String) {
    let (id, en) = match expected.split([',', ' ']).next().unwrap_or("") {
        "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" => {
            ("bilangan bulat dalam batasnya", "a whole number within its range")
        }
        "f32" | "f64" => ("bilangan", "a number"),
        "a" if expected.starts_with("a string") => ("teks", "text"),
        "a" if expected.starts_with("a boolean") => ("true atau false", "true or false"),
        "a" if expected.starts_with("a sequence") => ("daftar", "a list"),
        "a" if expected.starts_with("a UUID") => ("UUID", "a UUID"),
        "struct" | "tuple" | "a" | "an" | "enum" => ("objek", "an object"),
        _ => return (expected.to_owned(), expected.to_owned()),
    };
    (id.to_owned(), en.to_owned())
}

/// What the kernel says of a day or an instant that no request means.
const OUT_OF_YEARS: &str = "outside of the years 2000 to 2100";

fn out_of_years(name: String) -> Field {
    Field::new(
        name,
        "range",
        "harus di antara tahun 2000 dan 2100",
        "must be between the years 2000 and 2100",
    )
}

fn quoted<'a>(message: &'a str, before: &str) -> Option<&'a str> {
    message.strip_prefix(before)?.split('`').next()
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn bad_query(rejection: &QueryRejection) -> Fault {
    let text = rejection.body_text();
    let text = text.strip_prefix("Failed to deserialize query string: ").unwrap_or(&text);
    let (name, message) = match text.split_once(": ") {
        Some((name, message)) if !name.contains(' ') => (name, message),
        _ => ("", text),
    };
    if let Some(missing) = quoted(message, "missing field `") {
        return Fault::fields(vec![Field::required(missing)]);
    }
    let name = if name.is_empty() { "query" } else { name };
    if message.contains(OUT_OF_YEARS) {
        return Fault::fields(vec![out_of_years(name.to_owned())]);
    }
    Fault::field(name, "wrong_form", "bentuknya salah", "has the wrong form")
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{Day, Money};

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only their parsing is looked at")]
    struct Line {
        amount: Money,
        on: Option<Day>,
    }
    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only their parsing is looked at")]
    struct Sample {
        name: String,
        lines: Vec<Line>,
        role: Option<identity::Role>,
        id: Option<kernel::CustomerId>,
        lang: Option<kernel::Lang>,
    }

    #[test]
    fn whatever_is_wrong_with_a_body_is_named() {
        for (body, code, field, field_code) in [
            ("{", "body.malformed", "", ""),
            ("", "body.malformed", "", ""),
            ("{\"name\":\"a\",\"lines\":[]} x", "body.malformed", "", ""),
            ("null", "invalid_fields", "body", "wrong_type"),
            ("[]", "invalid_fields", "body", "wrong_type"),
            ("7", "invalid_fields", "body", "wrong_type"),
            ("{}", "invalid_fields", "name", "required"),
            (r#"{"name":7,"lines":[]}"#, "invalid_fields", "name", "wrong_type"),
            (
                r#"{"name":"a","lines":[{"amount":1},{"amount":"x"}]}"#,
                "invalid_fields",
                "lines[1].amount",
                "wrong_type",
            ),
            (
                r#"{"name":"a","lines":[{"amount":1.5}]}"#,
                "invalid_fields",
                "lines[0].amount",
                "wrong_type",
            ),
            (r#"{"name":"a","lines":[{}]}"#, "invalid_fields", "lines[0].amount", "required"),
            (
                r#"{"name":"a","lines":[{"amount":1,"x":1}]}"#,
                "invalid_fields",
                "lines[0].x",
                "unknown",
            ),
            (
                r#"{"name":"a","lines":[{"amount":1,"on":"31-12"}]}"#,
                "invalid_fields",
                "lines[0].on",
                "wrong_form",
            ),
            (
                r#"{"name":"a","lines":[{"amount":1,"on":"-004713-01-01"}]}"#,
                "invalid_fields",
                "lines[0].on",
                "range",
            ),
            (r#"{"name":"a","lines":[],"role":"king"}"#, "invalid_fields", "role", "choice"),
            (r#"{"name":"a","lines":[],"id":"7"}"#, "invalid_fields", "id", "wrong_form"),
            (r#"{"name":"a","lines":[],"lang":"de"}"#, "invalid_fields", "lang", "choice"),
            (r#"{"name":"a\u0000","lines":[]}"#, "invalid_fields", "name", "nul"),
        ] {
            let fault = parse::<Sample>(body.as_bytes()).unwrap_err();
            let first = fault.fields.first();
            let found =
                (fault.code, first.map_or("", |f| f.name.as_str()), first.map_or("", |f| f.code));
            assert_eq!(found, (code, field, field_code), "{body}: {fault:?}");
        }
        parse::<Sample>(br#"{"name":"a","lines":[{"amount":5}],"role":"noc"}"#).unwrap();
        parse::<Sample>(br#"{"name":"a\\u0000","lines":[]}"#).unwrap();
    }

    #[test]
    fn a_page_says_where_the_next_begins() {
        let page = Listing::page(vec![1, 2, 3], 2, i32::to_string, |n| n * 10);
        assert_eq!((page.items, page.next), (vec![10, 20], Some("2".to_owned())));
        let page = Listing::page(vec![1, 2], 2, i32::to_string, |n| n * 10);
        assert_eq!((page.items, page.next), (vec![10, 20], None));
        assert_eq!((page_size(None), page_size(Some(0)), page_size(Some(999))), (50, 1, 200));
    }
}
