//! Attributes by name: what a profile may send to which vendor's NAS, checked when it is written, so
//! that a typing error never reaches a customer's login.

mod table;
mod value;

use crate::kind::vendor;

/// Whose attribute it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Vendor {
    /// Of the RFCs: every NAS understands it.
    Standard,
    Mikrotik,
    Microsoft,
    Cisco,
    /// Both of Juniper's numbers: 2636 and, for broadband routers, 4874 (ERX).
    Juniper,
    Huawei,
}

impl Vendor {
    pub const ALL: [Self; 6] =
        [Self::Standard, Self::Mikrotik, Self::Microsoft, Self::Cisco, Self::Juniper, Self::Huawei];
    /// The word used in profiles and NAS records: `mikrotik`, `standard`, …
    pub const fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Mikrotik => "mikrotik",
            Self::Microsoft => "microsoft",
            Self::Cisco => "cisco",
            Self::Juniper => "juniper",
            Self::Huawei => "huawei",
        }
    }
    /// Reads [`Vendor::name`], in any case.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|v| v.name().eq_ignore_ascii_case(name.trim()))
    }
}

/// How a value is written as text and as bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Any text of 1 to 247 bytes (253 for standard attributes).
    Text,
    /// A number from 0 to 4294967295.
    Number,
    /// One of these names, or a number.
    Named(&'static [(&'static str, u32)]),
    /// `10.0.0.1`.
    Ipv4,
    /// `2001:db8::1`.
    Ipv6,
    /// `2001:db8::/56`.
    Ipv6Prefix,
    /// MikroTik's queue: `rx[/tx] [burst [threshold [time [priority [minimum]]]]]`, each `rx/tx`;
    /// rates in bit/s with `k`, `M` or `G`, seen from the router (rx = what the customer sends).
    RateLimit,
    /// Cisco's `protocol:attribute=value`, `*` instead of `=` for optional ones.
    AvPair,
    /// Text with a tag (RFC 2868 section 3): the name may end in `:1` to `:31`; without it, tag 1.
    TaggedText,
    /// Bytes as `0x…`, or plain text.
    Octets,
}

/// One attribute of the dictionary.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    pub name: &'static str,
    pub vendor: Vendor,
    /// The vendor's private enterprise number; 0 for standard attributes.
    pub enterprise: u32,
    pub kind: u8,
    pub format: Format,
    /// May stand in a profile. The others (passwords, signatures, what a NAS reports, what this server
    /// sets by itself) are known by name only.
    pub in_profiles: bool,
}

/// Why an attribute cannot be written. Each variant has an English sentence (`Display`) and an
/// Indonesian one ([`AttributeError::indonesian`]).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AttributeError {
    #[error("there is no attribute \"{name}\"{}", suggest(" - did you mean ", *.similar))]
    Unknown { name: String, similar: Option<&'static str> },
    #[error("\"{name}\" belongs to {vendor}, not to {asked}")]
    OtherVendor { name: &'static str, vendor: &'static str, asked: String },
    #[error("there is no vendor \"{0}\"; known are standard, mikrotik, cisco, juniper and huawei")]
    UnknownVendor(String),
    #[error("\"{0}\" cannot stand in a profile: the server or the NAS sets it by itself")]
    NotForProfiles(&'static str),
    #[error("\"{value}\" is no value for \"{name}\": {expected} is expected, such as {example}")]
    Value {
        name: &'static str,
        value: String,
        expected: &'static str,
        expected_id: &'static str,
        example: &'static str,
    },
    #[error("the value of \"{0}\" is longer than an attribute can hold")]
    TooLong(&'static str),
}

fn suggest(words: &str, similar: Option<&str>) -> String {
    similar.map(|name| format!("{words}\"{name}\"?")).unwrap_or_default()
}

impl AttributeError {
    /// The same in Bahasa Indonesia.
    pub fn indonesian(&self) -> String {
        match self {
            Self::Unknown { name, similar } => {
                format!("Atribut \"{name}\" tidak dikenal{}", suggest(" - maksud Anda ", *similar))
            }
            Self::OtherVendor { name, vendor, asked } => {
                format!("\"{name}\" milik {vendor}, bukan {asked}")
            }
            Self::UnknownVendor(vendor) => format!(
                "Vendor \"{vendor}\" tidak dikenal; pilihannya standard, mikrotik, cisco, juniper, huawei"
            ),
            Self::NotForProfiles(name) => {
                format!("\"{name}\" tidak boleh ada di profil: diisi sendiri oleh server atau NAS")
            }
            Self::Value { name, value, expected_id, example, .. } => format!(
                "\"{value}\" bukan nilai untuk \"{name}\": seharusnya {expected_id}, misalnya {example}"
            ),
            Self::TooLong(name) => format!("Nilai \"{name}\" terlalu panjang untuk satu atribut"),
        }
    }
}

/// All attributes known, in the order of vendor and number.
pub fn entries() -> impl Iterator<Item = &'static Entry> {
    table::ENTRIES.iter()
}

/// Finds an attribute by its name, in any case; a tag at its end (`:1`) does not count.
pub fn find(name: &str) -> Option<&'static Entry> {
    let name = untagged(name.trim()).0;
    entries().find(|e| e.name.eq_ignore_ascii_case(name))
}

/// The name of an attribute as found in a packet; `enterprise` is 0 for standard ones.
pub fn name_of(enterprise: u32, kind: u8) -> Option<&'static str> {
    entries().find(|e| e.enterprise == enterprise && e.kind == kind).map(|e| e.name)
}

fn untagged(name: &str) -> (&str, Option<u8>) {
    let split = name.rsplit_once(':').and_then(|(head, tag)| Some((head, tag.parse::<u8>().ok()?)));
    match split {
        Some((head, tag @ 1..=31)) => (head, Some(tag)),
        _ => (name, None),
    }
}

/// One attribute as it stands in a packet, its envelope included.
///
/// # Errors
/// [`AttributeError`], in words that the person who typed it understands.
pub fn encode(name: &str, value: &str) -> Result<Vec<u8>, AttributeError> {
    let entry = find(name).ok_or_else(|| unknown(name))?;
    if !entry.in_profiles {
        return Err(AttributeError::NotForProfiles(entry.name));
    }
    let tag = untagged(name.trim()).1.unwrap_or(1);
    envelope(entry, &value::encode(entry, value, tag)?)
}

/// Like [`encode`], and the attribute must be one that `vendor`'s NAS understands: its own, a standard
/// one or (since all of them speak MS-CHAP) Microsoft's.
///
/// # Errors
/// [`AttributeError`], in words that the person who typed it understands.
pub fn encode_for(vendor: &str, name: &str, value: &str) -> Result<Vec<u8>, AttributeError> {
    let asked = Vendor::from_name(vendor)
        .ok_or_else(|| AttributeError::UnknownVendor(vendor.to_owned()))?;
    let entry = find(name).ok_or_else(|| unknown(name))?;
    let fits =
        entry.vendor == asked || matches!(entry.vendor, Vendor::Standard | Vendor::Microsoft);
    if !fits {
        return Err(AttributeError::OtherVendor {
            name: entry.name,
            vendor: entry.vendor.name(),
            asked: asked.name().to_owned(),
        });
    }
    encode(name, value)
}

fn envelope(entry: &Entry, value: &[u8]) -> Result<Vec<u8>, AttributeError> {
    let too_long = |_| AttributeError::TooLong(entry.name);
    let mut bytes = Vec::with_capacity(value.len() + 8);
    if entry.enterprise != 0 {
        let outer = u8::try_from(value.len() + 8).map_err(too_long)?;
        bytes.extend([crate::kind::VENDOR_SPECIFIC, outer]);
        bytes.extend(entry.enterprise.to_be_bytes());
    }
    bytes.extend([entry.kind, u8::try_from(value.len() + 2).map_err(too_long)?]);
    bytes.extend(value);
    Ok(bytes)
}

fn unknown(name: &str) -> AttributeError {
    let bare = untagged(name.trim()).0.to_ascii_lowercase();
    let similar = entries()
        .filter(|e| e.in_profiles)
        .map(|e| (distance(&bare, &e.name.to_ascii_lowercase()), e.name))
        .min()
        .filter(|(distance, _)| *distance <= 1 + bare.len() / 5)
        .map(|(_, name)| name);
    AttributeError::Unknown { name: name.to_owned(), similar }
}

/// Levenshtein's distance: how many letters differ.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut corner = i;
        let mut left = i + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (slot, y) in row.iter_mut().skip(1).zip(b.bytes()) {
            let best = (corner + usize::from(x != y)).min(*slot + 1).min(left + 1);
            corner = *slot;
            *slot = best;
            left = best;
        }
    }
    row.last().copied().unwrap_or_default()
}

/// MikroTik's rate limit for a customer's speeds in kbit/s. The router counts from its own side: what
/// it receives is the customer's upload, so upload stands first.
pub fn mikrotik_rate_limit(down_kbps: u32, up_kbps: u32) -> String {
    let rate = |kbps: u32| {
        if kbps >= 1_000 && kbps.is_multiple_of(1_000) {
            format!("{}M", kbps / 1_000)
        } else {
            format!("{kbps}k")
        }
    };
    format!("{}/{}", rate(up_kbps), rate(down_kbps))
}

const _: () = assert!(vendor::MIKROTIK == 14988);

#[cfg(test)]
mod tests;
