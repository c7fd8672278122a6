//! The receipt for a payment: on the counter's thermal roll, or A5.

use kernel::{Fault, Lang, Money, Result, Ts, Zone};
use serde_json::{Value, json};

use crate::paper::{
    Issuer, PaperQr, Party, in_words, issuer_json, money, paper_qr_json, party_json,
};
use crate::press::{Template, print};

/// What the receipt is printed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paper {
    /// A 58 mm roll (48 mm of it printable); the page is as long as its text. Black only.
    Thermal58,
    /// A5, landscape.
    A5,
}

/// One settled payment and what it settled.
#[derive(Clone, Debug)]
pub struct ReceiptPaper {
    pub issuer: Issuer,
    pub customer: Party,
    /// `KW/2026/12/000017`.
    pub number: String,
    pub received_at: Ts,
    /// The branch's zone: receipts show local time.
    pub zone: Zone,
    pub branch: Option<String>,
    pub cashier: Option<String>,
    pub channel: Channel,
    /// The bank's or gateway's reference.
    pub reference: Option<String>,
    pub settled: Vec<SettledInvoice>,
    /// What was too much and became customer credit.
    pub credit: Money,
    /// What was received: the settled amounts and the credit.
    pub amount: Money,
    /// Cash handed over; the change is what exceeds `amount`.
    pub tendered: Option<Money>,
    /// The customer's credit after this payment.
    pub credit_balance: Option<Money>,
    pub qr: Option<PaperQr>,
    pub notes: Vec<String>,
    /// Printed again: the paper says that it is a copy.
    pub copy: bool,
}

/// How the money came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Channel {
    Cash,
    Transfer,
    /// A payment gateway, by the name customers know.
    Gateway(String),
    Wallet,
    Voucher,
    /// Any other, shown as it is.
    Other(String),
}

impl Channel {
    /// From billing's channel code: `cash`, `transfer`, `gateway:<name>`, `wallet`, `voucher`.
    pub fn from_code(code: &str) -> Self {
        match code {
            "cash" => Self::Cash,
            "transfer" => Self::Transfer,
            "wallet" => Self::Wallet,
            "voucher" => Self::Voucher,
            other => match other.strip_prefix("gateway:") {
                Some(name) => Self::Gateway(name.to_owned()),
                None => Self::Other(other.to_owned()),
            },
        }
    }

    fn text(&self, lang: Lang) -> String {
        let (id, en) = match self {
            Self::Cash => ("Tunai", "Cash"),
            Self::Transfer => ("Transfer bank", "Bank transfer"),
            Self::Wallet => ("Saldo mitra", "Partner wallet"),
            Self::Voucher => ("Voucher", "Voucher"),
            Self::Gateway(name) => return format!("Online ({name})"),
            Self::Other(name) => return name.clone(),
        };
        if lang == Lang::Id { id.to_owned() } else { en.to_owned() }
    }
}

/// One invoice that (part of) the payment went to.
#[derive(Clone, Debug)]
pub struct SettledInvoice {
    pub number: String,
    /// `Internet November 2026`.
    pub description: String,
    /// What this payment put on it.
    pub amount: Money,
    /// What is left of it. Zero: paid in full.
    pub remaining: Money,
}

/// The receipt as PDF.
///
/// # Errors
/// `documents.tendered_short` when less cash was handed over than received; `documents.logo`,
/// `documents.qr_too_long`; a bug when amounts and credit do not add up to what was received.
pub fn receipt_pdf(receipt: &ReceiptPaper, paper: Paper, lang: Lang) -> Result<Vec<u8>> {
    must_add_up(receipt)?;
    print(Template::Receipt, &values(receipt, paper, lang)?, receipt.issuer.logo.as_deref())
}

fn must_add_up(receipt: &ReceiptPaper) -> Result<()> {
    let settled: Money = receipt.settled.iter().map(|row| row.amount).sum();
    let whole = settled + receipt.credit == receipt.amount && receipt.amount.is_positive();
    if !whole || receipt.credit.is_negative() {
        return Err(Fault::bug(format!("receipt {} does not add up", receipt.number)));
    }
    if receipt.tendered.is_some_and(|cash| cash < receipt.amount) {
        return Err(Fault::invalid(
            "documents.tendered_short",
            "Uang tunai yang diserahkan kurang dari jumlah yang diterima.",
            "The cash handed over is less than the amount received.",
        ));
    }
    Ok(())
}

fn values(receipt: &ReceiptPaper, paper: Paper, lang: Lang) -> Result<Value> {
    let change = receipt.tendered.map(|cash| cash - receipt.amount);
    Ok(json!({
        "lang": lang.code(),
        "paper": match paper { Paper::Thermal58 => "thermal58", Paper::A5 => "a5" },
        "issuer": issuer_json(&receipt.issuer),
        "customer": party_json(&receipt.customer),
        "number": receipt.number,
        "received_at": receipt.received_at.local_text(receipt.zone, lang),
        "branch": receipt.branch,
        "cashier": receipt.cashier,
        "channel": receipt.channel.text(lang),
        "reference": receipt.reference,
        "settled": receipt.settled.iter().map(|row| json!({
            "number": row.number,
            "description": row.description,
            "amount": money(row.amount),
            "remaining": row.remaining.is_positive().then(|| money(row.remaining)),
        })).collect::<Vec<_>>(),
        "credit": receipt.credit.is_positive().then(|| money(receipt.credit)),
        "amount": money(receipt.amount),
        "tendered": receipt.tendered.map(money),
        "change": change.map(money),
        "credit_balance": receipt.credit_balance.map(money),
        "in_words": in_words(receipt.amount, lang),
        "qr": paper_qr_json(receipt.qr.as_ref())?,
        "notes": receipt.notes,
        "copy": receipt.copy,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_channel_of_billing_has_words() {
        for (code, id, en) in [
            ("cash", "Tunai", "Cash"),
            ("transfer", "Transfer bank", "Bank transfer"),
            ("gateway:QRIS", "Online (QRIS)", "Online (QRIS)"),
            ("wallet", "Saldo mitra", "Partner wallet"),
            ("voucher", "Voucher", "Voucher"),
            ("barter", "barter", "barter"),
        ] {
            let channel = Channel::from_code(code);
            assert_eq!((channel.text(Lang::Id), channel.text(Lang::En)), (id.into(), en.into()));
        }
    }
}
