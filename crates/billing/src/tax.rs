//! PPN: one place that computes it. Pure.
//!
//! Source: PMK 131/2024, a rate on 11/12 of the price. The base of 11/12 is not rounded before the tax
//! is; the tax is rounded to the rupiah once per line, and the parts always add up to the total.

use catalog::{TaxMode, TaxRule};
use kernel::Money;

/// Basis points in a whole.
const WHOLE_BP: i64 = 10_000;

/// An amount split into its base (harga jual, without PPN) and its PPN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Split {
    pub base: Money,
    pub tax: Money,
}

impl Split {
    pub fn total(self) -> Money {
        self.base + self.tax
    }
}

/// Splits `amount` by the plan's tax mode: an exclusive amount gets the tax on top, an inclusive amount
/// holds it. No rule, or [`TaxMode::None`], is no tax.
pub fn split(amount: Money, mode: TaxMode, rule: Option<&TaxRule>) -> Split {
    let Some(rule) = rule.filter(|r| r.base_den > 0 && r.rate_bp > 0 && r.base_num > 0) else {
        return Split { base: amount, tax: Money::ZERO };
    };
    let num = rule.rate_bp * rule.base_num;
    let den = WHOLE_BP * rule.base_den;
    match mode {
        TaxMode::None => Split { base: amount, tax: Money::ZERO },
        TaxMode::Exclusive => Split { base: amount, tax: amount.ratio(num, den) },
        TaxMode::Inclusive => {
            let base = amount.ratio(den, den + num);
            Split { base, tax: amount - base }
        }
    }
}

#[cfg(test)]
mod tests {
    use kernel::Day;
    use proptest::prelude::*;

    use super::*;

    pub(super) fn ppn() -> TaxRule {
        TaxRule {
            from_on: Day::ymd_clamped(2025, 1, 1),
            code: "PPN12-DPP".into(),
            rate_bp: 1_200,
            base_num: 11,
            base_den: 12,
        }
    }

    /// *Golden*: the rows of the table that are only about tax, and the example of PMK 131/2024.
    #[test]
    fn ppn_is_12_percent_of_11_twelfths() {
        let cases = [
            (TaxMode::Exclusive, 250_000, 250_000, 27_500),
            (TaxMode::Exclusive, 50_023, 50_023, 5_503),
            (TaxMode::Inclusive, 277_500, 250_000, 27_500),
            (TaxMode::Inclusive, 14_516, 13_077, 1_439),
            (TaxMode::Inclusive, 150_000, 135_135, 14_865),
            (TaxMode::None, 150_000, 150_000, 0),
            (TaxMode::Exclusive, -125_000, -125_000, -13_750),
        ];
        for (mode, amount, base, tax) in cases {
            let split = split(Money::rupiah(amount), mode, Some(&ppn()));
            assert_eq!((split.base.get(), split.tax.get()), (base, tax), "{mode} {amount}");
        }
        let untaxed = split(Money::rupiah(1_000), TaxMode::Exclusive, None);
        assert_eq!(untaxed.total(), Money::rupiah(1_000));
    }

    proptest! {
        #[test]
        fn the_parts_of_an_inclusive_amount_add_up_and_taking_it_back_takes_the_same(
            amount in -2_000_000_000i64..2_000_000_000,
        ) {
            for mode in [TaxMode::Inclusive, TaxMode::Exclusive, TaxMode::None] {
                let there = split(Money::rupiah(amount), mode, Some(&ppn()));
                let back = split(Money::rupiah(-amount), mode, Some(&ppn()));
                prop_assert_eq!(there.base, -back.base);
                prop_assert_eq!(there.tax, -back.tax);
                if mode == TaxMode::Inclusive {
                    prop_assert_eq!(there.total().get(), amount);
                }
            }
        }
    }
}
