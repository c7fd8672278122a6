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

    /// Reads a device's address in any notation that NAS, labels and people use: `aa:bb:cc:dd:ee:ff`,
    /// `AA-BB-…`, `aabb.ccdd.eeff`, `aabb-ccdd-eeff`, `aabbcc-ddeeff`, `aabbccddeeff`, with blanks or `_`
    /// as separators, with bytes of one digit (`0:c:29:1:2:3`), in either case. `None` for anything else,
    /// for all zeroes and for a multicast or broadcast address: no device has one.
    pub fn parse(text: &str) -> Option<Self> {
        Self::read(text).filter(|mac| mac.0 != [0; 6] && mac.0[0] & 1 == 0)
    }

    /// As [`Mac::parse`], from an attribute's bytes.
    pub fn of_device(text: &[u8]) -> Option<Self> {
        std::str::from_utf8(text).ok().and_then(Self::parse)
    }

    /// Six bytes, whoever may have them: what was stored is always read back.
    fn read(text: &str) -> Option<Self> {
        let text = text.trim().trim_end_matches('\0').as_bytes();
        let is_separator = |byte: &u8| matches!(byte, b':' | b'-' | b'.' | b' ' | b'_');
        let groups = text.split(is_separator).count();
        let mut bytes = [0; 6];
        if groups == 6 {
            for (slot, group) in bytes.iter_mut().zip(text.split(is_separator)) {
                *slot = byte(group)?;
            }
            return Some(Self(bytes));
        }
        if !matches!(groups, 1..=3) {
            return None;
        }
        let width = 12 / groups;
        if text.split(is_separator).any(|group| group.len() != width) {
            return None;
        }
        let mut digits = text.iter().filter(|byte| !is_separator(byte));
        for slot in &mut bytes {
            *slot = nibble(*digits.next()?)? << 4 | nibble(*digits.next()?)?;
        }
        Some(Self(bytes))
    }
}

fn byte(group: &[u8]) -> Option<u8> {
    match group {
        [low] => nibble(*low),
        [high, low] => Some(nibble(*high)? << 4 | nibble(*low)?),
        _ => None,
    }
}

fn nibble(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
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
        store::word_of(<String as Column>::lite(row, index)?, Self::read)
    }
    fn pg(row: &store::PgRow, index: usize) -> Result<Self, store::SqlError> {
        store::word_of(<String as Column>::pg(row, index)?, Self::read)
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
            "4c5e-0c11-22aa",
            "4c5e0c-1122aa",
            "4C 5E 0C 11 22 AA",
            "4C_5E_0C_11_22_AA",
            "4C:5E:C:11:22:AA",
            " 4C:5E:0C:11:22:AA ",
            "4C:5E:0C:11:22:AA\0",
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
            "11:22:33:44:55:66",
            "112233445566",
            "4c:5e:0c:11:22:100",
            "4c:5e:0c:11:22:aa:",
            ":4c5e0c1122aa",
            "01:00:5e:00:00:01",
            "ＡＡ5e0c1122aa",
        ] {
            assert_eq!(Mac::parse(text), None, "{text}");
            assert_eq!(Mac::of_device(text.as_bytes()), None, "{text}");
        }
        assert_eq!(Mac::of_device(b"4c:5e:0c:11:22:\xff"), None);
    }

    #[test]
    fn whatever_is_stored_is_read_back() {
        for bytes in [[0; 6], [0xff; 6], [0x11, 0x22, 0x33, 0x44, 0x55, 0x66]] {
            let mac = Mac::from_bytes(bytes);
            assert_eq!(Mac::read(&mac.to_string()), Some(mac));
        }
    }
}
