//! Where the technician was.

use kernel::{Result, WorkOrderId};
use store::Tx;

use crate::ask::for_work;
use crate::evidence::{Gps, NO_PORT, better, metres, review};
use crate::open::facts;
use crate::order::{Mark, State, WorkOrder};
use crate::store::{order as rows, photo};

/// Records a position. Of several the one nearest to the pin counts, so that it does not matter which
/// arrives first; one that comes after the order was closed still takes it off (or puts it on) the list
/// for review.
///
/// # Errors
/// Field errors for a position off the globe; `fulfilment.wrong_state` before anybody set out and on a
/// cancelled order; `fulfilment.other_visit`.
pub async fn record_gps(
    tx: &mut Tx,
    id: WorkOrderId,
    gps: Gps,
    visit: Option<i64>,
) -> Result<WorkOrder> {
    gps.check()?;
    let before = for_work(tx, id).await?;
    before.check_visit(Mark { at: gps.at, visit })?;
    if matches!(before.state, State::Open | State::Assigned | State::Cancelled) {
        return Err(before.state.refusal(&before.number));
    }
    let pin = before.site_lat.zip(before.site_lon);
    let known = before.gps_lat.zip(before.gps_lon).zip(before.gps_at).map(|((lat, lon), at)| Gps {
        lat,
        lon,
        accuracy_m: before.gps_accuracy_m.unwrap_or(0),
        at,
    });
    let counts = known.map_or(gps, |known| better(pin, known, gps));
    if known == Some(counts) {
        return Ok(before);
    }
    let here = (counts.lat, counts.lon);
    let mut order = WorkOrder {
        gps_lat: Some(counts.lat),
        gps_lon: Some(counts.lon),
        gps_accuracy_m: Some(counts.accuracy_m),
        gps_at: Some(counts.at),
        // At most half the globe: far inside i64.
        distance_m: pin.map(|pin| metres(pin, here).round() as i64),
        ..before.clone()
    };
    let no_port = order.review_why.as_deref() == Some(NO_PORT);
    if order.state == State::Done && order.reviewed_at.is_none() && !no_port {
        let why = review(&order, photo::come(tx, id, order.visit).await?);
        order.review = why.is_some();
        order.review_why = why.map(str::to_owned);
    }
    rows::save(tx, &order).await?;
    tx.journal("work_order", id.uuid(), "position", facts(&before), facts(&order)).await?;
    Ok(order)
}
