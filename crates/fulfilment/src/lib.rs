//! Fulfilment: what technicians have to do, did, and can prove; what customers complain of.
//!
//! **Owns** work orders and their visits, who does them, scans, photos and positions as evidence, and
//! the ops that technicians' devices send when they are online again; tickets, their clocks and stories.
//! **Never** moves an item, opens an account or starts billing: it says what happened, and flows do the
//! rest in the same transaction. The device's time is evidence, never what a rule decides by.
//! **Enter here:** [`open`], [`assign`], [`accept`], [`record_scan`], [`finish`], [`jobs`], [`field`], [`ticket`].

mod ask;
mod assign;
mod cancel;
mod close;
pub mod evidence;
pub mod field;
mod gps;
mod open;
pub mod order;
pub mod photo;
mod progress;
mod reassign;
mod reschedule;
mod review;
mod scan;
mod signal;
mod store;
pub mod ticket;
mod used;

pub use ask::{Filter, Stage, find, jobs, list, live_install, photos_of, steps, technicians_of};
pub use assign::assign;
pub use cancel::{cancel, may_cancel};
pub use close::{Online, fail, finish};
pub use gps::record_gps;
pub use open::{NewWorkOrder, open};
pub use order::{Kind, Mark, State, WorkOrder};
pub use photo::attach_photo;
pub use progress::{accept, on_site, on_the_way};
pub use reassign::reassign;
pub use reschedule::reschedule;
pub use review::{needs_review, reviewed};
pub use scan::{
    Device, Found, OWN_DEVICE_NOT_APPROVED, Scan, approve_own_device, judge as judge_scan,
    record_scan,
};
pub use signal::{record_signal, spoken as signal_spoken};
pub use used::note_used;

/// This room's tables.
pub const MIGRATIONS: ::store::Migrations = ::store::Migrations {
    room: "fulfilment",
    steps: &[
        ("001_init", include_str!("../migrations/001_init.sql")),
        ("002_move", include_str!("../migrations/002_move.sql")),
        ("003_ticket", include_str!("../migrations/003_ticket.sql")),
        ("004_proof", include_str!("../migrations/004_proof.sql")),
        ("005_sort", include_str!("../migrations/005_sort.sql")),
    ],
};

/// A page of a list, and where the next one starts.
#[derive(Clone, Debug)]
pub struct Page<T, K> {
    pub items: Vec<T>,
    /// Give it as `after` to go on; `None` at the end.
    pub next: Option<K>,
}
