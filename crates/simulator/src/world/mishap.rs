//! The network's days: usage, reboots, power cuts, modems that dial again.

use kernel::Result;

use super::World;
use super::calendar::Happening;
use crate::nas::{AcctCause, Dialled};

impl World {
    /// Routers report every session; isolated ones hardly move anything.
    pub(crate) async fn interims(&mut self) -> Result<()> {
        let every = self.setup.interim_secs;
        self.later(every, Happening::Interims);
        let now = self.now();
        let appetites: std::collections::BTreeMap<String, u64> = self
            .houses
            .iter()
            .filter_map(|h| h.modem.as_ref().map(|m| (m.username.clone(), h.appetite_gb)))
            .collect();
        {
            let mut street = self.street.open();
            for n in 0..street.routers.len() {
                if street.off.get(n) == Some(&true) {
                    continue;
                }
                let sessions: Vec<(String, u64)> = street
                    .routers
                    .get(n)
                    .map(|r| {
                        let of = |s: &crate::nas::SimSession| {
                            let gb = appetites.get(&s.username).copied().unwrap_or(1);
                            if s.attributes.is_isolated() { 0 } else { gb }
                        };
                        r.sessions().map(|s| (s.acct_session_id.clone(), of(s))).collect()
                    })
                    .unwrap_or_default();
                for (session, gb) in sessions {
                    let parts = u64::try_from(86_400 / every.max(1)).unwrap_or(1).max(1);
                    let most = (gb << 30) / parts;
                    let down = 40_000 + if most > 0 { self.dice.below(most * 3 / 2) } else { 0 };
                    let report = street
                        .routers
                        .get_mut(n)
                        .and_then(|r| r.interim(&session, (down / 9, down), now));
                    if let Some(report) = report {
                        street.untold.push((n, report));
                    }
                }
            }
        }
        self.round().await
    }

    /// One session is reported out of turn: a CoA changed it.
    pub(crate) async fn report_session(&mut self, router: usize, session: &str) -> Result<()> {
        let now = self.now();
        {
            let mut street = self.street.open();
            let report = street
                .routers
                .get_mut(router)
                .and_then(|r| r.interim(session, (9_000, 40_000), now));
            if let Some(report) = report {
                street.untold.push((router, report));
            }
        }
        self.round().await
    }

    /// A modem dials at its branch's router.
    pub(crate) async fn dial(&mut self, house: usize) -> Result<()> {
        let Some(found) = self.houses.get(house) else { return Ok(()) };
        let Some(modem) = found.modem.clone().filter(|_| found.is_powered) else { return Ok(()) };
        let router = if self.street.open().routers.len() > 1 { found.town } else { 0 };
        if self.street.open().router_of(&modem.username).is_some() {
            return Ok(());
        }
        let done = self.desk.dial(&self.street, router, &modem, self.now());
        if let Some(found) = self.houses.get_mut(house) {
            match done {
                Dialled::Online { .. } => found.rejected = 0,
                Dialled::Rejected { .. } => found.rejected += 1,
                Dialled::Ignored => {}
            }
        }
        Ok(())
    }

    /// The modem of a user goes away with a last word of its router.
    pub(crate) fn hang_up(&mut self, username: &str) {
        let now = self.now();
        let mut street = self.street.open();
        let Some(n) = street.router_of(username) else { return };
        let stop = street.routers.get_mut(n).and_then(|router| {
            let id = router.session_of(username)?.acct_session_id.clone();
            router.stop(&id, AcctCause::LostCarrier, now)
        });
        if let Some(stop) = stop {
            street.untold.push((n, stop));
        }
    }

    /// A customer's power goes or comes.
    pub(crate) async fn power(&mut self, house: usize, on: bool) -> Result<()> {
        let Some(found) = self.houses.get_mut(house) else { return Ok(()) };
        found.is_powered = on;
        let Some(username) = found.modem.as_ref().map(|m| m.username.clone()) else {
            return Ok(());
        };
        if on {
            return self.dial(house).await;
        }
        if self.dice.chance(500) {
            self.hang_up(&username);
        } else {
            let mut street = self.street.open();
            if let Some(n) = street.router_of(&username)
                && let Some(router) = street.routers.get_mut(n)
                && let Some(id) = router.session_of(&username).map(|s| s.acct_session_id.clone())
            {
                router.drop_silently(&id);
            }
        }
        Ok(())
    }

    /// A router starts anew: it forgets its sessions and says so; its modems dial in.
    pub(crate) async fn router_reboot(&mut self, n: usize) -> Result<()> {
        self.tally.nas_reboots += 1;
        let now = self.now();
        {
            let mut street = self.street.open();
            // What it had not told yet is gone with its memory.
            street.untold.retain(|(router, _)| *router != n);
            if let Some(off) = street.off.get_mut(n) {
                *off = false;
            }
            if let Some(on) = street.routers.get_mut(n).map(|r| r.reboot(now)) {
                street.untold.push((n, on));
            }
        }
        self.round().await?;
        self.pass(90);
        self.dial_all().await?;
        self.round().await
    }

    /// A router loses its power, and gets it back.
    pub(crate) async fn router_power(&mut self, n: usize, on: bool) -> Result<()> {
        if on {
            return self.router_reboot(n).await;
        }
        let mut street = self.street.open();
        street.untold.retain(|(router, _)| *router != n);
        if let Some(router) = street.routers.get_mut(n) {
            router.lose_power();
        }
        if let Some(off) = street.off.get_mut(n) {
            *off = true;
        }
        Ok(())
    }

    /// What goes wrong today.
    pub(crate) fn plan_mishaps(&mut self) {
        let routers = self.street.open().routers.len();
        for n in 0..routers {
            if self.dice.chance(60) {
                let secs = self.dice.range(0, 60_000);
                self.later(secs, Happening::RouterReboot(n));
            }
            if self.dice.chance(25) {
                let secs = self.dice.range(0, 40_000);
                let hours = self.dice.range(600, 14_000);
                self.later(secs, Happening::RouterPower(n, false));
                self.later(secs + hours, Happening::RouterPower(n, true));
            }
        }
        if self.dice.chance(40) {
            let secs = self.dice.range(0, 40_000);
            let hours = self.dice.range(1_800, 20_000);
            self.later(secs, Happening::GatewayAway(true));
            self.later(secs + hours, Happening::GatewayAway(false));
        }
        for house in 0..self.houses.len() {
            if self.dice.chance(12) {
                let secs = self.dice.range(0, 50_000);
                let hours = self.dice.range(600, 50_000);
                self.later(secs, Happening::Power(house, false));
                self.later(secs + hours, Happening::Power(house, true));
            }
        }
    }
}
