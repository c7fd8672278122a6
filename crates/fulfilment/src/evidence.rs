//! What an order needs before it may be closed, and what NOC should look at. Pure.

use std::ops::RangeInclusive;

use geo::{Distance, Haversine, Point};
use kernel::{Fault, Field, Result, Ts};

use crate::order::{Kind, WorkOrder};

/// Farther than this from the pin is looked at by NOC (domain rule: 200 m).
pub const FAR_M: f64 = 200.0;

store::words! {
    /// What a photo shows.
    pub enum PhotoKind {
        Installation = "installation",
        /// The device's label: needed when the serial was typed.
        Label = "label",
        /// The customer's name in their own hand, drawn on the phone.
        Signature = "signature",
        Other = "other",
    }
}

/// A position as the device gave it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gps {
    pub lat: f64,
    pub lon: f64,
    pub accuracy_m: i64,
    /// By the device's clock.
    pub at: Ts,
}

impl Gps {
    /// # Errors
    /// Field errors when it is not on the globe, or the accuracy is negative.
    pub fn check(&self) -> Result<()> {
        let mut fields = Vec::new();
        let ranges = [("lat", self.lat, 90.0), ("lon", self.lon, 180.0)];
        for (name, value, max) in ranges {
            if !(-max..=max).contains(&value) {
                let (id, en) = ("di luar bumi", "is off the globe");
                fields.push(Field::new(name, "out_of_range", id, en));
            }
        }
        if self.accuracy_m < 0 {
            let (id, en) = ("tidak boleh negatif", "must not be negative");
            fields.push(Field::new("accuracy_m", "out_of_range", id, en));
        }
        if fields.is_empty() { Ok(()) } else { Err(Fault::fields(fields)) }
    }
}

/// Metres over the ground between two (lat, lon).
pub fn metres(one: (f64, f64), other: (f64, f64)) -> f64 {
    Haversine.distance(Point::new(one.1, one.0), Point::new(other.1, other.0))
}

/// Of two positions the one that counts: nearer to the pin, then earlier. Without a pin the earlier one.
/// The answer does not depend on which of them arrived first.
pub fn better(pin: Option<(f64, f64)>, one: Gps, other: Gps) -> Gps {
    let key = |gps: &Gps| (pin.map_or(0.0, |pin| metres(pin, (gps.lat, gps.lon))), gps.at);
    let ((near, at), (other_near, other_at)) = (key(&one), key(&other));
    let order = near
        .total_cmp(&other_near)
        .then(at.cmp(&other_at))
        .then(one.lat.total_cmp(&other.lat))
        .then(one.lon.total_cmp(&other.lon))
        .then(one.accuracy_m.cmp(&other.accuracy_m));
    if order.is_le() { one } else { other }
}

/// The reason for a review that ends by itself: a photo that the order needs is noted, but its bytes have
/// not come yet.
pub const PHOTO_MISSING: &str = "photo_missing";

/// The reason for a review that only a person ends: a customer has moved, and the ODP chosen at the new
/// place had no free port left.
pub const NO_PORT: &str = "no_port";

/// Why NOC should look at a finished order, of the photos whose bytes have come. `None`: all is as it
/// should be.
pub fn review(order: &WorkOrder, come: Photos) -> Option<&'static str> {
    if missing(order, come).iter().any(|what| *what != "scan") {
        return Some(PHOTO_MISSING);
    }
    let pin = order.site_lat.zip(order.site_lon);
    place_review(pin, order.gps_lat.zip(order.gps_lon))
}

fn place_review(pin: Option<(f64, f64)>, gps: Option<(f64, f64)>) -> Option<&'static str> {
    match (pin, gps) {
        (_, None) => Some("no_gps"),
        (None, Some(_)) => Some("no_pin"),
        (Some(pin), Some(here)) => (metres(pin, here) > FAR_M).then_some("far"),
    }
}

/// What a receiver can read at all; whatever lies outside is a typing error.
pub const SIGNAL_CDBM: RangeInclusive<i64> = -5_000..=1_000;
/// Where a home's device works well: weaker and it drops, stronger and it is blinded.
pub const GOOD_SIGNAL_CDBM: RangeInclusive<i64> = -2_700..=-800;

/// A reading of optical power as a person says it (`-19.42`), in hundredths of a dBm.
///
/// # Errors
/// A field error outside of [`SIGNAL_CDBM`].
pub fn signal_cdbm(dbm: f64) -> Result<i64> {
    // `as` saturates, and takes what is not a number for nought.
    let hundredths = (dbm * 100.0).round() as i64;
    if dbm.is_finite() && SIGNAL_CDBM.contains(&hundredths) {
        return Ok(hundredths);
    }
    let (id, en) = ("harus antara -50 dan 10 dBm", "must be from -50 to 10 dBm");
    Err(Fault::field("dbm", "out_of_range", id, en))
}

/// Which photos an order has on this visit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Photos {
    pub any: bool,
    pub label: bool,
}

/// What is still missing before the order may be closed as done: `scan`, `photo`, `label_photo`.
/// GPS never holds it back.
pub fn missing(order: &WorkOrder, photos: Photos) -> Vec<&'static str> {
    let mut missing = Vec::new();
    if order.kind.puts_a_device() {
        if !order.has_device() {
            missing.push("scan");
        }
        if !photos.any {
            missing.push("photo");
        }
    }
    if order.scan_how.as_deref() == Some("typed") && !photos.label && order.kind != Kind::Dismantle
    {
        missing.push("label_photo");
    }
    missing
}

/// The code of the refusal of [`not_complete`]: on an order of several technicians the missing piece may
/// still be on a colleague's phone.
pub const NOT_COMPLETE: &str = "fulfilment.not_complete";

/// Refuses to close an order, naming every missing piece as a field.
pub(crate) fn not_complete(order: &WorkOrder, missing: &[&'static str]) -> Fault {
    let word = |what: &str| match what {
        "scan" => ("pindai perangkat yang dipasang", "scan the installed device"),
        "photo" => ("ambil foto pemasangan", "take a photo of the installation"),
        _ => {
            ("foto label perangkat (nomor seri diketik)", "photograph the label (serial was typed)")
        }
    };
    let list = |pick: fn((&'static str, &'static str)) -> &'static str| {
        missing.iter().map(|what| pick(word(what))).collect::<Vec<_>>().join(", ")
    };
    let mut fault = Fault::conflict(
        NOT_COMPLETE,
        format!("SPK {} belum bisa diselesaikan: {}.", order.number, list(|w| w.0)),
        format!("Work order {} can't be closed yet: {}.", order.number, list(|w| w.1)),
    );
    fault.fields = missing
        .iter()
        .map(|what| Field::new(*what, "missing", word(what).0, word(what).1))
        .collect();
    fault
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PIN: (f64, f64) = (-6.2, 106.8);

    #[test]
    fn gps_missing_or_over_200_metres_from_the_pin_is_reviewed() {
        // 0.001 degrees of latitude are 111.2 metres.
        for (gps, expect) in [
            (Some((-6.2, 106.8)), None),
            (Some((-6.201_79, 106.8)), None),
            (Some((-6.201_81, 106.8)), Some("far")),
            (Some((-6.3, 106.8)), Some("far")),
            (None, Some("no_gps")),
        ] {
            assert_eq!(place_review(Some(PIN), gps), expect, "{gps:?}");
        }
        assert_eq!(place_review(None, Some(PIN)), Some("no_pin"));
        assert_eq!(place_review(None, None), Some("no_gps"));
    }

    #[test]
    fn the_position_nearer_to_the_pin_counts() {
        let gps = |lat, at| Gps { lat, lon: 106.8, accuracy_m: 5, at: Ts::from_secs(at) };
        let (near, far) = (gps(-6.2001, 50), gps(-6.21, 10));
        assert_eq!(better(Some(PIN), near, far), near);
        assert_eq!(better(Some(PIN), far, near), near);
        assert_eq!(better(None, near, far), far, "without a pin the earlier one");
    }

    proptest! {
        #[test]
        fn which_position_counts_does_not_depend_on_their_order(
            points in prop::collection::vec((-6.21f64..-6.19, 106.79f64..106.81, 0i64..50), 1..6),
            pin in prop::option::of(Just(PIN)),
        ) {
            let all: Vec<Gps> = points
                .iter()
                .map(|(lat, lon, at)| Gps { lat: *lat, lon: *lon, accuracy_m: 5, at: Ts::from_secs(*at) })
                .collect();
            let pick = |list: &[Gps]| list.iter().copied().reduce(|a, b| better(pin, a, b));
            let mut turned = all.clone();
            turned.reverse();
            prop_assert_eq!(pick(&all), pick(&turned));
        }
    }

    #[test]
    fn a_reading_is_kept_in_hundredths_and_refused_where_no_receiver_reads() {
        for (dbm, expect) in [
            (-19.42, Some(-1_942)),
            (-19.425, Some(-1_943)),
            (-8.0, Some(-800)),
            (-50.0, Some(-5_000)),
            (10.0, Some(1_000)),
            (-50.01, None),
            (10.01, None),
            (1e300, None),
            (f64::NAN, None),
            (f64::NEG_INFINITY, None),
        ] {
            assert_eq!(signal_cdbm(dbm).ok(), expect, "{dbm}");
        }
    }

    #[test]
    fn a_position_off_the_globe_is_refused_by_field() {
        let bad = Gps { lat: 106.8, lon: 200.0, accuracy_m: -1, at: Ts::default() };
        let names: Vec<_> = bad.check().unwrap_err().fields.into_iter().map(|f| f.name).collect();
        assert_eq!(names, ["lat", "lon", "accuracy_m"]);
    }
}
