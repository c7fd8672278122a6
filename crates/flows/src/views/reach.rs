//! How far a reader sees: the scope as conditions on a table that carries branch, reseller and customer.

use kernel::Scope;

use super::narrow::Narrow;

/// Conditions on the alias `t` for rows that carry `branch_id` and `partner_id`; `customer` is the column
/// that says whose row it is. `None` for technicians: what they need lies in their jobs.
pub(super) fn reach(scope: &Scope, customer: &str) -> Option<Narrow> {
    if scope.technician.is_some() {
        return None;
    }
    let mut narrow = Narrow::default();
    narrow.when(scope.branch, "t.branch_id = ?");
    narrow.when(scope.partner, "t.partner_id = ?");
    narrow.when(scope.customer, &format!("{customer} = ?"));
    Some(narrow)
}

/// Conditions on the alias `t` for what is the ISP's own: only a branch narrows it. `None` for
/// technicians, resellers and customers.
pub(super) fn own(scope: &Scope) -> Option<Narrow> {
    if scope.technician.is_some() || scope.partner.is_some() || scope.customer.is_some() {
        return None;
    }
    let mut narrow = Narrow::default();
    narrow.when(scope.branch, "t.branch_id = ?");
    Some(narrow)
}

/// `%aabb%` for `like` against a MAC without its colons, when the text may be (a part of) one.
pub(super) fn mac_pattern(text: &str) -> Option<String> {
    mac_digits(text).map(|bare| format!("%{}%", bare.to_ascii_lowercase()))
}

/// `AA:BB:C`: how a MAC that begins like this is stored, when the text may be the beginning of one in any
/// notation.
pub(super) fn mac_prefix(text: &str) -> Option<String> {
    let bare = mac_digits(text)?.to_ascii_uppercase();
    let pairs: Vec<&str> =
        (0..bare.len()).step_by(2).filter_map(|at| bare.get(at..bare.len().min(at + 2))).collect();
    Some(pairs.join(":"))
}

fn mac_digits(text: &str) -> Option<String> {
    let bare: String = text.chars().filter(|c| !":-. ".contains(*c)).collect();
    let is_hex = (4..=12).contains(&bare.len()) && bare.bytes().all(|b| b.is_ascii_hexdigit());
    is_hex.then_some(bare)
}

#[cfg(test)]
mod tests {
    use kernel::{BranchId, UserId};

    use super::*;

    #[test]
    fn a_scope_narrows_by_what_it_names_and_a_technician_has_no_lists() {
        let branch = Scope { branch: Some(BranchId::nil()), ..Scope::all() };
        assert_eq!(reach(&Scope::all(), "t.customer_id").map(|n| n.clause()), Some(String::new()));
        assert_eq!(
            reach(&branch, "t.customer_id").map(|n| n.clause()),
            Some("where t.branch_id = $1".to_owned())
        );
        let technician = Scope { technician: Some(UserId::nil()), ..Scope::all() };
        assert!(reach(&technician, "t.customer_id").is_none() && own(&technician).is_none());
        assert!(own(&Scope { partner: Some(kernel::PartnerId::nil()), ..Scope::all() }).is_none());
    }

    #[test]
    fn a_mac_is_found_in_any_notation() {
        for text in ["AA:BB:CC:00", "aa-bb-cc-00", "aabb.cc00", "aabbcc00"] {
            assert_eq!(mac_pattern(text).as_deref(), Some("%aabbcc00%"), "{text}");
            assert_eq!(mac_prefix(text).as_deref(), Some("AA:BB:CC:00"), "{text}");
        }
        assert_eq!((mac_pattern("budi"), mac_pattern("ab")), (None, None));
        assert_eq!(mac_prefix("aabb.c").as_deref(), Some("AA:BB:C"));
        assert_eq!((mac_prefix("aabbccddeeff0"), mac_prefix("ab")), (None, None));
    }
}
