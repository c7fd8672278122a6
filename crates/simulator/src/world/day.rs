//! The rhythm of hours and days.

use std::collections::BTreeSet;

use kernel::{Clock, Result, Ts, Zone};

use super::World;
use super::calendar::Happening;

impl World {
    pub(crate) fn plan_first_day(&mut self) {
        let start = self.now();
        self.at(start.plus_secs(60), Happening::Hour);
        self.at(start.plus_secs(300), Happening::Night);
        self.at(start.plus_secs(6 * 3_600), Happening::Morning);
        self.at(start.plus_secs(1_200), Happening::Interims);
        self.at(start.plus_secs(23 * 3_600 + 50 * 60), Happening::Evening);
    }

    /// At one past each hour: the sweep, the modems that are not online, what people left.
    pub(crate) async fn hour(&mut self) -> Result<()> {
        self.at(next(self.clock.now(), 3_600, 60), Happening::Hour);
        self.sweep().await?;
        // The worker asks twice a minute; here every third hour, or a year would be nothing else.
        if self.now().secs() / 3_600 % 3 == 0 {
            self.ask_gateway().await?;
        }
        self.dial_all().await?;
        self.round().await
    }

    /// After midnight: everything that is due by the day, and the house kept in order.
    pub(crate) async fn night(&mut self) -> Result<()> {
        self.at(
            next(self.clock.now(), 86_400, 300 - Zone::Jakarta.offset_secs()),
            Happening::Night,
        );
        self.run_day().await?;
        self.sweep().await?;
        self.keep_house().await?;
        self.round().await
    }

    /// Everybody plans their day.
    pub(crate) async fn morning(&mut self) -> Result<()> {
        let at = next(self.clock.now(), 86_400, 6 * 3_600 - Zone::Jakarta.offset_secs());
        self.at(at, Happening::Morning);
        self.answer_sweeps().await?;
        self.stock_up().await?;
        if self.setup.calm {
            return Ok(());
        }
        self.plan_interest();
        self.plan_visits().await?;
        self.plan_payments().await?;
        self.plan_mishaps();
        self.plan_wishes().await?;
        self.plan_corrections().await?;
        self.reseller_day().await
    }

    /// The day is over: tasks rest, then every invariant is asked.
    pub(crate) async fn evening(&mut self) -> Result<()> {
        let at = next(self.clock.now(), 86_400, 23 * 3_600 + 3_000 - Zone::Jakarta.offset_secs());
        self.at(at, Happening::Evening);
        self.settle_down().await?;
        if self.setup.check {
            self.check_day().await?;
        }
        Ok(())
    }

    /// Modems that should be online and are not dial.
    pub(crate) async fn dial_all(&mut self) -> Result<()> {
        let online: BTreeSet<String> = {
            let street = self.street.open();
            street.routers.iter().flat_map(|r| r.sessions()).map(|s| s.username.clone()).collect()
        };
        let hour = self.now().secs() / 3_600;
        let away: Vec<usize> = self
            .houses
            .iter()
            .enumerate()
            .filter(|(n, house)| {
                let offline = house.modem.as_ref().is_some_and(|m| !online.contains(&m.username));
                // Who is rejected again and again is unplugged most of the time.
                let patient = house.rejected < 3 || (hour + *n as i64) % 24 == 0;
                house.is_powered && offline && patient
            })
            .map(|(n, _)| n)
            .collect();
        for house in away {
            self.dial(house).await?;
        }
        Ok(())
    }
}

/// The next instant after `now` that lies `offset_secs` after a multiple of `every_secs`.
fn next(now: Ts, every_secs: i64, offset_secs: i64) -> Ts {
    let into = (now.secs() - offset_secs).rem_euclid(every_secs);
    Ts::from_secs(now.secs() + every_secs - into)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_hour_is_always_ahead() {
        assert_eq!(next(Ts::from_secs(3_600), 3_600, 60), Ts::from_secs(3_660));
        assert_eq!(next(Ts::from_secs(3_660), 3_600, 60), Ts::from_secs(7_260));
        assert_eq!(next(Ts::from_secs(3_661), 3_600, 60), Ts::from_secs(7_260));
    }
}
