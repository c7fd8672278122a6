//! `sambung import` and `sambung switch`: files from a disk, a report for people and for programs.

use std::path::Path;

use documents::table::Cell;
use documents::xlsx_write::xlsx_write;

use crate::cli::{in_language, isp, json, printed, said, sambung};

fn file(data: &Path, name: &str, content: &[u8]) -> String {
    let path = data.join(name);
    std::fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_spreadsheet_comes_in_after_its_dry_run_and_the_second_time_nothing_changes() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    isp(&data).await.close().await;
    let header = ["ID Pelanggan", "Nama", "No. HP", "Warna"];
    let rows = vec![
        vec![Cell::from("P1"), Cell::from("Budi"), Cell::Int(81_234_567_890), Cell::from("biru")],
        vec![Cell::from("P2"), Cell::from("Citra"), Cell::from("0812-3456-7891"), Cell::Empty],
    ];
    let book = xlsx_write("Pelanggan", &header, rows).unwrap();
    let book = file(&data, "pelanggan.xlsx", &book);

    let seen = sambung(&data, &["import", "customers", &book, "--dry-run"]);
    assert!(seen.status.success(), "{}", said(&seen));
    let text = printed(&seen);
    assert!(text.contains("2 rows: 2 created, 0 changed, 0 skipped, 0 refused"), "{text}");
    assert!(text.contains("column warna is not used"), "{text}");
    assert!(text.contains("Dry run: nothing was written."), "{text}");
    assert!(text.contains("will switch messages and isolation off"), "{text}");

    let done = json(&sambung(&data, &["import", "customers", &book, "--json"]));
    assert_eq!((done["created"].as_i64(), done["applied"].as_bool()), (Some(2), Some(true)));
    assert_eq!(done["switches_off"].as_bool(), Some(true));
    assert_eq!(done["lines"][0]["external_id"], "P1");
    let again = json(&sambung(&data, &["import", "customers", &book, "--json"]));
    assert_eq!((again["created"].as_i64(), again["skipped"].as_i64()), (Some(0), Some(2)));

    let text = printed(&sambung(&data, &["import", "customers", &book]));
    assert!(text.contains("sambung switch messages on"), "{text}");
    for (arguments, answer) in [
        (["switch", "messages", "on"], "messages: now on"),
        (["switch", "messages", "on"], "messages: was on already"),
        (["switch", "isolation", "on"], "isolation: now on"),
    ] {
        assert_eq!(printed(&sambung(&data, &arguments)).trim(), answer);
    }
    let text = printed(&sambung(&data, &["import", "customers", &book]));
    assert!(!text.contains("sambung switch"), "{text}");
}

#[tokio::test]
async fn a_bad_file_ends_with_1_and_names_row_column_and_reason_in_both_languages() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    isp(&data).await.close().await;
    let bad =
        file(&data, "p.csv", b"id;nama;hp\nP1;Budi;bukan\nP2;Citra;0812345678\nP3;;0812345679\n");
    let english = sambung(&data, &["import", "customers", &bad]);
    assert_eq!(english.status.code(), Some(1));
    let text = printed(&english);
    assert!(text.contains("row 2 hp: \"bukan\" is not a phone number"), "{text}");
    assert!(text.contains("row 4 nama: is required"), "{text}");
    assert!(text.contains("3 rows: 1 created, 0 changed, 0 skipped, 2 refused"), "{text}");
    assert!(text.contains("Nothing was imported"), "{text}");
    let indonesian = printed(&in_language(&data, &["import", "customers", &bad], "id_ID.UTF-8"));
    assert!(indonesian.contains("baris 2 hp: \"bukan\" bukan nomor telepon"), "{indonesian}");
    assert!(indonesian.contains("Tidak ada yang diimpor"), "{indonesian}");
    let good = file(&data, "q.csv", b"id;nama;hp\nP2;Citra;0812345678\n");
    let done = json(&sambung(&data, &["import", "customers", &good, "--json"]));
    assert_eq!(done["created"].as_i64(), Some(1), "nothing of the bad file was there");

    for (arguments, code, named) in [
        (["import", "people", good.as_str()], 2, "possible values"),
        (["import", "customers", "nowhere.csv"], 1, "nowhere.csv"),
        (["import", "accounts", good.as_str()], 1, "username: this column is needed"),
    ] {
        let output = sambung(&data, &arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        assert!(said(&output).contains(named), "{named}: {}", said(&output));
    }
}
