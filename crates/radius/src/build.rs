//! Writing a packet into a buffer that the caller keeps: no allocation.

use std::net::Ipv4Addr;

use crate::kind;
use crate::packet::{Code, HEADER_BYTES, PACKET_BYTES_MAX, Packet, VALUE_BYTES_MAX};
use crate::password;
use crate::secret::Secret;

/// Room for one packet. Make one per worker and use it again and again.
pub type Buffer = [u8; PACKET_BYTES_MAX];

/// The packet would be longer than 4096 bytes, or one value longer than 253.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the attributes do not fit into a packet")]
pub struct TooBig;

/// A packet being written. An attribute that does not fit is remembered and makes the signing fail, so
/// that no half-written packet can leave.
#[derive(Debug)]
pub struct Builder<'b> {
    buffer: &'b mut Buffer,
    length: usize,
    message_authenticator: Option<usize>,
    overflow: bool,
}

impl<'b> Builder<'b> {
    /// Begins a request. `authenticator` is random for Access-Request and Status-Server; for requests
    /// that are signed by [`Builder::sign_hashed_request`] it is not used.
    pub fn request(
        buffer: &'b mut Buffer,
        code: Code,
        identifier: u8,
        authenticator: &[u8; 16],
    ) -> Self {
        let mut builder = Self { buffer, length: 0, message_authenticator: None, overflow: false };
        builder.push(&[code as u8, identifier, 0, 0]);
        builder.push(authenticator);
        builder
    }

    /// Begins the reply to `request`: its identifier and, until it is signed, its authenticator.
    pub fn reply(buffer: &'b mut Buffer, code: Code, request: &Packet<'_>) -> Self {
        Self::request(buffer, code, request.identifier(), request.authenticator())
    }

    /// Reserves the Message-Authenticator; signing fills it in. Call it first: BlastRADIUS advice is
    /// that it stands before all other attributes.
    #[must_use]
    pub fn message_authenticator(mut self) -> Self {
        if self.message_authenticator.is_none() {
            self.message_authenticator = Some(self.length + 2);
            self.put(kind::MESSAGE_AUTHENTICATOR, &[0; 16]);
        }
        self
    }

    /// Adds an attribute.
    pub fn put(&mut self, kind: u8, value: &[u8]) -> &mut Self {
        match u8::try_from(value.len() + 2) {
            Ok(length) => {
                self.push(&[kind, length]);
                self.push(value);
            }
            Err(_) => self.overflow = true,
        }
        self
    }

    /// Adds a 32-bit number.
    pub fn put_number(&mut self, kind: u8, value: u32) -> &mut Self {
        self.put(kind, &value.to_be_bytes())
    }

    /// Adds an IPv4 address.
    pub fn put_address(&mut self, kind: u8, value: Ipv4Addr) -> &mut Self {
        self.put(kind, &value.octets())
    }

    /// Adds a vendor's attribute in an envelope of its own (RFC 2865 section 5.26).
    pub fn put_vendor(&mut self, vendor: u32, kind: u8, value: &[u8]) -> &mut Self {
        match (u8::try_from(value.len() + 8), u8::try_from(value.len() + 2)) {
            (Ok(outer), Ok(inner)) => {
                self.push(&[kind::VENDOR_SPECIFIC, outer]);
                self.push(&vendor.to_be_bytes());
                self.push(&[kind, inner]);
                self.push(value);
            }
            _ => self.overflow = true,
        }
        self
    }

    /// Adds attributes that were encoded ahead (by [`crate::dictionary::encode`]).
    pub fn put_encoded(&mut self, attributes: &[u8]) -> &mut Self {
        self.push(attributes);
        self
    }

    /// Adds the User-Password, hidden under the secret and this packet's authenticator. Passwords are
    /// at most 128 bytes long (RFC 2865 section 5.2).
    pub fn put_user_password(&mut self, clear: &[u8], secret: &Secret) -> &mut Self {
        let authenticator =
            self.buffer.get(4..HEADER_BYTES).and_then(|a| <[u8; 16]>::try_from(a).ok());
        let mut hidden = [0; password::HIDDEN_BYTES_MAX];
        let written = authenticator.and_then(|a| password::hide(clear, secret, &a, &mut hidden));
        match written {
            Some(value) => self.put(kind::USER_PASSWORD, value),
            None => {
                self.overflow = true;
                self
            }
        }
    }

    /// Repeats every Proxy-State of the request, in its order and unchanged (RFC 2865 section 5.33).
    pub fn echo_proxy_state(&mut self, request: &Packet<'_>) -> &mut Self {
        for attribute in request.attributes().filter(|a| a.kind == kind::PROXY_STATE) {
            self.put(kind::PROXY_STATE, attribute.value);
        }
        self
    }

    /// The number of bytes written so far.
    pub const fn length(&self) -> usize {
        self.length
    }

    /// Ends a reply: length, Message-Authenticator if reserved, response authenticator.
    ///
    /// # Errors
    /// [`TooBig`] when some attribute did not fit.
    pub fn sign_reply(mut self, secret: &Secret) -> Result<&'b [u8], TooBig> {
        self.sign_in_place(secret)?;
        self.finish()
    }

    /// Ends an Access-Request or Status-Server: length and Message-Authenticator if reserved; the
    /// authenticator stays the one given.
    ///
    /// # Errors
    /// [`TooBig`] when some attribute did not fit.
    pub fn sign_request(mut self, secret: &Secret) -> Result<&'b [u8], TooBig> {
        self.close()?;
        self.seal(secret);
        self.finish()
    }

    /// Ends a request whose authenticator is its signature: Accounting-Request (RFC 2866 section 3),
    /// CoA-Request and Disconnect-Request (RFC 5176 section 2.3).
    ///
    /// # Errors
    /// [`TooBig`] when some attribute did not fit.
    pub fn sign_hashed_request(mut self, secret: &Secret) -> Result<&'b [u8], TooBig> {
        self.set(4, &[0; 16]);
        self.sign_in_place(secret)?;
        self.finish()
    }

    fn sign_in_place(&mut self, secret: &Secret) -> Result<(), TooBig> {
        self.close()?;
        self.seal(secret);
        let packet = self.buffer.get(..self.length).ok_or(TooBig)?;
        let authenticator = secret.md5_of(&[packet]);
        self.set(4, &authenticator);
        Ok(())
    }

    fn close(&mut self) -> Result<(), TooBig> {
        if self.overflow {
            return Err(TooBig);
        }
        let length = u16::try_from(self.length).map_err(|_| TooBig)?;
        self.set(2, &length.to_be_bytes());
        Ok(())
    }

    fn seal(&mut self, secret: &Secret) {
        if let Some(at) = self.message_authenticator {
            let packet = self.buffer.get(..self.length).unwrap_or_default();
            let hmac = secret.hmac(&[packet]);
            self.set(at, &hmac);
        }
    }

    fn finish(self) -> Result<&'b [u8], TooBig> {
        self.buffer.get(..self.length).ok_or(TooBig)
    }

    fn push(&mut self, bytes: &[u8]) {
        let end = self.length + bytes.len();
        match self.buffer.get_mut(self.length..end) {
            Some(room) => {
                room.copy_from_slice(bytes);
                self.length = end;
            }
            None => self.overflow = true,
        }
    }

    fn set(&mut self, at: usize, bytes: &[u8]) {
        match self.buffer.get_mut(at..at + bytes.len()) {
            Some(room) => room.copy_from_slice(bytes),
            None => self.overflow = true,
        }
    }
}

const _: () = assert!(VALUE_BYTES_MAX + 2 == u8::MAX as usize);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign::{Strictness, check_access_request, check_hashed_request, check_reply};

    #[test]
    fn what_does_not_fit_never_leaves() {
        let mut buffer = [0; 4096];
        let secret = Secret::new(b"s");
        let mut builder = Builder::request(&mut buffer, Code::AccessRequest, 1, &[0; 16]);
        for _ in 0..16 {
            builder.put(kind::PROXY_STATE, &[7; 253]);
        }
        assert_eq!(builder.sign_request(&secret).unwrap_err(), TooBig);

        let mut builder = Builder::request(&mut buffer, Code::AccessRequest, 1, &[0; 16]);
        builder.put(kind::REPLY_MESSAGE, &[7; 254]);
        assert_eq!(builder.sign_request(&secret).unwrap_err(), TooBig);

        let mut builder = Builder::request(&mut buffer, Code::AccessRequest, 1, &[0; 16]);
        builder.put_vendor(14988, 8, &[7; 248]);
        assert_eq!(builder.sign_request(&secret).unwrap_err(), TooBig);
    }

    #[test]
    fn a_signed_reply_starts_with_its_message_authenticator_and_checks() {
        let secret = Secret::new(b"kunci-bersama-yang-panjang");
        let mut request = [0; 4096];
        let mut builder = Builder::request(&mut request, Code::AccessRequest, 9, &[5; 16])
            .message_authenticator();
        builder.put(kind::USER_NAME, b"budi").put(kind::PROXY_STATE, b"p1");
        builder.put(kind::PROXY_STATE, b"p2");
        let request = builder.sign_request(&secret).unwrap();
        let request = Packet::parse(request).unwrap();
        assert_eq!(check_access_request(&request, &secret, Strictness::Required), Ok(true));

        let mut buffer = [0; 4096];
        let mut reply =
            Builder::reply(&mut buffer, Code::AccessAccept, &request).message_authenticator();
        reply.put_vendor(14988, 8, b"20M/20M").echo_proxy_state(&request);
        let reply = Packet::parse(reply.sign_reply(&secret).unwrap()).unwrap();
        let kinds: Vec<u8> = reply.attributes().map(|a| a.kind).collect();
        assert_eq!(kinds, [80, 26, 33, 33]);
        assert_eq!(check_reply(&reply, 9, request.authenticator(), &secret), Ok(true));

        let flipped: Vec<Vec<u8>> = (0..reply.bytes().len())
            .map(|at| {
                let mut bytes = reply.bytes().to_vec();
                bytes[at] ^= 1;
                bytes
            })
            .collect();
        for bytes in flipped {
            let believed = Packet::parse(&bytes)
                .is_ok_and(|p| check_reply(&p, 9, request.authenticator(), &secret).is_ok());
            assert!(!believed);
        }
    }

    #[test]
    fn a_request_signed_by_its_authenticator_checks_with_and_without_message_authenticator() {
        let secret = Secret::new(b"xyzzy5461");
        let mut buffer = [0; 4096];
        for signed in [false, true] {
            let builder = Builder::request(&mut buffer, Code::AccountingRequest, 3, &[0xaa; 16]);
            let mut builder = if signed { builder.message_authenticator() } else { builder };
            builder.put_number(kind::ACCT_STATUS_TYPE, 1);
            let mut bytes = builder.sign_hashed_request(&secret).unwrap().to_vec();
            let packet = Packet::parse(&bytes).unwrap();
            assert_eq!(check_hashed_request(&packet, &secret), Ok(()));
            assert!(check_hashed_request(&packet, &Secret::new(b"other")).is_err());
            let last = bytes.len() - 1;
            bytes[last] ^= 1;
            assert!(check_hashed_request(&Packet::parse(&bytes).unwrap(), &secret).is_err());
        }
    }
}
