//! The house stands as ARCHITECTURE.md draws it: who may depend on whom, whose tables are whose, how long a
//! file may be.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Lines that a source file may have.
const LINES_MAX: usize = 600;
const ROOMS: [&str; 10] = [
    "billing",
    "bridge",
    "catalog",
    "crm",
    "fulfilment",
    "hr",
    "identity",
    "inventory",
    "network",
    "notification",
];
/// Products that only a connector may name.
const VENDORS: [&str; 8] =
    ["erpnext", "inventree", "daloradius", "midtrans", "xendit", "tripay", "duitku", "fonnte"];

/// What a crate may depend on besides itself, of the workspace.
fn allowed(krate: &str) -> Option<Vec<&'static str>> {
    let mut all = vec!["kernel"];
    match krate {
        "kernel" => return Some(Vec::new()),
        "radius" | "store" => {}
        "documents" => all.push("catalog"),
        "catalog" | "identity" => all.extend(["store", "catalog"]),
        "billing" | "bridge" | "crm" | "fulfilment" | "hr" | "inventory" | "network"
        | "notification" | "partner" => {
            all.extend(["store", "catalog"]);
        }
        "aaa" => all.extend(["store", "network", "radius"]),
        // Their ports only.
        "connectors" => all.extend(["store", "billing", "bridge", "network", "notification"]),
        "flows" => {
            all.extend(["store", "partner"]);
            all.extend(ROOMS);
        }
        "simulator" => {
            all.extend(["store", "partner", "flows", "aaa", "radius", "connectors"]);
            all.extend(ROOMS);
        }
        "bench" => {
            all.extend(["store", "partner", "flows", "aaa", "radius", "simulator", "connectors"]);
            all.extend(ROOMS);
        }
        // It puts everything together.
        "server" => return None,
        other => {
            panic!("{other} is not drawn: say in ARCHITECTURE.md and here what it may depend on")
        }
    }
    Some(all)
}

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn names() -> BTreeSet<String> {
    fs::read_dir(crates())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| crates().join(name).join("Cargo.toml").exists())
        .collect()
}

/// The workspace's crates among the ordinary dependencies.
fn depends_on(krate: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(crates().join(krate).join("Cargo.toml")).unwrap();
    let own = text.split("\n[dependencies]").nth(1).unwrap_or("");
    let own = own.split("\n[").next().unwrap();
    own.lines()
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|name| names().contains(*name))
        .map(str::to_owned)
        .collect()
}

fn files(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, ending, found);
        } else if path.extension().is_some_and(|e| e == ending) {
            found.push(path);
        }
    }
}

fn sources(krate: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    files(&crates().join(krate), ending, &mut found);
    assert!(ending != "rs" || !found.is_empty(), "{krate} has no source");
    found
}

#[test]
fn no_crate_depends_on_more_than_it_may() {
    assert!(names().len() >= 20);
    for krate in names() {
        let Some(allowed) = allowed(&krate) else { continue };
        for other in depends_on(&krate) {
            assert!(allowed.contains(&other.as_str()), "{krate} may not depend on {other}");
        }
    }
}

#[test]
fn only_the_store_names_the_sql_library() {
    for krate in names() {
        let text = fs::read_to_string(crates().join(&krate).join("Cargo.toml")).unwrap();
        // A connector to an engine that has nothing but its database brings its own door.
        let may = ["store", "connectors"].contains(&krate.as_str());
        assert!(may || !text.contains("sqlx"), "{krate} names sqlx");
    }
}

#[test]
fn every_table_carries_the_name_of_its_room() {
    let mut tables = 0;
    for krate in names() {
        for path in sources(&krate, "sql") {
            let text = fs::read_to_string(&path).unwrap().to_lowercase();
            for after in text.split("create table ").skip(1) {
                let table = after.trim_start_matches("if not exists ");
                tables += 1;
                // The accounting spool and the log of logins are files of their own.
                let own = krate == "aaa" || table.starts_with(&format!("{krate}_"));
                assert!(own, "{}: {}", path.display(), table.lines().next().unwrap());
            }
        }
    }
    assert!(tables > 50, "{tables} tables");
}

/// Every table of the migrations.
fn tables() -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for krate in names() {
        for path in sources(&krate, "sql") {
            let text = fs::read_to_string(&path).unwrap().to_lowercase();
            for after in text.split("create table ").skip(1) {
                let name = after.trim_start_matches("if not exists ");
                all.insert(name.split([' ', '(', '\n']).next().unwrap().to_owned());
            }
        }
    }
    all
}

/// The tables that a source asks (`false`) or writes (`true`), tests apart.
fn asked(text: &str, tables: &BTreeSet<String>) -> Vec<(bool, String)> {
    let text = text.split("#[cfg(test)]\nmod ").next().unwrap();
    let words: Vec<&str> =
        text.split_whitespace().map(|w| w.trim_start_matches(['"', '('])).collect();
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate().skip(1) {
        let writes = match (words[at - 1], *word) {
            ("delete", "from") | (_, "into" | "update") => true,
            (_, "from" | "join") => false,
            _ => continue,
        };
        let end = |c: char| !c.is_ascii_lowercase() && c != '_';
        let table = words.get(at + 1).map_or("", |next| next.split(end).next().unwrap());
        if tables.contains(table) {
            found.push((writes, table.to_owned()));
        }
    }
    found
}

/// A room's SQL asks the room's own tables. The flows read any room's and write their own; what fills an
/// empty provider by the ten thousand rows is the one exception, and checked by every invariant after it.
#[test]
fn a_room_asks_its_own_tables_only() {
    let tables = tables();
    let mut seen = 0;
    for krate in names() {
        if ["bench", "simulator"].contains(&krate.as_str()) {
            continue;
        }
        let mut sources = Vec::new();
        files(&crates().join(&krate).join("src"), "rs", &mut sources);
        for path in sources {
            let shown = path.display().to_string();
            if ["tests.rs", "/tests/", "fixture", "testing"].iter().any(|m| shown.contains(m)) {
                continue;
            }
            for (writes, table) in asked(&fs::read_to_string(&path).unwrap(), &tables) {
                seen += 1;
                let own = table.starts_with(&format!("{krate}_"));
                let may = own || (krate == "flows" && (!writes || shown.contains("import/write/")));
                assert!(may, "{shown} asks {table}");
            }
        }
    }
    assert!(seen > 300, "{seen} questions");
}

#[test]
fn no_room_names_a_product_that_a_connector_talks_to() {
    for krate in names()
        .iter()
        .filter(|k| !["bridge", "connectors", "server", "bench"].contains(&k.as_str()))
    {
        for path in sources(krate, "rs") {
            // Where engines are met, their names are the subject.
            let shown = path.display().to_string();
            if ["mirror", "adopt", "compare", "replay", "simulator/tests"]
                .iter()
                .any(|m| shown.contains(m))
            {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap().to_lowercase();
            for vendor in VENDORS {
                assert!(!text.contains(vendor), "{} names {vendor}", path.display());
            }
        }
    }
}

#[test]
fn no_file_is_too_long_to_read() {
    for krate in names() {
        for path in sources(&krate, "rs") {
            let lines = fs::read_to_string(&path).unwrap().lines().count();
            assert!(lines <= LINES_MAX, "{} has {lines} lines", path.display());
        }
    }
}
