//! Instants and the three zones of Indonesia.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::day::{Day, OUT_OF_YEARS};
use crate::words::Lang;

/// An instant in microseconds since 1970 (UTC). JSON: RFC 3339.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Ts(i64);

impl Ts {
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }
    pub const fn micros(self) -> i64 {
        self.0
    }
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs * 1_000_000)
    }
    pub const fn secs(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }
    pub fn timestamp(self) -> Timestamp {
        Timestamp::from_microsecond(self.0).unwrap_or(Timestamp::UNIX_EPOCH)
    }
    pub const fn plus_secs(self, secs: i64) -> Self {
        Self(self.0 + secs * 1_000_000)
    }
    pub const fn plus_millis(self, millis: i64) -> Self {
        Self(self.0 + millis * 1_000)
    }
    pub const fn plus_days(self, days: i64) -> Self {
        self.plus_secs(days * 86_400)
    }
    /// Whole milliseconds from `earlier` to `self`.
    pub const fn millis_since(self, earlier: Self) -> i64 {
        (self.0 - earlier.0) / 1_000
    }
    /// The instant at which the clocks of `zone` show `hour:minute` on `day`.
    pub fn local(day: Day, hour: i8, minute: i8, zone: Zone) -> Self {
        let midnight = day.date().to_zoned(TimeZone::UTC).map_or(0, |z| z.timestamp().as_second());
        let secs = midnight + i64::from(hour) * 3_600 + i64::from(minute) * 60;
        Self::from_secs(secs - zone.offset_secs())
    }
    /// The civil day that clocks in `zone` show.
    pub fn day(self, zone: Zone) -> Day {
        Day::from_date(zone.offset().to_datetime(self.timestamp()).date())
    }
    /// `22 Nov 2026 21.10 WIB`.
    pub fn local_text(self, zone: Zone, lang: Lang) -> String {
        let at = zone.offset().to_datetime(self.timestamp());
        let day = Day::from_date(at.date()).short(lang);
        format!("{day} {:02}.{:02} {}", at.hour(), at.minute(), zone.short())
    }
    /// Hour and minute that clocks in `zone` show.
    pub fn hour_minute(self, zone: Zone) -> (i8, i8) {
        let at = zone.offset().to_datetime(self.timestamp());
        (at.hour(), at.minute())
    }
}

impl fmt::Debug for Ts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.timestamp())
    }
}
impl fmt::Display for Ts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.timestamp())
    }
}
impl FromStr for Ts {
    type Err = jiff::Error;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        s.parse::<Timestamp>().map(|t| Self(t.as_microsecond()))
    }
}
impl Serialize for Ts {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        self.timestamp().serialize(s)
    }
}
impl<'de> Deserialize<'de> for Ts {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let at = Timestamp::deserialize(d).map(|t| Self(t.as_microsecond()))?;
        // As with days: what no request means is refused where it is read.
        if at.day(Zone::Jakarta).is_within_years() {
            Ok(at)
        } else {
            Err(serde::de::Error::custom(OUT_OF_YEARS))
        }
    }
}

/// A branch's time zone. Indonesia has three, without daylight saving.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Zone {
    /// WIB, UTC+7.
    #[default]
    #[serde(rename = "Asia/Jakarta")]
    Jakarta,
    /// WITA, UTC+8.
    #[serde(rename = "Asia/Makassar")]
    Makassar,
    /// WIT, UTC+9.
    #[serde(rename = "Asia/Jayapura")]
    Jayapura,
}

impl Zone {
    pub const fn offset_secs(self) -> i64 {
        match self {
            Self::Jakarta => 7 * 3_600,
            Self::Makassar => 8 * 3_600,
            Self::Jayapura => 9 * 3_600,
        }
    }
    fn offset(self) -> Offset {
        match self {
            Self::Jakarta => Offset::constant(7),
            Self::Makassar => Offset::constant(8),
            Self::Jayapura => Offset::constant(9),
        }
    }
    pub const fn short(self) -> &'static str {
        match self {
            Self::Jakarta => "WIB",
            Self::Makassar => "WITA",
            Self::Jayapura => "WIT",
        }
    }
    /// The IANA name, as stored.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jakarta => "Asia/Jakarta",
            Self::Makassar => "Asia/Makassar",
            Self::Jayapura => "Asia/Jayapura",
        }
    }
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Jakarta, Self::Makassar, Self::Jayapura].into_iter().find(|z| z.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_branch_isolates_at_its_own_midnight() {
        let day = Day::ymd(2026, 12, 21).unwrap();
        let at = Ts::local(day, 0, 1, Zone::Jakarta);
        assert_eq!(at.to_string(), "2026-12-20T17:01:00Z");
        assert_eq!(at.day(Zone::Jakarta), day);
        assert_eq!(Ts::local(day, 0, 1, Zone::Jayapura).to_string(), "2026-12-20T15:01:00Z");
        assert_eq!(at.local_text(Zone::Jakarta, Lang::Id), "21 Des 2026 00.01 WIB");
    }
}
