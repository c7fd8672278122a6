//! What a billing run does for one subscription on a day. Pure: preview and run are this function.

use catalog::{Catalog, Policy, PrepaidLate};
use kernel::{Day, InvoiceId, Period, Zone};

use crate::charges::{self, Draft, Facts, OpenInvoice};
use crate::dates;
use crate::subscription::Subscription;
use crate::usage;
use crate::words::{Calendar, InvoiceKind, Mode, SubscriptionState};

/// Unused prepaid invoices in a row after which a termination is proposed.
pub const UNUSED_MAX: i64 = 3;
/// More periods than anybody is billed at once: a guard for data that makes no sense.
const PERIODS_MAX: usize = 120;

/// What follows for one subscription. `sub` is the subscription as it will stand.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub sub: Subscription,
    /// Open invoices to credit in full: never used.
    pub unused: Vec<InvoiceId>,
    pub drafts: Vec<Draft>,
    pub propose_termination: bool,
}

/// Catalogue, policy and zone of one subscription.
pub struct Terms<'a> {
    pub catalog: &'a Catalog,
    pub policy: Policy,
    pub zone: Zone,
}

impl<'a> Terms<'a> {
    pub fn of(sub: &Subscription, catalog: &'a Catalog) -> Self {
        Self { catalog, policy: sub.policy(catalog), zone: sub.zone(catalog) }
    }
}

/// What a run for `day` does on `today`: `day` says what is due, `today` is the day of issue. Running it
/// again on its own result does nothing.
pub fn on_day(facts: &Facts, terms: &Terms<'_>, day: Day, today: Day) -> Outcome {
    match facts.sub.mode {
        Mode::Postpaid => postpaid(facts, terms, day, today, false),
        Mode::Prepaid => prepaid(facts, terms, day, today),
    }
}

/// The last invoices of a postpaid subscription whose last day is over: everything not billed yet,
/// whatever the issue day.
pub fn final_bill(facts: &Facts, terms: &Terms<'_>, day: Day) -> Outcome {
    postpaid(facts, terms, day, day, true)
}

fn postpaid(facts: &Facts, terms: &Terms<'_>, day: Day, today: Day, last: bool) -> Outcome {
    let mut out = Outcome {
        sub: facts.sub.clone(),
        unused: Vec::new(),
        drafts: Vec::new(),
        propose_termination: false,
    };
    let Some(first) = facts.sub.activated_on.filter(|_| facts.sub.state.is_in_service() || last)
    else {
        return out;
    };
    let mut extras = facts.extras.clone();
    for _ in 0..PERIODS_MAX {
        let from = out.sub.billed_to.map_or(first, Day::next);
        let ended = facts.sub.terminated_on.is_some_and(|end| from > end);
        let period = facts.sub.period_at(from);
        let issue_on = dates::postpaid_issue_on(facts.sub.calendar, period, &terms.policy);
        if ended || period.from > day {
            break;
        }
        if issue_on > day && !last {
            out.sub.next_issue_on = Some(issue_on);
            break;
        }
        let from = from.max(first);
        let end = facts.sub.terminated_on;
        let used = usage::postpaid_days(period, from, end, &facts.pauses, &facts.unpaid);
        let mut lines = charges::period_charges(facts, &mut extras, terms.catalog, period, &used);
        if out.sub.install_fee.is_positive() {
            lines.extend(charges::install_charge(facts, terms.catalog));
            out.sub.install_fee = kernel::Money::ZERO;
        }
        let to = end.map_or(period.to, |end| end.min(period.to));
        if !lines.is_empty() {
            let days = used.first().zip(used.last());
            let span = days.map_or(Period { from, to }, |(a, b)| Period { from: a.from, to: b.to });
            out.drafts.push(postpaid_draft(&facts.sub, terms, today, span, &lines));
        }
        out.sub.billed(to, &terms.policy);
    }
    if facts.sub.terminated_on.is_some_and(|end| out.sub.billed_to >= Some(end)) {
        out.sub.next_issue_on = None;
    }
    out
}

pub(crate) fn postpaid_draft(
    sub: &Subscription,
    terms: &Terms<'_>,
    day: Day,
    span: Period,
    lines: &[crate::rating::Charge],
) -> Draft {
    let due = dates::postpaid_due(sub.calendar, day, &terms.policy, terms.zone);
    Draft {
        due_on: due.due_on,
        isolate_at: Some(due.isolate_at),
        deferred: false,
        ..draft(sub, InvoiceKind::Regular, span, day, charges::rate(terms.catalog, lines, day))
    }
}

/// A draft with the subscription's own columns; due on its day, isolating nobody, deferred.
pub(crate) fn draft(
    sub: &Subscription,
    kind: InvoiceKind,
    period: Period,
    day: Day,
    quote: crate::rating::Quote,
) -> Draft {
    Draft {
        customer: sub.customer_id,
        subscription: Some(sub.id),
        branch: sub.branch_id,
        partner: sub.partner_id,
        kind,
        key: String::new(),
        period,
        months: 1,
        issued_on: day,
        due_on: day,
        isolate_at: None,
        deferred: true,
        quote,
        note: None,
    }
}

fn prepaid(facts: &Facts, terms: &Terms<'_>, day: Day, today: Day) -> Outcome {
    let mut out = Outcome {
        sub: facts.sub.clone(),
        unused: Vec::new(),
        drafts: Vec::new(),
        propose_termination: false,
    };
    let waits = matches!(
        facts.sub.state,
        SubscriptionState::Ready | SubscriptionState::Active | SubscriptionState::Isolated
    );
    let Some(billed_to) = facts.sub.billed_to.filter(|_| waits) else { return out };
    let mut start = billed_to.next();
    let mut stays_open = false;
    let mut facts = facts.clone();
    let unpaid = |o: &&OpenInvoice| o.outstanding > terms.policy.tolerance && !o.used;
    for open in facts.open.clone().iter().filter(unpaid) {
        let over = is_over(open, day);
        if over && open.months == 1 && !facts.is_unused(open) {
            // Its days were used: it stays a debt beside the next one.
            continue;
        }
        if over {
            out.unused.push(open.id);
            facts.give_back(open);
            if open.kind == InvoiceKind::Regular {
                if open.months > 1 {
                    start = start.min(open.period.from);
                } else {
                    out.sub.unused_in_row += 1;
                }
            }
        } else {
            stays_open |= open.kind == InvoiceKind::Regular;
        }
    }
    if stays_open {
        return out;
    }
    if start <= day {
        start = start.max(facts.sub.period_at(day).from);
    }
    let issue_on = dates::prepaid_issue_on(start, &terms.policy);
    if issue_on > day {
        out.sub.next_issue_on = Some(issue_on);
        return out;
    }
    if facts.sub.terminated_on.is_some_and(|end| start > end) {
        out.sub.next_issue_on = None;
        return out;
    }
    let draft = prepaid_draft(&facts, terms, start, today, 1);
    out.sub.install_fee = kernel::Money::ZERO;
    out.sub.billed(draft.period.to, &terms.policy);
    out.drafts.push(draft);
    if out.sub.unused_in_row >= UNUSED_MAX && out.sub.termination_proposed_on.is_none() {
        out.sub.termination_proposed_on = Some(today);
        out.propose_termination = true;
    }
    out
}

/// A prepaid invoice whose days are over, or months ahead whose first day has come, was never used.
fn is_over(open: &OpenInvoice, day: Day) -> bool {
    open.period.to < day || (open.months > 1 && open.period.from <= day)
}

/// The regular prepaid invoice from `start` to the end of that period, or of `months` periods.
pub(crate) fn prepaid_draft(
    facts: &Facts,
    terms: &Terms<'_>,
    start: Day,
    day: Day,
    months: i64,
) -> Draft {
    let mut extras = facts.extras.clone();
    let mut lines = Vec::new();
    let mut at = start;
    let mut to = start;
    for _ in 0..months.max(1) {
        let full = facts.sub.period_at(at);
        to = facts.sub.terminated_on.map_or(full.to, |end| end.min(full.to));
        let used = Period::new(at, to).into_iter().collect::<Vec<_>>();
        lines.extend(charges::period_charges(facts, &mut extras, terms.catalog, full, &used));
        at = full.to.next();
    }
    lines.extend(charges::install_charge(facts, terms.catalog));
    let due = dates::prepaid_due(start, day, &terms.policy, terms.zone);
    let quote = charges::rate(terms.catalog, &lines, day);
    let period = Period { from: start, to: to.max(start) };
    Draft {
        months: months.max(1),
        due_on: due.due_on,
        isolate_at: Some(due.isolate_at),
        ..draft(&facts.sub, InvoiceKind::Regular, period, day, quote)
    }
}

/// An open prepaid invoice that a payment on `day` would not settle as it stands: it is credited, and
/// this is issued instead.
#[derive(Clone, Debug)]
pub struct Replacement {
    pub draft: Draft,
    /// The subscription as it will stand.
    pub sub: Subscription,
}

/// What a payment on `day` would settle instead of `open`, if anything.
///
/// A first invoice older than its day starts on the payment day; a later calendar period paid late does
/// so when the policy says `from_payment` and nothing of it was used; an unused invoice whose days are
/// over buys the current period, never days that have passed. Used days stay a debt.
pub fn replacement(
    facts: &Facts,
    terms: &Terms<'_>,
    open: &OpenInvoice,
    day: Day,
) -> Option<Replacement> {
    let sub = &facts.sub;
    let fits = sub.mode == Mode::Prepaid
        && open.kind == InvoiceKind::Regular
        && open.key.is_empty()
        && !open.used
        && open.period.from < day
        && open.outstanding > terms.policy.tolerance;
    if !fits {
        return None;
    }
    let unused = facts.is_unused(open);
    let late_from_payment = sub.state == SubscriptionState::Isolated
        && sub.calendar == Calendar::Calendar
        && terms.policy.prepaid_late == PrepaidLate::FromPayment
        && open.months == 1
        && unused;
    let is_first = sub.state == SubscriptionState::Ready;
    let over = open.period.to < day && unused;
    if !(is_first || late_from_payment || over) {
        return None;
    }
    let mut facts = facts.clone();
    facts.give_back(open);
    if facts.sub.calendar == Calendar::Anniversary {
        facts.sub.anchor_dom = day.dom();
    }
    let from_payment = is_first || terms.policy.prepaid_late == PrepaidLate::FromPayment;
    let start = if from_payment { day } else { facts.sub.period_at(day).from };
    let months = if over { 1 } else { open.months };
    let draft = prepaid_draft(&facts, terms, start, day, months);
    facts.sub.install_fee = kernel::Money::ZERO;
    facts.sub.billed(draft.period.to, &terms.policy);
    Some(Replacement { draft, sub: facts.sub })
}

#[cfg(test)]
mod tests;
