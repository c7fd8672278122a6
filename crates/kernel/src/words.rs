//! The two languages of the interface, and the words both need.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    #[default]
    Id,
    En,
}

impl Lang {
    pub const fn code(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::En => "en",
        }
    }
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "id" => Some(Self::Id),
            "en" => Some(Self::En),
            _ => None,
        }
    }
}

const SHORT_ID: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"];
const SHORT_EN: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const LONG_ID: [&str; 12] = [
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
];
const LONG_EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

fn of(table: &'static [&'static str; 12], month: i8) -> &'static str {
    usize::try_from(month - 1).ok().and_then(|i| table.get(i).copied()).unwrap_or("?")
}

/// `Nov`, `Des`; `month` is 1–12.
pub fn month_short(month: i8, lang: Lang) -> &'static str {
    of(if lang == Lang::Id { &SHORT_ID } else { &SHORT_EN }, month)
}

/// `November`, `Desember`; `month` is 1–12.
pub fn month_long(month: i8, lang: Lang) -> &'static str {
    of(if lang == Lang::Id { &LONG_ID } else { &LONG_EN }, month)
}

/// An amount spelled out in Bahasa Indonesia, as receipts need it ("seratus lima puluh ribu rupiah").
pub fn terbilang(amount: i64) -> String {
    let words = if amount == 0 { "nol".to_owned() } else { spell(amount.unsigned_abs()) };
    let sign = if amount < 0 { "minus " } else { "" };
    format!("{sign}{words} rupiah")
}

fn spell(n: u64) -> String {
    const ONES: [&str; 12] = [
        "", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan",
        "sepuluh", "sebelas",
    ];
    let join = |head: String, rest: u64| {
        if rest == 0 { head } else { format!("{head} {}", spell(rest)) }
    };
    match n {
        0..=11 => usize::try_from(n).ok().and_then(|i| ONES.get(i)).unwrap_or(&"").to_string(),
        12..=19 => format!("{} belas", spell(n - 10)),
        20..=99 => join(format!("{} puluh", spell(n / 10)), n % 10),
        100..=199 => join("seratus".into(), n - 100),
        200..=999 => join(format!("{} ratus", spell(n / 100)), n % 100),
        1_000..=1_999 => join("seribu".into(), n - 1_000),
        2_000..=999_999 => join(format!("{} ribu", spell(n / 1_000)), n % 1_000),
        1_000_000..=999_999_999 => join(format!("{} juta", spell(n / 1_000_000)), n % 1_000_000),
        1_000_000_000..=999_999_999_999 => {
            join(format!("{} miliar", spell(n / 1_000_000_000)), n % 1_000_000_000)
        }
        _ => join(format!("{} triliun", spell(n / 1_000_000_000_000)), n % 1_000_000_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_spelled_out_as_on_a_receipt() {
        for (amount, words) in [
            (150_000, "seratus lima puluh ribu rupiah"),
            (277_500, "dua ratus tujuh puluh tujuh ribu lima ratus rupiah"),
            (1_011_000, "satu juta sebelas ribu rupiah"),
            (1_500, "seribu lima ratus rupiah"),
            (0, "nol rupiah"),
        ] {
            assert_eq!(terbilang(amount), words);
        }
    }
}
