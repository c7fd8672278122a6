//! A cashier and a clerk: the API as people use it, by HTTP.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use kernel::Day;
use reqwest::header::{COOKIE, HeaderMap, HeaderValue, SET_COOKIE};
use serde_json::{Value, json};

use super::provider::{MONTH, PASSWORD, Payer, Provider, USER};

const LOOK_AGAIN: Duration = Duration::from_millis(5);
/// Reads of each page.
const READS: u32 = 60;

pub(super) struct Desk {
    client: reqwest::Client,
    base: String,
    cookie: HeaderValue,
}

impl Desk {
    /// Waits until the program answers, and logs in.
    pub(super) async fn open(provider: &Provider) -> Result<Self> {
        // Plain HTTP on loopback; the library wants to know its cryptography nevertheless.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().timeout(Duration::from_secs(60)).build()?;
        let base = format!("http://{}", provider.web);
        let end = Instant::now() + Duration::from_secs(120);
        while client.get(format!("{base}/api/v1/health")).send().await.is_err() {
            ensure!(Instant::now() < end, "the program does not answer at {base}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let body = json!({ "username": USER, "password": PASSWORD }).to_string();
        let request = client.post(format!("{base}/api/v1/session")).header("origin", &base);
        let answer = request.header("content-type", "application/json").body(body).send().await?;
        ensure!(answer.status().is_success(), "logging in: {}", answer.status());
        let set = answer.headers().get(SET_COOKIE).context("no cookie")?.to_str()?;
        let pair = set.split(';').next().unwrap_or_default();
        Ok(Self { client, base, cookie: HeaderValue::from_str(pair)? })
    }

    async fn get(&self, path: &str) -> Result<Value> {
        let request = self.client.get(format!("{}{path}", self.base));
        let answer = request.header(COOKIE, &self.cookie).send().await?;
        ensure!(answer.status().is_success(), "{path}: {}", answer.status());
        serde_json::from_slice(&answer.bytes().await?).context("an answer")
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, self.cookie.clone());
        headers.insert("origin", HeaderValue::from_str(&self.base)?);
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        let request = self.client.post(format!("{}{path}", self.base)).headers(headers);
        let answer = request.body(body.to_string()).send().await?;
        let (status, bytes) = (answer.status(), answer.bytes().await?);
        ensure!(status.is_success(), "{path}: {status} {}", String::from_utf8_lossy(&bytes));
        serde_json::from_slice(&bytes).context("an answer")
    }

    /// Takes cash for what is owed and waits until the router runs full access, as accounting proves it.
    /// Answers the milliseconds from the request on.
    pub(super) async fn pay(&self, payer: &Payer) -> Result<f64> {
        let started = Instant::now();
        let body = json!({ "customer_id": payer.customer, "channel": "cash", "amount": MONTH });
        self.post("/api/v1/payments", &body).await?;
        let path = format!("/api/v1/access/{}", payer.subscription);
        loop {
            let access = self.get(&path).await?;
            if access["desired"] == "full" && access["enforced"] == true {
                return Ok(started.elapsed().as_secs_f64() * 1_000.0);
            }
            ensure!(started.elapsed() < Duration::from_secs(60), "never enforced: {access}");
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// Starts a billing run of that day; answers its id.
    pub(super) async fn bill(&self, day: Day) -> Result<String> {
        let run = self.post("/api/v1/billing-runs", &json!({ "day": day })).await?;
        Ok(run["id"].as_str().context("a run's id")?.to_owned())
    }

    pub(super) async fn is_billed(&self, run: &str) -> Result<bool> {
        let run = self.get(&format!("/api/v1/billing-runs/{run}")).await?;
        Ok(run["state"] == "done")
    }

    /// The lists and pages that people open most, each read again and again with other words.
    pub(super) async fn read_pages(
        &self,
        provider: &Provider,
    ) -> Result<Vec<(&'static str, Vec<f64>)>> {
        let payer = |n: u32| {
            let all = &provider.payers;
            &all[usize::try_from(n).unwrap_or_default() % all.len()]
        };
        type Address<'a> = Box<dyn Fn(u32) -> String + 'a>;
        let pages: Vec<(&'static str, Address<'_>)> = vec![
            ("customers", Box::new(|_| "/api/v1/customers?limit=50".into())),
            (
                "customers, searched by name",
                Box::new(|n| format!("/api/v1/customers?limit=50&q=pelanggan%20{}", n * 131)),
            ),
            ("invoices", Box::new(|_| "/api/v1/invoices?limit=50".into())),
            ("subscriptions", Box::new(|_| "/api/v1/subscriptions?limit=50".into())),
            ("sessions", Box::new(|_| "/api/v1/sessions?limit=50".into())),
            ("find anything", Box::new(|n| format!("/api/v1/search?q=pelanggan{:06}", n * 17))),
            (
                "customer page",
                Box::new(move |n| format!("/api/v1/customers/{}", payer(n).customer)),
            ),
            (
                "customer's timeline",
                Box::new(move |n| format!("/api/v1/customers/{}/timeline", payer(n).customer)),
            ),
            ("Kenapa?", Box::new(move |n| format!("/api/v1/why/{}", payer(n).subscription))),
        ];
        let mut all = Vec::new();
        for (name, address) in pages {
            let mut took = Vec::new();
            for n in 0..READS {
                let started = Instant::now();
                self.get(&address(n)).await?;
                took.push(started.elapsed().as_secs_f64() * 1_000.0);
            }
            all.push((name, took));
        }
        Ok(all)
    }
}
