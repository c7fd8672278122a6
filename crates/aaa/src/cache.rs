//! Replies already given, for packets that come again (RFC 5080 section 2.2.2).
//!
//! A NAS repeats a request when the reply was lost or late. The repetition has the same source, code,
//! identifier and bytes, and gets the same reply without being looked at again. A new request under
//! the same source, code and identifier takes the old one's place. The number of places is fixed, so a
//! flood cannot eat memory: it only shortens how long replies are remembered.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, MutexGuard, PoisonError};

use kernel::Ts;
use radius::{Buffer, Packet};

/// How long a repeated packet gets the reply it got.
pub const KEPT_SECS: i64 = 30;
const WAYS: usize = 4;
/// Replies up to this size lie in the cache itself; MS-CHAPv2 with a full profile is shorter.
const INLINE_BYTES: usize = 176;

/// What makes two packets the same request. `fingerprint` stands for the authenticator and all other
/// bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    ip: u128,
    port: u16,
    code: u8,
    identifier: u8,
    fingerprint: u64,
}

/// What is known of a packet.
#[derive(Debug, PartialEq, Eq)]
pub enum Known {
    /// Never seen, or long ago.
    New,
    /// Being worked on: its accounting is on the way to the disk.
    Pending,
    /// Answered with this many bytes, which were copied.
    Answered(usize),
}

/// See the module's documentation.
#[derive(Debug)]
pub struct Cache {
    hasher: RandomState,
    sets: Box<[Mutex<Set>]>,
}

type Set = [Place; WAYS];

#[derive(Debug, Default)]
struct Place {
    ticket: Option<Ticket>,
    at: Ts,
    reply: Reply,
}

#[derive(Debug, Default)]
enum Reply {
    #[default]
    Pending,
    Inline(u8, Box<[u8; INLINE_BYTES]>),
    Long(Box<[u8]>),
}

impl Cache {
    /// A cache with room for about `places` replies.
    pub fn new(places: usize) -> Self {
        let sets = (places / WAYS).max(1).next_power_of_two();
        let sets = (0..sets).map(|_| Mutex::default()).collect();
        Self { hasher: RandomState::new(), sets }
    }

    /// The ticket of a packet.
    pub fn ticket(&self, packet: &Packet<'_>, from: SocketAddr) -> Ticket {
        let ip = match from.ip() {
            IpAddr::V4(ip) => ip.to_ipv6_mapped().to_bits(),
            IpAddr::V6(ip) => ip.to_bits(),
        };
        Ticket {
            ip,
            port: from.port(),
            code: packet.code_byte(),
            identifier: packet.identifier(),
            fingerprint: self.hasher.hash_one(packet.bytes()),
        }
    }

    /// Looks a packet up and copies the reply it got.
    pub fn look(&self, ticket: &Ticket, now: Ts, room: &mut Buffer) -> Known {
        let set = self.set(ticket);
        let found = set.iter().find(|place| place.ticket.as_ref() == Some(ticket));
        let Some(place) = found.filter(|place| place.is_fresh(now)) else { return Known::New };
        let Some(bytes) = place.reply.bytes() else { return Known::Pending };
        match room.get_mut(..bytes.len()) {
            Some(room) => {
                room.copy_from_slice(bytes);
                Known::Answered(bytes.len())
            }
            None => Known::New,
        }
    }

    /// Remembers that the packet is being worked on.
    pub fn begin(&self, ticket: &Ticket, now: Ts) {
        self.put(ticket, now, None);
    }

    /// Remembers the reply.
    pub fn answer(&self, ticket: &Ticket, now: Ts, reply: &[u8]) {
        self.put(ticket, now, Some(reply));
    }

    /// Forgets the packet: what it asked for could not be done, its repetition is tried anew.
    pub fn forget(&self, ticket: &Ticket) {
        let mut set = self.set(ticket);
        if let Some(place) = set.iter_mut().find(|p| p.ticket.as_ref() == Some(ticket)) {
            place.ticket = None;
        }
    }

    fn put(&self, ticket: &Ticket, now: Ts, reply: Option<&[u8]>) {
        let mut set = self.set(ticket);
        let own = set.iter().position(|place| {
            place.ticket.as_ref().is_some_and(|other| other.same_request_slot(ticket))
        });
        let oldest = || {
            let places = set.iter().enumerate();
            let oldest = places.min_by_key(|(_, place)| (place.ticket.is_some(), place.at));
            oldest.map(|(index, _)| index)
        };
        let Some(place) = own.or_else(oldest).and_then(|index| set.get_mut(index)) else { return };
        place.ticket = Some(*ticket);
        place.at = now;
        place.reply.set(reply);
    }

    /// The set does not depend on the fingerprint: a new request must find the one it replaces.
    fn set(&self, ticket: &Ticket) -> MutexGuard<'_, Set> {
        let key = (ticket.ip, ticket.port, ticket.code, ticket.identifier);
        let index = usize::try_from(self.hasher.hash_one(key) >> 32).unwrap_or_default();
        let index = index & (self.sets.len() - 1);
        self.sets[index].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ticket {
    fn same_request_slot(&self, other: &Self) -> bool {
        Self { fingerprint: 0, ..*self } == Self { fingerprint: 0, ..*other }
    }
}

impl Place {
    fn is_fresh(&self, now: Ts) -> bool {
        self.at.plus_secs(KEPT_SECS) > now
    }
}

impl Reply {
    fn bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Pending => None,
            Self::Inline(length, room) => room.get(..usize::from(*length)),
            Self::Long(bytes) => Some(bytes),
        }
    }
    /// Writes the reply where the last one was, so that answering allocates nothing.
    fn set(&mut self, reply: Option<&[u8]>) {
        let Some(reply) = reply else {
            *self = Self::Pending;
            return;
        };
        let Some(short) =
            u8::try_from(reply.len()).ok().filter(|n| usize::from(*n) <= INLINE_BYTES)
        else {
            *self = Self::Long(reply.into());
            return;
        };
        if !matches!(self, Self::Inline(..)) {
            *self = Self::Inline(0, Box::new([0; INLINE_BYTES]));
        }
        if let Self::Inline(length, room) = self
            && let Some(head) = room.get_mut(..reply.len())
        {
            head.copy_from_slice(reply);
            *length = short;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(identifier: u8, authenticator: u8) -> Vec<u8> {
        let mut bytes = vec![1, identifier, 0, 20];
        bytes.extend([authenticator; 16]);
        bytes
    }
    fn at(secs: i64) -> Ts {
        Ts::from_secs(1_790_000_000 + secs)
    }
    fn from(port: u16) -> SocketAddr {
        SocketAddr::new("10.0.0.1".parse().unwrap(), port)
    }

    #[test]
    fn the_same_packet_gets_the_same_reply_for_thirty_seconds() {
        let cache = Cache::new(64);
        let mut room = [0; 4096];
        let bytes = request(1, 7);
        let ticket = cache.ticket(&Packet::parse(&bytes).unwrap(), from(1000));
        assert_eq!(cache.look(&ticket, at(0), &mut room), Known::New);
        cache.begin(&ticket, at(0));
        assert_eq!(cache.look(&ticket, at(1), &mut room), Known::Pending);
        for reply in [&b"short"[..], &[9; 300], &[1; 177], &[2; 176]] {
            cache.answer(&ticket, at(1), reply);
            assert_eq!(cache.look(&ticket, at(2), &mut room), Known::Answered(reply.len()));
            assert_eq!(&room[..reply.len()], reply);
        }
        assert_eq!(cache.look(&ticket, at(31), &mut room), Known::New);
        cache.answer(&ticket, at(40), b"x");
        cache.forget(&ticket);
        assert_eq!(cache.look(&ticket, at(41), &mut room), Known::New);
    }

    #[test]
    fn another_source_identifier_or_authenticator_is_another_packet() {
        let cache = Cache::new(64);
        let mut room = [0; 4096];
        let bytes = request(1, 7);
        let ticket = cache.ticket(&Packet::parse(&bytes).unwrap(), from(1000));
        cache.answer(&ticket, at(0), b"reply");
        for (bytes, port) in [(request(2, 7), 1000), (request(1, 8), 1000), (request(1, 7), 1001)] {
            let other = cache.ticket(&Packet::parse(&bytes).unwrap(), from(port));
            assert_eq!(cache.look(&other, at(1), &mut room), Known::New);
        }
    }

    #[test]
    fn a_new_request_takes_the_place_of_the_old_one_under_its_identifier() {
        let cache = Cache::new(4);
        let mut room = [0; 4096];
        let tickets: Vec<Ticket> = (0..5)
            .map(|n| cache.ticket(&Packet::parse(&request(1, n)).unwrap(), from(1000)))
            .collect();
        let other = cache.ticket(&Packet::parse(&request(2, 0)).unwrap(), from(1000));
        cache.answer(&other, at(0), b"other");
        for ticket in &tickets {
            cache.answer(ticket, at(0), b"reply");
        }
        assert_eq!(cache.look(&tickets[0], at(1), &mut room), Known::New);
        assert_eq!(cache.look(&tickets[4], at(1), &mut room), Known::Answered(5));
        assert_eq!(cache.look(&other, at(1), &mut room), Known::Answered(5));
    }

    #[test]
    fn a_flood_evicts_the_oldest_and_never_grows() {
        let cache = Cache::new(4);
        let mut room = [0; 4096];
        let tickets: Vec<Ticket> = (0..=255)
            .map(|n| cache.ticket(&Packet::parse(&request(n, 0)).unwrap(), from(1000)))
            .collect();
        for (n, ticket) in tickets.iter().enumerate() {
            cache.answer(ticket, at(0).plus_millis(n as i64), b"reply");
        }
        let kept = tickets.iter().filter(|t| cache.look(t, at(1), &mut room) != Known::New).count();
        assert_eq!(kept, 4);
        assert_eq!(cache.look(&tickets[255], at(1), &mut room), Known::Answered(5));
    }
}
