//! The engines that are attached, as this process reaches them: made of the stored settings, made anew when
//! those change (also by another process).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bridge::{Engine, Subject, engine, mark};
use connectors::freeradius::{Freeradius, Settings};
use flows::mirror::Carrier;
use flows::mirror::access::AccessCarrier;
use kernel::{Fault, Result, Ts};
use network::control::Answering;
use network::{AccessView, LiveSession, NasControl};
use store::Db;
use tokio::sync::Mutex;

/// The connections, each with the settings' age it was made of.
#[derive(Default)]
pub struct Engines {
    made: Mutex<BTreeMap<Engine, (Ts, Arc<dyn Carrier>)>>,
    access: Mutex<Option<(Ts, Arc<AccessCarrier>)>>,
}

/// The name of an engine's mirror on the page of tasks.
pub const fn task(engine: Engine) -> &'static str {
    match engine {
        Engine::Freeradius => "mirror_freeradius",
        Engine::Inventree => "mirror_inventree",
        Engine::Erpnext => "mirror_erpnext",
    }
}

impl Engines {
    /// The way to an engine; `None` when it is not attached.
    ///
    /// # Errors
    /// When the settings can't be opened or no connection can be made of them.
    pub async fn carrier(&self, db: &Db, of: Engine) -> Result<Option<Arc<dyn Carrier>>> {
        let mut made = self.made.lock().await;
        let Some(changed_at) = engine::changed_at(&mut db.reader(), of).await? else {
            made.remove(&of);
            return Ok(None);
        };
        if let Some((at, carrier)) = made.get(&of)
            && *at == changed_at
        {
            return Ok(Some(Arc::clone(carrier)));
        }
        let Some(settings) = engine::settings(&mut db.reader(), of).await? else { return Ok(None) };
        let Some(carrier) = connect(of, &settings)? else { return Ok(None) };
        made.insert(of, (settings.changed_at, Arc::clone(&carrier)));
        Ok(Some(carrier))
    }

    /// The way to the RADIUS tables; `None` when they are not attached.
    ///
    /// # Errors
    /// As [`Engines::carrier`].
    pub async fn access(&self, db: &Db) -> Result<Option<Arc<AccessCarrier>>> {
        let mut made = self.access.lock().await;
        let of = Engine::Freeradius;
        let Some(changed_at) = engine::changed_at(&mut db.reader(), of).await? else {
            *made = None;
            return Ok(None);
        };
        if let Some((at, carrier)) = made.as_ref()
            && *at == changed_at
        {
            return Ok(Some(Arc::clone(carrier)));
        }
        let Some(settings) = engine::settings(&mut db.reader(), of).await? else { return Ok(None) };
        let carrier = Arc::new(AccessCarrier::new(freeradius(&settings)?));
        *made = Some((settings.changed_at, Arc::clone(&carrier)));
        Ok(Some(carrier))
    }
}

/// Makes the way to an engine of its settings.
fn connect(of: Engine, settings: &engine::Settings) -> Result<Option<Arc<dyn Carrier>>> {
    match of {
        Engine::Freeradius => Ok(Some(Arc::new(AccessCarrier::new(freeradius(settings)?)))),
        Engine::Inventree | Engine::Erpnext => Ok(None),
    }
}

fn freeradius(settings: &engine::Settings) -> Result<Arc<Freeradius>> {
    let settings: Settings = serde_json::from_str(settings.secret.expose())
        .map_err(|_| Fault::bug("the stored settings of FreeRADIUS can't be read"))?;
    Freeradius::new(&settings).map(Arc::new)
}

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
            let waits = mark::waits(
                &mut self.db.reader(),
                Engine::Freeradius,
                Subject::Account,
                account.uuid(),
            );
            if !matches!(waits.await, Ok(true)) {
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
}
