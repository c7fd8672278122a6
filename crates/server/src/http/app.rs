//! What every handler works with.

use std::sync::Arc;

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kernel::{Actor, Cause, Clock, Fault, Result, Ts};
use serde::Serialize;
use serde::de::DeserializeOwned;
use store::idempotency::{self, Known};
use store::{Db, Lock, Reader, Tx};
use tokio::sync::watch;
use uuid::Uuid;

use super::billing::Going;
use super::context::{self, Keyed};
use super::guard::Limits;
use super::problem::Problem;
use crate::config::Config;
use crate::outside::Outside;

/// The state of the HTTP server. Cheap to clone.
#[derive(Clone)]
pub struct App {
    pub db: Db,
    pub clock: Arc<dyn Clock>,
    pub config: Arc<Config>,
    /// Routers, message channels and payment gateways, as this process reaches them.
    pub outside: Arc<Outside>,
    pub(crate) limits: Arc<Limits>,
    /// Billing runs that this process works on.
    pub(crate) going: Arc<Going>,
    /// Becomes `true` when the program is about to end; live streams end with it.
    pub(crate) stopping: watch::Receiver<bool>,
}

/// What a reading handler answers.
pub type Reply<V> = std::result::Result<Json<V>, Problem>;
/// What a changing handler answers: [`App::write`] and [`App::create`] make it.
pub type Written<V> = std::result::Result<Answer<V>, Problem>;

impl App {
    /// `stopping` becomes `true` when the program is about to end.
    pub fn new(
        db: Db,
        clock: Arc<dyn Clock>,
        config: Arc<Config>,
        stopping: watch::Receiver<bool>,
    ) -> Self {
        let limits = Arc::new(Limits::new(&config.http));
        let outside = Arc::new(Outside::none());
        Self { db, clock, config, outside, limits, going: Arc::default(), stopping }
    }
    /// Connects the ports of the rooms.
    #[must_use]
    pub fn with_outside(mut self, outside: Arc<Outside>) -> Self {
        self.outside = outside;
        self
    }

    /// Forgets what the limits need no more. Called once an hour.
    pub fn tidy(&self) {
        self.limits.tidy();
    }
    pub fn now(&self) -> Ts {
        self.clock.now()
    }
    pub fn reader(&self) -> Reader {
        self.db.reader()
    }
    /// Why a transaction of this request happens: now, by `actor`, on the request's trail.
    pub fn cause(&self, actor: &Actor) -> Cause {
        let cause = Cause::new(self.now(), actor.clone());
        match context::trail() {
            Some(trail) => cause.on_trail(trail),
            None => cause,
        }
    }

    /// Runs `work` in one transaction and answers 200 with what it gives.
    ///
    /// With an `Idempotency-Key` the answer is stored in the same transaction: the same request sent
    /// again changes nothing and gets this answer, also when the program was killed in between.
    /// `work` may be run again, so what it captures is borrowed or `Clone`.
    ///
    /// # Errors
    /// Whatever `work` refuses.
    pub async fn write<V, F>(&self, actor: &Actor, work: F) -> Written<V>
    where
        V: Serialize + Send,
        F: AsyncFnOnce(&mut Tx) -> Result<V> + Clone,
    {
        self.answer(StatusCode::OK, actor, work).await
    }

    /// As [`App::write`], with 201.
    ///
    /// # Errors
    /// Whatever `work` refuses.
    pub async fn create<V, F>(&self, actor: &Actor, work: F) -> Written<V>
    where
        V: Serialize + Send,
        F: AsyncFnOnce(&mut Tx) -> Result<V> + Clone,
    {
        self.answer(StatusCode::CREATED, actor, work).await
    }

    /// Runs `work` in one transaction for a handler that answers in its own way (a cookie, a file).
    /// Not for operations with an `Idempotency-Key`.
    ///
    /// # Errors
    /// Whatever `work` refuses.
    pub async fn change<T, F>(&self, actor: &Actor, work: F) -> std::result::Result<T, Problem>
    where
        T: Send,
        F: AsyncFnOnce(&mut Tx) -> Result<T> + Clone,
    {
        Ok(self.db.write(&self.cause(actor), work).await?)
    }

    async fn answer<V, F>(&self, status: StatusCode, actor: &Actor, work: F) -> Written<V>
    where
        V: Serialize + Send,
        F: AsyncFnOnce(&mut Tx) -> Result<V> + Clone,
    {
        let cause = self.cause(actor);
        let Some(keyed) = context::keyed() else {
            let value = self.db.write(&cause, work).await?;
            return Ok(Answer::New(status, value));
        };
        let same = Arc::clone(&keyed);
        let answer = self
            .db
            .write(&cause, async move |tx: &mut Tx| {
                if let Some(before) = known(tx, &same).await? {
                    return Ok(Answer::Before(before));
                }
                let value = work(tx).await?;
                save(tx, &same, status, &value).await?;
                Ok(Answer::New(status, value))
            })
            .await?;
        keyed.mark_saved();
        Ok(answer)
    }
}

/// Runs `work` in one transaction, once for this record and the request's `Idempotency-Key`: asked again it
/// answers as it did. What was refused may be tried again. Without a key `work` simply runs.
///
/// # Errors
/// Whatever `work` refuses.
pub(crate) async fn once_for<V, F>(app: &App, actor: &Actor, record: Uuid, work: F) -> Result<V>
where
    V: Serialize + DeserializeOwned + Send,
    F: AsyncFnOnce(&mut Tx) -> Result<V> + Clone,
{
    let cause = app.cause(actor);
    let Some(keyed) = context::keyed() else { return app.db.write(&cause, work).await };
    let keyed = Arc::new(keyed.part(record));
    app.db
        .write(&cause, async move |tx: &mut Tx| {
            if let Some(before) = known(tx, &keyed).await? {
                return serde_json::from_slice(&before.body)
                    .map_err(|e| Fault::bug(format!("a stored line: {e}")));
            }
            let value = work(tx).await?;
            save(tx, &keyed, StatusCode::OK, &value).await?;
            Ok(value)
        })
        .await
}

/// The stored answer of the key. Takes the key's lock first: of two requests at once the second waits
/// and then sees the first one's answer.
async fn known(tx: &mut Tx, keyed: &Keyed) -> Result<Option<idempotency::Answer>> {
    let name = format!("idempotency:{}:{}", keyed.actor, keyed.key);
    tx.lock(Lock::Named(&name)).await?;
    match idempotency::find(tx, &keyed.actor, &keyed.key, &keyed.body_hash).await? {
        Known::New => Ok(None),
        Known::Answered(answer) => Ok(Some(answer)),
    }
}

async fn save<V: Serialize>(
    tx: &mut Tx,
    keyed: &Keyed,
    status: StatusCode,
    value: &V,
) -> Result<()> {
    let body = serde_json::to_vec(value).map_err(|e| Fault::bug(format!("an answer: {e}")))?;
    let answer = idempotency::Answer {
        status: i64::from(status.as_u16()),
        content_type: Some("application/json".to_owned()),
        body,
    };
    idempotency::save(tx, &keyed.actor, &keyed.key, &keyed.body_hash, &answer).await
}

/// The answer to a change: made now, or stored when the same request was made before.
pub enum Answer<V> {
    New(StatusCode, V),
    Before(idempotency::Answer),
}

impl<V: Serialize> IntoResponse for Answer<V> {
    fn into_response(self) -> Response {
        match self {
            Self::New(status, value) => (status, Json(value)).into_response(),
            Self::Before(answer) => replay(answer),
        }
    }
}

/// A stored answer as it was sent, marked `Idempotency-Replayed: true`.
pub(crate) fn replay(answer: idempotency::Answer) -> Response {
    let status = u16::try_from(answer.status).ok().and_then(|s| StatusCode::from_u16(s).ok());
    let mut response = (status.unwrap_or(StatusCode::OK), answer.body).into_response();
    let kind = answer.content_type.and_then(|text| HeaderValue::from_str(&text).ok());
    if let Some(kind) = kind {
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    response
}
