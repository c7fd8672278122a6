//! Everything that decides what is issued, for a range of subscriptions at a time.

use std::collections::BTreeMap;

use catalog::Catalog;
use kernel::{Day, InvoiceId, Money, Period, PlanId, Result, SubscriptionId, Ts, Zone};
use store::{Query, QueryExt, args, row};

use crate::charges::{Change, ExtraTerms, Facts, OpenInvoice};
use crate::rating::ExtraId;
use crate::subscription::Subscription;
use crate::usage::{PauseSpan, UnpaidSpan};
use crate::words::{ChangeState, ExtraKind, InvoiceKind};

row! { struct ChangeFact { subscription_id: SubscriptionId, old_plan: PlanId, new_plan: PlanId,
from_on: Day, state: ChangeState } }
row! { struct IsolationFact { subscription_id: SubscriptionId, to_at: Option<Ts>,
isolated_since: Ts, unpaid_since: Option<Ts> } }
row! { struct ExtraFact { id: ExtraId, subscription_id: SubscriptionId, kind: ExtraKind, name: String,
amount: Money, percent_bp: i64, from_on: Day, to_on: Option<Day>, periods: Option<i64>,
used: i64 } }
row! { struct OpenFact { id: InvoiceId, subscription_id: SubscriptionId, kind: InvoiceKind, key: String,
period_from: Day, period_to: Day, months: i64, isolate_at: Option<Ts>, total: Money, paid: Money,
    outstanding: Money, used: bool } }
row! { struct FeeFact { invoice_id: InvoiceId, subscription_id: SubscriptionId, price: Money } }
row! { struct DiscountFact { invoice_id: InvoiceId, subscription_id: SubscriptionId, extra_id: ExtraId,
periods: i64 } }

/// Outstanding of an open invoice, as SQL.
pub(crate) const OUTSTANDING: &str = "(i.total - i.paid - i.credited - i.withheld - i.written_off)";
/// The condition of the partial index on open invoices.
pub(crate) const OPEN: &str =
    "i.live and i.paid + i.credited + i.withheld + i.written_off < i.total and i.state = 'issued'";

/// Which subscriptions: from an id to an id, and only those due by a day, if one is given.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Range {
    pub first: SubscriptionId,
    pub last: SubscriptionId,
    pub due_by: Option<Day>,
    /// What changed, paused or isolated the days from here on is loaded too, billed or not.
    pub since: Option<Day>,
}

impl Range {
    pub(crate) fn one(id: SubscriptionId) -> Self {
        Self { first: id, last: id, due_by: None, since: None }
    }
}

/// The next `limit` subscriptions after `after` that a run on `day` has to look at.
pub(crate) async fn next_due(
    q: &mut dyn Query,
    day: Day,
    after: SubscriptionId,
    limit: i64,
) -> Result<Option<(Range, i64)>> {
    let ids: Vec<SubscriptionId> = q
        .values(
            "select id from billing_subscription where next_issue_on <= $1 and id > $2
             order by id limit $3",
            args![day, after, limit],
        )
        .await?;
    let count = i64::try_from(ids.len()).unwrap_or(i64::MAX);
    Ok(match (ids.first(), ids.last()) {
        (Some(first), Some(last)) => {
            let range = Range { first: *first, last: *last, due_by: Some(day), since: None };
            Some((range, count))
        }
        _ => None,
    })
}

/// Facts of the subscriptions in the range, by id.
pub(crate) async fn load(q: &mut dyn Query, catalog: &Catalog, range: Range) -> Result<Vec<Facts>> {
    let subs: Vec<Subscription> = q
        .rows(
            "select * from billing_subscription where id >= $1 and id <= $2
               and ($3 is null or next_issue_on <= $3) order by id",
            args![range.first, range.last, range.due_by],
        )
        .await?;
    let mut all: BTreeMap<SubscriptionId, Facts> = subs
        .into_iter()
        .map(|sub| {
            let facts = Facts {
                sub,
                changes: Vec::new(),
                pauses: Vec::new(),
                unpaid: Vec::new(),
                isolated_since: None,
                extras: Vec::new(),
                open: Vec::new(),
            };
            (facts.sub.id, facts)
        })
        .collect();
    load_time(q, catalog, range, &mut all).await?;
    load_extras(q, range, &mut all).await?;
    load_open(q, catalog, range, &mut all).await?;
    Ok(all.into_values().collect())
}

type All = BTreeMap<SubscriptionId, Facts>;

/// Plan changes, pauses and isolations that may still touch a period not billed yet.
async fn load_time(
    q: &mut dyn Query,
    catalog: &Catalog,
    range: Range,
    all: &mut All,
) -> Result<()> {
    let unbilled = |f: &Facts| f.sub.billed_to.or(f.sub.activated_on).map(|d| d.prev());
    let since = range.since.map(Day::prev);
    let Some(earliest) = all.values().filter_map(unbilled).chain(since).min() else {
        return Ok(());
    };
    let since = Ts::local(earliest, 0, 0, Zone::Jayapura);
    let changes: Vec<ChangeFact> = q
        .rows(
            "select subscription_id, old_plan, new_plan, from_on, state from billing_plan_change
             where subscription_id >= $1 and subscription_id <= $2
               and (state = 'scheduled' or (state = 'applied' and from_on >= $3))
             order by from_on, id",
            args![range.first, range.last, earliest],
        )
        .await?;
    for row in changes {
        if let Some(facts) = all.get_mut(&row.subscription_id) {
            let ChangeFact { old_plan, new_plan, from_on, state, .. } = row;
            facts.changes.push(Change { old_plan, new_plan, from_on, state });
        }
    }
    let pauses: Vec<(SubscriptionId, Day, Option<Day>)> = q
        .rows(
            "select subscription_id, from_on, to_on from billing_pause
             where subscription_id >= $1 and subscription_id <= $2 and state <> 'cancelled'
               and (to_on is null or to_on >= $3) order by from_on, id",
            args![range.first, range.last, earliest],
        )
        .await?;
    for (id, from, to) in pauses {
        if let Some(facts) = all.get_mut(&id) {
            facts.pauses.push(PauseSpan { from, to });
        }
    }
    let isolations: Vec<IsolationFact> = q
        .rows(
            "select subscription_id, to_at, isolated_since, unpaid_since from billing_isolation
             where subscription_id >= $1 and subscription_id <= $2
               and (to_at is null or to_at >= $3) order by from_at, id",
            args![range.first, range.last, since],
        )
        .await?;
    for row in isolations {
        if let Some(facts) = all.get_mut(&row.subscription_id) {
            let zone = facts.sub.zone(catalog);
            if row.to_at.is_none() {
                facts.isolated_since = Some(row.isolated_since.day(zone));
            }
            if let Some(unpaid_since) = row.unpaid_since {
                let reopened = row.to_at.map(|at| at.day(zone));
                facts.unpaid.push(UnpaidSpan { since: unpaid_since.day(zone), reopened });
            }
        }
    }
    Ok(())
}

async fn load_extras(q: &mut dyn Query, range: Range, all: &mut All) -> Result<()> {
    let extras: Vec<ExtraFact> = q
        .rows(
            "select id, subscription_id, kind, name, amount, percent_bp, from_on, to_on, periods, used
             from billing_extra
             where subscription_id >= $1 and subscription_id <= $2 and archived_at is null
             order by id",
            args![range.first, range.last],
        )
        .await?;
    for r in extras {
        if let Some(facts) = all.get_mut(&r.subscription_id) {
            facts.extras.push(ExtraTerms {
                id: r.id,
                kind: r.kind,
                name: r.name,
                amount: r.amount,
                percent_bp: r.percent_bp,
                from_on: r.from_on,
                to_on: r.to_on,
                periods: r.periods,
                used: r.used,
            });
        }
    }
    Ok(())
}

/// Open regular and supplement invoices, with the fee and the discounts that crediting them frees.
async fn load_open(
    q: &mut dyn Query,
    catalog: &Catalog,
    range: Range,
    all: &mut All,
) -> Result<()> {
    let sql = format!(
        "select i.id, i.subscription_id, i.kind, i.key, i.period_from, i.period_to, i.months,
           i.isolate_at, i.total, i.paid, {OUTSTANDING} as outstanding,
           exists (select 1 from billing_entitlement e where e.invoice_id = i.id) as used
         from billing_invoice i
         where i.subscription_id >= $1 and i.subscription_id <= $2 and i.kind <> 'one_off' and {OPEN}
         order by i.period_from, i.id"
    );
    let open: Vec<OpenFact> = q.rows(&sql, args![range.first, range.last]).await?;
    if open.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "select l.invoice_id, i.subscription_id, l.price from billing_invoice i
         join billing_invoice_line l on l.invoice_id = i.id
         where i.subscription_id >= $1 and i.subscription_id <= $2 and i.kind = 'regular' and {OPEN}
           and l.kind = 'install_fee' and l.credited_base < l.base"
    );
    let fees: Vec<FeeFact> = q.rows(&sql, args![range.first, range.last]).await?;
    let sql = format!(
        "select l.invoice_id, i.subscription_id, l.extra_id, cast(sum(l.periods) as bigint) as periods
         from billing_invoice i join billing_invoice_line l on l.invoice_id = i.id
         where i.subscription_id >= $1 and i.subscription_id <= $2 and i.kind = 'regular' and {OPEN}
           and l.kind = 'discount' and l.extra_id is not null
         group by l.invoice_id, i.subscription_id, l.extra_id"
    );
    let discounts: Vec<DiscountFact> = q.rows(&sql, args![range.first, range.last]).await?;
    for r in open {
        let Some(facts) = all.get_mut(&r.subscription_id) else { continue };
        let Some(period) = Period::new(r.period_from, r.period_to) else { continue };
        let isolates_on = r.isolate_at.map(|at| at.day(facts.sub.zone(catalog)));
        facts.open.push(OpenInvoice {
            id: r.id,
            kind: r.kind,
            key: r.key,
            period,
            months: r.months,
            isolates_on,
            total: r.total,
            paid: r.paid,
            outstanding: r.outstanding,
            used: r.used,
            install_fee: Money::ZERO,
            discounts: Vec::new(),
        });
    }
    for fee in fees {
        let facts = all.get_mut(&fee.subscription_id);
        if let Some(open) = facts.and_then(|f| f.open.iter_mut().find(|o| o.id == fee.invoice_id)) {
            open.install_fee = fee.price;
        }
    }
    for row in discounts {
        let facts = all.get_mut(&row.subscription_id);
        if let Some(open) = facts.and_then(|f| f.open.iter_mut().find(|o| o.id == row.invoice_id)) {
            open.discounts.push((row.extra_id, row.periods));
        }
    }
    Ok(())
}
