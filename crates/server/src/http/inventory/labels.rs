//! Labels with the QR code that a technician's scan understands.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use documents::label::{Label, label_pdf, label_sheet_pdf};
use flows::views::items;
use inventory::{Owner, find};
use kernel::{Actor, Fault, Field};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::LINES_MAX;
use crate::http::app::App;
use crate::http::extract::Search;
use crate::http::problem::Problem;
use crate::http::wire::counted;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(labels))
}

/// What labels are printed on.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum LabelPaper {
    /// One label of 50 × 25 mm a page, for a label printer.
    #[default]
    Roll,
    /// 44 on an A4 sheet.
    Sheet,
}

/// Which labels.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct LabelQuery {
    /// Up to 500 serials, separated by commas.
    serials: String,
    /// `roll` (when left out) or `sheet`.
    #[serde(default)]
    #[param(inline)]
    paper: LabelPaper,
    /// Places of the first sheet that stay empty: 0–43.
    #[serde(default)]
    skip: usize,
}

/// Labels as PDF.
#[utoipa::path(
    get, path = "/api/v1/labels", params(LabelQuery),
    responses((status = 200, description = "A PDF", content_type = "application/pdf", body = Vec<u8>))
)]
async fn labels(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<LabelQuery>,
) -> Result<Response, Problem> {
    let serials = query.serials.split(',').map(str::trim).filter(|serial| !serial.is_empty());
    let serials: Vec<&str> = serials.collect();
    counted("serials", serials.len(), LINES_MAX)?;
    let mut reader = app.reader();
    let company = catalog::current(&mut reader).await?.company.as_ref().map(|c| c.name.clone());
    let mut labels = Vec::with_capacity(serials.len());
    for serial in serials {
        let found = find::by_serial(&mut reader, &actor.scope, serial).await;
        let item = found.map_err(|fault| naming(serial, fault))?;
        let row = items::find(&mut reader, &actor.scope, item.id).await?;
        let kind = row.map(|row| row.type_name).unwrap_or_default();
        let owner = (item.owner == Owner::Isp).then(|| company.clone()).flatten();
        labels.push(Label {
            serial: item.serial,
            mac: item.mac,
            item_type: kind,
            owner: owner.map(|name| format!("Milik {name}")),
        });
    }
    let (paper, skip) = (query.paper, query.skip);
    // Setting a page takes the processor for a while: not on a thread that answers requests.
    let print = move || match paper {
        LabelPaper::Roll => label_pdf(&labels),
        LabelPaper::Sheet => label_sheet_pdf(&labels, skip),
    };
    let pdf = tokio::task::spawn_blocking(print)
        .await
        .map_err(|error| Fault::bug(format!("printing labels: {error}")))??;
    let kind = (header::CONTENT_TYPE, "application/pdf");
    let name = (header::CONTENT_DISPOSITION, "inline; filename=\"label.pdf\"");
    Ok(([kind, name], pdf).into_response())
}

/// Says which of the serials is not there.
fn naming(serial: &str, fault: Fault) -> Fault {
    if fault.kind != kernel::FaultKind::NotFound {
        return fault;
    }
    Fault::fields(vec![Field::new(
        "serials",
        "not_found",
        format!("{serial} tidak ada"),
        format!("there is no {serial}"),
    )])
}
