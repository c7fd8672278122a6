//! Handing items over by scan: to a technician's bag, to another warehouse, back.

use axum::extract::State;
use inventory::location::{self, LocationKind};
use inventory::{Item, find, transfer};
use kernel::{Actor, Fault, LocationId, Result as Fallible};
use serde::Deserialize;
use store::Tx;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::verdict::{HowWord, LineVerdict, LineVerdicts, by_lock_order};
use super::{LINES_MAX, NAMES};
use crate::http::app::{App, Written};
use crate::http::extract::Body;
use crate::http::wire::{counted, on_wire};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(hand_over))
}

/// A hand-over as scanned.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct HandOver {
    /// 1–500 serials, MACs or labels.
    serials: Vec<String>,
    /// A warehouse or a technician's bag.
    #[schema(value_type = String, format = Uuid)]
    to_location_id: LocationId,
    #[serde(default)]
    how: HowWord,
    /// Why they were typed and not scanned.
    reason: Option<String>,
    /// Given by hand: they are in the bag at once. Otherwise they wait for the technician to accept them.
    #[serde(default)]
    hand_over: bool,
}

/// Move items to a warehouse or a technician's bag.
///
/// A verdict for each line: a wrong one keeps none of the others back.
#[utoipa::path(
    post, path = "/api/v1/moves", request_body = HandOver, responses((status = 200, body = LineVerdicts))
)]
async fn hand_over(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<HandOver>,
) -> Written<LineVerdicts> {
    counted("serials", body.serials.len(), LINES_MAX)?;
    app.write(&actor, async move |tx| {
        place(tx, body.to_location_id).await.map_err(|fault| on_wire(fault, NAMES))?;
        let how = body.how.checked(body.reason.as_deref())?;
        let scope = tx.actor().scope.clone();
        let mut found: Vec<Result<Item, Fault>> = Vec::with_capacity(body.serials.len());
        for serial in &body.serials {
            found.push(find::by_serial(tx, &scope, serial).await);
        }
        let mut done: Vec<Option<Fallible<u64>>> = found.iter().map(|_| None).collect();
        for (n, id) in by_lock_order(&found) {
            let to = body.to_location_id;
            let moved = transfer::transfer(tx, &[id], to, &how, body.hand_over).await;
            if let Some(slot) = done.get_mut(n) {
                *slot = Some(moved);
            }
        }
        let lines = body.serials.into_iter().zip(found).zip(done);
        let verdict =
            |((serial, item), moved): ((String, Result<Item, Fault>), _)| match (item, moved) {
                (Ok(item), Some(Ok(moved))) => Ok(LineVerdict::done(serial, item.id, moved > 0)),
                (_, Some(Err(fault))) | (Err(fault), _) => LineVerdict::refused(serial, fault),
                (Ok(_), None) => Err(Fault::bug("a line without an answer")),
            };
        Ok(LineVerdicts { lines: lines.map(verdict).collect::<Fallible<_>>()? })
    })
    .await
}

/// The place must be one that items can be handed to; said once, not for each line.
async fn place(tx: &mut Tx, id: LocationId) -> Fallible<()> {
    let scope = tx.actor().scope.clone();
    let place = location::find(tx, &scope, id).await?;
    if matches!(place.kind, LocationKind::Warehouse | LocationKind::Bag) {
        return Ok(());
    }
    let (id, en) = ("hanya gudang atau tas teknisi", "must be a warehouse or a technician's bag");
    Err(Fault::field("to", "kind", id, en))
}
