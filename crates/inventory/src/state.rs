//! The states of a serialized item. Pure.

use kernel::fault::wrong_state;
use kernel::{Fault, Result};
use serde::{Deserialize, Serialize};

store::words! {
    pub enum ItemState {
        /// In a warehouse.
        InStock = "in_stock",
        /// In a technician's bag.
        InTransit = "in_transit",
        /// At a customer's site.
        Installed = "installed",
        /// Back in a warehouse, to be tested.
        Returned = "returned",
        /// At the supplier.
        Rma = "rma",
        Scrapped = "scrapped",
        Lost = "lost",
    }
}

/// How a serial number came in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "how", rename_all = "snake_case")]
pub enum How {
    Scanned,
    /// Typed by hand: says why the label could not be scanned.
    Typed {
        reason: String,
    },
    /// Chosen from a list on a screen: nothing was scanned or typed.
    Picked,
    /// By the program: import, engine.
    Program,
}

impl How {
    pub(crate) const fn word(&self) -> &'static str {
        match self {
            Self::Scanned => "scanned",
            Self::Typed { .. } => "typed",
            Self::Picked => "picked",
            Self::Program => "program",
        }
    }
    pub(crate) fn reason(&self) -> Option<&str> {
        match self {
            Self::Typed { reason } => Some(reason),
            _ => None,
        }
    }
    /// # Errors
    /// `invalid_fields` when it was typed without a reason.
    pub(crate) fn check(&self) -> Result<()> {
        match self {
            Self::Typed { reason } if reason.trim().is_empty() => Err(Fault::field(
                "reason",
                "required",
                "wajib diisi bila nomor seri diketik",
                "is required when the serial number is typed",
            )),
            _ => Ok(()),
        }
    }
}

impl ItemState {
    /// The states that may follow.
    pub const fn next(self) -> &'static [Self] {
        use ItemState::{InStock, InTransit, Installed, Lost, Returned, Rma, Scrapped};
        match self {
            InStock => &[InStock, InTransit, Rma, Scrapped, Lost],
            InTransit => &[InTransit, Installed, InStock, Returned, Lost],
            Installed => &[InTransit, Lost],
            Returned => &[InStock, Rma, Scrapped, Lost],
            Rma => &[InStock, Returned, Scrapped, Lost],
            Lost => &[InStock, Returned],
            Scrapped => &[],
        }
    }
    /// Whether the warehouse may hand the item on. What stands at a customer's site leaves it only by a
    /// technician's work order, or as lost.
    ///
    /// # Errors
    /// `inventory.at_site`; `inventory.wrong_state`.
    pub fn hand_on(self, next: Self, serial: &str) -> Result<()> {
        if self != Self::Installed {
            return self.become_(next, serial);
        }
        Err(Fault::conflict(
            "inventory.at_site",
            format!("{serial} terpasang di lokasi pelanggan; ambil lewat SPK."),
            format!("{serial} is installed at a customer's site; fetch it by a work order."),
        ))
    }
    /// # Errors
    /// `inventory.wrong_state` naming the state and what is allowed.
    pub fn become_(self, next: Self, serial: &str) -> Result<()> {
        if self.next().contains(&next) {
            return Ok(());
        }
        let allowed = self.next().iter().map(|s| s.as_str()).collect::<Vec<_>>().join(", ");
        let allowed = if allowed.is_empty() { "-".to_owned() } else { allowed };
        let (id, en) = (format!("Barang {serial}"), format!("item {serial}"));
        Err(wrong_state("inventory.wrong_state", (&id, &en), self.as_str(), &allowed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_installed_item_comes_back_through_a_bag_and_scrap_is_the_end() {
        let refused = ItemState::Installed.become_(ItemState::InStock, "ZTE1").unwrap_err();
        assert_eq!(refused.code, "inventory.wrong_state");
        assert!(refused.en.contains("installed") && refused.en.contains("in_transit"), "{refused}");
        assert!(ItemState::Installed.become_(ItemState::InTransit, "ZTE1").is_ok());
        for next in ItemState::ALL {
            assert!(ItemState::Scrapped.become_(*next, "ZTE1").is_err());
        }
    }
}
