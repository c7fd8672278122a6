use documents::csv_write::csv_write;
use documents::read::{COLUMNS_MAX, Table, column_name, read_table};
use documents::table::Cell;
use documents::xlsx_write::xlsx_write;
use kernel::{FaultKind, Ts, Zone};

use crate::sample::{day, rp};

const HEADER: [&str; 7] =
    ["No. Pelanggan", "Nama", "Saldo", "Aktif sejak", "Terakhir", "Lat", "Aktif"];

fn rows() -> Vec<Vec<Cell>> {
    let at = Ts::local(day(2026, 11, 22), 21, 10, Zone::Jakarta);
    vec![
        vec![
            "C000123".into(),
            "=HYPERLINK(\"http://x\"), PT \"Maju\"\nJaya".into(),
            rp(277_500).into(),
            day(2026, 11, 10).into(),
            Cell::At(at, Zone::Jakarta),
            Cell::Real(-6.5752),
            true.into(),
        ],
        vec![
            "C000124".into(),
            "Añisa; Ψ".into(),
            rp(-5_000).into(),
            Cell::Empty,
            Cell::Empty,
            Cell::Empty,
            false.into(),
        ],
    ]
}

fn cells<'a>(table: &'a Table, column: &str) -> Vec<Option<&'a str>> {
    table.rows.iter().map(|row| row.get(column)).collect()
}

#[test]
fn what_is_written_is_read_back_from_both_kinds_of_file() {
    let csv = csv_write(&HEADER, rows()).unwrap();
    let xlsx = xlsx_write("Pelanggan", &HEADER, rows()).unwrap();
    for (bytes, name, last) in
        [(csv, "p.csv", "2026-11-22T14:10:00Z"), (xlsx, "p.xlsx", "2026-11-22T21:10:00")]
    {
        let table = read_table(&bytes, name).unwrap();
        assert_eq!(table.bad, Vec::new(), "{name}");
        assert_eq!(table.header.names()[0], "no_pelanggan");
        let formula = "=HYPERLINK(\"http://x\"), PT \"Maju\"\nJaya";
        assert_eq!(cells(&table, "nama"), [Some(formula), Some("Añisa; Ψ")]);
        assert_eq!(cells(&table, "saldo"), [Some("277500"), Some("-5000")]);
        assert_eq!(cells(&table, "aktif_sejak"), [Some("2026-11-10"), None]);
        assert_eq!(cells(&table, "terakhir"), [Some(last), None]);
        assert_eq!(cells(&table, "lat"), [Some("-6.5752"), None]);
        assert_eq!(cells(&table, "aktif"), [Some("true"), Some("false")]);
    }
}

#[test]
fn a_csv_export_runs_no_formula_in_a_spreadsheet() {
    let csv = csv_write(&["a", "b"], [vec!["=1+1".into(), "@x".into()]]).unwrap();
    let text = String::from_utf8(csv).unwrap();
    assert_eq!(text, "\u{feff}a,b\r\n'=1+1,'@x\r\n");
}

#[test]
fn a_row_that_does_not_fit_its_header_is_a_bug() {
    let row = || vec![vec![Cell::Empty, Cell::Empty]];
    assert_eq!(csv_write(&["a"], row()).unwrap_err().kind, FaultKind::Bug);
    assert_eq!(xlsx_write("x", &["a"], row()).unwrap_err().kind, FaultKind::Bug);
}

#[test]
fn the_separator_is_told_by_the_header() {
    for text in [
        "nama,hp\nSiti,0812\n",
        "nama;hp\r\nSiti;0812\r\n",
        "nama\thp\nSiti\t0812",
        "sep=;\nnama;hp\nSiti;0812\n",
        "\u{feff}nama;hp\nSiti;0812\n",
        "\"nama\";\"hp\"\n\"Siti\";\"0812\"\n",
    ] {
        let table = read_table(text.as_bytes(), "x.csv").unwrap();
        assert_eq!(cells(&table, "nama"), [Some("Siti")], "{text:?}");
        assert_eq!(cells(&table, "hp"), [Some("0812")], "{text:?}");
    }
}

#[test]
fn rows_are_numbered_as_people_see_them() {
    let text = "nama;hp\n\n Siti ;1\n;;\n\"Jl. A\nB\";2\nBudi;3\n";
    let table = read_table(text.as_bytes(), "x.csv").unwrap();
    let numbers: Vec<usize> = table.rows.iter().map(|row| row.number).collect();
    assert_eq!(numbers, [3, 5, 7]);
    assert_eq!(cells(&table, "nama"), [Some("Siti"), Some("Jl. A\nB"), Some("Budi")]);
    let sep = read_table(b"sep=;\nnama;hp\nSiti;1\n", "x.csv").unwrap();
    assert_eq!(sep.rows[0].number, 3);
}

#[test]
fn bad_rows_are_named_and_the_others_stand() {
    let mut bytes = b"nama,hp\nSiti,1\nBudi,2,lebih\nAgus\n".to_vec();
    bytes.extend_from_slice(b"Jos\xe9,4\nDewi,5,\n");
    let table = read_table(&bytes, "x.csv").unwrap();
    assert_eq!(cells(&table, "nama"), [Some("Siti"), Some("Agus"), Some("Dewi")]);
    assert_eq!(cells(&table, "hp"), [Some("1"), None, Some("5")]);
    let bad: Vec<(usize, &str)> =
        table.bad.iter().map(|bad| (bad.number, bad.en.as_str())).collect();
    assert_eq!(bad.len(), 2);
    assert_eq!(bad[0], (3, "there is content beyond the named columns: \"lebih\""));
    assert!(bad[1].0 == 5 && bad[1].1.contains("column 1 is not UTF-8"), "{bad:?}");
}

#[test]
fn a_file_that_cannot_be_used_says_why() {
    let many: Vec<String> = (0..=COLUMNS_MAX).map(|n| format!("k{n}")).collect();
    for (bytes, code) in [
        (b"".to_vec(), "documents.file_empty"),
        (b" \n,,\n".to_vec(), "documents.file_empty"),
        (b"-;-;\n1;2\n".to_vec(), "documents.file_header"),
        (b"%PDF-1.7".to_vec(), "documents.file_kind"),
        (b"\xd0\xcf\x11\xe0\xa1".to_vec(), "documents.file_kind"),
        (b"nama\0,hp".to_vec(), "documents.file_kind"),
        (b"PK\x03\x04 not a zip".to_vec(), "documents.file_damaged"),
        (b"\xff\xfen\0a\0".to_vec(), "documents.file_not_utf8"),
        (b"nama,,hp\n1,2,3\n".to_vec(), "documents.file_header"),
        (b"Nama,nama \n1,2\n".to_vec(), "documents.file_header"),
        (many.join(",").into_bytes(), "documents.file_too_many_columns"),
        (vec![b'a'; documents::read::BYTES_MAX + 1], "documents.file_too_large"),
        ("a\n1\n".repeat(documents::read::ROWS_MAX).into_bytes(), "documents.file_too_many_rows"),
    ] {
        let fault = read_table(&bytes, "data.csv").unwrap_err();
        assert_eq!((fault.kind, fault.code), (FaultKind::Invalid, code));
        assert!(fault.id.contains("data.csv") && fault.en.contains("data.csv"));
    }
}

#[test]
fn a_quote_that_would_swallow_rows_is_refused_with_its_line() {
    for text in [
        "nama,alamat\nSiti,\"Jl. A\nBudi,Jl. B\n",
        "nama,alamat\nSiti,\"Jl. A\nBudi,\"Jl. B\"\n",
        "nama,alamat\nSiti,\"Toko \"Maju\"\"\n",
    ] {
        let fault = read_table(text.as_bytes(), "x.csv").unwrap_err();
        assert_eq!(fault.code, "documents.file_quote");
        assert!(fault.en.contains("line 2"), "{}", fault.en);
    }
    let fine = read_table(b"nama,alamat\nToko \"Maju\",\"Jl. \"\"A\"\"\"\n", "x.csv").unwrap();
    assert_eq!(fine.rows[0].get("alamat"), Some("Jl. \"A\""));
    assert_eq!(fine.rows[0].get("nama"), Some("Toko \"Maju\""));
}

#[test]
fn column_names_are_read_however_they_are_written() {
    for text in ["No. HP", " no hp ", "NO_HP", "No-HP:"] {
        assert_eq!(column_name(text), "no_hp");
    }
}

#[test]
fn long_tables_are_written_and_read_whole() {
    let rows = (0..20_000).map(|n| vec![Cell::Int(n), Cell::Text(format!("Pelanggan {n}"))]);
    let table = read_table(&xlsx_write("x", &["id", "nama"], rows).unwrap(), "x.xlsx").unwrap();
    assert_eq!(table.rows.len(), 20_000);
    assert_eq!(table.rows[19_999].get("nama"), Some("Pelanggan 19999"));
    assert_eq!(table.rows[19_999].number, 20_001);
}
