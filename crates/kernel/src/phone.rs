//! Phone numbers as people write them, stored as E.164 without the plus (`62812…`).

use std::fmt;

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Phone(String);

impl Phone {
    /// Accepts `0812…`, `+62812…`, `62812…`, with spaces, dots or dashes; 9–15 digits in all.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let plus = text.starts_with('+');
        if !text.chars().all(|c| c.is_ascii_digit() || "+ -.()".contains(c)) {
            return None;
        }
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let digits = match digits.strip_prefix('0') {
            Some(rest) if !plus => format!("62{rest}"),
            _ => digits,
        };
        ((9..=15).contains(&digits.len()) && !digits.starts_with('0')).then_some(Self(digits))
    }
    /// Takes a number as stored.
    pub fn stored(text: String) -> Self {
        Self(text)
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// `0812****345`: for screens that must not show all of it.
    pub fn masked(&self) -> String {
        let local = self.0.strip_prefix("62").map_or_else(|| self.0.clone(), |r| format!("0{r}"));
        let keep = local.len().saturating_sub(3);
        let head: String = local.chars().take(4).collect();
        let tail: String = local.chars().skip(keep).collect();
        format!("{head}****{tail}")
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_ways_to_write_a_number_are_one_number() {
        for text in ["081234567890", "+62 812-3456-7890", "6281234567890", "0812.3456.7890"] {
            assert_eq!(Phone::parse(text).unwrap().as_str(), "6281234567890", "{text}");
        }
        for text in ["", "12", "telepon", "0812abc", "+0812345678"] {
            assert_eq!(Phone::parse(text), None, "{text}");
        }
        assert_eq!(Phone::parse("081234567890").unwrap().masked(), "0812****890");
    }
}
