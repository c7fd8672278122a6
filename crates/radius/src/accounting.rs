//! An Accounting-Request (RFC 2866, RFC 2869), read in one pass.

use std::net::Ipv4Addr;

use crate::kind;
use crate::packet::Packet;

/// Acct-Status-Type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum Status {
    Start = 1,
    Stop = 2,
    Interim = 3,
    /// The NAS started: none of its earlier sessions lives.
    On = 7,
    /// The NAS is going down.
    Off = 8,
}

impl Status {
    /// Nothing for the status types that this program keeps no account of (tunnels, Failed).
    pub const fn from_number(number: u32) -> Option<Self> {
        Some(match number {
            1 => Self::Start,
            2 => Self::Stop,
            3 => Self::Interim,
            7 => Self::On,
            8 => Self::Off,
            _ => return None,
        })
    }
}

/// The attributes of an Accounting-Request that are kept. Of repeated ones the first counts.
#[derive(Clone, Copy, Debug, Default)]
pub struct AccountingRequest<'a> {
    /// The number as sent; [`AccountingRequest::status`] reads it.
    pub status_number: Option<u32>,
    pub user_name: Option<&'a [u8]>,
    pub session_id: Option<&'a [u8]>,
    pub calling_station_id: Option<&'a [u8]>,
    pub called_station_id: Option<&'a [u8]>,
    pub nas_identifier: Option<&'a [u8]>,
    pub nas_port_id: Option<&'a [u8]>,
    pub class: Option<&'a [u8]>,
    pub framed_address: Option<Ipv4Addr>,
    pub nas_address: Option<Ipv4Addr>,
    pub session_secs: Option<u32>,
    /// How long the NAS has been trying to send this record.
    pub delay_secs: Option<u32>,
    /// When it happened by the NAS's clock, in seconds since 1970.
    pub event_timestamp: Option<u32>,
    pub terminate_cause: Option<u32>,
    input_octets: Option<u32>,
    output_octets: Option<u32>,
    input_gigawords: Option<u32>,
    output_gigawords: Option<u32>,
}

impl<'a> AccountingRequest<'a> {
    /// Reads the request. Never fails: what is missing or has a wrong length is absent.
    pub fn read(packet: &Packet<'a>) -> Self {
        let mut request = Self::default();
        for attribute in packet.attributes() {
            let text = match attribute.kind {
                kind::USER_NAME => &mut request.user_name,
                kind::ACCT_SESSION_ID => &mut request.session_id,
                kind::CALLING_STATION_ID => &mut request.calling_station_id,
                kind::CALLED_STATION_ID => &mut request.called_station_id,
                kind::NAS_IDENTIFIER => &mut request.nas_identifier,
                kind::NAS_PORT_ID => &mut request.nas_port_id,
                kind::CLASS => &mut request.class,
                _ => {
                    if let Some(number) = attribute.number() {
                        request.read_number(attribute.kind, number);
                    }
                    continue;
                }
            };
            text.get_or_insert(attribute.value);
        }
        request
    }

    fn read_number(&mut self, kind: u8, number: u32) {
        let slot = match kind {
            kind::ACCT_STATUS_TYPE => &mut self.status_number,
            kind::ACCT_SESSION_TIME => &mut self.session_secs,
            kind::ACCT_DELAY_TIME => &mut self.delay_secs,
            kind::EVENT_TIMESTAMP => &mut self.event_timestamp,
            kind::ACCT_TERMINATE_CAUSE => &mut self.terminate_cause,
            kind::ACCT_INPUT_OCTETS => &mut self.input_octets,
            kind::ACCT_OUTPUT_OCTETS => &mut self.output_octets,
            kind::ACCT_INPUT_GIGAWORDS => &mut self.input_gigawords,
            kind::ACCT_OUTPUT_GIGAWORDS => &mut self.output_gigawords,
            kind::FRAMED_IP_ADDRESS => {
                self.framed_address.get_or_insert(Ipv4Addr::from(number));
                return;
            }
            kind::NAS_IP_ADDRESS => {
                self.nas_address.get_or_insert(Ipv4Addr::from(number));
                return;
            }
            _ => return,
        };
        slot.get_or_insert(number);
    }

    /// What the record says happened.
    pub fn status(&self) -> Option<Status> {
        self.status_number.and_then(Status::from_number)
    }
    /// Bytes from the customer to the network, Gigawords included (RFC 2869 section 5.1).
    pub fn bytes_in(&self) -> Option<u64> {
        counter(self.input_octets, self.input_gigawords)
    }
    /// Bytes from the network to the customer, Gigawords included.
    pub fn bytes_out(&self) -> Option<u64> {
        counter(self.output_octets, self.output_gigawords)
    }
}

fn counter(octets: Option<u32>, gigawords: Option<u32>) -> Option<u64> {
    if octets.is_none() && gigawords.is_none() {
        return None;
    }
    Some(u64::from(gigawords.unwrap_or(0)) << 32 | u64::from(octets.unwrap_or(0)))
}

/// The name of an Acct-Terminate-Cause (RFC 2866 section 5.10), as pages and logs show it.
pub fn terminate_cause(number: u32) -> &'static str {
    match number {
        1 => "User-Request",
        2 => "Lost-Carrier",
        3 => "Lost-Service",
        4 => "Idle-Timeout",
        5 => "Session-Timeout",
        6 => "Admin-Reset",
        7 => "Admin-Reboot",
        8 => "Port-Error",
        9 => "NAS-Error",
        10 => "NAS-Request",
        11 => "NAS-Reboot",
        12 => "Port-Unneeded",
        13 => "Port-Preempted",
        14 => "Port-Suspended",
        15 => "Service-Unavailable",
        16 => "Callback",
        17 => "User-Error",
        18 => "Host-Request",
        _ => "Other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Builder, Code, Secret};

    #[test]
    fn counters_go_beyond_four_gigabytes() {
        let mut buffer = [0; 4096];
        let mut builder = Builder::request(&mut buffer, Code::AccountingRequest, 1, &[0; 16]);
        builder
            .put_number(kind::ACCT_STATUS_TYPE, 3)
            .put(kind::USER_NAME, b"budi")
            .put_number(kind::ACCT_INPUT_OCTETS, 5)
            .put_number(kind::ACCT_INPUT_GIGAWORDS, 2)
            .put_number(kind::ACCT_OUTPUT_OCTETS, u32::MAX)
            .put(kind::ACCT_SESSION_TIME, &[1, 2])
            .put_address(kind::FRAMED_IP_ADDRESS, Ipv4Addr::new(10, 1, 2, 3));
        let bytes = builder.sign_hashed_request(&Secret::new(b"s")).unwrap();
        let request = AccountingRequest::read(&Packet::parse(bytes).unwrap());
        assert_eq!(request.status(), Some(Status::Interim));
        assert_eq!(request.bytes_in(), Some((2 << 32) + 5));
        assert_eq!(request.bytes_out(), Some(u64::from(u32::MAX)));
        assert_eq!(request.session_secs, None);
        assert_eq!(request.framed_address, Some(Ipv4Addr::new(10, 1, 2, 3)));
    }
}
