use std::collections::BTreeMap;

use bridge::{Choice, Engine, Subject, policy};
use store::Secret;

use super::*;
use crate::mirror::access::fingerprint;

const OF: Engine = Engine::Freeradius;

fn ours() -> AccountRecord {
    AccountRecord {
        username: "budi".into(),
        password: Secret::new("rahasia1"),
        mac: Some("AA:BB:CC:DD:EE:FF".into()),
        fixed_ip: None,
        sessions_max: 1,
        group: Some("20M".into()),
        standing: Standing::Full,
        contact: Contact { name: "Budi".into(), ..Contact::default() },
        bare: false,
    }
}

fn seen() -> AccountSeen {
    AccountSeen {
        username: "budi".into(),
        password: Some(Secret::new("rahasia1")),
        duplicate: false,
        mac: Some("AA:BB:CC:DD:EE:FF".into()),
        fixed_ip: None,
        sessions_max: Some(1),
        groups: vec!["20M".into()],
        standing: Standing::Full,
        extra: BTreeMap::new(),
        card: Card::There(Contact { name: "Budi".into(), ..Contact::default() }),
    }
}

#[test]
fn each_kind_of_drift_of_a_login_has_its_field_and_its_policy() {
    use Choice::{Adopt, Ask, Heal};
    let group = |name: &str| vec![name.to_owned()];
    let table: [(AccountSeen, &str, Choice); 14] = [
        (AccountSeen { password: Some(Secret::new("lain")), ..seen() }, "password", Adopt),
        (AccountSeen { password: None, ..seen() }, "password", Adopt),
        (AccountSeen { mac: Some("AA:BB:CC:DD:EE:00".into()), ..seen() }, "mac", Adopt),
        (AccountSeen { mac: None, ..seen() }, "mac", Adopt),
        (AccountSeen { groups: group("50M"), ..seen() }, "group", Heal),
        (AccountSeen { groups: Vec::new(), ..seen() }, "group", Heal),
        (AccountSeen { standing: Standing::Disabled, ..seen() }, "disabled", Ask),
        (AccountSeen { standing: Standing::Isolated, ..seen() }, "standing", Heal),
        (AccountSeen { fixed_ip: Some("10.0.0.9".into()), ..seen() }, "fixed_ip", Heal),
        (AccountSeen { sessions_max: None, ..seen() }, "sessions", Heal),
        (AccountSeen { duplicate: true, ..seen() }, "duplicate", Heal),
        (AccountSeen { card: Card::Missing, ..seen() }, "contact", Heal),
        (AccountSeen { card: Card::There(Contact::default()), ..seen() }, "contact", Heal),
        (
            AccountSeen {
                extra: BTreeMap::from([("Expiration".into(), ":= 1 Jan 2027".into())]),
                ..seen()
            },
            "attributes",
            Ask,
        ),
    ];
    for (theirs, field, choice) in table {
        let all = differences(&ours(), &theirs);
        assert_eq!(all.len(), 1, "{field}: {all:?}");
        assert_eq!(all[0].field, field);
        assert_eq!(policy::default(OF, Subject::Account, field), choice, "{field}");
        let shown = format!("{} {}", all[0].ours, all[0].theirs);
        assert!(!shown.contains("rahasia1") && !shown.contains("lain"), "no secret shows");
    }
    assert_eq!(differences(&ours(), &seen()), []);
    assert_eq!(differences(&ours(), &AccountSeen { card: Card::NoScreen, ..seen() }), []);
}

#[test]
fn a_fingerprint_moves_with_every_field_that_is_told() {
    let first = fingerprint(&ours());
    for other in [
        AccountRecord { password: Secret::new("x"), ..ours() },
        AccountRecord { mac: None, ..ours() },
        AccountRecord { standing: Standing::Isolated, ..ours() },
        AccountRecord { group: None, ..ours() },
        AccountRecord { contact: Contact::default(), ..ours() },
    ] {
        assert_ne!(fingerprint(&other), first);
    }
    assert_eq!(fingerprint(&AccountRecord { bare: true, ..ours() }), first);
}
