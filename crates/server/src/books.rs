//! ERPNext as this process reaches it: made of the stored settings; polled, and compared.

use std::sync::Arc;

use bridge::accounting::AccountingSystem;
use bridge::{Engine, engine};
use connectors::erpnext::{Erpnext, Settings};
use flows::adopt::books::Adopted;
use flows::compare::books::Compared;
use flows::mirror::books::Books;
use kernel::{Cause, Fault, Result, Ts};
use store::{Db, Tx};

const OF: Engine = Engine::Erpnext;

/// The way to ERPNext of its settings: what is shown holds everything but the secret of the API key.
pub(crate) fn system(settings: &engine::Settings) -> Result<Arc<dyn AccountingSystem>> {
    let shown: Settings = serde_json::from_value(settings.shown.clone())
        .map_err(|_| Fault::bug("the stored settings of ERPNext can't be read"))?;
    Ok(Arc::new(Erpnext::new(Settings { secret: settings.secret.clone(), ..shown })?))
}

/// What tells it our records.
pub(crate) fn carrier(settings: &engine::Settings) -> Result<Books> {
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
pub(crate) async fn listen(db: &Db, now: Ts) -> Result<Adopted> {
    let Some(books) = reachable(db, now).await? else { return Ok(Adopted::default()) };
    let done = flows::adopt::books::poll(db, books.as_ref(), now).await;
    noted(db, now, done).await
}

/// Compares everything of both sides.
pub(crate) async fn compare(db: &Db, now: Ts) -> Result<Compared> {
    let Some(books) = reachable(db, now).await? else { return Ok(Compared::default()) };
    let done = flows::compare::books::pass(db, books.as_ref(), now).await;
    noted(db, now, done).await
}
