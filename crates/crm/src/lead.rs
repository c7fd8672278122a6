//! Leads: somebody who may become a customer, from the first word to the order.

mod amend;
mod convert;
mod decide;
mod register;

use ::store::Query;
use kernel::{
    AreaId, BranchId, CustomerId, Fault, LeadId, OdpId, PartnerId, Phone, PlanId, Result, Scope,
    SubscriptionId, Ts, UserId,
};

pub use amend::amend;
pub use convert::{Convertible, begin_conversion, converted};
pub use decide::{give, lose, reject, verify, waitlist};
pub use register::register;

use crate::duplicate::{Duplicate, Traits};
use crate::nik::{Nik, Vault};
use crate::place::Place;
use crate::store::lead as rows;
use crate::word::Findable;
use crate::{Channel, Mode, Page};

::store::words! {
    /// Where a lead stands.
    pub enum LeadState {
        New = "new",
        Verified = "verified",
        /// Outside the coverage of today.
        Waitlisted = "waitlisted",
        Converted = "converted",
        Rejected = "rejected",
        Lost = "lost",
    }
}

impl LeadState {
    /// What may follow. Converted, rejected and lost are final.
    pub const fn next(self) -> &'static [Self] {
        match self {
            Self::New => &[Self::Verified, Self::Waitlisted, Self::Rejected, Self::Lost],
            Self::Verified => &[Self::Converted, Self::Waitlisted, Self::Rejected, Self::Lost],
            Self::Waitlisted => &[Self::Verified, Self::Rejected, Self::Lost],
            Self::Converted | Self::Rejected | Self::Lost => &[],
        }
    }

    /// # Errors
    /// `crm.lead_wrong_state`, naming the state and what is allowed.
    pub fn to(self, next: Self) -> Result<Self> {
        if self.next().contains(&next) { Ok(next) } else { Err(self.refusal()) }
    }

    pub(crate) fn refusal(self) -> Fault {
        let allowed: Vec<&str> = self.next().iter().map(|state| state.as_str()).collect();
        let allowed =
            if allowed.is_empty() { "tidak ada / none".to_owned() } else { allowed.join(", ") };
        kernel::fault::wrong_state(
            "crm.lead_wrong_state",
            ("Prospek", "lead"),
            self.as_str(),
            &allowed,
        )
    }

    /// Pin, plan and person may still be corrected.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::New | Self::Verified | Self::Waitlisted)
    }
}

/// A lead as entered; texts as typed. Only name and phone must be there.
#[derive(Clone, Debug, Default)]
pub struct NewLead {
    pub name: String,
    pub phone: String,
    pub email: Option<String>,
    pub nik: Option<String>,
    pub address: String,
    pub lat: Option<f64>,
    pub lon: Option<f64>,
    pub plan: Option<PlanId>,
    pub mode: Option<Mode>,
    /// `None`: from the reseller when the actor is one, else from sales.
    pub channel: Option<Channel>,
    pub note: String,
    /// `id` or `en`; Indonesian when not given.
    pub lang: Option<kernel::Lang>,
    /// `None`: the actor's, else that of the area the pin lies in, else the only one.
    pub branch: Option<BranchId>,
    /// `None`: the actor's own.
    pub partner: Option<PartnerId>,
    /// `None`: the actor, when it is a person who logged in.
    pub sold_by: Option<UserId>,
}

::store::row! {
    /// A lead as stored. Its NIK stays sealed; see [`nik`].
    pub struct Lead {
        pub id: LeadId,
        pub state: LeadState,
        pub name: String,
        pub phone: Phone,
        pub email: Option<String>,
        pub address: String,
        pub lat: Option<f64>,
        pub lon: Option<f64>,
        pub plan_id: Option<PlanId>,
        pub mode: Option<Mode>,
        pub channel: Channel,
        pub note: String,
        /// `id` or `en`.
        pub lang: String,
        pub branch_id: BranchId,
        pub partner_id: Option<PartnerId>,
        pub sold_by: Option<UserId>,
        /// The coverage answer when it was last asked; `None`: not known.
        pub covered: Option<bool>,
        pub area_id: Option<AreaId>,
        pub odp_id: Option<OdpId>,
        pub odp_distance_m: Option<i64>,
        /// Why rejected, waitlisted or lost.
        pub reason: Option<String>,
        pub customer_id: Option<CustomerId>,
        pub subscription_id: Option<SubscriptionId>,
        pub registered_at: Ts,
        pub verified_at: Option<Ts>,
        pub verified_by: Option<UserId>,
        pub nik_print: Option<Vec<u8>>,
    }
}

impl Lead {
    pub fn place(&self) -> Option<Place> {
        self.lat.zip(self.lon).map(|(lat, lon)| Place { lat, lon })
    }
    /// By what the lead is found.
    pub(crate) fn findable(&self) -> Findable<'_> {
        Findable {
            id: self.id.uuid(),
            number: "",
            name: &self.name,
            phone: &self.phone,
            address: &self.address,
        }
    }
    pub fn has_nik(&self) -> bool {
        self.nik_print.is_some()
    }
    pub(crate) fn traits(&self) -> Traits {
        Traits {
            name: self.name.clone(),
            phone: self.phone.clone(),
            nik_print: self.nik_print.clone(),
            place: self.place(),
        }
    }
}

/// What registering answers.
#[derive(Clone, Debug)]
pub struct LeadView {
    pub id: LeadId,
    pub state: LeadState,
    pub lead: Lead,
    /// Empty for the public form: it must not tell strangers who is a customer.
    pub duplicates: Vec<Duplicate>,
}

/// Which leads a list shows.
#[derive(Clone, Debug, Default)]
pub struct LeadFilter {
    pub state: Option<LeadState>,
    /// Part of the name, phone or address.
    pub text: Option<String>,
}

/// One lead.
///
/// # Errors
/// `crm.lead_not_found` when there is none in scope.
pub async fn find(q: &mut dyn Query, scope: &Scope, id: LeadId) -> Result<Lead> {
    rows::find(q, scope, id).await?.ok_or_else(not_found)
}

/// Leads, newest first, at most 200 a page; `after` is the last one seen.
///
/// # Errors
/// Only when the database fails.
pub async fn list(
    q: &mut dyn Query,
    scope: &Scope,
    filter: &LeadFilter,
    after: Option<LeadId>,
    limit: i64,
) -> Result<Page<Lead, LeadId>> {
    let limit = crate::limit_of(limit);
    let items = rows::list(q, scope, filter, after, limit + 1).await?;
    Ok(Page::of(items, limit, |lead| lead.id))
}

/// The lead's NIK in the clear, for the conversion or a person who may see it.
///
/// # Errors
/// `crm.nik_unreadable` when the vault's key is missing or another one.
pub async fn nik(q: &mut dyn Query, id: LeadId) -> Result<Option<Nik>> {
    let Some(sealed) = rows::nik_sealed(q, id).await? else { return Ok(None) };
    let vault = ::store::QueryExt::ext::<Vault>(q).ok_or_else(crate::nik::no_key)?;
    vault.open("crm_lead", id, &sealed).map(Some)
}

pub(crate) fn not_found() -> Fault {
    Fault::not_found(
        "crm.lead_not_found",
        "Prospek ini tidak ada, atau bukan wewenang Anda.",
        "There is no such lead, or it is not yours to see.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lead_goes_only_where_the_rules_allow() {
        use LeadState::{Converted, Lost, New, Rejected, Verified, Waitlisted};
        let allowed = [
            (New, Verified),
            (New, Waitlisted),
            (New, Rejected),
            (New, Lost),
            (Verified, Converted),
            (Verified, Waitlisted),
            (Verified, Rejected),
            (Verified, Lost),
            (Waitlisted, Verified),
            (Waitlisted, Rejected),
            (Waitlisted, Lost),
        ];
        for &from in LeadState::ALL {
            for &to in LeadState::ALL {
                assert_eq!(from.to(to).is_ok(), allowed.contains(&(from, to)), "{from} → {to}");
            }
        }
    }

    #[test]
    fn a_refusal_names_the_state_and_what_is_allowed() {
        let fault = LeadState::New.to(LeadState::Converted).unwrap_err();
        assert_eq!(fault.code, "crm.lead_wrong_state");
        assert!(fault.en.contains("\"new\""), "{}", fault.en);
        assert!(fault.en.contains("verified, waitlisted, rejected, lost"), "{}", fault.en);
        let fault = LeadState::Lost.to(LeadState::Verified).unwrap_err();
        assert!(fault.id.contains("tidak ada"), "{}", fault.id);
    }
}
