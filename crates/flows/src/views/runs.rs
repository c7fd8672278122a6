//! Billing runs: what the next one will do with names on it, and how far one is.

use std::collections::BTreeMap;

use billing::issue::{PreviewLine, preview_page};
use kernel::{CustomerId, Day, Lang, Money, Result, Scope, SubscriptionId, Ts};
use store::{Query, QueryExt, args};

/// An invoice that the next run will issue.
#[derive(Clone, Debug)]
pub struct PreviewRow {
    pub subscription: SubscriptionId,
    pub subscription_number: String,
    pub customer: CustomerId,
    pub customer_name: String,
    pub period: kernel::Period,
    pub due_on: Day,
    /// The lines as they will be printed.
    pub lines: Vec<String>,
    pub base: Money,
    pub tax: Money,
    pub total: Money,
    /// Unused prepaid invoices that are credited before it.
    pub credits: usize,
}

/// The invoices of at most `limit` due subscriptions after `after`, and where the next page starts.
///
/// # Errors
/// Only when the database fails.
pub async fn preview(
    q: &mut dyn Query,
    now: Ts,
    day: Day,
    after: Option<SubscriptionId>,
    limit: i64,
    lang: Lang,
) -> Result<(Vec<PreviewRow>, Option<SubscriptionId>)> {
    let page = preview_page(q, now, day, after, limit).await?;
    let mut names: BTreeMap<CustomerId, String> = BTreeMap::new();
    for line in &page.lines {
        let customer = line.draft.customer;
        if let std::collections::btree_map::Entry::Vacant(free) = names.entry(customer) {
            free.insert(crm::customer::find(q, &Scope::all(), customer).await?.name);
        }
    }
    let name = |id: CustomerId| names.get(&id).cloned().unwrap_or_default();
    let rows = page.lines.into_iter().map(|line| row(name(line.draft.customer), line, lang));
    Ok((rows.collect(), page.next))
}

fn row(customer_name: String, line: PreviewLine, lang: Lang) -> PreviewRow {
    let PreviewLine { subscription, number, draft, credits, .. } = line;
    PreviewRow {
        subscription,
        subscription_number: number,
        customer: draft.customer,
        customer_name,
        period: draft.period,
        due_on: draft.due_on,
        lines: draft.quote.lines.iter().map(|line| line.text(lang)).collect(),
        base: draft.quote.base,
        tax: draft.quote.tax,
        total: draft.quote.total,
        credits: credits.len(),
    }
}

/// How many subscriptions a run of `day` has still to look at.
///
/// # Errors
/// Only when the database fails.
pub async fn still_due(q: &mut dyn Query, day: Day) -> Result<i64> {
    q.value("select count(*) from billing_subscription where next_issue_on <= $1", args![day]).await
}
