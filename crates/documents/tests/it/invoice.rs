use documents::invoice::{
    Deduction, DeductionKind, InvoiceKind, InvoiceLine, InvoicePaper, invoice_pdf,
};
use kernel::{FaultKind, Lang};

use crate::reading::{Printed, has, keep};
use crate::sample::{self, day, rp, span};

fn printed(name: &str, paper: &InvoicePaper, lang: Lang) -> Printed {
    keep(name, &invoice_pdf(paper, lang).unwrap())
}

#[test]
fn an_invoice_names_both_parties_the_days_the_formula_and_the_sums() {
    let paper = printed("invoice", &sample::invoice(), Lang::Id);
    assert_eq!((paper.pages(), paper.size_mm()), (1, (210, 297)));
    let text = paper.words();
    has(&text, &["Tagihan", "INV/2026/12/000123", "PT Nusa Jaringan Sejahtera"]);
    has(&text, &["01.234.567.8-404.000", "Siti Rahmawati", "C000123"]);
    has(&text, &["1 Des 2026", "20 Des 2026", "10–30 Nov 2026", "21 dari 30 hari × Rp 250.000"]);
    has(&text, &["Rp 175.000", "PPN 12%", "Rp 19.250", "Rp 194.250", "Rp 160.416,67"]);
    has(&text, &["Seratus sembilan puluh empat ribu dua ratus lima puluh rupiah"]);
    has(&text, &["Pindai untuk membayar", "Halaman 1 dari 1"]);
    assert_eq!(paper.scanned(), ["https://pay.nusanet.example/b/9f2c41d07ab35e68"]);
}

#[test]
fn an_english_invoice_has_no_indonesian_fixed_word() {
    let mut paper = sample::invoice();
    paper.lines[0].formula = Some("21 of 30 days × Rp 250.000".into());
    paper.notes.clear();
    let text = printed("invoice_en", &paper, Lang::En).words();
    has(&text, &["Invoice", "1 Dec 2026", "Amount due", "Scan to pay", "Page 1 of 1"]);
    has(&text, &["One hundred ninety-four thousand two hundred fifty rupiah"]);
    for word in ["Tagihan", "Jatuh tempo", "Terbilang", "Sisa", "Halaman", "Uraian"] {
        assert!(!text.contains(word), "{word} is Indonesian:\n{text}");
    }
}

#[test]
fn what_people_typed_is_printed_letter_by_letter() {
    let mut paper = sample::invoice();
    let name = r##"*Tok"o* #eval("1") $x$ _a_ <b> @c \n `d` = ~ // [e] {f} 'g' -- ..."##;
    paper.customer.name = name.into();
    paper.lines[0].description = r#"#panic("x") *tebal* %23 \u{41}"#.into();
    paper.notes = vec!["= Judul\n- butir #set page(width: 1cm)".into()];
    let text = printed("invoice_hostile", &paper, Lang::Id).words();
    has(&text, &[name, r#"#panic("x") *tebal* %23 \u{41}"#]);
    has(&text, &["= Judul - butir #set page(width: 1cm)"]);
}

#[test]
fn an_invoice_shows_what_settled_it_and_what_is_left() {
    let mut paper = sample::invoice();
    paper.deductions = vec![Deduction {
        kind: DeductionKind::Payment,
        detail: Some("KW/2026/12/000017, 5 Des 2026".into()),
        amount: rp(100_000),
    }];
    let text = printed("invoice_partly", &paper, Lang::Id).words();
    has(&text, &["Pembayaran KW/2026/12/000017", "-Rp 100.000", "Sisa tagihan", "Rp 94.250"]);
    assert!(!text.contains("LUNAS"), "a partly paid invoice is not stamped");
    paper.deductions.push(Deduction {
        kind: DeductionKind::WithheldPph23,
        detail: None,
        amount: rp(3_500),
    });
    paper.deductions.push(Deduction {
        kind: DeductionKind::Payment,
        detail: None,
        amount: rp(90_750),
    });
    let text = printed("invoice_paid", &paper, Lang::Id).words();
    has(&text, &["PPh 23 dipotong", "-Rp 3.500", "Rp 0", "LUNAS"]);
    assert!(!text.contains("Virtual Account") && !text.contains("Pindai untuk membayar"), "{text}");
}

#[test]
fn a_credit_note_names_the_invoice_it_takes_back_and_asks_for_nothing() {
    let mut paper = sample::invoice();
    paper.kind = InvoiceKind::CreditNote {
        of_invoice: "INV/2026/12/000123".into(),
        reason: "Belum dibayar sampai 25 Nov 2026, diterbitkan ulang".into(),
    };
    paper.number = Some("NK/2026/12/000004".into());
    (paper.due_on, paper.qr) = (None, None);
    paper.pay_to.clear();
    paper.notes.clear();
    let text = printed("credit_note", &paper, Lang::Id).words();
    has(&text, &["Nota Kredit", "NK/2026/12/000004", "Untuk tagihan", "INV/2026/12/000123"]);
    has(&text, &["Total kredit", "Rp 194.250", "Belum dibayar sampai 25 Nov 2026"]);
    assert!(!text.contains("Sisa tagihan") && !text.contains("Jatuh tempo"), "{text}");
}

#[test]
fn a_long_invoice_repeats_its_head_row_on_every_page() {
    let mut paper = sample::invoice();
    let line = paper.lines[0].clone();
    paper.lines = (1..=60)
        .map(|n| InvoiceLine { description: format!("Sambungan {n}"), ..line.clone() })
        .collect();
    (paper.base, paper.tax) = (rp(175_000 * 60), rp(19_250 * 60));
    paper.total = paper.base + paper.tax;
    let paper = printed("invoice_long", &paper, Lang::Id);
    assert!(paper.pages() >= 2);
    let text = paper.words();
    let heads = text.matches("URAIAN PERIODE JUMLAH").count();
    assert!(heads >= 2 && heads + 1 >= paper.pages(), "only a page of sums has no head row");
    has(&text, &["Sambungan 60", "Rp 11.655.000", &format!("Halaman 2 dari {}", paper.pages())]);
}

#[test]
fn an_isp_that_is_not_pkp_charges_no_tax_and_says_so() {
    let mut paper = sample::invoice();
    paper.issuer.is_pkp = false;
    (paper.issuer.npwp, paper.issuer.logo) = (None, None);
    (paper.tax_rule, paper.tax, paper.lines[0].tax) = (None, rp(0), rp(0));
    paper.total = paper.base;
    let text = printed("invoice_untaxed", &paper, Lang::Id).words();
    has(&text, &["Bukan Pengusaha Kena Pajak"]);
    assert!(!text.contains("PPN 12%") && !text.contains("DPP"), "{text}");
}

#[test]
fn a_draft_is_stamped_as_one() {
    let mut paper = sample::invoice();
    paper.number = None;
    has(&printed("invoice_draft", &paper, Lang::Id).words(), &["DRAF"]);
}

#[test]
fn a_paper_that_does_not_add_up_is_refused() {
    let wrong: [fn(&mut InvoicePaper); 5] = [
        |paper| paper.total = rp(194_251),
        |paper| paper.lines[0].base = rp(175_001),
        |paper| paper.tax_rule = None,
        |paper| {
            paper.deductions =
                vec![Deduction { kind: DeductionKind::Payment, detail: None, amount: rp(194_251) }]
        },
        |paper| paper.lines[0].tax = rp(0),
    ];
    for change in wrong {
        let mut paper = sample::invoice();
        change(&mut paper);
        assert_eq!(invoice_pdf(&paper, Lang::Id).unwrap_err().kind, FaultKind::Bug);
    }
    let mut paper = sample::invoice();
    paper.lines.clear();
    assert_eq!(invoice_pdf(&paper, Lang::Id).unwrap_err().code, "documents.empty");
}

#[test]
fn a_logo_that_is_no_image_is_refused_in_words() {
    let mut paper = sample::invoice();
    paper.issuer.logo = Some(b"not an image".to_vec());
    assert_eq!(invoice_pdf(&paper, Lang::Id).unwrap_err().code, "documents.logo");
}

#[test]
fn the_same_invoice_gives_the_same_bytes() {
    let mut paper = sample::invoice();
    let first = invoice_pdf(&paper, Lang::Id).unwrap();
    assert!(first == invoice_pdf(&paper, Lang::Id).unwrap(), "printing again changes nothing");
    paper.period = Some(span(day(2026, 11, 11), day(2026, 11, 30)));
    assert!(first != invoice_pdf(&paper, Lang::Id).unwrap(), "another paper is another file");
}
