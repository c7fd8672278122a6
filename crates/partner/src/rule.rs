//! Commission rules. The arithmetic is pure.

use kernel::{Day, Money, PartnerId, PlanId, Result, Ts};
use store::{Query, QueryExt, Tx, args, row};

store::words! {
    /// `percent`: basis points of the invoice's base (before tax). `flat`: rupiah an invoice.
    pub enum RuleKind { Percent = "percent", Flat = "flat" }
}
store::words! {
    /// On the first paid invoice of a subscription only, or on each.
    pub enum Occasion { First = "first", Recurring = "recurring" }
}

row! {
    /// One rule of a reseller; a rule for a plan wins over the one for all plans.
    #[derive(PartialEq, Eq)]
    pub struct Rule {
        pub plan_id: Option<PlanId>,
        pub kind: RuleKind,
        pub amount: i64,
        pub occasion: Occasion,
        pub from_on: Day,
    }
}

/// A commission with the formula that a person can read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Yield {
    pub amount: Money,
    pub formula: String,
}

impl Rule {
    /// What the rule gives for an invoice's base.
    pub fn yields(&self, base: Money) -> Yield {
        match self.kind {
            RuleKind::Percent => {
                let amount = base.ratio(self.amount, 10_000);
                let percent = percent_text(self.amount);
                Yield { amount, formula: format!("{percent} × {base} = {amount}") }
            }
            RuleKind::Flat => {
                let amount = Money::rupiah(self.amount);
                Yield { amount, formula: format!("{amount} per tagihan") }
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

/// The rule in force on `day`: the plan's own before the general one, the latest of each.
pub fn in_force(
    rules: &[Rule],
    plan: Option<PlanId>,
    day: Day,
    first_invoice: bool,
) -> Option<&Rule> {
    let latest = |wanted: Option<PlanId>| {
        let of = rules.iter().filter(|r| r.plan_id == wanted && r.from_on <= day);
        of.max_by_key(|r| r.from_on)
    };
    let rule = plan.and_then(|p| latest(Some(p))).or_else(|| latest(None))?;
    (rule.occasion == Occasion::Recurring || first_invoice).then_some(rule)
}

/// The reseller's rules.
pub async fn of(q: &mut dyn Query, partner: PartnerId) -> Result<Vec<Rule>> {
    q.rows(
        "select plan_id, kind, amount, occasion, from_on from partner_rule where partner_id = $1
         order by from_on, id",
        args![partner],
    )
    .await
}

row! {
    struct Kept { partner_id: PartnerId, created_at: Ts, plan_id: Option<PlanId>, kind: RuleKind,
        amount: i64, occasion: Occasion, from_on: Day }
}

/// Every reseller's rules with the instant at which each was entered, in the order of [`of`]: for passes
/// over all commission.
pub async fn all(q: &mut dyn Query) -> Result<Vec<(PartnerId, Ts, Rule)>> {
    let rows: Vec<Kept> = q
        .rows(
            "select partner_id, created_at, plan_id, kind, amount, occasion, from_on from partner_rule
             order by from_on, id",
            args![],
        )
        .await?;
    Ok(rows
        .into_iter()
        .map(|k| {
            let Kept { plan_id, kind, amount, occasion, from_on, .. } = k;
            (k.partner_id, k.created_at, Rule { plan_id, kind, amount, occasion, from_on })
        })
        .collect())
}

/// Adds a rule from its day on. Earlier commission keeps its own.
///
/// # Errors
/// `invalid_fields` when a percentage is outside 0–100 % or an amount is negative.
pub async fn add(tx: &mut Tx, partner: PartnerId, rule: &Rule) -> Result<()> {
    tx.actor().require(kernel::Permission::PartnerWrite)?;
    let max = if rule.kind == RuleKind::Percent { 10_000 } else { i64::MAX };
    if !(0..=max).contains(&rule.amount) {
        return Err(kernel::Fault::field(
            "amount",
            "range",
            "harus 0–100 % atau rupiah positif",
            "must be 0–100 % or a positive amount",
        ));
    }
    let id: kernel::CommissionId = tx.new_id();
    tx.exec(
        "insert into partner_rule (id, partner_id, plan_id, kind, amount, occasion, from_on, created_at)
         values ($1,$2,$3,$4,$5,$6,$7,$8)",
        args![id, partner, rule.plan_id, rule.kind, rule.amount, rule.occasion, rule.from_on, tx.now()],
    )
    .await?;
    let after = serde_json::json!({ "plan": rule.plan_id, "kind": rule.kind, "amount": rule.amount,
        "occasion": rule.occasion, "from_on": rule.from_on });
    tx.journal("partner", partner.uuid(), "rule_added", serde_json::Value::Null, after).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(plan: Option<PlanId>, kind: RuleKind, amount: i64, from: &str) -> Rule {
        Rule {
            plan_id: plan,
            kind,
            amount,
            occasion: Occasion::Recurring,
            from_on: from.parse().unwrap(),
        }
    }

    #[test]
    fn ten_percent_of_the_base_is_shown_with_its_formula() {
        let rule = rule(None, RuleKind::Percent, 1_000, "2026-01-01");
        let yields = rule.yields(Money::rupiah(250_000));
        assert_eq!(yields.amount, Money::rupiah(25_000));
        assert_eq!(yields.formula, "10 % × Rp 250.000 = Rp 25.000");
        assert_eq!(percent_text(1_250), "12,5 %");
    }

    #[test]
    fn a_plans_own_rule_wins_and_the_latest_day_counts() {
        let plan = PlanId::nil();
        let rules = [
            rule(None, RuleKind::Percent, 1_000, "2026-01-01"),
            rule(None, RuleKind::Percent, 500, "2026-06-01"),
            rule(Some(plan), RuleKind::Flat, 20_000, "2026-03-01"),
        ];
        let day = |d: &str| d.parse::<Day>().unwrap();
        let found = |plan, d| in_force(&rules, plan, day(d), false).map(|r| r.amount);
        assert_eq!(found(Some(plan), "2026-07-01"), Some(20_000));
        assert_eq!(found(Some(plan), "2026-02-01"), Some(1_000));
        assert_eq!(found(None, "2026-07-01"), Some(500));
        assert_eq!(found(None, "2025-12-31"), None);
        let first = [Rule { occasion: Occasion::First, ..rules[0].clone() }];
        assert_eq!(in_force(&first, None, day("2026-02-01"), false), None);
        assert!(in_force(&first, None, day("2026-02-01"), true).is_some());
    }
}
