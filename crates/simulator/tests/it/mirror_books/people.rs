//! Who works here and there: matched, asked, told; what HR does in ERPNext is asked about, never done.

use flows::compare::books::{first, settle};
use hr::attendance::{Kind, NewCheck};
use hr::fence::{Found, Here, Place};
use hr::person::{Gender, Papers};
use identity::Role;
use identity::user::NewUser;
use kernel::actor::Who;
use kernel::permission::PermissionSet;
use kernel::{Actor, Permission, UserId};

use super::*;

impl Town {
    pub(super) async fn hires(&self, login: &str, name: &str, role: Role) -> UserId {
        let new = NewUser {
            username: login.to_owned(),
            name: name.to_owned(),
            phone: None,
            email: None,
            password: "kuda lumping 7".to_owned(),
            roles: vec![role],
            branch: None,
            partner: None,
        };
        self.write(async move |tx: &mut Tx| identity::user::create(tx, new.clone()).await).await
    }
    async fn says(&self, user: UserId, gender: Gender) {
        let papers = Papers {
            gender,
            born_on: "1995-05-05".parse().unwrap(),
            joined_on: "2026-01-02".parse().unwrap(),
        };
        let today = self.now.day(Zone::Jakarta);
        self.write(async move |tx: &mut Tx| hr::person::set_papers(tx, user, &papers, today).await)
            .await;
    }
    pub(super) fn employee(&self, body: serde_json::Value) -> String {
        self.site.enter("hr@isp.test", "Employee", body).unwrap()
    }
    pub(super) async fn begins(&self) {
        self.write(async |tx: &mut Tx| flows::mirror::books::begin(tx, Ts::default()).await).await;
    }
    pub(super) async fn open(&self, subject: Subject) -> Vec<bridge::Finding> {
        let filter = finding::Filter {
            subject: Some(subject),
            state: Some(bridge::FindingState::Open),
            ..finding::Filter::default()
        };
        finding::list(&mut self.db.reader(), &filter, None, 50).await.unwrap()
    }
    pub(super) async fn decides(
        &self,
        actor: Actor,
        found: &bridge::Finding,
        choice: bridge::Settle,
    ) -> kernel::Result<()> {
        let cause = Cause::new(self.now, actor);
        settle::settle(&self.db, self.books.as_ref(), &cause, found.id, choice).await
    }
    async fn checks(&self, user: UserId, op: u128, kind: Kind, at: Ts) {
        let new = NewCheck {
            op_id: kernel::FieldOpId::from_uuid(uuid::Uuid::from_u128(op)),
            branch: Some(self.branch),
            kind,
            at,
            here: Some(Here { lat: -6.914_744_321, lon: 107.609_81, accuracy_m: 8 }),
            found: Found { place: Place::Office, job: None, distance_m: Some(12) },
            photo: None,
        };
        let cause = Cause::new(self.now, person(Some(user), &[Permission::AttendanceCheck]));
        self.db
            .write(&cause, async move |tx: &mut Tx| hr::attendance::record(tx, new.clone()).await)
            .await
            .unwrap();
    }
    async fn is_locked(&self, user: UserId) -> bool {
        let user = identity::user::find(&mut self.db.reader(), &Scope::all(), user).await.unwrap();
        user.disabled_at.is_some()
    }
    fn standing(&self, name: &str) -> (String, serde_json::Value) {
        let doc = self.site.doc("Employee", name).unwrap();
        (doc["status"].as_str().unwrap().to_owned(), doc["relieving_date"].clone())
    }
}

pub(super) fn person(user: Option<UserId>, permissions: &[Permission]) -> Actor {
    Actor {
        who: Who::User(user.unwrap_or(UserId::from_uuid(uuid::Uuid::from_u128(99)))),
        name: "Orang".into(),
        permissions: permissions.iter().copied().collect::<PermissionSet>(),
        scope: Scope::all(),
        from: None,
    }
}

#[tokio::test]
async fn staff_are_matched_by_login_or_name_the_doubtful_are_asked_and_the_rest_is_made() {
    both(async |mut town: Town| {
        town.hires("boss", "Ibu Pemilik", Role::Owner).await;
        let andi = town.hires("andi", "Andi Wijaya", Role::Technician).await;
        let budi = town.hires("budi", "Budi Hartono", Role::Sales).await;
        let citra = town.hires("citra", "Citra Dewi", Role::Noc).await;
        let dewi = town.hires("dewi", "Dewi Lestari", Role::Finance).await;
        let eko = town.hires("eko", "Eko Prasetyo", Role::Technician).await;
        town.says(eko, Gender::Male).await;
        let of_andi =
            town.employee(json!({ "first_name": "Andi", "attendance_device_id": "andi" }));
        let of_budi = town.employee(json!({ "first_name": "Budi", "last_name": "Hartono" }));
        // The very name, but known to a device by another login.
        let of_citra = town.employee(json!({ "first_name": "Citra", "last_name": "Dewi", "attendance_device_id": "kantor-7" }));
        town.employee(json!({ "first_name": "Zainal", "last_name": "Abidin" }));

        let shown = first::preview(&town.db, town.books.as_ref(), town.now).await.unwrap();
        let k = &shown.employees;
        assert_eq!(
            (k.known, k.matched, k.doubtful, k.to_make, k.only_there),
            (0, 2, 1, 2, 1),
            "{shown:?}"
        );
        assert_eq!(shown.without_papers, 1);
        assert_eq!(town.site.docs("Employee").len(), 4, "a preview makes nobody");

        town.begins().await;
        town.tell().await;
        assert_eq!(town.name_of(Subject::Employee, andi.uuid()).await, of_andi);
        assert_eq!(town.name_of(Subject::Employee, budi.uuid()).await, of_budi);
        let kept = town.site.doc("Employee", &of_andi).unwrap();
        assert_eq!((&kept["first_name"], &kept["isp_external_id"]), (&json!("Andi"), &json!(andi.to_string())));
        let made = town.name_of(Subject::Employee, eko.uuid()).await;
        let made = town.site.doc("Employee", &made).unwrap();
        for (field, value) in [
            ("employee_name", "Eko Prasetyo"),
            ("attendance_device_id", "eko"),
            ("gender", "Male"),
            ("date_of_birth", "1995-05-05"),
            ("date_of_joining", "2026-01-02"),
            ("status", "Active"),
        ] {
            assert_eq!(made[field], value, "{field}");
        }
        assert_eq!(town.site.docs("Employee").len(), 5, "the owner is on no payroll");

        let open = town.open(Subject::Employee).await;
        let asked = |id: UserId| open.iter().find(|f| f.local_id == Some(id.uuid())).unwrap();
        assert_eq!(asked(citra).verdict, Verdict::MaybeDouble);
        assert_eq!(asked(dewi).verdict, Verdict::MissingThere);
        assert!(settle::hint(asked(dewi)).unwrap().0.contains("Attendance Device ID"));

        let hr = person(None, &[Permission::FindingSettleStaff]);
        town.decides(hr, asked(citra), bridge::Settle::Adopt).await.unwrap();
        // HR makes the other one over there, with her login.
        let of_dewi = town.employee(
            json!({ "first_name": "Dewi", "last_name": "Lestari", "attendance_device_id": "dewi" }),
        );
        town.pass_secs(60).await;
        town.poll().await;
        town.tell().await;
        assert_eq!(town.name_of(Subject::Employee, citra.uuid()).await, of_citra);
        assert_eq!(town.name_of(Subject::Employee, dewi.uuid()).await, of_dewi);
        assert_eq!(town.open(Subject::Employee).await.len(), 0);
        assert_eq!(town.site.docs("Employee").len(), 6);
        town.pass_secs(60).await;
        let compared =
            flows::compare::books::pass(&town.db, town.books.as_ref(), town.now).await.unwrap();
        assert_eq!(compared.findings, 0, "{:?}", town.verdicts().await);
    })
    .await;
}

#[tokio::test]
async fn coming_and_going_arrives_once_in_the_sites_own_time() {
    both(async |mut town: Town| {
        let andi = town.hires("andi", "Andi Wijaya", Role::Technician).await;
        let employee =
            town.employee(json!({ "first_name": "Andi Wijaya", "attendance_device_id": "andi" }));
        let came = "2026-11-20T01:01:00Z".parse().unwrap();
        // Nobody knows him there yet when he comes: that waits for him.
        town.checks(andi, 1, Kind::In, came).await;
        town.tell().await;
        let logs = town.site.docs("Employee Checkin");
        assert_eq!(logs.len(), 1);
        for (field, value) in [
            ("employee", json!(employee)),
            ("log_type", json!("IN")),
            ("time", json!("2026-11-20 08:01:00")),
            ("latitude", json!(-6.914_744)),
        ] {
            assert_eq!(logs[0][field], value, "{field}");
        }
        // The office's own device wrote his going at that second: there it would be refused a second time.
        let went: Ts = "2026-11-20T10:05:00Z".parse().unwrap();
        let by_device = town
            .site
            .enter(
                "hr@isp.test",
                "Employee Checkin",
                json!({ "employee": employee, "log_type": "OUT", "time": "2026-11-20 17:05:00" }),
            )
            .unwrap();
        town.checks(andi, 2, Kind::Out, went).await;
        // And an answer is lost on the way.
        town.checks(andi, 3, Kind::In, went.plus_secs(60)).await;
        town.site.trouble(Trouble::LostAnswer);
        town.tell().await;
        assert_eq!(town.backlog().await, 0);
        let logs = town.site.docs("Employee Checkin");
        assert_eq!(logs.len(), 3, "{logs:?}");
        let taken = town.site.doc("Employee Checkin", &by_device).unwrap();
        assert!(taken["isp_external_id"].is_string(), "{taken}");
    })
    .await;
}

#[tokio::test]
async fn who_leaves_here_is_left_there_and_who_is_left_there_is_asked_about() {
    both(async |mut town: Town| {
        town.hires("boss", "Ibu Pemilik", Role::Owner).await;
        let andi = town.hires("andi", "Andi Wijaya", Role::Technician).await;
        let name =
            town.employee(json!({ "first_name": "Andi Wijaya", "attendance_device_id": "andi" }));
        town.tell().await;
        town.write(async move |tx: &mut Tx| identity::user::disable(tx, andi).await).await;
        town.tell().await;
        assert_eq!(town.standing(&name), ("Left".into(), json!("2026-11-20")));
        town.write(async move |tx: &mut Tx| identity::user::enable(tx, andi).await).await;
        town.tell().await;
        assert_eq!(town.standing(&name).0, "Active");
        assert_eq!(town.open(Subject::Employee).await.len(), 0);

        // HR lets him go over there: his login here goes on until somebody says so.
        let hr = "hr@isp.test";
        let left = json!({ "status": "Left" });
        let refused = town.site.edit(hr, "Employee", &name, left).unwrap_err();
        assert_eq!(refused, "ValidationError", "as recorded: a last day is needed");
        let left = json!({ "status": "Left", "relieving_date": "2026-11-15" });
        town.site.edit(hr, "Employee", &name, left).unwrap();
        town.pass_secs(60).await;
        assert_eq!(town.poll().await.asked, 1);
        let found = town.open(Subject::Employee).await.remove(0);
        assert_eq!(
            (found.field.as_deref(), found.ours.as_deref(), found.theirs.as_deref()),
            (Some("employment"), Some("active"), Some("Left 2026-11-15"))
        );
        assert!(!town.is_locked(andi).await);

        // Something else changes here meanwhile: that is told, and their word stands.
        let phone = kernel::Phone::parse("081233334444");
        town.write(async move |tx: &mut Tx| {
            let change = identity::user::Change {
                name: "Andi Wijaya".into(),
                phone: phone.clone(),
                email: None,
                roles: vec![Role::Technician],
                branch: None,
                partner: None,
            };
            identity::user::update(tx, andi, change).await
        })
        .await;
        town.tell().await;
        assert_eq!(town.standing(&name), ("Left".into(), json!("2026-11-15")));

        let money = person(None, &[Permission::FindingSettleMoney]);
        let denied = town.decides(money, &found, bridge::Settle::Adopt).await.unwrap_err();
        assert_eq!(denied.kind, kernel::FaultKind::Forbidden);
        // HR may say what is right, but logins are the owner's.
        let of_hr = person(None, &[Permission::FindingSettleStaff]);
        let denied = town.decides(of_hr, &found, bridge::Settle::Adopt).await.unwrap_err();
        assert_eq!(denied.kind, kernel::FaultKind::Forbidden);
        let owner = person(None, &[Permission::FindingSettleStaff, Permission::UserWrite]);
        town.decides(owner, &found, bridge::Settle::Adopt).await.unwrap();
        assert!(town.is_locked(andi).await);
        town.tell().await;
        assert_eq!(town.standing(&name), ("Left".into(), json!("2026-11-15")), "HR's own last day");
        town.pass_secs(60).await;
        let compared =
            flows::compare::books::pass(&town.db, town.books.as_ref(), town.now).await.unwrap();
        assert_eq!(compared.findings, 0);
    })
    .await;
}

#[tokio::test]
async fn a_site_without_hrms_is_told_of_nobody() {
    both(async |mut town: Town| {
        let user = settings(&town.site, CONNECTOR);
        town.books = Arc::new(Connector::new(Settings { has_hr: false, ..user }).unwrap());
        let andi = town.hires("andi", "Andi Wijaya", Role::Technician).await;
        town.says(andi, Gender::Male).await;
        town.checks(andi, 1, Kind::In, town.now).await;
        town.tell().await;
        assert_eq!(town.backlog().await, 0);
        assert!(town.site.docs("Employee").is_empty());
        town.poll().await;
        flows::compare::books::pass(&town.db, town.books.as_ref(), town.now).await.unwrap();
        assert!(town.open(Subject::Employee).await.is_empty());
    })
    .await;
}
