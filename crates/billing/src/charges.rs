//! From what is known of a subscription to what is charged for a period. Pure.

use catalog::Catalog;
use kernel::{
    BranchId, CustomerId, Day, InvoiceId, Lang, Money, PartnerId, Period, PlanId, SubscriptionId,
    Ts,
};

use crate::rating::{self, Charge, ExtraId, Quote};
use crate::subscription::Subscription;
use crate::usage::{self, PauseSpan, UnpaidSpan};
use crate::words::{ChangeState, ExtraKind, InvoiceKind, LineKind, SubscriptionState};

/// A plan change that counts for rating (scheduled or applied).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    pub old_plan: PlanId,
    pub new_plan: PlanId,
    pub from_on: Day,
    pub state: ChangeState,
}

/// An add-on or a discount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtraTerms {
    pub id: ExtraId,
    pub kind: ExtraKind,
    pub name: String,
    /// Monthly price of an add-on, or the amount a period of a discount.
    pub amount: Money,
    /// Percent of the plan's lines in basis points; 0: `amount` counts.
    pub percent_bp: i64,
    pub from_on: Day,
    pub to_on: Option<Day>,
    /// For so many periods; none: as long as the days say.
    pub periods: Option<i64>,
    /// Periods that live invoices have used.
    pub used: i64,
}

impl ExtraTerms {
    fn window(&self, period: Period) -> Option<Period> {
        Period::new(self.from_on, self.to_on.unwrap_or(period.to)).and_then(|w| w.overlap(period))
    }
    fn discounts(&self, period: Period) -> bool {
        self.kind == ExtraKind::Discount
            && self.window(period).is_some()
            && self.periods.is_none_or(|most| self.used < most)
    }
}

/// An invoice that still wants money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenInvoice {
    pub id: InvoiceId,
    pub kind: InvoiceKind,
    pub key: String,
    pub period: Period,
    pub months: i64,
    /// The day on which it isolates while it is unpaid.
    pub isolates_on: Option<Day>,
    pub total: Money,
    pub paid: Money,
    pub outstanding: Money,
    /// Its days were given once (a reversed payment): it is a debt, never credited as unused.
    pub used: bool,
    /// Installation fee on it: due again when it is credited.
    pub install_fee: Money,
    /// Discounts it uses, with their number of periods: free again when it is credited.
    pub discounts: Vec<(ExtraId, i64)>,
}

/// Everything that decides what is issued for one subscription.
#[derive(Clone, Debug)]
pub struct Facts {
    pub sub: Subscription,
    /// Rising by day; only scheduled and applied ones.
    pub changes: Vec<Change>,
    pub pauses: Vec<PauseSpan>,
    pub unpaid: Vec<UnpaidSpan>,
    /// First day of the isolation that goes on.
    pub isolated_since: Option<Day>,
    pub extras: Vec<ExtraTerms>,
    /// Regular and supplement invoices with something outstanding, rising by period.
    pub open: Vec<OpenInvoice>,
}

impl Facts {
    /// The plan of `day`, past or future.
    pub fn plan_on(&self, day: Day) -> PlanId {
        let before = self.changes.iter().rev().find(|c| c.from_on <= day);
        let after = self.changes.iter().find(|c| c.from_on > day);
        match (before, after) {
            (Some(change), _) => change.new_plan,
            (None, Some(change)) => change.old_plan,
            (None, None) => self.sub.plan_id,
        }
    }
    /// Whether nothing of an unpaid prepaid invoice was used: it was never active, or isolated from the
    /// period's start (the day on which the invoice isolates) without a break until now. A supplement gives
    /// nothing before it is paid. Who stayed online (a promise, no isolation for now) used the days.
    pub fn is_unused(&self, open: &OpenInvoice) -> bool {
        let from = open.period.from.max(open.isolates_on.unwrap_or(open.period.from));
        open.kind == InvoiceKind::Supplement
            || self.sub.state == SubscriptionState::Ready
            || self.isolated_since.is_some_and(|since| since <= from)
    }
    /// As if `open` had been credited in full: its fee is due again, its discounts are free again.
    pub fn give_back(&mut self, open: &OpenInvoice) {
        self.sub.install_fee += open.install_fee;
        for (id, periods) in &open.discounts {
            if let Some(extra) = self.extras.iter_mut().find(|e| e.id == *id) {
                extra.used -= periods;
            }
        }
    }
    /// The period cut where the plan changes.
    pub fn segments(&self, period: Period) -> Vec<(PlanId, Period)> {
        let mut cuts = vec![period.from];
        for change in &self.changes {
            if period.from < change.from_on && period.contains(change.from_on) {
                cuts.push(change.from_on);
            }
        }
        cuts.sort_unstable();
        cuts.dedup();
        let ends = cuts.iter().skip(1).map(|d| d.prev()).chain([period.to]).collect::<Vec<_>>();
        cuts.iter()
            .zip(ends)
            .filter_map(|(from, to)| Period::new(*from, to))
            .map(|span| (self.plan_on(span.from), span))
            .collect()
    }
}

/// An invoice that is about to be issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    pub customer: CustomerId,
    pub subscription: Option<SubscriptionId>,
    pub branch: BranchId,
    pub partner: Option<PartnerId>,
    pub kind: InvoiceKind,
    pub key: String,
    pub period: Period,
    pub months: i64,
    pub issued_on: Day,
    pub due_on: Day,
    pub isolate_at: Option<Ts>,
    /// Paid before it is used: income only when its days are over.
    pub deferred: bool,
    pub quote: Quote,
    pub note: Option<String>,
}

/// The charges for the used days of one period: plan by plan, add-ons, discounts.
///
/// `full` is the whole period (what the price is for); `used` the days that are billed. A discount that
/// is used counts one period in `extras`.
pub fn period_charges(
    facts: &Facts,
    extras: &mut [ExtraTerms],
    catalog: &Catalog,
    full: Period,
    used: &[Period],
) -> Vec<Charge> {
    let mut charges = Vec::new();
    for (plan_id, segment) in facts.segments(full) {
        let runs = usage::within(used, segment);
        let (Some(first), Some(last)) = (runs.first(), runs.last()) else { continue };
        let Some(plan) = catalog.plans.get(&plan_id) else { continue };
        let span = Period { from: first.from, to: last.to };
        let price = catalog.price_at(plan_id, span.from);
        let mut charge = Charge::once(LineKind::Plan, &plan.name, catalog.tax_mode(plan), price)
            .for_days(span, usage::days(&runs), full.days());
        charge.plan = Some(plan_id);
        charges.push(charge);
    }
    let Some(tax) = charges.last().map(|c| c.tax) else { return charges };
    let plans = charges.clone();
    let mut left: Vec<Money> = plans.iter().map(Charge::amount).collect();
    let mut discounts = Vec::new();
    for extra in extras.iter_mut() {
        if extra.kind == ExtraKind::AddOn {
            let runs = extra.window(full).map(|w| usage::within(used, w)).unwrap_or_default();
            if let (Some(first), Some(last)) = (runs.first(), runs.last()) {
                let span = Period { from: first.from, to: last.to };
                let mut charge = Charge::once(LineKind::AddOn, &extra.name, tax, extra.amount)
                    .for_days(span, usage::days(&runs), full.days());
                charge.extra = Some(extra.id);
                charges.push(charge);
            }
        } else if extra.discounts(full) {
            extra.used += 1;
            discounts.extend(discount(extra, &plans, &mut left));
        }
    }
    charges.extend(discounts);
    charges
}

/// The lines of one discount: one for each plan line and for its days, so that a whole discount leaves no
/// rupiah of tax and days that are credited later take their share of it along. An amount is spread over the
/// plan lines. Together with others it never takes more than a plan line is: `left` is what remains of each.
fn discount(extra: &ExtraTerms, plans: &[Charge], left: &mut [Money]) -> Vec<Charge> {
    let mut lines: Vec<Charge> = Vec::new();
    let mut amount_left = extra.amount;
    let mut weight_left: Money = left.iter().copied().sum();
    for (plan, left) in plans.iter().zip(left) {
        let wanted = if extra.percent_bp > 0 {
            plan.amount().ratio(extra.percent_bp.min(10_000), 10_000)
        } else {
            let share = amount_left.ratio(left.get(), weight_left.get().max(1));
            amount_left -= share;
            weight_left -= *left;
            share
        };
        let amount = wanted.min(*left).or_zero();
        if amount.is_positive() {
            *left -= amount;
            let mut line = Charge::once(LineKind::Discount, &extra.name, plan.tax, -amount);
            line.span = plan.span;
            line.extra = Some(extra.id);
            line.periods = i64::from(lines.is_empty());
            lines.push(line);
        }
    }
    lines
}

/// The installation fee that is still to be charged, in the tax mode of the plan.
pub fn install_charge(facts: &Facts, catalog: &Catalog) -> Option<Charge> {
    let plan = catalog.plans.get(&facts.sub.plan_id)?;
    facts.sub.install_fee.is_positive().then(|| {
        let tax = catalog.tax_mode(plan);
        Charge::once(LineKind::InstallFee, install_name(Lang::Id), tax, facts.sub.install_fee)
    })
}

/// What the installation fee is called.
pub const fn install_name(lang: Lang) -> &'static str {
    match lang {
        Lang::Id => "Biaya pemasangan",
        Lang::En => "Installation fee",
    }
}

/// Two lines for each period that an upgrade touches: the unused part of the old plan taken back, the
/// new plan for the same days; the discounts of those periods follow both.
pub fn supplement_charges(
    facts: &Facts,
    catalog: &Catalog,
    (old, new): (PlanId, PlanId),
    from: Day,
    to: Day,
    discounts: &[ExtraTerms],
) -> Vec<Charge> {
    let mut charges = Vec::new();
    let mut at = from;
    while at <= to {
        let full = facts.sub.period_at(at);
        let span = Period { from: at, to: full.to.min(to) };
        for (kind, plan_id, sign) in [(LineKind::PlanUnused, old, -1), (LineKind::Plan, new, 1)] {
            let Some(plan) = catalog.plans.get(&plan_id) else { continue };
            let price = catalog.price_at(plan_id, span.from).times(sign);
            let mut charge = Charge::once(kind, &plan.name, catalog.tax_mode(plan), price)
                .for_days(span, span.days(), full.days());
            charge.plan = Some(plan_id);
            for extra in discounts.iter().filter(|e| e.percent_bp > 0) {
                let amount = charge.amount().ratio(extra.percent_bp.min(10_000), 10_000);
                let mut line = Charge::once(LineKind::Discount, &extra.name, charge.tax, -amount);
                line.span = Some(span);
                line.extra = Some(extra.id);
                charges.push(line);
            }
            charges.push(charge);
        }
        at = span.to.next();
    }
    charges.sort_by_key(|c| c.kind == LineKind::Discount);
    charges
}

/// Rates charges with the tax rule of the day of issue.
pub fn rate(catalog: &Catalog, charges: &[Charge], issued_on: Day) -> Quote {
    rating::rate(charges, catalog.tax_at(issued_on))
}
