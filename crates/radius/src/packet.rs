//! Reading a packet: lengths are checked once, after that everything is a view into the bytes.

use std::net::Ipv4Addr;

use crate::kind;

/// Code, identifier, length and authenticator.
pub const HEADER_BYTES: usize = 20;
/// The largest packet that RFC 2865 allows.
pub const PACKET_BYTES_MAX: usize = 4096;
/// The longest value of one attribute.
pub const VALUE_BYTES_MAX: usize = 253;

/// What a packet asks or answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Code {
    AccessRequest = 1,
    AccessAccept = 2,
    AccessReject = 3,
    AccountingRequest = 4,
    AccountingResponse = 5,
    AccessChallenge = 11,
    StatusServer = 12,
    DisconnectRequest = 40,
    DisconnectAck = 41,
    DisconnectNak = 42,
    CoaRequest = 43,
    CoaAck = 44,
    CoaNak = 45,
}

impl Code {
    /// The code for a packet's first byte, or nothing for codes that this program does not speak.
    pub const fn from_byte(byte: u8) -> Option<Self> {
        Some(match byte {
            1 => Self::AccessRequest,
            2 => Self::AccessAccept,
            3 => Self::AccessReject,
            4 => Self::AccountingRequest,
            5 => Self::AccountingResponse,
            11 => Self::AccessChallenge,
            12 => Self::StatusServer,
            40 => Self::DisconnectRequest,
            41 => Self::DisconnectAck,
            42 => Self::DisconnectNak,
            43 => Self::CoaRequest,
            44 => Self::CoaAck,
            45 => Self::CoaNak,
            _ => return None,
        })
    }
}

/// Why bytes are not a packet. Such bytes are dropped and counted, never answered (RFC 2865 section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    #[error("{0} bytes are fewer than the header's 20")]
    Short(usize),
    #[error("the length field says {0}, allowed are 20 to 4096")]
    Length(usize),
    #[error("the length field says {said}, but only {got} bytes came")]
    Truncated { said: usize, got: usize },
    #[error("the attribute at byte {0} runs past the end or is shorter than its own header")]
    Attribute(usize),
    #[error("the Message-Authenticator at byte {0} is not 16 bytes long")]
    MessageAuthenticatorLength(usize),
    #[error("there is more than one Message-Authenticator")]
    MessageAuthenticatorTwice,
}

/// A packet whose lengths were checked: every attribute lies inside it.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    bytes: &'a [u8],
    authenticator: &'a [u8; 16],
    attributes: &'a [u8],
    /// Where the Message-Authenticator's 16 bytes begin.
    message_authenticator: Option<usize>,
}

impl<'a> Packet<'a> {
    /// Checks all lengths in one pass. Bytes after the length that the packet names are padding and
    /// are left out (RFC 2865 section 3).
    ///
    /// # Errors
    /// [`Malformed`], naming the first thing that is wrong. Never panics, whatever the bytes.
    pub fn parse(datagram: &'a [u8]) -> Result<Self, Malformed> {
        let short = Malformed::Short(datagram.len());
        let [_, _, high, low, rest @ ..] = datagram else { return Err(short) };
        let authenticator = rest.first_chunk::<16>().ok_or(short)?;
        let said = usize::from(u16::from_be_bytes([*high, *low]));
        if !(HEADER_BYTES..=PACKET_BYTES_MAX).contains(&said) {
            return Err(Malformed::Length(said));
        }
        let truncated = Malformed::Truncated { said, got: datagram.len() };
        let bytes = datagram.get(..said).ok_or(truncated)?;
        let attributes = bytes.get(HEADER_BYTES..).ok_or(truncated)?;
        let message_authenticator = walk(attributes)?;
        Ok(Self { bytes, authenticator, attributes, message_authenticator })
    }

    /// The packet without padding.
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }
    /// The first byte; see [`Packet::code`].
    pub fn code_byte(&self) -> u8 {
        self.bytes.first().copied().unwrap_or_default()
    }
    /// The code, or nothing when this program does not speak it.
    pub fn code(&self) -> Option<Code> {
        Code::from_byte(self.code_byte())
    }
    /// The identifier that a reply repeats.
    pub fn identifier(&self) -> u8 {
        self.bytes.get(1).copied().unwrap_or_default()
    }
    /// The request or response authenticator.
    pub const fn authenticator(&self) -> &'a [u8; 16] {
        self.authenticator
    }
    /// The offset of the Message-Authenticator's value in [`Packet::bytes`], if there is one.
    pub const fn message_authenticator_at(&self) -> Option<usize> {
        self.message_authenticator
    }
    /// All attributes in the packet's order.
    pub const fn attributes(&self) -> Attributes<'a> {
        Attributes { rest: self.attributes }
    }
    /// The attributes as they stand in the packet.
    pub const fn attribute_bytes(&self) -> &'a [u8] {
        self.attributes
    }
    /// The value of the first attribute of this kind.
    pub fn first(&self, kind: u8) -> Option<&'a [u8]> {
        self.attributes().find(|a| a.kind == kind).map(|a| a.value)
    }
    /// The value of the first vendor-specific attribute of this vendor and kind.
    pub fn first_vendor(&self, vendor: u32, kind: u8) -> Option<&'a [u8]> {
        self.attributes()
            .filter_map(|a| a.vendor())
            .filter(|v| v.vendor == vendor)
            .flatten()
            .find(|a| a.kind == kind)
            .map(|a| a.value)
    }
}

/// Checks every attribute's length and finds the Message-Authenticator.
fn walk(attributes: &[u8]) -> Result<Option<usize>, Malformed> {
    let mut rest = attributes;
    let mut found = None;
    while let [kind, length, tail @ ..] = rest {
        let at = HEADER_BYTES + attributes.len() - rest.len();
        let value = usize::from(*length).checked_sub(2).ok_or(Malformed::Attribute(at))?;
        rest = tail.get(value..).ok_or(Malformed::Attribute(at))?;
        if *kind == kind::MESSAGE_AUTHENTICATOR {
            if value != 16 {
                return Err(Malformed::MessageAuthenticatorLength(at));
            }
            if found.replace(at + 2).is_some() {
                return Err(Malformed::MessageAuthenticatorTwice);
            }
        }
    }
    if rest.is_empty() {
        return Ok(found);
    }
    Err(Malformed::Attribute(HEADER_BYTES + attributes.len() - rest.len()))
}

/// One attribute: its kind and the bytes of its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attribute<'a> {
    pub kind: u8,
    pub value: &'a [u8],
}

impl<'a> Attribute<'a> {
    /// A 32-bit number; nothing when the value is not four bytes long.
    pub fn number(&self) -> Option<u32> {
        self.value.try_into().ok().map(u32::from_be_bytes)
    }
    /// An IPv4 address; nothing when the value is not four bytes long.
    pub fn address(&self) -> Option<Ipv4Addr> {
        self.number().map(Ipv4Addr::from)
    }
    /// Text; nothing when the value is not UTF-8. Trailing NUL bytes, which some NAS append, are cut.
    pub fn text(&self) -> Option<&'a str> {
        text(self.value)
    }
    /// The attributes inside a Vendor-Specific attribute (RFC 2865 section 5.26).
    pub fn vendor(&self) -> Option<VendorAttributes<'a>> {
        if self.kind != kind::VENDOR_SPECIFIC {
            return None;
        }
        let (vendor, rest) = self.value.split_first_chunk::<4>()?;
        Some(VendorAttributes { vendor: u32::from_be_bytes(*vendor), rest })
    }
}

/// A value read as text: UTF-8, trailing NUL bytes cut.
pub fn text(value: &[u8]) -> Option<&str> {
    std::str::from_utf8(value).ok().map(|t| t.trim_end_matches('\0'))
}

/// Goes through a packet's attributes, or through any bytes laid out as attributes.
#[derive(Clone, Copy, Debug)]
pub struct Attributes<'a> {
    rest: &'a [u8],
}

impl<'a> Attributes<'a> {
    /// Reads attributes that were encoded ahead. Ends at the first that does not fit.
    pub const fn of(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Attribute<'a>;

    fn next(&mut self) -> Option<Attribute<'a>> {
        next_attribute(&mut self.rest)
    }
}

/// Goes through the attributes of one vendor inside one Vendor-Specific attribute. What does not follow
/// the suggested format ends the walk and is not an error of the packet.
#[derive(Clone, Copy, Debug)]
pub struct VendorAttributes<'a> {
    /// The vendor's private enterprise number.
    pub vendor: u32,
    rest: &'a [u8],
}

impl<'a> Iterator for VendorAttributes<'a> {
    type Item = Attribute<'a>;

    fn next(&mut self) -> Option<Attribute<'a>> {
        next_attribute(&mut self.rest)
    }
}

fn next_attribute<'a>(rest: &mut &'a [u8]) -> Option<Attribute<'a>> {
    let [kind, length, tail @ ..] = *rest else { return None };
    let (value, after) = tail.split_at_checked(usize::from(*length).checked_sub(2)?)?;
    *rest = after;
    Some(Attribute { kind: *kind, value })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(attributes: &[u8]) -> Vec<u8> {
        let length = (20 + attributes.len()) as u16;
        let mut bytes = vec![1, 7];
        bytes.extend(length.to_be_bytes());
        bytes.extend([9; 16]);
        bytes.extend(attributes);
        bytes
    }

    #[test]
    fn a_packet_with_wrong_lengths_is_refused_with_the_place() {
        let fine = packet(&[1, 3, b'a', 4, 6, 10, 0, 0, 1]);
        assert_eq!(Packet::parse(&fine).unwrap().attributes().count(), 2);
        for (bytes, why) in [
            (vec![], Malformed::Short(0)),
            (vec![1; 19], Malformed::Short(19)),
            (packet(&[1, 1]), Malformed::Attribute(20)),
            (packet(&[1, 0, 0]), Malformed::Attribute(20)),
            (packet(&[1, 4, 0]), Malformed::Attribute(20)),
            (packet(&[1, 3, 0, 7]), Malformed::Attribute(23)),
            (packet(&[80, 4, 0, 0]), Malformed::MessageAuthenticatorLength(20)),
            (packet(&[80, 18]), Malformed::Attribute(20)),
        ] {
            assert_eq!(Packet::parse(&bytes).unwrap_err(), why, "{bytes:?}");
        }
        let mut long = packet(&[]);
        long[3] = 19;
        assert_eq!(Packet::parse(&long).unwrap_err(), Malformed::Length(19));
        long[2] = 16;
        long[3] = 1;
        assert_eq!(Packet::parse(&long).unwrap_err(), Malformed::Length(4097));
        long[2] = 0;
        long[3] = 21;
        assert_eq!(Packet::parse(&long).unwrap_err(), Malformed::Truncated { said: 21, got: 20 });
    }

    #[test]
    fn two_message_authenticators_are_refused() {
        let mut one = vec![80, 18];
        one.extend([0; 16]);
        assert_eq!(Packet::parse(&packet(&one)).unwrap().message_authenticator_at(), Some(22));
        let twice = Packet::parse(&packet(&one.repeat(2))).map(|_| ()).unwrap_err();
        assert_eq!(twice, Malformed::MessageAuthenticatorTwice);
    }

    #[test]
    fn padding_after_the_packet_is_left_out() {
        let mut bytes = packet(&[1, 3, b'a']);
        bytes.extend([0xff; 9]);
        let packet = Packet::parse(&bytes).unwrap();
        assert_eq!(packet.bytes().len(), 23);
        assert_eq!((packet.identifier(), packet.code()), (7, Some(Code::AccessRequest)));
    }

    #[test]
    fn vendor_attributes_are_found_inside_their_envelope() {
        let bytes = packet(&[
            26, 15, 0, 0, 0x3a, 0x8c, 8, 4, b'1', b'M', 19, 5, b'i', b's', b'o', 26, 3, 1,
        ]);
        let packet = Packet::parse(&bytes).unwrap();
        assert_eq!(packet.first_vendor(14988, 19), Some(&b"iso"[..]));
        assert_eq!(packet.first_vendor(14988, 8), Some(&b"1M"[..]));
        assert_eq!(packet.first_vendor(311, 8), None);
    }
}
