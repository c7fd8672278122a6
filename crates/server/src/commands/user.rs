//! `sambung user`: the users who may log in. The first owner is made here: there is no default password.

use std::io::{BufRead, IsTerminal};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use identity::user::{self, NewUser};
use identity::{Role, User, login};
use kernel::{BranchId, Cause, Fault, Result, Scope};
use store::{Db, Tx};

use super::Session;
use crate::wiring;

#[derive(Args)]
pub(super) struct UserCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Make a user. Asks for the password, or reads it from standard input.
    Add(Add),
    /// List the users.
    List,
    /// Give a user a temporary password, asked for or read from standard input.
    Password(Named),
    /// Lock a user out.
    Disable(Named),
    /// Let a disabled user log in again.
    Enable(Named),
    /// End a user's sessions.
    EndSessions(Named),
}

#[derive(Args)]
struct Add {
    username: String,
    /// The person's name (default: the user name).
    #[arg(long)]
    name: Option<String>,
    /// owner, sales, finance, warehouse, noc, technician or hr; several times for several roles.
    #[arg(long = "role", required = true, value_parser = role)]
    roles: Vec<Role>,
    /// The branch's code; without it: every branch.
    #[arg(long)]
    branch: Option<String>,
}

#[derive(Args)]
struct Named {
    username: String,
}

fn role(word: &str) -> std::result::Result<Role, String> {
    let known: Vec<&str> = Role::ALL.iter().map(|r| r.as_str()).collect();
    Role::parse(word).ok_or_else(|| format!("roles are {}", known.join(", ")))
}

impl UserCommand {
    pub(super) async fn run(self, session: Session) -> Result<ExitCode> {
        let db = wiring::open_migrated(&session.config, session.clock.as_ref()).await?;
        let cause = Cause::system(session.clock.now(), "command_line");
        match self.what {
            What::Add(add) => add.run(&db, &cause).await?,
            What::List => list(&db).await?,
            What::Password(named) => {
                let id = named.find(&db).await?.id;
                let plain = ask_password()?;
                db.write(&cause, async move |tx: &mut Tx| {
                    user::reset_password(tx, id, &plain).await
                })
                .await?;
            }
            What::Disable(named) => {
                let id = named.find(&db).await?.id;
                db.write(&cause, async move |tx: &mut Tx| user::disable(tx, id).await).await?;
            }
            What::Enable(named) => {
                let id = named.find(&db).await?.id;
                db.write(&cause, async move |tx: &mut Tx| user::enable(tx, id).await).await?;
            }
            What::EndSessions(named) => {
                let id = named.find(&db).await?.id;
                let ended =
                    db.write(&cause, async move |tx: &mut Tx| login::end_all(tx, id).await).await?;
                println!("{ended}");
            }
        }
        db.close().await;
        Ok(ExitCode::SUCCESS)
    }
}

impl Named {
    async fn find(&self, db: &Db) -> Result<User> {
        user::by_username(&mut db.reader(), &self.username).await?.ok_or_else(|| {
            Fault::not_found(
                "identity.user_not_found",
                format!("Pengguna {} tidak ada.", self.username),
                format!("There is no user {}.", self.username),
            )
        })
    }
}

impl Add {
    async fn run(self, db: &Db, cause: &Cause) -> Result<()> {
        let branch = match &self.branch {
            Some(code) => Some(branch_of(db, code).await?),
            None => None,
        };
        let new = NewUser {
            name: self.name.unwrap_or_else(|| self.username.clone()),
            username: self.username,
            phone: None,
            email: None,
            password: ask_password()?,
            roles: self.roles,
            branch,
            partner: None,
        };
        let id = db.write(cause, async move |tx: &mut Tx| user::create(tx, new).await).await?;
        println!("{id}");
        Ok(())
    }
}

async fn branch_of(db: &Db, code: &str) -> Result<BranchId> {
    let catalog = catalog::current(&mut db.reader()).await?;
    let found = catalog.branches.values().find(|b| b.code.eq_ignore_ascii_case(code));
    found.map(|b| b.id).ok_or_else(|| {
        Fault::field("branch", "not_found", "cabang tidak ada", "there is no such branch")
    })
}

async fn list(db: &Db) -> Result<()> {
    let mut after: Option<String> = None;
    loop {
        let page = user::list(&mut db.reader(), &Scope::all(), after.as_deref(), None, 200).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.username.clone());
        for user in page {
            let roles: Vec<&str> = user.roles.iter().map(|r| r.as_str()).collect();
            let state = if user.disabled_at.is_some() { "disabled" } else { "active" };
            println!("{}\t{}\t{}\t{state}", user.username, user.name, roles.join(","));
        }
    }
}

/// A password typed twice at a terminal, or the first line of standard input.
fn ask_password() -> Result<String> {
    let unread = |e: std::io::Error| {
        Fault::invalid(
            "user.no_password",
            format!("Kata sandi tidak terbaca: {e}"),
            format!("The password could not be read: {e}"),
        )
    };
    if !std::io::stdin().is_terminal() {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).map_err(unread)?;
        return Ok(line.trim_end_matches(['\r', '\n']).to_owned());
    }
    let first = rpassword::prompt_password("Password: ").map_err(unread)?;
    let again = rpassword::prompt_password("Again: ").map_err(unread)?;
    if first == again {
        return Ok(first);
    }
    Err(Fault::field("password", "differs", "kedua isian berbeda", "the two differ"))
}
