//! The answer to a packet: bytes, source and time in; bytes out. No IO, no clock, no waiting.

mod access;
mod accounting;
mod guest;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use kernel::{NasId, Ts};
use radius::sign::{self, Unproven};
use radius::{Buffer, Builder, Code, Malformed, Packet};

use crate::cache::{self, Cache, Known};
use crate::counters::{Counters, count};
use crate::directory::{Directory, Nas, Pass};
use crate::note::{Note, Notes};
use crate::spool;
use crate::tries::Tries;

/// Which of the two sockets a packet came to; Status-Server is answered accordingly (RFC 5997).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Port {
    Auth,
    Acct,
}

/// A packet whose reply waits for the disk.
#[derive(Clone, Debug)]
pub struct Ticket {
    cached: cache::Ticket,
    start: Option<Start>,
}

/// The first login of a guest.
#[derive(Clone, Debug)]
struct Start {
    pass: Arc<Pass>,
    at: Ts,
}

impl PartialEq for Ticket {
    fn eq(&self, other: &Self) -> bool {
        self.cached == other.cached
    }
}
impl Eq for Ticket {}

/// What to do with a packet. Lengths are those of the reply in the room given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Send the reply.
    Reply(usize),
    /// A report, or a guest's first login: put the packet into the spool ([`spool::push`]); when it is on disk, call [`Engine::kept`] and
    /// send the reply; when it could not be written, call [`Engine::not_kept`] and send nothing.
    Account { reply: usize, ticket: Ticket, nas: NasId },
    /// Send nothing.
    Drop(Dropped),
}

/// [`Outcome`] with bytes of its own: for callers that are not in a hurry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Reply(Vec<u8>),
    /// `entry` goes to [`spool::Spool::write`] first.
    Account {
        entry: Vec<u8>,
        reply: Vec<u8>,
        ticket: Ticket,
    },
    Drop(Dropped),
}

/// Why a packet is not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dropped {
    Malformed(Malformed),
    UnknownNas,
    Unproven(Unproven),
    /// No request to a server, or one without what it needs.
    Nonsense(&'static str),
    /// The first of these identical packets is still on its way to the disk.
    Pending,
}

/// How the engine is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Replies remembered for repeated packets.
    pub cached_replies: usize,
    /// Notes that may wait to be written.
    pub notes_max: usize,
    /// Also note every login that is let in.
    pub log_logins: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { cached_replies: 32_768, notes_max: 20_000, log_logins: false }
    }
}

/// Answers packets from the directory.
#[derive(Debug)]
pub struct Engine {
    directory: Arc<Directory>,
    pub counters: Counters,
    pub notes: Notes,
    cache: Cache,
    tries: Tries,
    log_logins: bool,
    /// For MPPE keys, which need a different salt each within one packet.
    salt: AtomicU16,
}

impl Engine {
    pub fn new(directory: Arc<Directory>, settings: &Settings) -> Self {
        Self {
            directory,
            counters: Counters::default(),
            notes: Notes::new(settings.notes_max),
            cache: Cache::new(settings.cached_replies),
            tries: Tries::default(),
            log_logins: settings.log_logins,
            salt: AtomicU16::new(0),
        }
    }

    pub fn directory(&self) -> &Arc<Directory> {
        &self.directory
    }

    /// Answers one datagram with bytes of its own. The socket is told from the packet's code.
    pub fn answer(&self, datagram: &[u8], from: SocketAddr, now: Ts) -> Answer {
        let port = match datagram.first() {
            Some(code) if *code == Code::AccountingRequest as u8 => Port::Acct,
            _ => Port::Auth,
        };
        let mut room = [0; radius::packet::PACKET_BYTES_MAX];
        match self.answer_into(datagram, from, port, now, &mut room) {
            Outcome::Reply(length) => Answer::Reply(copy(&room, length)),
            Outcome::Account { reply, ticket, nas } => {
                let mut entry = Vec::new();
                spool::push(&mut entry, nas, now, datagram);
                Answer::Account { entry, reply: copy(&room, reply), ticket }
            }
            Outcome::Drop(why) => Answer::Drop(why),
        }
    }

    /// Answers one datagram; the reply is written to `room`. Accepting or rejecting a login allocates
    /// only what a reject's explanation needs, and never waits for anybody.
    pub fn answer_into(
        &self,
        datagram: &[u8],
        from: SocketAddr,
        port: Port,
        now: Ts,
        room: &mut Buffer,
    ) -> Outcome {
        self.try_answer(datagram, from, port, now, room).unwrap_or_else(|why| {
            count(match why {
                Dropped::Malformed(_) => &self.counters.malformed,
                Dropped::UnknownNas => &self.counters.unknown_nas,
                Dropped::Unproven(_) => &self.counters.unproven,
                Dropped::Nonsense(_) => &self.counters.nonsense,
                Dropped::Pending => &self.counters.pending,
            });
            Outcome::Drop(why)
        })
    }

    /// What is behind `ticket` is on disk and `reply` is what was sent: repetitions get it too. A guest's
    /// clock runs from here on.
    pub fn kept(&self, ticket: &Ticket, reply: &[u8], now: Ts) {
        match &ticket.start {
            Some(start) => start.pass.kept(start.at),
            None => count(&self.counters.accounted),
        }
        self.cache.answer(&ticket.cached, now, reply);
    }

    /// What is behind `ticket` could not be kept: its repetition will be tried anew.
    pub fn not_kept(&self, ticket: &Ticket) {
        count(&self.counters.refused_by_disk);
        self.cache.forget(&ticket.cached);
    }

    fn try_answer(
        &self,
        datagram: &[u8],
        from: SocketAddr,
        port: Port,
        now: Ts,
        room: &mut Buffer,
    ) -> Result<Outcome, Dropped> {
        let packet = Packet::parse(datagram).map_err(Dropped::Malformed)?;
        let table = self.directory.nas();
        let Some(nas) = table.at(from.ip()) else {
            return Err(self.unknown_nas(&packet, from, now));
        };
        let ticket = self.cache.ticket(&packet, from);
        match self.cache.look(&ticket, now, room) {
            Known::New => {}
            Known::Pending => return Err(Dropped::Pending),
            Known::Answered(length) => {
                count(&self.counters.repeated);
                count(&nas.state.counted.repeated);
                return Ok(Outcome::Reply(length));
            }
        }
        let length = match packet.code() {
            Some(Code::AccessRequest) => {
                self.prove(
                    nas,
                    now,
                    sign::check_access_request(&packet, &nas.secret, nas.strictness),
                )?;
                nas.state.seen(now, from.ip());
                nas.state.counted.auth_at.store(now.micros(), Ordering::Relaxed);
                let answer = self.access(&packet, nas, now, room);
                let (reply, start) = answer.inspect_err(|_| dropped(nas))?;
                if start.is_some() {
                    self.cache.begin(&ticket, now);
                    let ticket = Ticket { cached: ticket, start };
                    return Ok(Outcome::Account { reply, ticket, nas: nas.id });
                }
                reply
            }
            Some(Code::AccountingRequest) => {
                self.prove(nas, now, sign::check_hashed_request(&packet, &nas.secret))?;
                nas.state.seen(now, from.ip());
                nas.state.counted.acct_at.store(now.micros(), Ordering::Relaxed);
                let reply = self.accounting(&packet, nas, now, room);
                let reply = reply.inspect_err(|_| dropped(nas))?;
                count(&nas.state.counted.accounted);
                self.cache.begin(&ticket, now);
                let ticket = Ticket { cached: ticket, start: None };
                return Ok(Outcome::Account { reply, ticket, nas: nas.id });
            }
            Some(Code::StatusServer) => {
                self.prove(
                    nas,
                    now,
                    sign::check_access_request(&packet, &nas.secret, nas.strictness),
                )?;
                nas.state.seen(now, from.ip());
                self.status(&packet, nas, port, room)?
            }
            _ => {
                dropped(nas);
                return Err(Dropped::Nonsense("not a request to a server"));
            }
        };
        if let Some(reply) = room.get(..length) {
            self.cache.answer(&ticket, now, reply);
        }
        Ok(Outcome::Reply(length))
    }

    fn prove<T>(&self, nas: &Nas, now: Ts, proof: Result<T, Unproven>) -> Result<T, Dropped> {
        proof.map_err(|why| {
            count(&nas.state.unproven);
            count(&nas.state.counted.unproven);
            nas.state.counted.unproven_at.store(now.micros(), Ordering::Relaxed);
            Dropped::Unproven(why)
        })
    }

    /// Somebody at this address wants to be answered, and is no NAS of ours: written down for NOC.
    pub fn strange(&self, address: std::net::IpAddr, now: Ts) {
        count(&self.counters.unknown_nas);
        self.note(Note::UnknownNas { address: address.to_canonical(), identifier: None, at: now });
    }

    fn unknown_nas(&self, packet: &Packet<'_>, from: SocketAddr, now: Ts) -> Dropped {
        let identifier = packet.first(radius::kind::NAS_IDENTIFIER);
        let identifier = identifier.map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        self.note(Note::UnknownNas { address: from.ip().to_canonical(), identifier, at: now });
        Dropped::UnknownNas
    }

    /// "I am alive" (RFC 5997): no attributes, signed like every reply.
    fn status(
        &self,
        packet: &Packet<'_>,
        nas: &Nas,
        port: Port,
        room: &mut Buffer,
    ) -> Result<usize, Dropped> {
        count(&self.counters.status);
        let code = match port {
            Port::Auth => Code::AccessAccept,
            Port::Acct => Code::AccountingResponse,
        };
        let mut reply = Builder::reply(room, code, packet).message_authenticator();
        reply.echo_proxy_state(packet);
        finish(reply, nas)
    }

    fn note(&self, note: Note) {
        if !self.notes.leave(note) {
            count(&self.counters.notes_lost);
        }
    }
}

fn dropped(nas: &Nas) {
    count(&nas.state.counted.dropped);
}

fn finish(reply: Builder<'_>, nas: &Nas) -> Result<usize, Dropped> {
    let signed = reply.sign_reply(&nas.secret);
    signed.map(<[u8]>::len).map_err(|_| Dropped::Nonsense("the reply does not fit into a packet"))
}

fn copy(room: &Buffer, length: usize) -> Vec<u8> {
    room.get(..length).map(<[u8]>::to_vec).unwrap_or_default()
}

/// A device's address as a NAS names it in Calling-Station-Id. A NAS that does not know it sends
/// zeroes, an IP address, a telephone number or nothing.
fn device(calling_station_id: Option<&[u8]>) -> Option<network::Mac> {
    network::Mac::of_device(calling_station_id?)
}

#[cfg(test)]
mod guest_tests;
#[cfg(test)]
mod tests;
