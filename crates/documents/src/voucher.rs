//! A batch of vouchers on A4 sheets to cut.

use kernel::{Day, Lang, Money, Result};
use serde_json::{Value, json};

use crate::paper::{Issuer, day, issuer_json, money, must_hold_something};
use crate::press::{Template, print};
use crate::qr::qr_svg;

/// A batch of vouchers of one plan.
#[derive(Clone, Debug)]
pub struct VoucherSheet {
    pub issuer: Issuer,
    /// The batch's number or name, printed at the foot.
    pub batch: String,
    pub plan: String,
    /// How many days a voucher gives, from its first login.
    pub days: i64,
    /// `None`: the price is the seller's.
    pub price: Option<Money>,
    pub expires_on: Day,
    /// How to use it, one line: `Wi-Fi "NusaNet Hotspot", lalu masukkan kode`.
    pub hint: Option<String>,
    /// Where a scan leads; `{code}` stands for the voucher's code. `None`: no QR code.
    pub link: Option<String>,
    pub vouchers: Vec<VoucherCard>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoucherCard {
    /// What the customer types.
    pub code: String,
    /// Names the card without giving its code away.
    pub serial: String,
}

/// Vouchers on one A4 sheet: 3 columns of 8 rows.
pub const VOUCHERS_A_SHEET: usize = 24;

/// The batch as A4 sheets, [`VOUCHERS_A_SHEET`] cards each.
///
/// # Errors
/// `documents.empty` without vouchers, `documents.qr_too_long`.
pub fn voucher_sheet_pdf(sheet: &VoucherSheet, lang: Lang) -> Result<Vec<u8>> {
    must_hold_something(&sheet.vouchers)?;
    print(Template::Voucher, &values(sheet, lang)?, None)
}

fn values(sheet: &VoucherSheet, lang: Lang) -> Result<Value> {
    let days = match (lang, sheet.days) {
        (Lang::Id, days) => format!("{days} hari"),
        (Lang::En, 1) => "1 day".to_owned(),
        (Lang::En, days) => format!("{days} days"),
    };
    let cards = sheet.vouchers.iter().map(|card| one(sheet, card)).collect::<Result<Vec<_>>>()?;
    Ok(json!({
        "lang": lang.code(),
        "issuer": issuer_json(&Issuer { logo: None, ..sheet.issuer.clone() }),
        "batch": sheet.batch,
        "plan": sheet.plan,
        "days": days,
        "price": sheet.price.map(money),
        "expires_on": day(sheet.expires_on, lang),
        "hint": sheet.hint,
        "vouchers": cards,
    }))
}

fn one(sheet: &VoucherSheet, card: &VoucherCard) -> Result<Value> {
    let link = sheet.link.as_ref().map(|link| link.replace("{code}", &card.code));
    let svg = link.as_deref().map(qr_svg).transpose()?;
    let code_size = if card.code.chars().count() <= 12 { 11.5 } else { 8.0 };
    Ok(json!({
        "code": card.code,
        "code_size": code_size,
        "serial": card.serial,
        "link": link,
        "svg": svg,
    }))
}
