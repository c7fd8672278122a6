//! The outside as this process reaches it: routers and message channels. (Payment
//! gateways are an extension of the database: [`flows::inbox::Gateways`].)

use std::sync::Arc;

use network::control::Answering;
use network::{AccessView, LiveSession, NasAnswer, NasControl};
use notification::Channel;

use crate::engines::Engines;

/// What the ports of the rooms are connected to.
#[derive(Clone)]
pub struct Outside {
    pub nas: Arc<dyn NasControl>,
    pub channels: Vec<Arc<dyn Channel>>,
    pub engines: Arc<Engines>,
}

impl Outside {
    /// Connected to nothing: routers can't be reached, messages stay queued.
    pub fn none() -> Self {
        Self { nas: Arc::new(Unreachable), channels: Vec::new(), engines: Arc::default() }
    }
}

/// No way to any router.
struct Unreachable;

impl NasControl for Unreachable {
    fn change<'a>(&'a self, _: &'a LiveSession, _: &'a AccessView) -> Answering<'a> {
        Box::pin(async { NasAnswer::NotPossible })
    }
    fn disconnect<'a>(&'a self, _: &'a LiveSession) -> Answering<'a> {
        Box::pin(async { NasAnswer::NotPossible })
    }
}
