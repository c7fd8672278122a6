//! An accounting packet as the record that `network` keeps.

use std::net::IpAddr;

use kernel::{NasId, Ts};
use network::{AccountingRecord, RecordKind};
use radius::packet::text;
use radius::{AccountingRequest, Status};

/// The longest Acct-Delay-Time that is believed: more is a NAS that counts from its own boot.
const DELAY_SECS_MAX: u32 = 7 * 86_400;

/// The record's kind.
pub const fn kind(status: Status) -> RecordKind {
    match status {
        Status::Start => RecordKind::Start,
        Status::Interim => RecordKind::Interim,
        Status::Stop => RecordKind::Stop,
        Status::On => RecordKind::On,
        Status::Off => RecordKind::Off,
    }
}

/// When it happened by our clock: received less Acct-Delay-Time (RFC 2866 section 5.2). Event-Timestamp
/// is the router's clock, which is often wrong, and is not used.
pub fn event_at(request: &AccountingRequest<'_>, received_at: Ts) -> Ts {
    let delay = request.delay_secs.filter(|secs| *secs <= DELAY_SECS_MAX).unwrap_or(0);
    received_at.plus_secs(-i64::from(delay))
}

/// The record of a packet. Nothing for status types that are answered but not kept, and for reports of
/// a session without its id.
pub fn read(
    nas: NasId,
    request: &AccountingRequest<'_>,
    received_at: Ts,
) -> Option<AccountingRecord> {
    let kind = kind(request.status()?);
    let owned = |value: Option<&[u8]>| {
        value.map(|v| String::from_utf8_lossy(v).trim_end_matches('\0').to_owned())
    };
    let acct_session_id = match kind {
        RecordKind::On | RecordKind::Off => owned(request.session_id).unwrap_or_default(),
        _ => request.session_id.and_then(text)?.to_owned(),
    };
    let bytes = |count: Option<u64>| i64::try_from(count.unwrap_or(0)).unwrap_or(i64::MAX);
    let cause = request.terminate_cause.filter(|_| kind == RecordKind::Stop);
    let version = request.class.and_then(|class| <[u8; 8]>::try_from(class).ok());
    Some(AccountingRecord {
        nas,
        kind,
        acct_session_id,
        username: owned(request.user_name).unwrap_or_default(),
        mac: request.calling_station_id.and_then(network::Mac::of_device),
        framed_ip: request.framed_address.map(IpAddr::V4),
        secs: i64::from(request.session_secs.unwrap_or(0)),
        bytes_in: bytes(request.bytes_in()),
        bytes_out: bytes(request.bytes_out()),
        cause: cause.map(|number| radius::accounting::terminate_cause(number).to_owned()),
        access_version: version.map(i64::from_be_bytes),
        event_at: event_at(request, received_at),
        received_at,
    })
}
