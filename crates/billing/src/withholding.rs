//! How much a customer may keep back for the state. Pure.
//!
//! Source: PPh 23 is 2 % of the base before PPN on services (PMK 141/2015); a WAPU (government,
//! state-owned firm) keeps the whole PPN and pays it itself.

use kernel::Money;

use crate::words::WithholdingKind;

/// PPh 23 in basis points of the base before PPN.
const PPH23_BP: i64 = 200;

/// What a customer is flagged to keep back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Withholds {
    pub pph23: bool,
    pub wapu: bool,
}

/// The most that may be withheld of an invoice with this base and PPN (credits taken off before).
pub fn most(kind: WithholdingKind, base: Money, tax: Money) -> Money {
    match kind {
        WithholdingKind::Pph23 => base.or_zero().ratio(PPH23_BP, 10_000),
        WithholdingKind::Wapu => tax.or_zero(),
    }
}

/// Which withholdings explain exactly that `outstanding` stays after a flagged customer's payment, if
/// any do. What was recorded before is not offered again.
pub fn explains(
    outstanding: Money,
    base: Money,
    tax: Money,
    flags: Withholds,
    recorded: &[WithholdingKind],
) -> Vec<(WithholdingKind, Money)> {
    let offer = |kind, flag: bool| {
        (flag && !recorded.contains(&kind))
            .then(|| (kind, most(kind, base, tax)))
            .filter(|(_, amount)| amount.is_positive())
    };
    let pph23 = offer(WithholdingKind::Pph23, flags.pph23);
    let wapu = offer(WithholdingKind::Wapu, flags.wapu);
    let both: Vec<_> = pph23.into_iter().chain(wapu).collect();
    let choices = [both, pph23.into_iter().collect(), wapu.into_iter().collect()];
    choices
        .into_iter()
        .find(|c| !c.is_empty() && c.iter().map(|(_, m)| *m).sum::<Money>() == outstanding)
        .unwrap_or_default()
}

/// An open invoice, as far as withholding goes.
#[derive(Clone, Debug)]
pub struct Owing {
    pub outstanding: Money,
    /// Base and PPN, less what credit notes took back.
    pub base: Money,
    pub tax: Money,
    /// What was recorded before is not offered again.
    pub recorded: Vec<WithholdingKind>,
}

/// One payment for several invoices of a flagged customer, in the order in which they are settled: what is
/// kept back of each, when `money` is exactly the first invoices less that. Nothing when it is exactly their
/// whole.
pub fn spread(
    money: Money,
    owing: &[Owing],
    flags: Withholds,
) -> Vec<Vec<(WithholdingKind, Money)>> {
    use WithholdingKind::{Pph23, Wapu};
    let whole = owing.iter().scan(Money::ZERO, |sum, o| {
        *sum += o.outstanding;
        Some(*sum)
    });
    if !money.is_positive() || whole.into_iter().any(|sum| sum == money) {
        return Vec::new();
    }
    for choice in [&[Pph23, Wapu][..], &[Pph23], &[Wapu]] {
        let flagged = |kind: &&WithholdingKind| match kind {
            Pph23 => flags.pph23,
            Wapu => flags.wapu,
        };
        if choice.iter().filter(flagged).count() < choice.len() {
            continue;
        }
        let mut left = money;
        let mut kept = Vec::new();
        for one in owing {
            let offers: Vec<_> = choice
                .iter()
                .filter(|kind| !one.recorded.contains(kind))
                .map(|kind| (*kind, most(*kind, one.base, one.tax)))
                .filter(|(_, amount)| amount.is_positive())
                .collect();
            let back: Money = offers.iter().map(|(_, amount)| *amount).sum();
            let fits = back <= one.outstanding;
            left -= if fits { one.outstanding - back } else { one.outstanding };
            kept.push(if fits { offers } else { Vec::new() });
            if !left.is_positive() {
                break;
            }
        }
        if left.is_zero() {
            return kept;
        }
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// *Golden*: 277,500 owed by a customer who withholds.
    #[test]
    fn cash_and_withholding_make_the_whole() {
        let (base, tax) = (Money::rupiah(250_000), Money::rupiah(27_500));
        let total = base + tax;
        let cases = [
            (true, false, 272_500, vec![(WithholdingKind::Pph23, 5_000)]),
            (false, true, 250_000, vec![(WithholdingKind::Wapu, 27_500)]),
            (
                true,
                true,
                245_000,
                vec![(WithholdingKind::Pph23, 5_000), (WithholdingKind::Wapu, 27_500)],
            ),
        ];
        for (pph23, wapu, cash, expect) in cases {
            let left = total - Money::rupiah(cash);
            let got = explains(left, base, tax, Withholds { pph23, wapu }, &[]);
            let got: Vec<_> = got.into_iter().map(|(k, m)| (k, m.get())).collect();
            assert_eq!(got, expect, "{cash}");
        }
    }

    #[test]
    fn one_transfer_for_two_invoices_keeps_back_of_each() {
        let one = Owing {
            outstanding: Money::rupiah(277_500),
            base: Money::rupiah(250_000),
            tax: Money::rupiah(27_500),
            recorded: Vec::new(),
        };
        let two = [one.clone(), one.clone()];
        let both = Withholds { pph23: true, wapu: true };
        let sums = |money, flags| -> Vec<i64> {
            let kept = spread(Money::rupiah(money), &two, flags);
            kept.iter().map(|k| k.iter().map(|(_, m)| m.get()).sum()).collect()
        };
        assert_eq!(sums(545_000, both), [5_000, 5_000]);
        assert_eq!(sums(500_000, both), [27_500, 27_500]);
        assert_eq!(sums(490_000, both), [32_500, 32_500]);
        assert_eq!(sums(272_500, both), [5_000]);
        let none: [i64; 0] = [];
        assert_eq!(sums(277_500, both), none);
        assert_eq!(sums(545_000, Withholds::default()), none);
        assert_eq!(sums(500_000, Withholds { pph23: true, wapu: false }), none);
        let before = Owing { recorded: vec![WithholdingKind::Pph23], ..one };
        assert!(spread(Money::rupiah(272_500), &[before], both).is_empty());
    }

    #[test]
    fn an_unflagged_customer_or_another_amount_stays_owed() {
        let (base, tax) = (Money::rupiah(250_000), Money::rupiah(27_500));
        let pph23 = Withholds { pph23: true, wapu: false };
        assert!(explains(Money::rupiah(5_000), base, tax, Withholds::default(), &[]).is_empty());
        assert!(explains(Money::rupiah(5_001), base, tax, pph23, &[]).is_empty());
        assert!(
            explains(Money::rupiah(5_000), base, tax, pph23, &[WithholdingKind::Pph23]).is_empty()
        );
        assert!(explains(Money::ZERO, base, tax, pph23, &[]).is_empty());
    }
}
