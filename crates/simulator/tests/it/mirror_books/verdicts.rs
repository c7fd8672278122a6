//! Both sides of a customer, compared.

use bridge::accounting::{CustomerSeen, Head, Stage};

use super::*;

#[test]
fn a_customer_changed_on_both_sides_is_a_conflict_and_on_one_side_a_difference() {
    let ours = |name: &str| CustomerRecord {
        id: uuid::Uuid::nil(),
        name: name.into(),
        is_firm: false,
        phone: "081234567890".into(),
        email: None,
        npwp: None,
        address: String::new(),
        place: None,
        username: None,
        archived: false,
        lead: None,
        known_as: None,
        changed: true,
    };
    let theirs = |name: &str| CustomerSeen {
        head: Head {
            external_id: "C".into(),
            our_id: None,
            version: "v".into(),
            stage: Stage::Draft,
            created: None,
        },
        name: name.into(),
        phone: Some("+62-812-3456-7890".into()),
        email: None,
        disabled: false,
        lead: None,
        place: None,
    };
    let agreed = flows::mirror::books::fingerprint(&Record::Customer(ours("Budi")));
    let table = [
        ("Budi", "Budi", None),
        ("Budi", "Budi S", Some(Verdict::Differs)),
        ("Budi B", "Budi", Some(Verdict::Differs)),
        ("Budi B", "Budi S", Some(Verdict::Conflict)),
    ];
    for (our, their, wanted) in table {
        let found =
            flows::compare::books::customer_verdict(&ours(our), &theirs(their), Some(&agreed));
        assert_eq!(found.first().map(|f| f.verdict), wanted, "{our} / {their}");
    }
}
