//! One row of an answer, of either database.

use kernel::{Day, Fault, Id, Money, Phone, Ts};
use rusqlite::types::Value as Cell;
use sqlx::postgres::PgRow;
use sqlx::{Row as _, ValueRef};
use uuid::Uuid;

use crate::lite::SqliteRow;
use crate::value::{PG_EPOCH_MICROS, pg_day_zero};

#[derive(Debug)]
pub enum Row {
    Lite(SqliteRow),
    Pg(PgRow),
}

impl Row {
    /// The column called `name`.
    pub fn get<T: Column>(&self, name: &str) -> Result<T, Fault> {
        let index = match self {
            Self::Lite(row) => row.position(name),
            Self::Pg(row) => row.columns().iter().position(|c| sqlx::Column::name(c) == name),
        };
        match index {
            Some(index) => self.at(index),
            None => Err(Fault::bug(format!("the answer has no column {name}"))),
        }
    }
    /// The column at `index`, from 0.
    pub fn at<T: Column>(&self, index: usize) -> Result<T, Fault> {
        match self {
            Self::Lite(row) => T::lite(row, index),
            Self::Pg(row) => T::pg(row, index),
        }
        .map_err(|e| Fault::bug(format!("reading column {index}: {e}")))
    }
}

/// A type that can be read from a column of either database.
pub trait Column: Sized {
    fn lite(row: &SqliteRow, index: usize) -> Result<Self, sqlx::Error>;
    fn pg(row: &PgRow, index: usize) -> Result<Self, sqlx::Error>;
}

/// A struct that can be read from a row; made by [`row!`](crate::row).
pub trait FromRow: Sized {
    fn from_row(row: &Row) -> Result<Self, Fault>;
}

/// What SQLite holds where `wanted` was asked for. It keeps a value's own type, not its column's: a sum of
/// nothing or a quotient may come in another one, which is converted as SQLite itself would.
fn unlike(wanted: &str, cell: &Cell) -> sqlx::Error {
    sqlx::Error::Decode(format!("{wanted} expected, found {:?}", cell.data_type()).into())
}

macro_rules! plain {
    ($($ty:ty => $word:literal, $($cell:pat => $to:expr),+;)*) => { $(
        impl Column for $ty {
            fn lite(row: &SqliteRow, index: usize) -> Result<Self, sqlx::Error> {
                match row.cell(index)? {
                    $($cell => Ok($to),)+
                    other => Err(unlike($word, other)),
                }
            }
            fn pg(row: &PgRow, index: usize) -> Result<Self, sqlx::Error> {
                row.try_get(index)
            }
        }
    )* };
}
plain! {
    i64 => "a whole number", Cell::Integer(x) => *x, Cell::Real(x) => *x as i64;
    f64 => "a number", Cell::Real(x) => *x, Cell::Integer(x) => *x as f64;
    bool => "yes or no", Cell::Integer(x) => *x != 0;
    String => "text", Cell::Text(x) => x.clone(), Cell::Integer(x) => x.to_string();
    Vec<u8> => "bytes", Cell::Blob(x) => x.clone(), Cell::Text(x) => x.clone().into_bytes();
}

macro_rules! through {
    ($($ty:ty as $base:ty, |$x:ident| $to:expr;)*) => { $(
        impl Column for $ty {
            fn lite(row: &SqliteRow, index: usize) -> Result<Self, sqlx::Error> {
                let $x = <$base as Column>::lite(row, index)?;
                Ok($to)
            }
            fn pg(row: &PgRow, index: usize) -> Result<Self, sqlx::Error> {
                let $x = <$base as Column>::pg(row, index)?;
                Ok($to)
            }
        }
    )* };
}
fn narrow<T: TryFrom<i64>>(x: i64) -> Result<T, sqlx::Error> {
    T::try_from(x).map_err(|_| sqlx::Error::Decode(format!("{x} does not fit").into()))
}
through! {
    Money as i64, |x| Money::rupiah(x);
    Phone as String, |x| Phone::stored(x);
    i32 as i64, |x| narrow(x)?;
    i16 as i64, |x| narrow(x)?;
    i8 as i64, |x| narrow(x)?;
    u32 as i64, |x| narrow(x)?;
    u16 as i64, |x| narrow(x)?;
    u8 as i64, |x| narrow(x)?;
}

impl Column for Uuid {
    fn lite(row: &SqliteRow, index: usize) -> Result<Self, sqlx::Error> {
        match row.cell(index)? {
            Cell::Blob(bytes) => Self::from_slice(bytes).map_err(|e| sqlx::Error::Decode(e.into())),
            other => Err(unlike("an id", other)),
        }
    }
    fn pg(row: &PgRow, index: usize) -> Result<Self, sqlx::Error> {
        row.try_get(index)
    }
}
impl<T> Column for Id<T> {
    fn lite(row: &SqliteRow, index: usize) -> Result<Self, sqlx::Error> {
        <Uuid as Column>::lite(row, index).map(Self::from_uuid)
    }
    fn pg(row: &PgRow, index: usize) -> Result<Self, sqlx::Error> {
        <Uuid as Column>::pg(row, index).map(Self::from_uuid)
    }
}
impl Column for Ts {
    fn lite(row: &SqliteRow, index: usize) -> Result<Self, sqlx::Error> {
        <i64 as Column>::lite(row, index).map(Self::from_micros)
    }
    fn pg(row: &PgRow, index: usize) -> Result<Self, sqlx::Error> {
        let micros = i64::from_be_bytes(fixed(row, index)?);
        Ok(Self::from_micros(micros + PG_EPOCH_MICROS))
    }
}
impl Column for Day {
    fn lite(row: &SqliteRow, index: usize) -> Result<Self, sqlx::Error> {
        text(row, index)?.parse().map_err(|e: jiff::Error| sqlx::Error::Decode(e.into()))
    }
    fn pg(row: &PgRow, index: usize) -> Result<Self, sqlx::Error> {
        Ok(pg_day_zero().plus_days(i32::from_be_bytes(fixed(row, index)?)))
    }
}
fn text(row: &SqliteRow, index: usize) -> Result<&str, sqlx::Error> {
    match row.cell(index)? {
        Cell::Text(text) => Ok(text),
        other => Err(unlike("text", other)),
    }
}
fn fixed<const N: usize>(row: &PgRow, index: usize) -> Result<[u8; N], sqlx::Error> {
    let raw = row.try_get_raw(index)?;
    if raw.is_null() {
        return Err(sqlx::Error::Decode("unexpected NULL".into()));
    }
    let bytes = raw.as_bytes().map_err(sqlx::Error::Decode)?;
    bytes.try_into().map_err(|_| sqlx::Error::Decode("unexpected length".into()))
}
impl Column for serde_json::Value {
    fn lite(row: &SqliteRow, index: usize) -> Result<Self, sqlx::Error> {
        serde_json::from_str(text(row, index)?).map_err(|e| sqlx::Error::Decode(e.into()))
    }
    fn pg(row: &PgRow, index: usize) -> Result<Self, sqlx::Error> {
        row.try_get::<sqlx::types::Json<Self>, _>(index).map(|j| j.0)
    }
}
impl<T: Column> Column for Option<T> {
    fn lite(row: &SqliteRow, index: usize) -> Result<Self, sqlx::Error> {
        match row.cell(index)? {
            Cell::Null => Ok(None),
            _ => T::lite(row, index).map(Some),
        }
    }
    fn pg(row: &PgRow, index: usize) -> Result<Self, sqlx::Error> {
        if row.try_get_raw(index)?.is_null() { Ok(None) } else { T::pg(row, index).map(Some) }
    }
}

macro_rules! tuples {
    ($($name:ident $index:tt),+) => {
        impl<$($name: Column),+> FromRow for ($($name,)+) {
            fn from_row(row: &Row) -> Result<Self, Fault> {
                Ok(($(row.at::<$name>($index)?,)+))
            }
        }
    };
}
tuples!(A 0);
tuples!(A 0, B 1);
tuples!(A 0, B 1, C 2);
tuples!(A 0, B 1, C 2, D 3);
tuples!(A 0, B 1, C 2, D 3, E 4);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5);

/// A struct whose fields are read from the columns of the same names.
#[macro_export]
macro_rules! row {
    ($(#[$meta:meta])* $vis:vis struct $name:ident {
        $($(#[$fmeta:meta])* $fvis:vis $field:ident : $ty:ty),* $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug)]
        $vis struct $name { $($(#[$fmeta])* $fvis $field: $ty),* }
        impl $crate::FromRow for $name {
            fn from_row(row: &$crate::Row) -> ::std::result::Result<Self, ::kernel::Fault> {
                Ok(Self { $($field: row.get(stringify!($field))?),* })
            }
        }
    };
}

/// A closed set of words stored as text: `words! { pub enum Mode { Prepaid = "prepaid" } }`.
///
/// Gives `as_str`, `parse`, `Display`, `Bind`, `Column`, serde (as the same words) and `ALL`.
#[macro_export]
macro_rules! words {
    ($(#[$meta:meta])* $vis:vis enum $name:ident {
        $($(#[$vmeta:meta])* $variant:ident = $word:literal),* $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $vis enum $name { $($(#[$vmeta])* $variant),* }
        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
            /// The word as stored and sent.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)* _ => None }
            }
        }
        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
        impl $crate::Bind for $name {
            fn bind(&self) -> $crate::Value {
                $crate::Value::Text(Some(self.as_str().to_owned()))
            }
            fn null() -> $crate::Value { $crate::Value::Text(None) }
        }
        impl $crate::Column for $name {
            fn lite(row: &$crate::SqliteRow, index: usize)
                -> ::std::result::Result<Self, $crate::SqlError> {
                $crate::word_of(<String as $crate::Column>::lite(row, index)?, Self::parse)
            }
            fn pg(row: &$crate::PgRow, index: usize)
                -> ::std::result::Result<Self, $crate::SqlError> {
                $crate::word_of(<String as $crate::Column>::pg(row, index)?, Self::parse)
            }
        }
        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, s: S)
                -> ::std::result::Result<S::Ok, S::Error> {
                s.serialize_str(self.as_str())
            }
        }
        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(d: D)
                -> ::std::result::Result<Self, D::Error> {
                let word = <String as ::serde::Deserialize>::deserialize(d)?;
                Self::parse(&word).ok_or_else(|| {
                    let known: Vec<&str> = Self::ALL.iter().map(|w| w.as_str()).collect();
                    ::serde::de::Error::custom(format!("expected one of {}", known.join(", ")))
                })
            }
        }
    };
}

/// For [`words!`](crate::words) only.
#[doc(hidden)]
pub fn word_of<T>(word: String, parse: fn(&str) -> Option<T>) -> Result<T, sqlx::Error> {
    parse(&word).ok_or_else(|| sqlx::Error::Decode(format!("unknown word {word:?}").into()))
}
