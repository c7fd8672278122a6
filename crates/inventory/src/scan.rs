//! What a scanner or a thumb gives: serial, MAC, or both in one code.

use serde_json::Value;

use crate::mac;

/// What a code says. A plain code of twelve hex digits may be either: both are given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    pub serial: Option<String>,
    pub mac: Option<String>,
}

/// A serial as stored: upper case, no spaces; 3 to 64 of `A-Z 0-9 - _ . / #`. `None` for anything else.
pub fn serial(text: &str) -> Option<String> {
    let serial = text.trim().to_ascii_uppercase();
    let known = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || "-_./#".contains(c);
    ((3..=64).contains(&serial.len()) && serial.chars().all(known)).then_some(serial)
}

/// The text of our own label's QR code.
pub fn label(serial: &str, mac: Option<&str>) -> String {
    mac.map_or_else(|| format!("SN:{serial}"), |mac| format!("SN:{serial};MAC:{mac}"))
}

/// Reads a plain serial or MAC, `SN:…;MAC:…` in the makers' spellings, or a JSON object with such keys.
/// `None` when nothing can be made of it.
pub fn read(code: &str) -> Option<Scan> {
    let code = code.trim();
    if let Some(found) = json(code).or_else(|| pairs(code)) {
        return Some(found);
    }
    let found = Scan { serial: serial(code), mac: mac::normal(code) };
    (found != Scan::default()).then_some(found)
}

fn json(code: &str) -> Option<Scan> {
    if !code.starts_with('{') {
        return None;
    }
    let Ok(Value::Object(map)) = serde_json::from_str::<Value>(code) else { return None };
    let mut found = Scan::default();
    for (key, value) in &map {
        if let Some(text) = value.as_str() {
            take(&mut found, key, text);
        }
    }
    (found != Scan::default()).then_some(found)
}

fn pairs(code: &str) -> Option<Scan> {
    let mut found = Scan::default();
    for part in code.split([';', ',', '&', '\n', '\r', '\t', ' ', '?']) {
        let Some(cut) = part.find([':', '=']) else { continue };
        let (key, value) = part.split_at(cut);
        take(&mut found, key, value.get(1..).unwrap_or_default());
    }
    (found != Scan::default()).then_some(found)
}

fn take(found: &mut Scan, key: &str, value: &str) {
    let key: String = key.chars().filter(char::is_ascii_alphanumeric).collect();
    match key.to_ascii_lowercase().as_str() {
        "sn" | "serial" | "serialno" | "serialnumber" | "gponsn" | "ponsn" => {
            found.serial = found.serial.take().or_else(|| serial(value));
        }
        "mac" | "macaddress" | "wanmac" => {
            found.mac = found.mac.take().or_else(|| mac::normal(value));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn scan(serial: Option<&str>, mac: Option<&str>) -> Option<Scan> {
        Some(Scan { serial: serial.map(Into::into), mac: mac.map(Into::into) })
    }

    #[test]
    fn labels_of_makers_and_our_own_are_read() {
        let both = scan(Some("ZTEGC8F12345"), Some("4C:5E:0C:11:22:AA"));
        for code in [
            "SN:ZTEGC8F12345;MAC:4C:5E:0C:11:22:AA",
            "sn=ztegc8f12345&mac=4c5e0c1122aa",
            "S/N: ZTEGC8F12345\nMAC:4C-5E-0C-11-22-AA".replace(": ", ":").as_str(),
            r#"{"sn":"ZTEGC8F12345","mac":"4c5e.0c11.22aa","model":"F670"}"#,
            "https://isp.example/i?sn=ZTEGC8F12345&mac=4C5E0C1122AA",
        ] {
            assert_eq!(read(code), both, "{code}");
        }
        assert_eq!(read(&label("HWTC-1", Some("4C:5E:0C:11:22:AA"))).unwrap().serial.unwrap(), "HWTC-1");
        assert_eq!(read(&label("HWTC-1", None)), scan(Some("HWTC-1"), None));
    }

    #[test]
    fn a_plain_code_is_a_serial_a_mac_or_maybe_both() {
        assert_eq!(read(" ztegc8f12345 "), scan(Some("ZTEGC8F12345"), None));
        assert_eq!(read("4c:5e:0c:11:22:aa"), scan(None, Some("4C:5E:0C:11:22:AA")));
        assert_eq!(read("4c5e0c1122aa"), scan(Some("4C5E0C1122AA"), Some("4C:5E:0C:11:22:AA")));
        for code in ["", "ab", "{", "serial nomor", "{\"sn\":1}"] {
            assert_eq!(read(code), None, "{code}");
        }
    }

    proptest! {
        #[test]
        fn reading_never_fails_and_gives_only_clean_texts(code in "\\PC{0,80}") {
            if let Some(found) = read(&code) {
                prop_assert!(found.serial.iter().all(|s| serial(s).as_ref() == Some(s)));
                prop_assert!(found.mac.iter().all(|m| mac::normal(m).as_ref() == Some(m)));
            }
        }
    }
}
