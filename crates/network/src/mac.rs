//! A hardware address, whatever notation it came in.

use std::fmt;

use store::{Bind, Column, Value};

/// Six bytes; shown and stored as `AA:BB:CC:DD:EE:FF`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mac([u8; 6]);

impl Mac {
    pub const fn from_bytes(bytes: [u8; 6]) -> Self {
        Self(bytes)
    }
    pub const fn bytes(self) -> [u8; 6] {
        self.0
    }
    /// Reads `aa:bb:cc:dd:ee:ff`, `AA-BB-CC-DD-EE-FF`, `aabb.ccdd.eeff`, `aabbccddeeff`, with spaces
    /// around it. `None` for anything else, for all zeroes and for a multicast address (no device has
    /// one).
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let mut bytes = [0_u8; 6];
        let mut nibbles = 0_usize;
        for (i, c) in text.bytes().enumerate() {
            if matches!(c, b':' | b'-' | b'.') {
                if i == 0 || !nibbles.is_multiple_of(2) {
                    return None;
                }
                continue;
            }
            let digit = u8::try_from((c as char).to_digit(16)?).ok()?;
            let byte = bytes.get_mut(nibbles / 2)?;
            *byte = (*byte << 4) | digit;
            nibbles += 1;
        }
        let whole = nibbles == 12 && bytes != [0; 6] && bytes[0] & 1 == 0;
        (whole && !text.ends_with([':', '-', '.'])).then_some(Self(bytes))
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02X}:{b:02X}:{c:02X}:{d:02X}:{e:02X}:{g:02X}")
    }
}
impl fmt::Debug for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}
impl Bind for Mac {
    fn bind(&self) -> Value {
        Value::Text(Some(self.to_string()))
    }
    fn null() -> Value {
        Value::Text(None)
    }
}
impl Column for Mac {
    fn lite(row: &store::SqliteRow, index: usize) -> Result<Self, store::SqlError> {
        store::word_of(<String as Column>::lite(row, index)?, Self::parse)
    }
    fn pg(row: &store::PgRow, index: usize) -> Result<Self, store::SqlError> {
        store::word_of(<String as Column>::pg(row, index)?, Self::parse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_usual_notation_is_one_address() {
        for text in [
            "4c:5e:0c:11:22:aa",
            "4C-5E-0C-11-22-AA",
            "4c5e.0c11.22aa",
            "4c5e0c1122aa",
            " 4C:5E:0C:11:22:AA ",
        ] {
            assert_eq!(Mac::parse(text).unwrap().to_string(), "4C:5E:0C:11:22:AA", "{text}");
        }
        for text in [
            "",
            "4c:5e:0c:11:22",
            "4c:5e:0c:11:22:aa:bb",
            "zz:5e:0c:11:22:aa",
            "00:00:00:00:00:00",
            "ff:ff:ff:ff:ff:ff",
            "4:c5:e0:c1:12:2a:a",
            "4c:5e:0c:11:22:aa:",
            ":4c5e0c1122aa",
            "01:00:5e:00:00:01",
            "ＡＡ5e0c1122aa",
        ] {
            assert_eq!(Mac::parse(text), None, "{text}");
        }
    }
}
