//! A work order (SPK) and the states it goes through. Pure.

use kernel::fault::wrong_state;
use kernel::{
    BranchId, CustomerId, Day, Fault, ItemId, OdpId, PartnerId, Result, SubscriptionId, Ts, UserId,
    WorkOrderId,
};

store::words! {
    /// What has to be done.
    pub enum Kind {
        Install = "install",
        Repair = "repair",
        /// Another device for the one that is there.
        Swap = "swap",
        Move = "move",
        Dismantle = "dismantle",
    }
}

impl Kind {
    /// A device is left at the site.
    pub const fn puts_a_device(self) -> bool {
        matches!(self, Self::Install | Self::Swap)
    }
}

store::words! {
    pub enum State {
        Open = "open",
        Assigned = "assigned",
        Accepted = "accepted",
        OnTheWay = "on_the_way",
        OnSite = "on_site",
        Done = "done",
        /// This visit came to nothing; another follows, or the order is cancelled.
        Failed = "failed",
        Cancelled = "cancelled",
    }
}

impl State {
    /// What may follow. Done and cancelled are final.
    pub const fn next(self) -> &'static [Self] {
        use State::{Accepted, Assigned, Cancelled, Done, Failed, OnSite, OnTheWay, Open};
        match self {
            Open => &[Assigned, Cancelled],
            Assigned => &[Accepted, Assigned, Cancelled],
            Accepted => &[OnTheWay, Assigned, Failed, Cancelled],
            OnTheWay => &[OnSite, Assigned, Failed, Cancelled],
            OnSite => &[Done, Failed, Cancelled],
            Failed => &[Open, Assigned, Cancelled],
            Done | Cancelled => &[],
        }
    }
    /// # Errors
    /// `fulfilment.wrong_state`, naming the state and what is allowed.
    pub fn to(self, next: Self, number: &str) -> Result<Self> {
        if self.next().contains(&next) { Ok(next) } else { Err(self.refusal(number)) }
    }
    pub(crate) fn refusal(self, number: &str) -> Fault {
        let allowed: Vec<&str> = self.next().iter().map(|state| state.as_str()).collect();
        let allowed = if allowed.is_empty() { "-".to_owned() } else { allowed.join(", ") };
        let (id, en) = (format!("SPK {number}"), format!("work order {number}"));
        wrong_state("fulfilment.wrong_state", (&id, &en), self.as_str(), &allowed)
    }
    /// Somebody still has to do something.
    pub const fn is_live(self) -> bool {
        !matches!(self, Self::Done | Self::Cancelled)
    }
}

store::words! {
    /// What each technician reports on the way to the customer.
    pub enum Step { Accepted = "accepted", OnTheWay = "on_the_way", OnSite = "on_site" }
}

impl Step {
    pub const fn state(self) -> State {
        match self {
            Self::Accepted => State::Accepted,
            Self::OnTheWay => State::OnTheWay,
            Self::OnSite => State::OnSite,
        }
    }
}

/// What a technician's step means for the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The order goes on to this state.
    Forward(State),
    /// A colleague was faster, or it was said before: only evidence.
    Already,
}

/// Where a step leads. An order is as far as the technician who is farthest, so that two of them on one
/// order end the same in whatever order their steps arrive.
///
/// # Errors
/// `fulfilment.wrong_state` when the step before it is missing, or the order is not theirs to do.
pub fn progress(state: State, step: Step, number: &str) -> Result<Progress> {
    let far = |state: State| match state {
        State::Open | State::Assigned | State::Cancelled => 0,
        State::Accepted => 1,
        State::OnTheWay => 2,
        State::OnSite | State::Done | State::Failed => 3,
    };
    if far(state) >= far(step.state()) {
        return Ok(Progress::Already);
    }
    state.to(step.state(), number).map(Progress::Forward)
}

/// When the device says something happened, and on which visit it believed to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    pub at: Ts,
    /// `None`: the current one.
    pub visit: Option<i64>,
}

impl Mark {
    pub const fn at(at: Ts) -> Self {
        Self { at, visit: None }
    }
}

store::row! {
    /// A work order as stored.
    pub struct WorkOrder {
        pub id: WorkOrderId,
        /// `SPK000123`.
        pub number: String,
        pub kind: Kind,
        pub subscription_id: SubscriptionId,
        pub customer_id: CustomerId,
        pub branch_id: BranchId,
        pub partner_id: Option<PartnerId>,
        pub state: State,
        pub visit: i64,
        pub scheduled_on: Option<Day>,
        pub address: String,
        pub site_lat: Option<f64>,
        pub site_lon: Option<f64>,
        pub note: String,
        pub own_device_ok: bool,
        pub item_id: Option<ItemId>,
        pub serial: Option<String>,
        pub mac_scanned: Option<String>,
        /// `scanned` or `typed`.
        pub scan_how: Option<String>,
        pub scan_reason: Option<String>,
        pub scanned_by: Option<UserId>,
        pub scanned_at: Option<Ts>,
        pub gps_lat: Option<f64>,
        pub gps_lon: Option<f64>,
        pub gps_accuracy_m: Option<i64>,
        /// By the device's clock.
        pub gps_at: Option<Ts>,
        /// From the GPS position to the site's pin.
        pub distance_m: Option<i64>,
        /// Done, but NOC should look at the evidence.
        pub review: bool,
        pub review_why: Option<String>,
        pub reviewed_at: Option<Ts>,
        pub online_result: Option<String>,
        pub failed_reason: Option<String>,
        pub cancelled_reason: Option<String>,
        pub created_at: Ts,
        pub done_at: Option<Ts>,
        pub version: i64,
        /// On a move: the ODP at the new place.
        pub odp_id: Option<OdpId>,
        /// What the device receives, in hundredths of a dBm.
        pub signal_cdbm: Option<i64>,
        /// By the device's clock.
        pub signal_at: Option<Ts>,
    }
}

impl WorkOrder {
    /// A device was scanned on this visit.
    pub const fn has_device(&self) -> bool {
        self.item_id.is_some() || self.mac_scanned.is_some()
    }

    /// # Errors
    /// `fulfilment.other_visit` when the device speaks of another visit than the current one.
    pub(crate) fn check_visit(&self, mark: Mark) -> Result<()> {
        let Some(visit) = mark.visit.filter(|visit| *visit != self.visit) else { return Ok(()) };
        let (number, current) = (&self.number, self.visit);
        Err(Fault::conflict(
            "fulfilment.other_visit",
            format!("Ini dari kunjungan ke-{visit}; SPK {number} sekarang kunjungan ke-{current}."),
            format!("This is of visit {visit}; work order {number} is at visit {current} now."),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use State::{Accepted, Assigned, Cancelled, Done, Failed, OnSite, OnTheWay, Open};

    #[test]
    fn an_order_goes_only_where_the_rules_allow() {
        let allowed = [
            (Open, Assigned),
            (Open, Cancelled),
            (Assigned, Accepted),
            (Assigned, Assigned),
            (Assigned, Cancelled),
            (Accepted, OnTheWay),
            (Accepted, Assigned),
            (Accepted, Failed),
            (Accepted, Cancelled),
            (OnTheWay, OnSite),
            (OnTheWay, Assigned),
            (OnTheWay, Failed),
            (OnTheWay, Cancelled),
            (OnSite, Done),
            (OnSite, Failed),
            (OnSite, Cancelled),
            (Failed, Open),
            (Failed, Assigned),
            (Failed, Cancelled),
        ];
        for &from in State::ALL {
            for &to in State::ALL {
                assert_eq!(
                    from.to(to, "SPK1").is_ok(),
                    allowed.contains(&(from, to)),
                    "{from} {to}"
                );
            }
        }
        let fault = Accepted.to(Done, "SPK000007").unwrap_err();
        assert_eq!(fault.code, "fulfilment.wrong_state");
        for part in ["SPK000007", "accepted", "on_the_way, assigned, failed, cancelled"] {
            assert!(fault.en.contains(part), "{}", fault.en);
        }
    }

    #[test]
    fn steps_lead_forward_one_by_one_and_late_ones_are_evidence() {
        use Progress::{Already, Forward};
        for (state, step, expect) in [
            (Assigned, Step::Accepted, Some(Forward(Accepted))),
            (Assigned, Step::OnTheWay, None),
            (Accepted, Step::Accepted, Some(Already)),
            (Accepted, Step::OnTheWay, Some(Forward(OnTheWay))),
            (Accepted, Step::OnSite, None),
            (OnTheWay, Step::OnSite, Some(Forward(OnSite))),
            (OnSite, Step::Accepted, Some(Already)),
            (Done, Step::OnSite, Some(Already)),
            (Failed, Step::OnTheWay, Some(Already)),
            (Open, Step::Accepted, None),
            (Cancelled, Step::Accepted, None),
        ] {
            assert_eq!(progress(state, step, "SPK1").ok(), expect, "{state} {step}");
        }
    }

    #[test]
    fn two_technicians_end_the_same_however_their_steps_are_mixed() {
        // Every way to merge two times accepted, on the way, on site.
        for mix in 0_u32..64 {
            if mix.count_ones() != 3 {
                continue;
            }
            let (mut state, mut done) = (Assigned, [0_usize; 2]);
            for bit in 0..6 {
                let who = usize::from(mix >> bit & 1 == 1);
                let step = Step::ALL[done[who]];
                done[who] += 1;
                if let Progress::Forward(next) = progress(state, step, "SPK1").unwrap() {
                    state = next;
                }
            }
            assert_eq!(state, OnSite);
        }
    }
}
