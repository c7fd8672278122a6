//! The guard against mass isolation: a sweep that isolates far more than such a sweep did before, or
//! while no money at all comes in, stops and asks a person once. Pure.
//!
//! Most isolations rightly fall on the 1st and the 21st, so a sweep is compared with the same sweep of the
//! last three months (same billing mode, same branch), not with an ordinary day.

use catalog::Policy;
use kernel::Ts;

/// Twice the share of earlier sweeps is still believed.
const FACTOR: i64 = 2;
/// The share (per mille) that is believed while there is no earlier sweep to compare with.
const FIRST_SHARE: i64 = 300;

/// One earlier sweep of the same mode and branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Past {
    /// Subscriptions whose invoice reached its instant.
    pub reached: i64,
    pub isolated: i64,
}

/// What a sweep is about to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sweep {
    pub reached: i64,
    pub isolated: i64,
    /// When any channel's payment was last settled.
    pub last_payment_at: Option<Ts>,
}

/// Why a sweep waits for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// `share` and `usual` in per mille.
    TooMany { share: i64, usual: i64 },
    /// No payment was settled for so many hours: the gateway may be silent.
    Silent { hours: i64 },
}

/// `None`: go on.
pub fn doubt(sweep: Sweep, past: &[Past], policy: &Policy, now: Ts) -> Option<Doubt> {
    if sweep.isolated <= policy.guard_floor {
        return None;
    }
    let silent_secs = sweep.last_payment_at.map_or(i64::MAX, |at| now.secs() - at.secs());
    if silent_secs >= policy.guard_silent_hours * 3_600 {
        return Some(Doubt::Silent { hours: silent_secs / 3_600 });
    }
    let share = sweep.isolated * 1_000 / sweep.reached.max(1);
    let reached: i64 = past.iter().map(|p| p.reached).sum();
    let isolated: i64 = past.iter().map(|p| p.isolated).sum();
    let usual = if reached > 0 { isolated * 1_000 / reached } else { FIRST_SHARE };
    (share > usual * FACTOR).then_some(Doubt::TooMany { share, usual })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Ts = Ts::from_secs(1_800_000_000);
    const LAST: [Past; 3] = [Past { reached: 19_000, isolated: 4_200 }; 3];

    fn sweep(isolated: i64, silent_hours: i64) -> Sweep {
        let last_payment_at = Some(NOW.plus_secs(-silent_hours * 3_600));
        Sweep { reached: 20_000, isolated, last_payment_at }
    }

    #[test]
    fn a_first_of_the_month_with_a_quarter_unpaid_passes() {
        assert_eq!(doubt(sweep(5_000, 1), &LAST, &Policy::default(), NOW), None);
        assert_eq!(doubt(sweep(5_000, 1), &[], &Policy::default(), NOW), None);
    }

    #[test]
    fn the_same_sweep_with_a_silent_gateway_stops() {
        let found = doubt(sweep(5_000, 6), &LAST, &Policy::default(), NOW);
        assert_eq!(found, Some(Doubt::Silent { hours: 6 }));
        let never = Sweep { last_payment_at: None, ..sweep(5_000, 0) };
        assert!(matches!(doubt(never, &LAST, &Policy::default(), NOW), Some(Doubt::Silent { .. })));
    }

    #[test]
    fn more_than_twice_the_usual_share_stops_and_a_handful_never_does() {
        let found = doubt(sweep(9_000, 1), &LAST, &Policy::default(), NOW);
        assert_eq!(found, Some(Doubt::TooMany { share: 450, usual: 221 }));
        let few = Sweep { reached: 50, isolated: 50, last_payment_at: None };
        assert_eq!(doubt(few, &LAST, &Policy::default(), NOW), None, "the absolute floor");
    }
}
