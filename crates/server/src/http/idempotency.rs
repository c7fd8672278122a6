//! `Idempotency-Key`: the same request sent again does its work once and gets the same answer.
//!
//! A key belongs to one actor and one body (method and address included), and is kept 90 days. The
//! effect and its answer are stored in one transaction by [`super::app::App::write`]; here the answer
//! is looked up before, and refusals (4xx) are stored after. A 5xx is never stored: trying again is
//! right then.

use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use kernel::{Actor, Cause, Fault};
use sha2::{Digest, Sha256};
use store::idempotency::{self, Known};
use store::{Db, Tx};

use super::app::{App, replay};
use super::context::{self, Keyed};
use super::problem::Problem;

const HEADER: &str = "idempotency-key";
/// Answers longer than this are not kept: the operations that have a key answer in a few lines.
const LONGEST_ANSWER: usize = 1 << 20;

/// Runs a keyed operation once for its key. Without the header it simply runs.
pub(crate) async fn around(app: &App, actor: &Actor, request: Request, next: Next) -> Response {
    match key_of(request.headers()) {
        Ok(None) => next.run(request).await,
        Ok(Some(key)) => match once(app, actor, key, request, next).await {
            Ok(response) => response,
            Err(problem) => problem.into_response(),
        },
        Err(fault) => Problem::from(fault).into_response(),
    }
}

async fn once(
    app: &App,
    actor: &Actor,
    key: String,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let limit = app.config.http.body_limit_bytes;
    let bytes = to_bytes(body, limit).await.map_err(|_| {
        let (id, en) = ("Isi permintaan terlalu besar.", "The request body is too large.");
        Problem::with_status(
            Fault::invalid("body.too_large", id, en),
            StatusCode::PAYLOAD_TOO_LARGE,
        )
    })?;
    let mut hash = Sha256::new();
    hash.update(parts.method.as_str());
    hash.update([0]);
    hash.update(parts.uri.path_and_query().map_or("", |p| p.as_str()));
    hash.update([0]);
    hash.update(&bytes);
    let keyed = Arc::new(Keyed::new(actor.tag(), key, hash.finalize().to_vec()));
    let mut reader = app.reader();
    let known = idempotency::find(&mut reader, &keyed.actor, &keyed.key, &keyed.body_hash).await?;
    if let Known::Answered(answer) = known {
        return Ok(replay(answer));
    }
    context::set_keyed(Arc::clone(&keyed));
    let response = next.run(Request::from_parts(parts, Body::from(bytes))).await;
    if keyed.is_saved() || !is_kept(response.status()) {
        return Ok(response);
    }
    keep(app, actor, keyed, response).await
}

/// Stores an answer that was not stored with its effect: refusals, which have none.
async fn keep(
    app: &App,
    actor: &Actor,
    keyed: Arc<Keyed>,
    response: Response,
) -> Result<Response, Problem> {
    let (parts, body) = response.into_parts();
    let body: Bytes = to_bytes(body, LONGEST_ANSWER)
        .await
        .map_err(|e| Fault::bug(format!("an answer that is too long to keep: {e}")))?;
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
    let answer = idempotency::Answer {
        status: i64::from(parts.status.as_u16()),
        content_type: kind.map(str::to_owned),
        body: body.to_vec(),
    };
    let cause = app.cause(actor);
    app.db
        .write(&cause, async move |tx: &mut Tx| {
            idempotency::save(tx, &keyed.actor, &keyed.key, &keyed.body_hash, &answer).await
        })
        .await?;
    Ok(Response::from_parts(parts, Body::from(body)))
}

/// Answers that would be the same for the same request. Not kept: failures, and refusals that say
/// something about the moment (not logged in, too often) or were never looked at.
fn is_kept(status: StatusCode) -> bool {
    !status.is_server_error()
        && !matches!(
            status,
            StatusCode::UNAUTHORIZED
                | StatusCode::FORBIDDEN
                | StatusCode::PAYLOAD_TOO_LARGE
                | StatusCode::TOO_MANY_REQUESTS
        )
}

fn key_of(headers: &HeaderMap) -> Result<Option<String>, Fault> {
    let Some(value) = headers.get(HEADER) else { return Ok(None) };
    let text = value.to_str().unwrap_or("").trim();
    let fine = (8..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    if fine {
        return Ok(Some(text.to_owned()));
    }
    Err(Fault::field(
        "Idempotency-Key",
        "idempotency.bad_key",
        "8–128 huruf atau angka tanpa spasi; pakai UUID",
        "must have 8–128 characters without spaces; use a UUID",
    ))
}

/// Forgets keys older than 90 days.
///
/// # Errors
/// When the database is away.
pub async fn forget_old(db: &Db, cause: &Cause) -> kernel::Result<u64> {
    db.write(cause, async move |tx: &mut Tx| idempotency::forget_old(tx).await).await
}
