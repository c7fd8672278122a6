//! The attributes a NAS of one vendor is told for a profile.

use std::collections::BTreeSet;

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
const MIKROTIK_ADDRESS_LIST: &str = "Mikrotik-Address-List";
/// How often a NAS reports is the policy's: three missed reports make a session suspect, and a change
/// is waited for by it. No profile may name it.
pub const INTERIM: &str = "Acct-Interim-Interval";
/// Why, in both languages (`id`, `en`).
pub const NO_INTERIM: (&str, &str) = (
    "diatur oleh kebijakan ISP (interval laporan), bukan oleh profil",
    "is set by the ISP's policy (reporting interval), not by a profile",
);

impl ReplyProfile {
    /// Name and text of each attribute for one vendor: the standard ones, then the vendor's own, in
    /// their configured order, without [`INTERIM`]. MikroTik's rate limit follows from the speeds unless it
    /// is configured.
    pub fn for_vendor(&self, vendor: Vendor) -> Vec<(String, String)> {
        let of = |wanted: Vendor| {
            self.attributes
                .iter()
                .filter(move |a| a.vendor == wanted && !a.name.eq_ignore_ascii_case(INTERIM))
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

    /// The address pools it names for one vendor, by whatever attribute.
    fn pools(&self, vendor: Vendor) -> BTreeSet<(String, String)> {
        let is_pool = |name: &str, value: &str| {
            let (name, value) = (name.to_ascii_lowercase(), value.to_ascii_lowercase());
            name.contains("pool") || (name.contains("avpair") && value.contains("pool"))
        };
        let all = self.for_vendor(vendor).into_iter();
        all.filter(|(n, v)| is_pool(n, v)).map(|(n, v)| (n.to_ascii_lowercase(), v)).collect()
    }

    /// Whether a session that runs with `ran` can have this profile only by logging in anew. A change
    /// sets what it names, so it neither moves a session to another address pool nor takes away an
    /// attribute that this profile lacks. (MikroTik's address list is always named, see `aaa`.) With what
    /// an unknown profile gave is not known: a pool alone needs a new session then.
    pub fn needs_restart(&self, ran: Option<&Self>, vendor: Vendor) -> bool {
        let Some(ran) = ran else { return !self.pools(vendor).is_empty() };
        let names = |profile: &Self| -> BTreeSet<String> {
            let all = profile.for_vendor(vendor).into_iter();
            all.map(|(name, _)| name.to_ascii_lowercase()).collect()
        };
        let (old, new) = (names(ran), names(self));
        let left_by_name = |name: &str| {
            vendor == Vendor::Mikrotik && name.eq_ignore_ascii_case(MIKROTIK_ADDRESS_LIST)
        };
        let stays = old.difference(&new).any(|name| !left_by_name(name));
        stays || self.pools(vendor) != ran.pools(vendor)
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
    }

    #[test]
    fn the_reporting_interval_is_never_a_profiles() {
        let named = profile(&[(Vendor::Standard, "acct-interim-interval", "60")]);
        assert_eq!(shown(named.for_vendor(Vendor::Standard)), "");
    }

    #[test]
    fn what_a_change_can_not_take_away_or_move_needs_a_new_session() {
        let isolir = [
            (Vendor::Mikrotik, "Mikrotik-Address-List", "isolir"),
            (Vendor::Huawei, "Huawei-Policy-Name", "isolir"),
            (Vendor::Cisco, "Cisco-AVPair", "ip:addr-pool=isolir"),
            (Vendor::Juniper, "ERX-Address-Pool-Name", "isolir"),
        ];
        let (isolir, plain) = (profile(&isolir), profile(&[]));
        let back = |vendor| plain.needs_restart(Some(&isolir), vendor);
        assert!(!back(Vendor::Mikrotik), "its list is always named");
        assert!(back(Vendor::Huawei) && back(Vendor::Cisco) && back(Vendor::Juniper));
        assert!(!back(Vendor::Standard));
        let there = |vendor| isolir.needs_restart(Some(&plain), vendor);
        assert!(!there(Vendor::Mikrotik) && !there(Vendor::Huawei));
        assert!(there(Vendor::Cisco) && there(Vendor::Juniper), "another pool");
        assert!(isolir.needs_restart(None, Vendor::Juniper));
        assert!(!plain.needs_restart(None, Vendor::Juniper));
        let pool = |name| profile(&[(Vendor::Huawei, "Huawei-Framed-Pool", name)]);
        assert!(pool("a").needs_restart(Some(&pool("b")), Vendor::Huawei));
        assert!(!pool("a").needs_restart(Some(&pool("a")), Vendor::Huawei));
    }
}
