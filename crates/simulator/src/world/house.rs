//! A connection as its customer knows it: the house, the modem, the habits.

use kernel::{BranchId, CustomerId, PartnerId, PlanId, SubscriptionId};

use crate::dice::Dice;
use crate::nas::{Method, Modem};

/// How somebody pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Habit {
    /// As soon as the invoice is there.
    Early,
    /// Around the due day.
    OnTime,
    /// After being isolated, within days.
    Late,
    /// Much too late, or never.
    Rarely,
    /// Half now, the rest later.
    InParts,
    /// Sometimes the same transfer twice.
    Twice,
}

/// Where somebody pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purse {
    Cash,
    Transfer,
    Gateway,
}

/// A connection.
#[derive(Clone, Debug)]
pub struct House {
    pub customer: CustomerId,
    pub subscription: SubscriptionId,
    pub branch: BranchId,
    pub partner: Option<PartnerId>,
    pub plan: PlanId,
    /// Which town, and so which router.
    pub town: usize,
    pub lat: f64,
    pub lon: f64,
    pub is_prepaid: bool,
    /// Keeps PPh 23 back of what it pays.
    pub is_firm: bool,
    pub habit: Habit,
    pub purse: Purse,
    /// `None` until it is installed, and after it was taken down.
    pub modem: Option<Modem>,
    pub is_powered: bool,
    /// Rejected dials in a row: it waits longer each time.
    pub rejected: u32,
    /// Gigabytes a day.
    pub appetite_gb: u64,
}

impl House {
    pub(crate) fn habit(dice: &mut Dice) -> Habit {
        match dice.below(100) {
            0..=24 => Habit::Early,
            25..=59 => Habit::OnTime,
            60..=79 => Habit::Late,
            80..=87 => Habit::Rarely,
            88..=93 => Habit::InParts,
            _ => Habit::Twice,
        }
    }
    pub(crate) fn purse(dice: &mut Dice) -> Purse {
        match dice.below(100) {
            0..=29 => Purse::Cash,
            30..=54 => Purse::Transfer,
            _ => Purse::Gateway,
        }
    }
    pub(crate) fn method(dice: &mut Dice) -> Method {
        match dice.below(3) {
            0 => Method::Pap,
            1 => Method::Chap,
            _ => Method::MsChap2,
        }
    }
}
