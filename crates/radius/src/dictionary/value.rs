//! Text to bytes, by format.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{AttributeError, Entry, Format};

/// What is expected of a value: in English, in Indonesian, and an example.
type Expected = (&'static str, &'static str, &'static str);

pub(super) fn encode(entry: &Entry, text: &str, tag: u8) -> Result<Vec<u8>, AttributeError> {
    let bytes = match entry.format {
        Format::Text => plain(text).map(|t| t.as_bytes().to_vec()),
        Format::TaggedText => plain(text).map(|t| [&[tag], t.as_bytes()].concat()),
        Format::Number => number(text),
        Format::Named(names) => named(text, names).or_else(|| number(text)),
        Format::Ipv4 => text.trim().parse::<Ipv4Addr>().ok().map(|a| a.octets().to_vec()),
        Format::Ipv6 => text.trim().parse::<Ipv6Addr>().ok().map(|a| a.octets().to_vec()),
        Format::Ipv6Prefix => prefix(text.trim()),
        Format::RateLimit => {
            plain(text).filter(|t| is_rate_limit(t)).map(|t| t.as_bytes().to_vec())
        }
        Format::AvPair => plain(text).filter(|t| is_av_pair(t)).map(|t| t.as_bytes().to_vec()),
        Format::Octets => octets(text),
    };
    bytes.ok_or_else(|| {
        let (expected, expected_id, example) = expected(entry.format);
        AttributeError::Value {
            name: entry.name,
            value: text.to_owned(),
            expected,
            expected_id,
            example,
        }
    })
}

fn expected(format: Format) -> Expected {
    match format {
        Format::Text => ("text", "teks", "\"nama-profil\""),
        Format::TaggedText => ("text", "teks", "\"paket-20m\""),
        Format::Number => ("a whole number", "bilangan bulat", "300"),
        Format::Named(_) => ("one of its names or a number", "salah satu namanya atau angka", "2"),
        Format::Ipv4 => ("an IPv4 address", "alamat IPv4", "10.10.0.1"),
        Format::Ipv6 => ("an IPv6 address", "alamat IPv6", "2001:db8::1"),
        Format::Ipv6Prefix => ("an IPv6 prefix", "prefix IPv6", "2001:db8:1::/56"),
        Format::RateLimit => ("a rate limit rx/tx", "batas kecepatan rx/tx", "20M/20M"),
        Format::AvPair => {
            ("protocol:attribute=value", "protokol:atribut=nilai", "ip:addr-pool=isolir")
        }
        Format::Octets => ("bytes as 0x… or text", "byte 0x… atau teks", "0x0a0b"),
    }
}

/// Text that is not empty and holds no control characters.
fn plain(text: &str) -> Option<&str> {
    let text = text.trim();
    (!text.is_empty() && !text.chars().any(char::is_control)).then_some(text)
}

fn number(text: &str) -> Option<Vec<u8>> {
    text.trim().parse::<u32>().ok().map(|n| n.to_be_bytes().to_vec())
}

fn named(text: &str, names: &[(&str, u32)]) -> Option<Vec<u8>> {
    let found = names.iter().find(|(name, _)| name.eq_ignore_ascii_case(text.trim()));
    found.map(|(_, n)| n.to_be_bytes().to_vec())
}

/// Framed-IPv6-Prefix (RFC 3162 section 2.3): a reserved byte, the length in bits, the prefix.
fn prefix(text: &str) -> Option<Vec<u8>> {
    let (address, bits) = text.split_once('/')?;
    let (address, bits) = (address.parse::<Ipv6Addr>().ok()?, bits.parse::<u8>().ok()?);
    let host_bits = 128_u32.checked_sub(u32::from(bits))?;
    let is_prefix = host_bits == 0 || address.to_bits().trailing_zeros() >= host_bits;
    let bytes = usize::from(bits).div_ceil(8);
    is_prefix.then(|| [&[0, bits], address.octets().get(..bytes).unwrap_or_default()].concat())
}

fn octets(text: &str) -> Option<Vec<u8>> {
    let Some(hex) = text.trim().strip_prefix("0x") else {
        return plain(text).map(|t| t.as_bytes().to_vec());
    };
    let digits: Option<Vec<u8>> =
        hex.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect();
    let digits = digits.filter(|d| !d.is_empty() && d.len() % 2 == 0)?;
    Some(digits.as_chunks::<2>().0.iter().map(|[high, low]| high << 4 | low).collect())
}

fn is_av_pair(text: &str) -> bool {
    let Some((name, value)) = text.split_once(['=', '*']) else { return false };
    !name.trim().is_empty() && !value.is_empty() && !name.contains(char::is_whitespace)
}

/// `rx[/tx] [burst [threshold [time [priority [minimum]]]]]` (RouterOS manual, RADIUS client).
fn is_rate_limit(text: &str) -> bool {
    let mut fields = text.split_ascii_whitespace();
    let mut next = |check: fn(&str) -> bool| {
        fields.next().is_none_or(|field| {
            let mut sides = field.split('/');
            let both = sides.next().is_some_and(check) && sides.next().is_none_or(check);
            both && sides.next().is_none()
        })
    };
    let priority: fn(&str) -> bool = |p| matches!(p.parse::<u8>(), Ok(1..=8));
    let whole = next(is_rate)
        && next(is_rate)
        && next(is_rate)
        && next(|t| t.trim_end_matches('s').parse::<u32>().is_ok())
        && next(priority)
        && next(is_rate);
    whole && fields.next().is_none()
}

fn is_rate(text: &str) -> bool {
    let digits = text.strip_suffix(['k', 'K', 'M', 'm', 'G', 'g']).unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) && digits.len() <= 12
}
