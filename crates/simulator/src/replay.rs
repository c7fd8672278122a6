//! Outside systems played over real HTTP on loopback, as recorded from real ones.

pub mod erpnext;
