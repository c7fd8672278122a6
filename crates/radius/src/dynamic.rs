//! Changing or ending a live session: CoA-Request and Disconnect-Request (RFC 5176).

use std::net::Ipv4Addr;

use crate::build::{Buffer, Builder, TooBig};
use crate::kind;
use crate::packet::{Code, Malformed, Packet};
use crate::secret::Secret;
use crate::sign::{self, Unproven};

/// What names the session to its NAS. MikroTik wants at least two of the first three to agree. The
/// NAS's own address is left out on purpose: behind NAT it would not be what the NAS calls itself, and
/// a NAS refuses a request with another address than its own.
#[derive(Clone, Copy, Debug, Default)]
pub struct SessionKey<'a> {
    pub user_name: Option<&'a str>,
    pub acct_session_id: Option<&'a str>,
    pub framed_address: Option<Ipv4Addr>,
    pub calling_station_id: Option<&'a str>,
}

/// The parts that every request of this kind has.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    pub identifier: u8,
    pub session: SessionKey<'a>,
    /// Seconds since 1970; protects against replay (RFC 5176 section 6.3).
    pub event_timestamp: u32,
    /// Sign with Message-Authenticator as well. Not every NAS takes it here.
    pub message_authenticator: bool,
}

/// Writes a CoA-Request that changes the session to `attributes` (encoded ahead).
///
/// # Errors
/// [`TooBig`] when the attributes do not fit into a packet.
pub fn change<'b>(
    buffer: &'b mut Buffer,
    request: &Request<'_>,
    attributes: &[u8],
    secret: &Secret,
) -> Result<&'b [u8], TooBig> {
    write(buffer, Code::CoaRequest, request, attributes, secret)
}

/// Writes a Disconnect-Request.
///
/// # Errors
/// [`TooBig`] when the session's names do not fit into a packet.
pub fn disconnect<'b>(
    buffer: &'b mut Buffer,
    request: &Request<'_>,
    secret: &Secret,
) -> Result<&'b [u8], TooBig> {
    write(buffer, Code::DisconnectRequest, request, &[], secret)
}

fn write<'b>(
    buffer: &'b mut Buffer,
    code: Code,
    request: &Request<'_>,
    attributes: &[u8],
    secret: &Secret,
) -> Result<&'b [u8], TooBig> {
    let mut builder = Builder::request(buffer, code, request.identifier, &[0; 16]);
    if request.message_authenticator {
        builder = builder.message_authenticator();
    }
    let session = &request.session;
    let names = [
        (kind::USER_NAME, session.user_name),
        (kind::ACCT_SESSION_ID, session.acct_session_id),
        (kind::CALLING_STATION_ID, session.calling_station_id),
    ];
    for (kind, name) in names {
        if let Some(name) = name {
            builder.put(kind, name.as_bytes());
        }
    }
    if let Some(address) = session.framed_address {
        builder.put_address(kind::FRAMED_IP_ADDRESS, address);
    }
    builder.put_number(kind::EVENT_TIMESTAMP, request.event_timestamp);
    builder.put_encoded(attributes);
    builder.sign_hashed_request(secret)
}

/// What the NAS said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Ack,
    /// Refused, with the Error-Cause if it gave one; see [`error_cause`].
    Nak(Option<u32>),
}

/// Why a datagram is not the NAS's answer. It is dropped; the request may still be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAnAnswer {
    #[error("the answer is malformed")]
    Malformed(#[from] Malformed),
    #[error("the answer is not proven")]
    Unproven(#[from] Unproven),
    #[error("code {0} does not answer this request")]
    Code(u8),
}

/// Reads the answer to `sent` (the request's own bytes): identifier, authenticator and code must fit.
///
/// # Errors
/// [`NotAnAnswer`], when the datagram must be ignored.
pub fn read_answer(datagram: &[u8], sent: &[u8], secret: &Secret) -> Result<Answer, NotAnAnswer> {
    let request = Packet::parse(sent)?;
    let reply = Packet::parse(datagram)?;
    sign::check_reply(&reply, request.identifier(), request.authenticator(), secret)?;
    match (request.code(), reply.code()) {
        (Some(Code::CoaRequest), Some(Code::CoaAck))
        | (Some(Code::DisconnectRequest), Some(Code::DisconnectAck)) => Ok(Answer::Ack),
        (Some(Code::CoaRequest), Some(Code::CoaNak))
        | (Some(Code::DisconnectRequest), Some(Code::DisconnectNak)) => {
            let cause = reply.attributes().find(|a| a.kind == kind::ERROR_CAUSE);
            Ok(Answer::Nak(cause.and_then(|a| a.number())))
        }
        _ => Err(NotAnAnswer::Code(reply.code_byte())),
    }
}

/// The Error-Cause "Session Context Not Found": the session is gone already.
pub const SESSION_NOT_FOUND: u32 = 503;

/// The name of an Error-Cause (RFC 5176 section 3.6).
pub fn error_cause(number: u32) -> &'static str {
    match number {
        201 => "Residual-Session-Context-Removed",
        202 => "Invalid-EAP-Packet",
        401 => "Unsupported-Attribute",
        402 => "Missing-Attribute",
        403 => "NAS-Identification-Mismatch",
        404 => "Invalid-Request",
        405 => "Unsupported-Service",
        406 => "Unsupported-Extension",
        407 => "Invalid-Attribute-Value",
        501 => "Administratively-Prohibited",
        502 => "Request-Not-Routable",
        503 => "Session-Context-Not-Found",
        504 => "Session-Context-Not-Removable",
        505 => "Proxy-Processing-Error",
        506 => "Resources-Unavailable",
        507 => "Request-Initiated",
        508 => "Multiple-Session-Selection-Unsupported",
        _ => "Other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> Request<'static> {
        Request {
            identifier: 77,
            session: SessionKey {
                user_name: Some("budi"),
                acct_session_id: Some("8120001a"),
                framed_address: Some(Ipv4Addr::new(10, 0, 0, 9)),
                calling_station_id: None,
            },
            event_timestamp: 1_795_000_000,
            message_authenticator: false,
        }
    }

    fn answer(code: Code, to: &[u8], cause: Option<u32>, secret: &Secret) -> Vec<u8> {
        let request = Packet::parse(to).unwrap();
        let mut buffer = [0; 4096];
        let mut builder = Builder::reply(&mut buffer, code, &request);
        if let Some(cause) = cause {
            builder.put_number(kind::ERROR_CAUSE, cause);
        }
        builder.sign_reply(secret).unwrap().to_vec()
    }

    #[test]
    fn a_nas_believes_the_request_and_we_believe_its_answer() {
        let secret = Secret::new(b"rahasia-nas-yang-panjang");
        let mut buffer = [0; 4096];
        let sent = change(&mut buffer, &request(), &[], &secret).unwrap();
        let packet = Packet::parse(sent).unwrap();
        assert_eq!(sign::check_hashed_request(&packet, &secret), Ok(()));
        assert_eq!(packet.first(kind::ACCT_SESSION_ID), Some(&b"8120001a"[..]));
        assert_eq!(packet.first(kind::NAS_IP_ADDRESS), None);

        let read = |bytes: &[u8]| read_answer(bytes, sent, &secret);
        assert_eq!(read(&answer(Code::CoaAck, sent, None, &secret)), Ok(Answer::Ack));
        let nak = answer(Code::CoaNak, sent, Some(503), &secret);
        assert_eq!(read(&nak), Ok(Answer::Nak(Some(SESSION_NOT_FOUND))));
        assert_eq!(error_cause(503), "Session-Context-Not-Found");
        assert_eq!(read(&answer(Code::CoaNak, sent, None, &secret)), Ok(Answer::Nak(None)));
    }

    #[test]
    fn a_forged_or_foreign_answer_is_ignored() {
        let secret = Secret::new(b"rahasia-nas-yang-panjang");
        let mut buffer = [0; 4096];
        let sent = disconnect(&mut buffer, &request(), &secret).unwrap();
        let read = |bytes: &[u8]| read_answer(bytes, sent, &secret);
        let forged = answer(Code::DisconnectAck, sent, None, &Secret::new(b"guess"));
        assert_eq!(read(&forged), Err(Unproven::AuthenticatorWrong.into()));
        let mut other = answer(Code::DisconnectAck, sent, None, &secret);
        other[1] = 78;
        assert_eq!(read(&other), Err(Unproven::NotTheReply.into()));
        let wrong_kind = answer(Code::CoaAck, sent, None, &secret);
        assert_eq!(read(&wrong_kind), Err(NotAnAnswer::Code(44)));
        assert!(matches!(read(&[1, 2]), Err(NotAnAnswer::Malformed(_))));
    }
}
