//! Why a transaction happens: when, by whom, on which trail.

use crate::actor::Actor;
use crate::id::TrailId;
use crate::ts::Ts;

/// Handed to `store::Db::write`; the transaction carries it, so that every use-case has one `now`,
/// one actor and one trail without passing them by hand.
#[derive(Clone, Debug)]
pub struct Cause {
    pub now: Ts,
    pub actor: Actor,
    /// Joins all hops of one story. `None`: the transaction starts a new trail.
    pub trail: Option<TrailId>,
}

impl Cause {
    pub fn new(now: Ts, actor: Actor) -> Self {
        Self { now, actor, trail: None }
    }
    pub fn system(now: Ts, task: &'static str) -> Self {
        Self::new(now, Actor::system(task))
    }
    #[must_use]
    pub fn on_trail(mut self, trail: TrailId) -> Self {
        self.trail = Some(trail);
        self
    }
}
