//! What several papers show: who issues them, to whom, and how values are written.

use kernel::{Day, Fault, Lang, Money, Period, Result, words};
use serde_json::{Value, json};

use crate::english;
use crate::qr::qr_svg;

/// The ISP as the law and the customer know it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Issuer {
    /// The name customers know.
    pub name: String,
    /// The registered name: `PT …`.
    pub legal_name: String,
    /// May hold line breaks.
    pub address: String,
    pub npwp: Option<String>,
    /// A taxable person (PKP). Otherwise papers say that no PPN is charged.
    pub is_pkp: bool,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub website: Option<String>,
    /// PNG, JPEG, WebP or SVG.
    pub logo: Option<Vec<u8>>,
}

/// The customer on a paper.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Party {
    pub name: String,
    /// `C000123`.
    pub number: String,
    /// May hold line breaks.
    pub address: String,
    pub phone: Option<String>,
    pub npwp: Option<String>,
}

/// What scanning a paper's QR code is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QrPurpose {
    Pay,
    Verify,
}

/// A QR code on a paper: a signed link, or a QRIS text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaperQr {
    pub purpose: QrPurpose,
    pub text: String,
}

/// A way to pay that needs no scanning: a bank account, a virtual account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentWay {
    pub name: String,
    pub account: String,
    pub holder: Option<String>,
}

pub(crate) fn issuer_json(issuer: &Issuer) -> Value {
    json!({
        "name": issuer.name,
        "legal_name": issuer.legal_name,
        "address": issuer.address,
        "npwp": issuer.npwp,
        "is_pkp": issuer.is_pkp,
        "phone": issuer.phone,
        "email": issuer.email,
        "website": issuer.website,
        "logo": issuer.logo.is_some(),
    })
}

pub(crate) fn party_json(party: &Party) -> Value {
    json!({
        "name": party.name,
        "number": party.number,
        "address": party.address,
        "phone": party.phone,
        "npwp": party.npwp,
    })
}

pub(crate) fn paper_qr_json(qr: Option<&PaperQr>) -> Result<Value> {
    let Some(qr) = qr else { return Ok(Value::Null) };
    let purpose = match qr.purpose {
        QrPurpose::Pay => "pay",
        QrPurpose::Verify => "verify",
    };
    Ok(json!({ "purpose": purpose, "text": qr.text, "svg": qr_svg(&qr.text)? }))
}

/// `Rp 150.000`, never broken over two lines.
pub(crate) fn money(amount: Money) -> String {
    amount.to_string().replace(' ', "\u{a0}")
}

/// `22 Nov 2026`, never broken over two lines.
pub(crate) fn day(day: Day, lang: Lang) -> String {
    day.short(lang).replace(' ', "\u{a0}")
}

/// `November 2026` for a whole month, `10–30 Nov 2026`, `10 Nov – 9 Des 2026`, `22 Nov 2026`.
pub(crate) fn period(period: Period, lang: Lang) -> String {
    let Period { from, to } = period;
    let same_year = from.year() == to.year();
    let text = if period == Period::month_of(from) {
        from.month_name(lang)
    } else if from == to {
        from.short(lang)
    } else if same_year && from.month() == to.month() {
        format!("{}–{}", from.dom(), to.short(lang))
    } else if same_year {
        let month = words::month_short(from.month(), lang);
        format!("{} {month} – {}", from.dom(), to.short(lang))
    } else {
        format!("{} – {}", from.short(lang), to.short(lang))
    };
    text.replace(' ', "\u{a0}").replace("\u{a0}–\u{a0}", "\u{a0}– ")
}

/// The amount in words, with a capital first letter as papers write it.
pub(crate) fn in_words(amount: Money, lang: Lang) -> String {
    let words = match lang {
        Lang::Id => words::terbilang(amount.get()),
        Lang::En => english::amount_in_words(amount),
    };
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// A rate in basis points: `12%`, `11,5%` (`11.5%` in English).
pub(crate) fn percent(basis_points: i64, lang: Lang) -> String {
    let point = if lang == Lang::Id { ',' } else { '.' };
    let (whole, part) = (basis_points / 100, (basis_points % 100).abs());
    match (part, part % 10) {
        (0, _) => format!("{whole}%"),
        (_, 0) => format!("{whole}{point}{}%", part / 10),
        _ => format!("{whole}{point}{part:02}%"),
    }
}

/// A paper without content is a mistake of whoever asked for it.
pub(crate) fn must_hold_something<T>(things: &[T]) -> Result<()> {
    if things.is_empty() {
        return Err(Fault::invalid(
            "documents.empty",
            "Tidak ada yang bisa dicetak.",
            "There is nothing to print.",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(from: (i16, i8, i8), to: (i16, i8, i8)) -> Period {
        let from = Day::ymd(from.0, from.1, from.2).unwrap();
        Period::new(from, Day::ymd(to.0, to.1, to.2).unwrap()).unwrap()
    }

    #[test]
    fn a_period_is_written_as_briefly_as_it_is_clear() {
        for (span, id, en) in [
            (days((2026, 12, 1), (2026, 12, 31)), "Desember 2026", "December 2026"),
            (days((2026, 11, 10), (2026, 11, 30)), "10–30 Nov 2026", "10–30 Nov 2026"),
            (days((2026, 11, 10), (2026, 12, 9)), "10 Nov – 9 Des 2026", "10 Nov – 9 Dec 2026"),
            (
                days((2026, 12, 31), (2027, 1, 30)),
                "31 Des 2026 – 30 Jan 2027",
                "31 Dec 2026 – 30 Jan 2027",
            ),
            (days((2026, 8, 5), (2026, 8, 5)), "5 Agu 2026", "5 Aug 2026"),
        ] {
            assert_eq!(period(span, Lang::Id).replace('\u{a0}', " "), id);
            assert_eq!(period(span, Lang::En).replace('\u{a0}', " "), en);
        }
    }

    #[test]
    fn a_rate_shows_no_needless_decimals() {
        assert_eq!(percent(1_200, Lang::Id), "12%");
        assert_eq!(percent(1_150, Lang::Id), "11,5%");
        assert_eq!(percent(1_125, Lang::En), "11.25%");
        assert_eq!(percent(1_105, Lang::Id), "11,05%");
    }

    #[test]
    fn amounts_in_words_start_with_a_capital() {
        let amount = Money::rupiah(277_500);
        assert_eq!(
            in_words(amount, Lang::Id),
            "Dua ratus tujuh puluh tujuh ribu lima ratus rupiah"
        );
        assert_eq!(
            in_words(amount, Lang::En),
            "Two hundred seventy-seven thousand five hundred rupiah"
        );
    }
}
