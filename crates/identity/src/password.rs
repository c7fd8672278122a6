//! Passwords: argon2id, 19 MiB, 2 passes (the minimum that OWASP's cheat sheet asks for).

use std::sync::OnceLock;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use kernel::{Fault, Field, Result};
use tokio::sync::Semaphore;

use crate::secret;

/// The shortest password, in characters.
pub const SHORTEST: usize = 10;
/// The longest, in bytes: longer ones would only cost time.
pub const LONGEST: usize = 200;

/// Each hash takes 19 MiB and a core: a storm of logins must not take the machine.
static AT_ONCE: Semaphore = Semaphore::const_new(4);

/// What people choose first, here and elsewhere; refused as they stand and with digits behind.
const COMMON: &[&str] = &[
    "password",
    "passw0rd",
    "rahasia",
    "katasandi",
    "indonesia",
    "bismillah",
    "sayang",
    "internet",
    "administrator",
    "admin",
    "qwerty",
    "qwertyuiop",
    "asdfghjkl",
    "sambung",
    "mikrotik",
    "welcome",
    "letmein",
    "iloveyou",
    "changeme",
    "merdeka",
    "jakarta",
    "surabaya",
    "bandung",
    "pascabayar",
    "prabayar",
    "operator",
    "superadmin",
    "akuganteng",
    "anjing",
    "doraemon",
    "ramadhan",
];

/// Says whether a password may be chosen.
///
/// # Errors
/// One field fault named `field` that says what is wrong.
pub fn check(field: &str, plain: &str, username: &str) -> Result<()> {
    let lower = plain.to_lowercase();
    let stem = lower.trim_end_matches(|c: char| !c.is_alphabetic());
    let (id, en) = if plain.chars().count() < SHORTEST {
        (
            format!("paling sedikit {SHORTEST} huruf"),
            format!("must have at least {SHORTEST} characters"),
        )
    } else if plain.len() > LONGEST {
        (
            format!("paling banyak {LONGEST} huruf"),
            format!("must have at most {LONGEST} characters"),
        )
    } else if is_guessable(&lower, stem, username) {
        ("terlalu mudah ditebak".to_owned(), "is too easy to guess".to_owned())
    } else {
        return Ok(());
    };
    Err(Fault::fields(vec![Field::new(field, "weak_password", id, en)]))
}

fn is_guessable(lower: &str, stem: &str, username: &str) -> bool {
    let mut letters = lower.chars();
    let first = letters.next();
    let all_same = letters.all(|c| Some(c) == first);
    let digits_only = lower.chars().all(|c| c.is_ascii_digit());
    let username = username.to_lowercase();
    all_same
        || digits_only
        || COMMON.contains(&stem)
        || (!username.is_empty() && (lower == username || stem == username))
}

/// The hash to store: argon2id in PHC form with a random salt.
///
/// # Errors
/// `bug` when hashing fails (no randomness).
pub fn hash(plain: &str) -> Result<String> {
    Argon2::default()
        .hash_password(plain.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|e| Fault::bug(format!("hashing a password: {e}")))
}

/// Whether `plain` is the password of `hash`.
pub fn is_right(plain: &str, hash: &str) -> bool {
    PasswordHash::new(hash)
        .is_ok_and(|parsed| Argon2::default().verify_password(plain.as_bytes(), &parsed).is_ok())
}

/// Whether `plain` is the password of `hash`, off the async threads and a few at once. Without a hash
/// (unknown user) the same work is done and the answer is no.
pub async fn is_right_slowly(plain: String, hash: Option<String>) -> Result<bool> {
    let turn = AT_ONCE.acquire().await.map_err(|e| Fault::bug(e.to_string()))?;
    let work = tokio::task::spawn_blocking(move || match hash {
        Some(hash) => Ok(is_right(&plain, &hash)),
        None => {
            let _ = is_right(&plain, nobody()?);
            Ok(false)
        }
    });
    let answer = work.await.map_err(|e| Fault::bug(format!("checking a password: {e}")))?;
    drop(turn);
    answer
}

/// The hash of a password that nobody has.
fn nobody() -> Result<&'static str> {
    static NOBODY: OnceLock<String> = OnceLock::new();
    if let Some(hash) = NOBODY.get() {
        return Ok(hash);
    }
    let made = hash(&secret::fresh_token()?)?;
    Ok(NOBODY.get_or_init(|| made))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_password_opens_its_own_salted_hash() {
        let stored = hash("kuda lumping 7").unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(is_right("kuda lumping 7", &stored));
        assert!(!is_right("kuda lumping 8", &stored));
        assert!(!is_right("kuda lumping 7", "not a hash"));
        assert_ne!(stored, hash("kuda lumping 7").unwrap());
    }

    #[test]
    fn a_password_that_everybody_tries_first_is_refused() {
        for (plain, username) in [
            ("short", "budi"),
            ("password123", "budi"),
            ("Rahasia12345", "budi"),
            ("1234567890", "budi"),
            ("aaaaaaaaaaaa", "budi"),
            ("budisantoso", "budisantoso"),
            ("Budisantoso99", "budisantoso"),
            (&"x1".repeat(101), "budi"),
        ] {
            let fault = check("password", plain, username).unwrap_err();
            assert_eq!(fault.fields.first().map(|f| f.name.as_str()), Some("password"), "{plain}");
        }
        for plain in ["kuda lumping 7", "Tr0ub4dor&3x", "gunung-merapi-meletus"] {
            check("password", plain, "budi").unwrap();
        }
    }

    #[tokio::test]
    async fn an_unknown_user_costs_a_hash_too_and_is_refused() {
        assert!(!is_right_slowly("apa saja".into(), None).await.unwrap());
        let stored = hash("kuda lumping 7").unwrap();
        assert!(is_right_slowly("kuda lumping 7".into(), Some(stored)).await.unwrap());
        // The dummy costs what a real one costs: same algorithm, same parameters.
        assert!(nobody().unwrap().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    }
}
