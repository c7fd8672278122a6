//! Are these bytes really from the NAS, or from the server? Message-Authenticator (RFC 3579 section
//! 3.2), request and response authenticators (RFC 2865 section 3, RFC 2866 section 3), and the advice
//! against BlastRADIUS (CVE-2024-3596).

use crate::kind;
use crate::packet::{Code, HEADER_BYTES, Packet};
use crate::secret::{Secret, same};

const ZERO: [u8; 16] = [0; 16];

/// What a NAS must prove in an Access-Request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strictness {
    /// Every Access-Request carries a valid Message-Authenticator.
    #[default]
    Required,
    /// The NAS cannot sign: an unsigned Access-Request is taken, unless it carries Proxy-State (the
    /// lever of BlastRADIUS) or EAP (which RFC 3579 requires to be signed).
    Legacy,
}

/// Why a packet is not believed. It is dropped and counted, never answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unproven {
    #[error("the packet carries no Message-Authenticator")]
    MessageAuthenticatorMissing,
    #[error("the Message-Authenticator is wrong: most likely the shared secrets differ")]
    MessageAuthenticatorWrong,
    #[error("an unsigned request carries Proxy-State")]
    ProxyStateUnsigned,
    #[error("the authenticator is wrong: most likely the shared secrets differ")]
    AuthenticatorWrong,
    #[error("packets of this code are not requests to a server")]
    NotARequest,
    #[error("the reply does not belong to the request")]
    NotTheReply,
}

/// Checks an Access-Request or Status-Server (which is always signed, RFC 5997 section 3).
/// Returns whether it was signed.
///
/// # Errors
/// [`Unproven`], saying which proof is missing or wrong.
pub fn check_access_request(
    packet: &Packet<'_>,
    secret: &Secret,
    strictness: Strictness,
) -> Result<bool, Unproven> {
    if packet.message_authenticator_at().is_some() {
        return check_message_authenticator(packet, packet.authenticator(), secret).map(|()| true);
    }
    if strictness == Strictness::Required || packet.code() == Some(Code::StatusServer) {
        return Err(Unproven::MessageAuthenticatorMissing);
    }
    for attribute in packet.attributes() {
        match attribute.kind {
            kind::PROXY_STATE => return Err(Unproven::ProxyStateUnsigned),
            kind::EAP_MESSAGE => return Err(Unproven::MessageAuthenticatorMissing),
            _ => {}
        }
    }
    Ok(false)
}

/// Checks a request whose authenticator is itself the signature: Accounting-Request, CoA-Request,
/// Disconnect-Request. A Message-Authenticator, if there is one, must be right as well.
///
/// # Errors
/// [`Unproven`], saying which proof is wrong.
pub fn check_hashed_request(packet: &Packet<'_>, secret: &Secret) -> Result<(), Unproven> {
    let (head, tail) = around_authenticator(packet);
    if !same(&secret.md5_of(&[head, &ZERO, tail]), packet.authenticator()) {
        return Err(Unproven::AuthenticatorWrong);
    }
    if packet.message_authenticator_at().is_some() {
        return check_message_authenticator(packet, &ZERO, secret);
    }
    Ok(())
}

/// Checks a reply against the request it answers: identifier, response authenticator and, if it is
/// there, Message-Authenticator. Returns whether the reply was signed by Message-Authenticator.
///
/// # Errors
/// [`Unproven`], saying which proof is wrong.
pub fn check_reply(
    reply: &Packet<'_>,
    identifier: u8,
    request_authenticator: &[u8; 16],
    secret: &Secret,
) -> Result<bool, Unproven> {
    if reply.identifier() != identifier {
        return Err(Unproven::NotTheReply);
    }
    let (head, tail) = around_authenticator(reply);
    if !same(&secret.md5_of(&[head, request_authenticator, tail]), reply.authenticator()) {
        return Err(Unproven::AuthenticatorWrong);
    }
    let signed = reply.message_authenticator_at().is_some();
    if signed {
        check_message_authenticator(reply, request_authenticator, secret)?;
    }
    Ok(signed)
}

/// Compares the Message-Authenticator with the HMAC over the packet in which the authenticator field
/// reads `authenticator` and the Message-Authenticator's value reads zero.
fn check_message_authenticator(
    packet: &Packet<'_>,
    authenticator: &[u8; 16],
    secret: &Secret,
) -> Result<(), Unproven> {
    let at = packet.message_authenticator_at().ok_or(Unproven::MessageAuthenticatorMissing)?;
    let bytes = packet.bytes();
    let head = bytes.get(..4).unwrap_or_default();
    let before = bytes.get(HEADER_BYTES..at).unwrap_or_default();
    let value = bytes.get(at..at + 16).unwrap_or_default();
    let after = bytes.get(at + 16..).unwrap_or_default();
    if same(&secret.hmac(&[head, authenticator, before, &ZERO, after]), value) {
        return Ok(());
    }
    Err(Unproven::MessageAuthenticatorWrong)
}

fn around_authenticator<'a>(packet: &Packet<'a>) -> (&'a [u8], &'a [u8]) {
    let bytes = packet.bytes();
    (bytes.get(..4).unwrap_or_default(), bytes.get(HEADER_BYTES..).unwrap_or_default())
}
