//! The order of a list, and where a page of it ended.
//!
//! A page goes on behind its last row's value in the sorted column and, among equal ones, behind its id:
//! whatever was written since, no row is shown twice or left out. Rows without a value come last, whichever
//! way the list is sorted.

use kernel::{Day, Fault, Result, Ts};
use serde::{Deserialize, Serialize};
use store::{Bind, FromRow, Query, QueryExt, Value};
use uuid::Uuid;

use super::narrow::Narrow;

store::words! {
    /// Which way a list is sorted.
    pub enum Way {
        Up = "asc",
        Down = "desc",
    }
}

/// What a list can be sorted by: its words are those of the address.
pub trait By: Copy + PartialEq {
    /// The order when none is asked for.
    const USUAL: Self;
    fn word(self) -> &'static str;
    fn column(self) -> Column;
    /// The way in which people look first: the newest, the most, the earliest due.
    fn way(self) -> Way;
}

/// What a list is sorted by, in SQL. Each has an index, or its list is short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// The ids: as the rows were made.
    Made,
    /// What every row has.
    Always(&'static str, Kind),
    /// What some rows lack.
    Maybe(&'static str, Kind),
    /// A name, upper and lower case alike.
    Name(&'static str),
    /// Text as it stands, byte by byte.
    Exact(&'static str),
}

/// What stands in a sorted column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Number,
    Day,
    Instant,
}

/// A value of a sorted column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Key {
    Number(i64),
    Day(Day),
    Instant(Ts),
    Text(String),
}

impl Key {
    fn fits(&self, column: Column) -> bool {
        match (self, column) {
            (Self::Text(text), Column::Name(_) | Column::Exact(_)) => !text.contains('\0'),
            (key, Column::Always(_, kind) | Column::Maybe(_, kind)) => matches!(
                (key, kind),
                (Self::Number(_), Kind::Number)
                    | (Self::Day(_), Kind::Day)
                    | (Self::Instant(_), Kind::Instant)
            ),
            _ => false,
        }
    }
}

impl Bind for Key {
    fn bind(&self) -> Value {
        match self {
            Self::Number(number) => number.bind(),
            Self::Day(day) => day.bind(),
            Self::Instant(at) => at.bind(),
            Self::Text(text) => text.bind(),
        }
    }
    fn null() -> Value {
        String::null()
    }
}

/// The row behind which the next page begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    by: String,
    at: Option<Key>,
    id: Uuid,
}

/// A row of a list that can be sorted.
pub trait Sorted<B> {
    fn place(&self) -> Uuid;
    /// Its value in the column of `by`; `None` when it has none, or when rows go by their ids.
    fn key(&self, by: B) -> Option<Key>;
}

/// How a list is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order<B> {
    pub by: B,
    pub way: Way,
}

impl<B: By> Default for Order<B> {
    fn default() -> Self {
        Self::of(None, None)
    }
}

impl<B: By> Order<B> {
    /// The order asked for; what is not said is as usual.
    pub fn of(by: Option<B>, way: Option<Way>) -> Self {
        let by = by.unwrap_or(B::USUAL);
        Self { by, way: way.unwrap_or_else(|| by.way()) }
    }

    /// Where `row` stands.
    pub fn place<R: Sorted<B>>(self, row: &R) -> Place {
        Place { by: self.by.word().to_owned(), at: row.key(self.by), id: row.place() }
    }

    /// `after`, when a page in this order can have ended there.
    fn known(self, after: Option<&Place>) -> Result<Option<&Place>> {
        let Some(place) = after else { return Ok(None) };
        let column = self.by.column();
        let fits = place.by == self.by.word()
            && match &place.at {
                Some(key) => key.fits(column),
                None => matches!(column, Column::Made | Column::Maybe(..)),
            };
        if fits {
            return Ok(Some(place));
        }
        let (id, en) =
            ("bukan penanda halaman daftar ini", "is not the mark of a page of this list");
        Err(Fault::field("after", "wrong_form", id, en))
    }

    /// The parts of the list, one after the other, from `after` on.
    fn parts(self, after: Option<&Place>) -> Vec<Part<'_>> {
        let (down, id) = (self.way == Way::Down, after.map(|place| place.id));
        let at = after.and_then(|place| place.at.as_ref());
        let sorted = |column: String, is_name: bool, only: Option<String>| Part::Sorted {
            column,
            is_name,
            only,
            after: at.zip(id),
            down,
        };
        match self.by.column() {
            Column::Made => vec![Part::Made { only: None, after: id, down }],
            Column::Always(column, _) => vec![sorted(column.to_owned(), false, None)],
            Column::Name(column) => vec![sorted(format!("lower({column}) {{EXACT}}"), true, None)],
            Column::Exact(column) => vec![sorted(format!("{column} {{EXACT}}"), false, None)],
            Column::Maybe(column, _) => {
                let with = sorted(column.to_owned(), false, Some(format!("{column} is not null")));
                let lacking = Some(format!("{column} is null"));
                match after {
                    Some(place) if place.at.is_none() => {
                        vec![Part::Made { only: lacking, after: id, down }]
                    }
                    _ => vec![with, Part::Made { only: lacking, after: None, down }],
                }
            }
        }
    }
}

/// Rows that one statement reads in their order.
enum Part<'a> {
    Made {
        only: Option<String>,
        after: Option<Uuid>,
        down: bool,
    },
    Sorted {
        column: String,
        is_name: bool,
        only: Option<String>,
        after: Option<(&'a Key, Uuid)>,
        down: bool,
    },
}

impl Part<'_> {
    /// Narrows to what comes behind the place; answers the `order by`. `id` is the column of the ids.
    fn narrow(&self, narrow: &mut Narrow, id: &str) -> String {
        let ways = |down: bool| if down { ("<", " desc") } else { (">", "") };
        match self {
            Self::Made { only, after, down } => {
                let (sign, way) = ways(*down);
                only.iter().for_each(|condition| narrow.only(condition));
                narrow.when(*after, &format!("{id} {sign} ?"));
                format!("{id}{way}")
            }
            Self::Sorted { column, is_name, only, after, down } => {
                let (sign, way) = ways(*down);
                only.iter().for_each(|condition| narrow.only(condition));
                if let Some((key, last)) = after {
                    let (key, last) = (narrow.bind(*key), narrow.bind(*last));
                    let key = if *is_name { format!("lower({key})") } else { key };
                    narrow.only(&format!("({column}, {id}) {sign} ({key}, {last})"));
                }
                format!("{column}{way}, {id}{way}")
            }
        }
    }
}

/// How a list's statement is put together: from its `where …`, its `order by` and its `limit`.
pub(super) type Statement<'a> = dyn Fn(&str, &str, &str) -> String + Sync + 'a;

/// The rows of a list from `after` on, at most `limit`; `id` is the column of their ids.
///
/// # Errors
/// A field error on `after` that a list in another order gave.
pub(super) async fn page<T: FromRow + Send, B: By>(
    q: &mut dyn Query,
    narrow: &Narrow,
    (order, id): (Order<B>, &str),
    after: Option<&Place>,
    limit: i64,
    statement: &Statement<'_>,
) -> Result<Vec<T>> {
    let mut rows: Vec<T> = Vec::new();
    for part in order.parts(order.known(after)?) {
        let left = limit - i64::try_from(rows.len()).unwrap_or(limit);
        if left <= 0 {
            break;
        }
        let mut narrow = narrow.clone();
        let sorted = part.narrow(&mut narrow, id);
        let left = narrow.bind(left);
        let sql = statement(&narrow.clause(), &sorted, &left);
        rows.extend(q.rows::<T>(&sql, narrow.into_args()).await?);
    }
    Ok(rows)
}

/// Makes a word of an address a [`By`]: how its list is sorted by it, and which way at first.
macro_rules! sorts {
    ($name:ident, $usual:ident; $($variant:ident => $column:expr, $way:ident;)*) => {
        impl $crate::views::order::By for $name {
            const USUAL: Self = Self::$usual;
            fn word(self) -> &'static str {
                self.as_str()
            }
            fn column(self) -> $crate::views::order::Column {
                use $crate::views::order::Column::*;
                match self { $(Self::$variant => $column),* }
            }
            fn way(self) -> $crate::views::order::Way {
                match self { $(Self::$variant => $crate::views::order::Way::$way),* }
            }
        }
    };
}
pub(super) use sorts;
