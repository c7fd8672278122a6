//! A code as a guest types it. Pure, and quick: it is read from every login of an unknown name.

use std::fmt;

const LENGTH: usize = 12;

/// Twelve characters, upper case, without the dashes of print.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code([u8; LENGTH]);

impl Code {
    /// Reads what was typed, in any case, with dashes and spaces. Nothing when it can't be a code: those
    /// have no 0, 1, I and O.
    pub fn read(typed: &[u8]) -> Option<Self> {
        let mut code = [0; LENGTH];
        let mut length = 0;
        for byte in typed {
            match byte.to_ascii_uppercase() {
                b'-' | b' ' => {}
                c @ (b'2'..=b'9' | b'A'..=b'Z') if c != b'I' && c != b'O' => {
                    *code.get_mut(length)? = c;
                    length += 1;
                }
                _ => return None,
            }
        }
        (length == LENGTH).then_some(Self(code))
    }

    /// As stored.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// As stored, in lower case: people type so.
    pub fn lower(&self) -> [u8; LENGTH] {
        self.0.map(|byte| byte.to_ascii_lowercase())
    }

    /// As printed: `ABCD-EFGH-JKLM`.
    pub fn printed(&self) -> [u8; LENGTH + 2] {
        let [a, b, c, d, e, f, g, h, i, j, k, l] = self.0;
        [a, b, c, d, b'-', e, f, g, h, b'-', i, j, k, l]
    }

    /// Its beginning, for eyes that must not use it.
    pub fn masked(&self) -> String {
        format!("{}-****-****", self.as_str().get(..4).unwrap_or_default())
    }
}

/// A code is money: it is not written into logs.
impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let code = Code::read(b"ABCDEFGH2345").unwrap();
        for typed in ["abcd-efgh-2345", "ABCD EFGH 2345", " abcdEFGH2345 "] {
            assert_eq!(Code::read(typed.as_bytes()), Some(code), "{typed}");
        }
        assert_eq!(code.as_str(), "ABCDEFGH2345");
        assert_eq!(&code.printed(), b"ABCD-EFGH-2345");
        assert_eq!(&code.lower(), b"abcdefgh2345");
    }

    #[test]
    fn what_is_no_code_is_none() {
        for typed in ["", "ABCDEFGH234", "ABCDEFGH23456", "ABCDEFGH2340", "IBCDEFGH2345", "a@b"] {
            assert_eq!(Code::read(typed.as_bytes()), None, "{typed}");
        }
        assert_eq!(Code::read(&[0xff; 12]), None);
        assert_eq!(Code::read(&[b'A'; 200]), None);
    }

    #[test]
    fn a_code_does_not_show_itself_to_a_log() {
        let code = Code::read(b"ABCDEFGH2345").unwrap();
        assert_eq!(format!("{code:?}"), "ABCD-****-****");
    }
}
