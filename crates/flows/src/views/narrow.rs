//! The `where` of a list: only the conditions that were asked for.
//!
//! A statement that carries every filter as `($1 is null or …)` gets one plan for all questions. Here a
//! filter that is not set is not in the text, so both databases plan for what is really asked.

use kernel::Day;
use store::{Bind, Value};

/// Conditions joined by `and`, and their parameters in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Narrow {
    conditions: Vec<String>,
    args: Vec<Value>,
}

impl Narrow {
    /// Binds a value and gives its `$n`.
    pub(super) fn bind(&mut self, value: impl Bind) -> String {
        self.args.push(value.bind());
        format!("${}", self.args.len())
    }

    /// A condition without parameters.
    pub(super) fn only(&mut self, condition: &str) {
        self.conditions.push(condition.to_owned());
    }

    /// `condition` with every `?` standing for `value`, when there is one.
    pub(super) fn when<T: Bind>(&mut self, value: Option<T>, condition: &str) {
        if let Some(value) = value {
            let place = self.bind(value);
            self.conditions.push(condition.replace('?', &place));
        }
    }

    /// `where …`, or nothing.
    pub(super) fn clause(&self) -> String {
        if self.conditions.is_empty() {
            return String::new();
        }
        format!("where {}", self.conditions.join("\n  and "))
    }

    pub(super) fn into_args(self) -> Vec<Value> {
        self.args
    }
}

/// From a day to a day, both counted; an end that is not given is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    pub from: Option<Day>,
    pub to: Option<Day>,
}

impl Span {
    pub(super) fn narrow(self, narrow: &mut Narrow, column: &str) {
        narrow.when(self.from, &format!("{column} >= ?"));
        narrow.when(self.to, &format!("{column} <= ?"));
    }
}

/// `%text%` for `like` against `lower(column)`; the pattern's own signs count as spaces. `None`: nothing
/// is searched for.
pub(super) fn pattern(text: Option<&str>) -> Option<String> {
    let text = clean(text?).to_lowercase();
    (!text.is_empty()).then(|| format!("%{text}%"))
}

/// `%812345%` when the text looks like (a part of) a phone number, however it was typed.
pub(super) fn phone_pattern(text: Option<&str>) -> Option<String> {
    let text = text?.trim();
    if !text.chars().all(|c| c.is_ascii_digit() || "+ -.()".contains(c)) {
        return None;
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.strip_prefix('0').unwrap_or(&digits);
    (digits.len() >= 3).then(|| format!("%{digits}%"))
}

/// Searched text without what `like` and the databases read as signs.
pub(super) fn clean(text: &str) -> String {
    let plain = text.replace(|c: char| c.is_control() || "%_\\".contains(c), " ");
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_asked_for_stands_in_the_text() {
        let mut narrow = Narrow::default();
        assert_eq!(narrow.clause(), "");
        narrow.only("a.gone is null");
        narrow.when(None::<i64>, "a.x = ?");
        narrow.when(Some("%b%"), "(a.name like ? or a.phone like ?)");
        narrow.when(Some(7_i64), "a.y = ?");
        let limit = narrow.bind(9_i64);
        assert_eq!(
            narrow.clause(),
            "where a.gone is null\n  and (a.name like $1 or a.phone like $1)\n  and a.y = $2"
        );
        assert_eq!(limit, "$3");
        assert_eq!(narrow.into_args().len(), 3);
    }

    #[test]
    fn searches_are_plain_text() {
        assert_eq!(pattern(Some(" Budi  SANTOSO\u{0} ")), Some("%budi santoso%".into()));
        assert_eq!((pattern(Some("%_")), pattern(None)), (None, None));
        assert_eq!(phone_pattern(Some("0812-345")), Some("%812345%".into()));
        assert_eq!((phone_pattern(Some("Jl. 5")), phone_pattern(Some("08"))), (None, None));
    }
}
