//! Papers of theirs that are shown here and never changed: orders to suppliers, and what came in.

use kernel::{Day, Id, Money, Result, Ts};
use serde::{Deserialize, Serialize};
use store::{Query, QueryExt, Tx, args, row};

use crate::accounting::{PurchaseSeen, Stage};
use crate::kind::Engine;

/// The kind of a paper's id.
#[derive(Debug)]
pub enum PaperKindId {}
pub type PaperId = Id<PaperKindId>;

store::words! {
    pub enum PaperKind { PurchaseOrder = "purchase_order", Receipt = "receipt" }
}
store::words! {
    /// How far it has come there.
    pub enum PaperStage { Draft = "draft", Submitted = "submitted", Cancelled = "cancelled" }
}

/// One line of a paper.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaperLine {
    /// Their code of it, and its name.
    pub item: String,
    pub name: String,
    /// As they write the number: pieces, metres.
    pub quantity: String,
    /// Of an order: what came in of it so far.
    pub received: Option<String>,
    pub amount: Money,
    /// Of a receipt.
    pub serials: Vec<String>,
    /// Of a receipt: the order that it is of.
    pub order: Option<String>,
}

row! {
    pub struct Paper {
        pub id: PaperId,
        pub engine: Engine,
        pub kind: PaperKind,
        pub external_id: String,
        pub supplier: String,
        pub dated: Day,
        pub total: Money,
        pub stage: PaperStage,
        pub status: String,
        /// [`PaperLine`]s.
        pub lines: serde_json::Value,
        pub seen_at: Ts,
    }
}

impl Paper {
    pub fn lines(&self) -> Vec<PaperLine> {
        serde_json::from_value(self.lines.clone()).unwrap_or_default()
    }
}

const COLUMNS: &str =
    "id, engine, kind, external_id, supplier, dated, total, stage, status, lines, seen_at";

const fn kind_of(seen: &PurchaseSeen) -> PaperKind {
    if seen.is_receipt { PaperKind::Receipt } else { PaperKind::PurchaseOrder }
}

/// Keeps a paper as it was just seen.
///
/// # Errors
/// Only when the database fails.
pub async fn keep(tx: &mut Tx, engine: Engine, seen: &PurchaseSeen) -> Result<()> {
    let stage = match seen.head.stage {
        Stage::Draft => PaperStage::Draft,
        Stage::Submitted => PaperStage::Submitted,
        Stage::Cancelled => PaperStage::Cancelled,
    };
    let id: PaperId = tx.new_id();
    let lines = serde_json::to_value(&seen.lines).unwrap_or_default();
    tx.exec(
        "insert into bridge_paper (id, engine, kind, external_id, supplier, dated, total, stage, status,
           lines, seen_at) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)
         on conflict (engine, kind, external_id) do update set supplier = excluded.supplier,
           dated = excluded.dated, total = excluded.total, stage = excluded.stage,
           status = excluded.status, lines = excluded.lines, seen_at = excluded.seen_at",
        args![
            id,
            engine,
            kind_of(seen),
            seen.head.external_id,
            seen.supplier,
            seen.dated,
            seen.total,
            stage,
            seen.status,
            lines,
            tx.now()
        ],
    )
    .await
    .map(drop)
}

/// A paper by its name there; `None`: it was never seen.
///
/// # Errors
/// Only when the database fails.
pub async fn find(
    q: &mut dyn Query,
    engine: Engine,
    kind: PaperKind,
    external_id: &str,
) -> Result<Option<Paper>> {
    let sql = format!(
        "select {COLUMNS} from bridge_paper where engine = $1 and kind = $2 and external_id = $3"
    );
    q.row_opt(&sql, args![engine, kind, external_id]).await
}

/// The newest first, by their own days; drafts are not shown.
///
/// # Errors
/// Only when the database fails.
pub async fn newest(q: &mut dyn Query, kind: Option<PaperKind>, limit: i64) -> Result<Vec<Paper>> {
    let sql = format!(
        "select {COLUMNS} from bridge_paper where stage <> 'draft' and ($1 is null or kind = $1)
         order by dated desc, id desc limit $2"
    );
    q.rows(&sql, args![kind, limit]).await
}
