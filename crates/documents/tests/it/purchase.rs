use documents::purchase::{PurchaseLine, PurchasePaper, SheetSize, purchase_pdf};
use kernel::Lang;

use crate::reading::{has, keep};
use crate::sample::{self, day, rp};

fn order() -> PurchasePaper {
    let line = |code: &str, name: &str, unit: &str, quantity: i64, price: i64| PurchaseLine {
        code: code.into(),
        name: name.into(),
        unit: unit.into(),
        quantity,
        price: rp(price),
        amount: rp(price * quantity),
    };
    PurchasePaper {
        issuer: sample::issuer(),
        number: "PO/2026/11/0007".into(),
        written_on: day(2026, 11, 22),
        supplier: "PT Fiber *Jaya*".into(),
        supplier_contact: Some("Bu Ratna".into()),
        supplier_phone: Some("021-555-0199".into()),
        supplier_address: Some("Jl. Mangga Dua Raya 12\nJakarta Utara".into()),
        deliver_to: "Gudang Utama, Bogor".into(),
        expected_on: Some(day(2026, 12, 1)),
        lines: vec![
            line("ONT-F670", "ONT ZTE F670L", "pcs", 100, 350_000),
            line("DROP-1C", "Kabel drop 1 core", "m", 5_000, 1_500),
        ],
        total: rp(42_500_000),
        note: Some("Kirim pagi #1".into()),
        written_by: "Gita".into(),
        approved_by: Some("Fitri".into()),
        is_approved: true,
        is_cancelled: false,
    }
}

#[test]
fn an_order_tells_the_supplier_what_where_and_for_how_much() {
    let sheet = keep("purchase_a4", &purchase_pdf(&order(), SheetSize::A4, Lang::Id).unwrap());
    assert_eq!((sheet.pages(), sheet.size_mm()), (1, (210, 297)));
    let words = sheet.words();
    has(
        &words,
        &[
            "Pesanan Pembelian",
            "PO/2026/11/0007",
            "PT Fiber *Jaya*",
            "Bu Ratna",
            "021-555-0199",
            "Gudang Utama, Bogor",
            "1 Des 2026",
            "ONT ZTE F670L",
            "100 pcs",
            "5.000 m",
            "Rp 350.000",
            "Rp 42.500.000",
            "Empat puluh dua juta lima ratus ribu",
            "Kirim pagi #1",
            "Gita",
            "Fitri",
        ],
    );
    assert!(!words.contains("BELUM DISETUJUI"), "{words}");
}

#[test]
fn an_english_order_fits_a5_and_says_that_nobody_approved_it() {
    let draft = PurchasePaper { is_approved: false, approved_by: None, ..order() };
    let sheet = keep("purchase_a5", &purchase_pdf(&draft, SheetSize::A5, Lang::En).unwrap());
    assert_eq!((sheet.pages(), sheet.size_mm()), (1, (148, 210)));
    has(&sheet.words(), &["Purchase Order", "NOT APPROVED", "5,000 m", "1 Dec 2026"]);
}

#[test]
fn an_order_that_does_not_add_up_is_refused() {
    let wrong = PurchasePaper { total: rp(1), ..order() };
    assert_eq!(purchase_pdf(&wrong, SheetSize::A4, Lang::Id).unwrap_err().code, "bug");
    let empty = PurchasePaper { lines: Vec::new(), total: rp(0), ..order() };
    assert_eq!(purchase_pdf(&empty, SheetSize::A4, Lang::Id).unwrap_err().code, "documents.empty");
}
