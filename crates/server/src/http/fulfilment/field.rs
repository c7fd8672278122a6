//! The offline protocol over HTTP: what technicians did without a network, a result for each step.

use axum::Json;
use axum::extract::{DefaultBodyLimit, State};
use flows::field::{self, OpResult, Outcome};
use fulfilment::field::{FieldOp, Kept, OpState};
use kernel::{Actor, Fault, Field, FieldOpId, Lang, Result as Fallible, Ts, UserId, WorkOrderId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::{App, Reply};
use crate::http::context;
use crate::http::extract::{Body, Listing};

/// A day's steps with their photos in base64.
const BATCH_BYTES_MAX: usize = 32 * 1024 * 1024;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(apply, troubled))
        .layer(DefaultBodyLimit::max(BATCH_BYTES_MAX))
}

/// One thing done on a device.
#[derive(Deserialize, ToSchema)]
#[schema(as = FieldOp)]
struct FieldOpBody {
    /// Made by the device; the same step keeps it however often it is sent.
    #[schema(value_type = String, format = Uuid)]
    op_id: FieldOpId,
    /// The version of the protocol: this one or the one before it.
    #[schema(example = 1)]
    v: i64,
    /// The device's own name for itself.
    device: String,
    /// Counts the device's steps.
    seq: i64,
    /// By the device's clock: evidence, nothing is decided by it.
    #[schema(value_type = String, format = DateTime)]
    occurred_at: Ts,
    /// The work order; for attendance the sender.
    #[schema(value_type = String, format = Uuid)]
    subject: WorkOrderId,
    /// The id of the device's previous step on this subject while that may not have arrived; else the
    /// version of the job that it saw.
    based_on: Option<String>,
    /// `kind` is `accept`, `on_the_way`, `on_site`, `scan` (`serial` or `mac`, `how`: `scanned` or `typed`
    /// with `reason`), `own_device` (`mac`), `photo` (`what`, `data` in base64 or `sha256`), `gps` (`lat`,
    /// `lon`, `accuracy_m`), `signal` (`dbm`), `use` (`item_type`, `quantity`), `done` (`note`), `fail`
    /// (`reason`) or `skip`. A signature is a `photo` with `signer`. `visit` may say which visit the device
    /// saw. With the sender's own id as subject: `check_in` or `check_out` (`lat`, `lon`, `accuracy_m`,
    /// `data`), each of them optional.
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    body: Value,
}

impl From<FieldOpBody> for FieldOp {
    fn from(op: FieldOpBody) -> Self {
        Self {
            op_id: op.op_id,
            v: op.v,
            device: op.device,
            seq: op.seq,
            occurred_at: op.occurred_at,
            subject: op.subject,
            based_on: op.based_on,
            body: op.body,
        }
    }
}

/// Steps in the order of the device.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FieldBatch {
    /// At most 500.
    #[schema(value_type = Vec<FieldOpBody>)]
    ops: Vec<Value>,
}

/// What became of a step.
#[derive(Serialize, ToSchema)]
#[schema(as = FieldResult)]
struct FieldResultView {
    #[schema(value_type = String, format = Uuid)]
    op_id: FieldOpId,
    /// `applied`; `repeated`: it was applied before; `refused`: it never will be; `held`: it waits for
    /// what comes before it and is tried again by itself.
    result: &'static str,
    /// Why not: stable.
    code: Option<String>,
    /// Why not, in the request's language.
    detail: Option<String>,
}

impl From<OpResult> for FieldResultView {
    fn from(result: OpResult) -> Self {
        let detail = if context::lang() == Lang::Id { result.id } else { result.en };
        Self { op_id: result.op_id, result: result.outcome.as_str(), code: result.code, detail }
    }
}

/// The results, in the order of the steps.
#[derive(Serialize, ToSchema)]
struct FieldResults {
    results: Vec<FieldResultView>,
}

/// One step of a batch as it could be read.
enum Read {
    Op(FieldOp),
    /// It says who it is, but not what: it alone is refused.
    Unreadable(FieldOpId, String),
}

fn read(n: usize, value: Value) -> Fallible<Read> {
    let id = value.get("op_id").and_then(Value::as_str).and_then(|id| id.parse().ok());
    let Some(id) = id else {
        let name = format!("ops[{n}].op_id");
        return Err(Fault::fields(vec![Field::new(
            name,
            "wrong_form",
            "harus UUID",
            "must be a UUID",
        )]));
    };
    match serde_json::from_value::<FieldOpBody>(value) {
        Ok(op) => Ok(Read::Op(op.into())),
        Err(error) => Ok(Read::Unreadable(id, error.to_string())),
    }
}

/// Send what was done, also late, twice, out of order or in a batch.
///
/// Each step stands by its own id: sent again it changes nothing and answers what the first did. A
/// refused one holds back the later ones of the same device and work order, and nothing else. A step that
/// can't be read is refused alone.
#[utoipa::path(
    post, path = "/api/v1/field/ops", request_body = FieldBatch,
    responses((status = 200, body = FieldResults))
)]
async fn apply(
    State(app): State<App>,
    actor: Actor,
    Body(batch): Body<FieldBatch>,
) -> Reply<FieldResults> {
    let read: Fallible<Vec<Read>> =
        batch.ops.into_iter().enumerate().map(|(n, value)| read(n, value)).collect();
    let read = read?;
    let ops: Vec<FieldOp> = read
        .iter()
        .filter_map(|one| match one {
            Read::Op(op) => Some(op.clone()),
            Read::Unreadable(..) => None,
        })
        .collect();
    let mut applied = field::apply(&app.db, &app.cause(&actor), &ops).await?.into_iter();
    let results = read.into_iter().filter_map(|one| match one {
        Read::Op(_) => applied.next(),
        Read::Unreadable(op_id, why) => Some(unreadable(op_id, &why)),
    });
    Ok(Json(FieldResults { results: results.map(FieldResultView::from).collect() }))
}

fn unreadable(op_id: FieldOpId, why: &str) -> OpResult {
    OpResult {
        op_id,
        outcome: Outcome::Refused,
        code: Some("fulfilment.op_envelope".to_owned()),
        id: Some(format!("Langkah dari perangkat tidak terbaca: {why}.")),
        en: Some(format!("The device's step can't be read: {why}.")),
    }
}

/// A step that a person should look at.
#[derive(Serialize, ToSchema)]
struct TroubledOp {
    #[schema(value_type = String, format = Uuid)]
    op_id: FieldOpId,
    #[schema(value_type = String, format = Uuid)]
    user_id: UserId,
    #[schema(value_type = String, format = Uuid)]
    subject: WorkOrderId,
    /// `scan`, `done`, …
    kind: String,
    /// `waiting`, `held` or `refused`.
    #[schema(value_type = String)]
    state: OpState,
    code: Option<String>,
    /// Why, in the request's language.
    detail: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    occurred_at: Ts,
    #[schema(value_type = String, format = DateTime)]
    received_at: Ts,
}

impl From<Kept> for TroubledOp {
    fn from(op: Kept) -> Self {
        let said = |key: &str| {
            let text = op.result.as_ref()?.get(key).and_then(Value::as_str);
            text.map(str::to_owned)
        };
        let (code, detail) = (said("code"), said(context::lang().code()));
        Self {
            op_id: op.op_id,
            user_id: op.user_id,
            subject: op.subject,
            kind: op.kind,
            state: op.state,
            code,
            detail,
            occurred_at: op.occurred_at,
            received_at: op.received_at,
        }
    }
}

/// Steps of unfinished jobs that were refused or wait, newest first, at most 200.
#[utoipa::path(
    get, path = "/api/v1/field/ops", responses((status = 200, body = Listing<TroubledOp>))
)]
async fn troubled(State(app): State<App>, actor: Actor) -> Reply<Listing<TroubledOp>> {
    let found = fulfilment::field::troubled(&mut app.reader(), &actor.scope).await?;
    Ok(Json(Listing::whole(found.into_iter().map(TroubledOp::from).collect())))
}
