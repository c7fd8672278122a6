//! The shared words of the house.
//!
//! **Owns** ids, money, civil days, instants, periods, the clock, who acts ([`Actor`], [`Scope`],
//! [`Permission`]), what went wrong ([`Fault`]) and what happened ([`Event`]).
//! **Never** does IO, knows SQL, or reads the wall clock outside [`clock::SystemClock`].
//! **Enter here:** every room starts from these types.

pub mod actor;
pub mod cause;
pub mod clock;
pub mod day;
pub mod event;
pub mod fault;
pub mod id;
pub mod money;
pub mod period;
pub mod permission;
pub mod phone;
pub mod ts;
pub mod words;

pub use actor::{Actor, Scope};
pub use cause::Cause;
pub use clock::Clock;
pub use day::Day;
pub use event::Event;
pub use fault::{Fault, FaultKind, Field};
pub use id::*;
pub use money::Money;
pub use period::Period;
pub use permission::Permission;
pub use phone::Phone;
pub use ts::{Ts, Zone};
pub use words::Lang;

/// The result of every use-case.
pub type Result<T> = std::result::Result<T, Fault>;
