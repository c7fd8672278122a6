//! What the program refuses to start with, and whom it refuses to let in.

use crate::client::Client;
use crate::program::{Start, command};

fn start(role: &'static str, data: std::path::PathBuf) -> Start {
    std::fs::create_dir_all(&data).unwrap();
    Start { role, data, database: None, environment: Vec::new() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_demos_folder_is_not_served_and_nobody_has_a_default_password() {
    let folder = tempfile::tempdir().unwrap();
    let demo = start("demo", folder.path().join("demo"));
    let program = demo.run().await;
    let logins = simulator::demo::logins();
    assert!(!logins.is_empty());
    let web = program.web.unwrap();
    for login in logins.iter().take(2) {
        Client::log_in(web, &login.username, &login.password).await;
    }
    program.stop().await;

    let refused = command(&demo.data)
        .args(["serve", "--data-dir"])
        .arg(&demo.data)
        .stderr(std::process::Stdio::piped())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert!(said.contains("holds demo data"), "{said}");

    // A provider's own database knows nobody, not even the demo's people.
    let program = start("all", folder.path().join("own")).run().await;
    assert!(program.said().contains("nobody can log in yet"), "{}", program.said());
    let web = program.web.unwrap();
    let usual = [("admin", "admin"), ("root", ""), ("owner", "owner"), ("sambung", "sambung")];
    let demos = logins.iter().map(|login| (login.username.as_str(), login.password.as_str()));
    for (username, password) in usual.into_iter().chain(demos) {
        let body = serde_json::json!({ "username": username, "password": password });
        let reply = Client::default().post(web, "/api/v1/session", &[], &body).await.unwrap();
        let code = reply.code();
        // Too many wrong tries are refused before they are looked at.
        let is_refused = matches!(reply.status, 401 | 422 | 429);
        assert!(is_refused, "{username}: {} {code}", reply.status);
        assert!(reply.header("set-cookie").is_none(), "{username}");
    }
    program.stop().await;
}
