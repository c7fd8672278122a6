//! ERPNext as this process reaches it: made of the stored settings; looked at before it is attached, polled, compared.

use std::sync::Arc;

use bridge::accounting::{AccountingSystem, Greeting, Shelf};
use bridge::{Engine, engine};
use connectors::erpnext::{Erpnext, Settings, bell};
use flows::adopt::books::Adopted;
use flows::compare::books::Compared;
use flows::compare::books::first::{self, Preview};
use kernel::{Cause, Clock, Fault, Result, Ts};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{Db, Secret, Tx};

use crate::engines::Engines;

const OF: Engine = Engine::Erpnext;

/// What is sealed: the secret of the API key, and that of the bells.
#[derive(Serialize, Deserialize)]
struct Keys {
    api_secret: String,
    bell: String,
}

fn keys(settings: &engine::Settings) -> Result<Keys> {
    serde_json::from_str(settings.secret.expose())
        .map_err(|_| Fault::bug("the stored keys of ERPNext can't be read"))
}

/// The secret that its bells are signed with.
///
/// # Errors
/// When the stored settings can't be read.
pub fn bell_secret(settings: &engine::Settings) -> Result<String> {
    Ok(keys(settings)?.bell)
}

fn connector(settings: &engine::Settings) -> Result<Erpnext> {
    let shown: Settings = serde_json::from_value(settings.shown.clone())
        .map_err(|_| Fault::bug("the stored settings of ERPNext can't be read"))?;
    Erpnext::new(Settings { secret: Secret::new(keys(settings)?.api_secret), ..shown })
}

/// The way to ERPNext of its settings: what is shown holds everything but the secrets.
///
/// # Errors
/// When the stored settings can't be read or no connection can be made of them.
pub fn system(settings: &engine::Settings) -> Result<Arc<dyn AccountingSystem>> {
    Ok(Arc::new(connector(settings)?))
}

/// `None` while it is not attached, or left alone after failures.
async fn reachable(
    db: &Db,
    engines: &Engines,
    now: Ts,
) -> Result<Option<Arc<dyn AccountingSystem>>> {
    let Some(breaker) = engine::breaker(&mut db.reader(), OF).await? else { return Ok(None) };
    if breaker.allowed(now, 1) == 0 {
        return Ok(None);
    }
    engines.books(db).await
}

/// Writes down whether it answered, for the page of engines.
async fn noted<T>(db: &Db, now: Ts, done: Result<T>) -> Result<T> {
    let why = done.as_ref().err().map(ToString::to_string);
    db.write(&Cause::system(now, "erpnext"), async |tx: &mut Tx| match &why {
        Some(why) => engine::failed(tx, OF, why).await.map(drop),
        None => engine::answered(tx, OF, None, None).await,
    })
    .await?;
    done
}

/// Greets it, which tells its version and how long it takes to answer; then reads what changed over there: the truth,
/// however many bells were lost.
///
/// # Errors
/// When it is away or the database fails.
pub async fn listen(db: &Db, engines: &Engines, clock: &dyn Clock) -> Result<Adopted> {
    let now = clock.now();
    let Some(books) = reachable(db, engines, now).await? else { return Ok(Adopted::default()) };
    let greeted = noted(db, now, books.ping().await).await?;
    let took_ms = (clock.now().micros() - now.micros()) / 1_000;
    db.write(&Cause::system(now, "erpnext"), async |tx: &mut Tx| {
        engine::answered(tx, OF, Some(&greeted), Some(took_ms)).await
    })
    .await?;
    let done = flows::adopt::books::poll(db, books.as_ref(), now).await;
    noted(db, now, done).await
}

/// Looks at what its bells pointed at.
///
/// # Errors
/// When it is away or the database fails.
pub async fn answer_bells(db: &Db, engines: &Engines, now: Ts) -> Result<Adopted> {
    if bridge::inbox::waiting(&mut db.reader(), OF).await?.0 == 0 {
        return Ok(Adopted::default());
    }
    let Some(books) = reachable(db, engines, now).await? else { return Ok(Adopted::default()) };
    let place = |raw: &str| bell::place(raw.as_bytes()).map(|ring| (ring.shelf, ring.external_id));
    let done = flows::adopt::books::answer_bells(db, books.as_ref(), now, place).await;
    noted(db, now, done).await
}

/// Compares everything of both sides.
///
/// # Errors
/// When it is away or the database fails.
pub async fn compare(db: &Db, engines: &Engines, now: Ts) -> Result<Compared> {
    let Some(books) = reachable(db, engines, now).await? else { return Ok(Compared::default()) };
    let done = flows::compare::books::pass(db, books.as_ref(), now).await;
    noted(db, now, done).await
}

/// What was found before anything was attached.
#[derive(Debug)]
pub struct Looked {
    pub greeting: Greeting,
    /// With what the site says of itself.
    pub settings: Settings,
    /// `None`: something is missing.
    pub preview: Option<Preview>,
}

/// Shakes hands and shows what a first sync would do. Nothing is changed anywhere.
///
/// # Errors
/// When it does not answer, refuses the key, or the database fails. What is missing is named in the greeting.
pub async fn look(db: &Db, now: Ts, settings: Settings) -> Result<Looked> {
    let settings = settings.completed().await?;
    let system = Erpnext::new(settings.clone())?;
    let greeting = system.greet().await?;
    let preview = match greeting.missing.is_empty() {
        true => Some(first::preview(db, &system, now).await?),
        false => None,
    };
    Ok(Looked { greeting, settings, preview })
}

/// What became of attaching.
#[derive(Debug)]
pub struct Attached {
    /// Records that the mirror looks at.
    pub marked: u64,
    /// Why its bells could not be set, though an address was given: it is polled all the same.
    pub no_bells: Option<Fault>,
    /// What a person has to see to there.
    pub warnings: Vec<String>,
}

/// Attaches what was looked at: what it needs there is made and proved to hold, settings stored, secrets sealed,
/// everything that it has to know marked, its feed read from now on (from the detaching on, when it was attached
/// before). With `bells` its webhooks ring there.
///
/// # Errors
/// `engine.incomplete` naming everything that is missing; then nothing is attached.
pub async fn attach(db: &Db, now: Ts, looked: &Looked, bells: Option<&str>) -> Result<Attached> {
    whole(&looked.greeting)?;
    let settings = looked.settings.clone();
    let system = Erpnext::new(settings.clone())?;
    let prepared = system.prepare().await?;
    whole(&prepared)?;
    let former = engine::former(&mut db.reader(), OF).await?;
    let known = former.as_ref().and_then(|f| f.settings["since"].as_str()?.parse::<Ts>().ok());
    let since = known.unwrap_or(now);
    let from = former.and_then(|f| f.detached_at).unwrap_or(now);
    let bell = secret_word()?;
    let sealed = json!({ "api_secret": settings.secret.expose(), "bell": bell }).to_string();
    let shown = shown(&settings, since)?;
    let version = prepared.version;
    let marked = db
        .write(&Cause::system(now, "command_line"), async |tx: &mut Tx| {
            engine::attach(tx, OF, &shown, &Secret::new(sealed.clone())).await?;
            engine::answered(tx, OF, Some(&version), None).await?;
            for shelf in Shelf::ALL {
                // Where one is known it goes on there: it was attached all the time.
                if engine::cursor(tx, OF, shelf.word()).await?.is_none() {
                    engine::set_cursor(tx, OF, shelf.word(), &system.cursor_at(from)).await?;
                }
            }
            flows::mirror::books::begin(tx, from).await
        })
        .await?;
    let no_bells = match bells {
        Some(base) => {
            let url = format!("{}/bells/{OF}", base.trim_end_matches('/'));
            system.set_bells(&url, &bell).await.err()
        }
        None => None,
    };
    Ok(Attached { marked, no_bells, warnings: prepared.warnings })
}

fn whole(greeting: &Greeting) -> Result<()> {
    if greeting.missing.is_empty() {
        return Ok(());
    }
    let list = greeting.missing.join("; ");
    Err(Fault::conflict(
        "engine.incomplete",
        format!("ERPNext belum bisa dipasang. Yang kurang: {list}"),
        format!("ERPNext can't be attached yet. Missing: {list}"),
    ))
}

fn shown(settings: &Settings, since: Ts) -> Result<Value> {
    let mut shown = serde_json::to_value(settings)
        .map_err(|_| Fault::bug("the settings of ERPNext can't be written"))?;
    shown["address"] = json!(settings.base);
    shown["since"] = json!(since.to_string());
    Ok(shown)
}

/// 256 random bits, for the bells.
fn secret_word() -> Result<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|e| Fault::bug(format!("no randomness: {e}")))?;
    Ok(data_encoding::HEXLOWER.encode(&bytes))
}

/// Switches its bells off before it is let go.
///
/// # Errors
/// When it does not answer or refuses it; they ring at a closed door then.
pub async fn silence(db: &Db) -> Result<()> {
    match engine::settings(&mut db.reader(), OF).await? {
        Some(settings) => connector(&settings)?.silence_bells().await,
        None => Ok(()),
    }
}
