//! What can be done with a record now, for buttons: permission and state, with the reason when not.

use kernel::{Fault, Lang, Result};
use serde::Serialize;
use utoipa::ToSchema;

use super::context;

/// Whether an action is possible now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Can {
    allowed: bool,
    /// Why not, in the request's language.
    reason: Option<String>,
}

impl Can {
    /// Allowed when the same checks as the action's own pass; their refusal is the reason.
    pub(crate) fn when<T>(checks: Result<T>) -> Self {
        match checks {
            Ok(_) => Self { allowed: true, reason: None },
            Err(fault) => Self { allowed: false, reason: Some(sentence(&fault)) },
        }
    }
}

/// A fault's sentence in the request's language; of wrong fields the first one's.
pub(crate) fn sentence(fault: &Fault) -> String {
    let (id, en) = match fault.fields.first() {
        Some(field) => (&field.id, &field.en),
        None => (&fault.id, &fault.en),
    };
    match context::lang() {
        Lang::Id => id.clone(),
        Lang::En => en.clone(),
    }
}
