//! Bad files and bad rows: everything wrong is named, nothing is imported.

use flows::import::{Kind, Problem, Sheet, Unreadable, dry_run, run};
use store::testing::{both, cause, now};

use super::shop::{ACCOUNTS, CUSTOMERS, PLANS, dry, import, isp, one, sheet};

/// `row column: reason`, as a person reads it.
fn said(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(|p| format!("{} {}: {}", p.row, p.column, p.en)).collect()
}

#[tokio::test]
async fn every_wrong_cell_of_a_customers_file_is_named_at_once() {
    both(&flows::schema(), async |db| {
        isp(&db).await;
        let file = "\
id;nama;hp;email;nik;npwp;lintang;bujur;cabang;mitra;jenis;wapu;bahasa
;Tanpa Id;08123456781;;;;;;;;;;
K2;;08123456782;;;;;;;;;;
K3;Telepon;8.12346E+10;;;;;;;;;;
K4;Banyak;12;a@b;123;x;-6,2;;BDG;M1;raja;mungkin;jawa
K5;Benar;08123456785;;;;;;JKT;;;;
K5;Kembar;08123456786;;;;;;;;;;
K7;Wapu;08123456787;;;;;;;;;ya;
";
        let report = import(&db, Kind::Customers, file).await;
        assert_eq!(
            said(&report.problems),
            [
                "2 id: is required",
                "3 nama: is required",
                "4 hp: \"8.12346E+10\" is not a phone number; for example 0812 3456 7890",
                "5 hp: \"12\" is not a phone number; for example 0812 3456 7890",
                "5 email: is not an e-mail address",
                "5 nik: must be 16 digits",
                "5 npwp: must be 15 or 16 digits",
                "5 jenis: \"raja\" is not known; choose from: personal, corporate",
                "5 wapu: \"mungkin\" is not known; choose from: ya, tidak",
                "5 bujur: is required with the latitude",
                "5 cabang: there is no branch with the code \"BDG\"",
                "5 mitra: there is no reseller with the code \"M1\"",
                "5 bahasa: \"jawa\" is not known; choose from: id, en",
                "7 : the id \"K5\" is used in row 6 already",
                "8 wapu: is for corporate customers only",
            ]
            .map(str::to_owned)
            .as_slice(),
        );
        assert!(report.problems.iter().all(|p| !p.id.is_empty() && p.id != p.en));
        assert_eq!((report.refused, report.created, report.applied), (6, 1, false));
        assert_eq!(one::<i64>(&db, "select count(*) from crm_customer").await, 0);
        assert_eq!(one::<i64>(&db, "select count(*) from flows_import").await, 0);
    })
    .await;
}

#[tokio::test]
async fn every_wrong_cell_of_an_accounts_file_is_named_at_once() {
    both(&flows::schema(), async |db| {
        isp(&db).await;
        import(&db, Kind::Plans, PLANS).await;
        import(&db, Kind::Customers, CUSTOMERS).await;
        import(&db, Kind::Accounts, ACCOUNTS).await;
        let file = "\
id;customer;username;password;mac;plan;mode;paid until;billed to;active since;fixed ip;state
A1;P9;a1;x;;NOPE;;;;;;
A2;P1;a 2;;zz;HOME20;postpaid;;;;999.1.1.1;perhaps
A3;P1;budi@net;x;;HOME50;prepaid;;;;;
A4;P1;a4;x;;HOME20;;;;;;
A5;P1;a5;x;;HOME20;prepaid;;;;;
A6;P1;a6;x;;HOME20;postpaid;;2026-01-31;;;
A7;P1;a7;x;;HOME20;postpaid;;;2026-12-24;10.9.0.2;
A8;P1;a7;x;;HOME20;postpaid;;31/02/2026;;;
";
        let report = import(&db, Kind::Accounts, file).await;
        let said = said(&report.problems);
        for expect in [
            "2 customer: there is no customer \"P9\"; import the customers first",
            "2 plan: there is no plan \"NOPE\"; import the plans first",
            "3 username: 1 to 64 lower case letters, digits, dots, underscores, dashes or @",
            "3 password: is required",
            "3 mac: \"zz\" is not the MAC address of a device",
            "3 fixed_ip: \"999.1.1.1\" is not an IP address",
            "3 state: \"perhaps\" is not known; choose from: active, pending_install, terminated",
            "4 mode: the plan HOME50 is not sold prepaid",
            "5 mode: is required: prepaid or postpaid",
            "6 paid_until: is required for prepaid: the last day that is paid for",
            "8 fixed_ip: another account already has this address",
            "8 active_since: must not be in the future",
            "9 billed_to: \"31/02/2026\" is no date; for example 2026-11-30 or 30/11/2026",
        ] {
            assert!(said.iter().any(|s| s == expect), "{expect} is not in {said:#?}");
        }
        assert!(said.iter().any(|s| s.starts_with("7 billed_to: is more than 62 days ago")));
        assert_eq!(report.refused, 8);
        let taken = "pelanggan;username;password;paket;mode\nP1;BUDI@net;x;HOME20;postpaid\n";
        let report = import(&db, Kind::Accounts, taken).await;
        assert_eq!(report.problems[0].en, "another account has this user name already");
    })
    .await;
}

#[tokio::test]
async fn every_wrong_cell_of_a_plans_and_an_items_file_is_named_at_once() {
    both(&flows::schema(), async |db| {
        isp(&db).await;
        let plans = "\
kode;nama;harga;ppn;unduh;kuota
P 1;Spasi;100000;termasuk;10M;
P2;Harga;1,5;termasuk;10M;
P3;Minus;-Rp 1.000;termasuk;10M;
P4;Pajak;100000;;10M;
P5;Cepat;100000;tanpa;20;0
P6;Lambat;100000;tanpa;;
";
        let report = import(&db, Kind::Plans, plans).await;
        let plans = said(&report.problems);
        assert_eq!((report.refused, plans.len()), (6, 7), "{plans:#?}");
        for expect in [
            "2 kode: only letters, digits, - and _ (1–40)",
            "4 harga: must not be negative",
            "5 ppn: is required: inclusive, exclusive or none",
            "6 kuota: must be a whole number above 0 (GB)",
            "7 unduh: is required for a new plan (or name a profile that is there)",
        ] {
            assert!(plans.iter().any(|s| s == expect), "{expect} is not in {plans:#?}");
        }
        import(&db, Kind::Plans, PLANS).await;
        import(&db, Kind::Customers, CUSTOMERS).await;
        import(&db, Kind::Accounts, ACCOUNTS).await;
        let items = "\
sn;mac;jenis;lokasi;akun
S;;ONT-F609;Gudang Jakarta;
SN000001;xx;Radio;Gudang Jakarta;
SN000002;;ONT-F609;Gudang Bandung;
SN000003;;ONT-F609;Gudang Jakarta;L1
SN000004;;ONT-F609;;
SN000005;;ONT-F609;;L1
SN000006;;ONT-F609;;budi@net
SN000007;;ONT-F609;;nobody
";
        let report = import(&db, Kind::Items, items).await;
        let items = said(&report.problems);
        for expect in [
            "2 sn: is not a serial number (4–40 letters or digits)",
            "3 mac: is not a MAC address (12 hexadecimal digits)",
            "4 lokasi: there is no location \"Gudang Bandung\"; make it first in Stock → Locations",
            "5 akun: give location or account, not both: one item is in one place",
            "6 lokasi: is required: a warehouse, or the account at whose site the item is",
        ] {
            assert!(items.iter().any(|s| s == expect), "{expect} is not in {items:#?}");
        }
        assert!(items.iter().any(|s| s.starts_with("8 ") && s.ends_with("is in row 7 already")));
        assert!(items.iter().any(|s| s.contains("there is no account \"nobody\"")));
        assert_eq!(one::<i64>(&db, "select count(*) from inventory_item").await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_file_without_its_columns_is_refused_with_the_names_they_may_have() {
    both(&flows::schema(), async |db| {
        isp(&db).await;
        let file = sheet("nama;hp;telepon;warna\nBudi;0812;0812;biru\n");
        let fault = dry_run(&mut db.reader(), now(), Kind::Customers, &file).await.unwrap_err();
        assert_eq!(fault.code, "import.columns");
        let names: Vec<&str> = fault.fields.iter().map(|f| f.name.as_str()).collect();
        assert_eq!(names, ["telepon", "external_id"]);
        assert!(fault.fields[1].en.contains("id_pelanggan"), "{fault}");
        let seen = dry(&db, Kind::Customers, "id;nama;hp;warna\nP1;Budi;08123456789;biru\n").await;
        assert_eq!(seen.unused_columns, ["warna"]);
    })
    .await;
}

#[tokio::test]
async fn a_row_that_could_not_be_read_refuses_the_file_too() {
    both(&flows::schema(), async |db| {
        isp(&db).await;
        let unreadable =
            vec![Unreadable { number: 3, id: "rusak".into(), en: "is damaged".into() }];
        let file = Sheet { unreadable, ..sheet("id;nama;hp\nP1;Budi;08123456789\n") };
        let report = run(&db, &cause(now()), Kind::Customers, &file).await.unwrap();
        assert_eq!(said(&report.problems), ["3 : is damaged"]);
        assert_eq!((report.rows, report.refused, report.applied), (2, 1, false));
        assert_eq!(one::<i64>(&db, "select count(*) from crm_customer").await, 0);
    })
    .await;
}

/// The check of a dry run is the one that the room's own verb makes: what passes here passes there.
#[tokio::test]
async fn what_the_check_accepts_the_room_accepts_and_the_other_way_round() {
    both(&flows::schema(), async |db| {
        isp(&db).await;
        let branch = one(&db, "select id from catalog_branch").await;
        let cases = [
            ("a@b.co", ""),
            ("a@b", ""),
            ("a b@c.id", ""),
            ("x_1+y@mail.example.com", ""),
            ("@c.id", ""),
            ("a@c..id", ""),
            ("o'neil@c.id", ""),
            ("a@c.id.", ""),
            ("", "01.234.567.8-901.000"),
            ("", "0123456789012345"),
            ("", "123"),
            ("", "01/234"),
            ("", "012345678901234 "),
        ];
        for (n, (email, npwp)) in cases.into_iter().enumerate() {
            let file = format!("id;nama;hp;email;npwp\nX{n};Budi;08123456789;{email};{npwp}\n");
            let here = dry(&db, Kind::Customers, &file).await.refused == 0;
            let new = crm::customer::NewCustomer {
                email: Some(email.to_owned()),
                npwp: Some(npwp.to_owned()),
                ..crm::customer::NewCustomer::new("Budi", "08123456789", branch)
            };
            let there = db
                .write(&cause(now()), async |tx: &mut store::Tx| {
                    crm::customer::create(tx, new.clone()).await
                })
                .await
                .is_ok();
            assert_eq!(here, there, "{email:?} {npwp:?}");
        }
    })
    .await;
}

#[test]
fn the_operators_guide_names_every_column_and_no_other() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/operator/import.md");
    let text = std::fs::read_to_string(path).unwrap();
    for kind in Kind::ALL {
        let head = format!("## `{kind}`");
        let section = text.split("\n## ").find(|s| format!("## {s}").starts_with(&head));
        let section = section.unwrap_or_else(|| panic!("{head} is not in import.md"));
        let rows: Vec<&str> = section.lines().filter(|l| l.starts_with("| `")).collect();
        assert_eq!(rows.len(), kind.columns().len(), "{kind}");
        for (row, column) in rows.iter().zip(kind.columns()) {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            let star = if column.needed { "*" } else { "" };
            assert_eq!(cells[1], format!("`{}`{star}", column.name), "{kind}");
            let also: Vec<String> = column.also.iter().map(|a| format!("`{a}`")).collect();
            assert_eq!(cells[2], also.join(" "), "{kind} {}", column.name);
        }
    }
}
