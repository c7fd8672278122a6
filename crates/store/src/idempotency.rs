//! Keys that make a repeated request answer as the first did. Kept 90 days.

use kernel::{Fault, Result, Ts};

use crate::query::{Query, QueryExt};
use crate::{Tx, args, row};

row! {
    /// The stored answer.
    pub struct Answer { pub status: i64, pub content_type: Option<String>, pub body: Vec<u8> }
}

/// What is known of a key.
#[derive(Debug)]
pub enum Known {
    /// Never seen.
    New,
    /// Seen with the same body, and answered.
    Answered(Answer),
}

/// Looks a key up.
///
/// # Errors
/// `idempotency.other_body` when the key was used with another body.
pub async fn find(q: &mut dyn Query, actor: &str, key: &str, body_hash: &[u8]) -> Result<Known> {
    let hash: Option<Vec<u8>> = q
        .value_opt(
            "select body_hash from store_idempotency where actor = $1 and key = $2",
            args![actor, key],
        )
        .await?;
    match hash {
        None => Ok(Known::New),
        Some(hash) if hash != body_hash => Err(Fault::conflict(
            "idempotency.other_body",
            "Kunci Idempotency-Key ini sudah dipakai untuk isi permintaan yang lain.",
            "This Idempotency-Key was already used with another request body.",
        )),
        Some(_) => {
            let answer: Option<Answer> = q
                .row_opt(
                    "select status, content_type, body from store_idempotency
                     where actor = $1 and key = $2 and status is not null",
                    args![actor, key],
                )
                .await?;
            Ok(answer.map_or(Known::New, Known::Answered))
        }
    }
}

/// Stores the answer of a key, in the transaction of its effect or right after it.
pub async fn save(
    tx: &mut Tx,
    actor: &str,
    key: &str,
    body_hash: &[u8],
    answer: &Answer,
) -> Result<()> {
    tx.exec(
        "insert into store_idempotency (actor, key, body_hash, status, content_type, body, created_at)
         values ($1,$2,$3,$4,$5,$6,$7) on conflict (actor, key) do nothing",
        args![actor, key, body_hash, answer.status, answer.content_type, answer.body, tx.now()],
    )
    .await?;
    Ok(())
}

/// Forgets keys older than 90 days.
pub async fn forget_old(tx: &mut Tx) -> Result<u64> {
    let before: Ts = tx.now().plus_days(-90);
    tx.exec("delete from store_idempotency where created_at < $1", args![before]).await
}
