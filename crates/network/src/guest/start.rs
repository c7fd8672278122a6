//! A guest's first login, once it is in the spool.

use kernel::{Event, NasId, Result, Ts, VoucherId};
use store::{Lock, QueryExt, Tx, args, row};

use super::{Code, GuestState, touch};
use crate::mac::Mac;

/// A login that was answered by starting the code's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuestStart {
    pub code: Code,
    pub at: Ts,
    pub nas: NasId,
    pub mac: Option<Mac>,
}

row! {
    struct Row { id: VoucherId, days: i64, state: GuestState, started_at: Option<Ts> }
}

/// Starts clocks. The earliest login counts, whichever is told first, so that the same starts again and
/// those of several nodes end the same. Answers whose clock was set.
pub async fn start(tx: &mut Tx, starts: &[GuestStart]) -> Result<Vec<VoucherId>> {
    let mut set = Vec::new();
    if starts.is_empty() {
        return Ok(set);
    }
    tx.lock(Lock::Named("network.guests")).await?;
    let mut starts = starts.to_vec();
    starts.sort_by_key(|start| start.at);
    for one in &starts {
        let known: Option<Row> = tx
            .row_opt(
                "select id, days, state, started_at from network_guest where code = $1",
                args![one.code.as_str()],
            )
            .await?;
        // Withdrawn meanwhile: it was let in a moment too long, and its session is ended.
        let Some(row) = known.filter(|row| row.state == GuestState::Open) else { continue };
        if row.started_at.is_some_and(|at| at <= one.at) {
            continue;
        }
        tx.exec(
            "update network_guest set started_at = $1, ends_at = $2, mac = $3, nas_id = $4
             where id = $5",
            args![one.at, one.at.plus_days(row.days), one.mac, one.nas, row.id],
        )
        .await?;
        set.push(row.id);
    }
    touch(tx, &set).await?;
    for voucher in &set {
        tx.emit(Event::GuestStarted { voucher: *voucher });
    }
    Ok(set)
}
