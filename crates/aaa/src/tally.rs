//! What the engine counted, written where people look: per router, and of the service as a whole.

use kernel::{Cause, NasId, Result, Ts};
use network::tally::{self, Tally};
use serde_json::json;
use store::task::Report;
use store::{Db, Tx};

use crate::engine::Engine;
use crate::spool::Spool;
use crate::supervise::Pulse;

/// The name under which the service stands among the tasks.
pub const TASK: &str = "radius";
/// Reasons shown of what was set aside.
const SHOWN: i64 = 5;

/// Adds each router's counts to what is stored, and says how the service is. Routers that sent nothing
/// cost nothing.
///
/// # Errors
/// When the database is away: the counts are put back.
pub async fn write(db: &Db, engine: &Engine, spool: &Spool, pulse: &Pulse, now: Ts) -> Result<()> {
    let aside = spool.set_aside_count().await?;
    let reasons: Vec<String> =
        spool.unappliable(SHOWN).await?.into_iter().map(|one| one.why).collect();
    let table = engine.directory().nas().clone();
    let counted: Vec<(NasId, Tally)> = table
        .all()
        .filter_map(|nas| Some((nas.id, nas.state.counted.take(nas.state.source())?)))
        .collect();
    let mut status = serde_json::Map::new();
    for (name, count) in engine.counters.snapshot() {
        status.insert(name.to_owned(), json!(count));
    }
    status.insert("set_aside".to_owned(), json!(aside));
    status.insert("set_aside_why".to_owned(), json!(reasons));
    status.insert("profile_problems".to_owned(), json!(engine.directory().problems()));
    status.insert("restarts".to_owned(), json!(pulse.restarts()));
    let trouble = (aside > 0).then(|| format!("{aside} accounting records could not be applied"));
    let told = Report { ok: true, status: serde_json::Value::Object(status), error: trouble };
    let written = db
        .write(&Cause::system(now, "radius"), async |tx: &mut Tx| {
            tally::add(tx, &counted).await?;
            store::task::report(tx, TASK, &told).await
        })
        .await;
    if written.is_err() {
        for (id, tally) in &counted {
            if let Some(nas) = table.by_id(*id) {
                nas.state.counted.put_back(tally);
            }
        }
    }
    written.map(drop)
}
