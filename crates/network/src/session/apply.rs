//! Applying a batch of accounting records.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use catalog::Catalog;
use kernel::{AccountId, Day, Event, NasId, Result, SessionId, SubscriptionId};
use store::{Lock, Tx};

use super::fold::Held;
use super::{end, load, save};
use crate::accounting::{AccountingRecord, Counters, RecordKind};
use crate::guest::Code;
use crate::sql::text_of;
use crate::words::SessionState;
use crate::{access, quota};

/// What a batch did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    pub records: usize,
    pub opened: Vec<SessionId>,
    pub closed: Vec<SessionId>,
    /// Records whose user name belongs to no account or guest of ours: their session is kept without one.
    pub unknown_users: usize,
    /// Records of a NAS that is not ours: left out.
    pub unknown_nas: usize,
    /// Subscriptions whose usage crossed their quota by this batch.
    pub crossed: Vec<SubscriptionId>,
    /// Subscriptions whose access is seen to be enforced by this batch.
    pub enforced: Vec<SubscriptionId>,
}

/// Applies records in their order of arrival.
///
/// Idempotent: the same records again, also in part, change nothing, since sessions are found by NAS, id
/// and start, counters take the greatest, and a session ends once. Usage is added to the day (of the
/// branch's zone) of the record that reported it, and a quota is crossed once. One transaction, set-based.
pub async fn apply(tx: &mut Tx, records: &[AccountingRecord]) -> Result<Applied> {
    let mut applied = Applied { records: records.len(), ..Applied::default() };
    if records.is_empty() {
        return Ok(applied);
    }
    let records = &clean(records);
    // Two appliers would both add the same growth of one session.
    tx.lock(Lock::Named("network.accounting")).await?;
    let known_nas = load::nas(tx).await?;
    let catalog = catalog::current(tx).await?;
    let mut batch = Batch::new(catalog, known_nas);
    let mut rest: &[AccountingRecord] = records;
    while let Some(first) = rest.first() {
        if matches!(first.kind, RecordKind::On | RecordKind::Off) {
            if batch.nas.contains_key(&first.nas) {
                let ended = end::nas_restarted(tx, first.nas, first.event_at).await?;
                batch.affected.extend(ended.iter().filter_map(|(_, s)| *s));
                applied.closed.extend(ended.into_iter().map(|(id, _)| id));
            } else {
                applied.unknown_nas += 1;
            }
            rest = rest.get(1..).unwrap_or_default();
            continue;
        }
        let marks = |r: &AccountingRecord| matches!(r.kind, RecordKind::On | RecordKind::Off);
        let run = rest.iter().position(marks).unwrap_or(rest.len());
        let (now, later) = rest.split_at(run);
        batch.run(tx, now, &mut applied).await?;
        rest = later;
    }
    batch.finish(tx, &mut applied).await?;
    Ok(applied)
}

struct Batch {
    catalog: Arc<Catalog>,
    nas: BTreeMap<NasId, load::NasRow>,
    usage: BTreeMap<(SubscriptionId, Day), Counters>,
    affected: BTreeSet<SubscriptionId>,
    /// Subscriptions with a session that this batch began or reopened.
    begun: BTreeSet<SubscriptionId>,
}

impl Batch {
    fn new(catalog: Arc<Catalog>, nas: BTreeMap<NasId, load::NasRow>) -> Self {
        Self {
            catalog,
            nas,
            usage: BTreeMap::new(),
            affected: BTreeSet::new(),
            begun: BTreeSet::new(),
        }
    }

    /// Folds records between two restarts and saves their sessions.
    async fn run(
        &mut self,
        tx: &mut Tx,
        records: &[AccountingRecord],
        applied: &mut Applied,
    ) -> Result<()> {
        let accounts = load::accounts(tx, records).await?;
        let guests = load::guests(tx, records).await?;
        let mut sessions = Sessions::new(load::sessions(tx, records).await?);
        for record in records {
            let Some(nas) = self.nas.get(&record.nas) else {
                applied.unknown_nas += 1;
                continue;
            };
            let name = record.username.trim().to_ascii_lowercase();
            let account = accounts.get(&name);
            let record = &straight(record, nas.counters_swapped);
            let guest = match account {
                Some(_) => None,
                None => Code::read(record.username.as_bytes()).and_then(|c| guests.get(&c)),
            };
            applied.unknown_users += usize::from(account.is_none() && guest.is_none());
            let at = match sessions.find(record) {
                Some(at) => at,
                None => {
                    let id = tx.new_id();
                    sessions.begin(Held {
                        guest: guest.copied(),
                        ..begun(id, record, name, nas, account)
                    })
                }
            };
            let Some(held) = sessions.list.get_mut(at) else { continue };
            let delta = held.fold(record);
            if let Some(subscription) = held.subscription {
                self.affected.insert(subscription);
                let day = record.event_at.day(self.catalog.zone(held.branch));
                if delta != Counters::default() {
                    let sum = self.usage.entry((subscription, day)).or_default();
                    sum.bytes_in += delta.bytes_in;
                    sum.bytes_out += delta.bytes_out;
                }
            }
        }
        self.supersede(tx, &mut sessions).await?;
        self.keep(tx, sessions.list, applied).await
    }

    /// Ends older sessions of devices that dialled again.
    async fn supersede(&mut self, tx: &mut Tx, sessions: &mut Sessions) -> Result<()> {
        let fresh: BTreeSet<AccountId> =
            sessions.list.iter().filter(|h| h.fresh).filter_map(|h| h.account).collect();
        if fresh.is_empty() {
            return Ok(());
        }
        let fresh: Vec<AccountId> = fresh.into_iter().collect();
        let loaded: BTreeSet<SessionId> = sessions.list.iter().map(|h| h.id).collect();
        let others = load::open_of_accounts(tx, &fresh).await?;
        sessions.list.extend(others.into_iter().filter(|h| !loaded.contains(&h.id)));
        let mut by_account: BTreeMap<AccountId, Vec<usize>> = BTreeMap::new();
        for (at, held) in sessions.list.iter().enumerate() {
            if let Some(account) = held.account.filter(|a| fresh.binary_search(a).is_ok()) {
                by_account.entry(account).or_default().push(at);
            }
        }
        for places in by_account.into_values() {
            let newest: Vec<Held> = places
                .iter()
                .filter_map(|at| sessions.list.get(*at))
                .filter(|h| h.fresh)
                .cloned()
                .collect();
            for at in places {
                let Some(held) = sessions.list.get_mut(at) else { continue };
                if let Some(newer) = newest.iter().find(|n| held.is_superseded_by(n)) {
                    held.end(super::EndedBy::Superseded, newer.started_at);
                    self.affected.extend(held.subscription);
                }
            }
        }
        Ok(())
    }

    async fn keep(&mut self, tx: &mut Tx, list: Vec<Held>, applied: &mut Applied) -> Result<()> {
        for held in &list {
            // Begun and ended within one batch is a session that ended.
            let (opened, closed) = (held.opened && held.is_open(), held.closed && !held.is_open());
            if opened {
                applied.opened.push(held.id);
            }
            if closed {
                applied.closed.push(held.id);
            }
            let Some(subscription) = held.subscription else { continue };
            if opened {
                self.begun.insert(subscription);
                tx.emit(Event::SessionOpened { session: held.id, subscription });
            }
            if closed {
                tx.emit(Event::SessionClosed { session: held.id, subscription });
            }
        }
        save::sessions(tx, list).await
    }

    /// Usage, quotas, and what the batch proves about access.
    async fn finish(self, tx: &mut Tx, applied: &mut Applied) -> Result<()> {
        let used: BTreeSet<SubscriptionId> = self.usage.keys().map(|(s, _)| *s).collect();
        save::usage(tx, self.usage).await?;
        applied.crossed = quota::check_crossed(tx, &used.into_iter().collect::<Vec<_>>()).await?;
        let begun: Vec<SubscriptionId> = self.begun.into_iter().collect();
        save::mark_isolated(tx, &begun).await?;
        access::reopen_raced(tx, &begun).await?;
        let affected: Vec<SubscriptionId> = self.affected.into_iter().collect();
        applied.enforced = access::settle(tx, &affected).await?;
        Ok(())
    }
}

/// The records with texts that both databases can hold.
fn clean(records: &[AccountingRecord]) -> Cow<'_, [AccountingRecord]> {
    let dirty = |r: &AccountingRecord| {
        [Some(&r.acct_session_id), Some(&r.username), r.cause.as_ref()]
            .into_iter()
            .flatten()
            .any(|text| matches!(text_of(text), Cow::Owned(_)))
    };
    if !records.iter().any(dirty) {
        return Cow::Borrowed(records);
    }
    let mut records = records.to_vec();
    for r in &mut records {
        r.acct_session_id = text_of(&r.acct_session_id).into_owned();
        r.username = text_of(&r.username).into_owned();
        r.cause = r.cause.as_deref().map(|c| text_of(c).into_owned());
    }
    Cow::Owned(records)
}

/// More than any session moves (1 PiB): a router's nonsense must not overflow the sums.
const BYTES_MAX: i64 = 1 << 50;

/// The record with upload and download the right way round, and within reason.
fn straight(record: &AccountingRecord, swapped: bool) -> AccountingRecord {
    let mut record = record.clone();
    if swapped {
        std::mem::swap(&mut record.bytes_in, &mut record.bytes_out);
    }
    record.bytes_in = record.bytes_in.clamp(0, BYTES_MAX);
    record.bytes_out = record.bytes_out.clamp(0, BYTES_MAX);
    record.secs = record.secs.max(0);
    record
}

fn begun(
    id: SessionId,
    record: &AccountingRecord,
    username: String,
    nas: &load::NasRow,
    account: Option<&load::AccountRow>,
) -> Held {
    let started_at = record.implied_start();
    Held {
        id,
        nas: record.nas,
        account: account.map(|a| a.id),
        subscription: account.map(|a| a.subscription_id),
        guest: None,
        branch: account.map_or(nas.branch_id, |a| a.branch_id),
        partner: account.and_then(|a| a.partner_id),
        acct_session_id: record.acct_session_id.clone(),
        username,
        mac: None,
        framed_ip: None,
        started_at,
        updated_at: started_at,
        stopped_at: None,
        state: SessionState::Live,
        counters: Counters::default(),
        cause: None,
        ended_by: None,
        access_version: None,
        acked_version: 0,
        acked_at: None,
        isolated: false,
        fresh: true,
        dirty: true,
        opened: true,
        closed: false,
    }
}

/// The sessions in hand, found by NAS and Acct-Session-Id.
struct Sessions {
    list: Vec<Held>,
    by_key: BTreeMap<(NasId, String), Vec<usize>>,
}

impl Sessions {
    fn new(list: Vec<Held>) -> Self {
        let mut by_key: BTreeMap<(NasId, String), Vec<usize>> = BTreeMap::new();
        for (at, held) in list.iter().enumerate() {
            by_key.entry((held.nas, held.acct_session_id.clone())).or_default().push(at);
        }
        Self { list, by_key }
    }

    /// The session the record speaks of: the one that began when the record says, else the latest of
    /// those that began before it, if the record may be of that one. The user must be the same.
    fn find(&self, record: &AccountingRecord) -> Option<usize> {
        let key = (record.nas, record.acct_session_id.clone());
        let name = record.username.trim();
        let places = self.by_key.get(&key)?;
        let latest = |fits: &dyn Fn(&Held) -> bool| {
            let mut newest_first = places.iter().rev().copied();
            newest_first.find(|at| {
                let held = self.list.get(*at);
                held.is_some_and(|held| held.username.eq_ignore_ascii_case(name) && fits(held))
            })
        };
        latest(&|held| record.starts_at(held.started_at)).or_else(|| {
            let found = latest(&|held| {
                let began_later = held.started_at.secs()
                    > record.implied_start().secs() + crate::accounting::SAME_START_SECS;
                !(began_later && record.event_at < held.started_at)
            })?;
            self.list.get(found).is_some_and(|held| record.is_of(&held.known())).then_some(found)
        })
    }

    fn begin(&mut self, held: Held) -> usize {
        let at = self.list.len();
        let key = (held.nas, held.acct_session_id.clone());
        self.list.push(held);
        let places = self.by_key.entry(key).or_default();
        places.push(at);
        places.sort_by_key(|at| self.list.get(*at).map(|h| h.started_at));
        at
    }
}
