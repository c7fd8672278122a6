//! The work order on paper; once it is done, the hand-over report that the customer signs.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use catalog::{Catalog, Company};
use documents::paper::{Issuer, Party};
use documents::work_order::{
    DeviceAction, JobKind, Signature, WorkOrderDevice, WorkOrderPaper, WorkResult, work_order_pdf,
};
use flows::views::work_orders::{self, WorkOrderPage};
use fulfilment::photo;
use fulfilment::{Kind, State as OrderState};
use kernel::{Actor, Fault, Lang, Permission, Result as Fallible, WorkOrderId};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::App;
use crate::http::extract::{At, Search};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(pdf))
}

/// In which language.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PaperQuery {
    /// `id` or `en`; the customer's when left out.
    #[param(value_type = Option<String>)]
    lang: Option<Lang>,
}

/// The work order as PDF; once it is done, the hand-over report.
#[utoipa::path(
    get, path = "/api/v1/work-orders/{id}/pdf", params(("id" = uuid::Uuid, Path), PaperQuery),
    responses((status = 200, description = "A PDF", content_type = "application/pdf", body = Vec<u8>))
)]
async fn pdf(
    State(app): State<App>,
    actor: Actor,
    At(id): At<WorkOrderId>,
    Search(query): Search<PaperQuery>,
) -> Result<Response, Problem> {
    let mut reader = app.reader();
    let page = work_orders::page(&mut reader, &actor.scope, id).await?;
    let catalog = catalog::current(&mut reader).await?;
    let lang = query.lang.or(Lang::from_code(&page.row.customer_lang)).unwrap_or_default();
    let name = format!("inline; filename=\"{}.pdf\"", page.order.number);
    let signature = photo::signature(&mut reader, &page.order).await?;
    let signature = signature.map(|(photo, picture)| Signature {
        png: picture.bytes,
        name: photo.signer,
        signed_at: photo.taken_at,
    });
    let paper = paper(&page, &catalog, &actor, signature, lang)?;
    // Setting a page takes the processor for a while: not on a thread that answers requests.
    let pdf = tokio::task::spawn_blocking(move || work_order_pdf(&paper, lang))
        .await
        .map_err(|error| Fault::bug(format!("printing a work order: {error}")))??;
    let kind = (header::CONTENT_TYPE, "application/pdf".to_owned());
    Ok(([kind, (header::CONTENT_DISPOSITION, name)], pdf).into_response())
}

fn paper(
    page: &WorkOrderPage,
    catalog: &Catalog,
    actor: &Actor,
    signature: Option<Signature>,
    lang: Lang,
) -> Fallible<WorkOrderPaper> {
    let (order, row) = (&page.order, &page.row);
    let sees = actor.may(Permission::CustomerRead)
        || (order.state.is_live() && page.works_on(actor.user()));
    let customer = Party {
        name: row.customer_name.clone(),
        number: row.customer_number.clone(),
        address: order.address.clone(),
        phone: sees.then(|| row.customer_phone.to_string()),
        npwp: None,
    };
    let result =
        order.done_at.filter(|_| order.state == OrderState::Done).map(|done_at| WorkResult {
            done_at,
            zone: catalog.zone(order.branch_id),
            online: order.online_result.as_deref().map(|said| online(said, lang)),
            signal: order.signal_cdbm.map(fulfilment::signal_spoken),
            signature,
            remarks: None,
        });
    Ok(WorkOrderPaper {
        issuer: issuer(catalog.company()?),
        customer,
        number: order.number.clone(),
        kind: kind(order.kind),
        scheduled_on: order.scheduled_on,
        window: None,
        technicians: page.workers.iter().map(|worker| worker.name.clone()).collect(),
        branch: Some(row.branch_name.clone()),
        subscription: Some(row.subscription_number.clone()),
        plan: Some(row.plan_name.clone()),
        account: row.username.clone(),
        odp: row.odp_code.as_ref().map(|code| match row.odp_port {
            Some(port) => format!("{code} / {port}"),
            None => code.clone(),
        }),
        site: order.site_lat.zip(order.site_lon),
        devices: devices(page),
        instructions: Some(order.note.clone()).filter(|note| !note.is_empty()),
        checklist: checklist(order.kind, lang),
        result,
    })
}

fn issuer(company: &Company) -> Issuer {
    let filled = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    Issuer {
        name: company.name.clone(),
        legal_name: company.legal_name.clone(),
        address: company.address.clone(),
        npwp: company.npwp.clone(),
        is_pkp: company.is_pkp,
        phone: filled(&company.phone),
        email: filled(&company.email),
        website: None,
        logo: None,
    }
}

const fn kind(kind: Kind) -> JobKind {
    match kind {
        Kind::Install => JobKind::Install,
        Kind::Repair => JobKind::Repair,
        Kind::Swap => JobKind::Swap,
        Kind::Move => JobKind::Move,
        Kind::Dismantle => JobKind::Dismantle,
    }
}

/// The device that was scanned.
fn devices(page: &WorkOrderPage) -> Vec<WorkOrderDevice> {
    let order = &page.order;
    if !order.has_device() {
        return Vec::new();
    }
    let action = match (order.kind, order.item_id) {
        (Kind::Dismantle, _) => DeviceAction::TakeBack,
        (_, Some(_)) => DeviceAction::Lend,
        (_, None) => DeviceAction::CustomerOwned,
    };
    vec![WorkOrderDevice {
        item_type: page.row.item_type.clone().unwrap_or_else(|| "CPE".to_owned()),
        serial: order.serial.clone(),
        mac: order.mac_scanned.clone(),
        action,
    }]
}

fn online(said: &str, lang: Lang) -> String {
    match (said, lang) {
        ("online", Lang::Id) => "Sudah online".to_owned(),
        ("online", Lang::En) => "Online".to_owned(),
        (why, _) => why.to_owned(),
    }
}

/// What is ticked at the site.
fn checklist(kind: Kind, lang: Lang) -> Vec<String> {
    let steps: &[(&str, &str)] = match kind {
        Kind::Install | Kind::Swap => &[
            ("Perangkat dipindai dan difoto", "Device scanned and photographed"),
            ("Modem online, kecepatan dicek", "Modem online, speed checked"),
            ("Wi-Fi dan cara bayar dijelaskan", "Wi-Fi and ways to pay explained"),
        ],
        Kind::Repair => &[
            ("Penyebab gangguan ditemukan", "Cause of the trouble found"),
            ("Modem online, kecepatan dicek", "Modem online, speed checked"),
        ],
        Kind::Move => &[
            ("Kabel di alamat lama dirapikan", "Cable at the old address tidied"),
            ("Modem online di alamat baru", "Modem online at the new address"),
        ],
        Kind::Dismantle => &[
            ("Perangkat dan adaptor diambil", "Device and adapter taken back"),
            ("Kabel dirapikan", "Cable tidied"),
        ],
    };
    let pick = |(id, en): &(&str, &str)| match lang {
        Lang::Id => (*id).to_owned(),
        Lang::En => (*en).to_owned(),
    };
    steps.iter().map(pick).collect()
}
