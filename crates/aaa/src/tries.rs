//! Wrong voucher codes, counted a device: whoever guesses is not listened to for a while.
//!
//! A code has 60 bits, so that guessing is hopeless anyway; this keeps a guesser from trying at the speed of
//! the line. The table is of a fixed size and takes no lock. Two devices that share a place push each other
//! out of it, so that a flood of invented devices makes it forget, and never refuses somebody else.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU64, Ordering};

use kernel::{NasId, Ts};
use network::Mac;

/// Wrong codes after which a device is not listened to.
pub const WRONG_MAX: u64 = 10;
/// How long wrong codes count, and a device is not listened to.
pub const WINDOW_SECS: i64 = 300;

const PLACES: usize = 8_192;

/// See the module's documentation.
#[derive(Debug)]
pub struct Tries {
    hasher: RandomState,
    /// 24 bits of the device's hash, 8 of the count, 32 of the second at which the window began.
    places: Box<[AtomicU64]>,
}

impl Default for Tries {
    fn default() -> Self {
        let places = (0..PLACES).map(|_| AtomicU64::new(0)).collect();
        Self { hasher: RandomState::new(), places }
    }
}

impl Tries {
    /// Whether this device has used its tries up.
    pub fn are_used_up(&self, nas: NasId, device: Option<Mac>, now: Ts) -> bool {
        let (place, tag) = self.place(nas, device);
        place.is_some_and(|p| count(p.load(Ordering::Relaxed), tag, second(now)) >= WRONG_MAX)
    }

    /// Counts a wrong code.
    pub fn wrong(&self, nas: NasId, device: Option<Mac>, now: Ts) {
        let (Some(place), tag) = self.place(nas, device) else { return };
        let now = second(now);
        let next = |known: u64| {
            let so_far = count(known, tag, now);
            let since = if so_far == 0 { now } else { known & 0xffff_ffff };
            Some((tag << 40) | ((so_far + 1).min(255) << 32) | since)
        };
        let _ = place.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next);
    }

    fn place(&self, nas: NasId, device: Option<Mac>) -> (Option<&AtomicU64>, u64) {
        let hash = self.hasher.hash_one((nas, device.map(Mac::bytes)));
        let index = usize::try_from(hash & 0xffff_ffff).unwrap_or_default() % PLACES;
        (self.places.get(index), hash >> 40)
    }
}

fn second(at: Ts) -> u64 {
    u64::try_from(at.secs()).unwrap_or_default() & 0xffff_ffff
}

/// The wrong codes that this place counts for `tag` at `now`.
const fn count(known: u64, tag: u64, now: u64) -> u64 {
    let since = known & 0xffff_ffff;
    if known >> 40 == tag && now < since + WINDOW_SECS as u64 { (known >> 32) & 0xff } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> Ts {
        Ts::from_secs(1_790_000_000 + secs)
    }
    fn mac(n: u8) -> Option<Mac> {
        Some(Mac::from_bytes([2, 0, 0, 0, 0, n]))
    }

    #[test]
    fn ten_wrong_codes_close_the_door_for_five_minutes_and_for_this_device_only() {
        let tries = Tries::default();
        for n in 0..10 {
            assert!(!tries.are_used_up(NasId::nil(), mac(1), at(n)));
            tries.wrong(NasId::nil(), mac(1), at(n));
        }
        assert!(tries.are_used_up(NasId::nil(), mac(1), at(10)));
        assert!(!tries.are_used_up(NasId::nil(), mac(2), at(10)));
        assert!(!tries.are_used_up(NasId::nil(), None, at(10)));
        assert!(tries.are_used_up(NasId::nil(), mac(1), at(299)));
        assert!(!tries.are_used_up(NasId::nil(), mac(1), at(300)));
        tries.wrong(NasId::nil(), mac(1), at(300));
        assert!(!tries.are_used_up(NasId::nil(), mac(1), at(301)), "it counts anew");
    }

    #[test]
    fn a_flood_of_invented_devices_shuts_nobody_else_out() {
        let tries = Tries::default();
        for n in 0..200_000_u32 {
            let [a, b, c, d] = n.to_be_bytes();
            tries.wrong(NasId::nil(), Some(Mac::from_bytes([6, 0, a, b, c, d])), at(0));
        }
        assert!(!tries.are_used_up(NasId::nil(), mac(1), at(1)));
    }
}
