use documents::cash::{CashPaper, CashTable, cash_pdf};
use documents::receipt::Paper;
use kernel::Lang;

use crate::reading::{has, keep};
use crate::sample::{self, rp};

fn paper() -> CashPaper {
    CashPaper {
        issuer: sample::issuer(),
        title: "Penutupan kas".into(),
        number: "KAS/2026/12/000017".into(),
        facts: vec![("Kasir".into(), "Fitri #1".into()), ("Cabang".into(), "Jakarta".into())],
        tables: vec![
            CashTable {
                title: "Uang masuk dan keluar".into(),
                rows: vec![(
                    "KW/2026/12/000001".into(),
                    Some("09.12 Pembayaran".into()),
                    rp(277_500),
                )],
            },
            CashTable { title: "Pecahan".into(), rows: Vec::new() },
        ],
        sums: vec![("Seharusnya".into(), rp(477_500)), ("Dihitung".into(), rp(475_500))],
        in_words: Some(rp(475_500)),
        signers: vec![("Kasir".into(), Some("Fitri".into())), ("Disetujui".into(), None)],
        notes: vec!["Keterangan: kembalian *salah*".into()],
    }
}

#[test]
fn a_closing_is_printed_on_a5_and_on_the_roll_with_what_was_counted() {
    let sheet = keep("cash_a5", &cash_pdf(&paper(), Paper::A5, Lang::Id).unwrap());
    assert_eq!((sheet.pages(), sheet.size_mm()), (1, (148, 210)));
    let words = sheet.words();
    has(
        &words,
        &["KAS/2026/12/000017", "Fitri #1", "Rp 277.500", "Rp 475.500", "kembalian *salah*"],
    );
    assert!(!words.contains("Pecahan"), "a table without rows is left out");
    let roll = keep("cash_58mm", &cash_pdf(&paper(), Paper::Thermal58, Lang::Id).unwrap());
    assert_eq!(roll.pages(), 1);
    has(&roll.words(), &["PENUTUPAN KAS", "Rp 475.500", "Empat ratus tujuh puluh lima ribu"]);
}
