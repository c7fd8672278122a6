//! The bag of the technician who is logged in: what they carry, accept, give back and use up.

use axum::Json;
use axum::extract::State;
use flows::field::Used;
use flows::views::items::{self, ItemRow};
use fulfilment::Mark;
use inventory::How;
use inventory::bulk;
use inventory::location::{self, Location, LocationKind};
use inventory::receive::{mac_of, serial_of};
use inventory::transfer::{self, Fate};
use kernel::{
    Actor, Fault, ItemTypeId, LocationId, Result as Fallible, Scope, UserId, WorkOrderId,
};
use serde::{Deserialize, Serialize};
use store::{Query, Tx};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::counted::{LevelView, in_range};
use super::fate::typed;
use super::items::ItemView;
use super::verdict::{HowWord, LineVerdict, LineVerdicts};
use super::{LINES_MAX, NAMES};
use crate::http::app::{App, Reply, Written};
use crate::http::extract::Body;
use crate::http::wire::{counted, given, on_wire};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(bag))
        .routes(routes!(accept))
        .routes(routes!(give_back))
        .routes(routes!(use_up))
}

/// A technician's bag.
#[derive(Serialize, ToSchema)]
struct BagView {
    /// Null until the warehouse made one.
    #[schema(value_type = Option<String>, format = Uuid)]
    location_id: Option<LocationId>,
    /// What is in it, by serial.
    items: Vec<ItemView>,
    /// What the warehouse offers and waits to be accepted.
    offered: Vec<ItemView>,
    counted: Vec<LevelView>,
    /// Where things can be given back.
    warehouses: Vec<WarehouseView>,
}

/// A warehouse of the branch.
#[derive(Serialize, ToSchema)]
struct WarehouseView {
    #[schema(value_type = String, format = Uuid)]
    id: LocationId,
    name: String,
}

/// The bag is a person's.
fn technician(actor: &Actor) -> Fallible<UserId> {
    actor.user().ok_or_else(|| {
        Fault::not_found("inventory.no_bag", "Tas ini milik teknisi.", "A bag is a technician's.")
    })
}

async fn bag_place(q: &mut dyn Query, user: UserId) -> Fallible<Option<Location>> {
    let own = Scope { technician: Some(user), ..Scope::all() };
    let places = location::list(q, &own).await?;
    Ok(places.into_iter().find(|place| place.kind == LocationKind::Bag))
}

async fn view(q: &mut dyn Query, actor: &Actor) -> Fallible<BagView> {
    let user = technician(actor)?;
    let place = bag_place(q, user).await?;
    let rows = items::of_bag(q, user).await?;
    let (items, offered): (Vec<ItemRow>, Vec<ItemRow>) =
        rows.into_iter().partition(|row| Some(row.location_id) == place.as_ref().map(|p| p.id));
    let counted = match &place {
        Some(place) => bulk::levels(q, place.id).await?,
        None => Vec::new(),
    };
    let branch = Scope { branch: actor.scope.branch, ..Scope::all() };
    let places = location::list(q, &branch).await?;
    let warehouses = places.into_iter().filter(|place| place.kind == LocationKind::Warehouse);
    let shown = |rows: Vec<ItemRow>| rows.into_iter().map(|row| ItemView::of(row, actor)).collect();
    Ok(BagView {
        location_id: place.map(|place| place.id),
        items: shown(items),
        offered: shown(offered),
        counted: counted.into_iter().map(LevelView::from).collect(),
        warehouses: warehouses.map(|p| WarehouseView { id: p.id, name: p.name }).collect(),
    })
}

/// One's own bag.
#[utoipa::path(get, path = "/api/v1/bag", responses((status = 200, body = BagView)))]
async fn bag(State(app): State<App>, actor: Actor) -> Reply<BagView> {
    Ok(Json(view(&mut app.reader(), &actor).await?))
}

/// The bag's item that a scan means: in it, or offered to it.
fn meant<'a>(rows: &'a [ItemRow], text: &str) -> Fallible<&'a ItemRow> {
    let (serial, mac) = (serial_of(text).ok(), mac_of(text).ok());
    let is_meant = |row: &&ItemRow| {
        Some(&row.serial) == serial.as_ref() || (row.mac.is_some() && row.mac == mac)
    };
    rows.iter().find(is_meant).ok_or_else(|| {
        Fault::not_found(
            "inventory.not_offered",
            format!("{text} tidak ada di tas Anda dan tidak diserahkan ke Anda."),
            format!("{text} is not in your bag and was not handed to you."),
        )
    })
}

/// Serials as scanned.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AcceptItems {
    /// 1–500 serials, MACs or labels.
    serials: Vec<String>,
    #[serde(default)]
    how: HowWord,
    /// Why they were typed and not scanned.
    reason: Option<String>,
}

/// Accept what the warehouse offers.
///
/// A verdict for each line. Accepting again changes nothing.
#[utoipa::path(
    post, path = "/api/v1/bag/accept", request_body = AcceptItems,
    responses((status = 200, body = LineVerdicts))
)]
async fn accept(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<AcceptItems>,
) -> Written<LineVerdicts> {
    counted("serials", body.serials.len(), LINES_MAX)?;
    let user = technician(&actor)?;
    let how = body.how.checked(body.reason.as_deref())?;
    app.write(&actor, async move |tx| each(tx, user, body.serials, Deed::Accept { how }).await)
        .await
}

/// What goes back to the warehouse.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReturnItems {
    /// 1–500 serials, MACs or labels.
    serials: Vec<String>,
    /// A warehouse.
    #[schema(value_type = String, format = Uuid)]
    to_location_id: LocationId,
    /// Why they go back.
    reason: Option<String>,
    #[serde(default)]
    how: HowWord,
    /// Why they were typed and not scanned.
    typed_because: Option<String>,
}

/// Give items back to a warehouse, to be tested.
#[utoipa::path(
    post, path = "/api/v1/bag/return", request_body = ReturnItems,
    responses((status = 200, body = LineVerdicts))
)]
async fn give_back(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<ReturnItems>,
) -> Written<LineVerdicts> {
    counted("serials", body.serials.len(), LINES_MAX)?;
    let user = technician(&actor)?;
    let how = typed(body.how, body.typed_because.as_deref())?;
    app.write(&actor, async move |tx| {
        let wide = Scope { branch: tx.actor().scope.branch, ..Scope::all() };
        let place = location::find(tx, &wide, body.to_location_id).await?;
        if place.kind != LocationKind::Warehouse {
            let (id, en) = ("bukan gudang", "is not a warehouse");
            return Err(Fault::field("to_location_id", "kind", id, en));
        }
        let reason = given(body.reason.as_deref()).unwrap_or_default().to_owned();
        let bag = bag_place(tx, user).await?.map(|bag| bag.id);
        each(tx, user, body.serials, Deed::GiveBack { bag, to: place.id, reason, how }).await
    })
    .await
}

/// What is done with each of the scanned items.
enum Deed {
    Accept { how: How },
    GiveBack { bag: Option<LocationId>, to: LocationId, reason: String, how: How },
}

impl Deed {
    /// Whether anything changed.
    async fn to(&self, tx: &mut Tx, user: UserId, row: &ItemRow) -> Fallible<bool> {
        match self {
            Self::Accept { how } => Ok(transfer::accept(tx, user, &[row.id], how).await? > 0),
            Self::GiveBack { bag, to, reason, how } => {
                if Some(row.location_id) != *bag {
                    return Err(Fault::conflict(
                        "inventory.not_in_bag",
                        format!("{} belum Anda terima.", row.serial),
                        format!("You have not accepted {} yet.", row.serial),
                    ));
                }
                transfer::part_with(tx, row.id, Fate::Returned(*to), how, reason).await?;
                Ok(true)
            }
        }
    }
}

/// Does it to each item that a line means, in the order in which items are locked, and says line by line
/// what became of it.
async fn each(
    tx: &mut Tx,
    user: UserId,
    serials: Vec<String>,
    deed: Deed,
) -> Fallible<LineVerdicts> {
    let rows = items::of_bag(tx, user).await?;
    let mut lines: Vec<(usize, String, Fallible<&ItemRow>)> = Vec::with_capacity(serials.len());
    for (n, serial) in serials.into_iter().enumerate() {
        let found = meant(&rows, &serial);
        lines.push((n, serial, found));
    }
    lines.sort_by_key(|(n, _, found)| (found.as_ref().ok().map(|row| row.id), *n));
    let mut verdicts = Vec::with_capacity(lines.len());
    for (n, serial, found) in lines {
        let done = match found {
            Ok(row) => deed.to(tx, user, row).await.map(|changed| (row.id, changed)),
            Err(fault) => Err(fault),
        };
        let verdict = match done {
            Ok((id, changed)) => LineVerdict::done(serial, id, changed),
            Err(fault) => LineVerdict::refused(serial, fault)?,
        };
        verdicts.push((n, verdict));
    }
    verdicts.sort_by_key(|(n, _)| *n);
    Ok(LineVerdicts { lines: verdicts.into_iter().map(|(_, verdict)| verdict).collect() })
}

/// What was used up on a job.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UseUp {
    #[schema(value_type = String, format = Uuid)]
    type_id: ItemTypeId,
    /// In the type's unit, above 0.
    quantity: i64,
    /// A work order of one's own that was accepted.
    #[schema(value_type = String, format = Uuid)]
    work_order_id: WorkOrderId,
}

/// Use up counted stock of the bag on a work order.
///
/// 409 `inventory.not_enough` says what the bag holds.
#[utoipa::path(
    post, path = "/api/v1/bag/use", request_body = UseUp, responses((status = 200, body = BagView))
)]
async fn use_up(State(app): State<App>, actor: Actor, Body(body): Body<UseUp>) -> Written<BagView> {
    in_range(body.quantity)?;
    let user = technician(&actor)?;
    app.write(&actor, async move |tx| {
        let actor = tx.actor().clone();
        let Some(bag) = bag_place(tx, user).await? else {
            return Err(Fault::conflict(
                "inventory.no_bag",
                "Anda belum punya tas; gudang membuatnya saat menyerahkan barang.",
                "You have no bag yet; the warehouse makes it when it hands things over.",
            ));
        };
        let used = Used {
            bag: bag.id,
            item_type: body.type_id,
            quantity: body.quantity,
            key: &format!("request:{}", tx.trail()),
        };
        let mark = Mark::at(tx.now());
        let done = flows::field::use_up(tx, body.work_order_id, &used, mark).await;
        done.map_err(|fault| on_wire(fault, NAMES))?;
        view(tx, &actor).await
    })
    .await
}
