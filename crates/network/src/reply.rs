//! The attributes a NAS of one vendor is told for a profile.

use kernel::ProfileId;

use crate::words::Vendor;

/// One attribute of a vendor's table, as configured: text that `aaa` encodes by its dictionary.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct VendorAttribute {
    pub vendor: Vendor,
    pub name: String,
    pub value: String,
}

/// What a profile gives a session, for every vendor at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyProfile {
    pub id: ProfileId,
    pub code: String,
    pub rate_down_kbps: i64,
    pub rate_up_kbps: i64,
    /// True for the isolation profile.
    pub isolates: bool,
    pub attributes: Vec<VendorAttribute>,
}

/// MikroTik's attribute for the speed.
pub const MIKROTIK_RATE_LIMIT: &str = "Mikrotik-Rate-Limit";
const FRAMED_POOL: &str = "Framed-Pool";

impl ReplyProfile {
    /// Name and text of each attribute for one vendor: the standard ones, then the vendor's own, in
    /// their configured order. MikroTik's rate limit follows from the speeds unless it is configured.
    pub fn for_vendor(&self, vendor: Vendor) -> Vec<(String, String)> {
        let of = |wanted: Vendor| {
            self.attributes
                .iter()
                .filter(move |a| a.vendor == wanted)
                .map(|a| (a.name.clone(), a.value.clone()))
        };
        let mut list: Vec<_> = of(Vendor::Standard).collect();
        if vendor != Vendor::Standard {
            list.extend(of(vendor));
        }
        if vendor == Vendor::Mikrotik && !list.iter().any(|(n, _)| is_rate_limit(n)) {
            let limit = rate_limit(self.rate_up_kbps, self.rate_down_kbps);
            list.extend(limit.map(|text| (MIKROTIK_RATE_LIMIT.to_owned(), text)));
        }
        list
    }

    /// The address pool it names for one vendor. Changing the pool needs a new session: CoA can't.
    pub fn pool(&self, vendor: Vendor) -> Option<String> {
        let found = |(n, _): &(String, String)| n.eq_ignore_ascii_case(FRAMED_POOL);
        self.for_vendor(vendor).into_iter().find(found).map(|(_, pool)| pool)
    }
}

fn is_rate_limit(name: &str) -> bool {
    name.eq_ignore_ascii_case(MIKROTIK_RATE_LIMIT)
}

/// MikroTik's `rx/tx`, seen from the router: upload first, then download (`5M/20M`). `None` when
/// neither is limited; a direction without limit is 0.
pub fn rate_limit(up_kbps: i64, down_kbps: i64) -> Option<String> {
    let text = |kbps: i64| match kbps {
        ..=0 => "0".to_owned(),
        _ if kbps % 1_000_000 == 0 => format!("{}G", kbps / 1_000_000),
        _ if kbps % 1_000 == 0 => format!("{}M", kbps / 1_000),
        _ => format!("{kbps}k"),
    };
    (up_kbps > 0 || down_kbps > 0).then(|| format!("{}/{}", text(up_kbps), text(down_kbps)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(attributes: &[(Vendor, &str, &str)]) -> ReplyProfile {
        ReplyProfile {
            id: ProfileId::nil(),
            code: "20M".into(),
            rate_down_kbps: 20_000,
            rate_up_kbps: 5_000,
            isolates: false,
            attributes: attributes
                .iter()
                .map(|(vendor, name, value)| VendorAttribute {
                    vendor: *vendor,
                    name: (*name).into(),
                    value: (*value).into(),
                })
                .collect(),
        }
    }

    fn shown(list: Vec<(String, String)>) -> String {
        list.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_mikrotik_is_told_upload_before_download() {
        for (up, down, text) in [
            (5_000, 20_000, Some("5M/20M")),
            (64, 64, Some("64k/64k")),
            (1_500, 2_000, Some("1500k/2M")),
            (1_000_000, 1_000_000, Some("1G/1G")),
            (0, 10_000, Some("0/10M")),
            (0, 0, None),
        ] {
            assert_eq!(rate_limit(up, down).as_deref(), text);
        }
        assert_eq!(shown(profile(&[]).for_vendor(Vendor::Mikrotik)), "Mikrotik-Rate-Limit=5M/20M");
    }

    #[test]
    fn each_vendor_gets_the_standard_attributes_and_its_own_only() {
        let profile = profile(&[
            (Vendor::Mikrotik, "Mikrotik-Address-List", "isolir"),
            (Vendor::Standard, "Session-Timeout", "900"),
            (Vendor::Huawei, "Huawei-Output-Average-Rate", "20000000"),
        ]);
        assert_eq!(
            shown(profile.for_vendor(Vendor::Mikrotik)),
            "Session-Timeout=900 Mikrotik-Address-List=isolir Mikrotik-Rate-Limit=5M/20M"
        );
        assert_eq!(
            shown(profile.for_vendor(Vendor::Huawei)),
            "Session-Timeout=900 Huawei-Output-Average-Rate=20000000"
        );
        assert_eq!(shown(profile.for_vendor(Vendor::Standard)), "Session-Timeout=900");
    }

    #[test]
    fn a_configured_rate_limit_wins_over_the_derived_one() {
        let profile = profile(&[(Vendor::Mikrotik, "mikrotik-rate-limit", "5M/20M 10M/40M")]);
        assert_eq!(
            shown(profile.for_vendor(Vendor::Mikrotik)),
            "mikrotik-rate-limit=5M/20M 10M/40M"
        );
        assert_eq!(profile.pool(Vendor::Mikrotik), None);
    }
}
