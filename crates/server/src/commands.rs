//! The program's commands. One file each.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};
use kernel::clock::SystemClock;
use kernel::{Clock, Fault, Lang, Result};
use tracing_subscriber::EnvFilter;

use crate::config::{Config, Log};

mod backup;
mod bench;
mod bill;
mod check;
mod demo;
mod engine;
mod import;
mod logins;
mod migrate;
mod openapi;
mod quote;
mod restore;
mod serve;
mod simulate;
mod switch;
mod user;

/// Runs an internet provider: customers, network, billing, stock.
#[derive(Parser)]
#[command(name = "sambung", version, about, arg_required_else_help = true)]
struct Arguments {
    /// The configuration file (default: sambung.toml, when there is one).
    #[arg(long, global = true, env = "SAMBUNG_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// The database: sqlite:PATH or postgres://…
    #[arg(long, global = true, value_name = "URL")]
    database: Option<String>,
    /// The folder for the program's files.
    #[arg(long, global = true, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server.
    Serve(serve::Serve),
    /// Run a made-up provider to try things out, on loopback only.
    Demo(demo::Demo),
    /// Bring the database up to date.
    Migrate(migrate::Migrate),
    /// Ask every invariant on live data.
    Check(check::Check),
    /// Live through months in virtual time.
    Simulate(simulate::Simulate),
    /// Explain the amount for some days of one month.
    Quote(quote::Quote),
    /// Run the day's billing, or preview it.
    Bill(bill::Bill),
    /// Bring plans, customers, accounts, items or balances from a file.
    Import(import::Import),
    /// Copy a running installation into a folder.
    Backup(backup::Backup),
    /// Put a backup into the data folder.
    Restore(restore::Restore),
    /// Switch messages or isolation on or off; an import switches both off.
    Switch(switch::Switch),
    /// Measure billing run, sweep and lists on this machine.
    Bench(bench::Bench),
    /// Attach the programs that an ISP already runs: FreeRADIUS, InvenTree, ERPNext.
    Engine(engine::EngineCommand),
    /// Look up which logins of an account were let in.
    Logins(logins::Logins),
    /// Manage the users who may log in.
    User(user::UserCommand),
    /// Write the OpenAPI document.
    Openapi(openapi::Openapi),
}

/// What every command works with.
pub(crate) struct Session {
    pub(crate) config: Config,
    pub(crate) clock: Arc<dyn Clock>,
}

/// Reads the command line and runs the command. Exit code 0: done; 1: refused or failed (said on
/// standard error); 2: the command line is wrong.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    match start(arguments) {
        Ok(code) => code,
        Err(fault) => {
            say(&fault);
            ExitCode::FAILURE
        }
    }
}

fn start(arguments: Arguments) -> Result<ExitCode> {
    let mut config = Config::read(arguments.config.as_deref())?;
    if let Some(folder) = arguments.data_dir {
        config.data_dir = folder;
    }
    if arguments.database.is_some() {
        arguments.command.takes_database()?;
        config.database = arguments.database;
    }
    if matches!(arguments.command, Command::Simulate(_)) && config.log == Log::default() {
        // The faults of a bad year are made on purpose: its report counts them.
        config.log.filter = "error".to_owned();
    }
    start_log(&config);
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        tracing::debug!("a TLS provider was installed before");
    }
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(cores.max(store::THREADS))
        .enable_all()
        .build()
        .map_err(|e| Fault::bug(format!("no runtime: {e}")))?;
    let session = Session { config, clock: Arc::new(SystemClock) };
    runtime.block_on(async move {
        match arguments.command {
            Command::Serve(command) => command.run(session).await,
            Command::Demo(command) => command.run(session).await,
            Command::Migrate(command) => command.run(session).await,
            Command::Check(command) => command.run(session).await,
            Command::Simulate(command) => command.run().await,
            Command::Quote(command) => command.run(session).await,
            Command::Bill(command) => command.run(session).await,
            Command::Import(command) => command.run(session).await,
            Command::Backup(command) => command.run(session).await,
            Command::Restore(command) => command.run(session).await,
            Command::Switch(command) => command.run(session).await,
            Command::Bench(command) => command.run().await,
            Command::Engine(command) => command.run(session).await,
            Command::Logins(command) => command.run(session).await,
            Command::User(command) => command.run(session).await,
            Command::Openapi(command) => command.run(),
        }
    })
}

impl Command {
    /// Whether `--database` has a meaning for this command.
    fn takes_database(&self) -> Result<()> {
        if matches!(self, Self::Simulate(_) | Self::Bench(_) | Self::Openapi(_)) {
            return Err(Fault::field(
                "--database",
                "own_database",
                "tidak dipakai di sini: perintah ini memakai basis datanya sendiri",
                "is not used here: this command works on databases of its own",
            ));
        }
        Ok(())
    }
}

fn start_log(config: &Config) {
    let filter = EnvFilter::try_new(&config.log.filter).unwrap_or_else(|_| EnvFilter::new("info"));
    // Colours are for people, not for a journal or a file.
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    let started = if config.log.json { log.json().try_init() } else { log.try_init() };
    if let Err(error) = started {
        eprintln!("no log: {error}");
    }
}

/// The language of the terminal.
pub(crate) fn lang() -> Lang {
    let named = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    if named.is_some_and(|value| value.starts_with("id")) { Lang::Id } else { Lang::En }
}

/// Says on standard error why a command was refused.
fn say(fault: &Fault) {
    let is_id = lang() == Lang::Id;
    eprintln!("sambung: {}", if is_id { &fault.id } else { &fault.en });
    for field in &fault.fields {
        eprintln!("  {}: {}", field.name, if is_id { &field.id } else { &field.en });
    }
    let mut cause = fault.source.as_deref().map(|e| e as &dyn std::error::Error);
    while let Some(error) = cause {
        eprintln!("  {error}");
        cause = error.source();
    }
}
