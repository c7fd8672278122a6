//! A router that asks for its customers and reports what they use, over UDP.

use std::net::SocketAddr;
use std::time::Duration;

use radius::kind::{self, mikrotik, vendor};
use radius::packet::PACKET_BYTES_MAX;
use radius::{Builder, Code, Packet, Secret, sign};
use tokio::net::UdpSocket;
use tokio::time::timeout;

pub(crate) const SECRET: &str = "rahasia-router-uji-0123456789";
/// How often, and how long apart, a packet is sent before the router gives up.
const TRIES: u8 = 5;
const WAIT: Duration = Duration::from_secs(1);

/// The router's end of the wire.
pub(crate) struct Nas {
    socket: UdpSocket,
    secret: Secret,
    sent: u64,
}

/// What a login got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) accepted: bool,
    /// The address list that it is put in: customers cut down for money are in `isolir`.
    pub(crate) list: Option<String>,
    pub(crate) rate: Option<String>,
}

impl Answer {
    pub(crate) fn is_full(&self) -> bool {
        self.accepted && self.list.is_none()
    }
    pub(crate) fn is_isolated(&self) -> bool {
        self.accepted && self.list.as_deref() == Some("isolir")
    }
}

impl Nas {
    pub(crate) async fn new() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        Self { socket, secret: Secret::new(SECRET.as_bytes()), sent: 0 }
    }

    /// A PAP login; nothing when nobody answers.
    pub(crate) async fn log_in(
        &mut self,
        auth: SocketAddr,
        user: &str,
        password: &str,
    ) -> Option<Answer> {
        self.sent += 1;
        let mut authenticator = [0x5a; 16];
        authenticator[..8].copy_from_slice(&self.sent.to_be_bytes());
        let mut room = [0; PACKET_BYTES_MAX];
        let identifier = self.sent.to_be_bytes()[7];
        let mut builder =
            Builder::request(&mut room, Code::AccessRequest, identifier, &authenticator)
                .message_authenticator();
        builder.put(kind::USER_NAME, user.as_bytes());
        builder.put_user_password(password.as_bytes(), &self.secret);
        builder.put(kind::NAS_IDENTIFIER, b"R1");
        let request = builder.sign_request(&self.secret).unwrap().to_vec();
        let reply = self.exchange(auth, &request, TRIES).await?;
        let packet = Packet::parse(&reply).unwrap();
        let text = |kind| {
            packet
                .first_vendor(vendor::MIKROTIK, kind)
                .and_then(radius::packet::text)
                .map(str::to_owned)
        };
        Some(Answer {
            accepted: packet.code() == Some(Code::AccessAccept),
            list: text(mikrotik::ADDRESS_LIST),
            rate: text(mikrotik::RATE_LIMIT),
        })
    }

    /// Reports an interim of a session that began `secs` ago. `true`: it was answered, so it is kept.
    pub(crate) async fn interim(
        &mut self,
        acct: SocketAddr,
        user: &str,
        session: &str,
        secs: u32,
        octets: u64,
        tries: u8,
    ) -> bool {
        self.sent += 1;
        let mut room = [0; PACKET_BYTES_MAX];
        let identifier = self.sent.to_be_bytes()[7];
        let mut builder =
            Builder::request(&mut room, Code::AccountingRequest, identifier, &[0; 16]);
        builder.put_number(kind::ACCT_STATUS_TYPE, 3);
        builder.put(kind::ACCT_SESSION_ID, session.as_bytes());
        builder.put(kind::USER_NAME, user.as_bytes());
        builder.put_address(kind::FRAMED_IP_ADDRESS, [10, 64, 0, 9].into());
        builder.put_number(kind::ACCT_SESSION_TIME, secs);
        builder.put_number(kind::ACCT_OUTPUT_OCTETS, octets as u32);
        builder.put_number(kind::ACCT_OUTPUT_GIGAWORDS, (octets >> 32) as u32);
        let request = builder.sign_hashed_request(&self.secret).unwrap().to_vec();
        self.exchange(acct, &request, tries).await.is_some()
    }

    /// Sends the same packet until its reply comes; checks the reply's signature.
    async fn exchange(&self, to: SocketAddr, request: &[u8], tries: u8) -> Option<Vec<u8>> {
        let asked = Packet::parse(request).unwrap();
        let mut room = [0; PACKET_BYTES_MAX];
        for _ in 0..tries {
            // A process that was killed refuses the datagram, which the next call on the socket tells.
            let _ = self.socket.send_to(request, to).await;
            let reply = timeout(WAIT, async {
                loop {
                    let Ok((length, from)) = self.socket.recv_from(&mut room).await else {
                        return None;
                    };
                    let reply = Packet::parse(&room[..length]).unwrap();
                    if from == to && reply.identifier() == asked.identifier() {
                        let (id, by) = (asked.identifier(), asked.authenticator());
                        sign::check_reply(&reply, id, by, &self.secret).unwrap();
                        return Some(reply.bytes().to_vec());
                    }
                }
            });
            if let Ok(Some(reply)) = reply.await {
                return Some(reply);
            }
        }
        None
    }
}
