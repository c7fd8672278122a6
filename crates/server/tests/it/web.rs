//! The web app that is inside the program.

use axum::http::StatusCode;

use crate::world::{self, World};

#[tokio::test]
async fn addresses_of_the_app_get_its_page_and_lost_files_do_not() {
    world::sqlite(async |world: World| {
        for path in ["/", "/customers/7", "/login"] {
            let reply = world.ask("get", path).send().await;
            assert_eq!(reply.status, StatusCode::OK, "{path}");
            let kind = reply.headers.get("content-type").unwrap().to_str().unwrap();
            assert!(kind.starts_with("text/html"), "{path}: {kind}");
            let cache = reply.headers.get("cache-control").unwrap();
            assert!(cache == "no-cache" || cache == "no-store", "{path}: {cache:?}");
            let policy = reply.headers.get("content-security-policy").unwrap().to_str().unwrap();
            assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
            assert_eq!(reply.headers.get("x-content-type-options").unwrap(), "nosniff");
        }
        for path in
            ["/assets/index-gone.js", "/favicon.none", "/../Cargo.toml", "/assets/../../Cargo.toml"]
        {
            assert_eq!(world.ask("get", path).send().await.status, StatusCode::NOT_FOUND, "{path}");
        }
        assert_eq!(world.ask("post", "/login").send().await.code(), "no_such_address");
        let page = world.ask("get", "/").send().await;
        if let Some(etag) = page.headers.get("etag") {
            let again = world.ask("get", "/").header("if-none-match", etag.to_str().unwrap());
            assert_eq!(again.send().await.status, StatusCode::NOT_MODIFIED);
        }
    })
    .await;
}

#[tokio::test]
async fn a_built_file_comes_packed_and_says_how() {
    world::sqlite(async |world: World| {
        let plain = world.ask("get", "/").send().await;
        let packed = world.ask("get", "/").header("accept-encoding", "gzip, br").send().await;
        assert_eq!(packed.headers.get("content-type"), plain.headers.get("content-type"));
        // Without a built app there is nothing that was packed ahead.
        if plain.headers.get("cache-control").unwrap() != "no-cache" {
            return;
        }
        assert_eq!(packed.headers.get("content-encoding").unwrap(), "br");
        assert_ne!(packed.headers.get("etag"), plain.headers.get("etag"));
        assert!(plain.headers.get("content-encoding").is_none());
        let vary = packed.headers.get("vary").unwrap().to_str().unwrap();
        assert!(vary.to_ascii_lowercase().contains("accept-encoding"), "{vary}");
    })
    .await;
}
