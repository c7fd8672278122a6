//! What the next run will do, before it does it: the very function that the run uses.

use catalog::Catalog;
use kernel::{Day, Id, InvoiceId, Money, Result, SubscriptionId, Ts};
use sha2::Digest;
use store::Query;

use super::CHUNK;
use crate::charges::{Draft, Facts};
use crate::outcome::{self, Terms};
use crate::store as sql;
use crate::words::InvoiceKind;

/// One invoice that will be issued.
#[derive(Clone, Debug)]
pub struct PreviewLine {
    pub subscription: SubscriptionId,
    pub number: String,
    pub draft: Draft,
    /// Unused invoices that will be credited before it.
    pub credits: Vec<InvoiceId>,
    pub proposes_termination: bool,
}

/// A page of the preview, in the order of the run.
#[derive(Clone, Debug, Default)]
pub struct PreviewPage {
    pub lines: Vec<PreviewLine>,
    /// Where the next page starts; none: this was the last.
    pub next: Option<SubscriptionId>,
}

/// The sums of a run that has not happened yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunPreview {
    pub day: Day,
    pub subscriptions: i64,
    pub invoices: i64,
    pub credit_notes: i64,
    pub base: Money,
    pub tax: Money,
    pub total: Money,
    /// Equal to the run's hash when the run does exactly this.
    pub hash: String,
}

/// The hash of a run: every invoice's identity and lines, in the order of the subscriptions.
#[derive(Default)]
pub(crate) struct RunHash(sha2::Sha256);

impl RunHash {
    pub(crate) fn add(
        &mut self,
        subscription: SubscriptionId,
        from: Day,
        kind: InvoiceKind,
        key: &str,
        lines: &str,
    ) {
        self.0.update(format!("{subscription}|{from}|{kind}|{key}|{lines}\n"));
    }
    pub(crate) fn text(self) -> String {
        self.0.finalize()[..16].iter().map(|b| format!("{b:02x}")).collect()
    }
}

/// What a run for `day` will issue, in sums; before that day comes it is taken to be run on it. Reads in
/// pages; nothing is written.
pub async fn preview(q: &mut dyn Query, now: Ts, day: Day) -> Result<RunPreview> {
    let catalog = catalog::current(q).await?;
    let mut sums = RunPreview {
        day,
        subscriptions: 0,
        invoices: 0,
        credit_notes: 0,
        base: Money::ZERO,
        tax: Money::ZERO,
        total: Money::ZERO,
        hash: String::new(),
    };
    let mut hash = RunHash::default();
    let mut after: SubscriptionId = Id::nil();
    while let Some((range, count)) = sql::facts::next_due(q, day, after, CHUNK).await? {
        after = range.last;
        sums.subscriptions += count;
        for facts in sql::facts::load(q, &catalog, range).await? {
            let terms = Terms::of(&facts.sub, &catalog);
            let out = outcome::on_day(&facts, &terms, day, day.max(now.day(terms.zone)));
            sums.credit_notes += i64::try_from(out.unused.len()).unwrap_or(0);
            for draft in &out.drafts {
                sums.invoices += 1;
                sums.base += draft.quote.base;
                sums.tax += draft.quote.tax;
                sums.total += draft.quote.total;
                let lines = draft.quote.hash();
                hash.add(facts.sub.id, draft.period.from, draft.kind, &draft.key, &lines);
            }
        }
    }
    sums.hash = hash.text();
    Ok(sums)
}

/// The invoices of at most `limit` due subscriptions after `after`.
pub async fn preview_page(
    q: &mut dyn Query,
    now: Ts,
    day: Day,
    after: Option<SubscriptionId>,
    limit: i64,
) -> Result<PreviewPage> {
    let catalog = catalog::current(q).await?;
    let limit = limit.clamp(1, CHUNK);
    let after = after.unwrap_or(Id::nil());
    let Some((range, count)) = sql::facts::next_due(q, day, after, limit).await? else {
        return Ok(PreviewPage::default());
    };
    let all = sql::facts::load(q, &catalog, range).await?;
    let lines = all.iter().flat_map(|facts| lines_of(facts, &catalog, now, day)).collect();
    Ok(PreviewPage { lines, next: (count == limit).then_some(range.last) })
}

fn lines_of(facts: &Facts, catalog: &Catalog, now: Ts, day: Day) -> Vec<PreviewLine> {
    let terms = Terms::of(&facts.sub, catalog);
    let out = outcome::on_day(facts, &terms, day, day.max(now.day(terms.zone)));
    out.drafts
        .into_iter()
        .map(|draft| PreviewLine {
            subscription: facts.sub.id,
            number: facts.sub.number.clone(),
            draft,
            credits: out.unused.clone(),
            proposes_termination: out.propose_termination,
        })
        .collect()
}
