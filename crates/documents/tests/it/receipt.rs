use documents::paper::{PaperQr, QrPurpose};
use documents::receipt::{Channel, Paper, ReceiptPaper, SettledInvoice, receipt_pdf};
use kernel::{FaultKind, Lang, Ts, Zone};

use crate::reading::{Printed, has, keep};
use crate::sample::{self, day, rp};

/// 300,000 in cash against 277,500: the rest becomes credit.
fn receipt() -> ReceiptPaper {
    ReceiptPaper {
        issuer: sample::issuer(),
        customer: sample::customer(),
        number: "KW/2026/12/000017".into(),
        received_at: Ts::local(day(2026, 12, 5), 9, 41, Zone::Jakarta),
        zone: Zone::Jakarta,
        branch: Some("Bogor Kota".into()),
        cashier: Some("Dewi Lestari".into()),
        channel: Channel::Cash,
        reference: None,
        settled: vec![SettledInvoice {
            number: "INV/2026/12/000123".into(),
            description: "Internet Rumah 20 Mbps, Desember 2026".into(),
            amount: rp(277_500),
            remaining: rp(0),
        }],
        credit: rp(22_500),
        amount: rp(300_000),
        tendered: Some(rp(350_000)),
        credit_balance: Some(rp(22_500)),
        qr: Some(PaperQr {
            purpose: QrPurpose::Verify,
            text: "https://pay.nusanet.example/k/4be1c7f09a52".into(),
        }),
        notes: vec!["Simpan struk ini sebagai bukti pembayaran yang sah.".into()],
        copy: false,
    }
}

fn printed(name: &str, receipt: &ReceiptPaper, paper: Paper, lang: Lang) -> Printed {
    keep(name, &receipt_pdf(receipt, paper, lang).unwrap())
}

#[test]
fn a_receipt_says_who_paid_what_for_which_invoice_and_the_change() {
    for (paper, name, width) in
        [(Paper::Thermal58, "receipt_58", 58), (Paper::A5, "receipt_a5", 210)]
    {
        let printed = printed(name, &receipt(), paper, Lang::Id);
        assert_eq!((printed.pages(), printed.size_mm().0), (1, width));
        let text = printed.words();
        has(&text, &["KW/2026/12/000017", "5 Des 2026 09.41 WIB", "Siti Rahmawati", "C000123"]);
        has(&text, &["Dewi Lestari", "Bogor Kota", "INV/2026/12/000123", "Rp 277.500", "lunas"]);
        has(&text, &["Rp 300.000", "Tunai", "Rp 350.000", "Kembali", "Rp 50.000"]);
        has(&text, &["Menjadi saldo pelanggan", "Rp 22.500", "Tiga ratus ribu rupiah"]);
        has(&text, &["Pindai untuk memeriksa keaslian", "PT Nusa Jaringan Sejahtera"]);
        assert_eq!(printed.scanned(), ["https://pay.nusanet.example/k/4be1c7f09a52"]);
    }
}

#[test]
fn an_english_receipt_is_english_on_both_papers() {
    for (paper, name) in [(Paper::Thermal58, "receipt_58_en"), (Paper::A5, "receipt_a5_en")] {
        let mut receipt = receipt();
        receipt.notes.clear();
        let text = printed(name, &receipt, paper, Lang::En).words();
        has(&text, &["5 Dec 2026", "Cash", "Change", "Three hundred thousand rupiah"]);
        for word in ["Kuitansi", "Terbilang", "Kembali", "lunas", "Kasir", "Cabang"] {
            assert!(!text.contains(word), "{word} is Indonesian:\n{text}");
        }
    }
}

#[test]
fn the_roll_grows_with_what_is_on_it() {
    let short = printed("receipt_58_short", &receipt(), Paper::Thermal58, Lang::Id);
    let mut many = receipt();
    let row = many.settled[0].clone();
    many.settled = (0..12)
        .map(|n| SettledInvoice { number: format!("INV/2026/{:02}/000123", n + 1), ..row.clone() })
        .collect();
    many.amount = rp(277_500 * 12 + 22_500);
    many.tendered = None;
    let long = printed("receipt_58_long", &many, Paper::Thermal58, Lang::Id);
    assert_eq!(long.pages(), 1);
    assert!(long.size_mm().1 > short.size_mm().1 + 50, "{:?}", long.size_mm());
    has(&long.words(), &["INV/2026/01/000123", "INV/2026/12/000123"]);
    assert!(!long.words().contains("Kembali"), "no cash, no change");
}

#[test]
fn a_receipt_printed_again_says_so_and_a_part_payment_shows_the_rest() {
    let mut receipt = receipt();
    receipt.copy = true;
    receipt.settled[0].remaining = rp(77_500);
    receipt.settled[0].amount = rp(200_000);
    receipt.credit = rp(0);
    receipt.amount = rp(200_000);
    receipt.channel = Channel::Gateway("QRIS".into());
    receipt.reference = Some("QR-88120".into());
    (receipt.tendered, receipt.credit_balance) = (None, None);
    for (paper, name) in [(Paper::Thermal58, "receipt_58_copy"), (Paper::A5, "receipt_a5_copy")] {
        let text = printed(name, &receipt, paper, Lang::Id).words();
        has(&text, &["Salinan", "sisa", "Rp 77.500", "Online (QRIS)", "QR-88120"]);
        assert!(!text.contains("saldo pelanggan"), "{text}");
    }
}

#[test]
fn what_people_typed_is_printed_letter_by_letter_on_receipts() {
    let mut receipt = receipt();
    receipt.customer.name = r#"#Toko *Baru* "Ibu" $5 \n"#.into();
    receipt.settled[0].description = "= [x] `y` <z>".into();
    let text = printed("receipt_hostile", &receipt, Paper::Thermal58, Lang::Id).words();
    has(&text, &[r#"#Toko *Baru* "Ibu" $5 \n"#, "= [x] `y` <z>"]);
}

#[test]
fn a_receipt_that_does_not_add_up_or_lacks_cash_is_refused() {
    let mut wrong = receipt();
    wrong.credit = rp(22_501);
    let fault = receipt_pdf(&wrong, Paper::A5, Lang::Id).unwrap_err();
    assert_eq!(fault.kind, FaultKind::Bug);
    let mut short = receipt();
    short.tendered = Some(rp(299_999));
    let fault = receipt_pdf(&short, Paper::A5, Lang::Id).unwrap_err();
    assert_eq!(fault.code, "documents.tendered_short");
}
