//! Customers: persons and firms, by the id they had before.

use std::collections::HashMap;

use billing::withhold::{Withholds, flag};
use crm::customer::{Amendment, CustomerKind};
use crm::nik::{Nik, Vault};
use kernel::{BranchId, CustomerId, Fault, Lang, PartnerId, Phone, Result, Scope};
use store::{Query, QueryExt, Tx, args};

use super::cells::{self, Cells, Parsed};
use super::memory::{self, Remembered};
use super::report::{Findings, Problem, Say, Wanted};
use super::write::crm::{Arrived, customers};
use super::{Base, Kind, Sheet, Step, at_row, columns, unchanged};

/// A customer's row. What is empty stays as it is when the customer is there already.
#[derive(Clone, Debug)]
pub(super) struct Customer {
    name: String,
    phone: Phone,
    email: Option<String>,
    nik: Option<Nik>,
    npwp: Option<String>,
    address: Option<String>,
    place: Option<(f64, f64)>,
    branch: Option<BranchId>,
    partner: Option<PartnerId>,
    kind: Option<CustomerKind>,
    pph23: Option<bool>,
    wapu: Option<bool>,
    lang: Option<Lang>,
}

struct Places {
    branches: HashMap<String, BranchId>,
    only: Option<BranchId>,
    partners: HashMap<String, PartnerId>,
}

pub(super) async fn check(
    q: &mut dyn Query,
    base: &Base,
    sheet: &Sheet,
    findings: &mut Findings,
) -> Result<Vec<Step<Customer>>> {
    let places = places(q, base).await?;
    let rows = cells::rows(columns::CUSTOMERS, sheet, findings, |cells| parse(cells, &places))?;
    let ids: Vec<&str> = rows.iter().map(|r| r.external_id.as_str()).collect();
    let before = memory::recall(q, Kind::Customers, &ids).await?;
    let known = known(q, &ids).await?;
    let vault = q.ext::<Vault>();
    let mut steps = Vec::with_capacity(rows.len());
    for mut row in unchanged(rows, &before, &mut steps) {
        let there = known.get(&row.external_id);
        let (wanted, note) = match there {
            None => (Wanted::Create, None),
            Some(there) => difference(&row.data, there, vault.as_deref()),
        };
        let subject = there.map(|there| there.id.uuid());
        if wanted == Wanted::Skip {
            steps.push(Step::skip(row, subject, note));
            continue;
        }
        let problem = match there {
            Some(there) => refusal(&row.data, there),
            None => missing(&row.data, &places, vault.is_some()),
        };
        if let Some((column, say)) = problem {
            let column = column.to_owned();
            findings.problems.push(Problem { row: row.row, column, id: say.id, en: say.en });
        }
        row.data.branch = row.data.branch.or(there.map(|t| t.branch_id)).or(places.only);
        let Parsed { row, external_id, print, data } = row;
        steps.push(Step { row, external_id, wanted, print, note, subject, data: Some(data) });
    }
    Ok(steps)
}

async fn places(q: &mut dyn Query, base: &Base) -> Result<Places> {
    let open = base.catalog.branches.values().filter(|b| !b.archived);
    let branches: HashMap<String, BranchId> = open.map(|b| (b.code.to_uppercase(), b.id)).collect();
    let only = branches.values().next().copied().filter(|_| branches.len() == 1);
    let partners = partner::reseller::list(q, &Scope::all()).await?;
    let partners = partners.into_iter().map(|p| (p.code.to_uppercase(), p.id)).collect();
    Ok(Places { branches, only, partners })
}

fn parse(cells: &mut Cells<'_>, places: &Places) -> (Option<String>, Customer) {
    let external_id = external_id(cells);
    cells.required("name");
    let name = cells.words("name", 120);
    let phone = cells.phone("phone");
    let email = cells.text("email").map(str::to_lowercase);
    if email.as_deref().is_some_and(|email| !is_email(email)) {
        cells.bad("email", "bukan alamat e-mail", "is not an e-mail address");
    }
    let nik = cells.text("nik").map(Nik::parse);
    if nik == Some(None) {
        cells.bad("nik", "harus 16 angka", "must be 16 digits");
    }
    let npwp = cells.text("npwp").map(npwp_digits);
    if npwp == Some(None) {
        cells.bad("npwp", "harus 15 atau 16 angka", "must be 15 or 16 digits");
    }
    let kind = cells.word(
        "kind",
        &[
            (&["personal", "perorangan", "pribadi", "rumah"], CustomerKind::Personal),
            (
                &["corporate", "badan usaha", "perusahaan", "instansi", "bisnis"],
                CustomerKind::Corporate,
            ),
        ],
    );
    let (pph23, wapu) = (cells.flag("withholds_pph23"), cells.flag("withholds_wapu"));
    for (name, flag) in [("withholds_pph23", pph23), ("withholds_wapu", wapu)] {
        if flag == Some(true) && kind != Some(CustomerKind::Corporate) {
            cells.bad(name, "hanya untuk pelanggan badan usaha", "is for corporate customers only");
        }
    }
    let customer = Customer {
        name: name.unwrap_or_default(),
        phone: phone.unwrap_or_else(|| Phone::stored(String::new())),
        email,
        nik: nik.flatten(),
        npwp: npwp.flatten(),
        address: cells.words("address", 500),
        place: place(cells),
        branch: code(cells, "branch", &places.branches, ("cabang", "branch")),
        partner: code(cells, "reseller", &places.partners, ("mitra", "reseller")),
        kind,
        pph23,
        wapu,
        lang: cells.word(
            "language",
            &[
                (&["id", "indonesia", "bahasa indonesia"], Lang::Id),
                (&["en", "english", "inggris"], Lang::En),
            ],
        ),
    };
    (external_id, customer)
}

/// The id that a record had in the system before: at most 64 characters.
pub(super) fn external_id(cells: &mut Cells<'_>) -> Option<String> {
    cells.required("external_id")?;
    cells.words("external_id", 64)
}

fn place(cells: &mut Cells<'_>) -> Option<(f64, f64)> {
    let (lat, lon) = (cells.decimal("lat"), cells.decimal("lon"));
    let typed = (cells.text("lat"), cells.text("lon"));
    match (typed, lat, lon) {
        ((Some(_), None), ..) => {
            cells.bad("lon", "wajib diisi bersama lintang", "is required with the latitude");
            None
        }
        ((None, Some(_)), ..) => {
            cells.bad("lat", "wajib diisi bersama bujur", "is required with the longitude");
            None
        }
        (_, Some(lat), Some(lon)) => match crm::Place::new(lat, lon) {
            Ok(_) => Some((lat, lon)),
            Err(fault) => {
                for field in fault.fields {
                    cells.bad(&field.name, field.id, field.en);
                }
                None
            }
        },
        _ => None,
    }
}

fn code<T: Copy>(
    cells: &mut Cells<'_>,
    name: &str,
    known: &HashMap<String, T>,
    (id, en): (&str, &str),
) -> Option<T> {
    let text = cells.text(name)?;
    let found = known.get(&text.to_uppercase()).copied();
    if found.is_none() {
        cells.bad(
            name,
            format!("{id} dengan kode \"{text}\" tidak ada"),
            format!("there is no {en} with the code \"{text}\""),
        );
    }
    found
}

/// As `crm` checks it; a test holds the two together.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let plain = |c: char| c.is_ascii_alphanumeric() || "._+-'".contains(c);
    let part_fine = |part: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    text.len() <= 254
        && !local.is_empty()
        && local.chars().all(plain)
        && domain.contains('.')
        && domain.split('.').all(part_fine)
}

fn npwp_digits(text: &str) -> Option<String> {
    if !text.chars().all(|c| c.is_ascii_digit() || " .-".contains(c)) {
        return None;
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    matches!(digits.len(), 15 | 16).then_some(digits)
}

async fn known(
    q: &mut dyn Query,
    ids: &[&str],
) -> Result<HashMap<String, crm::customer::Customer>> {
    const SQL: &str = "select id, number, name, kind, phone, email, npwp, address, lat, lon, branch_id,
        partner_id, sold_by, channel, withholds_pph23, withholds_wapu, external_id, lang, created_at,
        archived_at, nik_print from crm_customer where external_id {AMONG}($1)";
    let rows: Vec<crm::customer::Customer> = q.rows(SQL, args![ids]).await?;
    Ok(rows.into_iter().filter_map(|c| c.external_id.clone().map(|id| (id, c))).collect())
}

/// The customer as it will stand.
fn amended(row: &Customer, there: &crm::customer::Customer) -> Amendment {
    let (lat, lon) = match row.place {
        Some((lat, lon)) => (Some(lat), Some(lon)),
        None => (there.lat, there.lon),
    };
    Amendment {
        name: row.name.clone(),
        kind: row.kind.unwrap_or(there.kind),
        phone: row.phone.as_str().to_owned(),
        email: row.email.clone().or_else(|| there.email.clone()),
        nik: row.nik.as_ref().map(|nik| nik.expose().to_owned()),
        npwp: row.npwp.clone().or_else(|| there.npwp.clone()),
        address: row.address.clone().unwrap_or_else(|| there.address.clone()),
        lat,
        lon,
        withholds_pph23: row.pph23.unwrap_or(there.withholds_pph23),
        withholds_wapu: row.wapu.unwrap_or(there.withholds_wapu),
        lang: row.lang.unwrap_or_else(|| there.language()),
    }
}

/// What a changed row would change, by the names of the columns.
fn difference(
    row: &Customer,
    there: &crm::customer::Customer,
    vault: Option<&Vault>,
) -> (Wanted, Option<Say>) {
    let to = amended(row, there);
    let nik_differs = row.nik.as_ref().is_some_and(|nik| {
        vault.is_none_or(|v| there.nik_print.as_deref() != Some(v.fingerprint(nik).as_slice()))
    });
    let differs = [
        ("name", to.name != there.name),
        ("kind", to.kind != there.kind),
        ("phone", to.phone != there.phone.as_str()),
        ("email", to.email != there.email),
        ("nik", nik_differs),
        ("npwp", to.npwp != there.npwp),
        ("address", to.address != there.address),
        ("lat, lon", (to.lat, to.lon) != (there.lat, there.lon)),
        ("withholds_pph23", to.withholds_pph23 != there.withholds_pph23),
        ("withholds_wapu", to.withholds_wapu != there.withholds_wapu),
        ("language", to.lang.code() != there.lang),
        ("branch", row.branch.is_some_and(|b| b != there.branch_id)),
        ("reseller", row.partner.is_some_and(|p| Some(p) != there.partner_id)),
    ];
    let names: Vec<&str> = differs.iter().filter(|(_, is)| *is).map(|(name, _)| *name).collect();
    if names.is_empty() {
        return (Wanted::Skip, None);
    }
    let names = names.join(", ");
    (Wanted::Change, Some(Say::new(format!("diubah: {names}"), format!("changed: {names}"))))
}

/// What an import does not change.
fn refusal(row: &Customer, there: &crm::customer::Customer) -> Option<(&'static str, Say)> {
    if there.archived_at.is_some() {
        return Some((
            "",
            Say::new(
                "pelanggan ini sudah diarsipkan dan tidak bisa diubah lagi",
                "this customer is archived and can't be changed any more",
            ),
        ));
    }
    let moved = |id: &str, en: &str| {
        Say::new(
            format!("{id} pelanggan yang sudah ada tidak diubah oleh impor"),
            format!("an import does not change the {en} of a customer who is there already"),
        )
    };
    if row.branch.is_some_and(|b| b != there.branch_id) {
        return Some(("branch", moved("cabang", "branch")));
    }
    if row.partner.is_some_and(|p| Some(p) != there.partner_id) {
        return Some(("reseller", moved("mitra", "reseller")));
    }
    None
}

/// What a new customer needs besides.
fn missing(row: &Customer, places: &Places, sealed: bool) -> Option<(&'static str, Say)> {
    if row.branch.or(places.only).is_none() {
        return Some((
            "branch",
            Say::new("wajib diisi: kode cabang", "is required: the branch's code"),
        ));
    }
    if row.nik.is_some() && !sealed {
        return Some((
            "nik",
            Say::new(
                "kunci untuk menyimpan NIK belum dipasang",
                "the key for keeping NIKs is not configured",
            ),
        ));
    }
    None
}

pub(super) async fn apply(tx: &mut Tx, steps: Vec<Step<Customer>>) -> Result<Vec<Remembered>> {
    let mut done = Vec::with_capacity(steps.len());
    let mut arrived = Vec::new();
    for step in &steps {
        let subject = match (&step.data, step.subject) {
            (Some(row), None) => {
                let id: CustomerId = tx.new_id();
                arrived.push(row.arrived(id, &step.external_id)?);
                Some(id.uuid())
            }
            (Some(row), Some(id)) => {
                let changed = change(tx, CustomerId::from_uuid(id), row).await;
                changed.map_err(|fault| at_row(step.row, fault))?;
                Some(id)
            }
            (None, subject) => subject,
        };
        done.extend(subject.map(|subject| step.became(subject)));
    }
    customers(tx, &arrived).await?;
    Ok(done)
}

impl Customer {
    fn arrived<'a>(&'a self, id: CustomerId, external_id: &'a str) -> Result<Arrived<'a>> {
        Ok(Arrived {
            id,
            external_id,
            name: &self.name,
            kind: self.kind.unwrap_or(CustomerKind::Personal),
            phone: &self.phone,
            email: self.email.as_deref(),
            nik: self.nik.as_ref(),
            npwp: self.npwp.as_deref(),
            address: self.address.as_deref().unwrap_or_default(),
            place: self.place,
            branch: self.branch.ok_or_else(|| Fault::bug("a customer without a branch"))?,
            partner: self.partner,
            pph23: self.pph23.unwrap_or(false),
            wapu: self.wapu.unwrap_or(false),
            lang: self.lang.unwrap_or_default(),
        })
    }
}

async fn change(tx: &mut Tx, id: CustomerId, row: &Customer) -> Result<()> {
    let there = crm::customer::find(tx, &Scope::all(), id).await?;
    let now = crm::customer::amend(tx, id, amended(row, &there)).await?;
    let was = (there.withholds_pph23, there.withholds_wapu);
    if was == (now.withholds_pph23, now.withholds_wapu) {
        return Ok(());
    }
    let has_money: i64 =
        tx.value("select count(*) from billing_party where customer_id = $1", args![id]).await?;
    if has_money == 0 {
        return Ok(());
    }
    flag(tx, id, Withholds { pph23: now.withholds_pph23, wapu: now.withholds_wapu }).await
}
