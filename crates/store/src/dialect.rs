//! The few words in which the two databases differ.

use std::borrow::Cow;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    Sqlite,
    Postgres,
}

const WORDS: [(&str, &str, &str); 12] = [
    ("{ID}", "blob", "uuid"),
    ("{TS}", "integer", "timestamptz"),
    ("{DAY}", "text", "date"),
    // To be added to or taken from a time.
    ("{MILLISECOND}", "1000", "interval '1 millisecond'"),
    ("{JSON}", "text", "jsonb"),
    ("{BYTES}", "blob", "bytea"),
    ("{SKIP_LOCKED}", "", "for update skip locked"),
    ("{GREATEST}", "max", "greatest"),
    ("{LEAST}", "min", "least"),
    // Compared byte by byte, whatever the database's language: what a range over prefixes needs.
    ("{EXACT}", "", "collate \"C\""),
    // `column {AMONG}($n)`: in the list that is bound there.
    ("{AMONG}", "in rarray", "= any"),
    ("{WITHOUT_ROWID}", "without rowid", ""),
];

/// The SQL text for one database: every `{WORD}` replaced.
pub fn speak(sql: &str, dialect: Dialect) -> Cow<'_, str> {
    if !sql.contains('{') {
        return Cow::Borrowed(sql);
    }
    let mut text = sql.to_owned();
    for (word, sqlite, postgres) in WORDS {
        if text.contains(word) {
            text = text.replace(word, if dialect == Dialect::Sqlite { sqlite } else { postgres });
        }
    }
    Cow::Owned(text)
}
