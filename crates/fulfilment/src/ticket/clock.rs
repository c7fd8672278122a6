//! How much working time a ticket has used, and when its time is over. Pure: hours and instants come in.

use kernel::{Day, Ts, Zone};
use serde::{Deserialize, Serialize};

use super::Priority;

const MICROS: i64 = 1_000_000;
/// Where a search for working time gives up: nothing of an ISP lies a century ahead.
const DAYS_MAX: i32 = 36_525;

/// When somebody works on tickets, by a branch's clocks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    /// 1 is Monday, 7 is Sunday.
    pub weekdays: Vec<i8>,
    /// Minute of the day at which work begins.
    pub from_minute: i64,
    /// Minute of the day at which it ends; 1440 is midnight.
    pub until_minute: i64,
    pub zone: Zone,
}

impl Hours {
    /// Day and night. Hours that let no minute through are read as these.
    pub fn always(zone: Zone) -> Self {
        Self { weekdays: vec![1, 2, 3, 4, 5, 6, 7], from_minute: 0, until_minute: 1_440, zone }
    }

    fn minutes(&self) -> (i64, i64) {
        let (from, until) = (self.from_minute.max(0), self.until_minute.min(1_440));
        if from < until { (from, until) } else { (0, 1_440) }
    }

    /// The working time of a day, if it has any.
    fn window(&self, day: Day) -> Option<(Ts, Ts)> {
        let weekday = day.date().weekday().to_monday_one_offset();
        let is_a_week = self.weekdays.iter().any(|d| (1..=7).contains(d));
        if is_a_week && !self.weekdays.contains(&weekday) {
            return None;
        }
        let midnight = Ts::local(day, 0, 0, self.zone);
        let (from, until) = self.minutes();
        Some((midnight.plus_secs(from * 60), midnight.plus_secs(until * 60)))
    }

    /// Working time from one instant to another, in microseconds; nothing when `to` is not later.
    pub fn between(&self, from: Ts, to: Ts) -> i64 {
        if to <= from {
            return 0;
        }
        let (mut day, last) = (from.day(self.zone), to.day(self.zone));
        let mut sum = 0;
        while day <= last {
            if let Some((opens, closes)) = self.window(day) {
                sum += (closes.min(to).micros() - opens.max(from).micros()).max(0);
            }
            day = day.next();
        }
        sum
    }

    /// The first instant at which so much working time has passed since `from`: the other way round of
    /// [`Hours::between`].
    pub fn after(&self, from: Ts, micros: i64) -> Ts {
        if micros <= 0 {
            return from;
        }
        let mut left = micros;
        let mut day = from.day(self.zone);
        for _ in 0..DAYS_MAX {
            if let Some((opens, closes)) = self.window(day) {
                let begins = opens.max(from);
                let room = (closes.micros() - begins.micros()).max(0);
                if left <= room {
                    return Ts::from_micros(begins.micros() + left);
                }
                left -= room;
            }
            day = day.next();
        }
        Ts::local(day, 0, 0, self.zone)
    }
}

/// What is promised: working hours, and the working seconds in which a ticket should be resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    pub hours: Hours,
    pub low_secs: i64,
    pub normal_secs: i64,
    pub high_secs: i64,
    pub urgent_secs: i64,
}

impl Terms {
    pub const fn target_secs(&self, priority: Priority) -> i64 {
        match priority {
            Priority::Low => self.low_secs,
            Priority::Normal => self.normal_secs,
            Priority::High => self.high_secs,
            Priority::Urgent => self.urgent_secs,
        }
    }
}

/// A ticket's clock: it runs while the ticket waits for us, and stands while it waits for the customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clock {
    pub hours: Hours,
    /// Working seconds that the ticket may take.
    pub target_secs: i64,
    /// Working time used before it last stopped, in microseconds.
    pub spent_micros: i64,
    /// `None`: it stands.
    pub running_since: Option<Ts>,
}

impl Clock {
    /// Starts at once.
    pub fn started(hours: Hours, target_secs: i64, now: Ts) -> Self {
        Self { hours, target_secs, spent_micros: 0, running_since: Some(now) }
    }

    /// Working time used up to `now`, in microseconds.
    pub fn spent(&self, now: Ts) -> i64 {
        let running = self.running_since.map_or(0, |since| self.hours.between(since, now));
        self.spent_micros.saturating_add(running)
    }

    /// Working seconds left at `now`; negative when they are overdrawn.
    pub fn left_secs(&self, now: Ts) -> i64 {
        (self.target_micros() - self.spent(now)).div_euclid(MICROS)
    }

    /// When the target is used up if the clock goes on; `None` while it stands.
    pub fn due_at(&self) -> Option<Ts> {
        let since = self.running_since?;
        Some(self.hours.after(since, self.target_micros() - self.spent_micros))
    }

    /// Runs or stands from `now` on. Asked for what it does already, it changes nothing.
    pub fn turn(&mut self, runs: bool, now: Ts) {
        match (self.running_since, runs) {
            (None, true) => self.running_since = Some(now),
            (Some(_), false) => {
                self.spent_micros = self.spent(now);
                self.running_since = None;
            }
            (Some(_), true) | (None, false) => {}
        }
    }

    /// Another promise from `now` on: what was used counts against it.
    pub fn retarget(&mut self, hours: Hours, target_secs: i64, now: Ts) {
        let runs = self.running_since.is_some();
        self.turn(false, now);
        self.hours = hours;
        self.target_secs = target_secs;
        self.turn(runs, now);
    }

    const fn target_micros(&self) -> i64 {
        self.target_secs.saturating_mul(MICROS)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn office() -> Hours {
        let weekdays = vec![1, 2, 3, 4, 5, 6];
        Hours { weekdays, from_minute: 480, until_minute: 1_020, zone: Zone::Jakarta }
    }

    fn at(day: &str, hour: i8, minute: i8) -> Ts {
        Ts::local(day.parse().unwrap(), hour, minute, Zone::Jakarta)
    }

    #[test]
    fn only_the_hours_in_which_somebody_works_count() {
        let hour = 3_600 * MICROS;
        // The 27th of November 2026 is a Friday.
        for (from, to, hours) in [
            (at("2026-11-27", 9, 0), at("2026-11-27", 11, 0), 2),
            (at("2026-11-27", 6, 0), at("2026-11-27", 9, 0), 1),
            (at("2026-11-27", 16, 0), at("2026-11-28", 9, 0), 2),
            // From Saturday afternoon over Sunday.
            (at("2026-11-28", 16, 0), at("2026-11-30", 9, 0), 2),
            (at("2026-11-29", 0, 0), at("2026-11-29", 23, 59), 0),
            (at("2026-11-27", 11, 0), at("2026-11-27", 9, 0), 0),
        ] {
            assert_eq!(office().between(from, to), hours * hour, "{from} {to}");
        }
        assert_eq!(office().after(at("2026-11-28", 16, 0), 2 * hour), at("2026-11-30", 9, 0));
        assert_eq!(office().after(at("2026-11-29", 3, 0), hour), at("2026-11-30", 9, 0));
        assert_eq!(office().after(at("2026-11-27", 16, 0), hour), at("2026-11-27", 17, 0));
    }

    #[test]
    fn hours_that_let_no_minute_through_are_day_and_night() {
        let (from, to) = (at("2026-11-28", 16, 0), at("2026-11-30", 9, 0));
        let all = Hours::always(Zone::Jakarta).between(from, to);
        assert_eq!(all, to.micros() - from.micros());
        let never = Hours { weekdays: vec![], from_minute: 600, until_minute: 60, ..office() };
        assert_eq!(never.between(from, to), all);
    }

    #[test]
    fn a_clock_stands_while_the_customer_is_asked() {
        let mut clock = Clock::started(office(), 4 * 3_600, at("2026-11-27", 9, 0));
        assert_eq!(clock.due_at(), Some(at("2026-11-27", 13, 0)));
        clock.turn(false, at("2026-11-27", 10, 0));
        assert_eq!((clock.due_at(), clock.left_secs(at("2026-11-28", 12, 0))), (None, 3 * 3_600));
        clock.turn(true, at("2026-11-28", 16, 0));
        assert_eq!(clock.due_at(), Some(at("2026-11-30", 10, 0)));
        assert_eq!(clock.left_secs(at("2026-11-30", 11, 0)), -3_600);
        // More urgent: what was used counts.
        clock.retarget(office(), 3_600, at("2026-11-28", 16, 30));
        assert_eq!(clock.due_at(), Some(at("2026-11-28", 16, 30)));
    }

    prop_compose! {
        fn any_hours()(
            days in proptest::collection::vec(1_i8..=7, 1..7),
            from in 0_i64..1_380,
            length in 60_i64..1_440,
            zone in prop::sample::select(vec![Zone::Jakarta, Zone::Makassar, Zone::Jayapura]),
        ) -> Hours {
            Hours { weekdays: days, from_minute: from, until_minute: (from + length).min(1_440), zone }
        }
    }

    /// 2026 and 2027, by the microsecond.
    fn any_instant() -> impl Strategy<Value = Ts> {
        (1_767_225_600_000_000_i64..1_830_297_600_000_000).prop_map(Ts::from_micros)
    }

    proptest! {
        #[test]
        fn working_time_adds_up_and_never_exceeds_the_wall_clock(
            hours in any_hours(),
            mut times in proptest::collection::vec(any_instant(), 3),
        ) {
            times.sort();
            let (a, b, c) = (times[0], times[1], times[2]);
            prop_assert_eq!(hours.between(a, b) + hours.between(b, c), hours.between(a, c));
            prop_assert!(hours.between(a, c) <= c.micros() - a.micros());
            prop_assert_eq!(
                Hours::always(hours.zone).between(a, c), c.micros() - a.micros()
            );
        }

        #[test]
        fn the_due_instant_is_the_first_at_which_the_time_is_used_up(
            hours in any_hours(),
            from in any_instant(),
            micros in 1_i64..200 * 3_600 * MICROS,
        ) {
            let due = hours.after(from, micros);
            prop_assert_eq!(hours.between(from, due), micros);
            let before = Ts::from_micros(due.micros() - 1);
            prop_assert_eq!(hours.between(from, before), micros - 1);
        }

        #[test]
        fn however_often_it_is_stopped_only_running_working_time_counts(
            hours in any_hours(),
            target in 60_i64..200 * 3_600,
            start in any_instant(),
            steps in proptest::collection::vec((any::<bool>(), 0_i64..40 * 3_600 * MICROS), 0..12),
        ) {
            let mut clock = Clock::started(hours.clone(), target, start);
            let (mut now, mut runs, mut expect) = (start, true, 0);
            for (next, wait) in steps {
                let then = Ts::from_micros(now.micros() + wait);
                if runs {
                    expect += hours.between(now, then);
                }
                now = then;
                clock.turn(next, now);
                runs = next;
                prop_assert_eq!(clock.spent(now), expect);
                prop_assert_eq!(clock.due_at().is_some(), runs);
                // It is over exactly when the due instant has come.
                if let Some(due) = clock.due_at() {
                    prop_assert_eq!(due <= now, expect >= target * MICROS);
                }
            }
        }
    }
}
