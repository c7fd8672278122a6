//! Stock over HTTP: receiving and moving by scan, each item's place and history, counted stock, the
//! technician's bag, labels; suppliers and purchase orders.

use utoipa_axum::router::OpenApiRouter;

use super::app::App;

mod bag;
mod counted;
mod counts;
mod fate;
mod items;
mod labels;
mod moves;
mod places;
mod purchase_deeds;
mod purchase_paper;
mod purchase_view;
mod purchases;
mod receive;
mod suppliers;
mod verdict;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(items::router())
        .merge(receive::router())
        .merge(moves::router())
        .merge(fate::router())
        .merge(counted::router())
        .merge(counts::router())
        .merge(places::router())
        .merge(bag::router())
        .merge(labels::router())
        .merge(suppliers::router())
        .merge(purchases::router())
        .merge(purchase_deeds::router())
        .merge(purchase_paper::router())
}

/// The room's words for fields that have another name in requests.
const NAMES: &[(&str, &str)] = &[
    ("warehouse", "warehouse_id"),
    ("type", "type_id"),
    ("to", "to_location_id"),
    ("sku", "code"),
    ("branch", "branch_id"),
    ("supplier", "supplier_id"),
    ("line", "line_id"),
];

/// Most lines of one scan.
const LINES_MAX: usize = 500;
