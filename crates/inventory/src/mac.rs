//! A hardware address, whatever notation it came in; shown and stored as `AA:BB:CC:DD:EE:FF`.

/// Reads `aa:bb:cc:dd:ee:ff`, `AA-BB-CC-DD-EE-FF`, `aabb.ccdd.eeff` or `aabbccddeeff`. `None` for anything
/// else, for all zeroes and for a multicast address (no device has one).
pub fn normal(text: &str) -> Option<String> {
    let text = text.trim();
    let separators: Vec<char> = text.chars().filter(|c| !c.is_ascii_hexdigit()).collect();
    let groups: Vec<&str> = text.split([':', '-', '.']).collect();
    let evenly = match separators.as_slice() {
        [] => groups.len() == 1,
        [first, rest @ ..] => {
            rest.iter().all(|c| c == first)
                && match first {
                    ':' | '-' => groups.len() == 6 && groups.iter().all(|g| g.len() == 2),
                    '.' => groups.len() == 3 && groups.iter().all(|g| g.len() == 4),
                    _ => false,
                }
        }
    };
    let hex = groups.concat().to_ascii_uppercase();
    if !evenly || hex.len() != 12 || hex.bytes().all(|b| b == b'0') {
        return None;
    }
    let first = u8::from_str_radix(hex.get(..2)?, 16).ok()?;
    if first & 1 == 1 {
        return None;
    }
    let pairs: Vec<&str> = (0..6).filter_map(|n| hex.get(n * 2..n * 2 + 2)).collect();
    Some(pairs.join(":"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_usual_notation_is_one_address() {
        for text in [
            "4c:5e:0c:11:22:aa", "4C-5E-0C-11-22-AA", "4c5e.0c11.22aa", " 4c5e0c1122aa ",
        ] {
            assert_eq!(normal(text).as_deref(), Some("4C:5E:0C:11:22:AA"), "{text}");
        }
    }

    #[test]
    fn what_no_device_has_is_no_address() {
        for text in [
            "", "4c:5e:0c:11:22", "4c:5e:0c:11:22:aa:bb", "zz:5e:0c:11:22:aa", "00:00:00:00:00:00",
            "ff:ff:ff:ff:ff:ff", "4c:5e-0c:11:22:aa", "4c5e:0c11:22aa", "01:00:5e:00:00:01",
            "4c5e0c1122aaé", "ZTEGC8F12345",
        ] {
            assert_eq!(normal(text), None, "{text}");
        }
    }
}
