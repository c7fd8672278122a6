//! Logins and routers of a RADIUS server's tables against ours.
//!
//! The other database computes a digest a part (a 256th of the logins by their names); only the parts whose
//! digest moved are read and compared, so that a pass over 100,000 logins that nobody touched reads 256 lines.

mod differ;
mod preview;
mod settle;
mod shelves;

use std::collections::{BTreeMap, BTreeSet};

use bridge::access::{AccessSystem, AccountRecord, AccountSeen};
use bridge::finding::{self, Found, OpenRecords};
use bridge::{Choice, Engine, FindingState, Link, Subject, Verdict, engine, link, mark, policy};
use kernel::{AccountId, Cause, Clock, Fault, Result, Ts};
use serde::Serialize;
use store::{Db, Query, QueryExt, Tx, args};
use uuid::Uuid;

use crate::adopt::access as adopt;
use crate::mirror::access::{Ours, fingerprint, ours};

pub use differ::{Difference, differences};
pub use preview::{Preview, preview};
pub use settle::{hint, settle, words};

use differ::word;
use shelves::shelves;

const OF: Engine = Engine::Freeradius;
/// Parts read at once.
const SHARDS_AT_ONCE: usize = 64;
/// Parts with an open finding that are read anew in a pass although their digest is the same.
const OPEN_AT_ONCE: usize = 16;
/// Logins whose own side is gathered at once.
const CHUNK: usize = 500;
/// The cursor that holds the digests of the last pass.
const DIGESTS: &str = "digests";
/// The cursor that holds the last part whose open findings were looked at.
const OPEN_TURN: &str = "open_turn";
/// The cursor that holds what the last pass counted.
const LAST: &str = "compared";
/// A login that is to lose what people there gave it.
pub(crate) const BARE: &str = "bare:";

/// What a pass did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Compared {
    /// Parts whose digest moved, and that were read.
    pub parts: usize,
    pub compared: usize,
    pub equal: usize,
    pub adopted: usize,
    pub healed: usize,
    pub asked: usize,
    /// Ours is on its way there: compared next time.
    pub on_the_way: usize,
}

/// One pass. Changes of people there are adopted, healed or asked about by the field's policy.
///
/// # Errors
/// When the engine does not answer: written down, and it is left alone for a while.
pub async fn pass(db: &Db, port: &dyn AccessSystem, clock: &dyn Clock) -> Result<Compared> {
    let begun = clock.now();
    let Some(breaker) = engine::breaker(&mut db.reader(), OF).await? else {
        return Ok(Compared::default());
    };
    if breaker.allowed(begun, 1) == 0 {
        return Ok(Compared::default());
    }
    let done = compare(db, port, clock).await;
    let cause = Cause::system(clock.now(), "compare");
    let took_ms = (clock.now().micros() - begun.micros()) / 1_000;
    match done {
        Ok(report) => {
            let text = serde_json::to_string(&report).unwrap_or_default();
            db.write(&cause, async |tx: &mut Tx| {
                engine::answered(tx, OF, None, Some(took_ms)).await?;
                engine::set_cursor(tx, OF, LAST, &text).await
            })
            .await?;
            Ok(report)
        }
        Err(fault) => {
            let text = fault.to_string();
            db.write(&cause, async |tx: &mut Tx| engine::failed(tx, OF, &text).await).await?;
            Err(fault)
        }
    }
}

async fn compare(db: &Db, port: &dyn AccessSystem, clock: &dyn Clock) -> Result<Compared> {
    let mut report = Compared::default();
    let known = engine::cursor(&mut db.reader(), OF, DIGESTS).await?;
    let is_first = known.is_none();
    let mut known: BTreeMap<i64, String> =
        known.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let digests = port.digests().await?;
    let mut q = db.reader();
    let opened = Opened {
        records: finding::open_records(&mut q, OF, Subject::Account).await?,
        bare: engine::cursors(&mut q, OF, BARE).await?.into_iter().collect(),
    };
    drop(q);
    let (moved, turn) = moved(db, &known, &digests, &opened).await?;
    report.parts = moved.len();
    for shards in moved.chunks(SHARDS_AT_ONCE) {
        let seen = port.accounts(shards).await?;
        let mut by_shard: BTreeMap<i64, Vec<AccountSeen>> = BTreeMap::new();
        for login in seen {
            by_shard.entry(link::shard(&login.username)).or_default().push(login);
        }
        for shard in shards {
            let seen = by_shard.remove(shard).unwrap_or_default();
            let before = report.on_the_way;
            part(db, clock.now(), *shard, &seen, &opened, &mut report).await?;
            match digests.get(shard) {
                Some(digest) if report.on_the_way == before => {
                    known.insert(*shard, digest.clone());
                }
                _ => {
                    known.remove(shard);
                }
            }
        }
    }
    let shelf = port.shelf().await?;
    let text = serde_json::to_string(&known).map_err(|e| Fault::bug(e.to_string()))?;
    let cause = Cause::system(clock.now(), "compare");
    let (routers, told) = db
        .write(&cause, async |tx: &mut Tx| {
            let told = if is_first { introduce(tx).await? } else { 0 };
            let routers = shelves(tx, &shelf, is_first).await?;
            engine::set_cursor(tx, OF, DIGESTS, &text).await?;
            if let Some(last) = turn {
                engine::set_cursor(tx, OF, OPEN_TURN, &last.to_string()).await?;
            }
            Ok((routers, told))
        })
        .await?;
    report.asked += routers.0;
    report.healed += routers.1;
    report.on_the_way += told;
    Ok(report)
}

/// The parts to be read: whose digest is another, and some of those with an open finding (ours may have
/// changed to what stands there), in turn.
async fn moved(
    db: &Db,
    known: &BTreeMap<i64, String>,
    digests: &BTreeMap<i64, String>,
    opened: &Opened,
) -> Result<(Vec<i64>, Option<i64>)> {
    let mut all: BTreeSet<i64> = digests
        .iter()
        .filter(|(shard, digest)| known.get(shard) != Some(digest))
        .map(|(shard, _)| *shard)
        .collect();
    all.extend(known.keys().filter(|shard| !digests.contains_key(shard)));
    let names = opened.records.external.iter();
    let open: BTreeSet<i64> = names.map(|name| link::shard(name)).collect();
    let last = engine::cursor(&mut db.reader(), OF, OPEN_TURN).await?.and_then(|t| t.parse().ok());
    let turn = in_turn(&open, last.unwrap_or(-1));
    all.extend(&turn);
    Ok((all.into_iter().collect(), turn.last().copied()))
}

/// The next parts after `last`, and from the beginning again when they are through.
fn in_turn(open: &BTreeSet<i64>, last: i64) -> Vec<i64> {
    let after = open.range(last + 1..);
    after.chain(open.range(..=last)).take(OPEN_AT_ONCE).copied().collect()
}

/// Compares one part and does what follows, in one transaction.
async fn part(
    db: &Db,
    now: Ts,
    shard: i64,
    seen: &[AccountSeen],
    opened: &Opened,
    report: &mut Compared,
) -> Result<()> {
    let mut q = db.reader();
    let links = link::of_shard(&mut q, OF, Subject::Account, shard).await?;
    let linked: BTreeSet<String> = links.iter().map(|l| l.external_id.clone()).collect();
    let mut wanted: Vec<AccountId> =
        links.iter().map(|l| AccountId::from_uuid(l.local_id)).collect();
    let strangers: Vec<String> =
        seen.iter().map(|s| s.username.clone()).filter(|name| !linked.contains(name)).collect();
    wanted.extend(named(&mut q, &strangers).await?);
    let mut all: Vec<Ours> = Vec::new();
    for chunk in wanted.chunks(CHUNK) {
        all.extend(ours(&mut q, chunk, now).await?);
    }
    let marked = marked(&mut q, &wanted).await?;
    let pairs = pair(all, links, seen);
    report.compared += pairs.len();
    let cause = Cause::system(now, "freeradius");
    let counted = db
        .write(&cause, async |tx: &mut Tx| {
            let mut counted = Compared::default();
            for pair in &pairs {
                one(tx, pair, &marked, opened, &mut counted).await?;
            }
            Ok(counted)
        })
        .await?;
    report.equal += counted.equal;
    report.adopted += counted.adopted;
    report.healed += counted.healed;
    report.asked += counted.asked;
    report.on_the_way += counted.on_the_way;
    Ok(())
}

/// What is known before a pass.
struct Opened {
    /// Logins with an open finding.
    records: OpenRecords,
    /// Ours that are to lose what people there gave them.
    bare: BTreeSet<String>,
}

/// One login of either side, or of both.
struct Pair<'a> {
    ours: Option<Ours>,
    link: Option<Link>,
    seen: Option<&'a AccountSeen>,
}

fn pair(all: Vec<Ours>, links: Vec<Link>, seen: &[AccountSeen]) -> Vec<Pair<'_>> {
    let mut links: BTreeMap<Uuid, Link> = links.into_iter().map(|l| (l.local_id, l)).collect();
    let mut seen: BTreeMap<&str, &AccountSeen> =
        seen.iter().map(|s| (s.username.as_str(), s)).collect();
    let mut pairs: Vec<Pair<'_>> = all
        .into_iter()
        .map(|ours| {
            let link = links.remove(&ours.account.uuid());
            let name = link.as_ref().map_or(ours.username.as_str(), |l| l.external_id.as_str());
            Pair { seen: seen.remove(name), link, ours: Some(ours) }
        })
        .collect();
    pairs.extend(links.into_values().map(|link| Pair {
        seen: seen.remove(link.external_id.as_str()),
        link: Some(link),
        ours: None,
    }));
    pairs.extend(seen.into_values().map(|seen| Pair { ours: None, link: None, seen: Some(seen) }));
    pairs
}

/// Our open logins of these names.
async fn named(q: &mut dyn Query, names: &[String]) -> Result<Vec<AccountId>> {
    let sql = "select id from network_account where released_at is null and username {AMONG}($1)";
    q.values(sql, args![names]).await
}

/// Those of these that wait to be told.
async fn marked(q: &mut dyn Query, accounts: &[AccountId]) -> Result<BTreeSet<Uuid>> {
    let sql = "select local_id from bridge_mark where engine = 'freeradius' and subject = 'account'
         and local_id {AMONG}($1)";
    Ok(q.values::<Uuid>(sql, args![accounts]).await?.into_iter().collect())
}

async fn one(
    tx: &mut Tx,
    pair: &Pair<'_>,
    marked: &BTreeSet<Uuid>,
    opened: &Opened,
    counted: &mut Compared,
) -> Result<()> {
    let id = pair.ours.as_ref().map(|o| o.account.uuid());
    if id.is_some_and(|id| marked.contains(&id)) {
        counted.on_the_way += 1;
        return Ok(());
    }
    let name = pair.seen.map(|s| s.username.clone());
    let name = name.or_else(|| pair.link.as_ref().map(|l| l.external_id.clone()));
    let name = name.or_else(|| pair.ours.as_ref().map(|o| o.username.clone())).unwrap_or_default();
    let found = |verdict| Found {
        local_id: id,
        external_id: Some(name.clone()),
        branch: pair.ours.as_ref().map(|o| o.branch),
        ..Found::new(OF, Subject::Account, verdict)
    };
    let record = pair.ours.as_ref().and_then(|o| o.record.as_ref());
    let equal = counted.equal;
    match (record, pair.seen) {
        (Some(ours), Some(seen)) => both(tx, ours, seen, pair, &found, counted).await?,
        (Some(_), None) if pair.link.is_some() => {
            let choice = policy::of(tx, OF, Subject::Account, "missing").await?;
            settle_by(tx, choice, found(Verdict::MissingThere), id, counted).await?;
        }
        (None, Some(seen)) => {
            let verdict = if pair.link.is_some() { Verdict::Orphan } else { Verdict::MissingHere };
            let theirs = format!("{} · {}", seen.groups.join(", "), word(&seen.standing));
            finding::report(tx, &Found { theirs: Some(theirs), ..found(verdict) }).await?;
            counted.asked += 1;
        }
        _ => {}
    }
    if opened.records.has(id, &name) {
        finding::clear_record(tx, OF, Subject::Account, id, &name).await?;
    }
    match id.map(|id| id.to_string()).filter(|id| opened.bare.contains(id)) {
        Some(id) if counted.equal > equal => {
            engine::drop_cursor(tx, OF, &format!("{BARE}{id}")).await
        }
        _ => Ok(()),
    }
}

/// What does not wait for a person: healed by telling it again, or asked.
async fn settle_by(
    tx: &mut Tx,
    choice: Choice,
    found: Found,
    id: Option<Uuid>,
    counted: &mut Compared,
) -> Result<()> {
    match (choice, id) {
        (Choice::Heal, Some(id)) => {
            mark::mark(tx, OF, found.subject, id).await?;
            finding::report_as(tx, &found, FindingState::Healed).await?;
            counted.healed += 1;
        }
        _ => {
            finding::report(tx, &found).await?;
            counted.asked += 1;
        }
    }
    Ok(())
}

async fn both(
    tx: &mut Tx,
    ours: &AccountRecord,
    seen: &AccountSeen,
    pair: &Pair<'_>,
    found: &(impl Fn(Verdict) -> Found + Sync),
    counted: &mut Compared,
) -> Result<()> {
    let Some(of) = &pair.ours else { return Ok(()) };
    let id = of.account.uuid();
    let print = fingerprint(ours);
    let all = differences(ours, seen);
    if all.is_empty() {
        counted.equal += 1;
        if pair.link.as_ref().is_none_or(|l| l.fingerprint != print) {
            let link = Link {
                engine: OF,
                subject: Subject::Account,
                local_id: id,
                external_id: seen.username.clone(),
                external_version: None,
                fingerprint: print,
                synced_at: tx.now(),
            };
            link::put(tx, &link).await?;
        }
        return Ok(());
    }
    // Ours is another than what was told (time passed: a window for the first device is over, say).
    if pair.link.as_ref().is_some_and(|l| l.fingerprint != print) {
        mark::mark(tx, OF, Subject::Account, id).await?;
        counted.on_the_way += 1;
        return Ok(());
    }
    for difference in all {
        let report = Found {
            field: Some(difference.field.to_owned()),
            ours: Some(difference.ours),
            theirs: Some(difference.theirs),
            ..found(Verdict::Differs)
        };
        // Before the first meeting nobody knows who is right.
        let choice = match pair.link {
            Some(_) => policy::of(tx, OF, Subject::Account, difference.field).await?,
            None => Choice::Ask,
        };
        let adopts = choice == Choice::Adopt;
        if adopts && adopt::field(tx, of.account, difference.field, seen).await? {
            finding::report_as(tx, &report, FindingState::Adopted).await?;
            counted.adopted += 1;
        } else {
            let choice = if adopts { Choice::Ask } else { choice };
            settle_by(tx, choice, report, Some(id), counted).await?;
        }
    }
    Ok(())
}

/// At the first meeting: marks every record of ours that is not there, and is not asked about.
async fn introduce(tx: &mut Tx) -> Result<usize> {
    let accounts: Vec<Uuid> = tx
        .values(
            "select a.id from network_account a
             left join bridge_link l on l.engine = 'freeradius' and l.subject = 'account'
               and l.local_id = a.id
             left join bridge_finding f on f.engine = 'freeradius' and f.subject = 'account'
               and f.state = 'open' and f.local_id = a.id
             where a.released_at is null and a.state <> 'reserved' and l.local_id is null
               and f.id is null order by a.id",
            args![],
        )
        .await?;
    let marks: Vec<_> = accounts.iter().map(|id| (OF, Subject::Account, *id)).collect();
    mark::mark_all(tx, &marks).await?;
    Ok(marks.len())
}
