//! `sambung-bench`: the load generator and the comparison with the opponents.

use std::net::{SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, ensure};
use bench::load::{self, Kind, Until};
use bench::{compare, respond};
use clap::{Args, Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(
    version,
    about = "Speed and memory of Sambung, beside the programs that do the same work"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Send RADIUS requests to one server and check every reply; prints the result as JSON
    Load(Load),
    /// Answer logins without knowing any account: shows what generator and sockets can carry
    Respond {
        /// Address and port to answer on, on this machine
        #[arg(long)]
        listen: SocketAddr,
    },
    /// Compare the whole work of a login with its cryptography, without sockets
    Inprocess(Compare),
    /// Compare logins: Sambung, FreeRADIUS with files, FreeRADIUS with MariaDB
    Radius(Compare),
    /// Compare durable accounting: Sambung, FreeRADIUS with MariaDB
    Accounting(Compare),
    /// The whole program: payment to enforced, pages, memory, a billing run beside traffic, kill -9
    Live(Live),
    /// A FreeRADIUS that reads its SQL tables: first sync, comparison, how soon a change is there
    Engines(Engines),
    /// Billing run, messages, sweep and lists at a tenth of the size and at the whole size
    Business {
        #[arg(long, default_value_t = 100_000)]
        subscriptions: u32,
        /// A PostgreSQL to measure besides SQLite
        #[arg(long)]
        postgres: Option<String>,
        #[arg(long, default_value = "target/bench")]
        work: PathBuf,
        #[arg(long, default_value = "bench-out")]
        out: PathBuf,
    },
}

/// `sambung-bench engines`.
#[derive(Debug, Args)]
struct Engines {
    /// Customers of the first sync
    #[arg(long, default_value_t = 10_000)]
    first: u32,
    /// Accounts that are compared when nothing changed
    #[arg(long, default_value_t = 100_000)]
    steady: u32,
    /// A PostgreSQL to hold the tables as well, besides MariaDB
    #[arg(long)]
    postgres: Option<String>,
    /// Folder with Debian's FreeRADIUS configuration, for its tables
    #[arg(long, default_value = "/etc/freeradius/3.0")]
    freeradius: PathBuf,
    #[arg(long, default_value = "target/bench")]
    work: PathBuf,
    #[arg(long, default_value = "bench-out")]
    out: PathBuf,
}

/// `sambung-bench live`.
#[derive(Debug, Args)]
struct Live {
    #[arg(long, default_value_t = 100_000)]
    subscriptions: u32,
    /// A PostgreSQL to measure instead of SQLite
    #[arg(long)]
    postgres: Option<String>,
    /// Length of the traffic after which memory is read, in seconds
    #[arg(long, default_value_t = 60)]
    traffic_secs: u32,
    #[arg(long, default_value = "target/bench")]
    work: PathBuf,
    #[arg(long, default_value = "bench-out")]
    out: PathBuf,
}

#[derive(Debug, Args)]
struct Load {
    /// Address and port of the server, on this machine
    #[arg(long)]
    server: SocketAddr,
    #[arg(long, default_value = bench::account::SECRET)]
    secret: String,
    #[arg(long, value_enum, default_value = "pap")]
    kind: Kind,
    #[arg(long, default_value_t = 100_000)]
    accounts: u32,
    /// Requests under way at once
    #[arg(long, default_value_t = 64)]
    outstanding: u32,
    #[arg(long, default_value_t = 1.0)]
    warm_up: f64,
    /// Length of the measured part
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// Send exactly this many requests instead
    #[arg(long)]
    requests: Option<u64>,
    /// Seconds after which a request without an answer is sent again
    #[arg(long, default_value_t = 2.0)]
    patience: f64,
    #[arg(long, default_value_t = 5)]
    tries: u32,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Processes of the server, whose CPU time is reported
    #[arg(long, value_delimiter = ',')]
    pids: Vec<u32>,
    /// When the sessions began, in seconds since 1970
    #[arg(long)]
    since: Option<u64>,
    /// How many interims each session has sent in earlier runs
    #[arg(long, default_value_t = 0)]
    first_round: u32,
    /// Where to write the counters of each session's newest answered interim
    #[arg(long)]
    answered: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct Compare {
    /// Folder for the data of the servers
    #[arg(long, default_value = "target/bench")]
    work: PathBuf,
    /// Folder for the tables
    #[arg(long, default_value = "bench-out")]
    out: PathBuf,
    /// Folder with the parts of Debian's FreeRADIUS configuration that are used as they are
    #[arg(long, default_value = "/etc/freeradius/3.0")]
    freeradius: PathBuf,
    #[arg(long, default_value_t = 100_000)]
    accounts: u32,
    /// Requests under way at once (64 for logins, 1024 for accounting)
    #[arg(long)]
    outstanding: Option<u32>,
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    #[arg(long, default_value_t = 1.0)]
    warm_up: f64,
    /// How often the servers take turns
    #[arg(long, default_value_t = 3)]
    rounds: u32,
    #[arg(long, value_enum, value_delimiter = ',', default_values = ["pap", "chap", "mschapv2"])]
    methods: Vec<Kind>,
}

fn main() -> Result<()> {
    match Cli::parse().command {
        Command::Load(load) => run_load(load),
        Command::Respond { listen } => {
            ensure!(listen.ip().is_loopback(), "answers on this machine only");
            respond::serve(&UdpSocket::bind(listen)?)
        }
        Command::Inprocess(options) => bench::inprocess::compare(
            options.accounts,
            &options.methods,
            options.rounds.max(3) * 3,
            &options.out,
        ),
        Command::Radius(options) => compare::logins(&options.into_plan(64)),
        Command::Accounting(options) => {
            let mut plan = options.into_plan(1024);
            // What it leaves to be applied would be the work of the next logins that are measured.
            plan.work.push("accounting");
            compare::accounting(&plan)
        }
        Command::Live(Live { subscriptions, postgres, traffic_secs, work, out }) => {
            let size = bench::live::Size { subscriptions, postgres, traffic_secs };
            let runtime = tokio::runtime::Runtime::new()?;
            runtime.block_on(bench::live::measure(&work, &out, &size))
        }
        Command::Engines(Engines { first, steady, postgres, freeradius, work, out }) => {
            let size = bench::engines::Size { first, steady, postgres, stock: freeradius };
            let runtime = tokio::runtime::Runtime::new()?;
            runtime.block_on(bench::engines::measure(&work, &out, &size))
        }
        Command::Business { subscriptions, postgres, work, out } => {
            let size = bench::business::Size { subscriptions, postgres };
            let runtime = tokio::runtime::Runtime::new()?;
            runtime.block_on(bench::business::measure(&work, &out, &size))
        }
    }
}

fn run_load(load: Load) -> Result<()> {
    ensure!(load.server.ip().is_loopback(), "the load goes to this machine only");
    let elapsed = Until::Elapsed(Duration::from_secs_f64(load.seconds));
    let options = load::Options {
        server: load.server,
        secret: load.secret,
        kind: load.kind,
        accounts: load.accounts,
        outstanding: load.outstanding,
        warm_up: Duration::from_secs_f64(load.warm_up),
        until: load.requests.map_or(elapsed, Until::Requests),
        patience: Duration::from_secs_f64(load.patience),
        tries: load.tries,
        seed: load.seed,
        pids: load.pids,
        since: load.since,
        first_round: load.first_round,
        answered: load.answered,
    };
    let outcome = load::run(&options)?;
    println!("{}", serde_json::to_string(&outcome)?);
    Ok(())
}

impl Compare {
    fn into_plan(self, outstanding: u32) -> compare::Plan {
        compare::Plan {
            work: self.work,
            out: self.out,
            freeradius: self.freeradius,
            accounts: self.accounts,
            outstanding: self.outstanding.unwrap_or(outstanding),
            seconds: self.seconds,
            warm_up: self.warm_up,
            rounds: self.rounds,
            methods: self.methods,
        }
    }
}
