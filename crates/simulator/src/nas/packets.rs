//! The packets of a simulated router.

use std::net::Ipv4Addr;

use kernel::Ts;
use radius::build::Buffer;
use radius::kind::{self, microsoft, vendor};
use radius::packet::PACKET_BYTES_MAX;
use radius::{Builder, Code, Packet, Secret, mschap, password};

use super::{Modem, SessionAttributes, SimSession};

/// How a modem proves its password.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    Pap,
    #[default]
    Chap,
    MsChap2,
}

/// Why a session ended (Acct-Terminate-Cause, RFC 2866 section 5.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AcctCause {
    UserRequest = 1,
    LostCarrier = 2,
    AdminReset = 6,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Start,
    Interim,
    Stop(AcctCause),
}

const FRAMED: u32 = 2;
const PPP: u32 = 1;
const VIRTUAL: u32 = 5;
const MIKROTIK_RATE_LIMIT: u8 = 8;
const MIKROTIK_ADDRESS_LIST: u8 = 19;

pub(super) fn access_request(
    secret: &Secret,
    address: Ipv4Addr,
    nas: &str,
    identifier: u8,
    authenticator: &[u8; 16],
    challenge: &[u8; 16],
    modem: &Modem,
) -> Vec<u8> {
    let mut buffer: Buffer = [0; PACKET_BYTES_MAX];
    let mut packet = Builder::request(&mut buffer, Code::AccessRequest, identifier, authenticator)
        .message_authenticator();
    packet
        .put_number(kind::SERVICE_TYPE, FRAMED)
        .put_number(kind::FRAMED_PROTOCOL, PPP)
        .put_number(kind::NAS_PORT_TYPE, VIRTUAL)
        .put(kind::USER_NAME, modem.username.as_bytes())
        .put(kind::CALLING_STATION_ID, modem.mac.as_bytes())
        .put(kind::CALLED_STATION_ID, b"pppoe")
        .put(kind::NAS_PORT_ID, b"bridge-pelanggan")
        .put(kind::NAS_IDENTIFIER, nas.as_bytes())
        .put_address(kind::NAS_IP_ADDRESS, address);
    let clear = modem.password.as_bytes();
    match modem.method {
        Method::Pap => {
            packet.put_user_password(clear, secret);
        }
        Method::Chap => {
            let mut value = vec![identifier];
            value.extend_from_slice(&password::chap_response(identifier, clear, challenge));
            packet.put(kind::CHAP_CHALLENGE, challenge).put(kind::CHAP_PASSWORD, &value);
        }
        Method::MsChap2 => {
            let hash = mschap::nt_hash(&modem.password);
            let peer = authenticator;
            let name = modem.username.as_bytes();
            let response = mschap::v2_response(&hash, name, challenge, peer);
            let mut value = vec![identifier, 0];
            value.extend_from_slice(peer);
            value.extend_from_slice(&[0; 8]);
            value.extend_from_slice(&response);
            packet.put_vendor(vendor::MICROSOFT, microsoft::CHAP_CHALLENGE, challenge).put_vendor(
                vendor::MICROSOFT,
                microsoft::CHAP2_RESPONSE,
                &value,
            );
        }
    }
    packet.sign_request(secret).map(<[u8]>::to_vec).unwrap_or_default()
}

pub(super) fn accounting(
    secret: &Secret,
    address: Ipv4Addr,
    nas: &str,
    identifier: u8,
    session: &SimSession,
    status: Status,
    now: Ts,
) -> Vec<u8> {
    let mut buffer: Buffer = [0; PACKET_BYTES_MAX];
    let mut packet = Builder::request(&mut buffer, Code::AccountingRequest, identifier, &[0; 16]);
    let number = match status {
        Status::Start => 1,
        Status::Stop(_) => 2,
        Status::Interim => 3,
    };
    packet
        .put_number(kind::ACCT_STATUS_TYPE, number)
        .put(kind::ACCT_SESSION_ID, session.acct_session_id.as_bytes())
        .put(kind::USER_NAME, session.username.as_bytes())
        .put(kind::CALLING_STATION_ID, session.mac.as_bytes())
        .put(kind::NAS_IDENTIFIER, nas.as_bytes())
        .put_address(kind::NAS_IP_ADDRESS, address)
        .put_address(kind::FRAMED_IP_ADDRESS, session.ip)
        .put_number(kind::EVENT_TIMESTAMP, u32::try_from(now.secs()).unwrap_or(u32::MAX));
    if let Some(class) = &session.attributes.class {
        packet.put(kind::CLASS, class);
    }
    if status != Status::Start {
        let secs = u32::try_from(now.secs() - session.started_at.secs()).unwrap_or(0);
        let (in_low, in_high) = words(session.bytes_in);
        let (out_low, out_high) = words(session.bytes_out);
        packet
            .put_number(kind::ACCT_SESSION_TIME, secs)
            .put_number(kind::ACCT_INPUT_OCTETS, in_low)
            .put_number(kind::ACCT_INPUT_GIGAWORDS, in_high)
            .put_number(kind::ACCT_OUTPUT_OCTETS, out_low)
            .put_number(kind::ACCT_OUTPUT_GIGAWORDS, out_high);
    }
    if let Status::Stop(cause) = status {
        packet.put_number(kind::ACCT_TERMINATE_CAUSE, cause as u32);
    }
    packet.sign_hashed_request(secret).map(<[u8]>::to_vec).unwrap_or_default()
}

/// Octets and gigawords (RFC 2869 section 5.1).
fn words(bytes: u64) -> (u32, u32) {
    let low = u32::try_from(bytes & 0xffff_ffff).unwrap_or(0);
    (low, u32::try_from(bytes >> 32).unwrap_or(u32::MAX))
}

pub(super) fn on(
    secret: &Secret,
    address: Ipv4Addr,
    nas: &str,
    identifier: u8,
    now: Ts,
) -> Vec<u8> {
    let mut buffer: Buffer = [0; PACKET_BYTES_MAX];
    let mut packet = Builder::request(&mut buffer, Code::AccountingRequest, identifier, &[0; 16]);
    packet
        .put_number(kind::ACCT_STATUS_TYPE, 7)
        .put(kind::ACCT_SESSION_ID, b"00000000")
        .put(kind::NAS_IDENTIFIER, nas.as_bytes())
        .put_address(kind::NAS_IP_ADDRESS, address)
        .put_number(kind::EVENT_TIMESTAMP, u32::try_from(now.secs()).unwrap_or(u32::MAX));
    packet.sign_hashed_request(secret).map(<[u8]>::to_vec).unwrap_or_default()
}

/// ACK, or NAK with an Error-Cause.
pub(super) fn control_answer(
    secret: &Secret,
    request: &Packet<'_>,
    refused: Option<u32>,
) -> Option<Vec<u8>> {
    let is_change = request.code() == Some(Code::CoaRequest);
    let code = match (is_change, refused) {
        (true, None) => Code::CoaAck,
        (true, Some(_)) => Code::CoaNak,
        (false, None) => Code::DisconnectAck,
        (false, Some(_)) => Code::DisconnectNak,
    };
    let mut buffer: Buffer = [0; PACKET_BYTES_MAX];
    let mut reply = Builder::reply(&mut buffer, code, request);
    if let Some(cause) = refused {
        reply.put_number(kind::ERROR_CAUSE, cause);
    }
    reply.sign_reply(secret).map(<[u8]>::to_vec).ok()
}

/// What an Accept or a CoA says about the session.
pub(super) fn session_attributes(packet: &Packet<'_>) -> SessionAttributes {
    let text = |kind| {
        let value = packet.first_vendor(vendor::MIKROTIK, kind);
        value.and_then(radius::packet::text).map(str::to_owned)
    };
    let number = |kind| packet.attributes().find(|a| a.kind == kind).and_then(|a| a.number());
    let address = packet.attributes().find(|a| a.kind == kind::FRAMED_IP_ADDRESS);
    SessionAttributes {
        class: packet.first(kind::CLASS).map(<[u8]>::to_vec),
        rate_limit: text(MIKROTIK_RATE_LIMIT),
        address_list: text(MIKROTIK_ADDRESS_LIST).filter(|l| !l.is_empty()),
        interim_secs: number(kind::ACCT_INTERIM_INTERVAL),
        framed_ip: address.and_then(|a| a.address()),
    }
}
