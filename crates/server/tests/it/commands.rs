//! The program as it is started from a shell.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn sambung(data: &Path, arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_sambung"))
        .args(arguments)
        .arg("--data-dir")
        .arg(data)
        .current_dir(data)
        .env("LANG", "en_US.UTF-8")
        .env_remove("LC_ALL")
        .env_remove("LC_MESSAGES")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that does not read its input may be gone by now.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
fn printed(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn the_first_owner_is_made_on_the_command_line() {
    let dir = tempfile::tempdir().unwrap();
    let first = sambung(dir.path(), &["migrate"], "");
    assert!(first.status.success(), "{}", said(&first));
    assert!(printed(&first).trim().parse::<u64>().unwrap() > 0);
    assert_eq!(printed(&sambung(dir.path(), &["migrate"], "")).trim(), "0");
    let add = ["user", "add", "budi", "--name", "Budi Santoso", "--role", "owner", "--role", "noc"];
    let weak = sambung(dir.path(), &add, "rahasia123\n");
    assert_eq!(weak.status.code(), Some(1));
    assert!(said(&weak).contains("password: is too easy to guess"), "{}", said(&weak));
    let none = sambung(dir.path(), &add, "");
    assert_eq!(none.status.code(), Some(1), "there is no default password");
    let made = sambung(dir.path(), &add, "kuda lumping 7\n");
    assert!(made.status.success(), "{}", said(&made));
    let list = sambung(dir.path(), &["user", "list"], "");
    assert_eq!(printed(&list).trim(), "budi\tBudi Santoso\towner,noc\tactive");
    let last = sambung(dir.path(), &["user", "disable", "budi"], "");
    assert!(said(&last).contains("last active owner"), "{}", said(&last));
    let wrong = sambung(dir.path(), &["user", "add", "siti", "--role", "king"], "x\n");
    assert_eq!(wrong.status.code(), Some(2));
    assert!(said(&wrong).contains("roles are owner, sales"), "{}", said(&wrong));
}

#[test]
fn a_bad_configuration_is_named_and_nothing_starts() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("sambung.toml"), "[http]\nlisten = \"0.0.0.0:8080\"\n").unwrap();
    let serve = sambung(dir.path(), &["serve"], "");
    assert_eq!(serve.status.code(), Some(1));
    assert!(said(&serve).contains("plain http is for loopback only"), "{}", said(&serve));
    assert!(!dir.path().join("sambung.db").exists());
    std::fs::remove_file(dir.path().join("sambung.toml")).unwrap();
    let wrong = Command::new(env!("CARGO_BIN_EXE_sambung"))
        .arg("migrate")
        .current_dir(dir.path())
        .env("SAMBUNG_HTTP__LISSTEN", "127.0.0.1:1")
        .env("SAMBUNG_TEST_PG", "somebody else's")
        .output()
        .unwrap();
    assert_eq!(wrong.status.code(), Some(1));
    assert!(said(&wrong).contains("lissten"), "{}", said(&wrong));
    let missing = sambung(dir.path(), &["migrate", "--config", "nowhere.toml"], "");
    assert!(said(&missing).contains("nowhere.toml does not exist"), "{}", said(&missing));
}

#[test]
fn serve_refuses_a_demos_data() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join(server::wiring::DEMO_MARK), "").unwrap();
    let serve = sambung(dir.path(), &["serve"], "");
    assert_eq!(serve.status.code(), Some(1));
    assert!(said(&serve).contains("holds demo data"), "{}", said(&serve));
}

#[test]
fn serve_says_where_it_is_and_stops_cleanly_when_asked() {
    let dir = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_sambung"))
        .arg("serve")
        .current_dir(dir.path())
        .env("SAMBUNG_HTTP__LISTEN", "127.0.0.1:0")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    let mut before = String::new();
    let address = lines.by_ref().find_map(|line| {
        before.push_str(&line);
        line.split_once("sambung is at http://").map(|(_, address)| address.trim().to_owned())
    });
    let address = address.unwrap_or_else(|| panic!("it did not start: {before}"));
    assert!(before.contains("nobody can log in yet"), "{before}");
    let mut stream = std::net::TcpStream::connect(&address).unwrap();
    write!(stream, "GET /api/v1/health HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    std::io::Read::read_to_string(&mut stream, &mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let asked = Command::new("kill").arg("-TERM").arg(child.id().to_string()).status().unwrap();
    assert!(asked.success());
    assert!(child.wait().unwrap().success());
    assert!(lines.any(|line| line.contains("stopping")));
}
