//! Whether somebody is where the work is: at the branch's office, or at the site of a job of their own. Pure.

use geo::{Distance, Haversine, Point};
use kernel::{Fault, Field, Result, WorkOrderId};

/// As far from the office's pin as its yard and the street before it.
pub const OFFICE_M: f64 = 150.0;
/// A job's pin is set by hand on a map.
pub const SITE_M: f64 = 200.0;
/// A phone that is less sure than this is not believed further.
pub const DOUBT_MAX_M: i64 = 100;

store::words! {
    /// Where somebody was.
    pub enum Place {
        Office = "office",
        /// At the site of a job of their own.
        Site = "site",
        Outside = "outside",
        /// The phone did not know, or there is nothing to compare with.
        Unknown = "unknown",
    }
}

/// Where the phone believes to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Here {
    pub lat: f64,
    pub lon: f64,
    pub accuracy_m: i64,
}

impl Here {
    /// # Errors
    /// Field errors when it is not on the globe, or the accuracy is negative.
    pub fn check(&self) -> Result<()> {
        let mut wrong = Vec::new();
        for (name, value, max) in [("lat", self.lat, 90.0), ("lon", self.lon, 180.0)] {
            if !(-max..=max).contains(&value) {
                wrong.push(Field::new(name, "out_of_range", "di luar bumi", "is off the globe"));
            }
        }
        if self.accuracy_m < 0 {
            let (id, en) = ("tidak boleh negatif", "must not be negative");
            wrong.push(Field::new("accuracy_m", "out_of_range", id, en));
        }
        if wrong.is_empty() { Ok(()) } else { Err(Fault::fields(wrong)) }
    }

    /// Metres over the ground to a fence's pin.
    fn to(&self, fence: &Fence) -> f64 {
        let (one, other) = (Point::new(self.lon, self.lat), Point::new(fence.lon, fence.lat));
        Haversine.distance(one, other)
    }
}

/// A place where somebody's work is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fence {
    pub lat: f64,
    pub lon: f64,
    /// `None`: the office.
    pub job: Option<WorkOrderId>,
}

impl Fence {
    const fn radius_m(&self) -> f64 {
        if self.job.is_some() { SITE_M } else { OFFICE_M }
    }
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    pub place: Place,
    pub job: Option<WorkOrderId>,
    /// To the pin it was judged by.
    pub distance_m: Option<i64>,
}

/// Judges a position: inside of the nearest fence that holds it, else outside, with the way to the nearest.
/// What the phone is unsure of counts for the person, up to [`DOUBT_MAX_M`].
pub fn judge(here: Option<Here>, fences: &[Fence]) -> Found {
    let unknown = Found { place: Place::Unknown, job: None, distance_m: None };
    let Some(here) = here else { return unknown };
    // At most as many metres as a person's phone errs: exact in f64.
    let doubt = here.accuracy_m.clamp(0, DOUBT_MAX_M) as f64;
    let near = |one: &&Fence, other: &&Fence| here.to(one).total_cmp(&here.to(other));
    // At most half the globe: far inside i64.
    let metres = |fence: &Fence| Some(here.to(fence).round() as i64);
    let holds = |fence: &&Fence| here.to(fence) <= fence.radius_m() + doubt;
    if let Some(fence) = fences.iter().filter(holds).min_by(near) {
        let place = if fence.job.is_some() { Place::Site } else { Place::Office };
        return Found { place, job: fence.job, distance_m: metres(fence) };
    }
    match fences.iter().min_by(near) {
        Some(fence) => Found { place: Place::Outside, job: None, distance_m: metres(fence) },
        None => unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const OFFICE: Fence = Fence { lat: -6.2, lon: 106.8, job: None };

    fn site(lat: f64) -> Fence {
        Fence { lat, lon: 106.8, job: Some(WorkOrderId::nil()) }
    }

    fn at(lat: f64, accuracy_m: i64) -> Option<Here> {
        Some(Here { lat, lon: 106.8, accuracy_m })
    }

    #[test]
    fn inside_is_the_nearest_fence_that_holds_the_phone() {
        // 0.001 degrees of latitude are 111.2 metres.
        let both = [OFFICE, site(-6.21)];
        for (here, place, metres) in [
            (at(-6.2, 5), Place::Office, Some(0)),
            (at(-6.201_2, 0), Place::Office, Some(133)),
            (at(-6.201_4, 0), Place::Outside, Some(156)),
            (at(-6.201_4, 10), Place::Office, Some(156)),
            (at(-6.209, 8), Place::Site, Some(111)),
            // However unsure it is: a hundred metres at most.
            (at(-6.203, 5_000), Place::Outside, Some(334)),
            (at(-7.0, 5), Place::Outside, Some(87_844)),
            (None, Place::Unknown, None),
        ] {
            let found = judge(here, &both);
            assert_eq!((found.place, found.distance_m), (place, metres), "{here:?}");
        }
        assert_eq!(judge(at(-6.2, 5), &[]).place, Place::Unknown, "nothing to compare with");
        // Both hold it: the nearer one is named.
        let close = [OFFICE, site(-6.201)];
        assert_eq!(judge(at(-6.200_9, 5), &close).place, Place::Site);
        assert_eq!(judge(at(-6.200_1, 5), &close).place, Place::Office);
    }

    proptest! {
        #[test]
        fn being_less_sure_never_takes_somebody_outside(
            lat in -6.22f64..-6.18, sure in 0i64..50, more in 0i64..500,
        ) {
            let fences = [OFFICE, site(-6.21)];
            let inside = |accuracy| judge(at(lat, accuracy), &fences).place != Place::Outside;
            prop_assert!(!inside(sure) || inside(sure + more));
        }
    }

    #[test]
    fn a_position_off_the_globe_is_refused_by_field() {
        let bad = Here { lat: 106.8, lon: f64::NAN, accuracy_m: -1 };
        let names: Vec<_> = bad.check().unwrap_err().fields.into_iter().map(|f| f.name).collect();
        assert_eq!(names, ["lat", "lon", "accuracy_m"]);
    }
}
