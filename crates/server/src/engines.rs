//! The engines that are attached, as this process reaches them: made of the stored settings, made anew when
//! those change (also by another process).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use bridge::accounting::AccountingSystem;
use bridge::asset::AssetSystem;
use bridge::{Engine, engine};
use connectors::freeradius::{Freeradius, Settings};
use flows::mirror::Carrier;
use flows::mirror::access::AccessCarrier;
use flows::mirror::books::Books;
use kernel::{Fault, Result, Ts};
use store::Db;
use tokio::sync::{Mutex, Notify};

/// A way to an engine, and the change of its settings that it was made of.
type Made = (Ts, Arc<dyn Carrier>);

/// The connections, each with the settings' age it was made of.
#[derive(Default)]
pub struct Engines {
    made: Mutex<BTreeMap<Engine, Made>>,
    access: Mutex<Option<(Ts, Arc<AccessCarrier>)>>,
    /// One for all that speak to it: the limit of requests under way holds for them together.
    books: Mutex<Option<(Ts, Arc<dyn AccountingSystem>)>>,
    /// Rung when an engine's notice was stored.
    bells: [Notify; Engine::ALL.len()],
    /// Notices that could not be verified, since the start.
    refused: [AtomicI64; Engine::ALL.len()],
    /// Whoever looks at the stock system does so alone.
    looking: Mutex<()>,
    /// Until when (microseconds) the RADIUS tables are left alone by the comparison.
    compared: AtomicI64,
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
        let carrier: Arc<dyn Carrier> = match of {
            Engine::Inventree => {
                Arc::new(flows::mirror::asset::Assets::new(Arc::new(inventree(&settings)?)))
            }
            Engine::Erpnext => match self.books(db).await? {
                Some(books) => Arc::new(Books(books)),
                None => return Ok(None),
            },
            Engine::Freeradius => Arc::new(AccessCarrier::new(freeradius(&settings)?)),
        };
        made.insert(of, (settings.changed_at, Arc::clone(&carrier)));
        Ok(Some(carrier))
    }
}

impl Engines {
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

impl Engines {
    /// The stock system itself, to be read; `None` when none is attached.
    ///
    /// # Errors
    /// When the settings can't be opened or no connection can be made of them.
    pub async fn assets(&self, db: &Db) -> Result<Option<Arc<dyn AssetSystem>>> {
        let settings = engine::settings(&mut db.reader(), Engine::Inventree).await?;
        settings.map(|s| Ok(Arc::new(inventree(&s)?) as Arc<dyn AssetSystem>)).transpose()
    }
}

impl Engines {
    /// The system of accounts; `None` when none is attached.
    ///
    /// # Errors
    /// As [`Engines::carrier`].
    pub async fn books(&self, db: &Db) -> Result<Option<Arc<dyn AccountingSystem>>> {
        let mut made = self.books.lock().await;
        let of = Engine::Erpnext;
        let Some(changed_at) = engine::changed_at(&mut db.reader(), of).await? else {
            *made = None;
            return Ok(None);
        };
        if let Some((at, books)) = made.as_ref()
            && *at == changed_at
        {
            return Ok(Some(Arc::clone(books)));
        }
        let Some(settings) = engine::settings(&mut db.reader(), of).await? else { return Ok(None) };
        let books = crate::books::system(&settings)?;
        *made = Some((settings.changed_at, Arc::clone(&books)));
        Ok(Some(books))
    }

    /// Whether the RADIUS tables may be compared now.
    pub fn may_compare(&self, now: Ts) -> bool {
        now.micros() >= self.compared.load(Ordering::Relaxed)
    }
    /// A comparison took from `begun` to `now`: the next one waits nine times as long, so that it takes a
    /// tenth of a core over there at most.
    pub fn has_compared(&self, begun: Ts, now: Ts) {
        let took = (now.micros() - begun.micros()).max(0);
        self.compared.store(now.micros() + 9 * took, Ordering::Relaxed);
    }

    /// An engine's notice was stored: whoever deals with them wakes.
    pub fn ring(&self, of: Engine) {
        if let Some(bell) = self.bells.get(of as usize) {
            bell.notify_one();
        }
    }
    pub async fn rung(&self, of: Engine) {
        match self.bells.get(of as usize) {
            Some(bell) => bell.notified().await,
            None => std::future::pending().await,
        }
    }
    pub fn count_refused(&self, of: Engine) {
        if let Some(count) = self.refused.get(of as usize) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }
    pub fn refused(&self, of: Engine) -> i64 {
        self.refused.get(of as usize).map_or(0, |count| count.load(Ordering::Relaxed))
    }
    /// The right to look at the stock system; two looks at once would take one change over twice.
    pub async fn look_alone(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.looking.lock().await
    }
}

/// The connector to InvenTree: `url`, and `requests_max` (1–8, 2) and `timeout_s` (1–60, 15) if given; the
/// secret is the token.
fn inventree(settings: &engine::Settings) -> Result<connectors::inventree::InvenTree> {
    let number = |name: &str| settings.shown[name].as_u64();
    let url = settings.shown["url"].as_str().unwrap_or_default();
    let mut options = connectors::inventree::Options::new(url, settings.secret.clone());
    if let Some(limit) = number("requests_max").and_then(|n| usize::try_from(n).ok()) {
        options.in_flight_max = limit.clamp(1, 8);
    }
    if let Some(secs) = number("timeout_s") {
        options.timeout = std::time::Duration::from_secs(secs.clamp(1, 60));
    }
    connectors::inventree::InvenTree::new(options)
}

fn freeradius(settings: &engine::Settings) -> Result<Arc<Freeradius>> {
    let settings: Settings = serde_json::from_str(settings.secret.expose())
        .map_err(|_| Fault::bug("the stored settings of FreeRADIUS can't be read"))?;
    Freeradius::new(&settings).map(Arc::new)
}
