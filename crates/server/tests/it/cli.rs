//! What the tests of single commands share: the program as a process, an ISP in its data folder, files.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use catalog::write::{NewBranch, add_branch, set_company, set_profile, set_tax};
use catalog::{Company, Profile, ProfileKind, TaxRule};
use kernel::clock::SystemClock;
use kernel::{Cause, Clock, Day, Zone};
use server::config::Config;
use server::wiring;
use store::{Db, Tx};

/// Runs the program on a data folder.
pub fn sambung(data: &Path, arguments: &[&str]) -> Output {
    in_language(data, arguments, "en_US.UTF-8")
}

pub fn in_language(data: &Path, arguments: &[&str], lang: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sambung"));
    for name in ["SAMBUNG_CONFIG", "SAMBUNG_DATABASE", "SAMBUNG_DATA_DIR", "LC_ALL", "LC_MESSAGES"]
    {
        command.env_remove(name);
    }
    command.args(arguments).arg("--data-dir").arg(data).env("LANG", lang);
    command.current_dir(data.parent().unwrap()).output().unwrap()
}

pub fn printed(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}
pub fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The JSON that a successful command printed.
pub fn json(output: &Output) -> serde_json::Value {
    assert!(output.status.success(), "{}{}", printed(output), said(output));
    serde_json::from_slice(&output.stdout).unwrap()
}

pub fn config(data: &Path) -> Config {
    Config { data_dir: data.to_owned(), ..Config::default() }
}

/// The database of a data folder, as the program opens it.
pub async fn open(data: &Path) -> Db {
    wiring::open_migrated(&config(data), &SystemClock).await.unwrap()
}

pub fn cause() -> Cause {
    Cause::system(SystemClock.now(), "test")
}

pub fn today() -> Day {
    SystemClock.now().day(Zone::Jakarta)
}

/// An ISP before its first customer: company, branch, tax, isolation profile.
pub async fn isp(data: &Path) -> Db {
    let db = open(data).await;
    db.write(&cause(), async |tx: &mut Tx| {
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
            address: String::new(),
            lat: -6.2,
            lon: 106.8,
        };
        add_branch(tx, &branch).await?;
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
        set_profile(tx, &profile).await.map(drop)
    })
    .await
    .unwrap();
    db
}

pub const PLANS: &str = "kode,nama,harga,ppn,unduh\nHOME,Rumah,250.000,belum termasuk,20M\n";

/// `count` customers and their prepaid connections, paid until yesterday, so that today's run bills them.
pub fn move_in(data: &Path, count: usize) {
    let write = |name: &str, text: String| {
        let file = data.join(name);
        std::fs::write(&file, text).unwrap();
        file.to_str().unwrap().to_owned()
    };
    let customers: Vec<String> =
        (1..=count).map(|n| format!("P{n},Budi {n},8120000{n:04}")).collect();
    let paid = today().prev();
    let accounts: Vec<String> =
        (1..=count).map(|n| format!("P{n},user{n},sandi{n},HOME,prabayar,{paid}")).collect();
    for (kind, text) in [
        ("plans", PLANS.to_owned()),
        ("customers", format!("id,nama,hp\n{}\n", customers.join("\n"))),
        (
            "accounts",
            format!("pelanggan,username,password,paket,mode,masa aktif\n{}\n", accounts.join("\n")),
        ),
    ] {
        let file = write(&format!("{kind}.csv"), text);
        let done = sambung(data, &["import", kind, &file]);
        assert!(done.status.success(), "{}{}", printed(&done), said(&done));
        std::fs::remove_file(file).unwrap();
    }
}

/// A clock for what runs in the test itself.
pub fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}
