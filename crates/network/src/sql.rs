//! Small pieces of SQL text that several verbs need.

use std::borrow::Cow;

use kernel::{BranchId, Scope};
use store::{Value, args};

/// `values ($1,$2),($3,$4)`: `count` pairs from parameter 1 on.
pub(crate) fn pairs(count: usize) -> String {
    let mut text = String::with_capacity(count * 10 + 8);
    text.push_str("values ");
    for n in 0..count {
        if n > 0 {
            text.push(',');
        }
        text.push_str(&format!("(${},${})", n * 2 + 1, n * 2 + 2));
    }
    text
}

/// Text from a packet as a column can hold it: PostgreSQL has no NUL, and nothing is longer than 253.
pub(crate) fn text_of(text: &str) -> Cow<'_, str> {
    if text.len() <= 253 && !text.contains('\0') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(253);
    for c in text.chars().filter(|c| *c != '\0') {
        if out.len() + c.len_utf8() > 253 {
            break;
        }
        out.push(c);
    }
    Cow::Owned(out)
}

/// How many keys one statement looks up.
pub(crate) const KEYS: usize = 500;

/// The scope as the parameters `$1` (branch), `$2` (partner) and `$3` (customer), for the conditions
/// below. A technician sees nothing by lists: their jobs carry what they need ([`crate::account::credentials`]).
pub(crate) fn scope_args(scope: &Scope) -> Vec<Value> {
    let branch = if scope.technician.is_some() { Some(BranchId::nil()) } else { scope.branch };
    args![branch, scope.partner, scope.customer]
}

/// The condition for rows of alias `t` that carry branch, partner and customer.
pub(crate) const SCOPED: &str = "($1 is null or t.branch_id = $1) \
    and ($2 is null or t.partner_id = $2) and ($3 is null or t.customer_id = $3)";

/// The condition for rows of alias `t` that carry branch, partner and subscription.
pub(crate) const SCOPED_BY_SUBSCRIPTION: &str = "($1 is null or t.branch_id = $1) \
    and ($2 is null or t.partner_id = $2) and ($3 is null or t.subscription_id in \
    (select o.subscription_id from network_account o where o.customer_id = $3))";

/// The condition for rows of alias `t` that are the ISP's own: no reseller or customer sees them.
pub(crate) const BRANCHED: &str = "($1 is null or t.branch_id = $1) and $2 is null and $3 is null";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_numbered_in_order() {
        assert_eq!(pairs(2), "values ($1,$2),($3,$4)");
    }

    #[test]
    fn text_from_a_packet_loses_what_a_column_can_not_hold() {
        assert!(matches!(text_of("budi"), Cow::Borrowed("budi")));
        assert_eq!(text_of("bu\0di"), "budi");
        assert_eq!(text_of(&"é".repeat(200)).len(), 252);
    }
}
