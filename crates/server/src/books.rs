//! ERPNext as this process reaches it: made of the stored settings; polled, and compared.

use std::sync::Arc;

use bridge::accounting::{AccountingSystem, Greeting};
use bridge::{Engine, engine};
use connectors::erpnext::{Erpnext, Settings};
use flows::adopt::books::Adopted;
use flows::compare::books::Compared;
use flows::mirror::books::Books;
use kernel::{Cause, Fault, Result, Ts};
use store::{Db, Secret, Tx};

const OF: Engine = Engine::Erpnext;

/// The way to ERPNext of its settings: what is shown holds everything but the secret of the API key.
pub fn system(settings: &engine::Settings) -> Result<Arc<dyn AccountingSystem>> {
    let shown: Settings = serde_json::from_value(settings.shown.clone())
        .map_err(|_| Fault::bug("the stored settings of ERPNext can't be read"))?;
    Ok(Arc::new(Erpnext::new(Settings { secret: settings.secret.clone(), ..shown })?))
}

/// What tells it our records.
pub fn carrier(settings: &engine::Settings) -> Result<Books> {
    Ok(Books(system(settings)?))
}

/// `None` while it is not attached, or left alone after failures.
async fn reachable(db: &Db, now: Ts) -> Result<Option<Arc<dyn AccountingSystem>>> {
    let Some(breaker) = engine::breaker(&mut db.reader(), OF).await? else { return Ok(None) };
    if breaker.allowed(now, 1) == 0 {
        return Ok(None);
    }
    match engine::settings(&mut db.reader(), OF).await? {
        Some(settings) => system(&settings).map(Some),
        None => Ok(None),
    }
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

/// Reads what changed over there: the truth, however many bells were lost.
pub async fn listen(db: &Db, now: Ts) -> Result<Adopted> {
    let Some(books) = reachable(db, now).await? else { return Ok(Adopted::default()) };
    let done = flows::adopt::books::poll(db, books.as_ref(), now).await;
    noted(db, now, done).await
}

/// Compares everything of both sides.
pub async fn compare(db: &Db, now: Ts) -> Result<Compared> {
    let Some(books) = reachable(db, now).await? else { return Ok(Compared::default()) };
    let done = flows::compare::books::pass(db, books.as_ref(), now).await;
    noted(db, now, done).await
}

/// Shakes hands and attaches: settings stored, the secret sealed, everything that it has to know marked. With
/// `preview` it only looks (and makes the custom fields).
///
/// # Errors
/// `engine.incomplete` naming everything that is missing; then nothing is attached.
pub async fn attach(db: &Db, now: Ts, settings: Settings, preview: bool) -> Result<Greeting> {
    let secret: Secret = settings.secret.clone();
    let shown = serde_json::to_value(&settings)
        .map_err(|_| Fault::bug("the settings of ERPNext can't be written"))?;
    let greeting = Erpnext::new(settings)?.greet().await?;
    if !greeting.missing.is_empty() {
        let list = greeting.missing.join("; ");
        return Err(Fault::conflict(
            "engine.incomplete",
            format!("ERPNext belum bisa dipasang. Yang kurang: {list}"),
            format!("ERPNext can't be attached yet. Missing: {list}"),
        ));
    }
    if preview {
        return Ok(greeting);
    }
    let version = greeting.version.clone();
    db.write(&Cause::system(now, "engine"), async |tx: &mut Tx| {
        engine::attach(tx, OF, &shown, &secret).await?;
        engine::answered(tx, OF, Some(&version), None).await?;
        flows::mirror::books::begin(tx).await.map(drop)
    })
    .await?;
    Ok(greeting)
}
