//! One believable ISP and its customers.

use documents::invoice::{InvoiceKind, InvoiceLine, InvoicePaper, TaxNote};
use documents::paper::{Issuer, PaperQr, Party, PaymentWay, QrPurpose};
use kernel::{Day, Money, Period};

pub const LOGO: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><rect width="40" height="40" rx="9" fill="#0b6e6a"/><path d="M8 18a17 17 0 0 1 24 0M13.5 23.5a9.5 9.5 0 0 1 13 0" stroke="#fff" stroke-width="3.4" fill="none" stroke-linecap="round"/><circle cx="20" cy="29" r="3" fill="#fff"/></svg>"##;

pub fn day(year: i16, month: i8, dom: i8) -> Day {
    Day::ymd(year, month, dom).unwrap()
}

pub fn span(from: Day, to: Day) -> Period {
    Period::new(from, to).unwrap()
}

pub fn rp(amount: i64) -> Money {
    Money::rupiah(amount)
}

pub fn issuer() -> Issuer {
    Issuer {
        name: "Nusa Net".into(),
        legal_name: "PT Nusa Jaringan Sejahtera".into(),
        address: "Jl. Raya Pajajaran No. 88, Bantarjati\nBogor Utara, Kota Bogor 16153".into(),
        npwp: Some("01.234.567.8-404.000".into()),
        is_pkp: true,
        phone: Some("0251-8345-678".into()),
        email: Some("tagihan@nusanet.example".into()),
        website: None,
        logo: Some(LOGO.as_bytes().to_vec()),
    }
}

pub fn customer() -> Party {
    Party {
        name: "Siti Rahmawati".into(),
        number: "C000123".into(),
        address: "Perum Griya Asri Blok C2 No. 14, RT 03/RW 07\nCilendek Barat, Bogor Barat 16112"
            .into(),
        phone: Some("0812-3456-7890".into()),
        npwp: None,
    }
}

/// Postpaid, active since 10 November 2026: 21 of 30 days.
pub fn invoice() -> InvoicePaper {
    InvoicePaper {
        issuer: issuer(),
        customer: customer(),
        kind: InvoiceKind::Invoice,
        number: Some("INV/2026/12/000123".into()),
        issued_on: day(2026, 12, 1),
        due_on: Some(day(2026, 12, 20)),
        period: Some(span(day(2026, 11, 10), day(2026, 11, 30))),
        service: Some("Rumah 20 Mbps\nS000123".into()),
        lines: vec![InvoiceLine {
            description: "Internet Rumah 20 Mbps".into(),
            period: Some(span(day(2026, 11, 10), day(2026, 11, 30))),
            formula: Some("21 dari 30 hari × Rp 250.000".into()),
            base: rp(175_000),
            tax: rp(19_250),
        }],
        base: rp(175_000),
        tax: rp(19_250),
        tax_rule: Some(TaxNote { rate_bp: 1_200, base_num: 11, base_den: 12 }),
        total: rp(194_250),
        deductions: Vec::new(),
        pay_to: vec![
            PaymentWay {
                name: "BCA Virtual Account".into(),
                account: "3901 0800 0001 23".into(),
                holder: None,
            },
            PaymentWay {
                name: "Bank Mandiri".into(),
                account: "133-00-1234567-8".into(),
                holder: Some("PT Nusa Jaringan Sejahtera".into()),
            },
        ],
        qr: Some(PaperQr {
            purpose: QrPurpose::Pay,
            text: "https://pay.nusanet.example/b/9f2c41d07ab35e68".into(),
        }),
        notes: vec![
            "Layanan diisolir otomatis pada 21 Des 2026 pukul 00.01 bila belum lunas.".into(),
        ],
    }
}
