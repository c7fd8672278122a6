//! An ISP that moves in, its old system's files, and what must be true afterwards.

use std::sync::Arc;

use catalog::write::{NewBranch, add_branch, set_company, set_profile, set_tax};
use catalog::{Company, Profile, ProfileKind, TaxRule};
use flows::import::{Kind, Report, Sheet, SheetRow, dry_run, run};
use inventory::LocationKind;
use inventory::item::{NewType, add_type};
use kernel::{Day, Money, Ts, Zone};
use network::Sealer;
use store::testing::{cause, now};
use store::{Column, Db, QueryExt, Tx, args};

pub const PLANS: &str = "\
kode;nama;harga;ppn;cara bayar;unduh;unggah;biaya pasang
HOME20;Rumah 20;Rp250.000;belum termasuk;keduanya;20M;10M;150.000
HOME50;Rumah 50;400000;belum termasuk;pascabayar;50 Mbps;;0
";

pub const CUSTOMERS: &str = "\
id;nama;no hp;email;alamat;lintang;bujur;jenis;potong pph23;nik
P1;Budi  Santoso;81234567801;Budi@Example.net;Jl. Melati 1;-6,2;106.8;;
P2;Citra;0812-3456-7802;;Jl. Melati 2;;;;;3273010101900001
P3;Dewi;+62 812 3456 7803;;;;;perorangan;tidak
P4;PT Maju;021 555 0123;;Jl. Raya 4;;;badan usaha;ya
P5;Eko;628123456785;;;;;;
";

/// Budi: since years. Citra: since 10 November. Dewi: prepaid to 30 November. Eko: prepaid, over.
pub const ACCOUNTS: &str = "\
id langganan;id pelanggan;username;password;mac;paket;mode;status;aktif sejak;masa aktif;ip
L1;P1;Budi@Net;rahasia1;4c-5e-0c-11-22-aa;HOME20;pascabayar;aktif;2021-03-05;;
L2;P2;citra@net;1;;Rumah 20;pascabayar;aktif;10/11/2026;;10.9.0.2
L3;P3;dewi@net;rahasia3;;home20;prabayar;aktif;;2026-11-30;
L5;P5;eko@net;rahasia5;;HOME20;prabayar;isolir;;31/10/2026;
";

pub const ITEMS: &str = "\
sn;mac;jenis;lokasi;akun
ZTEG0001;4C5E0C1122AA;ONT-F609;;L1
ZTEG0002;;ont-f609;;citra@net
ZTEG0003;4C5E0C1122AC;ONT-F609;Gudang Jakarta;
";

/// A text with `;` between cells, as the reader of files hands it on.
pub fn sheet(text: &str) -> Sheet {
    let name = |cell: &str| cell.trim().to_lowercase().replace(' ', "_");
    let mut lines = text.lines();
    let columns = lines.next().unwrap().split(';').map(name).collect();
    let cells = |line: &str| line.split(';').map(|cell| cell.trim().to_owned()).collect();
    let rows =
        lines.zip(2..).map(|(line, number)| SheetRow { number, cells: cells(line) }).collect();
    Sheet { file: "lama.csv".into(), columns, rows, unreadable: Vec::new() }
}

pub async fn import(db: &Db, kind: Kind, text: &str) -> Report {
    run(db, &cause(now()), kind, &sheet(text)).await.unwrap()
}

pub async fn dry(db: &Db, kind: Kind, text: &str) -> Report {
    dry_run(&mut db.reader(), now(), kind, &sheet(text)).await.unwrap()
}

/// One value.
pub async fn one<T: Column + Send>(db: &Db, sql: &str) -> T {
    db.reader().value(sql, args![]).await.unwrap()
}

/// What the program's worker does: the outbox and the sweep.
pub async fn go(db: &Db, at: Ts) {
    while flows::tasks::drain_outbox(db, at, 200).await.unwrap().claimed > 0 {}
    flows::sweep::sweep(db, at).await.unwrap();
    while flows::tasks::drain_outbox(db, at, 200).await.unwrap().claimed > 0 {}
}

/// Company, one branch, taxes, the isolation profile, a warehouse and a type of device.
pub async fn isp(db: &Db) {
    db.with_ext(Arc::new(Sealer::new(1, [5; 32])));
    db.with_ext(Arc::new(crm::nik::Vault::new([6; 32])));
    flows::wire(db);
    db.write(&cause(now()), async |tx: &mut Tx| {
        let company = Company {
            id: tx.new_id(),
            name: "Sambung Net".into(),
            legal_name: "PT Sambung Net".into(),
            npwp: Some("0123456789012345".into()),
            address: "Jl. Merdeka 1".into(),
            phone: "0215550001".into(),
            email: "halo@example.net".into(),
            is_pkp: true,
        };
        set_company(tx, &company).await?;
        let branch = NewBranch {
            code: "JKT".into(),
            name: "Jakarta".into(),
            zone: Zone::Jakarta,
            address: "Jl. Merdeka 1".into(),
            lat: -6.2,
            lon: 106.8,
        };
        let branch = add_branch(tx, &branch).await?;
        let rule = TaxRule {
            from_on: Day::ymd_clamped(2025, 1, 1),
            code: "PPN12-DPP".into(),
            rate_bp: 1_200,
            base_num: 11,
            base_den: 12,
        };
        set_tax(tx, &rule).await?;
        let profile = Profile {
            id: tx.new_id(),
            code: "ISOLIR".into(),
            name: "Isolir".into(),
            kind: ProfileKind::Isolation,
            rate_down_kbps: 128,
            rate_up_kbps: 128,
            attributes: Vec::new(),
            archived: false,
        };
        set_profile(tx, &profile).await?;
        inventory::location::add(tx, LocationKind::Warehouse, "Gudang Jakarta", branch).await?;
        let ont = NewType {
            sku: "ONT-F609".into(),
            name: "ZTE F609".into(),
            kind: "ont".into(),
            unit: "pcs".into(),
            serialized: true,
            value: Money::rupiah(250_000),
        };
        add_type(tx, &ont).await.map(drop)
    })
    .await
    .unwrap();
}

/// Every invariant of the domain, desired access included.
pub async fn all_is_well(db: &Db, at: Ts) {
    let broken = flows::invariants::check(&mut db.reader(), at).await.unwrap();
    assert!(broken.is_empty(), "{broken:#?}");
}
