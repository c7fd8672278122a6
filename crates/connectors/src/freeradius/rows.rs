//! A record as rows, and rows as a record. Pure.

use std::collections::BTreeMap;

use bridge::access::{AccountRecord, AccountSeen, Card, ProfileRecord, Standing};
use network::Mac;
use store::Secret;

use super::{DISABLED, ISOLATED};

/// attribute, op, value: a row of radcheck, radreply, radgroupcheck or radgroupreply without its owner.
pub(super) type Row = (String, String, String);

const PASSWORD: &str = "Cleartext-Password";
const MAC: &str = "Calling-Station-Id";
const SESSIONS: &str = "Simultaneous-Use";
const AUTH_TYPE: &str = "Auth-Type";
const FIXED_IP: &str = "Framed-IP-Address";

/// Priority of the plan's group; the isolation group's is lower and the disabled one's lower still, and the
/// first that matches ends the search.
const PLAN: i64 = 1;
const FIRST: i64 = 0;
const DISABLED_FIRST: i64 = -1;

/// A login's rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Rows {
    pub(super) check: Vec<Row>,
    pub(super) reply: Vec<Row>,
    /// Group and priority.
    pub(super) groups: Vec<(String, i64)>,
}

fn row(attribute: &str, op: &str, value: &str) -> Row {
    (attribute.to_owned(), op.to_owned(), value.to_owned())
}

/// Whether we say what a login's row of this attribute is; others there are people's, and stay.
fn is_ours(attribute: &str) -> bool {
    let name = attribute.to_ascii_lowercase();
    name.ends_with("-password")
        || [MAC, SESSIONS, AUTH_TYPE, FIXED_IP].iter().any(|own| name == own.to_ascii_lowercase())
}

/// What has to stand there, given what stands: rows that people added stay unless it is to be bare.
pub(super) fn wanted(record: &AccountRecord, there: &Rows) -> Rows {
    let kept = |rows: &[Row]| -> Vec<Row> {
        let own = |r: &&Row| !record.bare && !is_ours(&r.0);
        rows.iter().filter(own).cloned().collect()
    };
    let mut check = vec![row(PASSWORD, ":=", record.password.expose())];
    check.extend(record.mac.as_deref().map(|mac| row(MAC, "=~", &mac_pattern(mac))));
    check.push(row(SESSIONS, ":=", &record.sessions_max.to_string()));
    check.extend(kept(&there.check));
    let mut reply: Vec<Row> = record.fixed_ip.iter().map(|ip| row(FIXED_IP, ":=", ip)).collect();
    reply.extend(kept(&there.reply));
    let mut groups = Vec::new();
    match record.standing {
        Standing::Disabled => groups.push((DISABLED.to_owned(), DISABLED_FIRST)),
        Standing::Isolated => groups.push((ISOLATED.to_owned(), FIRST)),
        Standing::Full => {}
    }
    groups.extend(record.group.iter().map(|group| (group.clone(), PLAN)));
    Rows { check, reply, groups }.sorted()
}

impl Rows {
    pub(super) fn sorted(mut self) -> Self {
        self.check.sort();
        self.reply.sort();
        self.groups.sort();
        self
    }
}

/// FreeRADIUS compares texts: routers send an address in either case, with colons or dashes.
fn mac_pattern(mac: &str) -> String {
    let parts: Vec<String> = mac.split(':').map(str::to_ascii_lowercase).collect();
    format!("(?i)^{}$", parts.join("[:-]"))
}

/// The address in a lock's value, be it our pattern or what somebody typed; another text as it stands.
fn mac_of(value: &str) -> String {
    let plain = value
        .trim_start_matches("(?i)")
        .trim_start_matches('^')
        .trim_end_matches('$')
        .replace("[:-]?", ":")
        .replace("[:-]", ":");
    Mac::parse(&plain).map_or_else(|| value.to_owned(), |mac| mac.to_string())
}

/// A login as its rows make it.
pub(super) fn seen(username: &str, rows: &Rows, card: Card) -> AccountSeen {
    let of = |name: &'static str| rows.check.iter().filter(move |r| r.0.eq_ignore_ascii_case(name));
    let passwords: Vec<&Row> = of(PASSWORD).collect();
    // With `==` no password is known and everybody is refused.
    let password = passwords.first().filter(|r| r.1 == ":=").map(|r| Secret::new(r.2.clone()));
    let has_group = |name: &str| rows.groups.iter().any(|(group, _)| group == name);
    let rejects = of(AUTH_TYPE).any(|r| r.2.eq_ignore_ascii_case("Reject"));
    let first = rows.groups.iter().min_by_key(|(_, priority)| *priority);
    let standing = if has_group(DISABLED) || rejects {
        Standing::Disabled
    } else if first.is_some_and(|(group, _)| group == ISOLATED) {
        Standing::Isolated
    } else {
        Standing::Full
    };
    let mut groups = rows.groups.clone();
    groups.sort_by_key(|(_, priority)| *priority);
    let groups: Vec<String> =
        groups.into_iter().map(|g| g.0).filter(|g| g != DISABLED && g != ISOLATED).collect();
    let mut twice = groups.clone();
    twice.sort();
    twice.dedup();
    let mut extra: BTreeMap<String, String> = BTreeMap::new();
    let others = rows.check.iter().chain(&rows.reply).filter(|r| !is_ours(&r.0) || is_open_door(r));
    for (attribute, op, value) in others {
        extra.insert(attribute.clone(), format!("{op} {value}"));
    }
    let fixed = |r: &&Row| r.0.eq_ignore_ascii_case(FIXED_IP);
    AccountSeen {
        username: username.to_owned(),
        duplicate: passwords.len() > 1 || of(MAC).count() > 1 || twice.len() < groups.len(),
        password,
        mac: of(MAC).next().map(|r| mac_of(&r.2)),
        fixed_ip: rows.reply.iter().chain(&rows.check).find(fixed).map(|r| r.2.clone()),
        sessions_max: of(SESSIONS).next().and_then(|r| r.2.parse().ok()),
        groups,
        standing,
        extra,
        card,
    }
}

/// A row of ours that lets anybody in, or another kind of password: told apart, not taken for ours.
fn is_open_door(row: &Row) -> bool {
    let accepts = row.0.eq_ignore_ascii_case(AUTH_TYPE) && !row.2.eq_ignore_ascii_case("Reject");
    let other =
        row.0.to_ascii_lowercase().ends_with("-password") && !row.0.eq_ignore_ascii_case(PASSWORD);
    accepts || other
}

/// A profile's reply rows. Isolation must win over what a login has of its own (`:=`); a plan gives way (`=`).
/// A second row of one attribute is added to the first.
pub(super) fn group_rows(profile: &ProfileRecord) -> Vec<Row> {
    let mut named: Vec<String> = Vec::new();
    let mut rows = Vec::with_capacity(profile.reply.len());
    for (name, value) in &profile.reply {
        let lower = name.to_ascii_lowercase();
        let op = match (named.contains(&lower), profile.isolates) {
            (true, _) => "+=",
            (false, true) => ":=",
            (false, false) => "=",
        };
        named.push(lower);
        rows.push(row(name, op, value));
    }
    rows
}

/// The group that a profile stands as.
pub(super) fn group_of(profile: &ProfileRecord) -> &str {
    if profile.isolates { ISOLATED } else { &profile.group }
}

/// Cut to a column's width.
pub(super) fn cut(text: &str, width: usize) -> String {
    text.chars().take(width).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bridge::access::Contact;

    fn record(standing: Standing) -> AccountRecord {
        AccountRecord {
            username: "budi".into(),
            password: Secret::new("rahasia1"),
            mac: Some("AA:BB:CC:DD:EE:FF".into()),
            fixed_ip: Some("10.1.2.3".into()),
            sessions_max: 1,
            group: Some("20M".into()),
            standing,
            contact: Contact::default(),
            bare: false,
        }
    }

    fn groups(standing: Standing) -> String {
        let rows = wanted(&record(standing), &Rows::default());
        rows.groups.iter().map(|(g, p)| format!("{g} {p}")).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn isolation_comes_before_the_plan_and_a_disabled_login_before_both() {
        assert_eq!(groups(Standing::Full), "20M 1");
        assert_eq!(groups(Standing::Isolated), "20M 1, isolir 0");
        assert_eq!(groups(Standing::Disabled), "20M 1, daloRADIUS-Disabled-Users -1");
    }

    #[test]
    fn what_was_written_reads_back_as_what_was_told() {
        for standing in [Standing::Full, Standing::Isolated, Standing::Disabled] {
            let told = record(standing.clone());
            let back = seen("budi", &wanted(&told, &Rows::default()), Card::NoScreen);
            assert_eq!(back.password, Some(told.password));
            assert_eq!((back.mac, back.fixed_ip), (told.mac, told.fixed_ip));
            assert_eq!((back.groups, back.standing), (vec!["20M".to_owned()], standing));
            assert!(!back.duplicate && back.extra.is_empty());
        }
    }

    #[test]
    fn peoples_own_rows_stay_unless_they_are_to_go() {
        let there = Rows {
            check: vec![row("Expiration", ":=", "31 Dec 2026"), row("MD5-Password", ":=", "x")],
            reply: vec![row("Mikrotik-Rate-Limit", "=", "50M/50M")],
            groups: vec![("promo".into(), 1)],
        };
        let kept = wanted(&record(Standing::Full), &there);
        assert!(kept.check.iter().any(|r| r.0 == "Expiration"));
        assert!(kept.reply.iter().any(|r| r.0 == "Mikrotik-Rate-Limit"));
        assert!(!kept.check.iter().any(|r| r.0 == "MD5-Password"));
        assert_eq!(kept.groups, [("20M".to_owned(), 1)]);
        let bare = wanted(&AccountRecord { bare: true, ..record(Standing::Full) }, &there);
        assert_eq!((bare.check.len(), bare.reply.len()), (3, 1));
    }

    #[test]
    fn a_lock_is_read_however_it_was_written() {
        for (value, is) in [
            ("(?i)^aa[:-]bb[:-]cc[:-]dd[:-]ee[:-]ff$", "AA:BB:CC:DD:EE:FF"),
            ("aa-bb-cc-dd-ee-ff", "AA:BB:CC:DD:EE:FF"),
            ("AABB.CCDD.EEFF", "AA:BB:CC:DD:EE:FF"),
            ("(?i)^(aa|ab).*$", "(?i)^(aa|ab).*$"),
        ] {
            assert_eq!(mac_of(value), is);
        }
        assert_eq!(mac_pattern("AA:BB:CC:DD:EE:0F"), "(?i)^aa[:-]bb[:-]cc[:-]dd[:-]ee[:-]0f$");
    }

    #[test]
    fn a_password_nobody_can_use_a_second_one_and_an_open_door_are_seen() {
        let of = |check: Vec<Row>| seen("x", &Rows { check, ..Rows::default() }, Card::NoScreen);
        assert_eq!(of(vec![row(PASSWORD, "==", "abc")]).password, None);
        assert!(of(vec![row(PASSWORD, ":=", "a"), row(PASSWORD, ":=", "b")]).duplicate);
        let open = of(vec![row(AUTH_TYPE, ":=", "Accept")]);
        assert_eq!(open.extra.get(AUTH_TYPE).map(String::as_str), Some(":= Accept"));
        assert_eq!(of(vec![row(AUTH_TYPE, ":=", "Reject")]).standing, Standing::Disabled);
    }

    #[test]
    fn isolation_wins_over_a_logins_own_row_and_a_plan_gives_way() {
        let of = |isolates| {
            let list = |v: &str| ("Mikrotik-Address-List".to_owned(), v.to_owned());
            let reply = vec![list("isolir"), list("dua")];
            let rows = group_rows(&ProfileRecord { group: "x".into(), reply, isolates });
            rows.into_iter().map(|r| r.1).collect::<Vec<_>>()
        };
        assert_eq!(of(true), [":=", "+="]);
        assert_eq!(of(false), ["=", "+="]);
    }
}
