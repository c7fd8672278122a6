//! What differs between a login as it should be and as it is. Pure.

use bridge::access::{AccountRecord, AccountSeen, Card, Contact, Standing};
use bridge::link;

/// One field that is not the same on both sides, as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub field: &'static str,
    pub ours: String,
    pub theirs: String,
}

/// What differs between a login as it should be and as it is. Pure.
pub fn differences(ours: &AccountRecord, seen: &AccountSeen) -> Vec<Difference> {
    let mut all = Vec::new();
    let mut differs = |field, ours: &str, theirs: &str| {
        let (ours, theirs) = (ours.to_owned(), theirs.to_owned());
        all.push(Difference { field, ours, theirs });
    };
    let text = |t: &Option<String>| t.clone().unwrap_or_else(|| "–".to_owned());
    if seen.duplicate {
        differs("duplicate", "1", ">1");
    }
    match &seen.password {
        Some(theirs) if *theirs == ours.password => {}
        // What it is nobody is told; that it is another one than last time is.
        Some(theirs) => {
            let print = link::fingerprint([theirs.expose()]);
            differs("password", "••••", &format!("•••• ({})", print.get(..6).unwrap_or_default()));
        }
        None => differs("password", "••••", "–"),
    }
    if seen.mac != ours.mac {
        differs("mac", &text(&ours.mac), &text(&seen.mac));
    }
    if seen.fixed_ip != ours.fixed_ip {
        differs("fixed_ip", &text(&ours.fixed_ip), &text(&seen.fixed_ip));
    }
    if seen.sessions_max != Some(ours.sessions_max) {
        let theirs = seen.sessions_max.map(|n| n.to_string());
        differs("sessions", &ours.sessions_max.to_string(), &text(&theirs));
    }
    let groups: Vec<String> = ours.group.iter().cloned().collect();
    if seen.groups != groups {
        differs("group", &text(&ours.group), &seen.groups.join(", "));
    }
    if seen.standing != ours.standing {
        let by_hand = seen.standing == Standing::Disabled;
        let field = if by_hand { "disabled" } else { "standing" };
        differs(field, word(&ours.standing), word(&seen.standing));
    }
    if !seen.extra.is_empty() {
        let list: Vec<String> = seen.extra.iter().map(|(n, v)| format!("{n} {v}")).collect();
        differs("attributes", "–", &list.join("; "));
    }
    match &seen.card {
        Card::NoScreen => {}
        Card::Missing => differs("contact", &ours.contact.name, "–"),
        Card::There(theirs) if shown(theirs) == shown(&ours.contact) => {}
        Card::There(theirs) => {
            differs("contact", &shown(&ours.contact).join(", "), &shown(theirs).join(", "));
        }
    }
    all
}

/// The contact's columns as wide as they are over there.
fn shown(c: &Contact) -> Vec<String> {
    let cut = |text: &String| text.chars().take(200).collect::<String>();
    [&c.name, &c.phone, &c.email, &c.address, &c.number].map(cut).to_vec()
}

pub(super) const fn word(standing: &Standing) -> &'static str {
    match standing {
        Standing::Full => "full",
        Standing::Isolated => "isolated",
        Standing::Disabled => "disabled",
    }
}

#[cfg(test)]
mod tests;
