//! `sambung quote` and `sambung bill`.

use catalog::TaxRule;
use kernel::Day;
use store::Tx;

use crate::cli::{cause, in_language, isp, json, move_in, printed, said, sambung, today};

fn quote(data: &std::path::Path, price: &str, tax: &str, from: &str, to: &str) -> (i64, i64, i64) {
    let output = sambung(
        data,
        &["quote", "--price", price, "--tax", tax, "--from", from, "--to", to, "--json"],
    );
    let quote = json(&output);
    let n = |key: &str| quote[key].as_i64().unwrap();
    assert_eq!(quote["lines"].as_array().unwrap().len(), 1);
    assert_eq!(quote["lines"][0]["base"], quote["base"]);
    (n("base"), n("tax"), n("total"))
}

#[test]
fn the_golden_quotes_need_no_database_and_make_none() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    for (price, tax, from, to, expect) in [
        ("250000", "exclusive", "2026-11-10", "2026-11-30", (175_000, 19_250, 194_250)),
        ("Rp250.000", "exclusive", "2026-12-01", "2026-12-10", (80_645, 8_871, 89_516)),
        ("150.000", "inclusive", "2026-12-01", "2026-12-03", (13_077, 1_439, 14_516)),
        ("250000", "none", "2026-12-01", "2026-12-31", (250_000, 0, 250_000)),
    ] {
        assert_eq!(quote(&data, price, tax, from, to), expect, "{price} {tax}");
    }
    assert!(!data.exists());
}

#[test]
fn a_wrong_option_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    for (price, from, to, named) in [
        ("x", "2026-11-01", "2026-11-02", "--price: is not an amount"),
        ("-1", "2026-11-01", "2026-11-02", "--price: the price must not be negative"),
        ("1", "2026-11-31", "2026-11-30", "--from: is not a day"),
        ("1", "2026-11-30", "2026-12-01", "--to: must be in the same month"),
        ("1", "2026-11-30", "2026-11-01", "--to: must be in the same month"),
    ] {
        let price = format!("--price={price}");
        let output = sambung(&data, &["quote", &price, "--from", from, "--to", to]);
        assert_eq!(output.status.code(), Some(1), "{named}");
        assert!(said(&output).contains(named), "{named}: {}", said(&output));
    }
    let output = in_language(
        &data,
        &["quote", "--price", "250000", "--from", "2026-11-10", "--to", "2026-11-30"],
        "id_ID.UTF-8",
    );
    assert!(printed(&output).contains("Rp 250.000 × 21/30 hari"), "{}", printed(&output));
    assert!(printed(&output).contains("Total  Rp 194.250"), "{}", printed(&output));
}

#[tokio::test]
async fn a_database_with_a_tax_of_its_own_is_asked_for_it() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let db = isp(&data).await;
    db.write(&cause(), async |tx: &mut Tx| {
        let rule = TaxRule {
            from_on: Day::ymd_clamped(2026, 12, 1),
            code: "PPN10".into(),
            rate_bp: 1_000,
            base_num: 1,
            base_den: 1,
        };
        catalog::write::set_tax(tx, &rule).await
    })
    .await
    .unwrap();
    db.close().await;
    let november = quote(&data, "100000", "exclusive", "2026-11-01", "2026-11-30");
    assert_eq!(november, (100_000, 11_000, 111_000));
    let december = quote(&data, "100000", "exclusive", "2026-12-01", "2026-12-31");
    assert_eq!(december, (100_000, 10_000, 110_000));
}

#[tokio::test]
async fn a_run_issues_what_its_preview_showed_and_a_day_that_has_not_come_is_only_previewed() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    isp(&data).await.close().await;
    move_in(&data, 3);
    let preview = json(&sambung(&data, &["bill", "--preview", "--json"]));
    assert_eq!((preview["invoices"].as_i64(), preview["preview"].as_bool()), (Some(3), Some(true)));
    let run = json(&sambung(&data, &["bill", "--json"]));
    assert_eq!(run["hash"], preview["hash"]);
    assert_eq!((&run["invoices"], &run["total"]), (&preview["invoices"], &preview["total"]));
    let again = json(&sambung(&data, &["bill", "--json"]));
    assert_eq!(again["invoices"].as_i64(), Some(0));
    let tomorrow = today().next().to_string();
    let early = sambung(&data, &["bill", "--day", &tomorrow]);
    assert_eq!(early.status.code(), Some(1));
    assert!(said(&early).contains("--day: has not come yet"), "{}", said(&early));
    assert!(sambung(&data, &["bill", "--day", &tomorrow, "--preview"]).status.success());
    let wrong = sambung(&data, &["bill", "--day", "besok"]);
    assert!(said(&wrong).contains("--day: is not a day"), "{}", said(&wrong));
}
