//! `sambung engine attach erpnext`: looks, shows what would happen, begins.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use connectors::erpnext::Settings;
use flows::compare::books::first::{Kinds, Preview};
use kernel::{Fault, Result, Zone};
use store::Secret;

use super::say;
use crate::books::{self, Looked};
use crate::commands::Session;
use crate::wiring;

#[derive(Args)]
pub(super) struct AttachErpnext {
    /// Where it is: https://erp.example.id.
    #[arg(long)]
    url: String,
    /// The API key of Sambung's own user there.
    #[arg(long)]
    key: String,
    /// The file with the API secret; it is asked for when neither this nor the variable is given.
    #[arg(long)]
    secret_file: Option<PathBuf>,
    /// The API secret itself, from the environment only.
    #[arg(long, env = "SAMBUNG_ERPNEXT_SECRET", hide_env_values = true, hide = true)]
    secret: Option<String>,
    /// The company; the only one of the site when not given.
    #[arg(long, default_value = "")]
    company: String,
    /// The account of PPN Keluaran; the company's only leaf account of tax when not given.
    #[arg(long, default_value = "")]
    tax_account: String,
    /// The effective rate of tax in hundredths of a percent of the price before tax: 1100 is 11 %.
    #[arg(long, default_value_t = 1_100)]
    tax_rate: i64,
    /// The company's default when not given, as the two that follow.
    #[arg(long, default_value = "")]
    receivable_account: String,
    #[arg(long, default_value = "")]
    bank_account: String,
    #[arg(long, default_value = "")]
    cash_account: String,
    /// The salary components of commission, incentive and what is taken back; made where they are not.
    #[arg(long, default_value = "Komisi")]
    commission_component: String,
    #[arg(long, default_value = "Insentif")]
    incentive_component: String,
    #[arg(long, default_value = "Potongan Komisi")]
    deduction_component: String,
    /// What new customers get, and where items and prices are put.
    #[arg(long, default_value = "Individual")]
    customer_group: String,
    #[arg(long, default_value = "Indonesia")]
    territory: String,
    #[arg(long, default_value = "Services")]
    item_group: String,
    #[arg(long, default_value = "Standard Selling")]
    price_list: String,
    /// The site's time zone.
    #[arg(long, default_value = "Asia/Jakarta")]
    zone: String,
    /// Requests under way at once.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=8))]
    requests_max: u8,
    /// Only look and show; attach nothing.
    #[arg(long)]
    preview: bool,
}

impl AttachErpnext {
    pub(super) async fn run(self, session: Session) -> Result<ExitCode> {
        let Session { config, clock } = session;
        let settings = self.settings()?;
        let db = wiring::open_migrated(&config, clock.as_ref()).await?;
        let done = async {
            let looked = books::look(&db, clock.now(), settings).await?;
            show(&looked);
            let Some(preview) = &looked.preview else { return Ok(ExitCode::FAILURE) };
            show_preview(preview);
            if self.preview {
                return Ok(ExitCode::SUCCESS);
            }
            let bells = config.http.public_url.as_deref();
            let attached = books::attach(&db, clock.now(), &looked, bells).await?;
            let news = |w: &&String| !looked.greeting.warnings.contains(w);
            for warning in attached.warnings.iter().filter(news) {
                println!("! {warning}");
            }
            if let Some(fault) = attached.no_bells {
                println!("! {fault}");
            }
            say(
                &format!("terpasang; {} catatan disinkronkan oleh sambung serve", attached.marked),
                &format!("attached; {} records are synced by sambung serve", attached.marked),
            );
            Ok(ExitCode::SUCCESS)
        }
        .await;
        db.close().await;
        done
    }

    fn settings(&self) -> Result<Settings> {
        let zone = Zone::from_name(&self.zone).ok_or_else(|| {
            Fault::field("zone", "unknown", "zona waktu tidak dikenal", "is no known time zone")
        })?;
        Ok(Settings {
            base: self.url.trim().trim_end_matches('/').to_owned(),
            key: self.key.trim().to_owned(),
            secret: self.api_secret()?,
            company: self.company.clone(),
            zone,
            territory: self.territory.clone(),
            customer_group: self.customer_group.clone(),
            item_group: self.item_group.clone(),
            price_list: self.price_list.clone(),
            tax_account: self.tax_account.clone(),
            tax_rate_hundredths: self.tax_rate,
            receivable_account: self.receivable_account.clone(),
            bank_account: self.bank_account.clone(),
            cash_account: self.cash_account.clone(),
            commission_component: self.commission_component.clone(),
            incentive_component: self.incentive_component.clone(),
            deduction_component: self.deduction_component.clone(),
            in_flight_max: usize::from(self.requests_max),
            ..Settings::default()
        })
    }

    fn api_secret(&self) -> Result<Secret> {
        let text = match (&self.secret_file, &self.secret) {
            (Some(file), _) => std::fs::read_to_string(file).map_err(|e| {
                let (id, en) = (
                    format!("{} tidak terbaca: {e}", file.display()),
                    format!("{} can't be read: {e}", file.display()),
                );
                Fault::invalid("config.bad", id, en)
            })?,
            (None, Some(secret)) => secret.clone(),
            (None, None) => rpassword::prompt_password("API secret: ")
                .map_err(|e| Fault::bug(format!("reading from the terminal: {e}")))?,
        };
        Ok(Secret::new(text.trim().to_owned()))
    }
}

fn show(looked: &Looked) {
    println!("ERPNext {}", looked.greeting.version);
    for warning in &looked.greeting.warnings {
        println!("! {warning}");
    }
    for missing in &looked.greeting.missing {
        println!("✗ {missing}");
    }
    let new = &looked.greeting.to_make;
    if !new.is_empty() {
        let list = new.join(", ");
        say(
            &format!("akan dibuat di ERPNext: {list}"),
            &format!("will be made in ERPNext: {list}"),
        );
    }
}

fn show_preview(p: &Preview) {
    let line = |k: &Kinds| {
        (
            format!(
                "sudah tersambung {}, cocok {}, diragukan (akan ditanyakan) {}, hanya di sini (akan dibuat di \
                 sana) {}, hanya di sana (dibiarkan) {}",
                k.known, k.matched, k.doubtful, k.to_make, k.only_there
            ),
            format!(
                "linked before {}, matched {}, doubtful (will be asked about) {}, only here (will be made \
                 there) {}, only there (left alone) {}",
                k.known, k.matched, k.doubtful, k.to_make, k.only_there
            ),
        )
    };
    let (customers, plans) = (line(&p.customers), line(&p.plans));
    say(&format!("pelanggan: {}", customers.0), &format!("customers: {}", customers.1));
    say(&format!("paket: {}", plans.0), &format!("plans: {}", plans.1));
    let employees = line(&p.employees);
    say(&format!("karyawan: {}", employees.0), &format!("employees: {}", employees.1));
    if p.without_papers > 0 {
        say(
            &format!(
                "karyawan yang datanya belum lengkap untuk dibuat di sana: {}",
                p.without_papers
            ),
            &format!("employees who lack what making them there needs: {}", p.without_papers),
        );
    }
    say(
        &format!("tagihan yang belum lunas: {} ({})", p.invoices_owed, p.owed),
        &format!("invoices still owed: {} ({})", p.invoices_owed, p.owed),
    );
    for (ours, theirs) in &p.doubts {
        println!("? {ours}  =  {theirs}");
    }
}
