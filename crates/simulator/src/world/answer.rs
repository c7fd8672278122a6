//! Asking the program: a person's request with its key, tried again until it is answered; and the post
//! that carries its messages.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use kernel::{Actor, Cause, Fault, FaultKind, MessageId, Result};
use notification::channel::{Channel, ChannelKind, Outgoing, RemoteError, Sent};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use store::idempotency::{self, Known};
use store::{BoxFuture, Db, Tx};

use super::World;

/// More tries than any streak of bad luck needs.
const TRIES: usize = 60;

impl World {
    /// One request of a person or machine: its effect and its answer are kept under one key, so that asking
    /// again after an error gives the first answer. A refusal is counted and given back.
    ///
    /// # Errors
    /// The program's refusal.
    pub(crate) async fn ask<T, F>(&mut self, actor: &Actor, what: &str, work: F) -> Result<T>
    where
        T: Serialize + DeserializeOwned + Send,
        F: AsyncFnOnce(&mut Tx) -> Result<T> + Clone,
    {
        let key = self.next_key();
        for n in 0..TRIES {
            let cause = Cause::new(self.now(), actor.clone());
            match once(&self.db, &cause, &key, what, work.clone()).await {
                Ok(answer) => {
                    self.unlooked = true;
                    return Ok(answer);
                }
                Err(fault) if fault.kind == FaultKind::Unavailable => {
                    self.mend().await?;
                    self.pass(1 + i64::try_from(n).unwrap_or(0));
                }
                Err(refused) => {
                    self.note_refusal(&refused);
                    return Err(refused);
                }
            }
        }
        Err(Fault::bug(format!("{what} is never answered")))
    }

    /// As [`World::ask`] for requests whose refusal is part of the story: `None` when it is refused.
    ///
    /// # Errors
    /// What no story explains: a bug, something forbidden or missing.
    pub(crate) async fn try_ask<T, F>(
        &mut self,
        actor: &Actor,
        what: &str,
        work: F,
    ) -> Result<Option<T>>
    where
        T: Serialize + DeserializeOwned + Send,
        F: AsyncFnOnce(&mut Tx) -> Result<T> + Clone,
    {
        match self.ask(actor, what, work).await {
            Ok(answer) => Ok(Some(answer)),
            Err(fault) if matches!(fault.kind, FaultKind::Conflict | FaultKind::Invalid) => {
                Ok(None)
            }
            Err(fault) => Err(fault),
        }
    }

    pub(crate) fn note_refusal(&mut self, refused: &Fault) {
        let field =
            refused.fields.first().map(|f| format!("{}:{}:{}", refused.code, f.name, f.code));
        let code = field.unwrap_or_else(|| refused.code.to_owned());
        *self.tally.refused.entry(code).or_insert(0) += 1;
    }
}

async fn once<T, F>(db: &Db, cause: &Cause, key: &str, what: &str, work: F) -> Result<T>
where
    T: Serialize + DeserializeOwned + Send,
    F: AsyncFnOnce(&mut Tx) -> Result<T> + Clone,
{
    let actor = cause.actor.tag();
    let hash = Sha256::digest(what.as_bytes()).to_vec();
    let known = idempotency::find(&mut db.reader(), &actor, key, &hash).await?;
    if let Known::Answered(answer) = known {
        return serde_json::from_slice(&answer.body).map_err(|e| Fault::bug(e.to_string()));
    }
    let (actor, hash) = (&actor, &hash);
    db.write(cause, async move |tx: &mut Tx| {
        let answer = work(tx).await?;
        let body = serde_json::to_vec(&answer).map_err(|e| Fault::bug(e.to_string()))?;
        let kept = idempotency::Answer { status: 200, content_type: None, body };
        idempotency::save(tx, actor, key, hash, &kept).await?;
        Ok(answer)
    })
    .await
}

/// The outside that messages go to: counts each, and knows repetitions by the message's id.
#[derive(Debug, Default)]
pub struct Post {
    carried: Mutex<BTreeMap<MessageId, u32>>,
}

impl Post {
    /// The post's two channels.
    pub fn channels(self: &Arc<Self>) -> Vec<Arc<dyn Channel>> {
        [ChannelKind::Whatsapp, ChannelKind::Email]
            .into_iter()
            .map(|kind| Arc::new(Carrier { kind, post: Arc::clone(self) }) as Arc<dyn Channel>)
            .collect()
    }
}

struct Carrier {
    kind: ChannelKind,
    post: Arc<Post>,
}

impl Channel for Carrier {
    fn kind(&self) -> ChannelKind {
        self.kind
    }
    fn send<'a>(
        &'a self,
        message: &'a Outgoing,
    ) -> BoxFuture<'a, std::result::Result<Sent, RemoteError>> {
        let mut carried = self.post.carried.lock().unwrap_or_else(PoisonError::into_inner);
        *carried.entry(message.id).or_insert(0) += 1;
        Box::pin(std::future::ready(Ok(Sent { remote_id: Some(message.id.to_string()) })))
    }
}
