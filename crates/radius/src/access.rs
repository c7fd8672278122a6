//! An Access-Request, read in one pass.

use crate::kind::{self, microsoft, vendor};
use crate::packet::{Attribute, Packet};

/// How the customer proves the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential<'a> {
    /// The hidden User-Password.
    Pap(&'a [u8]),
    Chap {
        identifier: u8,
        challenge: &'a [u8],
        response: &'a [u8; 16],
    },
    MsChap1 {
        challenge: &'a [u8; 8],
        response: &'a [u8; 50],
    },
    MsChap2 {
        challenge: &'a [u8; 16],
        response: &'a [u8; 50],
    },
    /// EAP, which this server does not speak.
    Eap,
    /// No proof, or one of a wrong length.
    None,
}

impl Credential<'_> {
    /// The method's name, as logs and rejects show it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Pap(_) => "PAP",
            Self::Chap { .. } => "CHAP",
            Self::MsChap1 { .. } => "MS-CHAPv1",
            Self::MsChap2 { .. } => "MS-CHAPv2",
            Self::Eap => "EAP",
            Self::None => "none",
        }
    }
}

/// The attributes of an Access-Request that an answer depends on. Of repeated ones the first counts.
#[derive(Clone, Copy, Debug)]
pub struct AccessRequest<'a> {
    pub user_name: Option<&'a [u8]>,
    pub credential: Credential<'a>,
    pub calling_station_id: Option<&'a [u8]>,
    pub called_station_id: Option<&'a [u8]>,
    pub nas_identifier: Option<&'a [u8]>,
    pub nas_port_id: Option<&'a [u8]>,
    pub acct_session_id: Option<&'a [u8]>,
    pub service_type: Option<u32>,
    /// The reply must repeat them ([`crate::Builder::echo_proxy_state`]).
    pub has_proxy_state: bool,
}

#[derive(Default)]
struct Parts<'a> {
    user_password: Option<&'a [u8]>,
    chap_password: Option<&'a [u8]>,
    chap_challenge: Option<&'a [u8]>,
    ms_challenge: Option<&'a [u8]>,
    ms_response: Option<&'a [u8]>,
    ms_response2: Option<&'a [u8]>,
    eap: bool,
}

impl<'a> AccessRequest<'a> {
    /// Reads the request. Never fails: what is missing or has a wrong length is absent.
    pub fn read(packet: &Packet<'a>) -> Self {
        let mut request = Self {
            user_name: None,
            credential: Credential::None,
            calling_station_id: None,
            called_station_id: None,
            nas_identifier: None,
            nas_port_id: None,
            acct_session_id: None,
            service_type: None,
            has_proxy_state: false,
        };
        let mut parts = Parts::default();
        for attribute in packet.attributes() {
            let slot = match attribute.kind {
                kind::USER_NAME => &mut request.user_name,
                kind::USER_PASSWORD => &mut parts.user_password,
                kind::CHAP_PASSWORD => &mut parts.chap_password,
                kind::CHAP_CHALLENGE => &mut parts.chap_challenge,
                kind::CALLING_STATION_ID => &mut request.calling_station_id,
                kind::CALLED_STATION_ID => &mut request.called_station_id,
                kind::NAS_IDENTIFIER => &mut request.nas_identifier,
                kind::NAS_PORT_ID => &mut request.nas_port_id,
                kind::ACCT_SESSION_ID => &mut request.acct_session_id,
                kind::VENDOR_SPECIFIC => {
                    parts.read_vendor(&attribute);
                    continue;
                }
                kind::SERVICE_TYPE => {
                    request.service_type = request.service_type.or(attribute.number());
                    continue;
                }
                kind::PROXY_STATE => {
                    request.has_proxy_state = true;
                    continue;
                }
                kind::EAP_MESSAGE => {
                    parts.eap = true;
                    continue;
                }
                _ => continue,
            };
            slot.get_or_insert(attribute.value);
        }
        request.credential = parts.credential(packet.authenticator());
        request
    }
}

impl<'a> Parts<'a> {
    fn read_vendor(&mut self, envelope: &Attribute<'a>) {
        let Some(inside) = envelope.vendor().filter(|v| v.vendor == vendor::MICROSOFT) else {
            return;
        };
        for attribute in inside {
            let slot = match attribute.kind {
                microsoft::CHAP_CHALLENGE => &mut self.ms_challenge,
                microsoft::CHAP_RESPONSE => &mut self.ms_response,
                microsoft::CHAP2_RESPONSE => &mut self.ms_response2,
                _ => continue,
            };
            slot.get_or_insert(attribute.value);
        }
    }

    fn credential(&self, authenticator: &'a [u8; 16]) -> Credential<'a> {
        if self.eap {
            return Credential::Eap;
        }
        if let Some(hidden) = self.user_password {
            return Credential::Pap(hidden);
        }
        if let Some((identifier, response)) = self.chap_password.and_then(<[u8]>::split_first) {
            let challenge = self.chap_challenge.unwrap_or(authenticator);
            let response = response.try_into().ok();
            return response.map_or(Credential::None, |response| Credential::Chap {
                identifier: *identifier,
                challenge,
                response,
            });
        }
        let challenge = self.ms_challenge.unwrap_or_default();
        if let Some(response) = self.ms_response2 {
            return match (challenge.try_into(), response.try_into()) {
                (Ok(challenge), Ok(response)) => Credential::MsChap2 { challenge, response },
                _ => Credential::None,
            };
        }
        match (challenge.try_into(), self.ms_response.unwrap_or_default().try_into()) {
            (Ok(challenge), Ok(response)) => Credential::MsChap1 { challenge, response },
            _ => Credential::None,
        }
    }
}
