use std::collections::HashSet;

use super::*;
use crate::packet::Attributes;

#[test]
fn names_and_numbers_are_used_once() {
    let mut names = HashSet::new();
    let mut numbers = HashSet::new();
    for entry in entries() {
        assert!(names.insert(entry.name.to_ascii_lowercase()), "{}", entry.name);
        assert!(numbers.insert((entry.enterprise, entry.kind)), "{}", entry.name);
        assert_eq!(find(entry.name).unwrap().kind, entry.kind);
        assert_eq!(name_of(entry.enterprise, entry.kind), Some(entry.name));
    }
}

#[test]
fn right_values_become_the_right_bytes() {
    let mikrotik = |kind: u8, text: &str| {
        let mut bytes = vec![26, text.len() as u8 + 8, 0, 0, 0x3a, 0x8c];
        bytes.extend([kind, text.len() as u8 + 2]);
        bytes.extend(text.as_bytes());
        bytes
    };
    for (name, value, bytes) in [
        ("Mikrotik-Rate-Limit", "20M/20M", mikrotik(8, "20M/20M")),
        ("mikrotik-rate-limit", " 64k/64k ", mikrotik(8, "64k/64k")),
        ("Mikrotik-Address-List", "isolir", mikrotik(19, "isolir")),
        ("Framed-IP-Address", "10.1.2.3", vec![8, 6, 10, 1, 2, 3]),
        ("Session-Timeout", "900", vec![27, 6, 0, 0, 3, 132]),
        ("Service-Type", "framed-user", vec![6, 6, 0, 0, 0, 2]),
        ("Service-Type", "2", vec![6, 6, 0, 0, 0, 2]),
        ("Framed-Pool", "isolir", vec![88, 8, b'i', b's', b'o', b'l', b'i', b'r']),
        (
            "Delegated-IPv6-Prefix",
            "2001:db8::/56",
            vec![123, 11, 0, 56, 0x20, 1, 0x0d, 0xb8, 0, 0, 0],
        ),
        (
            "Huawei-Input-Average-Rate",
            "20000000",
            vec![26, 12, 0, 0, 0x07, 0xdb, 2, 6, 0x01, 0x31, 0x2d, 0],
        ),
        (
            "ERX-Service-Activate:2",
            "a(1)",
            vec![26, 13, 0, 0, 0x13, 0x0a, 65, 7, 2, b'a', b'(', b'1', b')'],
        ),
        (
            "Cisco-AVPair",
            "ip:a=b",
            vec![26, 14, 0, 0, 0, 9, 1, 8, b'i', b'p', b':', b'a', b'=', b'b'],
        ),
    ] {
        assert_eq!(encode(name, value).unwrap(), bytes, "{name} {value}");
    }
}

#[test]
fn rate_limits_follow_routeros_grammar() {
    for right in [
        "20M",
        "20M/20M",
        "1024k/2048k",
        "1000000/2000000",
        "10M/20M 15M/30M",
        "2M/4M 3M/5M 1M/2M 8/8",
        "2M/4M 3M/5M 1M/2M 8s/8s 5",
        "2M/4M 3M/5M 1M/2M 8/8 5 256k/512k",
        "0/0",
    ] {
        assert!(encode("Mikrotik-Rate-Limit", right).is_ok(), "{right}");
    }
    for wrong in [
        "",
        "20",
        "fast",
        "20Mbps",
        "20M/",
        "/20M",
        "20M/20M/20M",
        "20M 20M 20M x",
        "20M,20M",
        "-1M/2M",
        "2M/4M 3M/5M 1M/2M 8/8 9",
        "2M/4M 3M/5M 1M/2M 8/8 5 256k/512k 1",
        "1.5M/2M",
    ] {
        let plain_number = wrong == "20";
        assert_eq!(encode("Mikrotik-Rate-Limit", wrong).is_ok(), plain_number, "{wrong}");
    }
}

#[test]
fn wrong_attributes_are_refused_in_words() {
    let error = encode("Mikrotik-Rate-Limits", "20M/20M").unwrap_err();
    assert_eq!(
        error.to_string(),
        "there is no attribute \"Mikrotik-Rate-Limits\" - did you mean \"Mikrotik-Rate-Limit\"?"
    );
    let error = encode("Framed-IP-Address", "bukan-ip").unwrap_err();
    assert_eq!(
        error.indonesian(),
        "\"bukan-ip\" bukan nilai untuk \"Framed-IP-Address\": seharusnya alamat IPv4, \
         misalnya 10.10.0.1"
    );
    assert_eq!(
        encode("Xyz", "1").unwrap_err(),
        AttributeError::Unknown { name: "Xyz".into(), similar: None }
    );
    assert_eq!(
        encode("Message-Authenticator", "0x00").unwrap_err(),
        AttributeError::NotForProfiles("Message-Authenticator")
    );
    assert!(matches!(encode("Session-Timeout", "15m"), Err(AttributeError::Value { .. })));
    assert!(matches!(encode("Session-Timeout", "4294967296"), Err(AttributeError::Value { .. })));
    assert!(matches!(
        encode("Framed-IPv6-Prefix", "2001:db8::1/56"),
        Err(AttributeError::Value { .. })
    ));
    assert!(matches!(encode("Framed-IPv6-Prefix", "::/129"), Err(AttributeError::Value { .. })));
    assert!(matches!(encode("Cisco-AVPair", "no pair"), Err(AttributeError::Value { .. })));
    assert_eq!(
        encode("Mikrotik-Address-List", &"x".repeat(248)).unwrap_err(),
        AttributeError::TooLong("Mikrotik-Address-List")
    );
    assert!(encode("Mikrotik-Address-List", &"x".repeat(247)).is_ok());
    assert!(encode("Filter-Id", &"x".repeat(253)).is_ok());
    assert!(encode("Filter-Id", &"x".repeat(254)).is_err());
}

#[test]
fn a_nas_gets_only_what_its_vendor_understands() {
    assert!(encode_for("mikrotik", "Mikrotik-Rate-Limit", "1M/1M").is_ok());
    assert!(encode_for("huawei", "Session-Timeout", "60").is_ok());
    assert!(encode_for("Juniper", "ERX-Qos-Profile-Name", "p").is_ok());
    assert!(matches!(
        encode_for("cisco", "Mikrotik-Rate-Limit", "1M/1M"),
        Err(AttributeError::OtherVendor { vendor: "mikrotik", .. })
    ));
    assert!(matches!(
        encode_for("zte", "Session-Timeout", "60"),
        Err(AttributeError::UnknownVendor(_))
    ));
}

#[test]
fn every_encoded_attribute_reads_back_as_one_attribute() {
    for entry in entries().filter(|e| e.in_profiles) {
        let value = match entry.format {
            Format::Text | Format::TaggedText | Format::Octets => "abc",
            Format::Number | Format::Named(_) => "7",
            Format::Ipv4 => "10.0.0.1",
            Format::Ipv6 => "2001:db8::1",
            Format::Ipv6Prefix => "2001:db8::/32",
            Format::RateLimit => "1M/1M",
            Format::AvPair => "a=b",
        };
        let bytes = encode(entry.name, value).unwrap();
        let mut all = Attributes::of(&bytes);
        let attribute = all.next().unwrap();
        assert!(all.next().is_none());
        match attribute.vendor() {
            Some(inside) => {
                assert_eq!(inside.vendor, entry.enterprise);
                assert_eq!(inside.map(|a| a.kind).collect::<Vec<_>>(), [entry.kind]);
            }
            None => assert_eq!((attribute.kind, 0), (entry.kind, entry.enterprise)),
        }
    }
}

#[test]
fn mikrotik_counts_the_upload_first() {
    assert_eq!(mikrotik_rate_limit(20_000, 20_000), "20M/20M");
    assert_eq!(mikrotik_rate_limit(50_000, 10_000), "10M/50M");
    assert_eq!(mikrotik_rate_limit(512, 128), "128k/512k");
    assert_eq!(mikrotik_rate_limit(1_500, 64), "64k/1500k");
}
