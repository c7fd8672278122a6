//! Words of customers and leads.

use std::collections::{BTreeMap, BTreeSet};

use kernel::{Phone, Result};
use store::{Lock, Query, QueryExt, Tx, args};
use uuid::Uuid;

use crate::word::{Findable, Subject};

/// Rows a transaction of [`fill_some`], and a page of [`wrong`].
const CHUNK: i64 = 500;

store::row! {
    struct FindableRow { id: Uuid, number: String, name: String, phone: Phone, address: String }
}

impl FindableRow {
    fn findable(&self) -> Findable<'_> {
        let Self { id, number, name, phone, address } = self;
        Findable { id: *id, number, name, phone, address }
    }
}

/// The rows that have words: number, name, phone and address.
const fn source(subject: Subject) -> &'static str {
    match subject {
        Subject::Customer => "select id, number, name, phone, address from crm_customer",
        Subject::Lead => "select id, '' as number, name, phone, address from crm_lead",
    }
}

const fn tag(subject: Subject) -> &'static str {
    match subject {
        Subject::Customer => "customer",
        Subject::Lead => "lead",
    }
}

pub(crate) async fn keep(tx: &mut Tx, subject: Subject, new: &[Findable<'_>]) -> Result<()> {
    let (table, id) = subject.table();
    let mut values = Vec::new();
    for one in new {
        for word in one.words() {
            values.extend(args![word, one.id]);
        }
    }
    let head = format!("insert into {table} (word, {id})");
    tx.bulk(&head, "on conflict do nothing", 2, values).await?;
    Ok(())
}

/// Writes what changed. The caller holds the row, so that nobody else changes its words.
pub(crate) async fn renew(tx: &mut Tx, subject: Subject, one: &Findable<'_>) -> Result<()> {
    let (table, id) = subject.table();
    let sql = format!("select word from {table} where {id} = $1");
    let kept: Vec<String> = tx.values(&sql, args![one.id]).await?;
    let kept: BTreeSet<String> = kept.into_iter().collect();
    let words = one.words();
    let gone = format!("delete from {table} where word = $1 and {id} = $2");
    for word in kept.difference(&words) {
        tx.exec(&gone, args![word, one.id]).await?;
    }
    let mut values = Vec::new();
    for word in words.difference(&kept) {
        values.extend(args![word, one.id]);
    }
    let head = format!("insert into {table} (word, {id})");
    tx.bulk(&head, "on conflict do nothing", 2, values).await?;
    Ok(())
}

/// One at a time empties or fills the list of what is to do.
async fn alone(tx: &mut Tx) -> Result<()> {
    tx.lock(Lock::Named("crm/words")).await
}

pub(crate) async fn is_to_do(q: &mut dyn Query, subject: Subject) -> Result<bool> {
    let sql = "select subject from crm_word_todo where subject = $1 limit 1";
    Ok(q.value_opt::<String>(sql, args![tag(subject)]).await?.is_some())
}

pub(crate) async fn all_to_do(tx: &mut Tx) -> Result<()> {
    alone(tx).await?;
    for (subject, table) in [(Subject::Customer, "crm_customer"), (Subject::Lead, "crm_lead")] {
        let sql = format!(
            "insert into crm_word_todo (subject, id) select '{}', id from {table} where true
             on conflict do nothing",
            tag(subject)
        );
        tx.exec(&sql, args![]).await?;
    }
    Ok(())
}

/// Makes the words of the next rows on the list, with the rows held; answers of how many.
pub(crate) async fn fill_some(tx: &mut Tx, subject: Subject) -> Result<u64> {
    alone(tx).await?;
    let next = "select id from crm_word_todo where subject = $1 order by id limit $2";
    let ids: Vec<Uuid> = tx.values(next, args![tag(subject), CHUNK]).await?;
    let (Some(first), Some(last)) = (ids.first(), ids.last()) else { return Ok(0) };
    let span = "select id from crm_word_todo where subject = $1 and id >= $2 and id <= $3";
    let (table, id) = subject.table();
    let source = source(subject);
    let held = match subject {
        Subject::Customer => "crm_customer",
        Subject::Lead => "crm_lead",
    };
    let of = args![tag(subject), *first, *last];
    let hold = format!("update {held} set changed_at = changed_at where id in ({span})");
    tx.exec(&hold, of.clone()).await?;
    tx.exec(&format!("delete from {table} where {id} in ({span})"), of.clone()).await?;
    let rows: Vec<FindableRow> =
        tx.rows(&format!("{source} where id in ({span})"), of.clone()).await?;
    let new: Vec<Findable<'_>> = rows.iter().map(FindableRow::findable).collect();
    keep(tx, subject, &new).await?;
    tx.exec("delete from crm_word_todo where subject = $1 and id >= $2 and id <= $3", of).await
}

store::row! {
    struct WordRow { id: Uuid, number: String, name: String, phone: Phone, address: String,
        word: Option<String> }
}

/// Rows whose words differ from what they should be, and words of nobody; at most `limit`.
pub(crate) async fn wrong(
    q: &mut dyn Query,
    subject: Subject,
    limit: usize,
) -> Result<Vec<String>> {
    let ((table, id), source) = (subject.table(), source(subject));
    let what = tag(subject);
    let orphans = format!(
        "select w.word from {table} w where not exists (select 1 from ({source}) k where k.id = w.{id})
         limit 20"
    );
    let orphans: Vec<String> = q.values(&orphans, args![]).await?;
    let mut wrong: Vec<String> =
        orphans.into_iter().map(|word| format!("the word {word} belongs to no {what}")).collect();
    let page = format!(
        "select k.id, k.number, k.name, k.phone, k.address, w.word
         from ({source} where id > $1 order by id limit {CHUNK}) k
         left join {table} w on w.{id} = k.id"
    );
    let mut after = Uuid::nil();
    loop {
        let rows: Vec<WordRow> = q.rows(&page, args![after]).await?;
        let mut found: BTreeMap<Uuid, (FindableRow, BTreeSet<String>)> = BTreeMap::new();
        for WordRow { id, number, name, phone, address, word } in rows {
            let new = || (FindableRow { id, number, name, phone, address }, BTreeSet::new());
            found.entry(id).or_insert_with(new).1.extend(word);
        }
        let Some(last) = found.keys().next_back().copied() else { break };
        after = last;
        let differ =
            |(row, kept): &&(FindableRow, BTreeSet<String>)| row.findable().words() != *kept;
        wrong.extend(found.values().filter(differ).map(|(row, _)| format!("{what} {}", row.id)));
        if wrong.len() >= limit {
            break;
        }
    }
    wrong.truncate(limit);
    Ok(wrong)
}
