//! Hardware addresses in whatever notation a NAS, a label or a person writes them.

use std::fmt;
use std::str::FromStr;

/// A 48-bit hardware address. Two notations of one address are equal. Shown as `AA:BB:CC:DD:EE:FF`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mac([u8; 6]);

/// The text is not a hardware address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a hardware address: six bytes in hexadecimal are expected")]
pub struct NotAMac;

impl Mac {
    pub const fn from_bytes(bytes: [u8; 6]) -> Self {
        Self(bytes)
    }
    pub const fn bytes(self) -> [u8; 6] {
        self.0
    }

    /// Reads `aa:bb:cc:dd:ee:ff`, `AA-BB-…`, `aabb.ccdd.eeff`, `aabb-ccdd-eeff`, `aabbcc-ddeeff`,
    /// `aabbccddeeff`, with blanks as separators, or with bytes of one digit (`0:c:29:1:2:3`), in either
    /// case. Does not allocate.
    pub fn read(text: &[u8]) -> Option<Self> {
        let text = text.trim_ascii().trim_suffix_nul();
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

trait TrimNul {
    fn trim_suffix_nul(&self) -> &[u8];
}

impl TrimNul for [u8] {
    fn trim_suffix_nul(&self) -> &[u8] {
        self.strip_suffix(b"\0").unwrap_or(self)
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

impl FromStr for Mac {
    type Err = NotAMac;
    fn from_str(text: &str) -> Result<Self, NotAMac> {
        Self::read(text.as_bytes()).ok_or(NotAMac)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_notation_of_one_address_is_the_same_address() {
        let expected = Mac::from_bytes([0x0a, 0x1b, 0x2c, 0x3d, 0x4e, 0x5f]);
        for text in [
            "0A:1B:2C:3D:4E:5F",
            "0a-1b-2c-3d-4e-5f",
            "0a1b.2c3d.4e5f",
            "0a1b-2c3d-4e5f",
            "0a1b:2c3d:4e5f",
            "0A1B2C-3D4E5F",
            "0a1b2c3d4e5f",
            "a:1b:2c:3d:4e:5f",
            "0a 1b 2c 3d 4e 5f",
            " 0a:1b:2c:3d:4e:5f\n",
            "0a:1b:2c:3d:4e:5f\0",
        ] {
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
        assert_eq!(expected.to_string(), "0A:1B:2C:3D:4E:5F");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "0a",
            "0a:1b:2c:3d:4e",
            "0a:1b:2c:3d:4e:5f:60",
            "0g:1b:2c:3d:4e:5f",
            "0a1b2c3d4e5",
            "0a1b2c3d4e5f6",
            "0a1b.2c3.d4e5f",
            "::::::",
            ":::::",
            "08123456789",
            "0a1:b2c:3d4:e5f",
            "é0a1b2c3d4e5",
            "100:1b:2c:3d:4e:5f",
        ] {
            assert_eq!(text.parse::<Mac>(), Err(NotAMac), "{text}");
        }
    }
}
