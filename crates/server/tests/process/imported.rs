//! A spreadsheet of twenty thousand customers moves into PostgreSQL.

use catalog::PolicyPatch;
use documents::table::Cell;
use documents::xlsx_write::xlsx_write;
use serde_json::Value;

use crate::isp::{Isp, now};
use crate::postgres::Schema;
use crate::saved::{json_of, said, sambung, text};

const ALL: usize = 20_000;
const HEADER: [&str; 4] = ["ID Pelanggan", "Nama", "No. HP", "Alamat"];

/// Every hundredth row without a name, or with a phone that is none.
fn book(bad: bool, street: &str) -> Vec<u8> {
    let rows = (1..=ALL).map(|n| {
        let (name, phone) = match n % 200 {
            100 if bad => ("", Cell::Int(81_200_000_000)),
            0 if bad => ("Budi", Cell::from("bukan nomor")),
            _ => ("Budi", Cell::Int(81_200_000_000 + i64::try_from(n).unwrap())),
        };
        let id = Cell::from(format!("P{n}"));
        vec![id, Cell::from(name), phone, Cell::from(format!("{street} {n}"))]
    });
    xlsx_write("Pelanggan", &HEADER, rows).unwrap()
}

#[tokio::test]
async fn of_20_000_rows_of_a_spreadsheet_200_are_bad_and_each_is_named_and_it_comes_in_by_its_ids()
{
    let schema = Schema::new().await;
    let isp = Isp::new(Some(schema.url.clone()), PolicyPatch::default()).await;
    let import = |name: &str, content: Vec<u8>| {
        let file = isp.data.join(name);
        std::fs::write(&file, content).unwrap();
        sambung(&isp.data, &schema.url, &["import", "customers", text(&file), "--json"])
    };
    let numbers = |report: &Value| {
        ["created", "changed", "skipped", "refused"].map(|name| report[name].as_u64().unwrap())
    };
    let refused = import("buruk.xlsx", book(true, "Jl. Melati"));
    assert_eq!(refused.status.code(), Some(1), "{}", said(&refused));
    let report: Value = serde_json::from_slice(&refused.stdout).unwrap();
    assert_eq!(numbers(&report), [19_800, 0, 0, 200]);
    let mut rows: Vec<u64> = report["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| problem["row"].as_u64().unwrap())
        .collect();
    rows.dedup();
    assert_eq!(rows, (1..=200).map(|n| n * 100 + 1).collect::<Vec<u64>>(), "with the header's row");
    assert_eq!(isp.count("select count(*) from crm_customer").await, 0, "nothing of it is there");

    let good = json_of(import("baik.xlsx", book(false, "Jl. Melati")));
    assert_eq!(numbers(&good), [20_000, 0, 0, 0]);
    let again = json_of(import("lagi.xlsx", book(false, "Jl. Melati")));
    assert_eq!(numbers(&again), [0, 0, 20_000, 0]);
    let moved = json_of(import("pindah.xlsx", book(false, "Jl. Anggrek")));
    assert_eq!(numbers(&moved), [0, 20_000, 0, 0]);
    assert_eq!(isp.count("select count(*) from crm_customer").await, 20_000);
    let there = "select count(*) from crm_customer where address like 'Jl. Anggrek %'";
    assert_eq!(isp.count(there).await, 20_000);
    // No program runs here: what was left to be done after the changes is done by hand.
    while flows::tasks::drain_outbox(&isp.db, now(), 10_000).await.unwrap().done > 0 {}
    isp.check().await;
    isp.db.close().await;
    schema.drop().await;
}
