//! Item labels with a QR code that the technician's scan understands.

use kernel::{Fault, Result};
use serde_json::{Value, json};

use crate::paper::must_hold_something;
use crate::press::{Template, print};
use crate::qr::qr_svg;

/// One item's label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    pub serial: String,
    pub mac: Option<String>,
    /// `ONT Huawei HG8145V5`.
    pub item_type: String,
    /// Whose it is: `Milik Nusa Net`.
    pub owner: Option<String>,
}

impl Label {
    /// What the QR code says: `SMB:SN:<serial>`.
    pub fn qr_text(&self) -> String {
        format!("SMB:SN:{}", self.serial)
    }
}

/// Labels on one A4 sheet: 4 columns of 11 rows.
pub const LABELS_A_SHEET: usize = 44;

/// Labels of 50 × 25 mm, one a page, for a label printer.
///
/// # Errors
/// `documents.empty` without labels, `documents.qr_too_long`.
pub fn label_pdf(labels: &[Label]) -> Result<Vec<u8>> {
    print(Template::Label, &values(labels, "roll", 0)?, None)
}

/// Labels of 50 × 25 mm on A4 sheets, [`LABELS_A_SHEET`] each. The first `skip` places stay empty,
/// so that a sheet already begun can be used up.
///
/// # Errors
/// As [`label_pdf`]; `documents.sheet_skip` when `skip` leaves no place on the first sheet.
pub fn label_sheet_pdf(labels: &[Label], skip: usize) -> Result<Vec<u8>> {
    if skip >= LABELS_A_SHEET {
        return Err(Fault::field(
            "skip",
            "documents.sheet_skip",
            format!("paling banyak {}", LABELS_A_SHEET - 1),
            format!("at most {}", LABELS_A_SHEET - 1),
        ));
    }
    print(Template::Label, &values(labels, "sheet", skip)?, None)
}

fn values(labels: &[Label], paper: &str, skip: usize) -> Result<Value> {
    must_hold_something(labels)?;
    let rows = labels.iter().map(one).collect::<Result<Vec<_>>>()?;
    Ok(json!({
        "lang": "id",
        "title": "Label",
        "paper": paper,
        "skip": skip,
        "labels": rows,
    }))
}

fn one(label: &Label) -> Result<Value> {
    let text = label.qr_text();
    // 22 mm hold 15 letters of 7 pt; longer serials shrink, the scan does not mind.
    let serial_size = match label.serial.chars().count() {
        0..=14 => 7.4,
        15..=18 => 6.0,
        19..=23 => 4.8,
        _ => 3.6,
    };
    Ok(json!({
        "svg": qr_svg(&text)?,
        "text": text,
        "serial": label.serial,
        "serial_size": serial_size,
        "mac": label.mac,
        "item_type": label.item_type,
        "owner": label.owner,
    }))
}
