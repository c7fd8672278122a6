//! Which money settles which invoice. Pure.

use kernel::{Day, InvoiceId, Money, PaymentId, SubscriptionId};

/// An invoice that still wants money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanting {
    pub invoice: InvoiceId,
    pub subscription: Option<SubscriptionId>,
    pub due_on: Day,
    pub number: String,
    pub outstanding: Money,
}

/// A payment with money left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    pub payment: PaymentId,
    pub left: Money,
}

/// A part of a payment that settles a part of an invoice. Always positive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    pub payment: PaymentId,
    pub invoice: InvoiceId,
    pub amount: Money,
}

/// The order in which invoices are settled: the named one, then the oldest of its subscription, then the
/// customer's others, oldest first. Money without a name goes oldest first.
///
/// `subscription` is the named invoice's, which counts also when that invoice wants nothing any more.
pub fn order(
    invoices: &mut [Wanting],
    named: Option<InvoiceId>,
    subscription: Option<SubscriptionId>,
) {
    let of_named = invoices.iter().find(|i| Some(i.invoice) == named).and_then(|i| i.subscription);
    let subscription = of_named.or(subscription);
    invoices.sort_by_key(|i| {
        let rank = if Some(i.invoice) == named {
            0
        } else if subscription.is_some() && i.subscription == subscription {
            1
        } else {
            2
        };
        (rank, i.due_on, i.number.clone(), i.invoice)
    });
}

/// Fills the invoices in the given order from the sources in the given order. What is left of the
/// sources is customer credit.
pub fn fill(invoices: &[Wanting], sources: &[Source]) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut sources = sources.iter().copied().filter(|s| s.left.is_positive());
    let mut source = sources.next();
    for invoice in invoices {
        let mut wanted = invoice.outstanding;
        while wanted.is_positive() {
            let Some(from) = source.as_mut() else { return parts };
            let amount = wanted.min(from.left);
            parts.push(Part { payment: from.payment, invoice: invoice.invoice, amount });
            wanted -= amount;
            from.left -= amount;
            if from.left.is_zero() {
                source = sources.next();
            }
        }
    }
    parts
}

/// Takes `wanted` back from parts that settled an invoice, newest first; never more than they are.
pub fn release(parts: &[Part], wanted: Money) -> Vec<Part> {
    let mut left = wanted;
    let mut back = Vec::new();
    for part in parts.iter().rev() {
        if !left.is_positive() {
            break;
        }
        let amount = left.min(part.amount);
        if amount.is_positive() {
            back.push(Part { amount, ..*part });
            left -= amount;
        }
    }
    back
}

#[cfg(test)]
mod tests {
    use kernel::Id;
    use proptest::prelude::*;

    use super::*;

    fn id<T>(n: u8) -> Id<T> {
        let text = format!("00000000-0000-7000-8000-0000000000{n:02x}");
        text.parse().unwrap()
    }
    fn wanting(n: u8, subscription: u8, due: i8, outstanding: i64) -> Wanting {
        Wanting {
            invoice: id(n),
            subscription: (subscription > 0).then(|| id(subscription)),
            due_on: Day::ymd_clamped(2026, 12, due),
            number: format!("INV/{n:03}"),
            outstanding: Money::rupiah(outstanding),
        }
    }
    fn ordered(named: Option<u8>) -> Vec<u8> {
        let mut all = vec![
            wanting(1, 1, 20, 100),
            wanting(2, 2, 10, 100),
            wanting(3, 1, 5, 100),
            wanting(4, 0, 1, 100),
            wanting(5, 1, 25, 100),
        ];
        order(&mut all, named.map(id), None);
        all.iter().map(|w| w.invoice.uuid().as_bytes()[15]).collect()
    }

    #[test]
    fn named_first_then_its_subscription_then_the_others_oldest_first() {
        assert_eq!(ordered(Some(5)), [5, 3, 1, 4, 2]);
        assert_eq!(ordered(Some(4)), [4, 3, 2, 1, 5]);
        assert_eq!(ordered(None), [4, 3, 2, 1, 5]);
        // The named invoice is settled already: its subscription still comes first.
        let mut all = vec![wanting(1, 1, 20, 100), wanting(2, 2, 10, 100)];
        order(&mut all, Some(id(7)), Some(id(1)));
        assert_eq!(all[0].invoice, id(1));
    }

    /// *Golden*: 300,000 against 277,500, then the next 277,500.
    #[test]
    fn too_much_becomes_credit_and_settles_the_next_invoice() {
        let paid = Source { payment: id(9), left: Money::rupiah(300_000) };
        let parts = fill(&[wanting(1, 1, 20, 277_500)], &[paid]);
        assert_eq!(
            parts,
            [Part { payment: id(9), invoice: id(1), amount: Money::rupiah(277_500) }]
        );
        let credit = Source { payment: id(9), left: Money::rupiah(22_500) };
        let parts = fill(&[wanting(2, 1, 20, 277_500)], &[credit]);
        assert_eq!(Money::rupiah(277_500) - parts[0].amount, Money::rupiah(255_000));
    }

    #[test]
    fn what_is_taken_back_is_the_newest_part_first() {
        let parts = [
            Part { payment: id(1), invoice: id(5), amount: Money::rupiah(100) },
            Part { payment: id(2), invoice: id(5), amount: Money::rupiah(50) },
        ];
        let back = release(&parts, Money::rupiah(70));
        assert_eq!(
            back.iter().map(|p| (p.payment, p.amount.get())).collect::<Vec<_>>(),
            [(id(2), 50), (id(1), 20)]
        );
    }

    proptest! {
        #[test]
        fn an_allocation_never_exceeds_the_money_or_the_invoice(
            wants in prop::collection::vec(1i64..1_000, 0..12),
            has in prop::collection::vec(0i64..1_500, 0..6),
        ) {
            let invoices: Vec<Wanting> = wants
                .iter()
                .enumerate()
                .map(|(n, w)| wanting(u8::try_from(n).unwrap(), 1, 1, *w))
                .collect();
            let sources: Vec<Source> = has
                .iter()
                .enumerate()
                .map(|(n, h)| Source { payment: id(100 + u8::try_from(n).unwrap()), left: Money::rupiah(*h) })
                .collect();
            let parts = fill(&invoices, &sources);
            let all: i64 = parts.iter().map(|p| p.amount.get()).sum();
            prop_assert_eq!(all, wants.iter().sum::<i64>().min(has.iter().sum()));
            for invoice in &invoices {
                let got: Money = parts.iter().filter(|p| p.invoice == invoice.invoice).map(|p| p.amount).sum();
                prop_assert!(got <= invoice.outstanding);
            }
            for source in &sources {
                let spent: Money = parts.iter().filter(|p| p.payment == source.payment).map(|p| p.amount).sum();
                prop_assert!(spent <= source.left);
            }
            prop_assert!(parts.iter().all(|p| p.amount.is_positive()));
        }
    }
}
