//! Generated passwords and shared secrets: readable over the phone, from randomness given.

use kernel::{Fault, Result};

use crate::secret::Secret;

/// 32 letters and digits without those that look alike (0/o, 1/l), so that five bits are one letter.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// A subscriber's password: 12 letters, 60 bits.
pub fn subscriber(random: &[u8; 12]) -> Secret {
    Secret::new(letters(random))
}

/// A NAS's shared secret: 32 letters, 160 bits (the field's advice is at least 22 characters).
pub fn nas_secret(random: &[u8; 32]) -> Secret {
    Secret::new(letters(random))
}

fn letters(random: &[u8]) -> String {
    random.iter().map(|b| char::from(ALPHABET[usize::from(b & 31)])).collect()
}

/// Checks a password that a person chose: 6–64 printable ASCII characters without spaces, quotes or
/// backslashes, which modems' forms and RouterOS scripts mangle.
///
/// # Errors
/// Names the field `password`.
pub fn check(password: &str) -> Result<()> {
    let printable = |b: u8| b.is_ascii_graphic() && !matches!(b, b'"' | b'\'' | b'`' | b'\\');
    if (6..=64).contains(&password.len()) && password.bytes().all(printable) {
        return Ok(());
    }
    Err(Fault::field(
        "password",
        "network.bad_password",
        "6 sampai 64 huruf, angka atau tanda tanpa spasi, tanda kutip dan garis miring terbalik",
        "6 to 64 letters, digits or signs without spaces, quotes and backslashes",
    ))
}

/// Checks a password that a customer's modem already has, as brought by an import: 1–128 printable ASCII
/// characters. A weak one that works is better than a customer offline.
///
/// # Errors
/// Names the field `password`.
pub fn check_existing(password: &str) -> Result<()> {
    let printable = |b: u8| b.is_ascii_graphic() || b == b' ';
    if (1..=128).contains(&password.len()) && password.bytes().all(printable) {
        return Ok(());
    }
    Err(Fault::field(
        "password",
        "network.bad_password",
        "1 sampai 128 huruf, angka atau tanda yang bisa dicetak",
        "1 to 128 printable letters, digits or signs",
    ))
}

/// Checks a NAS's shared secret that a person chose: 22–128 printable ASCII characters.
///
/// # Errors
/// Names the field `secret`.
pub fn check_nas_secret(secret: &str) -> Result<()> {
    if (22..=128).contains(&secret.len()) && secret.bytes().all(|b| b.is_ascii_graphic()) {
        return Ok(());
    }
    Err(Fault::field(
        "secret",
        "network.weak_secret",
        "paling sedikit 22 huruf, angka atau tanda, tanpa spasi",
        "at least 22 letters, digits or signs, without spaces",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_password_depends_only_on_the_randomness_given() {
        let a = subscriber(&[0, 1, 2, 3, 250, 251, 252, 253, 31, 32, 63, 64]);
        assert_eq!(a.expose(), "abcd45679a9a");
        assert_eq!(a, subscriber(&[0, 1, 2, 3, 250, 251, 252, 253, 31, 32, 63, 64]));
        assert_ne!(a, subscriber(&[1; 12]));
        check(a.expose()).unwrap();
        check_nas_secret(nas_secret(&[7; 32]).expose()).unwrap();
    }

    #[test]
    fn all_letters_are_equally_likely_and_none_looks_like_another() {
        let mut seen = [0_u32; 128];
        for b in 0..=255_u8 {
            seen[usize::from(letters(&[b]).as_bytes()[0])] += 1;
        }
        assert!(seen.iter().all(|n| *n == 0 || *n == 8));
        assert!(b"0o1l".iter().all(|b| seen[usize::from(*b)] == 0));
    }

    #[test]
    fn passwords_that_modems_mangle_are_refused() {
        for good in ["rahasia", "P@ssw0rd-2026", "123456"] {
            check(good).unwrap();
        }
        for bad in ["", "short", "with space", "quo\"te", "back\\slash", "émoji-é", &"x".repeat(65)]
        {
            assert!(check(bad).is_err(), "{bad}");
        }
        assert!(check_nas_secret("testing123").is_err());
        check_existing("1").unwrap();
        check_existing("kata sandi \"lama\"").unwrap();
        assert!(check_existing("").is_err() && check_existing("tab\t").is_err());
    }
}
