//! How likely a statement line is a customer's payment. Pure.

use kernel::{CustomerId, InvoiceId, Money};

use super::statement::plain;

/// Somebody who may have paid.
#[derive(Clone, Debug)]
pub struct Candidate {
    pub customer: CustomerId,
    pub number: String,
    pub name: String,
    /// As stored: digits with the country's.
    pub phone: String,
    /// What they owe, invoice by invoice.
    pub open: Vec<(InvoiceId, String, Money)>,
}

/// What speaks for somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sign {
    /// The customer's or an invoice's number stands in the text.
    Number,
    /// The phone number stands in the text.
    Phone,
    /// The whole name stands in the text.
    Name,
    /// A part of the name of more than three letters does.
    PartOfName,
    /// Exactly an open invoice, or all that is owed.
    Amount,
    /// Up to 999 rupiah more: a unique code at the end of the amount.
    UniqueCode,
}

impl Sign {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Phone => "phone",
            Self::Name => "name",
            Self::PartOfName => "part_of_name",
            Self::Amount => "amount",
            Self::UniqueCode => "unique_code",
        }
    }
    const fn weight(self) -> u32 {
        match self {
            Self::Number => 100,
            Self::Phone => 90,
            Self::Name => 50,
            Self::PartOfName => 20,
            Self::Amount => 40,
            Self::UniqueCode => 25,
        }
    }
}

/// A proposal: who, for which invoice, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    pub customer: CustomerId,
    /// The one invoice that the amount or the text names.
    pub invoice: Option<InvoiceId>,
    pub signs: Vec<Sign>,
    /// Nobody else is as likely, and more than the amount alone speaks for it.
    pub sure: bool,
}

/// From this weight on somebody is proposed: an amount alone is too common to tell people apart.
const PROPOSED: u32 = 60;
/// From this weight on a proposal that stands alone is sure.
const SURE: u32 = 90;

/// The three most likely of the candidates, best first.
pub fn rank(text: &str, amount: Money, candidates: &[Candidate]) -> Vec<Proposal> {
    let words: Vec<String> =
        text.split(|c: char| !c.is_alphanumeric()).map(plain).filter(|w| !w.is_empty()).collect();
    let whole = plain(text);
    let mut found: Vec<(u32, Proposal)> = candidates
        .iter()
        .map(|one| judge(&whole, &words, amount, one))
        .filter(|(weight, _)| *weight >= PROPOSED)
        .collect();
    found.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.customer.cmp(&b.1.customer)));
    let best = found.first().map_or(0, |(weight, _)| *weight);
    let alone = found.iter().filter(|(weight, _)| *weight == best).count() == 1;
    if let Some((weight, first)) = found.first_mut() {
        first.sure = alone && *weight >= SURE;
    }
    found.into_iter().take(3).map(|(_, proposal)| proposal).collect()
}

fn judge(whole: &str, words: &[String], amount: Money, one: &Candidate) -> (u32, Proposal) {
    let mut signs = Vec::new();
    let named = one.open.iter().find(|(_, number, _)| holds(whole, number));
    if named.is_some() || words.iter().any(|w| *w == plain(&one.number)) {
        signs.push(Sign::Number);
    }
    if holds_phone(words, &one.phone) {
        signs.push(Sign::Phone);
    }
    let name: Vec<String> =
        one.name.split(|c: char| !c.is_alphanumeric()).map(plain).filter(|w| w.len() > 1).collect();
    let there = |part: &&String| words.contains(part);
    if !name.is_empty() && name.iter().all(|part| there(&part)) && name.concat().len() > 3 {
        signs.push(Sign::Name);
    } else if name.iter().any(|part| part.len() > 3 && there(&part)) {
        signs.push(Sign::PartOfName);
    }
    let exact = one.open.iter().find(|(_, _, open)| *open == amount);
    let all: Money = one.open.iter().map(|(_, _, open)| *open).sum();
    let coded = |open: Money| (1..=999).contains(&(amount - open).get());
    let near = one.open.iter().find(|(_, _, open)| coded(*open));
    if exact.is_some() || (all == amount && all.is_positive()) {
        signs.push(Sign::Amount);
    } else if near.is_some() || (all.is_positive() && coded(all)) {
        signs.push(Sign::UniqueCode);
    }
    let invoice = named.or(exact).or(near).map(|(id, _, _)| *id);
    let weight = signs.iter().map(|sign| sign.weight()).sum();
    (weight, Proposal { customer: one.customer, invoice, signs, sure: false })
}

/// The text holds the number, however its parts are parted.
fn holds(whole: &str, number: &str) -> bool {
    let number = plain(number);
    number.len() >= 6 && whole.contains(&number)
}

/// A word of the text is the phone number, with the country's digits or a nought.
fn holds_phone(words: &[String], phone: &str) -> bool {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    let local = digits.strip_prefix("62").unwrap_or(&digits);
    local.len() >= 8
        && words.iter().any(|w| w.trim_start_matches("62").trim_start_matches('0') == local)
}

/// Whether the line's text names this payment by its reference.
pub fn names(text: &str, line_reference: Option<&str>, reference: &str) -> bool {
    let reference = plain(reference);
    let whole = format!("{}|{}", plain(text), line_reference.map(plain).unwrap_or_default());
    reference.len() >= 5 && whole.contains(&reference)
}

#[cfg(test)]
mod tests {
    use kernel::Id;
    use uuid::Uuid;

    use super::*;

    fn somebody(n: u128, name: &str, open: &[i64]) -> Candidate {
        let invoice = |(at, amount): (usize, &i64)| {
            let id = InvoiceId::from_uuid(Uuid::from_u128(n * 100 + at as u128));
            (id, format!("INV/2026/11/00{n:02}{at:02}"), Money::rupiah(*amount))
        };
        Candidate {
            customer: Id::from_uuid(Uuid::from_u128(n)),
            number: format!("C0000{n:02}"),
            name: name.into(),
            phone: format!("62812345678{n:02}"),
            open: open.iter().enumerate().map(invoice).collect(),
        }
    }

    fn best(text: &str, amount: i64, all: &[Candidate]) -> Option<(u128, Vec<Sign>, bool)> {
        let found = rank(text, Money::rupiah(amount), all).into_iter().next()?;
        Some((found.customer.uuid().as_u128(), found.signs, found.sure))
    }

    #[test]
    fn a_number_a_phone_or_the_whole_name_with_the_amount_is_sure() {
        let all = [somebody(1, "Budi Santoso", &[277_500]), somebody(2, "Siti Aminah", &[277_500])];
        let sure = |n, signs: &[Sign]| Some((n, signs.to_vec(), true));
        assert_eq!(best("TRSF C000002", 50_000, &all), sure(2, &[Sign::Number]));
        assert_eq!(
            best("bayar INV 2026 11 000100", 277_500, &all),
            sure(1, &[Sign::Number, Sign::Amount])
        );
        assert_eq!(best("08123456 7802 081234567802", 1, &all), sure(2, &[Sign::Phone]));
        assert_eq!(
            best("TRSF CR BUDI SANTOSO", 277_500, &all),
            sure(1, &[Sign::Name, Sign::Amount])
        );
    }

    #[test]
    fn an_amount_alone_proposes_nobody_and_a_part_of_a_name_is_not_sure() {
        let all = [somebody(1, "Budi Santoso", &[277_500]), somebody(2, "Siti Aminah", &[277_500])];
        assert_eq!(best("TRSF E-BANKING", 277_500, &all), None);
        assert_eq!(
            best("DARI SANTOSO", 277_500, &all),
            Some((1, vec![Sign::PartOfName, Sign::Amount], false))
        );
    }

    #[test]
    fn two_who_are_as_likely_are_both_proposed_and_neither_is_sure() {
        let all = [somebody(1, "Budi", &[100_000]), somebody(2, "Budi", &[100_000])];
        let found = rank("TRSF BUDI", Money::rupiah(100_000), &all);
        assert_eq!(found.len(), 2);
        assert!(found.iter().all(|p| !p.sure));
    }

    #[test]
    fn a_unique_code_and_the_sum_of_several_invoices_are_seen() {
        let all = [somebody(1, "Budi Santoso", &[277_500, 50_000])];
        let coded = best("BUDI SANTOSO", 277_623, &all).unwrap();
        assert_eq!(coded.1, [Sign::Name, Sign::UniqueCode]);
        let sum = rank("BUDI SANTOSO", Money::rupiah(327_500), &all).remove(0);
        assert_eq!((sum.invoice, sum.signs), (None, vec![Sign::Name, Sign::Amount]));
    }

    #[test]
    fn a_payment_is_named_by_its_reference_however_it_is_written() {
        assert!(names("TRSF 0111/FTSCY/WS95031", None, "FTSCY-WS95031"));
        assert!(names("TRANSFER", Some("REF 77881"), "ref77881"));
        assert!(!names("TRANSFER 123", None, "123"));
    }
}
