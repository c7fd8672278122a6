//! Whether two names may be the same person's, as Indonesians write them.

use std::collections::BTreeMap;

/// From this share of common letter pairs on (per mille) two names are similar.
const SIMILAR_PER_MILLE: usize = 700;

/// Similar: one name's words are all in the other ("Budi" and "Budi Santoso"), or they share 70 % of
/// their letter pairs (Dice), after titles, spelling of before 1972 and the ways to write Muhammad.
pub fn similar(one: &str, other: &str) -> bool {
    let (one, other) = (words(one), words(other));
    if one.is_empty() || other.is_empty() {
        return false;
    }
    let within = |a: &[String], b: &[String]| a.iter().all(|word| b.contains(word));
    within(&one, &other)
        || within(&other, &one)
        || common_pairs_per_mille(&one, &other) >= SIMILAR_PER_MILLE
}

/// The words of a name: lower case, without titles and punctuation.
fn words(name: &str) -> Vec<String> {
    const TITLES: [&str; 22] = [
        "bapak", "bpk", "pak", "ibu", "bu", "sdr", "sdri", "tn", "ny", "nn", "mas", "mbak", "h",
        "hj", "haji", "hajah", "dr", "drs", "ir", "pt", "cv", "ud",
    ];
    let lower = name.to_lowercase();
    lower
        .split(|c: char| !c.is_alphanumeric() && c != '\'')
        .map(|word| word.replace('\'', ""))
        .filter(|word| !word.is_empty() && !TITLES.contains(&word.as_str()))
        .map(|word| spelling(&word))
        .collect()
}

fn spelling(word: &str) -> String {
    const MUHAMMAD: [&str; 8] =
        ["m", "moh", "muh", "mohd", "muhamad", "mohamad", "mohammad", "mochamad"];
    if MUHAMMAD.contains(&word) {
        return "muhammad".to_owned();
    }
    word.replace("oe", "u").replace("dj", "j").replace("tj", "c").replace("sj", "sy")
}

fn common_pairs_per_mille(one: &[String], other: &[String]) -> usize {
    let (one, other) = (pairs(one), pairs(other));
    let total: usize = one.values().sum::<usize>() + other.values().sum::<usize>();
    if total == 0 {
        return 0;
    }
    let common: usize =
        one.iter().map(|(pair, n)| (*n).min(other.get(pair).copied().unwrap_or(0))).sum();
    common * 2_000 / total
}

fn pairs(words: &[String]) -> BTreeMap<(char, char), usize> {
    let mut pairs = BTreeMap::new();
    for word in words {
        for (a, b) in word.chars().zip(word.chars().skip(1)) {
            *pairs.entry((a, b)).or_insert(0) += 1;
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_one_person_are_similar() {
        for (one, other) in [
            ("Budi Santoso", "budi santoso"),
            ("Budi Santoso", "Bpk. Budi Santosa"),
            ("Budi", "Budi Santoso"),
            ("Soekarno Djojohadi", "Sukarno Jojohadi"),
            ("Moh. Rizki", "Muhammad Rizki"),
            ("Ma'ruf Amin", "Maruf Amin"),
            ("PT Maju Jaya", "CV. Maju Jaya"),
        ] {
            assert!(similar(one, other) && similar(other, one), "{one} / {other}");
        }
    }

    #[test]
    fn names_of_two_people_are_not() {
        for (one, other) in [
            ("Siti Aminah", "Budi Santoso"),
            ("Siti Nurhaliza", "Siti Nurjanah"),
            ("Agus Salim", "Agus Wibowo"),
            ("", "Budi"),
            ("Bapak", "Ibu"),
        ] {
            assert!(!similar(one, other) && !similar(other, one), "{one} / {other}");
        }
    }
}
