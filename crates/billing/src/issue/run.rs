//! The billing run: everything that is due by a day, in chunks of one transaction each.
//!
//! A killed run goes on where it stopped: what was issued is not due any more. Run twice, it issues
//! nothing the second time.

use catalog::Catalog;
use kernel::{
    Cause, Clock, CustomerId, Day, Event, Fault, FaultKind, Id, InvoiceId, Money, Result, RunId,
    SubscriptionId,
};
use serde_json::json;
use store::dialect::Dialect;
use store::{Db, Query, Tx};

use super::preview::RunHash;
use super::write::write;
use super::{CHUNK, SHORT_CHUNK};
use crate::credit::{self, Announce};
use crate::outcome::{self, Outcome, Terms};
use crate::recognise;
use crate::settle;
use crate::store as sql;
use crate::store::facts::Range;
pub use crate::store::run::RunRow as RunView;
use crate::termination;

/// Chunk sizes to fall back to when a chunk is refused, so that one broken record stops nobody else.
const SMALLER: [i64; 2] = [25, 1];
/// Why an unused prepaid invoice is credited, as printed on its note.
const UNUSED: &str = "Tidak dipakai: periode berakhir tanpa pembayaran";

/// What a run did.
#[derive(Clone, Debug)]
pub struct RunReport {
    pub run: RunId,
    pub day: Day,
    pub subscriptions: i64,
    pub invoices: i64,
    pub credit_notes: i64,
    pub total: Money,
    /// Equal to the preview's hash when the run did exactly that.
    pub hash: String,
    /// Subscriptions that were refused, and why. They stay due.
    pub failed: Vec<(SubscriptionId, Fault)>,
}

/// Issues everything that is due by `day`, never before the branch's own day and dated on it; credits unused prepaid
/// invoices, proposes terminations, recognises deferred income, settles with the customers' credit.
///
/// # Errors
/// `store.unavailable` when the database goes away: run it again, it goes on.
pub async fn run(db: &Db, clock: &dyn Clock, cause: &Cause, day: Day) -> Result<RunReport> {
    let run = open(db, cause, day).await?;
    carry_out(db, clock, cause, run, day).await
}

/// [`run`] with `size` subscriptions a transaction: the simulator and the tests want small ones.
///
/// # Errors
/// As [`run`].
pub async fn run_in_chunks(
    db: &Db,
    clock: &dyn Clock,
    cause: &Cause,
    day: Day,
    size: i64,
) -> Result<RunReport> {
    let run = open(db, cause, day).await?;
    in_chunks(db, clock, cause, run, day, size).await
}

async fn open(db: &Db, cause: &Cause, day: Day) -> Result<RunId> {
    db.write(cause, async |tx: &mut Tx| begin(tx, day).await).await
}

/// The run of `day` that goes on, or a new one: [`carry_out`] does its work.
///
/// # Errors
/// `store.unavailable` when the database is away.
pub async fn begin(tx: &mut Tx, day: Day) -> Result<RunId> {
    let (run, new) = sql::run::open(tx, day).await?;
    if new {
        tx.journal("billing_run", run.uuid(), "started", json!(null), json!({"day": day})).await?;
    } else {
        tracing::info!(%run, %day, "a billing run goes on where it stopped");
    }
    Ok(run)
}

/// The work of a run that was opened for `day`. `clock` tells when it is over; what it issues is issued at
/// the cause's instant, however long the run takes.
///
/// # Errors
/// As [`run`].
pub async fn carry_out(
    db: &Db,
    clock: &dyn Clock,
    cause: &Cause,
    run: RunId,
    day: Day,
) -> Result<RunReport> {
    let size = match db.dialect() {
        Dialect::Sqlite => SHORT_CHUNK,
        Dialect::Postgres => CHUNK,
    };
    in_chunks(db, clock, cause, run, day, size).await
}

async fn in_chunks(
    db: &Db,
    clock: &dyn Clock,
    cause: &Cause,
    run: RunId,
    day: Day,
    size: i64,
) -> Result<RunReport> {
    let mut failed = Vec::new();
    let mut after: SubscriptionId = Id::nil();
    // Every chunk is a millisecond later than the one before: ids of one instant would be scattered over
    // each other's index pages, which makes a long run slower and slower.
    let mut at = cause.clone();
    while let Some(last) = next_chunk(db, &at, run, day, after, size.max(1), &mut failed).await? {
        after = last;
        at.now = at.now.plus_millis(1);
    }
    termination::propose_due(db, cause).await?;
    recognise::due(db, cause, day).await?;
    let hash = hash_of(&mut db.reader(), run).await?;
    at.now = clock.now().max(at.now);
    db.write(&at, async |tx: &mut Tx| sql::run::finish(tx, run, &hash).await).await?;
    let row = sql::run::find(&mut db.reader(), run).await?;
    Ok(RunReport {
        run,
        day,
        subscriptions: row.subscriptions,
        invoices: row.invoices,
        credit_notes: row.credit_notes,
        total: row.total,
        hash,
        failed,
    })
}

/// One run; `None`: there is none of this id.
///
/// # Errors
/// `store.unavailable` when the database is away.
pub async fn run_of(q: &mut dyn Query, id: RunId) -> Result<Option<RunView>> {
    sql::run::find_opt(q, id).await
}

/// The last runs, newest first.
pub async fn runs(q: &mut dyn Query, limit: i64) -> Result<Vec<RunView>> {
    sql::run::list(q, limit.clamp(1, 1_000)).await
}

/// Days whose run was killed half-way, oldest first: [`run`] of such a day ends it.
pub async fn unfinished(q: &mut dyn Query) -> Result<Vec<Day>> {
    sql::run::unfinished(q).await
}

async fn hash_of(q: &mut dyn Query, run: RunId) -> Result<String> {
    let mut hash = RunHash::default();
    for row in sql::run::hashes(q, run).await? {
        hash.add(row.subscription_id, row.period_from, row.kind, &row.key, &row.hash);
    }
    Ok(hash.text())
}

/// Runs the chunk after `after`; answers its last subscription. A refused chunk is run again in smaller
/// ones, and a single subscription that is refused is noted and left due.
async fn next_chunk(
    db: &Db,
    cause: &Cause,
    run: RunId,
    day: Day,
    after: SubscriptionId,
    size: i64,
    failed: &mut Vec<(SubscriptionId, Fault)>,
) -> Result<Option<SubscriptionId>> {
    let due = sql::facts::next_due(&mut db.reader(), day, after, size).await?;
    let Some((range, _)) = due else { return Ok(None) };
    let Err(refused) = one_chunk(db, cause, run, day, range).await else {
        return Ok(Some(range.last));
    };
    if refused.kind == FaultKind::Unavailable {
        return Err(refused);
    }
    let smaller = SMALLER.into_iter().find(|s| *s < size);
    let Some(smaller) = smaller else {
        tracing::warn!(subscription = %range.first, error = ?refused, "not billed");
        failed.push((range.first, refused));
        return Ok(Some(range.last));
    };
    let mut at = after;
    while at < range.last {
        let inner = Box::pin(next_chunk(db, cause, run, day, at, smaller, failed)).await?;
        at = inner.unwrap_or(range.last);
    }
    Ok(Some(at))
}

async fn one_chunk(db: &Db, cause: &Cause, run: RunId, day: Day, range: Range) -> Result<()> {
    db.write_bulk(cause, async |tx: &mut Tx| chunk(tx, run, day, range).await).await
}

/// One chunk in one transaction: lock, load, decide, save, say.
async fn chunk(tx: &mut Tx, run: RunId, day: Day, range: Range) -> Result<()> {
    let catalog = catalog::current(tx).await?;
    sql::party::lock_range(tx, range.first, range.last).await?;
    let all = sql::facts::load(tx, &catalog, range).await?;
    let now = tx.now();
    let outcomes: Vec<Outcome> = all
        .iter()
        .map(|facts| {
            let terms = Terms::of(&facts.sub, &catalog);
            let today = now.day(terms.zone);
            outcome::on_day(facts, &terms, day.min(today), today)
        })
        .collect();
    let looked_at = i64::try_from(outcomes.len()).unwrap_or(0);
    let changed: Vec<Outcome> = all
        .iter()
        .zip(outcomes)
        .filter(|(facts, out)| differs(facts, out))
        .map(|(_, out)| out)
        .collect();
    let unused: Vec<InvoiceId> = changed.iter().flat_map(|o| o.unused.clone()).collect();
    let credited = credit::whole(tx, &catalog, &unused, UNUSED, Announce::Chunk).await?;
    let subs: Vec<_> = changed.iter().map(|o| &o.sub).collect();
    sql::invoice_write::save_billed(tx, &subs).await?;
    let drafts: Vec<_> = changed.iter().flat_map(|o| o.drafts.iter().cloned()).collect();
    let issued = write(tx, &catalog, &drafts, Some(run)).await?;
    say(tx, run, &changed, &issued);
    let total = issued.iter().map(|i| i.total).sum();
    let count = |n: usize| i64::try_from(n).unwrap_or(0);
    sql::run::progress(tx, run, looked_at, count(issued.len()), count(credited), total).await?;
    settle_with_credit(tx, &catalog, &changed).await
}

/// Whether a run changes anything of the subscription.
fn differs(facts: &crate::charges::Facts, out: &Outcome) -> bool {
    let (was, is) = (&facts.sub, &out.sub);
    !out.drafts.is_empty()
        || !out.unused.is_empty()
        || was.billed_to != is.billed_to
        || was.next_issue_on != is.next_issue_on
}

fn say(tx: &mut Tx, run: RunId, changed: &[Outcome], issued: &[super::Issued]) {
    if !issued.is_empty() {
        let invoices = issued.iter().map(|i| i.id).collect();
        tx.emit(Event::InvoicesIssued { run, invoices });
    }
    for out in changed {
        if out.drafts.is_empty() {
            for invoice in &out.unused {
                let subscription = Some(out.sub.id);
                tx.emit(Event::InvoiceCredited { invoice: *invoice, subscription });
            }
        }
        if out.propose_termination {
            tx.emit(Event::TerminationProposed { subscription: out.sub.id });
        }
    }
}

/// Customers' credit, old or just released, settles what was issued.
async fn settle_with_credit(tx: &mut Tx, catalog: &Catalog, changed: &[Outcome]) -> Result<()> {
    let mut customers: Vec<CustomerId> = changed
        .iter()
        .filter(|o| !o.drafts.is_empty() || !o.unused.is_empty())
        .map(|o| o.sub.customer_id)
        .collect();
    customers.sort_unstable();
    customers.dedup();
    for customer in sql::payment::with_credit(tx, &customers).await? {
        settle::customer(tx, catalog, customer, settle::Named::default()).await?;
    }
    Ok(())
}
