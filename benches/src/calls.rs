//! The same calls, by each client that is compared.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, HeaderValue};
use hyper::{Method, Request};
use hyper_util::client::legacy::Client as Hyper;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use port_webhooks::{Client, NewWebhook};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::Failed;

/// What is called.
#[derive(Clone, Copy)]
pub enum Operation {
    Get,
    List,
    Create,
}

impl Operation {
    pub const ALL: [Self; 3] = [Self::Get, Self::List, Self::Create];

    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "get one",
            Self::List => "list ten",
            Self::Create => "create",
        }
    }
}

/// Who calls. The order is that of the tables.
#[derive(Clone)]
pub enum Subject {
    /// reqwest as one would write it who cares: the base address parsed once, one shared header for the token, and a
    /// type read from the bytes.
    Careful(Careful),
    Ours(Client),
    /// The floor.
    Bare(Bare),
}

impl Subject {
    pub const NAMES: [&str; 4] =
        ["careful reqwest", "the same with a timeout", "port-webhooks", "bare hyper"];

    pub fn new(name: &str, address: &str) -> Result<Self, Failed> {
        Ok(match name {
            "careful reqwest" => Self::Careful(Careful::new(address, None)?),
            "the same with a timeout" => Self::Careful(Careful::new(address, Some(Duration::from_secs(15)))?),
            "port-webhooks" => Self::Ours(
                Client::builder()
                    .credentials("client-id", "client-secret")
                    .base_url(format!("http://{address}"))
                    .build()?,
            ),
            "bare hyper" => Self::Bare(Bare::new(address)),
            other => return Err(format!("there is no client {other:?}").into()),
        })
    }

    pub async fn call(&self, operation: Operation) -> Result<(), Failed> {
        match self {
            Self::Careful(client) => client.call(operation).await,
            Self::Ours(client) => ours(client, operation).await,
            Self::Bare(client) => client.call(operation).await,
        }
    }
}

async fn ours(client: &Client, operation: Operation) -> Result<(), Failed> {
    let webhooks = client.webhooks();
    match operation {
        Operation::Get => assert_eq!(webhooks.get(IDENTIFIER).await?.identifier, IDENTIFIER),
        Operation::List => assert_eq!(webhooks.list().page(1).per_page(10).await?.webhooks.len(), 10),
        Operation::Create => {
            let webhook = NewWebhook::subscription(IDENTIFIER, RECEIVER)
                .title(TITLE)
                .events(EVENTS)
                .header("X-API-Key", "your-api-key");
            assert_eq!(webhooks.create(webhook).await?.identifier, IDENTIFIER);
        }
    }
    Ok(())
}

const IDENTIFIER: &str = "entity-updated-webhook";
const TITLE: &str = "Entity Updated Notifications";
const RECEIVER: &str = "https://api.example.com/webhooks/port";
const EVENTS: [&str; 2] = ["entity.created", "entity.updated"];

#[derive(Clone)]
pub struct Careful {
    http: reqwest::Client,
    base: Url,
    bearer: HeaderValue,
}

#[derive(Deserialize)]
struct Envelope {
    webhook: Webhook,
}

#[derive(Deserialize)]
struct List {
    webhooks: Vec<Webhook>,
}

#[allow(dead_code)] // read from the answer, as a program would
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Webhook {
    identifier: String,
    title: Option<String>,
    description: Option<String>,
    url: Option<String>,
    events: Option<Vec<String>>,
    headers: Option<BTreeMap<String, String>>,
    enabled: Option<bool>,
    created_at: Option<String>,
    updated_at: Option<String>,
    created_by: Option<String>,
    updated_by: Option<String>,
}

#[derive(Serialize)]
struct New<'a> {
    identifier: &'a str,
    title: &'a str,
    url: &'a str,
    events: [&'a str; 2],
    headers: BTreeMap<&'a str, &'a str>,
}

fn new() -> New<'static> {
    let headers = [("X-API-Key", "your-api-key")].into();
    New { identifier: IDENTIFIER, title: TITLE, url: RECEIVER, events: EVENTS, headers }
}

impl Careful {
    fn new(address: &str, timeout: Option<Duration>) -> Result<Self, Failed> {
        let mut bearer = HeaderValue::from_static("Bearer token");
        bearer.set_sensitive(true);
        Ok(Self {
            http: timeout
                .map_or_else(reqwest::Client::builder, |timeout| reqwest::Client::builder().timeout(timeout))
                .no_proxy()
                .build()?,
            base: Url::parse(&format!("http://{address}/v1/webhooks"))?,
            bearer,
        })
    }

    async fn call(&self, operation: Operation) -> Result<(), Failed> {
        let mut url = self.base.clone();
        let request = match operation {
            Operation::Get => {
                url.path_segments_mut().map_err(|()| "no path")?.push(IDENTIFIER);
                self.http.get(url)
            }
            Operation::List => {
                url.query_pairs_mut().append_pair("page", "1").append_pair("per_page", "10");
                self.http.get(url)
            }
            Operation::Create => self.http.post(url).json(&new()),
        };
        let response = request.header(AUTHORIZATION, self.bearer.clone()).send().await?.error_for_status()?;
        let body = response.bytes().await?;
        match operation {
            Operation::List => assert_eq!(serde_json::from_slice::<List>(&body)?.webhooks.len(), 10),
            Operation::Get | Operation::Create => {
                assert_eq!(serde_json::from_slice::<Envelope>(&body)?.webhook.identifier, IDENTIFIER);
            }
        }
        Ok(())
    }
}

#[derive(Clone)]
pub struct Bare {
    http: Hyper<HttpConnector, Full<Bytes>>,
    authority: String,
}

impl Bare {
    fn new(address: &str) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Self { http: Hyper::builder(TokioExecutor::new()).build(connector), authority: address.to_owned() }
    }

    async fn call(&self, operation: Operation) -> Result<(), Failed> {
        let (method, path, body) = match operation {
            Operation::Get => (Method::GET, "/entity-updated-webhook", Vec::new()),
            Operation::List => (Method::GET, "?page=1&per_page=10", Vec::new()),
            Operation::Create => (Method::POST, "", serde_json::to_vec(&new())?),
        };
        let request = Request::builder()
            .method(method)
            .uri(format!("http://{}/v1/webhooks{path}", self.authority))
            .header(HOST, &self.authority)
            .header(ACCEPT, "*/*")
            .header(CONTENT_TYPE, "application/json")
            .header(AUTHORIZATION, "Bearer token")
            .body(Full::new(body.into()))?;
        let response = self.http.request(request).await?;
        assert!(response.status().is_success());
        assert!(!response.into_body().collect().await?.to_bytes().is_empty());
        Ok(())
    }
}
