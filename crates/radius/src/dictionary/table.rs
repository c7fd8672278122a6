//! The attributes known by name. Numbers are those of the RFCs and of the vendors' own documents.

use super::{Entry, Format, Vendor};
use crate::kind::vendor;

use Format::{AvPair, Ipv4, Ipv6, Ipv6Prefix, Named, Number, Octets, RateLimit, TaggedText, Text};

const SERVICE_TYPES: &[(&str, u32)] = &[
    ("Login-User", 1),
    ("Framed-User", 2),
    ("Outbound-User", 5),
    ("Administrative-User", 6),
    ("NAS-Prompt-User", 7),
    ("Authenticate-Only", 8),
];
const FRAMED_PROTOCOLS: &[(&str, u32)] = &[("PPP", 1), ("SLIP", 2)];
const COMPRESSIONS: &[(&str, u32)] =
    &[("None", 0), ("Van-Jacobson-TCP-IP", 1), ("IPX-Header-Compression", 2), ("Stac-LZS", 3)];
const ROUTINGS: &[(&str, u32)] =
    &[("None", 0), ("Broadcast", 1), ("Listen", 2), ("Broadcast-Listen", 3)];
const TERMINATIONS: &[(&str, u32)] = &[("Default", 0), ("RADIUS-Request", 1)];
const STATUSES: &[(&str, u32)] = &[
    ("Start", 1),
    ("Stop", 2),
    ("Interim-Update", 3),
    ("Accounting-On", 7),
    ("Accounting-Off", 8),
];
const MPPE_POLICIES: &[(&str, u32)] = &[("Encryption-Allowed", 1), ("Encryption-Required", 2)];
const MPPE_TYPES: &[(&str, u32)] =
    &[("RC4-40bit-Allowed", 2), ("RC4-128bit-Allowed", 4), ("RC4-40or128-bit-Allowed", 6)];
const SWITCHES: &[(&str, u32)] = &[("disable", 0), ("enable", 1)];

/// May stand in a profile.
const fn free(
    vendor: Vendor,
    enterprise: u32,
    kind: u8,
    name: &'static str,
    format: Format,
) -> Entry {
    Entry { name, vendor, enterprise, kind, format, in_profiles: true }
}
const fn standard(kind: u8, name: &'static str, format: Format) -> Entry {
    free(Vendor::Standard, 0, kind, name, format)
}
/// Known, but set by the server or the NAS.
const fn fixed(kind: u8, name: &'static str, format: Format) -> Entry {
    Entry { in_profiles: false, ..standard(kind, name, format) }
}
const fn mikrotik(kind: u8, name: &'static str, format: Format) -> Entry {
    free(Vendor::Mikrotik, vendor::MIKROTIK, kind, name, format)
}
const fn microsoft(kind: u8, name: &'static str, format: Format) -> Entry {
    free(Vendor::Microsoft, vendor::MICROSOFT, kind, name, format)
}
const fn microsoft_fixed(kind: u8, name: &'static str) -> Entry {
    Entry { in_profiles: false, ..microsoft(kind, name, Octets) }
}
const fn cisco(kind: u8, name: &'static str, format: Format) -> Entry {
    free(Vendor::Cisco, vendor::CISCO, kind, name, format)
}
const fn juniper(kind: u8, name: &'static str, format: Format) -> Entry {
    free(Vendor::Juniper, vendor::JUNIPER, kind, name, format)
}
const fn erx(kind: u8, name: &'static str, format: Format) -> Entry {
    free(Vendor::Juniper, vendor::ERX, kind, name, format)
}
const fn huawei(kind: u8, name: &'static str, format: Format) -> Entry {
    free(Vendor::Huawei, vendor::HUAWEI, kind, name, format)
}

pub(super) static ENTRIES: &[Entry] = &[
    fixed(1, "User-Name", Text),
    fixed(2, "User-Password", Octets),
    fixed(3, "CHAP-Password", Octets),
    fixed(4, "NAS-IP-Address", Ipv4),
    fixed(5, "NAS-Port", Number),
    standard(6, "Service-Type", Named(SERVICE_TYPES)),
    standard(7, "Framed-Protocol", Named(FRAMED_PROTOCOLS)),
    standard(8, "Framed-IP-Address", Ipv4),
    standard(9, "Framed-IP-Netmask", Ipv4),
    standard(10, "Framed-Routing", Named(ROUTINGS)),
    standard(11, "Filter-Id", Text),
    standard(12, "Framed-MTU", Number),
    standard(13, "Framed-Compression", Named(COMPRESSIONS)),
    standard(18, "Reply-Message", Text),
    standard(22, "Framed-Route", Text),
    fixed(24, "State", Octets),
    fixed(25, "Class", Octets),
    standard(27, "Session-Timeout", Number),
    standard(28, "Idle-Timeout", Number),
    standard(29, "Termination-Action", Named(TERMINATIONS)),
    fixed(30, "Called-Station-Id", Text),
    fixed(31, "Calling-Station-Id", Text),
    fixed(32, "NAS-Identifier", Text),
    fixed(33, "Proxy-State", Octets),
    fixed(40, "Acct-Status-Type", Named(STATUSES)),
    fixed(41, "Acct-Delay-Time", Number),
    fixed(42, "Acct-Input-Octets", Number),
    fixed(43, "Acct-Output-Octets", Number),
    fixed(44, "Acct-Session-Id", Text),
    fixed(46, "Acct-Session-Time", Number),
    fixed(47, "Acct-Input-Packets", Number),
    fixed(48, "Acct-Output-Packets", Number),
    fixed(49, "Acct-Terminate-Cause", Number),
    fixed(52, "Acct-Input-Gigawords", Number),
    fixed(53, "Acct-Output-Gigawords", Number),
    fixed(55, "Event-Timestamp", Number),
    fixed(60, "CHAP-Challenge", Octets),
    fixed(61, "NAS-Port-Type", Number),
    standard(62, "Port-Limit", Number),
    standard(64, "Tunnel-Type", Number),
    fixed(79, "EAP-Message", Octets),
    fixed(80, "Message-Authenticator", Octets),
    standard(81, "Tunnel-Private-Group-Id", TaggedText),
    standard(85, "Acct-Interim-Interval", Number),
    fixed(87, "NAS-Port-Id", Text),
    standard(88, "Framed-Pool", Text),
    fixed(95, "NAS-IPv6-Address", Ipv6),
    standard(97, "Framed-IPv6-Prefix", Ipv6Prefix),
    standard(99, "Framed-IPv6-Route", Text),
    standard(100, "Framed-IPv6-Pool", Text),
    fixed(101, "Error-Cause", Number),
    standard(123, "Delegated-IPv6-Prefix", Ipv6Prefix),
    standard(168, "Framed-IPv6-Address", Ipv6),
    standard(169, "DNS-Server-IPv6-Address", Ipv6),
    standard(171, "Delegated-IPv6-Prefix-Pool", Text),
    mikrotik(1, "Mikrotik-Recv-Limit", Number),
    mikrotik(2, "Mikrotik-Xmit-Limit", Number),
    mikrotik(3, "Mikrotik-Group", Text),
    mikrotik(8, "Mikrotik-Rate-Limit", RateLimit),
    mikrotik(9, "Mikrotik-Realm", Text),
    mikrotik(10, "Mikrotik-Host-IP", Ipv4),
    mikrotik(11, "Mikrotik-Mark-Id", Text),
    mikrotik(12, "Mikrotik-Advertise-URL", Text),
    mikrotik(13, "Mikrotik-Advertise-Interval", Number),
    mikrotik(14, "Mikrotik-Recv-Limit-Gigawords", Number),
    mikrotik(15, "Mikrotik-Xmit-Limit-Gigawords", Number),
    mikrotik(17, "Mikrotik-Total-Limit", Number),
    mikrotik(18, "Mikrotik-Total-Limit-Gigawords", Number),
    mikrotik(19, "Mikrotik-Address-List", Text),
    mikrotik(22, "Mikrotik-Delegated-IPv6-Pool", Text),
    mikrotik(23, "Mikrotik-DHCP-Option-Set", Text),
    mikrotik(26, "Mikrotik-Wireless-VLANID", Number),
    mikrotik(30, "Mikrotik-Switching-Filter", Text),
    microsoft_fixed(1, "MS-CHAP-Response"),
    microsoft_fixed(2, "MS-CHAP-Error"),
    microsoft(7, "MS-MPPE-Encryption-Policy", Named(MPPE_POLICIES)),
    microsoft(8, "MS-MPPE-Encryption-Types", Named(MPPE_TYPES)),
    microsoft_fixed(11, "MS-CHAP-Challenge"),
    microsoft_fixed(12, "MS-CHAP-MPPE-Keys"),
    microsoft_fixed(16, "MS-MPPE-Send-Key"),
    microsoft_fixed(17, "MS-MPPE-Recv-Key"),
    microsoft_fixed(25, "MS-CHAP2-Response"),
    microsoft_fixed(26, "MS-CHAP2-Success"),
    microsoft(28, "MS-Primary-DNS-Server", Ipv4),
    microsoft(29, "MS-Secondary-DNS-Server", Ipv4),
    cisco(1, "Cisco-AVPair", AvPair),
    cisco(37, "Cisco-Policy-Up", Text),
    cisco(38, "Cisco-Policy-Down", Text),
    cisco(51, "Cisco-Service-Name", Text),
    cisco(55, "Cisco-Sub-QoS-Pol-In", Text),
    cisco(56, "Cisco-Sub-QoS-Pol-Out", Text),
    cisco(57, "Cisco-In-ACL", Text),
    cisco(58, "Cisco-Out-ACL", Text),
    cisco(59, "Cisco-Sub-PBR-Policy-In", Text),
    cisco(60, "Cisco-Sub-Activate-Service", Text),
    cisco(61, "Cisco-IPv6-In-ACL", Text),
    cisco(62, "Cisco-IPv6-Out-ACL", Text),
    cisco(63, "Cisco-Sub-Deactivate-Service", Text),
    juniper(31, "Juniper-Primary-Dns", Ipv4),
    juniper(33, "Juniper-Secondary-Dns", Ipv4),
    juniper(36, "Juniper-Ip-Pool-Name", Text),
    juniper(38, "Juniper-CoS-Traffic-Control-Profile", Text),
    juniper(39, "Juniper-CoS-Parameter", Text),
    juniper(44, "Juniper-Firewall-filter-name", Text),
    juniper(45, "Juniper-Policer-Parameter", Text),
    juniper(48, "Juniper-Switching-Filter", Text),
    juniper(52, "Juniper-AV-Pair", Text),
    erx(1, "ERX-Virtual-Router-Name", Text),
    erx(2, "ERX-Address-Pool-Name", Text),
    erx(4, "ERX-Primary-Dns", Ipv4),
    erx(5, "ERX-Secondary-Dns", Ipv4),
    erx(10, "ERX-Ingress-Policy-Name", Text),
    erx(11, "ERX-Egress-Policy-Name", Text),
    erx(22, "ERX-Sa-Validate", Named(SWITCHES)),
    erx(23, "ERX-Igmp-Enable", Named(SWITCHES)),
    erx(26, "ERX-Qos-Profile-Name", Text),
    erx(27, "ERX-Pppoe-Max-Sessions", Number),
    erx(28, "ERX-Pppoe-Url", Text),
    erx(31, "ERX-Service-Bundle", Text),
    erx(47, "ERX-Ipv6-Primary-Dns", Ipv6),
    erx(48, "ERX-Ipv6-Secondary-Dns", Ipv6),
    erx(65, "ERX-Service-Activate", TaggedText),
    erx(66, "ERX-Service-Deactivate", Text),
    erx(82, "ERX-Qos-Parameters", Text),
    erx(106, "ERX-IPv6-Ingress-Policy-Name", Text),
    erx(107, "ERX-IPv6-Egress-Policy-Name", Text),
    erx(108, "ERX-CoS-Shaping-Pmt-Type", Text),
    huawei(1, "Huawei-Input-Burst-Size", Number),
    huawei(2, "Huawei-Input-Average-Rate", Number),
    huawei(3, "Huawei-Input-Peak-Rate", Number),
    huawei(4, "Huawei-Output-Burst-Size", Number),
    huawei(5, "Huawei-Output-Average-Rate", Number),
    huawei(6, "Huawei-Output-Peak-Rate", Number),
    huawei(15, "Huawei-Remanent-Volume", Number),
    huawei(17, "Huawei-ISP-ID", Text),
    huawei(22, "Huawei-Priority", Number),
    huawei(27, "Huawei-PortalURL", Text),
    huawei(31, "Huawei-Qos-Profile-Name", Text),
    huawei(37, "Huawei-IGMP-Enable", Named(SWITCHES)),
    huawei(61, "Huawei-Up-Priority", Number),
    huawei(62, "Huawei-Down-Priority", Number),
    huawei(77, "Huawei-Input-Peak-Burst-Size", Number),
    huawei(78, "Huawei-Output-Peak-Burst-Size", Number),
    huawei(82, "Huawei-Data-Filter", Text),
    huawei(85, "Huawei-Portal-Mode", Number),
    huawei(88, "Huawei-Framed-Pool", Text),
    huawei(91, "Huawei-Queue-Profile", Text),
    huawei(94, "Huawei-VPN-Instance", Text),
    huawei(95, "Huawei-Policy-Name", Text),
    huawei(135, "Huawei-Primary-DNS", Ipv4),
    huawei(136, "Huawei-Secondary-DNS", Ipv4),
    huawei(138, "Huawei-Domain-Name", Text),
    huawei(140, "Huawei-HTTP-Redirect-URL", Text),
];
