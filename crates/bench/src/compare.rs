//! The comparisons: the same load against each server in turn.

use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context, Result, ensure};

use crate::load::{Kind, Outcome, wall_secs};
use crate::opponent::{Contestant, Files, Running, Sambung, Setup, WithMariadb, pinned_generator};
use crate::report::{Case, Report};

/// What to measure and how long.
#[derive(Clone, Debug)]
pub struct Plan {
    pub work: PathBuf,
    pub out: PathBuf,
    pub freeradius: PathBuf,
    pub accounts: u32,
    pub outstanding: u32,
    pub seconds: f64,
    pub warm_up: f64,
    pub rounds: u32,
    pub methods: Vec<Kind>,
}

/// Logins at each server, with the log of logins on and off, by each method; the servers take turns.
/// Writes `radius.md` and `radius.json`.
///
/// # Errors
/// When a server does not come up, or an answer is wrong or missing.
pub fn logins(plan: &Plan) -> Result<()> {
    let contestants: [&dyn Contestant; 3] = [&Sambung, &Files, &WithMariadb];
    let mut report = Report::new("RADIUS logins", plan);
    for round in 1..=plan.rounds {
        for contestant in contestants {
            for login_log in [false, true] {
                let setup = plan.setup(contestant, login_log);
                let running = contestant.start(&setup)?;
                for method in &plan.methods {
                    let mut load = plan.load(&running, *method, round);
                    load.timed(plan);
                    let outcome = load.run()?;
                    let log = if login_log { "log on" } else { "log off" };
                    let case = Case::new(contestant.name(), method.name(), log);
                    report.add(case, outcome, &running)?;
                }
                running.stop()?;
            }
        }
    }
    report.write("radius")
}

/// Interims of open sessions at the servers that keep accounting on disk before they answer.
/// Writes `accounting.md` and `accounting.json`.
///
/// # Errors
/// When a server does not come up, or an answer is wrong or missing.
pub fn accounting(plan: &Plan) -> Result<()> {
    let contestants: [&dyn Contestant; 2] = [&Sambung, &WithMariadb];
    let mut report = Report::new("Durable accounting", plan);
    for round in 1..=plan.rounds {
        for contestant in contestants {
            let running = contestant.start(&plan.setup(contestant, true))?;
            let since = wall_secs();
            let mut starts = plan.load(&running, Kind::Start, round);
            starts.sessions(since, plan.accounts);
            let outcome = starts.run()?;
            report.add(Case::new(contestant.name(), Kind::Start.name(), ""), outcome, &running)?;

            let mut interims = plan.load(&running, Kind::Interim, round);
            interims.sessions_go_on(since);
            interims.timed(plan);
            let before = running.fsyncs.as_ref().map(|count| count()).transpose()?;
            let outcome = interims.run()?;
            let after = running.fsyncs.as_ref().map(|count| count()).transpose()?;
            let case = Case::new(contestant.name(), Kind::Interim.name(), "");
            if let (Some(before), Some(after)) = (before, after) {
                report.fsyncs(&case, after - before);
            }
            report.add(case, outcome, &running)?;
            running.stop()?;
        }
    }
    report.write("accounting")
}

impl Plan {
    fn setup(&self, contestant: &dyn Contestant, login_log: bool) -> Setup {
        let folder = contestant.name().to_lowercase().replace(|c: char| !c.is_alphanumeric(), "-");
        Setup {
            folder: self.work.join(folder),
            stock: self.freeradius.clone(),
            accounts: self.accounts,
            login_log,
        }
    }

    fn load(&self, running: &Running, kind: Kind, round: u32) -> Load {
        let server = if matches!(kind, Kind::Pap | Kind::Chap | Kind::Mschapv2) {
            running.auth
        } else {
            running.acct
        };
        let pids: Vec<String> = running.pids().iter().map(u32::to_string).collect();
        let mut load = Load(Vec::new());
        load.set("--server", server);
        load.set("--kind", kind.name().to_lowercase().replace('-', ""));
        load.set("--accounts", self.accounts);
        load.set("--outstanding", self.outstanding);
        load.set("--seed", round);
        load.set("--pids", pids.join(","));
        load
    }
}

/// The arguments of the generator, which runs as a process apart on the other core.
struct Load(Vec<String>);

impl Load {
    fn set(&mut self, name: &str, value: impl ToString) {
        self.0.extend([name.to_owned(), value.to_string()]);
    }
    fn timed(&mut self, plan: &Plan) {
        self.set("--seconds", plan.seconds);
        self.set("--warm-up", plan.warm_up);
    }
    fn sessions(&mut self, since: u64, count: u32) {
        self.set("--requests", count);
        self.set("--since", since);
    }
    fn sessions_go_on(&mut self, since: u64) {
        self.set("--since", since);
    }

    fn run(&self) -> Result<Outcome> {
        let own = std::env::current_exe().context("where this program is")?;
        let output = pinned_generator(&own.display().to_string())
            .arg("load")
            .args(&self.0)
            .stderr(Stdio::inherit())
            .output()
            .context("starting the generator")?;
        ensure!(output.status.success(), "the generator failed");
        serde_json::from_slice(&output.stdout).context("the generator's result")
    }
}
