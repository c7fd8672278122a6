//! Papers of an engine that are only shown: what was ordered from suppliers there, and what came in.

use axum::Json;
use axum::extract::State;
use bridge::Engine;
use bridge::paper::{self, Paper, PaperId, PaperKind, PaperLine, PaperStage};
use kernel::{Day, Money, Ts};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::{App, Reply};
use crate::http::extract::{Listing, Search, page_size};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list))
}

/// A line of a paper of an engine.
#[derive(Serialize, ToSchema)]
struct ForeignLine {
    /// Their code of it.
    item: String,
    name: String,
    /// As they write the number: pieces, metres.
    quantity: String,
    /// Of an order: what came in of it so far.
    received: Option<String>,
    #[schema(value_type = i64)]
    amount: Money,
    /// Of a receipt.
    serials: Vec<String>,
    /// Of a receipt: their name of the order that it is of.
    order: Option<String>,
}

impl From<PaperLine> for ForeignLine {
    fn from(line: PaperLine) -> Self {
        Self {
            item: line.item,
            name: line.name,
            quantity: line.quantity,
            received: line.received,
            amount: line.amount,
            serials: line.serials,
            order: line.order,
        }
    }
}

/// A paper of an engine: it can be read here, not changed.
#[derive(Serialize, ToSchema)]
struct ForeignPaper {
    #[schema(value_type = String, format = Uuid)]
    id: PaperId,
    #[schema(value_type = String)]
    engine: Engine,
    /// `purchase_order` or `receipt`.
    #[schema(value_type = String)]
    kind: PaperKind,
    /// What it is called there.
    external_id: String,
    supplier: String,
    #[schema(value_type = String, format = Date)]
    dated: Day,
    #[schema(value_type = i64)]
    total: Money,
    /// `submitted` or `cancelled`.
    #[schema(value_type = String)]
    stage: PaperStage,
    /// In their words.
    status: String,
    lines: Vec<ForeignLine>,
    /// When it was read last.
    #[schema(value_type = String, format = DateTime)]
    seen_at: Ts,
}

impl From<Paper> for ForeignPaper {
    fn from(paper: Paper) -> Self {
        Self {
            lines: paper.lines().into_iter().map(ForeignLine::from).collect(),
            id: paper.id,
            engine: paper.engine,
            kind: paper.kind,
            external_id: paper.external_id,
            supplier: paper.supplier,
            dated: paper.dated,
            total: paper.total,
            stage: paper.stage,
            status: paper.status,
            seen_at: paper.seen_at,
        }
    }
}

/// The query of the list of papers.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ForeignQuery {
    /// `purchase_order` or `receipt`; both when left out.
    #[param(value_type = Option<String>)]
    kind: Option<PaperKind>,
    /// Rows: 1–200, 50 when not given.
    limit: Option<i64>,
}

/// Purchase orders and receipts that were made in an engine, newest first.
#[utoipa::path(
    get, path = "/api/v1/engines/purchases", params(ForeignQuery),
    responses((status = 200, body = Listing<ForeignPaper>))
)]
async fn list(
    State(app): State<App>,
    Search(query): Search<ForeignQuery>,
) -> Reply<Listing<ForeignPaper>> {
    let rows = paper::newest(&mut app.reader(), query.kind, page_size(query.limit)).await?;
    Ok(Json(Listing::whole(rows.into_iter().map(ForeignPaper::from).collect())))
}
