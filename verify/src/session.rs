//! The requests of a run: a bounded number, a token, patience with rate limits, and what all answers have
//! in common.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::BoxFuture;
use reqwest::Method;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde_json::{Value, json};

use crate::names::Names;
use crate::report::Outcome;
use crate::settings::{Login, Settings};
use crate::snippet::{shape, word};

/// How a run waits, so that tests need not.
pub type Wait = Box<dyn Fn(Duration) -> BoxFuture<'static, ()> + Send + Sync>;

/// Asks about a fact.
pub(crate) type Probe = for<'a> fn(&'a mut Session) -> BoxFuture<'a, Outcome>;

/// The kind of a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Contract {
    /// An outgoing subscription.
    Documented,
    /// An incoming data source.
    Live,
}

/// How many requests the probes may send. They need about half.
const PROBES: u32 = 150;
/// How many more there are to clean up.
const CLEANUP: u32 = 150;
/// How often one request is sent again after a 429, and how long that takes at most.
const TRIES: u32 = 4;
const LONGEST_WAIT: Duration = Duration::from_secs(90);
const TIMEOUT: Duration = Duration::from_secs(30);

pub(crate) const WEBHOOKS: &str = "/v1/webhooks";
const TOKEN: &str = "/v1/auth/access_token";

/// Asks one server, as one organization.
pub(crate) struct Session {
    http: reqwest::Client,
    settings: Settings,
    wait: Wait,
    token: String,
    left: u32,
    /// What must not be shown.
    hidden: Vec<String>,
    pub(crate) names: Names,
    /// The secret of the webhooks that are made.
    pub(crate) secret: String,
    /// Webhooks that there may be because of this run.
    pub(crate) made: Vec<String>,
    /// Identifiers that the server gave to webhooks of this run in place of the requested ones.
    pub(crate) strays: Vec<String>,
    /// A webhook of each contract, with the answer to its create.
    pub(crate) first: BTreeMap<Contract, (String, Answer)>,
    pub(crate) seen: Seen,
}

/// What all answers have in common.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) requests: u32,
    pub(crate) answers: u32,
    pub(crate) traced: u32,
    /// The first 429.
    pub(crate) limited: Option<Answer>,
}

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn ok(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether it says that the request itself is wrong.
    pub(crate) fn invalid(&self) -> bool {
        matches!(self.status, 400 | 422)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.header(name)?.trim().parse().ok()
    }

    /// The one webhook in a success, with its key.
    pub(crate) fn webhook(&self) -> Option<(&str, &Value)> {
        let members = self.body.as_object().filter(|_| self.ok())?.iter();
        let mut objects = members.filter(|(_, value)| value.get("identifier").is_some());
        objects.next().map(|(key, value)| (key.as_str(), value))
    }

    /// The webhooks in an answer of success, with the key that they have: of several lists, the longest one.
    pub(crate) fn list(&self) -> Option<(&str, &Vec<Value>)> {
        let members = self.body.as_object().filter(|_| self.ok())?.iter();
        let lists = members.filter_map(|(key, value)| Some((key.as_str(), value.as_array()?)));
        let of_webhooks =
            lists.filter(|(_, items)| items.iter().all(|item| item.get("identifier").is_some()));
        of_webhooks.max_by_key(|(_, items)| items.len())
    }

    /// The identifier of the one webhook in an answer of success.
    pub(crate) fn identifier(&self) -> Option<&str> {
        self.webhook()?.1.get("identifier")?.as_str()
    }

    /// The name of an error, whichever form it has.
    pub(crate) fn error(&self) -> Result<String, String> {
        let error = &self.body["error"];
        error.as_str().or_else(|| error["name"].as_str()).map(word).ok_or_else(|| self.unnamed())
    }

    pub(crate) fn unnamed(&self) -> String {
        format!("the error has no name: {}", self.told())
    }

    /// The answer, if it is a success.
    pub(crate) fn expect(self, what: &str) -> Result<Self, String> {
        if self.ok() { Ok(self) } else { Err(self.unexpected(what)) }
    }

    /// Whether the request was carried out; `false` if it was refused as wrong. Any other answer has another cause.
    pub(crate) fn taken(&self, what: &str) -> Result<bool, String> {
        if self.ok() || self.invalid() { Ok(self.ok()) } else { Err(self.unexpected(what)) }
    }

    pub(crate) fn expect_status(&self, statuses: &[u16]) -> Result<(), String> {
        if statuses.contains(&self.status) {
            return Ok(());
        }
        let statuses: Vec<_> = statuses.iter().map(u16::to_string).collect();
        Err(format!("not {}: {}", statuses.join(" or "), self.told()))
    }

    pub(crate) fn unexpected(&self, what: &str) -> String {
        format!("{what} was answered with {}", self.told())
    }

    /// Status and shape.
    pub(crate) fn told(&self) -> String {
        if self.body.is_null() {
            self.status.to_string()
        } else {
            format!("{} {}", self.status, shape(&self.body))
        }
    }
}

impl Session {
    pub(crate) fn new(settings: Settings, wait: Wait) -> Result<Self, String> {
        let redirects = reqwest::redirect::Policy::none();
        let http = reqwest::Client::builder().redirect(redirects).timeout(TIMEOUT).build();
        let names = Names::random();
        let secret = format!("secret-{}", Names::random().mark());
        let mut hidden = vec![secret.clone()];
        match &settings.login {
            Login::Token(token) => hidden.push(token.clone()),
            Login::Credentials { id, secret } => hidden.extend([id.clone(), secret.clone()]),
        }
        Ok(Self {
            http: http.map_err(|error| format!("no HTTP client: {error}"))?,
            settings,
            wait,
            token: String::new(),
            left: PROBES,
            hidden,
            names,
            secret,
            made: Vec::new(),
            strays: Vec::new(),
            first: BTreeMap::new(),
            seen: Seen::default(),
        })
    }

    /// Allows the requests that clean up, however many the probes have used.
    pub(crate) fn allow_cleanup(&mut self) {
        self.left = CLEANUP;
    }

    pub(crate) async fn pause(&self, time: Duration) {
        (self.wait)(time).await;
    }

    /// Takes everything out of a text that must not be shown.
    pub(crate) fn redact(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for hidden in self.hidden.iter().filter(|hidden| !hidden.is_empty()) {
            text = text.replace(hidden, "[hidden]");
        }
        text
    }

    /// Asks for a token and uses it from now on. `Ok(None)` when a fixed one is used.
    pub(crate) async fn new_token(&mut self) -> Result<Option<(String, Answer)>, String> {
        let Login::Credentials { id, secret } = &self.settings.login else { return Ok(None) };
        let body = json!({ "clientId": id, "clientSecret": secret });
        let answer = self.exchange(Method::POST, TOKEN, Some(&body), "").await?;
        let token = answer.body.get("accessToken").and_then(Value::as_str).unwrap_or_default().to_owned();
        if token.is_empty() || !answer.ok() {
            return Err(format!("no token: {}", answer.told()));
        }
        self.hidden.push(token.clone());
        self.token.clone_from(&token);
        Ok(Some((token, answer)))
    }

    /// Makes sure that there is a token.
    pub(crate) async fn log_in(&mut self) -> Result<(), String> {
        match &self.settings.login {
            Login::Token(token) => self.token.clone_from(token),
            Login::Credentials { .. } => {
                self.new_token().await?;
            }
        }
        Ok(())
    }

    pub(crate) async fn get(&mut self, path: &str) -> Result<Answer, String> {
        self.ask(Method::GET, path, None).await
    }

    pub(crate) async fn ask(
        &mut self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, String> {
        let token = self.token.clone();
        self.exchange(method, path, body, &token).await
    }

    /// Sends a request, again if a rate limit says to wait.
    pub(crate) async fn exchange(
        &mut self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        token: &str,
    ) -> Result<Answer, String> {
        for attempt in 0.. {
            let answer = self.send(method.clone(), path, body, token).await?;
            if answer.status != 429 {
                return Ok(answer);
            }
            let wait = hint(&answer).unwrap_or(Duration::from_secs(1 << attempt));
            self.seen.limited.get_or_insert(answer);
            if attempt >= TRIES || wait > LONGEST_WAIT {
                break;
            }
            self.pause(wait).await;
        }
        Err("the rate limit was used up".to_owned())
    }

    async fn send(
        &mut self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        token: &str,
    ) -> Result<Answer, String> {
        self.left = self.left.checked_sub(1).ok_or("the run has sent as many requests as it may")?;
        self.seen.requests += 1;
        let mut request = self.http.request(method, format!("{}{path}", self.settings.base_url));
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let lost = |error: reqwest::Error| format!("no answer: {}", cause(&error));
        let response = request.send().await.map_err(lost)?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await.map_err(lost)?;
        self.seen.answers += 1;
        self.seen.traced += u32::from(headers.contains_key("x-trace-id"));
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Ok(Answer { status, headers, body })
    }
}

fn cause(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "none came in time"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the connection broke"
    }
}

/// How long a 429 says to wait, by whichever header and in whichever form.
fn hint(answer: &Answer) -> Option<Duration> {
    let now = answer.header("date").and_then(|date| httpdate::parse_http_date(date).ok());
    let since_1970 = now.and_then(|now| now.duration_since(std::time::UNIX_EPOCH).ok());
    if let Some(text) = answer.header(RETRY_AFTER.as_str()) {
        let until = || httpdate::parse_http_date(text).ok()?.duration_since(now?).ok();
        return text.parse().ok().map(Duration::from_secs).or_else(until);
    }
    let reset = answer.number("x-ratelimit-reset")?;
    let end = match ResetForm::of(reset, None) {
        ResetForm::Milliseconds => Duration::from_millis(reset),
        ResetForm::Seconds => Duration::from_secs(reset),
        ResetForm::Wait | ResetForm::Unclear => return Some(Duration::from_secs(reset)),
    };
    end.checked_sub(since_1970?)
}

/// What `x-ratelimit-reset` counts, by its size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ResetForm {
    Milliseconds,
    Seconds,
    Wait,
    Unclear,
}

impl ResetForm {
    /// A wait is not longer than the window, where that is known.
    pub(crate) fn of(reset: u64, window: Option<u64>) -> Self {
        match reset {
            1_000_000_000_000.. => Self::Milliseconds,
            1_000_000_000.. => Self::Seconds,
            _ if window.is_none_or(|window| reset <= window) => Self::Wait,
            _ => Self::Unclear,
        }
    }
}
