//! Can this place be served, and from which ODP?

use ::store::Query;
use kernel::{AreaId, BranchId, OdpId, Result};

use crate::place::{Place, Shape, whole_metres};
use crate::store::{area as areas, odp as odps};

/// The area that holds the place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AreaHit {
    pub id: AreaId,
    pub name: String,
    pub branch_id: BranchId,
}

/// The nearest ODP with a free port within its reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OdpHit {
    pub id: OdpId,
    pub code: String,
    pub name: String,
    pub branch_id: BranchId,
    pub free_ports: i64,
    pub distance_m: i64,
}

/// The answer. *Unknown is not "no"*: before the first area is drawn nothing is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// The place lies in an area.
    pub covered: bool,
    /// At least one area is drawn (in the branch asked for).
    pub known: bool,
    pub area: Option<AreaHit>,
    pub odp: Option<OdpHit>,
    /// To that ODP, over the ground.
    pub distance_m: Option<i64>,
}

::store::row! {
    /// An ODP as coverage looks at it.
    pub struct Candidate {
        pub id: OdpId,
        pub code: String,
        pub name: String,
        pub branch_id: BranchId,
        pub lat: f64,
        pub lon: f64,
        pub reach_m: i64,
        pub free_ports: i64,
    }
}

/// The nearest of those that have a free port and reach the place; of equals the first by code.
pub fn nearest(place: Place, candidates: &[Candidate]) -> Option<OdpHit> {
    let mut best: Option<(f64, &Candidate)> = None;
    for candidate in candidates.iter().filter(|c| c.free_ports > 0) {
        let metres = place.metres_to(Place { lat: candidate.lat, lon: candidate.lon });
        // A reach is a few hundred metres: exact in f64.
        if metres > candidate.reach_m as f64 {
            continue;
        }
        let better = match best {
            None => true,
            Some((so_far, odp)) => {
                metres < so_far || (metres == so_far && candidate.code < odp.code)
            }
        };
        if better {
            best = Some((metres, candidate));
        }
    }
    best.map(|(metres, odp)| OdpHit {
        id: odp.id,
        code: odp.code.clone(),
        name: odp.name.clone(),
        branch_id: odp.branch_id,
        free_ports: odp.free_ports,
        distance_m: whole_metres(metres),
    })
}

/// Answers for one place; `branch` narrows to one branch's areas and ODPs.
///
/// Of overlapping areas the one with the smallest box counts: the most specific. The ODP is looked for
/// within the area's branch. An area without ODPs is covered too (wireless).
///
/// # Errors
/// Field errors when the place is not on the globe.
pub async fn answer(
    q: &mut dyn Query,
    branch: Option<BranchId>,
    lat: f64,
    lon: f64,
) -> Result<Coverage> {
    let place = Place::new(lat, lon)?;
    let mut area: Option<(f64, AreaHit)> = None;
    for row in areas::around(q, branch, place).await? {
        let shape = Shape::parse(&row.polygon)?;
        if !shape.holds(place) {
            continue;
        }
        let b = shape.bounds;
        let size = (b.north - b.south) * (b.east - b.west);
        if area.as_ref().is_none_or(|(smallest, _)| size < *smallest) {
            let hit = AreaHit { id: row.id, name: row.name, branch_id: row.branch_id };
            area = Some((size, hit));
        }
    }
    let area = area.map(|(_, hit)| hit);
    let known = area.is_some() || areas::any(q, branch).await?;
    let within = area.as_ref().map(|a| a.branch_id).or(branch);
    let odp = nearest(place, &odps::around(q, within, place).await?);
    let distance_m = odp.as_ref().map(|o| o.distance_m);
    Ok(Coverage { covered: area.is_some(), known, area, odp, distance_m })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn odp(code: &str, lat: f64, reach_m: i64, free_ports: i64) -> Candidate {
        Candidate {
            id: OdpId::nil(),
            code: code.into(),
            name: code.into(),
            branch_id: BranchId::nil(),
            lat,
            lon: 106.8,
            reach_m,
            free_ports,
        }
    }

    #[test]
    fn the_nearest_odp_with_a_free_port_within_reach_is_chosen() {
        let here = Place { lat: -6.2, lon: 106.8 };
        let at = |odps: &[Candidate]| nearest(here, odps).map(|o| (o.code, o.distance_m));
        // 0.001 degrees of latitude are 111 metres.
        let full = odp("FULL", -6.2001, 250, 0);
        let near = odp("NEAR", -6.201, 250, 3);
        let far = odp("FAR", -6.202, 250, 8);
        let short = odp("SHORT", -6.2005, 20, 8);
        assert_eq!(at(&[far.clone(), full, near.clone(), short]), Some(("NEAR".into(), 111)));
        assert_eq!(at(std::slice::from_ref(&far)), Some(("FAR".into(), 222)));
        assert_eq!(at(&[odp("OUT", -6.21, 250, 8)]), None);
        let twin = Candidate { code: "MORE".into(), ..near.clone() };
        assert_eq!(at(&[near.clone(), twin.clone()]), Some(("MORE".into(), 111)));
        assert_eq!(at(&[twin, near]), Some(("MORE".into(), 111)));
        assert_eq!(at(&[]), None);
    }
}
