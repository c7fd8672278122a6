//! Points on the map, distances, and polygons that can be served.

use geo::{BoundingRect, Distance, Haversine, Intersects, MultiPolygon, Point};
use kernel::{Fault, Field, Result};

/// Metres of one degree of latitude; a degree of longitude is never longer.
const METRES_PER_DEGREE: f64 = 111_000.0;
/// More corners than any hand-drawn area has.
const CORNERS_MAX: usize = 20_000;

/// A point: degrees north and east (WGS 84).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    pub lat: f64,
    pub lon: f64,
}

/// A box around a place, for the index; the exact distance decides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    pub south: f64,
    pub north: f64,
    pub west: f64,
    pub east: f64,
}

impl Place {
    /// # Errors
    /// A field error on `lat` or `lon` when it is not on the globe.
    pub fn new(lat: f64, lon: f64) -> Result<Self> {
        let mut fields = Vec::new();
        if !(-90.0..=90.0).contains(&lat) {
            let (id, en) = ("lintang harus antara -90 dan 90", "must be between -90 and 90");
            fields.push(Field::new("lat", "out_of_range", id, en));
        }
        if !(-180.0..=180.0).contains(&lon) {
            let (id, en) = ("bujur harus antara -180 dan 180", "must be between -180 and 180");
            fields.push(Field::new("lon", "out_of_range", id, en));
        }
        if fields.is_empty() { Ok(Self { lat, lon }) } else { Err(Fault::fields(fields)) }
    }

    /// Both coordinates or none of them.
    ///
    /// # Errors
    /// A field error when only one is given, or one is not on the globe.
    pub fn maybe(lat: Option<f64>, lon: Option<f64>) -> Result<Option<Self>> {
        match (lat, lon) {
            (Some(lat), Some(lon)) => Self::new(lat, lon).map(Some),
            (None, None) => Ok(None),
            (None, Some(_)) => Err(Fault::fields(vec![Field::required("lat")])),
            (Some(_), None) => Err(Fault::fields(vec![Field::required("lon")])),
        }
    }

    /// Metres over the ground (great circle).
    pub fn metres_to(self, other: Self) -> f64 {
        Haversine.distance(self.point(), other.point())
    }

    /// A box that holds every place within `metres`.
    pub fn around(self, metres: f64) -> Bounds {
        let up = metres / METRES_PER_DEGREE;
        let shrink = self.lat.to_radians().cos().max(0.01);
        let side = metres / (METRES_PER_DEGREE * shrink);
        Bounds {
            south: self.lat - up,
            north: self.lat + up,
            west: self.lon - side,
            east: self.lon + side,
        }
    }

    fn point(self) -> Point<f64> {
        Point::new(self.lon, self.lat)
    }
}

/// Metres as people read them: whole, half up.
pub fn whole_metres(metres: f64) -> i64 {
    // Half the globe is 20 million metres: far inside i64, and `as` saturates.
    metres.round() as i64
}

/// One or more polygons with holes, read from GeoJSON.
#[derive(Clone, Debug)]
pub struct Shape {
    polygons: MultiPolygon<f64>,
    pub bounds: Bounds,
}

impl Shape {
    /// Reads a GeoJSON Polygon or MultiPolygon, or a Feature that holds one.
    ///
    /// # Errors
    /// A field error on `polygon` that names what is wrong: not GeoJSON, another geometry, an open ring,
    /// too few or too many corners, coordinates off the globe (usually latitude first).
    pub fn parse(json: &serde_json::Value) -> Result<Self> {
        let text = json.to_string();
        let document: geojson::GeoJson = text
            .parse()
            .map_err(|_| bad("not_geojson", "bukan GeoJSON yang benar", "is not valid GeoJSON"))?;
        let geometry = match document {
            geojson::GeoJson::Geometry(geometry) => Some(geometry),
            geojson::GeoJson::Feature(feature) => feature.geometry,
            geojson::GeoJson::FeatureCollection(_) => None,
        };
        let Some(geometry) = geometry else { return Err(not_a_polygon()) };
        check_rings(&geometry.value)?;
        let polygons = match geo::Geometry::<f64>::try_from(&geometry.value) {
            Ok(geo::Geometry::Polygon(polygon)) => MultiPolygon::new(vec![polygon]),
            Ok(geo::Geometry::MultiPolygon(many)) => many,
            _ => return Err(not_a_polygon()),
        };
        let Some(rect) = polygons.bounding_rect() else { return Err(not_a_polygon()) };
        let bounds = Bounds {
            south: rect.min().y,
            north: rect.max().y,
            west: rect.min().x,
            east: rect.max().x,
        };
        Ok(Self { polygons, bounds })
    }

    /// Inside, or exactly on the border.
    pub fn holds(&self, place: Place) -> bool {
        self.polygons.intersects(&place.point())
    }
}

fn check_rings(value: &geojson::GeometryValue) -> Result<()> {
    let rings: Vec<_> = match value {
        geojson::GeometryValue::Polygon { coordinates } => coordinates.iter().collect(),
        geojson::GeometryValue::MultiPolygon { coordinates } => {
            coordinates.iter().flatten().collect()
        }
        _ => return Err(not_a_polygon()),
    };
    if rings.is_empty() {
        return Err(not_a_polygon());
    }
    if rings.iter().map(|ring| ring.len()).sum::<usize>() > CORNERS_MAX {
        return Err(bad(
            "too_many_corners",
            "titiknya lebih dari 20.000",
            "has over 20,000 corners",
        ));
    }
    for ring in rings {
        if ring.len() < 4 || ring.first() != ring.last() {
            return Err(bad(
                "open_ring",
                "tiap garis batas perlu paling sedikit 3 titik dan berakhir di titik awalnya",
                "each ring needs at least 3 corners and must end where it starts",
            ));
        }
        for position in ring {
            let on_globe = matches!(position.as_slice(), [lon, lat, ..]
                if (-180.0..=180.0).contains(lon) && (-90.0..=90.0).contains(lat));
            if !on_globe {
                return Err(bad(
                    "off_the_globe",
                    "koordinat di luar bumi; GeoJSON menulis bujur dulu, lalu lintang",
                    "has coordinates off the globe; GeoJSON writes longitude first, then latitude",
                ));
            }
        }
    }
    Ok(())
}

fn not_a_polygon() -> Fault {
    bad(
        "not_a_polygon",
        "harus berupa Polygon atau MultiPolygon",
        "must be a Polygon or MultiPolygon",
    )
}

fn bad(code: &'static str, id: &str, en: &str) -> Fault {
    Fault::field("polygon", code, id, en)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const MONAS: Place = Place { lat: -6.175392, lon: 106.827153 };

    #[test]
    fn distances_are_those_of_the_map() {
        // Monas to Bundaran HI, about 2.2 km on any map.
        let hi = Place { lat: -6.194957, lon: 106.823073 };
        let metres = MONAS.metres_to(hi);
        assert!((2_150.0..2_270.0).contains(&metres), "{metres}");
        assert_eq!(whole_metres(MONAS.metres_to(MONAS)), 0);
    }

    #[test]
    fn the_box_around_a_place_holds_every_point_within_the_distance() {
        for lat in [-11.0, -6.2, 0.0, 5.9, 60.0] {
            let here = Place { lat, lon: 106.8 };
            let bounds = here.around(200.0);
            for (lat, lon) in [
                (bounds.south, here.lon),
                (bounds.north, here.lon),
                (here.lat, bounds.west),
                (here.lat, bounds.east),
            ] {
                let metres = here.metres_to(Place { lat, lon });
                assert!((200.0..203.0).contains(&metres), "{lat} {metres}");
            }
        }
    }

    #[test]
    fn a_point_is_in_the_area_but_not_in_its_hole_and_the_border_counts() {
        let shape = Shape::parse(&json!({"type": "Polygon", "coordinates": [
            [[106.0, -7.0], [107.0, -7.0], [107.0, -6.0], [106.0, -6.0], [106.0, -7.0]],
            [[106.4, -6.6], [106.6, -6.6], [106.6, -6.4], [106.4, -6.4], [106.4, -6.6]],
        ]}))
        .unwrap();
        for (lat, lon, inside) in [
            (-6.2, 106.2, true),
            (-6.5, 106.5, false),
            (-6.0, 106.5, true),
            (-6.4, 106.5, true),
            (-5.99, 106.5, false),
            (-6.2, 107.01, false),
        ] {
            assert_eq!(shape.holds(Place { lat, lon }), inside, "{lat} {lon}");
        }
        assert_eq!(shape.bounds, Bounds { south: -7.0, north: -6.0, west: 106.0, east: 107.0 });
    }

    #[test]
    fn an_area_may_have_two_parts_and_come_as_a_feature() {
        let square =
            |w: f64| json!([[[w, 0.0], [w + 1.0, 0.0], [w + 1.0, 1.0], [w, 1.0], [w, 0.0]]]);
        let shape =
            Shape::parse(&json!({"type": "Feature", "properties": {"name": "x"}, "geometry":
            {"type": "MultiPolygon", "coordinates": [square(100.0), square(110.0)]}}))
            .unwrap();
        assert!(shape.holds(Place { lat: 0.5, lon: 100.5 }));
        assert!(shape.holds(Place { lat: 0.5, lon: 110.5 }));
        assert!(!shape.holds(Place { lat: 0.5, lon: 105.0 }));
    }

    #[test]
    fn a_bad_polygon_is_refused_with_its_reason() {
        let ring = |points: serde_json::Value| json!({"type": "Polygon", "coordinates": [points]});
        for (json, code) in [
            (json!("x"), "not_geojson"),
            (json!({"type": "Polygon"}), "not_geojson"),
            (json!({"type": "Point", "coordinates": [106.8, -6.2]}), "not_a_polygon"),
            (json!({"type": "Polygon", "coordinates": []}), "not_a_polygon"),
            (json!({"type": "FeatureCollection", "features": []}), "not_a_polygon"),
            (ring(json!([[106.0, -6.0], [107.0, -6.0], [106.0, -6.0]])), "open_ring"),
            (
                ring(json!([[106.0, -6.0], [107.0, -6.0], [107.0, -5.0], [106.0, -5.0]])),
                "open_ring",
            ),
            (
                ring(json!([[-6.0, 106.0], [-6.0, 107.0], [-5.0, 107.0], [-6.0, 106.0]])),
                "off_the_globe",
            ),
        ] {
            let fault = Shape::parse(&json).unwrap_err();
            assert_eq!(fault.fields[0].name, "polygon");
            assert_eq!(fault.fields[0].code, code, "{json}");
        }
    }

    #[test]
    fn one_coordinate_without_the_other_is_refused() {
        assert_eq!(Place::maybe(Some(-6.2), None).unwrap_err().fields[0].name, "lon");
        assert_eq!(Place::maybe(None, Some(1.0)).unwrap_err().fields[0].name, "lat");
        assert_eq!(Place::maybe(None, None).unwrap(), None);
        assert_eq!(Place::new(106.8, f64::NAN).unwrap_err().fields.len(), 2);
    }
}
