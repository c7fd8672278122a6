//! The catalogue on both databases.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may fall")]

use catalog::{Company, Plan, PolicyPatch, Profile, ProfileKind, TaxMode, TaxRule, write};
use kernel::{CustomerId, Day, Id, Money, Zone};
use serde_json::json;
use store::testing::{both, cause, now};
use store::{Db, QueryExt, Tx, args};

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

async fn seed(tx: &mut Tx) -> kernel::Result<Plan> {
    let company = Company {
        id: tx.new_id(),
        name: "Nusantara Net".into(),
        legal_name: "PT Nusantara Net".into(),
        npwp: Some("0012345678901000".into()),
        address: "Jl. Merdeka 1".into(),
        phone: "0211234567".into(),
        email: "halo@nusantara.example".into(),
        is_pkp: true,
    };
    write::set_company(tx, &company).await?;
    let profile = Profile {
        id: tx.new_id(),
        code: "P20".into(),
        name: "20 Mbps".into(),
        kind: ProfileKind::Plan,
        rate_down_kbps: 20_000,
        rate_up_kbps: 10_000,
        attributes: vec![],
        archived: false,
    };
    write::set_profile(tx, &profile).await?;
    let plan = Plan {
        id: tx.new_id(),
        code: "HOME20".into(),
        name: "Home 20".into(),
        tax: TaxMode::Exclusive,
        prepaid_allowed: true,
        postpaid_allowed: true,
        profile_id: profile.id,
        fup_profile_id: None,
        quota_bytes: None,
        install_fee: Money::rupiah(150_000),
        external_id: None,
        archived: false,
    };
    write::set_plan(tx, &plan, Money::rupiah(250_000), day("2026-01-01")).await?;
    let rule = TaxRule {
        from_on: day("2025-01-01"),
        code: "PPN12-DPP".into(),
        rate_bp: 1_200,
        base_num: 11,
        base_den: 12,
    };
    write::set_tax(tx, &rule).await?;
    Ok(plan)
}

#[tokio::test]
async fn a_dated_price_holds_from_its_day_and_policies_narrow_field_by_field() {
    both(&[&catalog::MIGRATIONS], async |db: Db| {
        let plan = db.write(&cause(now()), async |tx: &mut Tx| seed(tx).await).await.unwrap();
        let before = catalog::current(&mut db.reader()).await.unwrap();
        let customer: CustomerId = Id::nil();
        db.write(&cause(now()), async |tx: &mut Tx| {
            write::set_price(tx, plan.id, Money::rupiah(300_000), day("2026-12-01")).await?;
            let due = |dom| PolicyPatch { due_dom: Some(dom), ..PolicyPatch::default() };
            write::set_policy(tx, write::PolicyFor::Plan(plan.id), &due(10)).await?;
            write::set_policy(tx, write::PolicyFor::Customer(customer), &due(15)).await
        })
        .await
        .unwrap();
        let after = catalog::current(&mut db.reader()).await.unwrap();
        assert_ne!(before.version, after.version);
        assert_eq!(after.price_at(plan.id, day("2026-11-30")), Money::rupiah(250_000));
        assert_eq!(after.price_at(plan.id, day("2026-12-01")), Money::rupiah(300_000));
        assert_eq!(after.policy(plan.id, customer).due_dom, 15);
        assert_eq!(after.isp_policy().due_dom, 20);
        assert_eq!(after.tax_at(day("2026-11-22")).unwrap().rate_bp, 1_200);
        assert_eq!(after.tax_mode(after.plan(plan.id).unwrap()), TaxMode::Exclusive);
        let again = catalog::current(&mut db.reader()).await.unwrap();
        assert!(std::sync::Arc::ptr_eq(&after, &again), "kept until somebody changes it");
    })
    .await;
}

#[tokio::test]
async fn bad_input_names_every_field_and_changes_nothing() {
    both(&[&catalog::MIGRATIONS], async |db: Db| {
        let fault = db
            .write(&cause(now()), async |tx: &mut Tx| {
                let branch = write::NewBranch {
                    code: "bad code!".into(),
                    name: " ".into(),
                    zone: Zone::Makassar,
                    address: String::new(),
                    lat: 0.0,
                    lon: 0.0,
                };
                write::add_branch(tx, &branch).await
            })
            .await
            .unwrap_err();
        let names: Vec<&str> = fault.fields.iter().map(|f| f.name.as_str()).collect();
        assert_eq!(names, ["code", "name"]);
        let catalog = catalog::current(&mut db.reader()).await.unwrap();
        assert!(catalog.branches.is_empty());
        assert_eq!(catalog.company().unwrap_err().code, "catalog.no_company");
    })
    .await;
}

type Kept = (Option<serde_json::Value>, Option<serde_json::Value>);

async fn journaled(db: &Db, subject: &str, action: &str) -> Vec<Kept> {
    db.reader()
        .rows(
            "select before_state, after_state from store_journal where subject = $1 and action = $2
             order by recorded_at, id",
            args![subject, action],
        )
        .await
        .unwrap()
}

#[tokio::test]
async fn every_change_is_journaled_with_what_it_was_and_what_it_is() {
    both(&[&catalog::MIGRATIONS], async |db: Db| {
        let plan = db.write(&cause(now()), seed).await.unwrap();
        let later = now().plus_secs(60);
        db.write(&cause(later), async |tx: &mut Tx| {
            let company = catalog::current(tx).await?.company.clone().unwrap();
            let company = Company { address: "Jl. Baru 2".into(), ..company };
            write::set_company(tx, &company).await?;
            let profile = catalog::current(tx).await?.profiles[&plan.profile_id].clone();
            let profile = Profile { rate_up_kbps: 20_000, ..profile };
            write::set_profile(tx, &profile).await?;
            let dearer = Plan { install_fee: Money::rupiah(200_000), ..plan.clone() };
            write::set_plan(tx, &dearer, Money::rupiah(275_000), day("2026-06-01")).await?;
            let rule = catalog::current(tx).await?.taxes[&day("2025-01-01")].clone();
            write::set_tax(tx, &TaxRule { rate_bp: 1_100, ..rule }).await
        })
        .await
        .unwrap();
        for (subject, action, field, was, is) in [
            ("company", "set", "address", json!("Jl. Merdeka 1"), json!("Jl. Baru 2")),
            ("profile", "set", "rate_up_kbps", json!(10_000), json!(20_000)),
            ("plan", "set", "install_fee", json!(150_000), json!(200_000)),
            ("plan", "priced", "price", json!(250_000), json!(275_000)),
            ("tax", "set", "rate_bp", json!(1_200), json!(1_100)),
        ] {
            let rows = journaled(&db, subject, action).await;
            assert_eq!(rows.len(), 2, "{subject} {action}");
            let (before, after) = &rows[1];
            assert_eq!(before.as_ref().unwrap()[field], was, "{subject} {action}");
            assert_eq!(after.as_ref().unwrap()[field], is, "{subject} {action}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_window_of_isolation_must_let_somebody_through() {
    both(&[&catalog::MIGRATIONS], async |db: Db| {
        let set = async |patch: PolicyPatch| {
            db.write(&cause(now()), async |tx: &mut Tx| {
                write::set_policy(tx, write::PolicyFor::Isp, &patch).await
            })
            .await
        };
        let week = |days: &[i8]| PolicyPatch {
            isolate_weekdays: Some(days.to_vec()),
            ..PolicyPatch::default()
        };
        for wrong in [&[][..], &[0], &[8], &[1, 1]] {
            let fault = set(week(wrong)).await.unwrap_err();
            assert_eq!(fault.fields[0].name, "isolate_weekdays", "{wrong:?}");
        }
        let minutes = |from, until| PolicyPatch {
            isolate_from_minute: from,
            isolate_until_minute: until,
            ..PolicyPatch::default()
        };
        for (from, until) in [(Some(600), Some(600)), (Some(-1), None), (None, Some(1_441))] {
            let fault = set(minutes(from, until)).await.unwrap_err();
            assert_eq!(fault.fields[0].name, "isolate_until_minute", "{from:?} {until:?}");
        }
        set(PolicyPatch {
            isolate_weekdays: Some(vec![1, 2, 3, 4, 5, 6]),
            ..minutes(None, Some(1_200))
        })
        .await
        .unwrap();
        let policy = catalog::current(&mut db.reader()).await.unwrap().isp_policy();
        assert_eq!((policy.isolate_from_minute, policy.isolate_until_minute), (0, 1_200));
        assert_eq!(policy.isolate_weekdays.len(), 6);
    })
    .await;
}
