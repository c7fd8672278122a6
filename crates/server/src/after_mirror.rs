//! Routers hear of a change after the RADIUS tables of an attached engine have it.

use std::sync::Arc;
use std::time::Duration;

use bridge::{Engine, Subject, mark};
use kernel::NasId;
use network::control::{Answering, Probing};
use network::{AccessView, LiveSession, NasControl};
use store::Db;

/// Looks a session's access up in the RADIUS tables before the router hears of it: a customer who is cut and
/// dials in again must meet the new rows.
pub struct AfterMirror {
    db: Db,
    inner: Arc<dyn NasControl>,
}

/// Looks, and the time between two: 3 s at most, then the router is told all the same.
const LOOKS: u32 = 60;
const LOOK_MS: u64 = 50;

impl AfterMirror {
    pub fn new(db: Db, inner: Arc<dyn NasControl>) -> Self {
        Self { db, inner }
    }

    async fn told(&self, session: &LiveSession) {
        let Some(account) = session.account else { return };
        for _ in 0..LOOKS {
            let (engine, id) = (Engine::Freeradius, account.uuid());
            let waits = mark::waits(&mut self.db.reader(), engine, Subject::Account, id).await;
            if !matches!(waits, Ok(true)) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(LOOK_MS)).await;
        }
    }
}

impl NasControl for AfterMirror {
    fn change<'a>(&'a self, session: &'a LiveSession, access: &'a AccessView) -> Answering<'a> {
        Box::pin(async move {
            self.told(session).await;
            self.inner.change(session, access).await
        })
    }
    fn disconnect<'a>(&'a self, session: &'a LiveSession) -> Answering<'a> {
        Box::pin(async move {
            self.told(session).await;
            self.inner.disconnect(session).await
        })
    }
    fn probe(&self, nas: NasId) -> Probing<'_> {
        self.inner.probe(nas)
    }
}
