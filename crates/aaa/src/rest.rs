//! Requests and answers as FreeRADIUS 3.2's rlm_rest writes them in JSON, and the packets they stand for.
//!
//! A request is made into the packet that the router would have sent here, so that the one engine answers it:
//! it checks the password by whatever method was used, and no password leaves this program.

use std::net::{Ipv4Addr, Ipv6Addr};

use radius::dictionary::{self, Entry, Format};
use radius::kind::{self, microsoft, vendor};
use radius::{Attribute, Buffer, Builder, Code, Packet, Secret, accounting, mppe, password};
use serde_json::{Map, Value, json};

use crate::engine::Port;

/// Why a request can't be understood; said to whoever set FreeRADIUS up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable(pub &'static str);

/// What makes one login another than the next, where a router would have put random bytes.
#[derive(Clone, Copy, Debug)]
pub struct Stamp(pub [u8; 16]);

/// An answer, for the body of a response.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    pub code: Code,
    pub attributes: Map<String, Value>,
}

/// Writes the packet that a request's attributes make, signed with the secret of the router that sent it.
/// Attributes that no answer depends on, and that this program has no name for, are left out.
///
/// # Errors
/// [`Unreadable`].
pub fn request<'r>(
    body: &[u8],
    port: Port,
    secret: &Secret,
    stamp: Stamp,
    room: &'r mut Buffer,
) -> Result<&'r [u8], Unreadable> {
    // A password that came out as no text must be refused by its own name, not as bad JSON.
    let text = String::from_utf8_lossy(body);
    let named: Map<String, Value> =
        serde_json::from_str(&text).map_err(|_| Unreadable("the body is no JSON object"))?;
    let (code, stamp) = match port {
        Port::Auth => (Code::AccessRequest, stamp.0),
        Port::Acct => (Code::AccountingRequest, [0; 16]),
    };
    let mut packet = Builder::request(room, code, 0, &stamp).message_authenticator();
    for (name, said) in &named {
        let Some(entry) = dictionary::find(name) else { continue };
        if is_of_the_hop(entry.enterprise, entry.kind) {
            continue;
        }
        let octets = said["type"].as_str() == Some("octets");
        for value in values(&said["value"]) {
            let Some(bytes) = bytes_of(entry, octets, value) else { continue };
            match (entry.enterprise, entry.kind) {
                (0, kind::USER_PASSWORD) => packet.put_user_password(&bytes, secret),
                (0, kind) => packet.put(kind, &bytes),
                (enterprise, kind) => packet.put_vendor(enterprise, kind, &bytes),
            };
        }
    }
    let signed = match port {
        Port::Auth => packet.sign_request(secret),
        Port::Acct => packet.sign_hashed_request(secret),
    };
    signed.map_err(|_| Unreadable("the attributes do not fit into a packet"))
}

/// What belongs to the packet between the router and FreeRADIUS alone.
const fn is_of_the_hop(enterprise: u32, kind: u8) -> bool {
    enterprise == 0 && matches!(kind, kind::MESSAGE_AUTHENTICATOR | kind::PROXY_STATE)
}

/// One value or a list of them.
fn values(value: &Value) -> &[Value] {
    match value {
        Value::Array(all) => all,
        Value::Null => &[],
        one => std::slice::from_ref(one),
    }
}

fn bytes_of(entry: &Entry, octets: bool, value: &Value) -> Option<Vec<u8>> {
    let text = value.as_str();
    if octets {
        return hex(text?);
    }
    let number = |n: u32| n.to_be_bytes().to_vec();
    let whole = value.as_u64().and_then(|n| u32::try_from(n).ok());
    let whole = whole.or_else(|| text?.parse().ok());
    match entry.format {
        Format::Number if entry.kind == kind::ACCT_TERMINATE_CAUSE && entry.enterprise == 0 => {
            whole.or_else(|| cause(text?)).map(number)
        }
        Format::Number => whole.map(number),
        Format::Named(names) => {
            let by_name = || names.iter().find(|(n, _)| Some(*n) == text).map(|(_, n)| *n);
            whole.or_else(by_name).map(number)
        }
        Format::Ipv4 => text?.parse::<Ipv4Addr>().ok().map(|ip| ip.octets().to_vec()),
        Format::Ipv6 => text?.parse::<Ipv6Addr>().ok().map(|ip| ip.octets().to_vec()),
        Format::Ipv6Prefix => None,
        Format::Text | Format::RateLimit | Format::AvPair | Format::TaggedText | Format::Octets => {
            text.map(|t| t.as_bytes().to_vec())
        }
    }
}

fn cause(name: &str) -> Option<u32> {
    (1..=18).find(|n| accounting::terminate_cause(*n) == name)
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_prefix("0x")?.as_bytes();
    let (pairs, odd) = digits.as_chunks::<2>();
    let digit = |c: u8| char::from(c).to_digit(16).and_then(|d| u8::try_from(d).ok());
    let byte = |[a, b]: &[u8; 2]| Some(digit(*a)? << 4 | digit(*b)?);
    if odd.is_empty() { pairs.iter().map(byte).collect() } else { None }
}

/// Reads the reply to the packet `asked`, as rlm_rest is told it: attributes by name, never expanded
/// (`do_xlat`), since they hold what people typed. Nothing when it is no packet.
pub fn reply(reply: &[u8], asked: &[u8], secret: &Secret) -> Option<Told> {
    let (reply, asked) = (Packet::parse(reply).ok()?, Packet::parse(asked).ok()?);
    let mut attributes = Map::new();
    let mut put = |name: String, value: String| {
        let said = attributes
            .entry(format!("reply:{name}"))
            .or_insert_with(|| json!({ "op": ":=", "do_xlat": false, "value": [] }));
        if let Some(all) = said["value"].as_array_mut() {
            all.push(Value::String(value));
        }
    };
    for attribute in reply.attributes() {
        if is_of_the_hop(0, attribute.kind) {
            continue;
        }
        let Some(inside) = attribute.vendor() else {
            if let Some((name, value)) = named(0, &attribute) {
                put(name, value);
            }
            continue;
        };
        let enterprise = inside.vendor;
        for one in inside {
            let clear = (enterprise == vendor::MICROSOFT)
                .then(|| uncovered(&one, secret, asked.authenticator()))
                .flatten();
            match clear {
                Some((name, value)) => put(name.to_owned(), value),
                None => {
                    if let Some((name, value)) = named(enterprise, &one) {
                        put(name, value);
                    }
                }
            }
        }
    }
    let code = reply.code()?;
    if code == Code::AccessAccept {
        let accept = json!({ "op": ":=", "do_xlat": false, "value": ["Accept"] });
        attributes.insert("control:Auth-Type".to_owned(), accept);
    }
    Some(Told { code, attributes })
}

/// Keys are hidden in a packet; FreeRADIUS hides them itself.
fn uncovered(
    one: &Attribute<'_>,
    secret: &Secret,
    authenticator: &[u8; 16],
) -> Option<(&'static str, String)> {
    match one.kind {
        microsoft::CHAP_MPPE_KEYS => {
            let mut room = [0; password::HIDDEN_BYTES_MAX];
            let keys = password::reveal(one.value, secret, authenticator, &mut room)?;
            Some(("MS-CHAP-MPPE-Keys", shown(keys.get(..24)?)))
        }
        microsoft::MPPE_SEND_KEY | microsoft::MPPE_RECV_KEY => {
            let key = mppe::reveal_key(one.value, secret, authenticator)?;
            Some((dictionary::name_of(vendor::MICROSOFT, one.kind)?, shown(&key)))
        }
        // Its first byte is a number and the rest text; FreeRADIUS has it as text.
        microsoft::CHAP_ERROR => {
            let (ident, rest) = one.value.split_first()?;
            let rest = std::str::from_utf8(rest).ok()?;
            Some(("MS-CHAP-Error", format!("\\{ident:03o}{rest}")))
        }
        _ => None,
    }
}

fn named(enterprise: u32, one: &Attribute<'_>) -> Option<(String, String)> {
    let name = dictionary::name_of(enterprise, one.kind)?;
    let entry = dictionary::find(name)?;
    let text = |bytes: &[u8]| std::str::from_utf8(bytes).ok().map(escaped);
    let value = match entry.format {
        Format::Text | Format::RateLimit | Format::AvPair => text(one.value)?,
        Format::Number | Format::Named(_) => one.number()?.to_string(),
        Format::Ipv4 => one.address()?.to_string(),
        Format::Ipv6 => Ipv6Addr::from(<[u8; 16]>::try_from(one.value).ok()?).to_string(),
        Format::Ipv6Prefix => {
            let ([_, bits], rest) = one.value.split_first_chunk::<2>()?;
            let mut whole = [0; 16];
            whole.get_mut(..rest.len())?.copy_from_slice(rest);
            format!("{}/{bits}", Ipv6Addr::from(whole))
        }
        Format::TaggedText => {
            let (tag, rest) = one.value.split_first()?;
            return Some((format!("{name}:{tag}"), text(rest)?));
        }
        Format::Octets => shown(one.value),
    };
    Some((name.to_owned(), value))
}

/// FreeRADIUS reads backslashes in a text as the beginning of something else.
pub fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
}

fn shown(bytes: &[u8]) -> String {
    bytes.iter().fold("0x".to_owned(), |text, byte| text + &format!("{byte:02x}"))
}

#[cfg(test)]
mod tests;
