use proptest::prelude::*;

use super::*;

fn rows(text: &str) -> Vec<Vec<String>> {
    text.lines().map(|line| line.split(';').map(|cell| cell.trim().to_owned()).collect()).collect()
}

fn said(text: &str) -> Vec<(String, i64, String)> {
    let rows = rows(text);
    let columns = guess(&rows, 2026).unwrap();
    columns.check().unwrap();
    let (lines, unread) = read(&rows, &columns);
    assert_eq!(unread, []);
    lines.into_iter().map(|l| (l.on_day.to_string(), l.amount.get(), l.text)).collect()
}

fn line(day: &str, amount: i64, text: &str) -> (String, i64, String) {
    (day.to_owned(), amount, text.to_owned())
}

#[test]
fn one_column_with_a_mark_beside_it_and_dates_without_a_year() {
    let text = "Informasi Rekening - Mutasi Rekening
No. rekening : ;1234567890
Tanggal Transaksi;Keterangan;Cabang;Jumlah;;Saldo
'01/11;TRSF E-BANKING CR 0111/FTSCY/WS95031 277500.00 BUDI SANTOSO;0000;277,500.00;CR;1,277,500.00
'02/11;BIAYA ADM;0000;17,000.00;DB;1,260,500.00
Saldo Awal :;1,000,000.00
Mutasi Kredit :;277,500.00";
    assert_eq!(
        said(text),
        [
            line(
                "2026-11-01",
                277_500,
                "TRSF E-BANKING CR 0111/FTSCY/WS95031 277500.00 BUDI SANTOSO"
            ),
            line("2026-11-02", -17_000, "BIAYA ADM"),
        ]
    );
}

#[test]
fn two_columns_two_descriptions_and_a_reference() {
    let text = "Account No;Date;Val. Date;Transaction Code;Description;Description;Reference No.;Debit;Credit
1370012345678;03/11/26;03/11/26;1234;MCM InhouseTrf DARI SITI AMINAH;tagihan C000012;REF77;.00;250,000.00
1370012345678;04/11/26;04/11/26;1234;Transfer ke vendor;;;100,000.00;.00";
    assert_eq!(
        said(text),
        [
            line("2026-11-03", 250_000, "MCM InhouseTrf DARI SITI AMINAH tagihan C000012"),
            line("2026-11-04", -100_000, "Transfer ke vendor"),
        ]
    );
    let rows = rows(text);
    let (lines, _) = read(&rows, &guess(&rows, 2026).unwrap());
    assert_eq!(lines[0].reference.as_deref(), Some("REF77"));
}

#[test]
fn points_for_thousands_and_months_by_name() {
    let text = "TGL_TRAN;DESK_TRAN;MUTASI_DEBET;MUTASI_KREDIT
5 Nov 2026 10:12:01;BRIVA 123 AGUS;0,00;1.277.500,00
2026-11-06 08:00:00;Bunga;0,00;1.234,56";
    assert_eq!(
        said(text),
        [line("2026-11-05", 1_277_500, "BRIVA 123 AGUS"), line("2026-11-06", 1_235, "Bunga")]
    );
}

#[test]
fn amounts_are_read_however_a_bank_writes_them() {
    for (text, amount) in [
        ("250000", Some(250_000)),
        ("250.000", Some(250_000)),
        ("250,000", Some(250_000)),
        ("250,000.00", Some(250_000)),
        ("250.000,00", Some(250_000)),
        ("1.250.000", Some(1_250_000)),
        ("1,250,000.50", Some(1_250_001)),
        ("Rp 250.000,-", Some(250_000)),
        ("-10.000", Some(-10_000)),
        ("(10,000.00)", Some(-10_000)),
        ("0.00", Some(0)),
        (".00", Some(0)),
        ("", None),
        ("CR", None),
    ] {
        assert_eq!(number(text).map(Money::get), amount, "{text}");
    }
}

#[test]
fn days_are_read_however_a_bank_writes_them() {
    for text in [
        "30/11/2026",
        "30-11-2026",
        "2026-11-30",
        "30/11/26",
        "30 Nov 2026",
        "30-Nov-26",
        "30 November 2026 10:11:12",
        "2026-11-30T08:00:00",
        "'30/11",
        "30/11",
        "30/11/2026 23:59",
    ] {
        assert_eq!(
            day(text, Some(2026)).map(|d| d.to_string()).as_deref(),
            Some("2026-11-30"),
            "{text}"
        );
    }
    for text in ["", "PEND", "31/02/2026", "Saldo Awal", "30/11/1875"] {
        assert_eq!(day(text, Some(2026)), None, "{text}");
    }
}

#[test]
fn a_row_of_money_whose_date_cannot_be_read_is_named() {
    let rows = rows("Tanggal;Keterangan;Jumlah\nPEND;TRSF CR;100,000.00\n99/99/2026;X;5\nTotal;;7");
    let (lines, unread) = read(&rows, &guess(&rows, 2026).unwrap());
    assert_eq!(lines, []);
    assert_eq!(unread.iter().map(|u| u.row).collect::<Vec<_>>(), [2, 3]);
}

#[test]
fn the_same_line_twice_is_two_lines_and_has_the_same_prints_in_every_file() {
    let morning = rows("Tanggal;Keterangan;Jumlah\n01/11/2026;SETOR;5\n01/11/2026;setor ;5");
    let evening = rows(
        "Tanggal;Keterangan;Jumlah\n01/11/2026;LAIN;9\n01/11/2026;SETOR;5\n01/11/2026;SETOR;5\n01/11/2026;SETOR;5",
    );
    let prints = |rows: &[Vec<String>]| -> Vec<String> {
        let columns = guess(rows, 2026).unwrap();
        read(rows, &columns).0.into_iter().map(|l| l.print).collect()
    };
    let (first, second) = (prints(&morning), prints(&evening));
    assert_ne!(first[0], first[1]);
    assert_eq!(first, second[1..3]);
}

#[test]
fn a_file_that_names_no_date_or_amount_is_not_guessed() {
    assert_eq!(guess(&rows("Nama;Alamat\nBudi;Jl. Mawar"), 2026), None);
}

proptest! {
    #[test]
    fn nothing_in_a_file_makes_reading_fall(cells in proptest::collection::vec(proptest::collection::vec(".{0,12}", 0..6), 0..12)) {
        let columns = Columns { header: 0, date: 0, text: vec![1], amount: Some(2), sign: Some(3),
            credit: None, debit: None, reference: None, year: Some(2026) };
        let _ = read(&cells, &columns);
        let _ = guess(&cells, 2026);
    }

    #[test]
    fn an_amount_reads_back_in_both_ways_of_writing(amount in 0i64..9_999_999_999) {
        let money = Money::rupiah(amount);
        let points = money.to_string().replace("Rp ", "");
        prop_assert_eq!(number(&format!("{points},00")), Some(money));
        prop_assert_eq!(number(&format!("{}.00", points.replace('.', ","))), Some(money));
    }
}
