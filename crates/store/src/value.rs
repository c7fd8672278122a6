//! What can be bound to a `$n`.

use kernel::{Day, Id, Money, Phone, Ts};
use sqlx::Arguments;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArgumentBuffer, PgArguments, PgTypeInfo};
use uuid::Uuid;

/// A typed, nullable parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    I64(Option<i64>),
    F64(Option<f64>),
    Bool(Option<bool>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
    Ts(Option<Ts>),
    Day(Option<Day>),
    Uuid(Option<Uuid>),
    Json(Option<serde_json::Value>),
    /// For `{AMONG}($n)`: one parameter, however many they are.
    Uuids(Vec<Uuid>),
    Texts(Vec<String>),
    I64s(Vec<i64>),
}

/// A type that can be a parameter. `null` is the typed NULL: PostgreSQL wants to know.
pub trait Bind {
    fn bind(&self) -> Value;
    fn null() -> Value;
}

macro_rules! bind {
    ($($ty:ty => $variant:ident, |$x:ident| $to:expr;)*) => { $(
        impl Bind for $ty {
            fn bind(&self) -> Value { let $x = self; Value::$variant(Some($to)) }
            fn null() -> Value { Value::$variant(None) }
        }
    )* };
}

bind! {
    i64 => I64, |x| *x;
    i32 => I64, |x| i64::from(*x);
    i16 => I64, |x| i64::from(*x);
    i8 => I64, |x| i64::from(*x);
    u32 => I64, |x| i64::from(*x);
    u16 => I64, |x| i64::from(*x);
    u8 => I64, |x| i64::from(*x);
    f64 => F64, |x| *x;
    bool => Bool, |x| *x;
    String => Text, |x| x.clone();
    Phone => Text, |x| x.as_str().to_owned();
    Vec<u8> => Bytes, |x| x.clone();
    Ts => Ts, |x| *x;
    Day => Day, |x| *x;
    Money => I64, |x| x.get();
    Uuid => Uuid, |x| *x;
    serde_json::Value => Json, |x| x.clone();
}

impl Bind for str {
    fn bind(&self) -> Value {
        Value::Text(Some(self.to_owned()))
    }
    fn null() -> Value {
        Value::Text(None)
    }
}
impl Bind for [u8] {
    fn bind(&self) -> Value {
        Value::Bytes(Some(self.to_vec()))
    }
    fn null() -> Value {
        Value::Bytes(None)
    }
}
impl<const N: usize> Bind for [u8; N] {
    fn bind(&self) -> Value {
        Value::Bytes(Some(self.to_vec()))
    }
    fn null() -> Value {
        Value::Bytes(None)
    }
}
impl<T> Bind for Id<T> {
    fn bind(&self) -> Value {
        Value::Uuid(Some(self.uuid()))
    }
    fn null() -> Value {
        Value::Uuid(None)
    }
}
/// Lists: `column {AMONG}($n)` holds for what is in one.
macro_rules! bind_list {
    ($($variant:ident: [$($of:tt)*] $ty:ty, |$x:ident| $to:expr;)*) => { $(
        impl<$($of)*> Bind for [$ty] {
            fn bind(&self) -> Value { Value::$variant(self.iter().map(|$x| $to).collect()) }
            fn null() -> Value { Value::$variant(Vec::new()) }
        }
        impl<$($of)*> Bind for Vec<$ty> {
            fn bind(&self) -> Value { self.as_slice().bind() }
            fn null() -> Value { Value::$variant(Vec::new()) }
        }
    )* };
}

bind_list! {
    Uuids: [] Uuid, |x| *x;
    Uuids: [T] Id<T>, |x| x.uuid();
    Texts: [] String, |x| x.clone();
    Texts: [] &str, |x| (*x).to_owned();
    I64s: [] i64, |x| *x;
    I64s: [] Money, |x| x.get();
}

impl<T: Bind + ?Sized> Bind for &T {
    fn bind(&self) -> Value {
        (**self).bind()
    }
    fn null() -> Value {
        T::null()
    }
}
impl<T: Bind> Bind for Option<T> {
    fn bind(&self) -> Value {
        self.as_ref().map_or_else(T::null, Bind::bind)
    }
    fn null() -> Value {
        T::null()
    }
}
impl Bind for Value {
    fn bind(&self) -> Value {
        self.clone()
    }
    fn null() -> Value {
        Value::Text(None)
    }
}

/// The parameters of one statement, in the order of their `$n`.
#[macro_export]
macro_rules! args {
    ($($x:expr),* $(,)?) => { vec![$($crate::Bind::bind(&$x)),*] };
}

pub(crate) fn pg_args(values: Vec<Value>) -> Result<PgArguments, BoxDynError> {
    let mut args = PgArguments::default();
    for value in values {
        match value {
            Value::I64(x) => args.add(x)?,
            Value::F64(x) => args.add(x)?,
            Value::Bool(x) => args.add(x)?,
            Value::Text(x) => args.add(x)?,
            Value::Bytes(x) => args.add(x)?,
            Value::Ts(x) => args.add(x.map(PgTs))?,
            Value::Day(x) => args.add(x.map(PgDay))?,
            Value::Uuid(x) => args.add(x)?,
            Value::Json(x) => args.add(x.map(sqlx::types::Json))?,
            Value::Uuids(x) => args.add(x)?,
            Value::Texts(x) => args.add(x)?,
            Value::I64s(x) => args.add(x)?,
        }
    }
    Ok(args)
}

/// Microseconds from 1970 to 2000, where PostgreSQL starts counting.
pub(crate) const PG_EPOCH_MICROS: i64 = 946_684_800_000_000;

struct PgTs(Ts);
impl sqlx::Type<sqlx::Postgres> for PgTs {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(sqlx::postgres::types::Oid(1184))
    }
}
impl sqlx::Encode<'_, sqlx::Postgres> for PgTs {
    fn encode_by_ref(&self, buf: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buf.extend_from_slice(&(self.0.micros() - PG_EPOCH_MICROS).to_be_bytes());
        Ok(IsNull::No)
    }
}

/// 1 January 2000, where PostgreSQL starts counting days.
pub(crate) fn pg_day_zero() -> Day {
    Day::ymd_clamped(2000, 1, 1)
}

struct PgDay(Day);
impl sqlx::Type<sqlx::Postgres> for PgDay {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(sqlx::postgres::types::Oid(1082))
    }
}
impl sqlx::Encode<'_, sqlx::Postgres> for PgDay {
    fn encode_by_ref(&self, buf: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let days = i32::try_from(pg_day_zero().days_until(self.0))?;
        buf.extend_from_slice(&days.to_be_bytes());
        Ok(IsNull::No)
    }
}
