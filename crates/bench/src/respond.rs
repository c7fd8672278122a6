//! The least that a RADIUS server must do: check the signature, know the password, sign an accept. No
//! accounts, no log, no rules. It shows how much the generator and the sockets can carry on a machine;
//! a server that comes near it wastes little.

use std::net::UdpSocket;

use anyhow::{Context, Result};
use radius::kind::{self, mikrotik, vendor};
use radius::{AccessRequest, Builder, Code, Credential, Packet, Secret, password, sign};

use crate::account::{Account, INTERIM_SECS, POOL, RATE_LIMIT, SECRET};

/// Answers PAP logins and accounting requests on the socket until the process ends.
///
/// # Errors
/// When the socket fails.
pub fn serve(socket: &UdpSocket) -> Result<()> {
    let secret = Secret::new(SECRET.as_bytes());
    let (mut room, mut buffer) = ([0; 4096], [0; 4096]);
    loop {
        let (length, from) = socket.recv_from(&mut room).context("receiving")?;
        let datagram = room.get(..length).unwrap_or_default();
        if let Some(reply) = answer(datagram, &secret, &mut buffer) {
            socket.send_to(reply, from).context("sending")?;
        }
    }
}

/// The signed reply to a PAP login or an accounting request; nothing to anything else.
pub fn answer<'b>(
    datagram: &[u8],
    secret: &Secret,
    buffer: &'b mut radius::Buffer,
) -> Option<&'b [u8]> {
    let packet = Packet::parse(datagram).ok()?;
    if packet.code() == Some(Code::AccountingRequest) {
        sign::check_hashed_request(&packet, secret).ok()?;
        let reply = Builder::reply(buffer, Code::AccountingResponse, &packet);
        return reply.message_authenticator().sign_reply(secret).ok();
    }
    sign::check_access_request(&packet, secret, sign::Strictness::Required).ok()?;
    let request = AccessRequest::read(&packet);
    let Credential::Pap(hidden) = request.credential else { return None };
    let index = request.user_name?.strip_prefix(b"pelanggan")?;
    let index: u32 = std::str::from_utf8(index).ok()?.parse().ok()?;
    let clear = Account(index).password();
    let right = password::check_pap(hidden, secret, packet.authenticator(), clear.as_bytes());
    let is_right = right == password::Pap::Right;
    let code = if is_right { Code::AccessAccept } else { Code::AccessReject };
    let mut reply = Builder::reply(buffer, code, &packet).message_authenticator();
    if is_right {
        reply
            .put_vendor(vendor::MIKROTIK, mikrotik::RATE_LIMIT, RATE_LIMIT.as_bytes())
            .put_number(kind::ACCT_INTERIM_INTERVAL, INTERIM_SECS)
            .put(kind::FRAMED_POOL, POOL.as_bytes());
    }
    reply.sign_reply(secret).ok()
}
