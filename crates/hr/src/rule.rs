//! Rules of what is paid beside the salary. The arithmetic is pure.

use kernel::{Day, EarningRuleId, Fault, Field, Money, Permission, PlanId, Result, Ts, UserId};
use serde_json::{Value, json};
use store::{Query, Tx};

use crate::store::earning as rows;

store::words! {
    /// What it is paid for: the first paid invoice of a subscription, to who sold it; or an accepted installation, to
    /// its technicians.
    pub enum Kind { Commission = "commission", Incentive = "incentive" }
}
store::words! {
    /// `percent`: basis points of the invoice before tax. `flat`: rupiah.
    pub enum Measure { Percent = "percent", Flat = "flat" }
}

store::row! {
    /// One rule, from its day on.
    #[derive(PartialEq, Eq)]
    pub struct Rule {
        pub id: EarningRuleId,
        pub kind: Kind,
        pub plan_id: Option<PlanId>,
        pub user_id: Option<UserId>,
        pub measure: Measure,
        pub amount: i64,
        pub from_on: Day,
        pub created_at: Ts,
    }
}

/// A rule to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRule {
    pub kind: Kind,
    pub plan: Option<PlanId>,
    pub user: Option<UserId>,
    pub measure: Measure,
    /// Basis points or rupiah; 0 ends the rule that it replaces.
    pub amount: i64,
    pub from_on: Day,
}

impl NewRule {
    /// # Errors
    /// A field fault for an amount outside 0–100 % or below zero, a percentage of an installation, a day that no
    /// calendar of ours has.
    pub fn check(&self) -> Result<()> {
        let mut wrong = Vec::new();
        let max = if self.measure == Measure::Percent { 10_000 } else { 1_000_000_000 };
        if !(0..=max).contains(&self.amount) {
            let (id, en) =
                ("harus 0–100 % atau 0–1 miliar rupiah", "must be 0–100 % or 0–1 billion rupiah");
            wrong.push(Field::new("amount", "out_of_range", id, en));
        }
        if self.kind == Kind::Incentive && self.measure == Measure::Percent {
            let (id, en) = ("pemasangan dibayar dalam rupiah", "an installation is paid in rupiah");
            wrong.push(Field::new("measure", "not_allowed", id, en));
        }
        if !self.from_on.is_within_years() {
            let (id, en) = ("di luar kalender", "is outside the calendar");
            wrong.push(Field::new("from_on", "out_of_range", id, en));
        }
        if wrong.is_empty() { Ok(()) } else { Err(Fault::fields(wrong)) }
    }
}

impl Rule {
    /// What it gives for a base before tax, with the formula that a person can read.
    pub fn yields(&self, base: Money) -> (Money, String) {
        match self.measure {
            Measure::Percent => {
                let amount = base.ratio(self.amount, 10_000);
                (amount, format!("{} × {base} = {amount}", percent_text(self.amount)))
            }
            Measure::Flat => {
                let amount = Money::rupiah(self.amount);
                (amount, format!("{amount} per pelanggan baru"))
            }
        }
    }
}

/// `10 %`, `12,5 %` from basis points.
pub fn percent_text(bp: i64) -> String {
    match bp % 100 {
        0 => format!("{} %", bp / 100),
        rest if rest % 10 == 0 => format!("{},{} %", bp / 100, rest / 10),
        rest => format!("{},{rest:02} %", bp / 100),
    }
}

/// The rule in force on `day`: of this plan and person before of the person, before of the plan, before the general
/// one; of each the latest.
pub fn in_force(
    rules: &[Rule],
    kind: Kind,
    plan: Option<PlanId>,
    user: UserId,
    day: Day,
) -> Option<&Rule> {
    let fits = |r: &&Rule| {
        r.kind == kind
            && r.from_on <= day
            && r.plan_id.is_none_or(|of| Some(of) == plan)
            && r.user_id.is_none_or(|of| of == user)
    };
    rules
        .iter()
        .filter(fits)
        .max_by_key(|r| (r.user_id.is_some(), r.plan_id.is_some(), r.from_on, r.created_at, r.id))
}

/// Every rule, the newest day first.
///
/// # Errors
/// Only when the database fails.
pub async fn all(q: &mut dyn Query) -> Result<Vec<Rule>> {
    rows::rules(q).await
}

/// Adds a rule from its day on. What was earned keeps the rule that it was earned by. That plan and person exist, the
/// caller has looked.
///
/// # Errors
/// `forbidden` without `EarningWrite`; as [`NewRule::check`].
pub async fn add(tx: &mut Tx, new: &NewRule) -> Result<EarningRuleId> {
    tx.actor().require(Permission::EarningWrite)?;
    new.check()?;
    let id: EarningRuleId = tx.new_id();
    rows::insert_rule(tx, id, new).await?;
    let after = json!({ "kind": new.kind, "plan": new.plan, "user": new.user, "measure": new.measure,
        "amount": new.amount, "from_on": new.from_on });
    tx.journal("earning_rule", id.uuid(), "added", Value::Null, after).await?;
    Ok(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: u128 = 1;

    fn rule(plan: Option<u128>, user: Option<u128>, amount: i64, from: &str) -> Rule {
        let id = |n: u128| uuid_of(n);
        Rule {
            id: EarningRuleId::from_uuid(id(u128::try_from(amount).unwrap())),
            kind: Kind::Commission,
            plan_id: plan.map(|n| PlanId::from_uuid(id(n))),
            user_id: user.map(|n| UserId::from_uuid(id(n))),
            measure: Measure::Flat,
            amount,
            from_on: from.parse().unwrap(),
            created_at: Ts::default(),
        }
    }
    fn uuid_of(n: u128) -> uuid::Uuid {
        uuid::Uuid::from_u128(n)
    }

    #[test]
    fn the_rule_nearest_to_person_and_plan_wins_and_of_those_the_latest() {
        let rules = [
            rule(None, None, 10, "2026-01-01"),
            rule(None, None, 11, "2026-06-01"),
            rule(Some(ONE), None, 20, "2026-01-01"),
            rule(None, Some(ONE), 30, "2026-03-01"),
            rule(Some(ONE), Some(ONE), 40, "2026-09-01"),
        ];
        let found = |plan: u128, user: u128, day: &str| {
            let (plan, user) = (PlanId::from_uuid(uuid_of(plan)), UserId::from_uuid(uuid_of(user)));
            let day = day.parse().unwrap();
            in_force(&rules, Kind::Commission, Some(plan), user, day).map(|r| r.amount)
        };
        assert_eq!(found(2, 2, "2025-12-31"), None, "before its first day");
        assert_eq!(found(2, 2, "2026-05-31"), Some(10));
        assert_eq!(found(2, 2, "2026-06-01"), Some(11));
        assert_eq!(found(1, 2, "2026-10-01"), Some(20), "the plan's own");
        assert_eq!(found(1, 1, "2026-02-01"), Some(20), "the person's begins later");
        assert_eq!(found(1, 1, "2026-08-01"), Some(30), "the person's before the plan's");
        assert_eq!(found(1, 1, "2026-09-01"), Some(40), "of both");
        let of = UserId::from_uuid(uuid_of(1));
        assert!(
            in_force(&rules, Kind::Incentive, None, of, "2026-10-01".parse().unwrap()).is_none()
        );
    }

    #[test]
    fn a_rule_says_what_it_gives() {
        let percent = Rule { measure: Measure::Percent, ..rule(None, None, 1_250, "2026-01-01") };
        let (amount, formula) = percent.yields(Money::rupiah(250_000));
        assert_eq!(
            (amount, formula.as_str()),
            (Money::rupiah(31_250), "12,5 % × Rp 250.000 = Rp 31.250")
        );
        let flat = rule(None, None, 50_000, "2026-01-01").yields(Money::rupiah(1));
        assert_eq!(flat.0, Money::rupiah(50_000));
    }

    #[test]
    fn a_rule_beyond_its_measure_is_refused_by_field() {
        let new = |kind, measure, amount| NewRule {
            kind,
            plan: None,
            user: None,
            measure,
            amount,
            from_on: "2026-01-01".parse().unwrap(),
        };
        for (rule, field) in [
            (new(Kind::Commission, Measure::Percent, 10_000), None),
            (new(Kind::Commission, Measure::Percent, 10_001), Some("amount")),
            (new(Kind::Commission, Measure::Flat, -1), Some("amount")),
            (new(Kind::Incentive, Measure::Flat, 75_000), None),
            (new(Kind::Incentive, Measure::Percent, 500), Some("measure")),
        ] {
            let wrong = rule.check().err().map(|f| f.fields[0].name.clone());
            assert_eq!(wrong.as_deref(), field, "{rule:?}");
        }
    }
}
