//! Sends many requests to a fake that is being served: `load URL CLIENT_ID CLIENT_SECRET REQUESTS`.
//!
//! For measuring how fast `serve` is, and that its memory does not grow.

use std::error::Error;
use std::time::Instant;

use reqwest::Client;
use serde_json::{Value, json};

const CONNECTIONS: u64 = 8;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, id, secret, requests] = arguments.as_slice() else {
        return Err("load URL CLIENT_ID CLIENT_SECRET REQUESTS".into());
    };
    let requests: u64 = requests.parse()?;
    let http = Client::builder().no_proxy().build()?;
    let credentials = json!({ "clientId": id, "clientSecret": secret });
    let login = http.post(format!("{url}/v1/auth/access_token")).json(&credentials).send().await?;
    let token = login.error_for_status()?.json::<Value>().await?["accessToken"].as_str().map(str::to_owned);
    let token = token.ok_or("no token")?;
    let webhook = json!({ "identifier": "load", "url": "https://example.com", "events": ["run.created"] });
    http.post(format!("{url}/v1/webhooks")).bearer_auth(&token).json(&webhook).send().await?;

    let start = Instant::now();
    let mut connections = tokio::task::JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (http, token, url) = (http.clone(), token.clone(), url.clone());
        connections.spawn(async move {
            for number in 0..requests / CONNECTIONS {
                let path = if number % 2 == 0 { "webhooks/load" } else { "webhooks?page=1&per_page=10" };
                let request = http.get(format!("{url}/v1/{path}")).bearer_auth(&token);
                request.send().await?.error_for_status()?.bytes().await?;
            }
            Ok::<_, reqwest::Error>(())
        });
    }
    while let Some(ended) = connections.join_next().await {
        ended??;
    }
    println!("{requests} requests in {:.1} s", start.elapsed().as_secs_f64());
    Ok(())
}
