use documents::voucher::{VOUCHERS_A_SHEET, VoucherCard, VoucherSheet, voucher_sheet_pdf};
use kernel::Lang;

use crate::reading::{has, keep};
use crate::sample::{self, day, rp};

fn sheet(count: usize) -> VoucherSheet {
    VoucherSheet {
        issuer: sample::issuer(),
        batch: "V-2026-11-03".into(),
        plan: "Hotspot 5 Mbps".into(),
        days: 7,
        price: Some(rp(15_000)),
        expires_on: day(2027, 5, 31),
        hint: Some("Wi-Fi \"NusaNet #Hotspot\", lalu masukkan kode".into()),
        link: Some("https://hotspot.nusanet.example/login?code={code}".into()),
        vouchers: (1..=count)
            .map(|n| VoucherCard { code: format!("K7QM-{n:04}"), serial: format!("No. {n:05}") })
            .collect(),
    }
}

#[test]
fn twenty_four_vouchers_fill_a_sheet_and_the_next_goes_on_another() {
    let one = keep("vouchers", &voucher_sheet_pdf(&sheet(VOUCHERS_A_SHEET), Lang::Id).unwrap());
    assert_eq!((one.pages(), one.size_mm()), (1, (210, 297)));
    let text = one.words();
    has(&text, &["K7QM-0001", "K7QM-0024", "No. 00024", "Rp 15.000", "7 hari", "31 Mei 2027"]);
    has(&text, &["Wi-Fi \"NusaNet #Hotspot\"", "V-2026-11-03"]);
    let two = voucher_sheet_pdf(&sheet(VOUCHERS_A_SHEET + 1), Lang::En).unwrap();
    let two = keep("vouchers_en", &two);
    assert_eq!(two.pages(), 2);
    has(&two.words(), &["K7QM-0025", "Valid for 7 days", "31 May 2027", "Page 2 of 2"]);
}

#[test]
fn a_batch_without_vouchers_is_refused() {
    assert_eq!(voucher_sheet_pdf(&sheet(0), Lang::Id).unwrap_err().code, "documents.empty");
}
