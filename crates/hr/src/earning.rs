//! What people earned beside the salary: pure rules of facts, rows that are only ever added to, and the sums of the
//! months that are over.
//!
//! A row belongs to the month of the branch's day on which it was written down, whatever day the money or the job was
//! of: so a month that is over never changes. What is taken back is a negative row of the month in which that happens.

use kernel::{
    BranchId, Day, EarningId, EarningRuleId, EarningSumId, Event, InvoiceId, Money, PlanId, Result,
    SubscriptionId, Ts, UserId, WorkOrderId, Zone,
};
use serde_json::{Value, json};
use store::{Query, Tx};
use uuid::Uuid;

use crate::rule::{self, Kind, Rule, in_force};
use crate::store::earning as rows;

/// Seconds after the month's last midnight until it is closed: longer than any transaction that began before.
const SETTLE_SECS: i64 = 3_600;

/// The first fully paid invoice of a subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sold {
    pub invoice: InvoiceId,
    pub subscription: SubscriptionId,
    /// The plan that it bills.
    pub plan: Option<PlanId>,
    pub seller: UserId,
    pub branch: BranchId,
    /// Before tax, without what was credited.
    pub base: Money,
    /// The branch's day.
    pub on: Day,
}

/// An installation whose evidence was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    pub work_order: WorkOrderId,
    pub subscription: SubscriptionId,
    pub plan: Option<PlanId>,
    /// Who did it, in an order that does not change.
    pub technicians: Vec<UserId>,
    pub branch: BranchId,
    pub on: Day,
}

/// What one person gets of one cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    pub user: UserId,
    pub rule: EarningRuleId,
    pub base: Money,
    pub amount: Money,
    pub formula: String,
}

/// The seller's commission, by the rule in force. Pure.
pub fn commission(rules: &[Rule], sold: &Sold) -> Option<Share> {
    let rule = in_force(rules, Kind::Commission, sold.plan, sold.seller, sold.on)?;
    let (amount, formula) = rule.yields(sold.base);
    amount.is_positive().then_some(Share {
        user: sold.seller,
        rule: rule.id,
        base: sold.base,
        amount,
        formula,
    })
}

/// The technicians' incentive: each gets an equal part of what their own rule gives; a rupiah that can't be split goes
/// to the first, so that those of one rule get exactly its amount together. Pure.
pub fn incentive(rules: &[Rule], done: &Installed) -> Vec<Share> {
    let count = i64::try_from(done.technicians.len()).unwrap_or(i64::MAX).max(1);
    let share = |(at, user): (usize, &UserId)| {
        let rule = in_force(rules, Kind::Incentive, done.plan, *user, done.on)?;
        let (whole, first) = (rule.amount, i64::try_from(at).unwrap_or(i64::MAX));
        let amount = Money::rupiah(whole / count + i64::from(first < whole % count));
        let formula = match count {
            1 => format!("{} per pemasangan", Money::rupiah(whole)),
            _ => format!("{} ÷ {count} teknisi = {amount}", Money::rupiah(whole)),
        };
        let base = Money::rupiah(whole);
        amount.is_positive().then_some(Share { user: *user, rule: rule.id, base, amount, formula })
    };
    done.technicians.iter().enumerate().filter_map(share).collect()
}

store::row! {
    /// One row of the ledger.
    pub struct Earning {
        pub id: EarningId,
        pub kind: Kind,
        pub user_id: UserId,
        pub branch_id: BranchId,
        pub source_id: Uuid,
        pub round: i64,
        pub subscription_id: Option<SubscriptionId>,
        pub plan_id: Option<PlanId>,
        pub rule_id: EarningRuleId,
        pub base: Money,
        /// Negative: taken back.
        pub amount: Money,
        pub formula: String,
        pub earned_on: Day,
        pub accrued_at: Ts,
        pub takes_back: Option<EarningId>,
    }
}

/// Accrues the commission of a subscription's first paid invoice. While one stands, of this or another invoice of the
/// subscription, nothing more is accrued: doing it again changes nothing.
///
/// # Errors
/// Only when the database fails.
pub async fn sold(tx: &mut Tx, sold: &Sold) -> Result<()> {
    if rows::standing_of_subscription(tx, Kind::Commission, sold.subscription).await? > 0 {
        return Ok(());
    }
    let Some(share) = commission(&rule::all(tx).await?, sold) else { return Ok(()) };
    let source = sold.invoice.uuid();
    let round = rows::rounds(tx, Kind::Commission, source).await? + 1;
    let cause = Cause {
        kind: Kind::Commission,
        source,
        round,
        subscription: sold.subscription,
        plan: sold.plan,
        branch: sold.branch,
        on: sold.on,
    };
    write(tx, &cause, &share).await
}

/// Whether an invoice yielded a commission before, be it taken back since.
///
/// # Errors
/// Only when the database fails.
pub async fn was_sold(q: &mut dyn Query, invoice: InvoiceId) -> Result<bool> {
    Ok(rows::rounds(q, Kind::Commission, invoice.uuid()).await? > 0)
}

/// Accrues the incentive of an accepted installation, once.
///
/// # Errors
/// Only when the database fails.
pub async fn installed(tx: &mut Tx, done: &Installed) -> Result<()> {
    let source = done.work_order.uuid();
    if rows::rounds(tx, Kind::Incentive, source).await? > 0 {
        return Ok(());
    }
    let cause = Cause {
        kind: Kind::Incentive,
        source,
        round: 1,
        subscription: done.subscription,
        plan: done.plan,
        branch: done.branch,
        on: done.on,
    };
    for share in incentive(&rule::all(tx).await?, done) {
        write(tx, &cause, &share).await?;
    }
    Ok(())
}

/// Takes back exactly the rows of an invoice that still stand: its payment was reversed, or it was credited in full.
///
/// # Errors
/// Only when the database fails.
pub async fn take_back(tx: &mut Tx, invoice: InvoiceId, on: Day) -> Result<()> {
    for row in rows::standing(tx, Kind::Commission, invoice.uuid()).await? {
        let back = Earning {
            id: tx.new_id(),
            amount: -row.amount,
            formula: format!("diambil kembali: {}", row.formula),
            earned_on: on,
            accrued_at: tx.now(),
            takes_back: Some(row.id),
            ..row
        };
        rows::insert(tx, &back).await?;
        said(tx, &back, "taken_back").await?;
    }
    Ok(())
}

/// What a row is of.
struct Cause {
    kind: Kind,
    source: Uuid,
    round: i64,
    subscription: SubscriptionId,
    plan: Option<PlanId>,
    branch: BranchId,
    on: Day,
}

async fn write(tx: &mut Tx, of: &Cause, share: &Share) -> Result<()> {
    let row = Earning {
        id: tx.new_id(),
        kind: of.kind,
        user_id: share.user,
        branch_id: of.branch,
        source_id: of.source,
        round: of.round,
        subscription_id: Some(of.subscription),
        plan_id: of.plan,
        rule_id: share.rule,
        base: share.base,
        amount: share.amount,
        formula: share.formula.clone(),
        earned_on: of.on,
        accrued_at: tx.now(),
        takes_back: None,
    };
    rows::insert(tx, &row).await?;
    said(tx, &row, "accrued").await
}

async fn said(tx: &mut Tx, row: &Earning, what: &str) -> Result<()> {
    let after = json!({ "kind": row.kind, "user": row.user_id, "source": row.source_id,
        "amount": row.amount, "formula": row.formula });
    tx.journal("earning", row.id.uuid(), what, Value::Null, after).await
}

store::row! {
    /// What a person earned of a kind in a month that is over.
    #[derive(PartialEq, Eq)]
    pub struct Sum {
        pub id: EarningSumId,
        pub user_id: UserId,
        pub kind: Kind,
        /// Its first day.
        pub month: Day,
        /// Negative: more was taken back than earned.
        pub amount: Money,
        pub rows_count: i64,
        pub closed_at: Ts,
    }
}

/// The first day of the month that is not over yet everywhere: the west's clocks are the last.
fn running(now: Ts) -> Day {
    now.plus_secs(-SETTLE_SECS).day(Zone::Jakarta).first_of_month()
}

/// Closes the months that are over, oldest first, and says so once. Gives how many sums were made.
///
/// # Errors
/// Only when the database fails.
pub async fn close(tx: &mut Tx) -> Result<usize> {
    let until = running(tx.now());
    let Some(mut month) = rows::next_to_close(tx).await? else { return Ok(0) };
    if month >= until {
        return Ok(0);
    }
    tx.lock(::store::Lock::Named("hr:earnings:close")).await?;
    let mut sums = Vec::new();
    while month < until {
        for sum in rows::add_up(tx, month).await? {
            let sum = Sum { id: tx.new_id(), closed_at: tx.now(), ..sum };
            if rows::insert_sum(tx, &sum).await? {
                sums.push(sum.id);
            }
        }
        month = month.plus_months(1);
    }
    if !sums.is_empty() {
        tx.emit(Event::EarningsClosed { sums: sums.clone() });
    }
    Ok(sums.len())
}

/// A sum; `None`: there is none of this id.
///
/// # Errors
/// Only when the database fails.
pub async fn sum(q: &mut dyn Query, id: EarningSumId) -> Result<Option<Sum>> {
    rows::sum(q, id).await
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::rule::Measure;

    fn id<T>(n: u128) -> kernel::Id<T> {
        kernel::Id::from_uuid(Uuid::from_u128(n))
    }
    fn flat(amount: i64, user: Option<u128>) -> Rule {
        Rule {
            id: id(9),
            kind: Kind::Incentive,
            plan_id: None,
            user_id: user.map(id),
            measure: Measure::Flat,
            amount,
            from_on: "2026-01-01".parse().unwrap(),
            created_at: Ts::default(),
        }
    }
    fn job(technicians: u128) -> Installed {
        Installed {
            work_order: id(1),
            subscription: id(2),
            plan: None,
            technicians: (1..=technicians).map(id).collect(),
            branch: id(3),
            on: "2026-11-20".parse().unwrap(),
        }
    }

    proptest! {
        #[test]
        fn those_of_one_rule_get_exactly_its_amount_together(
            amount in 0i64..10_000_000, people in 1u128..6,
        ) {
            let shares = incentive(&[flat(amount, None)], &job(people));
            prop_assert_eq!(shares.iter().map(|s| s.amount.get()).sum::<i64>(), amount);
            let most = shares.iter().map(|s| s.amount.get()).max().unwrap_or(0);
            let least = shares.iter().map(|s| s.amount.get()).min().unwrap_or(0);
            prop_assert!(most - least <= 1);
        }
    }

    #[test]
    fn a_persons_own_rule_counts_for_their_part_only() {
        let shares = incentive(&[flat(100_001, None), flat(200_000, Some(2))], &job(2));
        let told: Vec<_> = shares.iter().map(|s| (s.amount.get(), s.formula.as_str())).collect();
        assert_eq!(
            told,
            [
                (50_001, "Rp 100.001 ÷ 2 teknisi = Rp 50.001"),
                (100_000, "Rp 200.000 ÷ 2 teknisi = Rp 100.000"),
            ]
        );
        assert!(incentive(&[], &job(2)).is_empty());
        assert!(incentive(&[flat(100_000, None)], &job(0)).is_empty());
    }

    #[test]
    fn a_month_is_over_when_it_is_over_everywhere_and_an_hour_later() {
        let at = |text: &str| text.parse::<Ts>().unwrap();
        let first = |text: &str| text.parse::<Day>().unwrap();
        // Midnight in Jakarta is 17:00 UTC.
        assert_eq!(running(at("2026-11-30T17:59:59Z")), first("2026-11-01"));
        assert_eq!(running(at("2026-11-30T18:00:00Z")), first("2026-12-01"));
    }
}
