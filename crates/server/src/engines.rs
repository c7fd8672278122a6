//! The engines that are attached, as this process reaches them: made of the stored settings, made anew when
//! those change (also by another process).

use std::collections::BTreeMap;
use std::sync::Arc;

use bridge::{Engine, engine};
use flows::mirror::Carrier;
use kernel::{Result, Ts};
use store::Db;
use tokio::sync::Mutex;

/// The connections, each with the settings' age it was made of.
#[derive(Default)]
pub struct Engines {
    made: Mutex<BTreeMap<Engine, (Ts, Arc<dyn Carrier>)>>,
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
}

/// Makes the way to an engine of its settings.
fn connect(of: Engine, settings: &engine::Settings) -> Result<Option<Arc<dyn Carrier>>> {
    match of {
        Engine::Freeradius | Engine::Inventree => Ok(None),
        Engine::Erpnext => Ok(Some(Arc::new(crate::books::carrier(settings)?))),
    }
}
