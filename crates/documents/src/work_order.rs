//! The technician's work order, and the hand-over report that it becomes when the job is done.

use kernel::{Day, Lang, Result, Ts, Zone};
use serde_json::{Value, json};

use crate::paper::{Issuer, Party, day, issuer_json, party_json};
use crate::press::{Template, print_signed};
use crate::qr::qr_svg;

/// One job at one site. With `result` it is printed as a hand-over report.
#[derive(Clone, Debug)]
pub struct WorkOrderPaper {
    pub issuer: Issuer,
    pub customer: Party,
    /// `SPK/2026/11/000042`; its QR code says `SMB:WO:<number>`.
    pub number: String,
    pub kind: JobKind,
    pub scheduled_on: Option<Day>,
    /// `09.00–11.00 WIB`.
    pub window: Option<String>,
    pub technicians: Vec<String>,
    pub branch: Option<String>,
    pub subscription: Option<String>,
    pub plan: Option<String>,
    /// The RADIUS user name. The password is never printed.
    pub account: Option<String>,
    /// `ODP-BGR-07 / 3`.
    pub odp: Option<String>,
    /// Latitude and longitude in degrees: printed, and as a QR code that opens a map.
    pub site: Option<(f64, f64)>,
    pub devices: Vec<WorkOrderDevice>,
    pub instructions: Option<String>,
    /// Steps to tick; already in the paper's language.
    pub checklist: Vec<String>,
    pub result: Option<WorkResult>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobKind {
    Install,
    Repair,
    Swap,
    Move,
    Dismantle,
}

impl JobKind {
    const fn text(self, lang: Lang) -> &'static str {
        let (id, en) = match self {
            Self::Install => ("Pasang baru", "New installation"),
            Self::Repair => ("Perbaikan", "Repair"),
            Self::Swap => ("Ganti perangkat", "Device swap"),
            Self::Move => ("Pindah alamat", "Relocation"),
            Self::Dismantle => ("Cabut perangkat", "Dismantling"),
        };
        match lang {
            Lang::Id => id,
            Lang::En => en,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkOrderDevice {
    pub item_type: String,
    pub serial: Option<String>,
    pub mac: Option<String>,
    pub action: DeviceAction,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceAction {
    /// To be installed, or installed: on loan from the ISP.
    Lend,
    /// To be installed, or installed: the customer's own.
    CustomerOwned,
    /// To be taken back, or taken back.
    TakeBack,
}

impl DeviceAction {
    const fn text(self, lang: Lang) -> &'static str {
        let (id, en) = match self {
            Self::Lend => ("Pasang, milik ISP", "Install, owned by the ISP"),
            Self::CustomerOwned => ("Pasang, milik pelanggan", "Install, customer's own"),
            Self::TakeBack => ("Ambil kembali", "Take back"),
        };
        match lang {
            Lang::Id => id,
            Lang::En => en,
        }
    }
}

/// How the job ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkResult {
    pub done_at: Ts,
    pub zone: Zone,
    /// `Online sejak 10.42, 20/5 Mbps`.
    pub online: Option<String>,
    /// `-19,4 dBm`.
    pub signal: Option<String>,
    /// The customer's, drawn on the technician's phone.
    pub signature: Option<Signature>,
    pub remarks: Option<String>,
}

/// A name in its owner's own hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// PNG. What is not one, or is larger than a phone draws, is left out of the paper.
    pub png: Vec<u8>,
    /// Who signed, when it is not the customer themselves.
    pub name: Option<String>,
    pub signed_at: Ts,
}

/// No phone draws a signature wider or higher than this.
const DRAWN_MAX_PX: u32 = 2_048;

impl Signature {
    /// The picture, when it can be set: whole, and of a size that does not take the press's memory.
    fn drawn(&self) -> Option<&[u8]> {
        let size = |from: usize| {
            let four = self.png.get(from..from + 4)?.try_into().ok()?;
            Some(u32::from_be_bytes(four)).filter(|px| (1..=DRAWN_MAX_PX).contains(px))
        };
        let is_png = self.png.starts_with(b"\x89PNG\r\n\x1a\n");
        let known = is_png && size(16).is_some() && size(20).is_some();
        (known && image::load_from_memory(&self.png).is_ok()).then_some(self.png.as_slice())
    }
}

/// The work order or, with a result, the hand-over report as an A4 PDF.
///
/// # Errors
/// `documents.logo`, `documents.qr_too_long`.
pub fn work_order_pdf(paper: &WorkOrderPaper, lang: Lang) -> Result<Vec<u8>> {
    let signature = paper.result.as_ref().and_then(|result| result.signature.as_ref());
    let drawn = signature.and_then(Signature::drawn);
    let values = values(paper, drawn.is_some(), lang)?;
    print_signed(Template::WorkOrder, &values, paper.issuer.logo.as_deref(), drawn)
}

fn values(paper: &WorkOrderPaper, is_signed: bool, lang: Lang) -> Result<Value> {
    let schedule = paper.scheduled_on.map(|on| match &paper.window {
        Some(window) => format!("{}, {window}", day(on, lang)),
        None => day(on, lang),
    });
    let coordinates = paper.site.map(|(lat, lon)| format!("{lat:.6}, {lon:.6}"));
    let map = paper.site.map(|(lat, lon)| format!("geo:{lat:.6},{lon:.6}"));
    let has_technicians = !paper.technicians.is_empty();
    Ok(json!({
        "lang": lang.code(),
        "issuer": issuer_json(&paper.issuer),
        "customer": party_json(&paper.customer),
        "number": paper.number,
        "kind": paper.kind.text(lang),
        "schedule": schedule,
        "technicians": has_technicians.then(|| paper.technicians.join(", ")),
        "branch": paper.branch,
        "subscription": paper.subscription,
        "plan": paper.plan,
        "account": paper.account,
        "odp": paper.odp,
        "coordinates": coordinates,
        "order_qr": code(Some(format!("SMB:WO:{}", paper.number)))?,
        "map_qr": code(map)?,
        "devices": paper.devices.iter().map(|device| json!({
            "item_type": device.item_type,
            "serial": device.serial,
            "mac": device.mac,
            "action": device.action.text(lang),
        })).collect::<Vec<_>>(),
        "instructions": paper.instructions,
        "checklist": paper.checklist,
        "result": paper.result.as_ref().map(|result| json!({
            "done_at": result.done_at.local_text(result.zone, lang),
            "online": result.online,
            "signal": result.signal,
            "remarks": result.remarks,
            "signed": result.signature.as_ref().filter(|_| is_signed).map(|signature| json!({
                "name": signature.name,
                "at": signature.signed_at.local_text(result.zone, lang),
            })),
        })),
    }))
}

fn code(text: Option<String>) -> Result<Value> {
    let Some(text) = text else { return Ok(Value::Null) };
    Ok(json!({ "svg": qr_svg(&text)?, "text": text }))
}
