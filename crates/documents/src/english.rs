//! Amounts spelled out in English; Bahasa Indonesia is `kernel::words::terbilang`.

use kernel::Money;

const ONES: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 10] =
    ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
const SCALES: [(u64, &str); 6] = [
    (1_000_000_000_000_000_000, "quintillion"),
    (1_000_000_000_000_000, "quadrillion"),
    (1_000_000_000_000, "trillion"),
    (1_000_000_000, "billion"),
    (1_000_000, "million"),
    (1_000, "thousand"),
];

/// `two hundred seventy-seven thousand five hundred rupiah`.
pub(crate) fn amount_in_words(amount: Money) -> String {
    let sign = if amount.is_negative() { "minus " } else { "" };
    format!("{sign}{} rupiah", spell(amount.get().unsigned_abs()))
}

fn spell(n: u64) -> String {
    for (scale, name) in SCALES {
        if n >= scale {
            return with_rest(format!("{} {name}", spell(n / scale)), n % scale);
        }
    }
    if n >= 100 {
        return with_rest(format!("{} hundred", below_hundred(n / 100)), n % 100);
    }
    below_hundred(n)
}

fn with_rest(head: String, rest: u64) -> String {
    if rest == 0 { head } else { format!("{head} {}", spell(rest)) }
}

fn below_hundred(n: u64) -> String {
    let word = |words: &'static [&'static str], at: u64| {
        usize::try_from(at).ok().and_then(|at| words.get(at).copied()).unwrap_or("")
    };
    if n < 20 {
        return word(&ONES, n).to_owned();
    }
    let tens = word(&TENS, n / 10);
    if n.is_multiple_of(10) { tens.to_owned() } else { format!("{tens}-{}", word(&ONES, n % 10)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_spelled_out_in_english() {
        for (amount, words) in [
            (0, "zero rupiah"),
            (20, "twenty rupiah"),
            (150_000, "one hundred fifty thousand rupiah"),
            (1_011_019, "one million eleven thousand nineteen rupiah"),
            (-83_549, "minus eighty-three thousand five hundred forty-nine rupiah"),
            (2_000_000_000_042, "two trillion forty-two rupiah"),
        ] {
            assert_eq!(amount_in_words(Money::rupiah(amount)), words);
        }
    }
}
