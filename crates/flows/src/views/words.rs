//! Searching by words: which plan finds the rows of a text without looking through everybody.
//!
//! A text's rarest word leads: the others are asked only of whom it names. When all its words are common
//! the list is walked in its own order instead, where a page is soon full.

use crm::word::Subject;
use kernel::Result;
use store::{Query, QueryExt, args};

use super::narrow::Narrow;

/// So many people lead to rows of other tables, some for each; with more the list is walked.
const FEW: i64 = 500;
/// So many people lead to themselves; with more the list is walked.
const SOME: i64 = 5_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Size {
    /// A word is nobody's.
    None,
    Few,
    Some,
    Many,
}

/// The words that a text asks for, rarest first, and how many people have them.
#[derive(Debug)]
pub(super) struct Found {
    subject: Subject,
    words: Vec<String>,
    whole: bool,
    size: Size,
}

impl Found {
    /// Counts how common the text's words are. `None`: the text asks for nothing. With `whole` the words
    /// are whole ones, else beginnings.
    ///
    /// # Errors
    /// Only when the database fails.
    pub(super) async fn of(
        q: &mut dyn Query,
        subject: Subject,
        text: Option<&str>,
        whole: bool,
    ) -> Result<Option<Self>> {
        let words = crm::word::asked(text.unwrap_or_default());
        if words.is_empty() {
            return Ok(None);
        }
        let (table, _) = subject.table();
        let mut counted = Vec::with_capacity(words.len());
        for word in words {
            let (from, to) = span(&word, whole);
            let sql = format!(
                "select count(*) from (select 1 as one from {table} w
                   where w.word >= $1 and w.word <= $2 limit {SOME}) x"
            );
            let count: i64 = q.value(&sql, args![from, to]).await?;
            counted.push((count, word));
        }
        counted.sort();
        let rarest = counted.first().map_or(0, |(count, _)| *count);
        let words = counted.into_iter().map(|(_, word)| word).collect();
        let mut found = Self { subject, words, whole, size: Size::Many };
        found.size = match rarest {
            0 => Size::None,
            1..FEW => Size::Few,
            FEW..SOME => found.together(q).await?,
            _ => Size::Many,
        };
        Ok(Some(found))
    }

    /// Whether those who have all words are few, though each word is common.
    async fn together(&self, q: &mut dyn Query) -> Result<Size> {
        if self.words.len() < 2 {
            return Ok(Size::Some);
        }
        let mut narrow = Narrow::default();
        let sql = format!("select count(*) from ({} limit {FEW}) x", self.people(&mut narrow));
        let count: i64 = q.value(&sql, narrow.into_args()).await?;
        Ok(if count < FEW { Size::Few } else { Size::Some })
    }

    /// The condition that `column` is one of those found, or one of the ids that a select in `more` says.
    /// When all words are common `more` is not asked: they are nobody's user name, and an `or` would have
    /// PostgreSQL read everybody who has them.
    pub(super) fn among(
        &self,
        narrow: &mut Narrow,
        column: &str,
        more: impl FnOnce(&mut Narrow) -> Vec<String>,
    ) -> String {
        let most = match self.size {
            Size::None => return listed(column, &more(narrow)),
            Size::Few => FEW,
            Size::Some => SOME,
            Size::Many => return self.walked(narrow, column),
        };
        let mut ids = more(narrow);
        let people = self.people(narrow);
        ids.push(format!("select x.id from ({people} limit {most}) x"));
        listed(column, &ids)
    }

    /// The condition that a row `alias` of `table` belongs to a customer found, or is one that a condition
    /// in `more` (on the alias `y`) says; see [`among`](Self::among) for common words.
    pub(super) fn rows(
        &self,
        narrow: &mut Narrow,
        (alias, table): (&str, &str),
        more: impl FnOnce(&mut Narrow) -> Vec<String>,
    ) -> String {
        if matches!(self.size, Size::Some | Size::Many) {
            return self.walked(narrow, &format!("{alias}.customer_id"));
        }
        let of = |condition: &String| format!("select y.id from {table} y where {condition}");
        let mut ids: Vec<String> = more(narrow).iter().map(of).collect();
        if self.size == Size::Few {
            let people = self.people(narrow);
            let theirs = format!("y.customer_id in (select x.id from ({people} limit {FEW}) x)");
            ids.push(of(&theirs));
        }
        listed(&format!("{alias}.id"), &ids)
    }

    /// All words are common: rows are asked one by one, and a list of others beside them is not read.
    pub(super) fn is_walked(&self) -> bool {
        matches!(self.size, Size::Some | Size::Many)
    }

    /// The ids of those who have all words, led by the rarest.
    fn people(&self, narrow: &mut Narrow) -> String {
        let (table, id) = self.subject.table();
        let mut conditions = Vec::new();
        for (i, word) in self.words.iter().enumerate() {
            let (from, to) = span(word, self.whole);
            let (from, to) = (narrow.bind(from), narrow.bind(to));
            conditions.push(if i == 0 {
                format!("w.word >= {from} and w.word <= {to}")
            } else {
                format!(
                    "exists (select 1 from {table} v where v.{id} = w.{id}
                       and v.word >= {from} and v.word <= {to})"
                )
            });
        }
        format!("select w.{id} as id from {table} w where {}", conditions.join(" and "))
    }

    /// The condition for one row at a time.
    fn walked(&self, narrow: &mut Narrow, column: &str) -> String {
        let (table, id) = self.subject.table();
        let mut conditions = Vec::new();
        for word in &self.words {
            let (from, to) = span(word, self.whole);
            let (from, to) = (narrow.bind(from), narrow.bind(to));
            conditions.push(format!(
                "exists (select 1 from {table} v where v.{id} = {column}
                   and v.word >= {from} and v.word <= {to})"
            ));
        }
        conditions.join(" and ")
    }
}

fn listed(column: &str, ids: &[String]) -> String {
    if ids.is_empty() {
        return "1 = 0".to_owned();
    }
    format!("{column} in ({})", ids.join(" union "))
}

/// Between which words, both counted, those lie that begin with (or, whole, are) this one.
fn span(word: &str, whole: bool) -> (String, String) {
    let last = if whole { word.to_owned() } else { last_with(word) };
    (word.to_owned(), last)
}

/// The condition that `column` begins with `text`, for the column's index.
pub(super) fn begins(narrow: &mut Narrow, column: &str, text: &str) -> String {
    let (from, to) = (narrow.bind(text), narrow.bind(last_with(text)));
    format!("{column} {{EXACT}} >= {from} and {column} {{EXACT}} <= {to}")
}

/// What is sorted behind all texts that begin with this one, byte by byte.
fn last_with(prefix: &str) -> String {
    format!("{prefix}{}", char::MAX)
}

/// Rows of a table by the beginning of a text column, each with few or many that fit.
#[derive(Debug)]
pub(super) struct Prefix {
    text: String,
    is_few: bool,
}

impl Prefix {
    /// Looks whether few of `table`'s rows (alias `y`) for which `condition` holds begin with `text`.
    ///
    /// # Errors
    /// Only when the database fails.
    pub(super) async fn of(
        q: &mut dyn Query,
        (table, column): (&str, &str),
        condition: &str,
        text: &str,
    ) -> Result<Self> {
        let sql = format!(
            "select count(*) from (select 1 as one from {table} y where {condition}
               and y.{column} {{EXACT}} >= $1 and y.{column} {{EXACT}} <= $2 limit {FEW}) x"
        );
        let count: i64 = q.value(&sql, args![text, last_with(text)]).await?;
        Ok(Self { text: text.to_owned(), is_few: count < FEW })
    }

    pub(super) fn is_few(&self) -> bool {
        self.is_few
    }

    /// `column` begins with the text: by the column's index.
    pub(super) fn range(&self, narrow: &mut Narrow, column: &str) -> String {
        begins(narrow, column, &self.text)
    }

    /// The same, asked of one row at a time.
    pub(super) fn walked(&self, narrow: &mut Narrow, column: &str) -> String {
        let chars = i64::try_from(self.text.chars().count()).unwrap_or(i64::MAX);
        let text = narrow.bind(self.text.as_str());
        format!("substr({column}, 1, {chars}) = {text}")
    }
}
