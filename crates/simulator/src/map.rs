//! Where the world lies: two branches with their areas and ODPs at real places, streets and people.

use kernel::Zone;
use serde_json::{Value, json};

use crate::dice::Dice;

/// A branch of the simulated ISP.
#[derive(Debug)]
pub struct Town {
    pub code: &'static str,
    pub name: &'static str,
    pub zone: Zone,
    pub address: &'static str,
    pub lat: f64,
    pub lon: f64,
    pub areas: &'static [AreaPlan],
    /// Just outside every area: leads from here wait.
    pub outside: (f64, f64),
    pub streets: &'static [&'static str],
    pub city: &'static str,
    /// First address that customers of this branch's router get.
    pub pool: [u8; 4],
}

/// A coverage area: a rectangle in degrees, slightly cut at one corner.
#[derive(Debug)]
pub struct AreaPlan {
    pub name: &'static str,
    pub south: f64,
    pub west: f64,
    pub north: f64,
    pub east: f64,
    pub odp_prefix: &'static str,
}

pub const TOWNS: [Town; 2] = [
    Town {
        code: "JKT",
        name: "Jakarta Timur & Bekasi",
        zone: Zone::Jakarta,
        address: "Jl. Raya Kalimalang No. 21, Duren Sawit, Jakarta Timur 13430",
        lat: -6.2455,
        lon: 106.9310,
        areas: &[
            AreaPlan {
                name: "Duren Sawit",
                south: -6.2420,
                west: 106.9080,
                north: -6.2240,
                east: 106.9320,
                odp_prefix: "ODP-DRS",
            },
            AreaPlan {
                name: "Bekasi Barat",
                south: -6.2480,
                west: 106.9640,
                north: -6.2300,
                east: 106.9860,
                odp_prefix: "ODP-BKS",
            },
        ],
        outside: (-6.3050, 106.8950),
        streets: &[
            "Jl. Kolonel Sugiono",
            "Jl. Buaran Raya",
            "Jl. Swadaya",
            "Jl. Pahlawan Revolusi",
            "Jl. Haji Naman",
            "Jl. Bintara Jaya",
            "Jl. Patriot",
            "Jl. Nusantara",
            "Jl. Kasuari",
            "Gg. Mawar",
            "Gg. Haji Taiman",
            "Gg. Delima",
        ],
        city: "Jakarta Timur",
        pool: [100, 64, 0, 10],
    },
    Town {
        code: "MKS",
        name: "Makassar",
        zone: Zone::Makassar,
        address: "Jl. Boulevard No. 8, Panakkukang, Makassar 90231",
        lat: -5.1530,
        lon: 119.4420,
        areas: &[
            AreaPlan {
                name: "Panakkukang",
                south: -5.1660,
                west: 119.4300,
                north: -5.1460,
                east: 119.4520,
                odp_prefix: "ODP-PNK",
            },
            AreaPlan {
                name: "Rappocini",
                south: -5.1800,
                west: 119.4180,
                north: -5.1680,
                east: 119.4400,
                odp_prefix: "ODP-RPC",
            },
        ],
        outside: (-5.0980, 119.5060),
        streets: &[
            "Jl. Toddopuli Raya",
            "Jl. Hertasning",
            "Jl. Adhyaksa",
            "Jl. Batua Raya",
            "Jl. Pengayoman",
            "Jl. Skarda N",
            "Jl. Monginsidi Baru",
            "Jl. Tidung Raya",
            "Jl. Emmy Saelan",
            "Lr. Anggrek",
        ],
        city: "Makassar",
        pool: [100, 72, 0, 10],
    },
];

const FIRST: &[&str] = &[
    "Agus", "Ahmad", "Andi", "Anita", "Arief", "Asep", "Ayu", "Bambang", "Bayu", "Budi", "Citra",
    "Daeng", "Dedi", "Dewi", "Dian", "Dwi", "Eko", "Endang", "Erna", "Fajar", "Fatimah", "Fitri",
    "Galih", "Hadi", "Hasan", "Hendra", "Herlina", "Ika", "Imam", "Indah", "Irfan", "Joko",
    "Kartika", "Lestari", "Lina", "Maya", "Megawati", "Muhammad", "Nanda", "Ningsih", "Novita",
    "Nur", "Putri", "Rahmat", "Ratna", "Rina", "Rizky", "Rudi", "Sari", "Siti", "Slamet", "Sri",
    "Sugeng", "Suharti", "Taufik", "Teguh", "Tri", "Umar", "Wahyu", "Wati", "Widodo", "Yanti",
    "Yulia", "Yusuf", "Zainal",
];
const LAST: &[&str] = &[
    "Prasetyo",
    "Saputra",
    "Wijaya",
    "Santoso",
    "Hidayat",
    "Kurniawan",
    "Nugroho",
    "Setiawan",
    "Siregar",
    "Nasution",
    "Simanjuntak",
    "Lubis",
    "Rahman",
    "Hakim",
    "Gunawan",
    "Susanto",
    "Utami",
    "Lestari",
    "Wulandari",
    "Permata",
    "Handayani",
    "Anggraini",
    "Maharani",
    "Rahayu",
    "Kusuma",
    "Suryani",
    "Daeng Ngalle",
    "Daeng Tayang",
    "Patta",
    "Mappanyukki",
    "Tenri",
    "Palallo",
    "Bahar",
    "Syamsuddin",
    "Amiruddin",
    "Basri",
    "Halim",
    "Tanjung",
    "Ginting",
    "Sitorus",
    "Purnomo",
    "Suryadi",
];

impl Town {
    /// A person's name.
    pub fn name(&self, dice: &mut Dice) -> String {
        let first = dice.pick(FIRST).copied().unwrap_or("Budi");
        let last = dice.pick(LAST).copied().unwrap_or("Santoso");
        format!("{first} {last}")
    }
    /// A street, a number and the neighbourhood.
    pub fn street_address(&self, dice: &mut Dice) -> String {
        let street = dice.pick(self.streets).copied().unwrap_or("Jl. Merdeka");
        let (no, rt, rw) = (dice.range(1, 148), dice.range(1, 12), dice.range(1, 9));
        format!("{street} No. {no}, RT {rt:03}/RW {rw:03}, {}", self.city)
    }
    /// The areas' ODPs: code, name, latitude, longitude.
    pub fn odps(&self, rows: usize) -> Vec<(String, String, f64, f64)> {
        let mut all = Vec::new();
        for area in self.areas {
            for n in 0..rows * rows {
                let (row, column) = (n / rows, n % rows);
                let part = |i: usize| (i as f64 + 0.5) / rows as f64;
                // Inside the part of the rectangle that the cut corner leaves.
                let lat = area.south + (area.north - area.south) * part(row) * 0.94;
                let lon = area.west + (area.east - area.west) * part(column) * 0.94;
                let code = format!("{}-{:02}", area.odp_prefix, n + 1);
                let name = format!("{} {}", area.name, n + 1);
                all.push((code, name, round(lat), round(lon)));
            }
        }
        all
    }
    /// A point up to about 180 m from a place.
    pub fn near(lat: f64, lon: f64, dice: &mut Dice) -> (f64, f64) {
        let off = |dice: &mut Dice| (dice.share() - 0.5) * 0.0024;
        (round(lat + off(dice)), round(lon + off(dice)))
    }
}

impl AreaPlan {
    /// As a GeoJSON polygon.
    pub fn polygon(&self) -> Value {
        let (s, w, n, e) = (self.south, self.west, self.north, self.east);
        let (cut_lat, cut_lon) = (n - (n - s) * 0.04, e - (e - w) * 0.04);
        json!({ "type": "Polygon", "coordinates": [[
            [w, s], [e, s], [e, cut_lat], [cut_lon, n], [w, n], [w, s],
        ]] })
    }
}

/// A decimetre is more than any phone knows.
fn round(degrees: f64) -> f64 {
    (degrees * 1_000_000.0).round() / 1_000_000.0
}
