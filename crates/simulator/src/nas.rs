//! A simulated MikroTik: dials in, accounts, answers CoA and Disconnect. Sans IO: packets are bytes, time
//! is an argument, so that the same router serves the demo's sockets and the simulator's virtual time.

mod packets;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use kernel::Ts;
use radius::{Code, Packet, Secret, kind, sign};

pub use packets::{AcctCause, Method};

/// A customer's modem, as the router meets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Modem {
    pub username: String,
    pub password: String,
    /// `AA:BB:CC:DD:EE:FF`.
    pub mac: String,
    pub method: Method,
}

/// A session on the router.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimSession {
    pub acct_session_id: String,
    pub username: String,
    pub mac: String,
    pub ip: Ipv4Addr,
    pub started_at: Ts,
    pub bytes_in: u64,
    pub bytes_out: u64,
    /// As the last Accept or CoA said.
    pub attributes: SessionAttributes,
}

/// What a router does with a session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionAttributes {
    pub class: Option<Vec<u8>>,
    /// `20M/10M`-like text of Mikrotik-Rate-Limit.
    pub rate_limit: Option<String>,
    pub address_list: Option<String>,
    pub interim_secs: Option<u32>,
    pub framed_ip: Option<Ipv4Addr>,
}

impl SessionAttributes {
    /// The customer reaches only the pay page.
    pub fn is_isolated(&self) -> bool {
        self.address_list.as_deref() == Some("isolir")
    }
}

/// What came of a dial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dialled {
    /// Online; its accounting start is due.
    Online {
        acct_session_id: String,
    },
    Rejected {
        message: String,
    },
    /// Not an answer to what was asked, or not proven: the router drops it.
    Ignored,
}

/// A dial that waits for its answer.
#[derive(Clone, Debug)]
pub struct Dialling {
    modem: Modem,
    identifier: u8,
    authenticator: [u8; 16],
}

/// How the router treats CoA and Disconnect: the dials of the tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mood {
    #[default]
    Willing,
    /// Refuses CoA (unsupported), obeys Disconnect.
    RefusesChange,
    /// Answers nothing.
    Deaf,
}

/// The router.
#[derive(Debug)]
pub struct SimNas {
    pub identifier: String,
    pub address: Ipv4Addr,
    pub mood: Mood,
    secret: Secret,
    pool: Ipv4Addr,
    next_packet: u8,
    next_session: u32,
    next_random: u64,
    sessions: BTreeMap<String, SimSession>,
}

impl SimNas {
    /// `pool`: the first address that customers get; `seed` makes its authenticators repeatable.
    pub fn new(
        identifier: &str,
        address: Ipv4Addr,
        secret: &str,
        pool: Ipv4Addr,
        seed: u64,
    ) -> Self {
        Self {
            identifier: identifier.to_owned(),
            address,
            mood: Mood::Willing,
            secret: Secret::new(secret.as_bytes()),
            pool,
            next_packet: 0,
            next_session: 0x8000_0001,
            next_random: seed,
            sessions: BTreeMap::new(),
        }
    }

    pub fn sessions(&self) -> impl Iterator<Item = &SimSession> {
        self.sessions.values()
    }
    pub fn session(&self, acct_session_id: &str) -> Option<&SimSession> {
        self.sessions.get(acct_session_id)
    }
    pub fn session_of(&self, username: &str) -> Option<&SimSession> {
        self.sessions.values().find(|s| s.username == username)
    }

    /// The modem dials: an Access-Request.
    pub fn dial(&mut self, modem: &Modem) -> (Vec<u8>, Dialling) {
        let identifier = self.packet_id();
        let authenticator = self.random16();
        let challenge = self.random16();
        let bytes = packets::access_request(
            &self.secret,
            self.address,
            &self.identifier,
            identifier,
            &authenticator,
            &challenge,
            modem,
        );
        (bytes, Dialling { modem: modem.clone(), identifier, authenticator })
    }

    /// The server's answer to a dial.
    pub fn answered(&mut self, dialling: &Dialling, reply: &[u8], now: Ts) -> Dialled {
        let Ok(packet) = Packet::parse(reply) else { return Dialled::Ignored };
        let proven =
            sign::check_reply(&packet, dialling.identifier, &dialling.authenticator, &self.secret);
        if proven.is_err() {
            return Dialled::Ignored;
        }
        match packet.code() {
            Some(Code::AccessAccept) => {
                let attributes = packets::session_attributes(&packet);
                let acct_session_id = self.open(&dialling.modem, attributes, now);
                Dialled::Online { acct_session_id }
            }
            Some(Code::AccessReject) => {
                let text = packet.first(kind::REPLY_MESSAGE).and_then(radius::packet::text);
                Dialled::Rejected { message: text.unwrap_or_default().to_owned() }
            }
            _ => Dialled::Ignored,
        }
    }

    fn open(&mut self, modem: &Modem, attributes: SessionAttributes, now: Ts) -> String {
        // The same modem dials anew: its old session is gone.
        self.sessions.retain(|_, s| !(s.username == modem.username && s.mac == modem.mac));
        let acct_session_id = format!("{:08x}", self.next_session);
        self.next_session = self.next_session.wrapping_add(1);
        let ip = attributes.framed_ip.unwrap_or_else(|| self.free_address());
        let session = SimSession {
            acct_session_id: acct_session_id.clone(),
            username: modem.username.clone(),
            mac: modem.mac.clone(),
            ip,
            started_at: now,
            bytes_in: 0,
            bytes_out: 0,
            attributes,
        };
        self.sessions.insert(acct_session_id.clone(), session);
        acct_session_id
    }

    fn free_address(&self) -> Ipv4Addr {
        let first = u32::from(self.pool);
        let taken: std::collections::BTreeSet<u32> =
            self.sessions.values().map(|s| u32::from(s.ip)).collect();
        let mut free = first;
        while taken.contains(&free) {
            free += 1;
        }
        Ipv4Addr::from(free)
    }

    /// The accounting start of a session.
    pub fn start(&mut self, acct_session_id: &str, now: Ts) -> Option<Vec<u8>> {
        self.report(acct_session_id, packets::Status::Start, now)
    }
    /// An interim after the customer moved so many bytes more (in: from the customer).
    pub fn interim(&mut self, acct_session_id: &str, more: (u64, u64), now: Ts) -> Option<Vec<u8>> {
        let session = self.sessions.get_mut(acct_session_id)?;
        session.bytes_in += more.0;
        session.bytes_out += more.1;
        self.report(acct_session_id, packets::Status::Interim, now)
    }
    /// The session ends.
    pub fn stop(&mut self, acct_session_id: &str, cause: AcctCause, now: Ts) -> Option<Vec<u8>> {
        let bytes = self.report(acct_session_id, packets::Status::Stop(cause), now);
        self.sessions.remove(acct_session_id);
        bytes
    }
    /// The router starts: it forgets its sessions and says so.
    pub fn reboot(&mut self, now: Ts) -> Vec<u8> {
        self.sessions.clear();
        self.next_session = 0x8000_0001;
        let identifier = self.packet_id();
        packets::on(&self.secret, self.address, &self.identifier, identifier, now)
    }
    /// The power fails: sessions are gone and nobody was told.
    pub fn lose_power(&mut self) {
        self.sessions.clear();
    }
    /// The modem's power fails: the session goes without a stop.
    pub fn drop_silently(&mut self, acct_session_id: &str) {
        self.sessions.remove(acct_session_id);
    }

    fn report(
        &mut self,
        acct_session_id: &str,
        status: packets::Status,
        now: Ts,
    ) -> Option<Vec<u8>> {
        let identifier = self.packet_id();
        let session = self.sessions.get(acct_session_id)?;
        Some(packets::accounting(
            &self.secret,
            self.address,
            &self.identifier,
            identifier,
            session,
            status,
            now,
        ))
    }

    /// Whether the server's answer to an accounting request is proven.
    pub fn accepts_accounting_reply(&self, request: &[u8], reply: &[u8]) -> bool {
        let (Ok(request), Ok(reply)) = (Packet::parse(request), Packet::parse(reply)) else {
            return false;
        };
        reply.code() == Some(Code::AccountingResponse)
            && sign::check_reply(
                &reply,
                request.identifier(),
                request.authenticator(),
                &self.secret,
            )
            .is_ok()
    }

    /// A CoA- or Disconnect-Request arrives: the answer, and the stop packet of a session that it ended.
    pub fn control(&mut self, request: &[u8], now: Ts) -> (Option<Vec<u8>>, Option<Vec<u8>>) {
        if self.mood == Mood::Deaf {
            return (None, None);
        }
        let Ok(packet) = Packet::parse(request) else { return (None, None) };
        if sign::check_hashed_request(&packet, &self.secret).is_err() {
            return (None, None);
        }
        let id = packet.first(kind::ACCT_SESSION_ID).and_then(radius::packet::text);
        let user = packet.first(kind::USER_NAME).and_then(radius::packet::text);
        let found = self
            .sessions
            .values()
            .find(|s| {
                id.is_none_or(|id| id == s.acct_session_id)
                    && user.is_none_or(|u| u == s.username)
                    && (id.is_some() || user.is_some())
            })
            .map(|s| s.acct_session_id.clone());
        let is_change = packet.code() == Some(Code::CoaRequest);
        let Some(id) = found else {
            return (packets::control_answer(&self.secret, &packet, Some(503)), None);
        };
        if is_change && self.mood == Mood::RefusesChange {
            return (packets::control_answer(&self.secret, &packet, Some(401)), None);
        }
        let answer = packets::control_answer(&self.secret, &packet, None);
        if is_change {
            let changed = packets::session_attributes(&packet);
            if let Some(session) = self.sessions.get_mut(&id) {
                session.attributes = SessionAttributes {
                    framed_ip: session.attributes.framed_ip,
                    interim_secs: changed.interim_secs.or(session.attributes.interim_secs),
                    class: changed.class.clone().or(session.attributes.class.take()),
                    ..changed
                };
            }
            return (answer, None);
        }
        (answer, self.stop(&id, AcctCause::AdminReset, now))
    }

    fn packet_id(&mut self) -> u8 {
        self.next_packet = self.next_packet.wrapping_add(1);
        self.next_packet
    }
    /// SplitMix64: repeatable, and good enough to tell packets apart.
    fn random16(&mut self) -> [u8; 16] {
        let mut bytes = [0u8; 16];
        for half in bytes.chunks_mut(8) {
            self.next_random = self.next_random.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.next_random;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            half.copy_from_slice(&(z ^ (z >> 31)).to_be_bytes());
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use radius::{Builder, build::Buffer};

    const SECRET: &str = "rahasia-router-simulasi-01";

    fn nas() -> SimNas {
        SimNas::new("R1", Ipv4Addr::new(127, 0, 0, 1), SECRET, Ipv4Addr::new(100, 64, 0, 10), 7)
    }
    fn modem(method: Method) -> Modem {
        Modem {
            username: "s000001@jkt".into(),
            password: "sandi123".into(),
            mac: "AA:BB:CC:00:00:01".into(),
            method,
        }
    }
    fn accept(request: &[u8]) -> Vec<u8> {
        let request = Packet::parse(request).unwrap();
        let mut buffer: Buffer = [0; radius::packet::PACKET_BYTES_MAX];
        let mut reply =
            Builder::reply(&mut buffer, Code::AccessAccept, &request).message_authenticator();
        reply.put_encoded(&radius::dictionary::encode("Mikrotik-Rate-Limit", "10M/20M").unwrap());
        reply.sign_reply(&Secret::new(SECRET.as_bytes())).unwrap().to_vec()
    }

    #[test]
    fn a_dial_is_proven_and_read_back_by_every_method() {
        for method in [Method::Pap, Method::Chap, Method::MsChap2] {
            let mut nas = nas();
            let (request, dialling) = nas.dial(&modem(method));
            let packet = Packet::parse(&request).unwrap();
            let secret = Secret::new(SECRET.as_bytes());
            let strict = sign::Strictness::Required;
            assert!(sign::check_access_request(&packet, &secret, strict).unwrap());
            let read = radius::AccessRequest::read(&packet);
            assert_eq!(read.user_name, Some(b"s000001@jkt".as_slice()));
            assert_ne!(read.credential, radius::Credential::None, "{method:?}");
            let done = nas.answered(&dialling, &accept(&request), Ts::from_secs(1));
            let Dialled::Online { acct_session_id } = done else { panic!("{done:?}") };
            let session = nas.session(&acct_session_id).unwrap();
            assert_eq!(session.attributes.rate_limit.as_deref(), Some("10M/20M"));
            assert_eq!(session.ip, Ipv4Addr::new(100, 64, 0, 10));
        }
    }

    #[test]
    fn a_disconnect_ends_the_session_with_a_stop_and_an_unknown_one_is_refused() {
        let mut nas = nas();
        let (request, dialling) = nas.dial(&modem(Method::Chap));
        nas.answered(&dialling, &accept(&request), Ts::from_secs(1));
        let id = nas.sessions().next().unwrap().acct_session_id.clone();
        let mut buffer: Buffer = [0; radius::packet::PACKET_BYTES_MAX];
        let secret = Secret::new(SECRET.as_bytes());
        let session =
            radius::dynamic::SessionKey { acct_session_id: Some(&id), ..Default::default() };
        let ask = radius::dynamic::Request {
            identifier: 9,
            session,
            event_timestamp: 5,
            message_authenticator: false,
        };
        let sent = radius::dynamic::disconnect(&mut buffer, &ask, &secret).unwrap().to_vec();
        let (answer, stop) = nas.control(&sent, Ts::from_secs(5));
        let read = |bytes: &[u8]| radius::dynamic::read_answer(bytes, &sent, &secret).unwrap();
        assert_eq!(read(&answer.unwrap()), radius::dynamic::Answer::Ack);
        assert!(stop.is_some());
        let (answer, stop) = nas.control(&sent, Ts::from_secs(6));
        assert_eq!(read(&answer.unwrap()), radius::dynamic::Answer::Nak(Some(503)));
        assert!(stop.is_none());
    }

    #[test]
    fn a_forged_answer_is_ignored() {
        let mut nas = nas();
        let (request, dialling) = nas.dial(&modem(Method::Pap));
        let mut reply = accept(&request);
        let last = reply.len() - 1;
        reply[last] ^= 1;
        assert_eq!(nas.answered(&dialling, &reply, Ts::from_secs(1)), Dialled::Ignored);
        assert_eq!(nas.sessions().count(), 0);
    }
}
