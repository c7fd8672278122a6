//! What access a subscription should have, and why.

use kernel::{Fault, ProfileId, Result};
use serde_json::Value as Json;
use store::words;

/// The answer of the one decision, as the network carries it out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Desired {
    /// Online with this profile (the plan's, or the fair-use one).
    Full { profile: ProfileId },
    /// Accepted with the isolation profile: reaches the pay page only.
    Isolated { holds: Vec<String> },
    /// Refused at login; a live session is ended.
    Blocked { reason: String },
}

words! {
    /// The kind of a [`Desired`], as stored.
    pub enum DesiredKind { Full = "full", Isolated = "isolated", Blocked = "blocked" }
}

impl Desired {
    pub const fn kind(&self) -> DesiredKind {
        match self {
            Self::Full { .. } => DesiredKind::Full,
            Self::Isolated { .. } => DesiredKind::Isolated,
            Self::Blocked { .. } => DesiredKind::Blocked,
        }
    }
    /// Whether a NAS would be told the same by both: holds and reasons may differ, the profile may not.
    pub fn same_effect(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Full { profile: a }, Self::Full { profile: b }) => a == b,
            _ => self.kind() == other.kind(),
        }
    }
    pub(crate) fn profile(&self) -> Option<ProfileId> {
        match self {
            Self::Full { profile } => Some(*profile),
            _ => None,
        }
    }
    pub(crate) fn reason(&self) -> Option<&str> {
        match self {
            Self::Blocked { reason } => Some(reason),
            _ => None,
        }
    }
    pub(crate) fn holds_json(&self) -> Json {
        match self {
            Self::Isolated { holds } => Json::from(holds.clone()),
            _ => Json::Array(Vec::new()),
        }
    }
    /// Reads the columns back.
    pub(crate) fn stored(
        kind: DesiredKind,
        profile: Option<ProfileId>,
        reason: Option<String>,
        holds: &Json,
    ) -> Result<Self> {
        match kind {
            DesiredKind::Full => profile
                .map(|profile| Self::Full { profile })
                .ok_or_else(|| Fault::bug("full access stored without a profile")),
            DesiredKind::Isolated => {
                let holds = holds.as_array().map(Vec::as_slice).unwrap_or_default();
                let holds = holds.iter().filter_map(Json::as_str).map(str::to_owned).collect();
                Ok(Self::Isolated { holds })
            }
            DesiredKind::Blocked => Ok(Self::Blocked { reason: reason.unwrap_or_default() }),
        }
    }
}

/// The reason in words that CS can read to the customer, with the facts behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    /// Stable: `unpaid`, `period_over`, `manual`, `ok` …
    pub code: String,
    pub id: String,
    pub en: String,
    pub evidence: Json,
}

impl Why {
    pub fn new(
        code: impl Into<String>,
        id: impl Into<String>,
        en: impl Into<String>,
        evidence: Json,
    ) -> Self {
        Self { code: code.into(), id: id.into(), en: en.into(), evidence }
    }
    pub(crate) fn to_json(&self) -> Json {
        serde_json::json!({
            "code": self.code, "id": self.id, "en": self.en, "evidence": self.evidence,
        })
    }
    pub(crate) fn from_json(json: &Json) -> Self {
        let text = |key: &str| json.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
        let evidence = json.get("evidence").cloned().unwrap_or(Json::Null);
        Self { code: text("code"), id: text("id"), en: text("en"), evidence }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_read_back_is_the_one_that_was_stored() {
        for desired in [
            Desired::Full { profile: ProfileId::nil() },
            Desired::Isolated { holds: vec!["unpaid".into(), "manual".into()] },
            Desired::Blocked { reason: "terminated".into() },
        ] {
            let reason = desired.reason().map(str::to_owned);
            let holds = desired.holds_json();
            let back = Desired::stored(desired.kind(), desired.profile(), reason, &holds);
            assert_eq!(back.unwrap(), desired);
        }
        assert!(Desired::stored(DesiredKind::Full, None, None, &Json::Null).is_err());
        let why = Why::new("unpaid", "belum lunas", "unpaid", serde_json::json!({"total": 1}));
        assert_eq!(Why::from_json(&why.to_json()), why);
    }

    #[test]
    fn another_hold_on_an_isolated_subscription_has_the_same_effect() {
        let one = Desired::Isolated { holds: vec!["unpaid".into()] };
        let two = Desired::Isolated { holds: vec!["unpaid".into(), "abuse".into()] };
        let full = Desired::Full { profile: ProfileId::nil() };
        let other: ProfileId = "0193a9d0-0000-7000-8000-000000000001".parse().unwrap();
        assert!(one.same_effect(&two));
        assert!(!one.same_effect(&full));
        assert!(!full.same_effect(&Desired::Full { profile: other }));
    }
}
