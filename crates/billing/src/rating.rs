//! The one rating function. Preview, invoice, renewal, portal, message and `sambung quote` all come here,
//! so that a discount or a tax can't be missing on one of the paths. Pure.

use catalog::{TaxMode, TaxRule};
use kernel::{Day, Fault, Id, Lang, Money, Period, PlanId, Result};
use sha2::Digest;

use crate::tax;
use crate::words::LineKind;

/// The kind of an add-on's or discount's id.
#[derive(Debug)]
pub enum Extra {}
pub type ExtraId = Id<Extra>;

/// What is charged before tax: `price × days ÷ of_days`, in the terms of the tax mode (an inclusive
/// price is pro-rated gross).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    pub kind: LineKind,
    pub plan: Option<PlanId>,
    pub extra: Option<ExtraId>,
    pub name: String,
    pub tax: TaxMode,
    /// The monthly price, or the whole amount when nothing is pro-rated. Negative takes back.
    pub price: Money,
    /// First and last day the charge is for, if it is for days.
    pub span: Option<Period>,
    pub days: i64,
    pub of_days: i64,
    /// Periods of its discount that the line uses.
    pub periods: i64,
}

impl Charge {
    /// A charge that is not for days.
    pub fn once(kind: LineKind, name: impl Into<String>, tax: TaxMode, amount: Money) -> Self {
        Self {
            kind,
            plan: None,
            extra: None,
            name: name.into(),
            tax,
            price: amount,
            span: None,
            days: 0,
            of_days: 0,
            periods: 0,
        }
    }
    /// `days` of a period of `of_days` days, lying in `span`.
    pub fn for_days(mut self, span: Period, days: i64, of_days: i64) -> Self {
        self.span = Some(span);
        self.days = days;
        self.of_days = of_days;
        self
    }
    /// The amount in the terms of the tax mode, rounded once.
    pub fn amount(&self) -> Money {
        if self.of_days > 0 { self.price.ratio(self.days, self.of_days) } else { self.price }
    }
}

/// A rated charge: `base + tax = total`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub kind: LineKind,
    pub plan: Option<PlanId>,
    pub extra: Option<ExtraId>,
    pub name: String,
    pub price: Money,
    pub span: Option<Period>,
    pub days: i64,
    pub of_days: i64,
    /// Periods of its discount that the line uses.
    pub periods: i64,
    pub base: Money,
    pub tax: Money,
}

impl Line {
    pub fn total(&self) -> Money {
        self.base + self.tax
    }
    /// As printed: `Home 20, 10–30 Nov 2026 (Rp 250.000 × 21/30 hari)`.
    pub fn text(&self, lang: Lang) -> String {
        let Some(span) = self.span else { return self.name.clone() };
        let days = if lang == Lang::Id { "hari" } else { "days" };
        let when = span_text(span, lang);
        if self.of_days > 0 && self.days != self.of_days {
            format!(
                "{}, {when} ({} × {}/{} {days})",
                self.name, self.price, self.days, self.of_days
            )
        } else {
            format!("{}, {when}", self.name)
        }
    }
}

/// `10–30 Nov 2026`, `31 Jan 2027–27 Feb 2027`, `1 Nov 2026`.
pub fn span_text(span: Period, lang: Lang) -> String {
    if span.from == span.to {
        span.from.short(lang)
    } else if span.from.first_of_month() == span.to.first_of_month() {
        format!("{}–{}", span.from.dom(), span.to.short(lang))
    } else {
        format!("{}–{}", span.from.short(lang), span.to.short(lang))
    }
}

/// Rated lines and their sums. `base + tax = total`, on every line and in all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quote {
    pub lines: Vec<Line>,
    pub base: Money,
    pub tax: Money,
    pub total: Money,
}

impl Quote {
    /// What the lines say, as a short text that is equal only for equal lines.
    pub fn hash(&self) -> String {
        let mut digest = sha2::Sha256::new();
        for line in &self.lines {
            let span = line.span.map(|s| format!("{}/{}", s.from, s.to)).unwrap_or_default();
            digest.update(format!(
                "{}|{}|{span}|{}|{}|{}|{}|{}\n",
                line.kind,
                line.name,
                line.days,
                line.of_days,
                line.price.get(),
                line.base.get(),
                line.tax.get()
            ));
        }
        digest.finalize()[..12].iter().map(|b| format!("{b:02x}")).collect()
    }
}

/// Rates the charges: pro rata, one rounding a line, then the tax of the line.
pub fn rate(charges: &[Charge], rule: Option<&TaxRule>) -> Quote {
    let lines: Vec<Line> = charges
        .iter()
        .map(|charge| {
            let split = tax::split(charge.amount(), charge.tax, rule);
            Line {
                kind: charge.kind,
                plan: charge.plan,
                extra: charge.extra,
                name: charge.name.clone(),
                price: charge.price,
                span: charge.span,
                days: charge.days,
                of_days: charge.of_days,
                periods: charge.periods,
                base: split.base,
                tax: split.tax,
            }
        })
        .collect();
    let base = lines.iter().map(|l| l.base).sum();
    let tax = lines.iter().map(|l| l.tax).sum();
    Quote { lines, base, tax, total: base + tax }
}

/// The amount for the days `from` to `to` (both counted) of one calendar month at a monthly `price`.
///
/// # Errors
/// `billing.quote_span` when the days are not in order or not of one month; `billing.quote_price` for a
/// negative price.
pub fn quote(
    price: Money,
    tax_mode: TaxMode,
    rule: Option<&TaxRule>,
    from: Day,
    to: Day,
) -> Result<Quote> {
    if price.is_negative() {
        return Err(Fault::field(
            "price",
            "billing.quote_price",
            "harga tidak boleh negatif",
            "the price must not be negative",
        ));
    }
    let month = Period::month_of(from);
    let span = Period::new(from, to).filter(|span| month.contains(span.to)).ok_or_else(|| {
        Fault::field(
            "to",
            "billing.quote_span",
            "harus pada bulan yang sama dengan awal, dan tidak sebelum awal",
            "must be in the same month as the first day, and not before it",
        )
    })?;
    let charge = Charge::once(LineKind::Plan, "Internet", tax_mode, price).for_days(
        span,
        span.days(),
        month.days(),
    );
    Ok(rate(&[charge], rule))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ppn() -> TaxRule {
        TaxRule {
            from_on: Day::ymd_clamped(2025, 1, 1),
            code: "PPN12-DPP".into(),
            rate_bp: 1_200,
            base_num: 11,
            base_den: 12,
        }
    }
    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    /// *Golden*: every row of the table that is one price for some days of one month.
    #[test]
    fn the_golden_amounts_come_out() {
        let (ex, inc) = (TaxMode::Exclusive, TaxMode::Inclusive);
        let cases = [
            (250_000, ex, "2026-11-10", "2026-11-30", 175_000, 19_250),
            (250_000, ex, "2026-12-01", "2026-12-31", 250_000, 27_500),
            (250_000, ex, "2027-01-10", "2027-01-31", 177_419, 19_516),
            (250_000, ex, "2026-11-25", "2026-11-30", 50_000, 5_500),
            (250_000, ex, "2027-02-15", "2027-02-28", 125_000, 13_750),
            (250_000, ex, "2026-12-01", "2026-12-10", 80_645, 8_871),
            (333_333, ex, "2026-12-01", "2026-12-07", 75_269, 8_280),
            (277_500, inc, "2026-12-01", "2026-12-31", 250_000, 27_500),
            (150_000, inc, "2026-12-01", "2026-12-03", 13_077, 1_439),
        ];
        for (price, mode, from, to, base, tax) in cases {
            let quote =
                quote(Money::rupiah(price), mode, Some(&ppn()), day(from), day(to)).unwrap();
            assert_eq!((quote.base.get(), quote.tax.get()), (base, tax), "{price} {from} {to}");
            assert_eq!(quote.total.get(), base + tax);
        }
    }

    /// *Golden*: the supplement of an upgrade, and a plan change in a postpaid month.
    #[test]
    fn a_plan_change_has_two_lines() {
        let span = Period { from: day("2026-06-16"), to: day("2026-06-30") };
        let before = Period { from: day("2026-06-01"), to: day("2026-06-15") };
        let line = |kind, price, span| {
            Charge::once(kind, "x", TaxMode::Exclusive, Money::rupiah(price)).for_days(span, 15, 30)
        };
        let upgrade = rate(
            &[line(LineKind::PlanUnused, -250_000, span), line(LineKind::Plan, 400_000, span)],
            Some(&ppn()),
        );
        assert_eq!((upgrade.base.get(), upgrade.tax.get()), (75_000, 8_250));
        assert_eq!((upgrade.lines[0].base.get(), upgrade.lines[1].base.get()), (-125_000, 200_000));
        let postpaid = rate(
            &[line(LineKind::Plan, 250_000, before), line(LineKind::Plan, 400_000, span)],
            Some(&ppn()),
        );
        assert_eq!((postpaid.base.get(), postpaid.tax.get()), (325_000, 35_750));
    }

    #[test]
    fn a_quote_refuses_days_of_two_months() {
        let refused = |from: &str, to: &str| {
            quote(Money::rupiah(1), TaxMode::None, None, day(from), day(to)).unwrap_err().fields[0]
                .code
        };
        assert_eq!(refused("2026-11-10", "2026-12-01"), "billing.quote_span");
        assert_eq!(refused("2026-11-10", "2026-11-09"), "billing.quote_span");
        let negative =
            quote(Money::rupiah(-1), TaxMode::None, None, day("2026-11-01"), day("2026-11-01"));
        assert_eq!(negative.unwrap_err().fields[0].code, "billing.quote_price");
    }

    #[test]
    fn a_line_prints_its_formula() {
        let quote = quote(
            Money::rupiah(250_000),
            TaxMode::None,
            None,
            day("2026-11-10"),
            day("2026-11-30"),
        );
        let line = &quote.unwrap().lines[0];
        assert_eq!(line.text(Lang::Id), "Internet, 10–30 Nov 2026 (Rp 250.000 × 21/30 hari)");
        assert_eq!(line.text(Lang::En), "Internet, 10–30 Nov 2026 (Rp 250.000 × 21/30 days)");
    }

    #[test]
    fn the_hash_tells_lines_apart() {
        let one = quote(
            Money::rupiah(250_000),
            TaxMode::None,
            None,
            day("2026-11-10"),
            day("2026-11-30"),
        );
        let two = quote(
            Money::rupiah(250_000),
            TaxMode::None,
            None,
            day("2026-11-11"),
            day("2026-11-30"),
        );
        let (one, two) = (one.unwrap(), two.unwrap());
        assert_eq!(one.hash(), one.clone().hash());
        assert_ne!(one.hash(), two.hash());
    }

    proptest! {
        #[test]
        fn lines_add_up_and_the_two_halves_of_a_month_differ_from_the_whole_by_a_rupiah_a_line(
            price in 0i64..50_000_000, cut in 1i8..30,
        ) {
            let (first, last) = (day("2026-12-01"), day("2026-12-31"));
            let at = Day::ymd_clamped(2026, 12, cut);
            for mode in [TaxMode::Exclusive, TaxMode::Inclusive, TaxMode::None] {
                let price = Money::rupiah(price);
                let whole = quote(price, mode, Some(&ppn()), first, last).unwrap();
                let a = quote(price, mode, Some(&ppn()), first, at).unwrap();
                let b = quote(price, mode, Some(&ppn()), at.next(), last).unwrap();
                for q in [&whole, &a, &b] {
                    prop_assert_eq!(q.base + q.tax, q.total);
                    prop_assert_eq!(q.lines.iter().map(Line::total).sum::<Money>(), q.total);
                }
                let gap = (a.total + b.total - whole.total).abs().get();
                prop_assert!(gap <= 2, "{} apart", gap);
            }
        }

        #[test]
        fn a_whole_discount_leaves_nothing(price in 0i64..50_000_000, days in 1i64..=30) {
            let span = Period { from: day("2026-11-01"), to: day("2026-11-30") };
            for mode in [TaxMode::Exclusive, TaxMode::Inclusive, TaxMode::None] {
                let plan = Charge::once(LineKind::Plan, "p", mode, Money::rupiah(price))
                    .for_days(span, days, 30);
                let free = Charge::once(LineKind::Discount, "d", mode, -plan.amount());
                let quote = rate(&[plan, free], Some(&ppn()));
                prop_assert_eq!((quote.base, quote.tax, quote.total), (Money::ZERO, Money::ZERO, Money::ZERO));
            }
        }
    }
}
