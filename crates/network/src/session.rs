//! Sessions as the NAS account for them.
//!
//! Rules (domain, section 6): counters only grow; Accounting-On/Off closes the NAS's sessions; a new
//! start from the same MAC supersedes; three missed interims make a session suspect, not closed; a late
//! interim reopens what we closed ourselves. A stop is final.

mod apply;
mod end;
mod fold;
mod list;
mod load;
mod save;

use std::net::IpAddr;

pub use apply::{Applied, apply};
pub use end::mark_suspect;
pub(crate) use end::not_found_at_nas;
pub use fold::EndedBy;
pub(crate) use list::of_guests_over;
pub use list::{
    Filter, OnlineCount, SessionView, by_address, counts, find, for_control, list, live_page,
    of_guest, of_subscription,
};

pub(crate) fn parse_ip(text: Option<&str>) -> Option<IpAddr> {
    text.and_then(|t| t.parse().ok())
}
