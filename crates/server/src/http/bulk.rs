//! One decision about many records: each goes through its own use-case, in its own transaction.
//!
//! What one record refuses is said in its line and hinders no other. With an `Idempotency-Key` each record
//! is done once for it: whoever asks again, after a broken connection or a killed program, gets the lines of
//! what was done and has the rest done. A preview does the same and takes it back.

use std::collections::HashSet;

use kernel::{Actor, Fault, Id, Lang, Money, Result as Fallible};
use serde::Serialize;
use store::Tx;
use utoipa::ToSchema;
use uuid::Uuid;

use super::app::{self, App};
use super::billing::rehearsed;
use super::context;

/// Records of one request at most: an answer comes while somebody waits, and the screen shows progress
/// between requests.
pub(crate) const MOST: usize = 50;

/// What became of one record.
#[derive(Serialize, ToSchema)]
pub(crate) struct BulkLine {
    #[schema(value_type = String, format = Uuid)]
    id: Uuid,
    ok: bool,
    /// What it is about in rupiah, where it is about money.
    #[schema(value_type = Option<i64>)]
    amount: Option<Money>,
    /// Why not: a stable code, and the sentence in the request's language.
    code: Option<&'static str>,
    detail: Option<String>,
}

impl BulkLine {
    pub(crate) fn of(id: Uuid, done: Fallible<Option<Money>>) -> Self {
        match done {
            Ok(amount) => Self { id, ok: true, amount, code: None, detail: None },
            Err(fault) => {
                let detail = Some(sentence(&fault));
                Self { id, ok: false, amount: None, code: Some(fault.code), detail }
            }
        }
    }
}

/// What became of many records.
#[derive(Serialize, ToSchema)]
pub(crate) struct BulkAnswer {
    /// How many were done, or in a preview would be.
    count: usize,
    /// What these are about in rupiah; null where it is not about money.
    #[schema(value_type = Option<i64>)]
    sum: Option<Money>,
    /// One for each record, as asked.
    lines: Vec<BulkLine>,
}

impl BulkAnswer {
    pub(crate) fn of(lines: Vec<BulkLine>) -> Self {
        let done = || lines.iter().filter(|line| line.ok);
        let amounts: Vec<Money> = done().filter_map(|line| line.amount).collect();
        let sum = (!amounts.is_empty()).then(|| amounts.into_iter().sum());
        Self { count: done().count(), sum, lines }
    }
}

/// The wrong field's own sentence says more than that some field is wrong.
fn sentence(fault: &Fault) -> String {
    let english = context::lang() == Lang::En;
    match fault.fields.first() {
        Some(field) if english => format!("{}: {}", field.name, field.en),
        Some(field) => format!("{}: {}", field.name, field.id),
        None if english => fault.en.clone(),
        None => fault.id.clone(),
    }
}

/// The records named, each once and in their order.
///
/// # Errors
/// A field error on `ids` when there are none or too many.
pub(crate) fn named<T>(ids: &[Id<T>]) -> Fallible<Vec<Id<T>>> {
    let mut seen = HashSet::new();
    let ids: Vec<Id<T>> = ids.iter().copied().filter(|id| seen.insert(id.uuid())).collect();
    if (1..=MOST).contains(&ids.len()) {
        return Ok(ids);
    }
    let (id, en) = (format!("harus 1 sampai {MOST} baris"), format!("must be 1 to {MOST} records"));
    Err(Fault::field("ids", "range", id, en))
}

/// Whether it happens or is only tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meant {
    Do,
    Preview,
}

/// One record: what `work` answers is what it is about in rupiah.
pub(crate) async fn one<T, F>(
    app: &App,
    actor: &Actor,
    meant: Meant,
    id: Id<T>,
    work: F,
) -> BulkLine
where
    F: AsyncFnOnce(&mut Tx) -> Fallible<Option<Money>> + Clone,
{
    let done = match meant {
        Meant::Do => app::once_for(app, actor, id.uuid(), work).await,
        Meant::Preview => rehearsed(app, actor, work).await,
    };
    BulkLine::of(id.uuid(), done)
}
