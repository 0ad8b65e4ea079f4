//! The requests of a run: bounded in number, patient with rate limits, and kept as evidence.

use std::collections::BTreeMap;
use std::time::{Duration, UNIX_EPOCH};

use futures_util::future::BoxFuture;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::Result;
use crate::response::Response;
use crate::settings::Settings;
use crate::webhooks::{Kind, is_ours, random};

/// How a run waits, so that tests need not.
pub type Wait = Box<dyn Fn(Duration) -> BoxFuture<'static, ()> + Send + Sync>;

/// How many requests the probes may send, and once more as many the clean-up.
pub(crate) const MOST_REQUESTS: u32 = 150;
/// How often one request is repeated after a 429, and how long each wait is at most.
const TRIES: u32 = 4;
const LONGEST_WAIT: Duration = Duration::from_secs(90);
const TIMEOUT: Duration = Duration::from_secs(30);

/// The `x-ratelimit-reset` from which it counts from 1970 on, in milliseconds or seconds; a smaller one is a wait.
pub(crate) const EPOCH_MILLISECONDS: u64 = 1_000_000_000_000;
pub(crate) const EPOCH_SECONDS: u64 = 1_000_000_000;

/// Asks one server, as one organization.
pub(crate) struct Session {
    http: reqwest::Client,
    settings: Settings,
    pub(crate) wait: Wait,
    token: String,
    /// How many requests were sent, and how many may be.
    pub(crate) sent: u32,
    pub(crate) limit: u32,
    /// What must not be shown.
    hidden: Vec<String>,
    /// The part of every identifier that no other run has.
    pub(crate) mark: u64,
    /// The secret of the webhooks that are made.
    pub(crate) secret: String,
    /// Webhooks that may exist because of this run.
    pub(crate) made: Vec<String>,
    /// What cannot be removed, with the reason.
    pub(crate) left: Vec<String>,
    /// A webhook of each kind, with the response to its create.
    pub(crate) first: BTreeMap<Kind, (String, Response)>,
    /// Every response, and how many of them came before the probe that asks.
    pub(crate) log: Vec<Response>,
    pub(crate) asked: usize,
}

impl Session {
    pub(crate) fn new(settings: Settings, wait: Wait) -> Result<Self> {
        let redirects = reqwest::redirect::Policy::none();
        let http = reqwest::Client::builder().redirect(redirects).timeout(TIMEOUT).build();
        let secret = format!("secret-{:016x}", random());
        let mut hidden = vec![secret.clone()];
        hidden.extend([&settings.token, &settings.id, &settings.secret].map(|text| text.expose().to_owned()));
        Ok(Self {
            http: http.map_err(|error| format!("no HTTP client: {error}"))?,
            token: settings.token.expose().to_owned(),
            settings,
            wait,
            sent: 0,
            limit: MOST_REQUESTS,
            hidden,
            mark: random() & 0xffff_ffff,
            secret,
            made: Vec::new(),
            left: Vec::new(),
            first: BTreeMap::new(),
            log: Vec::new(),
            asked: 0,
        })
    }

    /// Takes everything out of a text that must not be shown.
    pub(crate) fn redact(&self, text: &str) -> String {
        let hidden = self.hidden.iter().filter(|hidden| !hidden.is_empty());
        hidden.fold(text.to_owned(), |text, hidden| text.replace(hidden, "[hidden]"))
    }

    /// Requests a token and uses it from now on. `Ok(None)` when a fixed one is used.
    pub(crate) async fn log_in(&mut self) -> Result<Option<String>> {
        let Settings { token, id, secret, .. } = &self.settings;
        if !token.expose().is_empty() {
            return Ok(None);
        }
        let body = json!({ "clientId": id.expose(), "clientSecret": secret.expose() });
        let response = self.send(self.to(Method::POST, "/v1/auth/access_token").json(&body)).await?;
        let token = response.body["accessToken"].as_str().filter(|token| response.ok() && !token.is_empty());
        token.ok_or_else(|| format!("no token: {}", response.summary()))?.clone_into(&mut self.token);
        self.hidden.push(self.token.clone());
        Ok(Some(self.token.clone()))
    }

    /// Adds to the evidence what the shape of the last response leaves out.
    pub(crate) fn note(&mut self, text: &str) {
        if let Some(response) = self.log.last_mut() {
            response.request = format!("{} ({text})", response.request);
        }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Result<Response> {
        self.request(Method::GET, path, None).await
    }

    /// Sends a request with the token. The identifier in its body is noted before, since a response can be lost, and
    /// forgotten when the request was rejected.
    pub(crate) async fn request(
        &mut self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Response> {
        let request = self.to(method, path).bearer_auth(&self.token);
        let Some(body) = body else { return self.send(request).await };
        let Some(identifier) = body["identifier"].as_str() else {
            return self.send(request.json(&body)).await;
        };
        self.made.push(identifier.to_owned());
        let response = self.send(request.json(&body)).await?;
        if (400..500).contains(&response.status) && response.status != 408 {
            self.made.pop();
        }
        let given = response.webhook().and_then(|(_, webhook)| webhook["identifier"].as_str());
        if let Some(stray) = given.filter(|identifier| !is_ours(identifier)) {
            // It could be somebody else's by now.
            self.left.push(format!("{stray}: the server chose this name, so it is left alone"));
        }
        Ok(response)
    }

    /// A request without a token.
    pub(crate) fn to(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.settings.base_url))
    }

    /// Sends a request, and repeats it when a rate limit says to wait.
    pub(crate) async fn send(&mut self, request: RequestBuilder) -> Result<Response> {
        for attempt in 0..=TRIES {
            if self.sent >= self.limit {
                return Err("the run has sent as many requests as it may".to_owned());
            }
            self.sent += 1;
            let request = request.try_clone().and_then(|request| request.build().ok());
            let request = request.ok_or("the request could not be made")?;
            let response = self.receive(request).await.map_err(|error| match error {
                _ if error.is_timeout() => "no response in time",
                _ if error.is_connect() => "no connection",
                _ => "the connection broke",
            })?;
            self.log.push(response.clone());
            if response.status != 429 {
                return Ok(response);
            }
            let wait = retry_hint(&response).unwrap_or(Duration::from_secs(1 << attempt));
            if attempt == TRIES || wait > LONGEST_WAIT {
                break;
            }
            (self.wait)(wait).await;
        }
        Err("the rate limit was used up".to_owned())
    }

    async fn receive(&self, request: reqwest::Request) -> reqwest::Result<Response> {
        let query = request.url().query().map_or_else(String::new, |query| format!(" ?{query}"));
        let summary = format!("{}{query}", request.method());
        let response = self.http.execute(request).await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = serde_json::from_slice(&response.bytes().await?).unwrap_or(Value::Null);
        Ok(Response { request: summary, status, headers, body })
    }
}

/// How long a 429 says to wait, by whichever header and in whichever form.
fn retry_hint(response: &Response) -> Option<Duration> {
    let now = response.header("date").and_then(|date| httpdate::parse_http_date(date).ok());
    if let Some(text) = response.header("retry-after") {
        let until = || httpdate::parse_http_date(text).ok()?.duration_since(now?).ok();
        return text.parse().ok().map(Duration::from_secs).or_else(until);
    }
    let reset = response.number("x-ratelimit-reset").ok()?;
    let end = match reset {
        EPOCH_MILLISECONDS.. => Duration::from_millis(reset),
        EPOCH_SECONDS.. => Duration::from_secs(reset),
        _ => return Some(Duration::from_secs(reset)),
    };
    end.checked_sub(now?.duration_since(UNIX_EPOCH).ok()?)
}
