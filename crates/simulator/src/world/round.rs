//! The program's own tasks, activated as its worker would.

use flows::tasks;
use kernel::{Clock, Fault, FaultKind, Result, Ts};
use store::{QueryExt, Tx, args, row};

use super::World;
use super::calendar::Happening;
use crate::street::Wire;

/// Activations in a row before the worker rests.
const ROUNDS: usize = 12;
/// Tries of a task in one activation.
const TRIES: usize = 40;

/// Runs a task until it is not broken by a passing failure any more.
macro_rules! persist {
    ($world:ident, $task:expr) => {{
        let mut tries = 0;
        loop {
            $world.dial.program_asks(true);
            let outcome = $task;
            $world.dial.program_asks(false);
            match outcome {
                Ok(done) => {
                    $world.unlooked = true;
                    break done;
                }
                Err(fault) if fault.kind == FaultKind::Unavailable && tries < TRIES => {
                    tries += 1;
                    $world.mend().await?;
                    $world.pass(1);
                }
                Err(fault) => return Err(fault),
            }
        }
    }};
}

row! {
    /// Notices that wait, and when something of the other queues is due first.
    struct Due { notices: i64, outbox: Option<Ts>, access: Option<Ts>, messages: Option<Ts> }
}

impl World {
    /// One look at everything that waits: accounting, directory, notes, money, outbox, access, messages.
    /// Goes on while something moves.
    pub(crate) async fn round(&mut self) -> Result<()> {
        for _ in 0..ROUNDS {
            self.dial.program_asks(true);
            let activated = self.activate().await;
            self.dial.program_asks(false);
            let moved = match activated {
                Ok(moved) => moved,
                Err(fault) if fault.kind == FaultKind::Unavailable => {
                    self.mend().await?;
                    self.pass(2);
                    continue;
                }
                Err(fault) => return Err(fault),
            };
            if !moved {
                break;
            }
        }
        Ok(())
    }

    /// Everything due is done before the day is looked at.
    pub(crate) async fn settle_down(&mut self) -> Result<()> {
        for _ in 0..6 {
            self.round().await?;
            self.pass(61);
        }
        let untold = !self.street.open().untold.is_empty();
        if untold {
            self.round().await?;
        }
        self.sweep().await?;
        self.round().await
    }

    async fn activate(&mut self) -> Result<bool> {
        let now = self.now();
        let accounted = self.desk.account(&self.street, now).await?;
        if accounted > 0 || self.unapplied {
            self.unapplied = true;
            self.desk.apply(&self.db, now).await?;
            self.unapplied = false;
        }
        let rung = self.desk.catch_up(&self.db, now).await?;
        let noted = self.desk.write_notes(&self.db, now).await?;
        let mut moved = accounted + noted;
        let is_time = self.next_due.is_some_and(|at| at <= now);
        if !(rung || is_time || moved > 0 || self.unlooked) {
            return Ok(false);
        }
        self.unlooked = true;
        self.dial.program_asks(false);
        let due = self.due().await?;
        self.dial.program_asks(true);
        if due.notices > 0 {
            moved += self.count_notices().await?;
        }
        if due.outbox.is_some_and(|at| at <= now) {
            moved += tasks::drain_outbox(&self.db, now, 200).await?.claimed;
        }
        if due.access.is_some_and(|at| at <= now) {
            moved += self.enforce().await?;
        }
        if due.messages.is_some_and(|at| at <= now) {
            let channels = self.post.channels();
            let sent = notification::deliver::activate(&self.db, &channels, now, 500).await?;
            moved += usize::try_from(sent.claimed).unwrap_or(0);
        }
        if moved > 0 {
            self.desk.catch_up(&self.db, now).await?;
            return Ok(true);
        }
        self.unlooked = false;
        self.next_due = [due.outbox, due.access, due.messages].into_iter().flatten().min();
        Ok(false)
    }

    /// When each of the worker's queues has something due: what its tasks would find when they look.
    async fn due(&self) -> Result<Due> {
        self.db
            .reader()
            .row(
                "select (select count(*) from billing_notice where state = 'stored') as notices,
                   (select min(coalesce(locked_until, next_attempt_at)) from store_outbox
                     where dead = false) as outbox,
                   (select min(next_attempt_at) from network_access
                     where enforced_version < version) as access,
                   (select min(coalesce(locked_until, next_attempt_at)) from notification_message
                     where state = 'queued') as messages",
                args![],
            )
            .await
    }

    /// Carries access out at the routers, and lets what follows happen there.
    async fn enforce(&mut self) -> Result<usize> {
        let directory = std::sync::Arc::clone(&self.desk.directory);
        let wire = Wire::new(self.street.clone(), directory, self.clock.clone());
        let round = network::enforce::round(&self.db, &wire, &self.clock, 500).await;
        let (changed, cut) = {
            let mut street = self.street.open();
            (std::mem::take(&mut street.changed), std::mem::take(&mut street.cut))
        };
        for (router, session) in changed {
            let secs = self.dice.range(20, 240);
            self.later(secs, Happening::Report { router, session });
        }
        for username in cut {
            if let Some(house) = self.house_of(&username) {
                let secs = self.dice.range(5, 40);
                self.later(secs, Happening::Dial(house));
            }
        }
        let round = round?;
        if round.claimed > 0 {
            for secs in [65, 310, 660, 960] {
                self.later(secs, Happening::Tasks);
            }
        }
        Ok(round.claimed)
    }

    pub(crate) async fn sweep(&mut self) -> Result<()> {
        persist!(self, flows::sweep::sweep(&self.db, self.clock.now()).await);
        Ok(())
    }

    pub(crate) async fn run_day(&mut self) -> Result<()> {
        let done = persist!(self, tasks::run_day(&self.db, &self.clock).await);
        if done.refused > 0 {
            let what = format!("the billing run refused {} subscriptions", done.refused);
            return Err(Fault::bug(what));
        }
        Ok(())
    }

    pub(crate) async fn keep_house(&mut self) -> Result<()> {
        persist!(self, tasks::keep_house(&self.db, self.clock.now()).await);
        Ok(())
    }

    /// A person answers the sweeps that wait.
    pub(crate) async fn answer_sweeps(&mut self) -> Result<()> {
        let waiting = flows::sweep::waiting(&mut self.db.reader(), None).await?;
        for one in waiting {
            let owner = self.staff.owner.clone();
            let go_on = !self.dice.chance(50);
            self.try_ask(&owner, "answer sweep", async |tx: &mut Tx| {
                flows::sweep::answer(tx, one.id, go_on).await
            })
            .await?;
        }
        Ok(())
    }

    pub(crate) fn house_of(&self, username: &str) -> Option<usize> {
        self.houses.iter().position(|h| h.modem.as_ref().is_some_and(|m| m.username == username))
    }
}
