//! Duplicates: flagged for a person to look at, never blocked.

use ::store::Query;
use kernel::{CustomerId, LeadId, Phone, Result, Scope};

use crate::names;
use crate::place::{Place, whole_metres};
use crate::store::duplicate as rows;

/// From this distance on, a similar name is nothing special (domain rule: 20 m).
pub const NEAR_M: f64 = 20.0;

::store::words! {
    /// What kind of record looks the same.
    pub enum Twin { Lead = "lead", Customer = "customer" }
}

/// Whom a new lead is compared with, and with what.
#[derive(Clone, Debug)]
pub struct Traits {
    pub name: String,
    pub phone: Phone,
    pub nik_print: Option<Vec<u8>>,
    pub place: Option<Place>,
}

/// Why two records may be the same person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Likeness {
    pub same_phone: bool,
    pub same_nik: bool,
    /// A similar name this many metres away, at most 20.
    pub near_m: Option<i64>,
}

/// One flag, as the reader may see it: `id` and `name` are `None` when the twin is out of their scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duplicate {
    pub twin: Twin,
    pub lead: Option<LeadId>,
    pub customer: Option<CustomerId>,
    pub name: Option<String>,
    pub likeness: Likeness,
}

/// Same phone, or same NIK, or within 20 m with a similar name. `None`: nothing in common.
pub fn likeness(one: &Traits, other: &Traits) -> Option<Likeness> {
    let near_m = match (one.place, other.place) {
        (Some(here), Some(there)) => {
            let metres = here.metres_to(there);
            (metres <= NEAR_M && names::similar(&one.name, &other.name))
                .then(|| whole_metres(metres))
        }
        _ => None,
    };
    let found = Likeness {
        same_phone: one.phone == other.phone,
        same_nik: one.nik_print.is_some() && one.nik_print == other.nik_print,
        near_m,
    };
    (found != Likeness::default()).then_some(found)
}

/// The flags of a lead, with the twins' names where the reader may see them.
///
/// # Errors
/// Only when the database fails.
pub async fn of_lead(q: &mut dyn Query, scope: &Scope, lead: LeadId) -> Result<Vec<Duplicate>> {
    rows::of_lead(q, scope, lead).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn traits(name: &str, phone: &str, nik: Option<u8>, place: Option<(f64, f64)>) -> Traits {
        Traits {
            name: name.into(),
            phone: Phone::parse(phone).unwrap(),
            nik_print: nik.map(|n| vec![n; 4]),
            place: place.map(|(lat, lon)| Place { lat, lon }),
        }
    }

    #[test]
    fn phone_nik_or_a_similar_name_next_door_is_flagged() {
        let budi = traits("Budi Santoso", "081200000001", Some(1), Some((-6.2, 106.8)));
        // 0.0001 degrees of latitude are 11 metres.
        for (other, expect) in [
            (traits("X", "0812-0000-0001", None, None), Some((true, false, None))),
            (traits("X", "081200000002", Some(1), None), Some((false, true, None))),
            (
                traits("Bpk Budi Santosa", "081200000002", Some(2), Some((-6.2001, 106.8))),
                Some((false, false, Some(11))),
            ),
            (traits("Siti Aminah", "081200000002", Some(2), Some((-6.2001, 106.8))), None),
            (traits("Budi Santoso", "081200000002", None, Some((-6.2002, 106.8))), None),
            (traits("Budi Santoso", "081200000002", None, None), None),
        ] {
            let expect = expect.map(|(same_phone, same_nik, near_m)| Likeness {
                same_phone,
                same_nik,
                near_m,
            });
            assert_eq!(likeness(&budi, &other), expect, "{other:?}");
            assert_eq!(likeness(&other, &budi), expect, "{other:?}");
        }
        let without = traits("A", "081200000003", None, None);
        let also = traits("B", "081200000004", None, None);
        assert_eq!(likeness(&without, &also), None);
    }
}
