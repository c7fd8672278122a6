//! What became of each scanned line: one typo keeps none of the others out.

use inventory::receive::Verdict;
use inventory::{How, Item};
use kernel::{Fault, FaultKind, Field, ItemId, Lang, Result as Fallible};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::can::sentence;
use crate::http::context;

/// What became of one line.
#[derive(Serialize, ToSchema)]
pub(super) struct LineVerdict {
    /// As it was sent.
    serial: String,
    mac: Option<String>,
    ok: bool,
    /// It was so before: nothing changed.
    again: bool,
    #[schema(value_type = Option<String>, format = Uuid)]
    item_id: Option<ItemId>,
    /// Why not: stable.
    code: Option<String>,
    /// Why not, in the request's language.
    detail: Option<String>,
}

/// The verdicts, in the order of the lines.
#[derive(Serialize, ToSchema)]
pub(super) struct LineVerdicts {
    pub(super) lines: Vec<LineVerdict>,
}

impl LineVerdict {
    pub(super) fn done(serial: String, item: ItemId, changed: bool) -> Self {
        Self {
            serial,
            mac: None,
            ok: true,
            again: !changed,
            item_id: Some(item),
            code: None,
            detail: None,
        }
    }

    /// # Errors
    /// The fault itself when it is not about this line: the database is away, or we made a mistake.
    pub(super) fn refused(serial: String, fault: Fault) -> Fallible<Self> {
        if !matches!(fault.kind, FaultKind::NotFound | FaultKind::Conflict | FaultKind::Invalid) {
            return Err(fault);
        }
        let code = fault.fields.first().map_or(fault.code, |field| field.code);
        let (code, detail) = (Some(code.to_owned()), Some(sentence(&fault)));
        Ok(Self { serial, mac: None, ok: false, again: false, item_id: None, code, detail })
    }

    pub(super) fn of(line: inventory::receive::Line, verdict: Verdict) -> Self {
        let (serial, mac) = (line.serial, line.mac);
        let (ok, again, item_id, code, detail) = match verdict {
            Verdict::Received { item } => (true, false, Some(item), None, None),
            Verdict::Again { item } => (true, true, Some(item), None, None),
            Verdict::Refused { code, id, en } => {
                let said = if context::lang() == Lang::Id { id } else { en };
                (false, false, None, Some(code), Some(said))
            }
        };
        Self { serial, mac, ok, again, item_id, code, detail }
    }
}

/// How the serials came in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum HowWord {
    #[default]
    Scanned,
    /// By hand: say why the label could not be scanned.
    Typed,
    /// Chosen from a list on a screen.
    Picked,
}

impl HowWord {
    /// # Errors
    /// A field error on `reason` when they were typed without one.
    pub(super) fn checked(self, reason: Option<&str>) -> Fallible<How> {
        if self == Self::Typed && reason.is_none_or(|reason| reason.trim().is_empty()) {
            return Err(Fault::fields(vec![Field::required("reason")]));
        }
        Ok(self.how(reason))
    }

    fn how(self, reason: Option<&str>) -> How {
        match self {
            Self::Scanned => How::Scanned,
            Self::Picked => How::Picked,
            Self::Typed => How::Typed { reason: reason.unwrap_or_default().to_owned() },
        }
    }
}

/// The items of the lines that name one, in the order of their ids: the order in which items are locked.
pub(super) fn by_lock_order(found: &[Result<Item, Fault>]) -> Vec<(usize, ItemId)> {
    let items = found.iter().enumerate().filter_map(|(n, item)| Some((n, item.as_ref().ok()?.id)));
    let mut items: Vec<(usize, ItemId)> = items.collect();
    items.sort_unstable_by_key(|(_, id)| *id);
    items
}
