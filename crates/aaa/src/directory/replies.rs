//! What a profile tells a NAS, encoded ahead for each vendor.

use network::{ReplyProfile, Vendor};
use radius::dictionary;
use radius::kind;
use radius::packet::Attributes;

/// A profile's attributes as they stand in an Access-Accept.
#[derive(Debug)]
pub struct Replies {
    pub code: String,
    pub isolates: bool,
    by_vendor: [Wire; Vendor::ALL.len()],
    /// What could not be encoded: shown to NOC. The customer is accepted without that attribute, since
    /// a typing error in a profile must not put its customers off line.
    pub problems: Vec<String>,
}

#[derive(Debug, Default)]
struct Wire {
    accept: Box<[u8]>,
    /// The part of it that a CoA-Request can change on a live session.
    change: Box<[u8]>,
    names_pool: bool,
    wants_mppe: bool,
}

/// On a MikroTik a CoA moves the session to the address list it names, and leaves it where it is when
/// it names none. So a way back from `isolir` needs a list of its own.
const MIKROTIK_NORMAL_LIST: &str = "aktif";
const MIKROTIK_ADDRESS_LIST: &str = "Mikrotik-Address-List";

impl Replies {
    /// Encodes the profile for every vendor.
    pub fn encode(profile: &ReplyProfile) -> Self {
        let mut problems = Vec::new();
        let by_vendor = std::array::from_fn(|index| {
            let vendor = Vendor::ALL.get(index).copied().unwrap_or(Vendor::Standard);
            Wire::encode(profile, vendor, &mut problems)
        });
        problems.sort();
        problems.dedup();
        Self { code: profile.code.clone(), isolates: profile.isolates, by_vendor, problems }
    }

    fn wire(&self, vendor: Vendor) -> Option<&Wire> {
        Vendor::ALL.iter().zip(&self.by_vendor).find(|(v, _)| **v == vendor).map(|(_, wire)| wire)
    }
    /// The attributes of an Access-Accept.
    pub fn accept(&self, vendor: Vendor) -> &[u8] {
        self.wire(vendor).map(|w| &*w.accept).unwrap_or_default()
    }
    /// The attributes of a CoA-Request.
    pub fn change(&self, vendor: Vendor) -> &[u8] {
        self.wire(vendor).map(|w| &*w.change).unwrap_or_default()
    }
    /// The profile gives addresses from a pool.
    pub fn names_pool(&self, vendor: Vendor) -> bool {
        self.wire(vendor).is_some_and(|w| w.names_pool)
    }
    /// The profile asks for link encryption, so that an accept must carry keys.
    pub fn wants_mppe(&self, vendor: Vendor) -> bool {
        self.wire(vendor).is_some_and(|w| w.wants_mppe)
    }
}

impl Wire {
    fn encode(profile: &ReplyProfile, vendor: Vendor, problems: &mut Vec<String>) -> Self {
        let mut wire = Self::default();
        let mut accept = Vec::new();
        let mut change = Vec::new();
        let mut names_list = false;
        for (name, value) in profile.for_vendor(vendor) {
            let bytes = match dictionary::encode_for(vendor.as_str(), &name, &value) {
                Ok(bytes) => bytes,
                Err(error) => {
                    problems.push(format!("{}: {error}", profile.code));
                    continue;
                }
            };
            names_list |= name.eq_ignore_ascii_case(MIKROTIK_ADDRESS_LIST);
            for attribute in Attributes::of(&bytes) {
                wire.names_pool |= attribute.kind == kind::FRAMED_POOL;
                wire.wants_mppe |= asks_for_mppe(&attribute);
                if changes_live(attribute.kind) {
                    change.extend(&bytes);
                }
            }
            accept.extend(bytes);
        }
        if vendor == Vendor::Mikrotik && !profile.isolates && !names_list {
            let list = dictionary::encode(MIKROTIK_ADDRESS_LIST, MIKROTIK_NORMAL_LIST);
            change.extend(list.unwrap_or_default());
        }
        wire.accept = accept.into();
        wire.change = change.into();
        wire
    }
}

/// Whether a NAS can change this on a live session. Addresses and pools need a new session; Service-Type
/// means something else in a CoA-Request (RFC 5176 section 3.1); the interval is fixed at the start.
const fn changes_live(kind: u8) -> bool {
    !matches!(
        kind,
        kind::SERVICE_TYPE
            | kind::FRAMED_PROTOCOL
            | kind::FRAMED_IP_ADDRESS
            | kind::FRAMED_IP_NETMASK
            | kind::FRAMED_POOL
            | kind::ACCT_INTERIM_INTERVAL
            | kind::REPLY_MESSAGE
    )
}

fn asks_for_mppe(attribute: &radius::Attribute<'_>) -> bool {
    let inside = attribute.vendor().filter(|v| v.vendor == kind::vendor::MICROSOFT);
    inside.is_some_and(|mut v| v.any(|a| a.kind == kind::microsoft::MPPE_ENCRYPTION_POLICY))
}

#[cfg(test)]
mod tests {
    use super::*;
    use network::VendorAttribute;

    fn profile(isolates: bool, attributes: &[(Vendor, &str, &str)]) -> ReplyProfile {
        ReplyProfile {
            id: kernel::ProfileId::nil(),
            code: "P".into(),
            rate_down_kbps: 20_000,
            rate_up_kbps: 20_000,
            isolates,
            attributes: attributes
                .iter()
                .map(|(vendor, name, value)| VendorAttribute {
                    vendor: *vendor,
                    name: (*name).into(),
                    value: (*value).into(),
                })
                .collect(),
        }
    }

    #[test]
    fn a_mistyped_attribute_is_left_out_and_reported() {
        let replies = Replies::encode(&profile(
            false,
            &[
                (Vendor::Standard, "Framed-Pool", "pool1"),
                (Vendor::Standard, "Session-Timeout", "soon"),
                (Vendor::Mikrotik, "Mikrotik-Adress-List", "x"),
            ],
        ));
        assert_eq!(replies.problems.len(), 2, "{:?}", replies.problems);
        let kinds: Vec<u8> =
            Attributes::of(replies.accept(Vendor::Mikrotik)).map(|a| a.kind).collect();
        assert_eq!(kinds, [88, 26]);
        assert!(replies.names_pool(Vendor::Mikrotik));
        let kinds: Vec<u8> =
            Attributes::of(replies.accept(Vendor::Huawei)).map(|a| a.kind).collect();
        assert_eq!(kinds, [88]);
    }

    #[test]
    fn a_change_carries_only_what_a_live_session_can_change_and_leaves_the_isolation_list() {
        let full = Replies::encode(&profile(false, &[(Vendor::Standard, "Framed-Pool", "p")]));
        let change = full.change(Vendor::Mikrotik);
        let vendor: Vec<(u8, String)> = Attributes::of(change)
            .filter_map(|a| a.vendor())
            .flatten()
            .map(|a| (a.kind, a.text().unwrap().to_owned()))
            .collect();
        assert_eq!(vendor, [(8, "20M/20M".into()), (19, "aktif".into())]);
        let isolated = Replies::encode(&profile(
            true,
            &[
                (Vendor::Mikrotik, "Mikrotik-Address-List", "isolir"),
                (Vendor::Mikrotik, "Mikrotik-Rate-Limit", "64k/64k"),
            ],
        ));
        assert_eq!(isolated.change(Vendor::Mikrotik), isolated.accept(Vendor::Mikrotik));
    }

    #[test]
    fn keys_are_sent_only_where_encryption_is_asked_for() {
        let plain = Replies::encode(&profile(false, &[]));
        assert!(!plain.wants_mppe(Vendor::Mikrotik));
        let sealed = Replies::encode(&profile(
            false,
            &[(Vendor::Standard, "MS-MPPE-Encryption-Policy", "Encryption-Required")],
        ));
        assert!(sealed.wants_mppe(Vendor::Mikrotik));
    }
}
