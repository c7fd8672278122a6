//! What breaks: errors of the database, and the program killed between any two commits.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kernel::{Cause, Fault};
use store::{Db, FaultPoint};

use crate::dice::Dice;

/// How often something breaks, of 100,000 chances.
#[derive(Clone, Copy, Debug)]
pub struct Odds {
    /// A transaction fails before it begins, before its commit, or after it (nobody hears of it); or a question
    /// of the program's own tasks is not answered.
    pub error: u64,
    /// The program dies right after a commit.
    pub kill: u64,
}

impl Odds {
    pub const NONE: Self = Self { error: 0, kill: 0 };
    /// A bad year.
    pub const BAD: Self = Self { error: 900, kill: 500 };
}

/// The dial that every database of the world asks before it works.
#[derive(Clone, Debug)]
pub struct FaultDial(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    dice: Dice,
    odds: Odds,
    dead: bool,
    /// The program is at work, and not the world that looks around by the same readers.
    program: bool,
    errors: u64,
    kills: u64,
}

impl FaultDial {
    pub fn new(seed: u64, odds: Odds) -> Self {
        let dice = Dice::new(seed ^ 0xfau64.rotate_left(40));
        Self(Arc::new(Mutex::new(State {
            dice,
            odds,
            dead: false,
            program: false,
            errors: 0,
            kills: 0,
        })))
    }
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on `db` breaks as the dial says.
    pub fn wire(&self, db: &Db) {
        let dial = self.clone();
        db.set_faults(Some(Arc::new(move |point, _: &Cause| dial.strike(point))));
    }
    pub fn set(&self, odds: Odds) {
        self.state().odds = odds;
    }
    /// The program was killed and must be started anew.
    pub fn is_dead(&self) -> bool {
        self.state().dead
    }
    /// Kills it now, between two commits.
    pub fn kill(&self) {
        let mut state = self.state();
        if !state.dead {
            state.dead = true;
            state.kills += 1;
        }
    }
    /// From here on questions are the program's (and break), or the world's own.
    pub fn program_asks(&self, program: bool) {
        self.state().program = program;
    }
    pub fn revive(&self) {
        self.state().dead = false;
    }
    /// Errors injected and kills so far.
    pub fn counts(&self) -> (u64, u64) {
        let state = self.state();
        (state.errors, state.kills)
    }

    fn strike(&self, point: FaultPoint) -> Option<Fault> {
        let mut state = self.state();
        // The world looks around by the same readers as the program.
        if point == FaultPoint::Read && !state.program {
            return None;
        }
        if state.dead {
            return Some(broken("the program was killed"));
        }
        let throw = state.dice.below(100_000);
        if point == FaultPoint::AfterCommit && throw < state.odds.kill {
            state.dead = true;
            state.kills += 1;
            return Some(broken("the program was killed after a commit"));
        }
        // Three points a transaction share the odds.
        if throw >= 100_000 - state.odds.error / 3 {
            state.errors += 1;
            return Some(broken("an injected database error"));
        }
        None
    }
}

fn broken(what: &'static str) -> Fault {
    Fault::unavailable("store.unavailable", "Basis data sedang tidak tersedia.", what)
}
