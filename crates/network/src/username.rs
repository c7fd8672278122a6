//! User names of accounts: lower case, `[a-z0-9._@-]`, made from a pattern.

use kernel::{Fault, Result};

/// The longest name that every NAS we know shows whole.
pub const MAX_LEN: usize = 64;

/// What a pattern may mention.
#[derive(Clone, Debug, Default)]
pub struct Parts {
    /// `{number}`: the subscription's number.
    pub number: String,
    /// `{customer}`: the customer's number.
    pub customer: String,
    /// `{name}`: the customer's name, at most 16 letters of it.
    pub name: String,
    /// `{branch}`: the branch's code.
    pub branch: String,
}

/// Reads a name as typed: trimmed and lower case.
///
/// # Errors
/// Names the field `username` when it is empty, too long, or has a character outside `[a-z0-9._@-]`.
pub fn parse(text: &str) -> Result<String> {
    let name = text.trim().to_ascii_lowercase();
    if (1..=MAX_LEN).contains(&name.len()) && name.bytes().all(allowed) {
        return Ok(name);
    }
    Err(Fault::field(
        "username",
        "network.bad_username",
        format!("1 sampai {MAX_LEN} huruf kecil, angka, titik, garis bawah, strip atau @"),
        format!("1 to {MAX_LEN} lower case letters, digits, dots, underscores, dashes or @"),
    ))
}

/// Checks a pattern before it is saved: known placeholders, and text that a user name may hold.
///
/// # Errors
/// Names the field `username_pattern`.
pub fn check_pattern(pattern: &str) -> Result<()> {
    let parts = Parts {
        number: "s000001".into(),
        customer: "c000001".into(),
        name: "budi".into(),
        branch: "jkt".into(),
    };
    let unique = ["{number}", "{customer}", "{name}"].iter().any(|p| pattern.contains(p));
    if unique && fill(pattern, &parts).is_some_and(|n| n.len() <= 40 && n.bytes().all(allowed)) {
        return Ok(());
    }
    Err(Fault::field(
        "username_pattern",
        "network.bad_pattern",
        "boleh memakai {number}, {customer}, {name}, {branch} serta huruf kecil, angka dan . _ @ -",
        "may use {number}, {customer}, {name}, {branch} and lower case letters, digits and . _ @ -",
    ))
}

/// The name that `pattern` gives, or its `nth` alternative when earlier ones are taken
/// (`budi@net`, `budi2@net`, `budi3@net`). Always a valid name: unusable characters are left out.
///
/// # Errors
/// The pattern has an unknown placeholder.
pub fn make(pattern: &str, parts: &Parts, nth: u32) -> Result<String> {
    let clean = Parts {
        number: slug(&parts.number, 32),
        customer: slug(&parts.customer, 32),
        name: slug(&parts.name, 16),
        branch: slug(&parts.branch, 16),
    };
    let Some(filled) = fill(&pattern.to_ascii_lowercase(), &clean) else {
        check_pattern(pattern)?;
        return Err(Fault::bug("a pattern that is right could not be filled"));
    };
    let filled: String = filled.bytes().filter(|b| allowed(*b)).map(char::from).collect();
    let (local, realm) = match filled.find('@') {
        Some(at) => filled.split_at(at),
        None => (filled.as_str(), ""),
    };
    let suffix = if nth > 1 { nth.to_string() } else { String::new() };
    let realm = &realm[..realm.len().min(MAX_LEN / 2)];
    let local = if local.is_empty() { "user" } else { local };
    let room = MAX_LEN - realm.len() - suffix.len();
    Ok(format!("{}{suffix}{realm}", &local[..local.len().min(room)]))
}

const fn allowed(b: u8) -> bool {
    matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'@' | b'-')
}

/// Lower case letters and digits only, at most `max` of them.
fn slug(text: &str, max: usize) -> String {
    text.bytes()
        .map(|b| b.to_ascii_lowercase())
        .filter(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-')
        .take(max)
        .map(char::from)
        .collect()
}

/// `None` on an unknown or unclosed placeholder.
fn fill(pattern: &str, parts: &Parts) -> Option<String> {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut rest = pattern;
    while let Some(open) = rest.find('{') {
        let (before, after) = rest.split_at(open);
        out.push_str(before);
        let close = after.find('}')?;
        out.push_str(match &after[1..close] {
            "number" => &parts.number,
            "customer" => &parts.customer,
            "name" => &parts.name,
            "branch" => &parts.branch,
            _ => return None,
        });
        rest = &after[close + 1..];
    }
    out.push_str(rest);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts() -> Parts {
        Parts {
            number: "S000123".into(),
            customer: "C000045".into(),
            name: "Siti Nur'aini Ké".into(),
            branch: "JKT-1".into(),
        }
    }

    #[test]
    fn a_pattern_gives_a_valid_name_and_alternatives_when_it_is_taken() {
        for (pattern, nth, name) in [
            ("{number}", 1, "s000123"),
            ("{name}@sambung.net", 1, "sitinurainik@sambung.net"),
            ("{name}@sambung.net", 2, "sitinurainik2@sambung.net"),
            ("{Customer}.{BRANCH}", 1, "c000045.jkt-1"),
            ("{number}", 12, "s00012312"),
        ] {
            let made = make(pattern, &parts(), nth).unwrap();
            assert_eq!(made, name, "{pattern}");
            assert_eq!(parse(&made).unwrap(), made);
        }
    }

    #[test]
    fn a_name_without_letters_and_a_very_long_one_still_give_valid_names() {
        let chinese = Parts { name: "王小明".into(), ..parts() };
        assert_eq!(make("{name}@net", &chinese, 3).unwrap(), "user3@net");
        let long = Parts { number: "9".repeat(80), ..parts() };
        let pattern = format!("{{number}}{{number}}@{}", "r".repeat(80));
        let name = make(&pattern, &long, 99).unwrap();
        assert!(name.len() <= MAX_LEN && name.contains("99@"), "{name}");
    }

    #[test]
    fn wrong_patterns_and_names_are_refused() {
        for pattern in ["{number}", "{name}@isp.net", "pppoe-{customer}"] {
            check_pattern(pattern).unwrap();
        }
        for pattern in ["", "tetap", "{branch}", "{nomor}", "{number", "{name} isp", "{name}+x"] {
            assert!(check_pattern(pattern).is_err(), "{pattern}");
        }
        assert!(make("{nomor}", &parts(), 1).is_err());
        assert_eq!(parse(" Budi@Net ").unwrap(), "budi@net");
        for name in ["", "a b", "budi+1", "budi'", &"x".repeat(65)] {
            assert!(parse(name).is_err(), "{name}");
        }
    }
}
