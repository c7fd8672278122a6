//! A ticket (tiket, laporan gangguan): what is wrong at a customer's, who sees to it, and by when.
//!
//! Customer, reseller, CS and NOC report; staff work on it; everybody who may see it talks in it, publicly
//! or, staff among themselves, internally. Its clock ([`clock`]) runs in working hours while it waits for us.

pub mod clock;

mod act;
mod ask;
mod hand;
mod open;
mod photo;
mod talk;
mod watch;

use kernel::actor::Who;
use kernel::fault::wrong_state;
use kernel::{
    Actor, BranchId, CustomerId, Fault, PartnerId, PhotoId, Result, SubscriptionId, TicketEntryId,
    TicketId, Ts, UserId, WorkOrderId,
};
use serde_json::{Value, json};

pub use act::{close, reopen, resolve, start, wait};
pub use ask::{find, find_in, story};
pub use clock::{Clock, Hours, Terms};
pub use hand::{assign, link_order, may_take, order_ended, prioritize, release, take};
pub use open::{NewTicket, open};
pub use photo::{attach, picture, picture_of};
pub use talk::comment;
pub use watch::{breaches_due, close_by_itself, note_breach, to_close};

store::words! {
    /// What it is about.
    pub enum Category {
        /// Internet mati.
        NoInternet = "no_internet",
        Slow = "slow",
        /// Putus-putus.
        Unstable = "unstable",
        /// Modem, kabel, perangkat di rumah.
        Device = "device",
        Billing = "billing",
        /// Pindah alamat, geser kabel, permintaan lain.
        Request = "request",
        Other = "other",
    }
}

impl Category {
    /// A fault of the line, of which a subscription has at most one live ticket.
    pub const fn is_fault(self) -> bool {
        matches!(self, Self::NoInternet | Self::Slow | Self::Unstable | Self::Device)
    }
    /// How urgent it is when nobody says.
    pub const fn priority(self) -> Priority {
        match self {
            Self::NoInternet => Priority::High,
            Self::Slow | Self::Unstable | Self::Device | Self::Billing => Priority::Normal,
            Self::Request | Self::Other => Priority::Low,
        }
    }
    /// As staff say it, in both languages.
    pub const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::NoInternet => ("internet mati", "no internet"),
            Self::Slow => ("lambat", "slow"),
            Self::Unstable => ("putus-putus", "unstable"),
            Self::Device => ("perangkat", "device"),
            Self::Billing => ("tagihan", "billing"),
            Self::Request => ("permintaan", "request"),
            Self::Other => ("lain-lain", "other"),
        }
    }
}

store::words! {
    pub enum Priority { Low = "low", Normal = "normal", High = "high", Urgent = "urgent" }
}

store::words! {
    /// Who reported it.
    pub enum Source {
        Office = "office",
        Noc = "noc",
        Technician = "technician",
        Customer = "customer",
        Reseller = "reseller",
        System = "system",
    }
}

store::words! {
    pub enum TicketState {
        Open = "open",
        InProgress = "in_progress",
        /// The customer is asked; the clock stands.
        WaitingCustomer = "waiting_customer",
        Resolved = "resolved",
        Closed = "closed",
        /// Resolved, but it was not: as open.
        Reopened = "reopened",
    }
}

impl TicketState {
    /// What may follow. Closed is final: what is wrong again is another ticket.
    pub const fn next(self) -> &'static [Self] {
        use TicketState::{Closed, InProgress, Reopened, Resolved, WaitingCustomer};
        match self {
            Self::Open | Self::Reopened => &[InProgress, WaitingCustomer, Resolved],
            InProgress => &[WaitingCustomer, Resolved],
            WaitingCustomer => &[InProgress, Resolved],
            Resolved => &[Closed, Reopened],
            Closed => &[],
        }
    }
    /// # Errors
    /// `fulfilment.ticket_wrong_state`, naming the state and what is allowed.
    pub fn to(self, next: Self, number: &str) -> Result<Self> {
        if self.next().contains(&next) { Ok(next) } else { Err(self.refusal(number)) }
    }
    /// # Errors
    /// `fulfilment.ticket_wrong_state` unless somebody still has to do something.
    pub fn must_be_live(self, number: &str) -> Result<()> {
        if self.is_live() { Ok(()) } else { Err(self.refusal(number)) }
    }
    /// # Errors
    /// `fulfilment.ticket_wrong_state` when it is closed: nothing is added any more.
    pub fn must_be_open_for_words(self, number: &str) -> Result<()> {
        if self == Self::Closed { Err(self.refusal(number)) } else { Ok(()) }
    }
    pub(crate) fn refusal(self, number: &str) -> Fault {
        let allowed: Vec<&str> = self.next().iter().map(|state| state.as_str()).collect();
        let allowed = if allowed.is_empty() { "-".to_owned() } else { allowed.join(", ") };
        let (id, en) = (format!("Tiket {number}"), format!("ticket {number}"));
        wrong_state("fulfilment.ticket_wrong_state", (&id, &en), self.as_str(), &allowed)
    }
    /// Somebody still has to do something.
    pub const fn is_live(self) -> bool {
        !matches!(self, Self::Resolved | Self::Closed)
    }
    /// It waits for us.
    pub const fn clock_runs(self) -> bool {
        matches!(self, Self::Open | Self::InProgress | Self::Reopened)
    }
}

store::words! {
    /// One line of a ticket's story.
    pub enum EntryKind {
        Opened = "opened",
        Comment = "comment",
        Photo = "photo",
        Started = "started",
        /// The customer is asked; the text is the question.
        Waiting = "waiting",
        Resolved = "resolved",
        Closed = "closed",
        Reopened = "reopened",
        Assigned = "assigned",
        Released = "released",
        Prioritized = "prioritized",
        WorkOrder = "work_order",
        WorkOrderEnded = "work_order_ended",
        Breached = "breached",
    }
}

store::row! {
    /// A ticket as stored.
    pub struct Ticket {
        pub id: TicketId,
        /// `TKT000123`.
        pub number: String,
        pub category: Category,
        pub priority: Priority,
        pub state: TicketState,
        /// In one line.
        pub subject: String,
        pub source: Source,
        pub customer_id: CustomerId,
        pub subscription_id: Option<SubscriptionId>,
        pub branch_id: BranchId,
        pub partner_id: Option<PartnerId>,
        /// The visit that was sent for it, the latest one.
        pub work_order_id: Option<WorkOrderId>,
        pub assignee_id: Option<UserId>,
        pub resolution: Option<String>,
        pub hours: Value,
        pub target_secs: i64,
        pub spent_micros: i64,
        pub running_since: Option<Ts>,
        /// When its time is over, while the clock runs.
        pub due_at: Option<Ts>,
        pub breached_at: Option<Ts>,
        /// Its visit is done: somebody should look whether that was it.
        pub suggest_resolve: bool,
        /// How many times.
        pub reopened: i64,
        pub created_at: Ts,
        pub changed_at: Ts,
        pub resolved_at: Option<Ts>,
        pub closed_at: Option<Ts>,
        pub version: i64,
    }
}

impl Ticket {
    pub fn clock(&self) -> Clock {
        Clock {
            // Written by `set_clock` alone; hours that can't be read are day and night.
            hours: serde_json::from_value(self.hours.clone())
                .unwrap_or_else(|_| Hours::always(kernel::Zone::default())),
            target_secs: self.target_secs,
            spent_micros: self.spent_micros,
            running_since: self.running_since,
        }
    }

    pub(crate) fn set_clock(&mut self, clock: &Clock) -> Result<()> {
        self.hours =
            serde_json::to_value(&clock.hours).map_err(|e| Fault::bug(format!("hours: {e}")))?;
        self.target_secs = clock.target_secs;
        self.spent_micros = clock.spent_micros;
        self.running_since = clock.running_since;
        self.due_at = clock.due_at();
        Ok(())
    }

    /// Goes to a state; the clock with it.
    pub(crate) fn go(&mut self, next: TicketState, now: Ts) -> Result<()> {
        self.state = self.state.to(next, &self.number)?;
        let mut clock = self.clock();
        clock.turn(next.clock_runs(), now);
        self.suggest_resolve = self.suggest_resolve && next.is_live();
        self.set_clock(&clock)
    }

    /// What the journal keeps of it: who said what stands in its story.
    pub(crate) fn facts(&self) -> Value {
        json!({
            "number": self.number, "state": self.state, "category": self.category,
            "priority": self.priority, "assignee": self.assignee_id,
            "subscription": self.subscription_id, "work_order": self.work_order_id,
            "target_secs": self.target_secs, "due_at": self.due_at,
            "breached_at": self.breached_at, "reopened": self.reopened,
        })
    }
}

store::row! {
    /// One line of a ticket's story, as stored.
    pub struct Entry {
        pub id: TicketEntryId,
        pub ticket_id: TicketId,
        pub at: Ts,
        pub kind: EntryKind,
        /// The customer reads it too.
        pub is_public: bool,
        pub side: Side,
        pub actor: String,
        pub actor_name: String,
        pub text: String,
        pub photo_id: Option<PhotoId>,
    }
}

store::words! {
    /// Whose word a line is.
    pub enum Side {
        Staff = "staff",
        Customer = "customer",
        Reseller = "reseller",
        /// The program by itself.
        Program = "program",
    }
}

impl Side {
    pub fn of(actor: &Actor) -> Self {
        if actor.scope.customer.is_some() || matches!(actor.who, Who::Customer(_)) {
            Self::Customer
        } else if actor.scope.partner.is_some() {
            Self::Reseller
        } else if actor.is_person() {
            Self::Staff
        } else {
            Self::Program
        }
    }
}

/// A customer or reseller, who sees what is public and nothing of how we work.
pub fn is_outsider(actor: &Actor) -> bool {
    matches!(Side::of(actor), Side::Customer | Side::Reseller)
}

/// Longest line and longest text.
const SUBJECT_MAX: usize = 200;
const TEXT_MAX: usize = 4_000;

/// A text that somebody wrote, trimmed.
fn written(name: &str, text: &str, most: usize) -> Result<String> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Fault::fields(vec![kernel::Field::required(name)]));
    }
    if text.chars().count() > most {
        let (id, en) =
            (format!("paling banyak {most} huruf"), format!("must be at most {most} characters"));
        return Err(Fault::field(name, "too_long", id, en));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use TicketState::{Closed, InProgress, Open, Reopened, Resolved, WaitingCustomer};

    #[test]
    fn a_ticket_goes_only_where_the_rules_allow() {
        let allowed = [
            (Open, InProgress),
            (Open, WaitingCustomer),
            (Open, Resolved),
            (Reopened, InProgress),
            (Reopened, WaitingCustomer),
            (Reopened, Resolved),
            (InProgress, WaitingCustomer),
            (InProgress, Resolved),
            (WaitingCustomer, InProgress),
            (WaitingCustomer, Resolved),
            (Resolved, Closed),
            (Resolved, Reopened),
        ];
        for &from in TicketState::ALL {
            for &to in TicketState::ALL {
                let done = from.to(to, "TKT1");
                assert_eq!(done.is_ok(), allowed.contains(&(from, to)), "{from} {to}");
            }
        }
        let fault = Resolved.to(InProgress, "TKT000007").unwrap_err();
        assert_eq!(fault.code, "fulfilment.ticket_wrong_state");
        for part in ["TKT000007", "\"resolved\"", "closed, reopened"] {
            assert!(fault.en.contains(part) && fault.id.contains(part), "{}", fault.en);
        }
    }

    #[test]
    fn the_clock_runs_exactly_while_the_ticket_waits_for_us() {
        for &state in TicketState::ALL {
            let expect = matches!(state, Open | InProgress | Reopened);
            assert_eq!(state.clock_runs(), expect, "{state}");
            assert!(state.is_live() || !state.clock_runs());
        }
    }
}
