//! Quiet hours of the branch. Pure.

use kernel::{Ts, Zone};

/// The first instant from `now` on at which a message that can wait may go.
///
/// `until_hour`: nothing before this local hour; `from_hour`: nothing from this local hour on.
pub fn next_allowed(now: Ts, zone: Zone, until_hour: i8, from_hour: i8) -> Ts {
    let (hour, _) = now.hour_minute(zone);
    let today = now.day(zone);
    if hour < until_hour {
        Ts::local(today, until_hour, 0, zone)
    } else if hour >= from_hour {
        Ts::local(today.next(), until_hour, 0, zone)
    } else {
        now
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Day;

    #[test]
    fn a_bill_at_night_waits_for_the_morning() {
        let day = Day::ymd(2026, 12, 1).unwrap();
        let at = |hour| Ts::local(day, hour, 0, Zone::Makassar);
        assert_eq!(next_allowed(at(0), Zone::Makassar, 8, 20), at(8));
        assert_eq!(next_allowed(at(12), Zone::Makassar, 8, 20), at(12));
        let next = Ts::local(day.next(), 8, 0, Zone::Makassar);
        assert_eq!(next_allowed(at(20), Zone::Makassar, 8, 20), next);
    }
}
