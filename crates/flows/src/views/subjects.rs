//! What the journal speaks of: who may read it, and where its branch and reseller stand.
//!
//! The owner reads all of the journal, finance its own area: money. What is technical is for those who see the
//! network. A subject that is not in this table is the owner's, and only of the whole ISP.

use kernel::{Actor, Permission};

/// Where a subject's branch and reseller are found.
enum Place {
    /// A table (or a join) `o` with `branch_id` and `partner_id`, and the column that is the subject's id.
    Shared(&'static str, &'static str),
    /// The same without a reseller: of a branch, never a reseller's.
    Branch(&'static str, &'static str),
    /// The whole ISP's.
    Isp,
}

struct Subject {
    name: &'static str,
    /// What one must have, besides `AuditRead`.
    needs: Permission,
    place: Place,
}

const fn of(name: &'static str, needs: Permission, place: Place) -> Subject {
    Subject { name, needs, place }
}

use Permission::{AccountRead, LedgerRead, UserRead};
use Place::{Branch, Isp, Shared};

#[rustfmt::skip]
const SUBJECTS: &[Subject] = &[
    // money: the owner's and finance's
    of("subscription", LedgerRead, Shared("billing_subscription o", "o.id")),
    of("invoice", LedgerRead, Shared("billing_invoice o", "o.id")),
    of("payment", LedgerRead, Shared("billing_payment o", "o.id")),
    of("approval", LedgerRead, Branch("billing_approval o", "o.id")),
    of("purchase", LedgerRead, Branch("inventory_purchase o", "o.id")),
    of("supplier", LedgerRead, Isp),
    of("drawer", LedgerRead, Branch("billing_drawer o", "o.id")),
    of("handover", LedgerRead,
       Branch("billing_handover h join billing_drawer o on o.id = h.drawer_id", "h.id")),
    of("safe", LedgerRead, Isp),
    of("bank_import", LedgerRead, Isp),
    of("bank_line", LedgerRead, Isp),
    of("withholding", LedgerRead,
       Shared("billing_withholding w join billing_invoice o on o.id = w.invoice_id", "w.id")),
    of("voucher", LedgerRead,
       Shared("billing_voucher v join billing_voucher_batch o on o.id = v.batch_id", "v.id")),
    of("voucher_batch", LedgerRead, Shared("billing_voucher_batch o", "o.id")),
    of("partner", LedgerRead, Branch("partner_reseller o", "o.id")),
    of("wallet", LedgerRead, Branch("partner_reseller o", "o.id")),
    of("sweep", LedgerRead, Branch("flows_sweep o", "o.id")),
    of("notice", LedgerRead, Isp),
    of("billing_run", LedgerRead, Isp),
    of("ledger", LedgerRead, Isp),
    of("plan", LedgerRead, Isp),
    of("tax", LedgerRead, Isp),
    of("policy", LedgerRead, Isp),
    // the network
    of("account", AccountRead, Shared("network_account o", "o.id")),
    of("access", AccountRead, Shared("billing_subscription o", "o.id")),
    of("session", AccountRead, Shared("network_session o", "o.id")),
    of("nas", AccountRead, Branch("network_nas o", "o.id")),
    of("profile", AccountRead, Isp),
    // everything else is the owner's
    of("lead", UserRead, Shared("crm_lead o", "o.id")),
    of("customer", UserRead, Shared("crm_customer o", "o.id")),
    of("order", UserRead, Shared("crm_order o", "o.id")),
    of("request", UserRead, Shared("crm_request o", "o.id")),
    of("area", UserRead, Branch("crm_area o", "o.id")),
    of("odp", UserRead, Branch("crm_odp o", "o.id")),
    of("work_order", UserRead, Shared("fulfilment_work_order o", "o.id")),
    of("attendance", UserRead, Branch("hr_attendance o", "o.id")),
    of("earning", UserRead, Branch("hr_earning o", "o.id")),
    of("earning_rule", UserRead, Isp),
    of("ticket", UserRead, Shared("fulfilment_ticket o", "o.id")),
    of("item", UserRead, Branch("inventory_item o", "o.id")),
    of("location", UserRead, Branch("inventory_location o", "o.id")),
    of("stock_count", UserRead, Branch("inventory_count o", "o.id")),
    of("item_type", UserRead, Isp),
    of("message", UserRead, Shared("notification_message o", "o.id")),
    of("message_text", UserRead, Isp),
    of("user", UserRead, Shared("identity_user o", "o.id")),
    // By whose hand a list left the house.
    of("export", UserRead, Shared("identity_user o", "o.id")),
    of("token", UserRead,
       Shared("identity_token t join identity_user o on o.id = t.user_id", "t.id")),
    of("identity_setting", UserRead, Isp),
    of("company", UserRead, Isp),
    of("branch", UserRead, Isp),
    of("import", UserRead, Isp),
    of("engine", UserRead, Isp),
    of("finding", UserRead, Isp),
];

/// The condition that a row `j` of the journal is the actor's to read. `branch` and `partner` are the
/// placeholders of their scope.
pub(super) fn condition(actor: &Actor, branch: &str, partner: &str) -> String {
    let everywhere = actor.scope.branch.is_none() && actor.scope.partner.is_none();
    if everywhere {
        let hidden: Vec<String> = SUBJECTS
            .iter()
            .filter(|one| !actor.may(one.needs))
            .map(|one| format!("'{}'", one.name))
            .collect();
        return match (actor.may(UserRead), hidden.is_empty()) {
            (true, true) => "1 = 1".to_owned(),
            (true, false) => format!("j.subject not in ({})", hidden.join(",")),
            (false, _) => format!("j.subject in ({})", names(actor)),
        };
    }
    let readable = SUBJECTS.iter().filter(|one| actor.may(one.needs));
    let parts: Vec<String> = readable
        .filter_map(|one| {
            let (from, id, whose) = match one.place {
                Shared(from, id) => {
                    (from, id, format!("({partner} is null or o.partner_id = {partner})"))
                }
                Branch(from, id) => (from, id, format!("{partner} is null")),
                Isp => return None,
            };
            Some(format!(
                "(j.subject = '{}' and exists (select 1 from {from} where {id} = j.subject_id
                   and ({branch} is null or o.branch_id = {branch}) and {whose}))",
                one.name
            ))
        })
        .collect();
    if parts.is_empty() { "1 = 0".to_owned() } else { format!("({})", parts.join("\n or ")) }
}

/// The subjects that the actor may read, for an `in`.
fn names(actor: &Actor) -> String {
    let readable = SUBJECTS.iter().filter(|one| actor.may(one.needs));
    let names: Vec<String> = readable.map(|one| format!("'{}'", one.name)).collect();
    if names.is_empty() { "''".to_owned() } else { names.join(",") }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    fn may_read(actor: &Actor, subject: &str) -> bool {
        let found = SUBJECTS.iter().find(|one| one.name == subject);
        actor.may(found.map_or(UserRead, |one| one.needs))
    }

    /// The subjects in the text of a source file: the first word after each `.journal(`.
    fn said(text: &str) -> Vec<String> {
        let words = text.split(".journal(").skip(1);
        let quoted = words.filter_map(|rest| rest.trim_start().strip_prefix('"'));
        quoted.filter_map(|rest| rest.split('"').next().map(str::to_owned)).collect()
    }

    fn collect(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("tests") {
                collect(&path, found);
            } else if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("tests.rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]\nmod").next().unwrap_or("");
                found.extend(said(code));
            }
        }
    }

    #[test]
    fn every_subject_that_is_journaled_says_who_may_read_it() {
        let mut found = BTreeSet::new();
        let rooms = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        for room in std::fs::read_dir(rooms).unwrap() {
            let source = room.unwrap().path().join("src");
            if source.is_dir() && !source.starts_with(rooms.join("store")) {
                collect(&source, &mut found);
            }
        }
        assert!(found.len() > 25, "{found:?}");
        let known: BTreeSet<String> = SUBJECTS.iter().map(|one| one.name.to_owned()).collect();
        let missing: Vec<_> = found.difference(&known).collect();
        assert!(missing.is_empty(), "not in the table of subjects: {missing:?}");
    }

    #[test]
    fn finance_reads_of_money_and_of_nothing_else() {
        let mut actor = Actor::public(None);
        actor.permissions = [Permission::AuditRead, LedgerRead].into_iter().collect();
        assert!(may_read(&actor, "payment") && may_read(&actor, "invoice"));
        for subject in ["user", "nas", "account", "lead", "item", "unheard_of"] {
            assert!(!may_read(&actor, subject), "{subject}");
        }
    }
}
