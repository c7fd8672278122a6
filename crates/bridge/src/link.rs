//! One of our records ↔ what it is called in an engine, with what was last told and seen.

use kernel::{Result, Ts};
use md5::Digest;
use store::{Query, QueryExt, Tx, args, row};
use uuid::Uuid;

use crate::kind::{Engine, Subject};

/// How many parts a subject's links fall into, by [`shard`].
pub const SHARDS: i64 = 256;

row! {
    pub struct Link {
        pub engine: Engine,
        pub subject: Subject,
        pub local_id: Uuid,
        pub external_id: String,
        /// The engine's own version of its record when we last saw it: a time, a counter, whatever it has.
        pub external_version: Option<String>,
        /// Of the content that was last told or seen, the same on both sides.
        pub fingerprint: String,
        pub synced_at: Ts,
    }
}

const COLUMNS: &str =
    "engine, subject, local_id, external_id, external_version, fingerprint, synced_at";

/// The part that a record belongs to by its name over there: the first byte of the name's MD5, which every
/// engine's database can compute as well. For comparing in parts; no secret hangs on it.
pub fn shard(external_id: &str) -> i64 {
    let digest = md5::Md5::digest(external_id.as_bytes());
    i64::from(digest.first().copied().unwrap_or_default())
}

/// A fingerprint of a record's content: stable, short, without the content.
pub fn fingerprint<S: AsRef<str>>(parts: impl IntoIterator<Item = S>) -> String {
    let mut hash = md5::Md5::new();
    for part in parts {
        let part = part.as_ref().as_bytes();
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

pub async fn get(
    q: &mut dyn Query,
    engine: Engine,
    subject: Subject,
    local_id: Uuid,
) -> Result<Option<Link>> {
    let sql = format!(
        "select {COLUMNS} from bridge_link where engine = $1 and subject = $2 and local_id = $3"
    );
    q.row_opt(&sql, args![engine, subject, local_id]).await
}

pub async fn by_external(
    q: &mut dyn Query,
    engine: Engine,
    subject: Subject,
    external_id: &str,
) -> Result<Option<Link>> {
    let sql = format!(
        "select {COLUMNS} from bridge_link where engine = $1 and subject = $2 and external_id = $3"
    );
    q.row_opt(&sql, args![engine, subject, external_id]).await
}

/// The links of these records, in no order.
pub async fn of_records(
    q: &mut dyn Query,
    engine: Engine,
    subject: Subject,
    local_ids: &[Uuid],
) -> Result<Vec<Link>> {
    let sql = format!(
        "select {COLUMNS} from bridge_link where engine = $1 and subject = $2
           and local_id {{AMONG}}($3)"
    );
    q.rows(&sql, args![engine, subject, local_ids]).await
}

/// The links that have these names over there, in no order.
pub async fn of_externals(
    q: &mut dyn Query,
    engine: Engine,
    subject: Subject,
    names: &[&str],
) -> Result<Vec<Link>> {
    let sql = format!(
        "select {COLUMNS} from bridge_link where engine = $1 and subject = $2
           and external_id {{AMONG}}($3)"
    );
    q.rows(&sql, args![engine, subject, names]).await
}

/// Every engine's links of one of our records: the chain on a customer's page.
pub async fn of_record(q: &mut dyn Query, subject: Subject, local_id: Uuid) -> Result<Vec<Link>> {
    let sql = format!(
        "select {COLUMNS} from bridge_link where subject = $1 and local_id = $2 order by engine"
    );
    q.rows(&sql, args![subject, local_id]).await
}

/// Adds or replaces the link of `link.local_id`.
///
/// # Errors
/// A unique violation when another of our records has the external id: two of ours were matched to one of
/// theirs, which is for a person.
pub async fn put(tx: &mut Tx, link: &Link) -> Result<()> {
    put_many(tx, std::slice::from_ref(link)).await
}

/// As [`put`], a thousand a statement.
pub async fn put_many(tx: &mut Tx, links: &[Link]) -> Result<()> {
    let mut values = Vec::with_capacity(links.len() * 8);
    for l in links {
        values.extend(args![
            l.engine,
            l.subject,
            l.local_id,
            l.external_id,
            l.external_version,
            l.fingerprint,
            shard(&l.external_id),
            l.synced_at
        ]);
    }
    tx.bulk(
        "insert into bridge_link (engine, subject, local_id, external_id, external_version,
           fingerprint, shard, synced_at)",
        "on conflict (engine, subject, local_id) do update set external_id = excluded.external_id,
           external_version = excluded.external_version, fingerprint = excluded.fingerprint,
           shard = excluded.shard, synced_at = excluded.synced_at",
        8,
        values,
    )
    .await?;
    Ok(())
}

/// Forgets a link. `false`: there was none.
pub async fn forget(tx: &mut Tx, engine: Engine, subject: Subject, local_id: Uuid) -> Result<bool> {
    let gone = tx
        .exec(
            "delete from bridge_link where engine = $1 and subject = $2 and local_id = $3",
            args![engine, subject, local_id],
        )
        .await?;
    Ok(gone == 1)
}

/// Links in the order of our ids, after the given one.
pub async fn page(
    q: &mut dyn Query,
    engine: Engine,
    subject: Subject,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Link>> {
    let sql = format!(
        "select {COLUMNS} from bridge_link where engine = $1 and subject = $2
           and local_id > $3 order by local_id limit $4"
    );
    q.rows(&sql, args![engine, subject, after.unwrap_or(Uuid::nil()), limit]).await
}

/// The links of one [`shard`], by their external ids.
pub async fn of_shard(
    q: &mut dyn Query,
    engine: Engine,
    subject: Subject,
    shard: i64,
) -> Result<Vec<Link>> {
    let sql = format!(
        "select {COLUMNS} from bridge_link where engine = $1 and subject = $2 and shard = $3
         order by external_id"
    );
    q.rows(&sql, args![engine, subject, shard]).await
}
