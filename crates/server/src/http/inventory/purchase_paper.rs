//! The purchase order on paper, for the supplier.

use axum::extract::State;
use axum::response::Response;
use documents::purchase::{PurchaseLine, PurchasePaper, SheetSize, purchase_pdf};
use flows::views::purchases::{self, PurchasePage};
use inventory::purchase::{PurchaseId, PurchaseState};
use kernel::{Actor, Lang, Result as Fallible, Zone};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::App;
use crate::http::billing::papers::issuer;
use crate::http::billing::{pdf, typeset};
use crate::http::context;
use crate::http::extract::{At, Search};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(print))
}

/// On what an order is printed, and in which language.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PurchasePaperQuery {
    /// `a4` (when left out) or `a5`.
    #[param(value_type = Option<String>)]
    paper: Option<SheetWord>,
    /// `id` or `en`; the request's own when left out.
    #[param(value_type = Option<String>)]
    lang: Option<Lang>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum SheetWord {
    #[default]
    A4,
    A5,
}

/// Print a purchase order: A4 or A5, PDF.
///
/// One that nobody approved says so on the paper.
#[utoipa::path(
    get, path = "/api/v1/purchases/{id}/pdf", params(("id" = uuid::Uuid, Path), PurchasePaperQuery),
    responses((status = 200, content_type = "application/pdf", body = Vec<u8>))
)]
async fn print(
    State(app): State<App>,
    actor: Actor,
    At(id): At<PurchaseId>,
    Search(query): Search<PurchasePaperQuery>,
) -> Result<Response, Problem> {
    let mut q = app.reader();
    let page = purchases::page(&mut q, &actor, id).await?;
    let catalog = catalog::current(&mut q).await?;
    let lang = query.lang.unwrap_or_else(context::lang);
    let size = match query.paper.unwrap_or_default() {
        SheetWord::A4 => SheetSize::A4,
        SheetWord::A5 => SheetSize::A5,
    };
    let zone = catalog.zone(page.order.branch_id);
    let number = page.order.number.clone();
    let paper = paper(page, &catalog, zone)?;
    let bytes = typeset(move || purchase_pdf(&paper, size, lang)).await?;
    Ok(pdf(&number, bytes))
}

fn paper(page: PurchasePage, catalog: &catalog::Catalog, zone: Zone) -> Fallible<PurchasePaper> {
    let PurchasePage { order, supplier, branch_name, location_name, lines, .. } = page;
    let waits = matches!(
        order.state,
        PurchaseState::Draft | PurchaseState::Submitted | PurchaseState::Rejected
    );
    let line = |line: inventory::purchase::PurchaseLine| PurchaseLine {
        amount: line.amount(),
        code: line.sku,
        name: line.name,
        unit: line.unit,
        quantity: line.ordered,
        price: line.price,
    };
    Ok(PurchasePaper {
        issuer: issuer(catalog)?,
        number: order.number,
        written_on: order.created_at.day(zone),
        supplier: supplier.name,
        supplier_contact: supplier.contact,
        supplier_phone: supplier.phone,
        supplier_address: supplier.address,
        deliver_to: format!("{location_name}, {branch_name}"),
        expected_on: order.expected_on,
        lines: lines.into_iter().map(line).collect(),
        total: order.total,
        note: order.note,
        written_by: order.created_by_name,
        approved_by: order.decided_by_name.filter(|_| !waits),
        is_approved: !waits && order.state != PurchaseState::Cancelled,
        is_cancelled: order.state == PurchaseState::Cancelled,
    })
}
