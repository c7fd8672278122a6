//! Founding the ISP: company, branches, plans, people, coverage, warehouse, a reseller, routers.

use std::net::Ipv4Addr;

use catalog::write::{NewBranch, PolicyFor};
use catalog::{Company, Plan, Profile, ProfileKind, TaxMode, TaxRule, VendorAttribute};
use identity::matrix::Role;
use identity::user::NewUser;
use inventory::item::NewType;
use inventory::location::LocationKind;
use kernel::{
    Actor, BranchId, Cause, Day, ItemTypeId, LocationId, Money, PartnerId, Phone, PlanId,
    ProfileId, Result, Ts, UserId, Zone,
};
use network::nas::NasEdit;
use network::{MessageAuthenticator, Secret, Vendor};
use partner::reseller::NewReseller;
use partner::rule::{Occasion, Rule, RuleKind};
use store::Tx;

use super::{Setup, World};
use crate::map::TOWNS;

/// A router of the world.
#[derive(Clone, Debug)]
pub struct RouterPlan {
    pub name: String,
    pub address: Ipv4Addr,
    pub secret: String,
    pub coa_port: u16,
    /// First address that customers get.
    pub pool: Ipv4Addr,
    /// Its branch, as a position in [`TOWNS`].
    pub town: usize,
}

/// A person with a login.
#[derive(Clone, Debug)]
pub struct Login {
    pub role: Role,
    pub name: String,
    pub username: String,
    pub password: String,
}

/// A technician.
#[derive(Clone, Debug)]
pub struct Technician {
    pub id: UserId,
    pub actor: Actor,
    pub name: String,
    pub town: usize,
    pub bag: LocationId,
    /// Counts what their phone sent.
    pub seq: i64,
}

/// What is sold.
#[derive(Clone, Debug)]
pub struct Offer {
    pub plan: PlanId,
    pub prepaid: bool,
    pub postpaid: bool,
    pub price: i64,
    /// Gigabytes a day that its customers use, at most.
    pub appetite_gb: u64,
}

/// The people and places of the ISP.
#[derive(Clone, Debug)]
pub struct Staff {
    pub owner: Actor,
    pub sales: Actor,
    pub finance: Actor,
    /// Approves what the first one asks for.
    pub finance_head: Actor,
    pub warehouse: Actor,
    pub noc: Actor,
    pub reseller_user: Actor,
    pub technicians: Vec<Technician>,
    pub branches: Vec<BranchId>,
    pub warehouses: Vec<LocationId>,
    pub offers: Vec<Offer>,
    pub modem: ItemTypeId,
    pub cable: ItemTypeId,
    pub reseller: PartnerId,
    pub logins: Vec<Login>,
    pub(crate) delivered: i64,
}

impl Default for Staff {
    fn default() -> Self {
        let nobody = Actor::public(None);
        Self {
            owner: nobody.clone(),
            sales: nobody.clone(),
            finance: nobody.clone(),
            finance_head: nobody.clone(),
            warehouse: nobody.clone(),
            noc: nobody.clone(),
            reseller_user: nobody,
            technicians: Vec::new(),
            branches: Vec::new(),
            warehouses: Vec::new(),
            offers: Vec::new(),
            modem: ItemTypeId::nil(),
            cable: ItemTypeId::nil(),
            reseller: PartnerId::nil(),
            logins: Vec::new(),
            delivered: 0,
        }
    }
}

/// The routers of a setup: its own, or one a branch.
pub(super) fn routers(setup: &Setup) -> Vec<RouterPlan> {
    if !setup.routers.is_empty() {
        return setup.routers.clone();
    }
    TOWNS
        .iter()
        .enumerate()
        .map(|(n, town)| RouterPlan {
            name: format!("BRAS-{}", town.code),
            address: Ipv4Addr::new(10, 10, u8::try_from(n).unwrap_or(0), 1),
            secret: format!("rahasia-router-{}-simulasi", town.code.to_lowercase()),
            coa_port: 3_799,
            pool: Ipv4Addr::from(town.pool),
            town: n,
        })
        .collect()
}

/// One person a role at least: role, user name, name, and the town of those who have one.
pub const ROLES: [(Role, &str, &str, Option<usize>); 10] = [
    (Role::Owner, "owner", "Hartono Wibisono", None),
    (Role::Sales, "sales", "Maya Kusuma", None),
    (Role::Finance, "finance", "Ratna Permata", None),
    (Role::Finance, "finance2", "Irfan Hakim", None),
    (Role::Warehouse, "gudang", "Slamet Purnomo", None),
    (Role::Noc, "noc", "Bayu Saputra", None),
    (Role::Technician, "teknisi", "Joko Susanto", Some(0)),
    (Role::Technician, "teknisi2", "Andi Daeng Tayang", Some(1)),
    (Role::Hr, "hrd", "Dewi Lestari", None),
    (Role::Reseller, "mitra", "Yusuf Bahar", None),
];

impl World {
    /// Founds the ISP on an empty database.
    pub(super) async fn found_isp(&mut self, routers: &[RouterPlan]) -> Result<()> {
        let cause = Cause::system(self.now(), "founding");
        let (start, interim) = (self.setup.start, self.setup.interim_secs);
        let db = self.db.clone();
        self.staff.branches =
            db.write(&cause, async |tx: &mut Tx| company(tx, interim).await).await?;
        self.staff.offers = db.write(&cause, async |tx: &mut Tx| plans(tx, start).await).await?;
        let branches = self.staff.branches.clone();
        let rows = odp_rows(self.setup.subscriptions);
        db.write(&cause, async |tx: &mut Tx| coverage(tx, &branches, rows).await).await?;
        self.hire(&cause).await?;
        let staff = self.staff.clone();
        let stock = db.write(&cause, async |tx: &mut Tx| warehouses(tx, &staff).await).await?;
        (self.staff.warehouses, self.staff.modem, self.staff.cable) = stock;
        for n in 0..self.staff.technicians.len() {
            let Some(t) = self.staff.technicians.get(n).cloned() else { continue };
            let branch = branches.get(t.town).copied().unwrap_or(BranchId::nil());
            let bag = db
                .write(&cause, async |tx: &mut Tx| {
                    inventory::location::bag_of(tx, t.id, branch, &format!("Tas {}", t.name)).await
                })
                .await?;
            if let Some(t) = self.staff.technicians.get_mut(n) {
                t.bag = bag;
            }
        }
        for plan in routers {
            let branch = branches.get(plan.town).copied().unwrap_or(BranchId::nil());
            let edit = NasEdit {
                name: plan.name.clone(),
                address: plan.address.to_string(),
                vendor: Vendor::Mikrotik,
                coa_port: Some(plan.coa_port),
                branch,
                message_authenticator: MessageAuthenticator::Required,
                counters_swapped: false,
            };
            let secret = Secret::new(plan.secret.clone());
            db.write(&cause, async |tx: &mut Tx| {
                network::nas::add(tx, &edit, Some(secret.clone())).await.map(drop)
            })
            .await?;
        }
        self.stock_up().await?;
        self.round().await
    }

    /// Users of every role, the reseller first.
    async fn hire(&mut self, cause: &Cause) -> Result<()> {
        let db = self.db.clone();
        let branch = self.staff.branches.get(1).copied().unwrap_or(BranchId::nil());
        let since = self.setup.start;
        self.staff.reseller =
            db.write(cause, async |tx: &mut Tx| reseller(tx, branch, since).await).await?;
        let extra = self.setup.more_technicians;
        let more = (0..extra).map(|n| {
            (
                Role::Technician,
                format!("teknisi{}", n + 3),
                format!("Teknisi {}", n + 3),
                Some(n % 2),
            )
        });
        let all = ROLES
            .iter()
            .map(|(role, user, name, town)| (*role, (*user).to_owned(), (*name).to_owned(), *town))
            .chain(more);
        for (number, (role, username, name, town)) in (1u32..).zip(all.collect::<Vec<_>>()) {
            let password = password(&username, number);
            let partner = (role == Role::Reseller).then_some(self.staff.reseller);
            let new = NewUser {
                username: username.clone(),
                name: name.clone(),
                phone: Phone::parse(&format!("0811{:07}", 1_000_000 + number)),
                email: None,
                password: password.clone(),
                roles: vec![role],
                branch: town.and_then(|t| self.staff.branches.get(t).copied()),
                partner,
            };
            let id = db
                .write(cause, async |tx: &mut Tx| identity::user::create(tx, new.clone()).await)
                .await?;
            let scope = kernel::Scope::all();
            let user = identity::user::find(&mut db.reader(), &scope, id).await?;
            let actor = identity::actor::actor_of(&user, None, Some("10.0.0.20".to_owned()));
            self.take_post(role, actor, id, &name, town);
            self.staff.logins.push(Login { role, name, username, password });
        }
        db.write(cause, async |tx: &mut Tx| earning_rules(tx, since).await).await
    }

    fn take_post(&mut self, role: Role, actor: Actor, id: UserId, name: &str, town: Option<usize>) {
        let staff = &mut self.staff;
        match role {
            Role::Owner => staff.owner = actor,
            Role::Sales => staff.sales = actor,
            Role::Finance if staff.finance.user().is_none() => staff.finance = actor,
            Role::Finance => staff.finance_head = actor,
            Role::Warehouse => staff.warehouse = actor,
            Role::Noc => staff.noc = actor,
            Role::Reseller => staff.reseller_user = actor,
            Role::Technician => staff.technicians.push(Technician {
                id,
                actor,
                name: name.to_owned(),
                town: town.unwrap_or(0),
                bag: LocationId::nil(),
                seq: 0,
            }),
            Role::Hr | Role::Customer => {}
        }
    }
}

/// Sales earn by their customers' first invoices, technicians by what they install.
async fn earning_rules(tx: &mut Tx, since: Day) -> Result<()> {
    use hr::rule::{Kind, Measure, NewRule};
    for (kind, measure, amount) in
        [(Kind::Commission, Measure::Percent, 1_000), (Kind::Incentive, Measure::Flat, 75_000)]
    {
        let from_on = since.first_of_month();
        let new = NewRule { kind, plan: None, user: None, measure, amount, from_on };
        hr::rule::add(tx, &new).await?;
    }
    Ok(())
}

/// The well-known password of a made-up person.
pub(crate) fn password(username: &str, number: u32) -> String {
    format!("Sambung-{username}-{}", 2026 + number)
}

/// ODPs a side of each area, so that there are ports for everybody.
pub(super) fn odp_rows(subscriptions: usize) -> usize {
    let wanted = subscriptions.div_ceil(4 * 6);
    (2..20).find(|n| n * n >= wanted).unwrap_or(20)
}

async fn company(tx: &mut Tx, interim_secs: i64) -> Result<Vec<BranchId>> {
    let company = Company {
        id: tx.new_id(),
        name: "Nusalink".to_owned(),
        legal_name: "PT Nusalink Media Semesta".to_owned(),
        npwp: Some("01.234.567.8-009.000".to_owned()),
        address: "Jl. Raya Kalimalang No. 21, Duren Sawit, Jakarta Timur 13430".to_owned(),
        phone: "02180808080".to_owned(),
        email: "halo@nusalink.example".to_owned(),
        is_pkp: true,
    };
    catalog::write::set_company(tx, &company).await?;
    let rule = TaxRule {
        from_on: Day::ymd_clamped(2025, 1, 1),
        code: "PPN 12 % × 11/12".to_owned(),
        rate_bp: 1_200,
        base_num: 11,
        base_den: 12,
    };
    catalog::write::set_tax(tx, &rule).await?;
    let patch = catalog::PolicyPatch {
        interim_secs: Some(interim_secs),
        ..catalog::PolicyPatch::default()
    };
    catalog::write::set_policy(tx, PolicyFor::Isp, &patch).await?;
    let mut branches = Vec::new();
    for town in &TOWNS {
        let new = NewBranch {
            code: town.code.to_owned(),
            name: town.name.to_owned(),
            zone: town.zone,
            address: town.address.to_owned(),
            lat: town.lat,
            lon: town.lon,
        };
        branches.push(catalog::write::add_branch(tx, &new).await?);
    }
    Ok(branches)
}

async fn profile(
    tx: &mut Tx,
    code: &str,
    name: &str,
    kind: ProfileKind,
    (down, up): (i64, i64),
) -> Result<ProfileId> {
    let isolates = kind == ProfileKind::Isolation;
    let attribute = |name: &str, value: &str| VendorAttribute {
        vendor: "mikrotik".to_owned(),
        name: name.to_owned(),
        value: value.to_owned(),
    };
    let profile = Profile {
        id: tx.new_id(),
        code: code.to_owned(),
        name: name.to_owned(),
        kind,
        rate_down_kbps: down,
        rate_up_kbps: up,
        attributes: isolates
            .then(|| attribute("Mikrotik-Address-List", "isolir"))
            .into_iter()
            .collect(),
        archived: false,
    };
    catalog::write::set_profile(tx, &profile).await
}

/// Code, name, price, tax, prepaid, postpaid, Mbps down and up, quota in GiB, slowed after it, installation
/// fee, gigabytes a day.
type PlanLine =
    (&'static str, &'static str, i64, TaxMode, bool, bool, i64, i64, i64, bool, i64, u64);

const PLANS: [PlanLine; 5] = [
    (
        "HOME20",
        "Rumah 20 Mbps",
        250_000,
        TaxMode::Exclusive,
        true,
        true,
        20,
        10,
        0,
        false,
        150_000,
        9,
    ),
    (
        "HOME50",
        "Rumah 50 Mbps",
        400_000,
        TaxMode::Exclusive,
        true,
        true,
        50,
        25,
        0,
        false,
        150_000,
        18,
    ),
    (
        "PRO100",
        "Usaha 100 Mbps",
        777_000,
        TaxMode::Inclusive,
        false,
        true,
        100,
        50,
        0,
        false,
        0,
        30,
    ),
    (
        "KUOTA",
        "Kuota 300 GB",
        177_600,
        TaxMode::Inclusive,
        true,
        true,
        30,
        10,
        300,
        true,
        100_000,
        14,
    ),
    ("HEMAT", "Hemat 60 GB", 111_000, TaxMode::Inclusive, true, false, 10, 5, 60, false, 50_000, 3),
];

async fn plans(tx: &mut Tx, start: Day) -> Result<Vec<Offer>> {
    profile(tx, "ISOLIR", "Isolir", ProfileKind::Isolation, (128, 128)).await?;
    let fup = profile(tx, "FUP5", "Setelah kuota 5 Mbps", ProfileKind::Fup, (5_000, 2_000)).await?;
    let mut offers = Vec::new();
    for (code, name, price, tax, prepaid, postpaid, down, up, gib, slows, fee, appetite_gb) in PLANS
    {
        let speed = (down * 1_000, up * 1_000);
        let profile_id = profile(tx, &format!("P-{code}"), name, ProfileKind::Plan, speed).await?;
        let plan = Plan {
            id: tx.new_id(),
            code: code.to_owned(),
            name: name.to_owned(),
            tax,
            prepaid_allowed: prepaid,
            postpaid_allowed: postpaid,
            profile_id,
            fup_profile_id: slows.then_some(fup),
            quota_bytes: (gib > 0).then_some(gib << 30),
            install_fee: Money::rupiah(fee),
            external_id: None,
            archived: false,
        };
        let id = catalog::write::set_plan(tx, &plan, Money::rupiah(price), start.plus_months(-12))
            .await?;
        if gib > 0 {
            // A tenth of the plan's price for a tenth of its quota, and a little more.
            let bytes = (gib << 30) / 10;
            let offer = catalog::QuotaTopUp { bytes, price: Money::rupiah(price / 8) };
            catalog::write::set_top_up(tx, id, Some(offer)).await?;
        }
        offers.push(Offer { plan: id, prepaid, postpaid, price, appetite_gb });
    }
    Ok(offers)
}

async fn coverage(tx: &mut Tx, branches: &[BranchId], rows: usize) -> Result<()> {
    for (town, branch) in TOWNS.iter().zip(branches) {
        for area in town.areas {
            crm::area::draw(tx, *branch, area.name, area.polygon()).await?;
        }
        for (code, name, lat, lon) in town.odps(rows) {
            let new =
                crm::odp::NewOdp { code, name, branch: *branch, lat, lon, ports: 8, reach_m: 300 };
            crm::odp::add(tx, new).await?;
        }
    }
    Ok(())
}

async fn reseller(tx: &mut Tx, branch: BranchId, since: Day) -> Result<PartnerId> {
    let phone = Phone::parse("081355550001")
        .ok_or_else(|| kernel::Fault::bug("the reseller's phone number"))?;
    let new = NewReseller {
        code: "MTR-MKS1".to_owned(),
        name: "Mitra Bahari Net".to_owned(),
        phone,
        branch,
        upline: None,
        upline_share_bp: 0,
    };
    let id = partner::reseller::add(tx, &new).await?;
    let rule = Rule {
        plan_id: None,
        kind: RuleKind::Percent,
        amount: 1_000,
        occasion: Occasion::Recurring,
        from_on: since,
    };
    partner::rule::add(tx, id, &rule).await?;
    Ok(id)
}

async fn warehouses(
    tx: &mut Tx,
    staff: &Staff,
) -> Result<(Vec<LocationId>, ItemTypeId, ItemTypeId)> {
    let mut places = Vec::new();
    for (town, branch) in TOWNS.iter().zip(&staff.branches) {
        let name = format!("Gudang {}", town.code);
        places.push(inventory::location::add(tx, LocationKind::Warehouse, &name, *branch).await?);
    }
    let modem = NewType {
        sku: "ONT-F670L".to_owned(),
        name: "ONT ZTE F670L".to_owned(),
        kind: "ont".to_owned(),
        unit: "pcs".to_owned(),
        serialized: true,
        value: Money::rupiah(350_000),
    };
    let cable = NewType {
        sku: "DROP-1C".to_owned(),
        name: "Kabel drop 1 core".to_owned(),
        kind: "cable".to_owned(),
        unit: "m".to_owned(),
        serialized: false,
        value: Money::rupiah(1_500),
    };
    let modem = inventory::item::add_type(tx, &modem).await?;
    let cable = inventory::item::add_type(tx, &cable).await?;
    Ok((places, modem, cable))
}

/// The branch's clock at a time of day.
pub(crate) fn at(day: Day, hour: i64, minute: i64, zone: Zone) -> Ts {
    Ts::local(day, 0, 0, zone).plus_secs(hour * 3_600 + minute * 60)
}
